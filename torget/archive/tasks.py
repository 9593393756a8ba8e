"""The worker's entry to archive packages."""

from torget.archive.actions import pack_waiting

__all__ = ["pack_waiting"]
