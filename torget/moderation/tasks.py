"""The worker's entry to moderation."""

from torget.moderation.actions import remove_waiting

__all__ = ["remove_waiting"]
