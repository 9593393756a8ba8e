"""Blobs: one row for each different content, whoever sent it and however often."""

from typing import ClassVar

from django.db import models

from torget.files import rules


class Blob(models.Model):
    """The bytes with this hash, kept as they came; a picture made from them for showing is a Blob of its own."""

    sha256 = models.CharField(max_length=64, primary_key=True)
    size = models.PositiveBigIntegerField()
    media_type = models.CharField(max_length=100)  # by content, never what the sender claimed
    kind = models.CharField(max_length=10, choices=[(kind.value, kind.value) for kind in rules.Kind])
    showing = models.CharField(max_length=10, choices=[(state.value, state.value) for state in rules.Showing])
    reason_code = models.CharField(max_length=40, blank=True, default="")
    created_at = models.DateTimeField()
    # A picture that is itself fit for showing has none: see `shown`.
    rendition = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="originals")
    rendition_width = models.PositiveIntegerField(null=True, blank=True)
    rendition_height = models.PositiveIntegerField(null=True, blank=True)
    # The renderer's lease: who died in the middle leaves a row that is taken up again when the lease has run out.
    attempts = models.PositiveSmallIntegerField(default=0)
    leased_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(showing__in=["waiting", "ready", "never"]), name="blob_showing_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=["image", "pdf", "text", "document", "other"]), name="blob_kind_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(rendition=None) | models.Q(showing="ready"), name="blob_rendition_only_when_ready"
            ),
            # Whoever reads a refusal finds out why.
            models.CheckConstraint(
                condition=~models.Q(showing="never", reason_code=""), name="blob_never_shown_for_a_reason"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["attempts", "created_at"],
                condition=models.Q(showing="waiting"),
                name="blob_waiting_for_showing",
            ),
        ]

    @property
    def shown(self) -> "Blob | None":
        """The picture to put on a page, without metadata and upright; None while it waits or when there is none."""
        if self.showing != rules.Showing.READY:
            return None
        return self.rendition or self
