"""What is stored of the registrar's work: what was confirmed in one go, so that it can be undone as one."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from torget.register.models import Record
from torget.register.rules import State


class Batch(models.Model):
    """Records that were confirmed in one go: how, why, by whom."""

    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    # Empty: each as proposed.
    state = models.CharField(max_length=12, blank=True, choices=[(s.value, s.value) for s in State])
    why = models.CharField(max_length=300, blank=True)
    count = models.PositiveIntegerField()
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(undone_at=None, undone_by=None) | Q(undone_at__isnull=False, undone_by__isnull=False),
                name="batch_undone_by_somebody",
            )
        ]
        indexes: ClassVar = [models.Index(fields=["by", "-id"], name="batch_of")]


class BatchRow(models.Model):
    """One of them, with the subject that it had before and when it was confirmed: undone only while it is as it was left."""

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="rows")
    record = models.ForeignKey(Record, on_delete=models.CASCADE, related_name="+")
    subject_before = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["batch", "record"], name="once_in_batch")]
