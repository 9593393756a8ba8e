"""The worker's entry to conversations."""

from torget.conversations.actions import parse_waiting, send_waiting

__all__ = ["parse_waiting", "send_waiting"]
