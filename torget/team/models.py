"""What is stored of working together. The text that an approval is about lies with its record, in `register`."""

from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from torget.conversations.models import Conversation, Draft, Message, Note
from torget.core import clock, rows
from torget.core.kept import kept
from torget.organisations.rules import Right
from torget.register.models import Record
from torget.team import rules

if TYPE_CHECKING:
    from torget.organisations.models import User

STAFF = settings.AUTH_USER_MODEL


class OwnOrSharedQuerySet(models.QuerySet["SavedReply"]):
    """Reads of what is one's own or shared."""

    def visible_to(self, user: "User") -> "OwnOrSharedQuerySet":
        """One's own and those shared with everyone at the desk."""
        return self.filter(Q(owner=None) | Q(owner=user)) if user.may(Right.SEE_DESK) else self.none()


class SavedReply(models.Model):
    """A text to begin an answer with, with fields such as {förnamn}. `owner` null: shared with everyone."""

    title = models.CharField(max_length=120)
    text = models.TextField()
    owner = models.ForeignKey(STAFF, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    made_by = models.ForeignKey(STAFF, null=True, on_delete=models.SET_NULL, related_name="+")
    used = models.PositiveIntegerField(default=0)
    changed_at = models.DateTimeField()

    objects = OwnOrSharedQuerySet.as_manager()

    class Meta:
        ordering = ["title", "pk"]

    def __str__(self) -> str:
        return self.title

    @property
    def ref(self) -> str:
        """How the journal names this reply."""
        return f"saved_reply:{self.pk}"


class SavedViewQuerySet(models.QuerySet["SavedView"]):
    """Reads of saved views."""

    def visible_to(self, user: "User") -> "SavedViewQuerySet":
        """One's own and the shared ones."""
        return self.filter(Q(owner=None) | Q(owner=user)) if user.may(Right.SEE_DESK) else self.none()


class SavedView(models.Model):
    """A queue with filters that somebody comes back to: a tab at the desk. `query` is what the address has after ?."""

    name = models.CharField(max_length=40)
    query = models.CharField(max_length=400)
    owner = models.ForeignKey(STAFF, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    made_by = models.ForeignKey(STAFF, null=True, on_delete=models.SET_NULL, related_name="+")

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name


class Approval(models.Model):
    """A colleague asks that a draft be approved, in the version it then had.

    `record` holds the text as it was asked about and goes when it is decided; `seal` stays and says which text it was.
    """

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="approvals")
    draft = models.ForeignKey(Draft, null=True, on_delete=models.SET_NULL, related_name="+")
    author = models.ForeignKey(STAFF, on_delete=models.PROTECT, related_name="+")
    # Whom it is asked of; null: anyone who may publish.
    asked_of = models.ForeignKey(STAFF, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    record = models.OneToOneField(Record, null=True, on_delete=models.SET_NULL, related_name="+")
    version = models.PositiveIntegerField(default=1)
    salt = models.BinaryField(max_length=16)
    seal = models.BinaryField(max_length=32)
    state = models.CharField(max_length=10, default=rules.Asked.OPEN.value)
    # The answer asks something back; it is meant for later.
    wait = models.BooleanField(default=False)
    send_at = models.DateTimeField(null=True, blank=True)
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey(STAFF, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    words = models.TextField(blank=True)
    message = models.ForeignKey(Message, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["conversation", "author"], condition=Q(state="open"), name="one_open_approval"
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["asked_at"], condition=Q(state="open"), name="approval_open"),
            models.Index(fields=["author", "state"], name="approval_author"),
        ]

    @property
    def ref(self) -> str:
        """How the journal names this asking."""
        return f"approval:{self.pk}"


class Mention(models.Model):
    """A note that calls for a colleague."""

    note = models.ForeignKey(Note, on_delete=models.CASCADE, related_name="mentions")
    user = models.ForeignKey(STAFF, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["note", "user"], name="one_mention")]


class NoticeQuerySet(models.QuerySet["Notice"]):
    """Reads of notices."""

    def visible_to(self, user: "User") -> "NoticeQuerySet":
        """One's own."""
        return self.filter(user=user)

    def unread(self) -> "NoticeQuerySet":
        """Those not read yet."""
        return self.filter(read_at=None)


class Notice(models.Model):
    """Something a colleague should know. `about` makes it single: the same thing is told to the same person once."""

    user = models.ForeignKey(STAFF, on_delete=models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=20)
    conversation = models.ForeignKey(Conversation, null=True, on_delete=models.CASCADE, related_name="+")
    by = models.ForeignKey(STAFF, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    about = models.CharField(max_length=80)
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)
    mailed_at = models.DateTimeField(null=True, blank=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "kind", "about"], name="one_notice")]
        indexes: ClassVar = [
            models.Index(fields=["user", "-id"], name="notice_user"),
            models.Index(fields=["user", "conversation"], condition=Q(read_at=None), name="notice_unread"),
            models.Index(fields=["at"], condition=Q(read_at=None, mailed_at=None), name="notice_to_mail"),
        ]


class Preferences(models.Model):
    """How somebody wants it: the digest by mail, kinds of notices that are not wanted, single keys at the desk."""

    user = models.OneToOneField(STAFF, on_delete=models.CASCADE, related_name="preferences")
    digest = models.BooleanField(default=True)
    muted = models.JSONField(default=list, blank=True)
    keys = models.BooleanField(default=True)

    @classmethod
    def of(cls, user: "User") -> "Preferences":
        """The person's own; unsaved with the defaults for who has chosen nothing."""
        return next(iter(rows.find(cls, user=user.pk)), None) or cls(user=user)


class Digest(models.Model):
    """A day's one mail to one person: the row is there before the mail leaves, so that no second one ever does."""

    SENDING, SENT, FAILED = "sending", "sent", "failed"
    user = models.ForeignKey(STAFF, on_delete=models.CASCADE, related_name="+")
    day = models.DateField()
    state = models.CharField(max_length=8, default=SENDING)
    notices = models.PositiveIntegerField(default=0)
    problem = models.CharField(max_length=100, blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "day"], name="one_digest_a_day")]


class Shift(models.Model):
    """Somebody's time at the desk: every week on a weekday, or on one day, which then stands for that day alone."""

    user = models.ForeignKey(STAFF, on_delete=models.CASCADE, related_name="+")
    weekday = models.PositiveSmallIntegerField(null=True, blank=True)
    day = models.DateField(null=True, blank=True)
    starts = models.TimeField()
    ends = models.TimeField()

    class Meta:
        ordering = ["day", "weekday", "starts", "pk"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(ends__gt=models.F("starts")), name="shift_ends_after_it_starts"),
            models.CheckConstraint(
                condition=Q(weekday__isnull=True, day__isnull=False)
                | Q(weekday__isnull=False, day__isnull=True, weekday__lte=6),
                name="shift_on_a_weekday_or_a_day",
            ),
        ]

    @classmethod
    def turns(cls, since: date | None = None) -> list[rules.Turn]:
        """All that hold from `since` (today) on: a few dozen rows."""
        since = since or clock.now().astimezone(rules.STOCKHOLM).date()
        return [rules.Turn(*row) for row in _turns(since)]


@kept
def _turns(since: date) -> models.QuerySet[Shift, Any]:
    found = Shift.objects.filter(Q(day=None) | Q(day__gte=since), user__is_active=True)
    return found.values_list("user", "starts", "ends", "weekday", "day")
