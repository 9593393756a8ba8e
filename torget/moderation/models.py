"""What is stored of moderation: evidence, removals, notices, complaints. The words of all of them lie with their records."""

from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from torget.conversations.models import Conversation, Message, openable_by
from torget.files.models import Blob
from torget.moderation.rules.grounds import NO_COPY, Ground, How, State, Way
from torget.moderation.rules.notices import OTHER, Decision
from torget.organisations.rules import Right

if TYPE_CHECKING:
    from torget.organisations.models import User

_GROUNDS = [ground.value for ground in Ground]


class VisibleQuerySet(models.QuerySet[Any]):
    """Reads that staff make; a model's `THROUGH` says by which ways a row reaches conversations."""

    def visible_to(self, user: "User") -> Self:
        """Everyone with a place at the desk sees what was taken away and why, but in what only a circle may read."""
        if not user.may(Right.SEE_DESK):
            return self.none()
        rows = self
        for way in self.model.THROUGH:
            absent = Q(**{way.removesuffix("__"): None})
            rows = rows.filter(absent | openable_by(user, way))
        return rows


class Evidence(models.Model):
    """A message as it was before it was taken away: a copy by content hash, and which version of its record it shows.

    The digest in the journal covers the copy's hash with a salt of its own. Of what may not be copied there is none.
    """

    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="evidence")
    ground = models.CharField(max_length=20)
    version = models.PositiveIntegerField()
    version_digest = models.BinaryField(max_length=32)
    blob = models.ForeignKey(Blob, null=True, on_delete=models.PROTECT, related_name="+")
    raw_events = models.PositiveSmallIntegerField(default=0)
    salt = models.BinaryField(max_length=16)
    digest = models.BinaryField(max_length=32)
    taken_at = models.DateTimeField()
    taken_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(blob__isnull=False) | Q(ground__in=sorted(ground.value for ground in NO_COPY)),
                name="evidence_has_a_copy",
            )
        ]


class Notice(models.Model):
    """A notice of unlawful content by DSA article 16: a conversation of its own, with what the article asks for."""

    # The conversations that it shows something of.
    THROUGH = ("conversation__", "concerns__")
    conversation = models.OneToOneField(Conversation, on_delete=models.PROTECT, related_name="notice")
    ground = models.CharField(max_length=20)
    target = models.CharField(max_length=500)
    # What it points at, where that is a conversation of ours.
    concerns = models.ForeignKey(Conversation, null=True, blank=True, on_delete=models.SET_NULL, related_name="notices")
    good_faith = models.BooleanField()
    received_at = models.DateTimeField()
    decision = models.CharField(max_length=12, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    objects = VisibleQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(ground__in=[*_GROUNDS, OTHER]), name="notice_ground_is_known"),
            models.CheckConstraint(condition=Q(good_faith=True), name="notice_is_in_good_faith"),
            models.CheckConstraint(
                condition=Q(decision="", decided_at=None, decided_by=None)
                | Q(decision__in=[one.value for one in Decision], decided_at__isnull=False, decided_by__isnull=False),
                name="notice_decided_by_somebody",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["id"], condition=Q(decided_at=None), name="notice_open"),
            models.Index(fields=["received_at"], name="notice_received"),
        ]

    @property
    def ref(self) -> str:
        """How the journal names this notice."""
        return f"notice:{self.pk}"


class Removal(models.Model):
    """That a message was hidden or removed: by whom, on which ground, with which evidence, and how far it has come."""

    # The conversations that it shows something of.
    THROUGH = ("message__conversation__",)
    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="removals")
    evidence = models.OneToOneField(Evidence, on_delete=models.PROTECT, related_name="removal")
    notice = models.ForeignKey(Notice, null=True, blank=True, on_delete=models.SET_NULL, related_name="removals")
    how = models.CharField(max_length=8, choices=[(how.value, how.value) for how in How])
    ground = models.CharField(max_length=20, choices=[(ground.value, ground.value) for ground in Ground])
    # Which closed list of grounds was in force.
    grounds_version = models.CharField(max_length=10)
    # The statement of reasons (DSA article 17), as it was given; the writer's answer holds it too where one was sent.
    statement = models.TextField(blank=True)
    told = models.ForeignKey(Message, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    secret_hash = models.CharField(max_length=64, unique=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField()
    # What everyone could read before, to be shown again.
    published_version = models.PositiveIntegerField(null=True, blank=True)
    way = models.CharField(max_length=8, choices=[(way.value, way.value) for way in Way])
    state = models.CharField(max_length=8, choices=[(state.value, state.value) for state in State])
    done_at = models.DateTimeField(null=True, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    lease_owner = models.CharField(max_length=40, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True, blank=True)
    problem = models.CharField(max_length=100, blank=True)

    objects = VisibleQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(ground__in=_GROUNDS), name="removal_ground_is_known"),
            models.UniqueConstraint(
                fields=["message"], condition=~Q(state=State.UNDONE.value), name="one_removal_in_force"
            ),
            models.CheckConstraint(
                condition=Q(state=State.UNDONE.value, undone_at__isnull=False, undone_by__isnull=False)
                | (~Q(state=State.UNDONE.value) & Q(undone_at=None, undone_by=None)),
                name="removal_undone_by_somebody",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["id"], condition=Q(state__in=["asked", "doing"]), name="removal_waiting"),
            models.Index(fields=["state", "-id"], name="removal_state"),
            models.Index(fields=["decided_at"], name="removal_decided"),
        ]

    @property
    def ref(self) -> str:
        """How the journal names this removal."""
        return f"removal:{self.pk}"

    @property
    def in_force(self) -> bool:
        """Whether it still holds."""
        return self.state != State.UNDONE


class Complaint(models.Model):
    """Somebody says that a removal was wrong: a conversation of its own, decided by another person than the removal."""

    # The conversations that it shows something of.
    THROUGH = ("conversation__", "removal__message__conversation__")
    removal = models.ForeignKey(Removal, on_delete=models.PROTECT, related_name="complaints")
    conversation = models.OneToOneField(Conversation, on_delete=models.PROTECT, related_name="complaint")
    received_at = models.DateTimeField()
    upheld = models.BooleanField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    objects = VisibleQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["removal"], condition=Q(decided_at=None), name="one_open_complaint"),
            models.CheckConstraint(
                condition=Q(upheld=None, decided_at=None, decided_by=None)
                | Q(upheld__isnull=False, decided_at__isnull=False, decided_by__isnull=False),
                name="complaint_decided_by_somebody",
            ),
        ]

    @property
    def ref(self) -> str:
        """How the journal names this complaint."""
        return f"complaint:{self.pk}"
