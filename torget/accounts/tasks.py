"""The worker's entry to accounts."""

from torget.accounts.actions import follow, forget_addresses, send_letters, sweep_handshakes, sweep_sessions
from torget.accounts.actions.letters import forget_letters

__all__ = ["follow", "send_letters", "tidy"]


def tidy() -> int:
    """End what has come to its end, and take away what is not to be kept."""
    return sweep_sessions() + sweep_handshakes() + forget_addresses() + forget_letters()
