"""The worker's entry to experts."""

from torget.experts.actions import remind, send_letters, tell

__all__ = ["remind", "send_letters", "tell"]
