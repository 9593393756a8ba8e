"""The worker's entry to archive packages."""

from torget.archive.actions import clear_strays, pack_waiting

__all__ = ["clear_strays", "pack_waiting"]
