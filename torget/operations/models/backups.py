"""How backups and their trials went."""

from typing import ClassVar

from django.db import models
from django.db.models import Q


class BackupRun(models.Model):
    """One nightly backup, or one trial of one: when, how large, how long, and what was wrong."""

    BACKUP, TRIAL, CHECK = "backup", "trial", "check"
    kind = models.CharField(max_length=8)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    ok = models.BooleanField(default=False)
    file = models.CharField(max_length=200)
    size = models.PositiveBigIntegerField(default=0)
    rows = models.PositiveBigIntegerField(default=0)
    files = models.PositiveBigIntegerField(default=0)
    entries = models.PositiveBigIntegerField(default=0)
    root = models.CharField(max_length=64, blank=True)
    # What was said when it did not go well; never anything of what is kept.
    problem = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(kind__in=["backup", "trial", "check"]), name="backup_run_kind_is_known"),
            models.CheckConstraint(condition=Q(ok=False) | Q(ended_at__isnull=False), name="backup_run_ok_has_ended"),
        ]
        indexes: ClassVar = [models.Index(fields=["kind", "-started_at"], name="backup_run_newest")]

    @property
    def seconds(self) -> int:
        """How long it took; 0 while it goes on."""
        return int((self.ended_at - self.started_at).total_seconds()) if self.ended_at else 0
