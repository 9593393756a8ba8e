"""What is stored of running Torget."""

from torget.operations.models.backups import BackupRun

__all__ = ["BackupRun"]
