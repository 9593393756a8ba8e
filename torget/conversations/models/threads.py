"""Conversations, messages in, answers out. The text of a message lies with its record, in `register`."""

from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q

from torget.conversations import rules
from torget.conversations.models.sources import Account, Context
from torget.core import clock
from torget.files.models import Blob
from torget.organisations.models import Unit
from torget.organisations.rules import Right
from torget.people.models import Contact
from torget.register.models import Case, Record, guarded, readable_by

if TYPE_CHECKING:
    from torget.organisations.models import User


class Tag(models.Model):
    """A word that colleagues put on conversations to find them again."""

    name = models.CharField(max_length=40, unique=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


_OPEN = (rules.State.NEW.value, rules.State.ASSIGNED.value, rules.State.WAITING.value)
_DONE = (rules.State.ANSWERED.value, rules.State.CLOSED.value)
QUEUES = {
    "all": _OPEN,
    "new": (rules.State.NEW.value,),
    "mine": _OPEN,
    "unit": _OPEN,
    "free": (rules.State.NEW.value, rules.State.ASSIGNED.value),
    "others": _OPEN,
    "waiting": (rules.State.WAITING.value,),
    "snoozed": _OPEN,
    "spam": (rules.State.CLOSED.value,),
    "answered": _DONE,
}
"""The desk's queues and the states that lie in each."""
DONE_QUEUES = ("answered", "spam")
"""What is done comes newest first; the others in the order of `first_at`."""


def openable_by(user: "User", at: str = "") -> Q:
    """Which conversations hold nothing that `user` may not read, as a condition on what reaches one by `at`.

    The question is asked of the sealed alone, which are few, and of each by itself. docs/rules/secrecy.md
    """
    held = Message.objects.filter(guarded("record__"), conversation=OuterRef(f"{at}pk"))
    return Q(**{f"{at}sealed": False}) | Q(~Exists(held.exclude(readable_by(user, "record__"))))


class ConversationQuerySet(models.QuerySet["Conversation"]):
    """Reads of conversations."""

    def visible_to(self, user: "User") -> "ConversationQuerySet":
        """What `user` may open: everything, but what holds a record that they may not read. docs/rules/secrecy.md"""
        return self.filter(openable_by(user)) if user.may(Right.SEE_DESK) else self.none()

    def listed_to(self, user: "User") -> "ConversationQuerySet":
        """What has a row in the queue: all of it, the words of what one may not open left out (`hide_from`)."""
        return self if user.may(Right.SEE_DESK) else self.none()

    def queue(self, name: str, user: "User") -> "ConversationQuerySet":
        """One of the desk's queues."""
        return self.lane(name, user).filter(state__in=QUEUES[name])

    def lane(self, name: str, user: "User") -> "ConversationQuerySet":
        """What of all states belongs to a queue: whose it is, and whether it sleeps."""
        if name == "answered":
            return self.filter(merged_into=None).exclude(closed_reason="spam")
        if name == "spam":
            return self.filter(closed_reason="spam")
        if name == "snoozed":
            return self.filter(snoozed_until__isnull=False)
        rows = self.filter(snoozed_until=None)
        if name == "mine":
            return rows.filter(assigned_to=user)
        if name == "unit":
            return rows.filter(unit=user.unit_id) if user.unit_id else rows.none()
        if name == "free":
            return rows.filter(assigned_to=None)
        return rows.filter(assigned_to__isnull=False).exclude(assigned_to=user) if name == "others" else rows

    def page_of(
        self, name: str, user: "User", start: tuple[datetime, int] | None, size: int
    ) -> list[tuple[datetime, int]]:
        """Places (moment, key) of the first `size` of a queue after `start`.

        Each state is asked by itself and the answers are merged: an index gives one state in order, but not several.
        """
        done = name in DONE_QUEUES
        moment, order = ("last_message_at", ("-last_message_at", "-pk")) if done else ("first_at", ("first_at", "pk"))
        rows = self.lane(name, user)
        if start:
            near, far = ("lte", "lt") if done else ("gte", "gt")
            same = Q(**{moment: start[0], f"pk__{far}": start[1]})
            # The first condition says nothing new; it lets the index begin where the page begins.
            rows = rows.filter(Q(**{f"{moment}__{far}": start[0]}) | same, **{f"{moment}__{near}": start[0]})
        places: list[tuple[datetime, int]] = []
        for state in QUEUES[name]:
            places += rows.filter(state=state).order_by(*order).values_list(moment, "pk")[:size]
        return sorted(places, reverse=done)[:size]


class Conversation(models.Model):
    """A conversation: one stone with a number that never changes."""

    # The number that everyone meets; its own field so that it survives a move between databases.
    number = models.PositiveBigIntegerField(unique=True)
    account = models.ForeignKey(Account, on_delete=models.PROTECT)
    channel = models.CharField(max_length=20)
    subject = models.CharField(max_length=300)
    subject_key = models.CharField(max_length=120, blank=True)
    state = models.CharField(
        max_length=10, default=rules.State.NEW.value, choices=[(s.value, s.value) for s in rules.State]
    )
    case = models.ForeignKey(Case, null=True, blank=True, on_delete=models.SET_NULL)
    context = models.ForeignKey(Context, null=True, blank=True, on_delete=models.SET_NULL)
    contact = models.ForeignKey(Contact, null=True, blank=True, on_delete=models.SET_NULL)
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    # The unit it lies with, with or without a person of it.
    unit = models.ForeignKey(Unit, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    tags = models.ManyToManyField(Tag, blank=True, related_name="conversations")
    snoozed_until = models.DateTimeField(null=True, blank=True)
    # What the order at the desk hangs on (priority.py). `first_at` is the day of answer moved by what makes it more or
    # less urgent: one stored moment, so that the order needs no reckoning when it is read and is the same for all.
    first_at = models.DateTimeField()
    urgency = models.PositiveSmallIntegerField(default=0)
    is_question = models.BooleanField(default=False)
    is_vulnerable = models.BooleanField(default=False)
    same_count = models.PositiveIntegerField(default=0)
    # Joined into another conversation: it is read there, and its number leads there.
    merged_into = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="merged")
    lease_owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    lease_since = models.DateTimeField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    first_received_at = models.DateTimeField()
    taken_at = models.DateTimeField(null=True, blank=True)
    first_answered_at = models.DateTimeField(null=True, blank=True)
    answer_due = models.DateTimeField()
    last_message_at = models.DateTimeField()
    # Also what a page says it has seen: an answer written beside an older count is stopped (`rules.why_no_reply`).
    message_count = models.PositiveIntegerField(default=0)
    closed_reason = models.CharField(max_length=20, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    public_title = models.CharField(max_length=200, blank=True)
    public_version = models.PositiveIntegerField(default=0)
    changed_at = models.DateTimeField()
    # It holds something that only a circle may read (register.permissions): whoever is outside it sees that it is there.
    sealed = models.BooleanField(default=False)
    # Not stored: whether the one who reads a list may not open it (actions.guarding.hide_from).
    hidden = False

    objects = ConversationQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["state", "answer_due", "id"], name="conversation_due"),
            models.Index(fields=["state", "-last_message_at", "-id"], name="conversation_state"),
            models.Index(fields=["assigned_to", "state", "answer_due", "id"], name="conversation_mine"),
            models.Index(fields=["state", "first_at", "id"], name="conversation_first"),
            models.Index(fields=["assigned_to", "state", "first_at", "id"], name="conversation_my_first"),
            models.Index(fields=["unit", "state", "first_at", "id"], name="conversation_unit"),
            models.Index(
                fields=["snoozed_until"], condition=Q(snoozed_until__isnull=False), name="conversation_snoozed"
            ),
            models.Index(fields=["-published_at"], condition=Q(published_at__isnull=False), name="conversation_public"),
            models.Index(fields=["changed_at"], name="conversation_changed"),
            models.Index(fields=["subject_key", "first_received_at"], name="conversation_subject"),
            models.Index(fields=["closed_reason", "-last_message_at", "-id"], name="conversation_reason"),
            # A day's sums (results) are read from these two alone.
            models.Index(fields=["first_received_at", "channel", "first_answered_at"], name="conversation_began"),
            models.Index(
                fields=["first_answered_at", "channel", "first_received_at"],
                condition=Q(first_answered_at__isnull=False),
                name="conversation_answered",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.subject}"

    @property
    def ref(self) -> str:
        """How the journal names this conversation."""
        return f"conversation:{self.number}"

    @property
    def holder_id(self) -> int | None:
        """Who holds the lease at this moment."""
        return rules.lease_holder(self.lease_owner_id, self.lease_until, clock.now())

    @property
    def is_public(self) -> bool:
        """Whether staff have published it."""
        return self.published_at is not None


class Message(models.Model):
    """A message in or an answer out; its words are its record's."""

    IN, OUT = "in", "out"
    conversation = models.ForeignKey(Conversation, on_delete=models.PROTECT, related_name="messages")
    record = models.OneToOneField(Record, on_delete=models.PROTECT, related_name="message")
    account = models.ForeignKey(Account, on_delete=models.PROTECT)
    external_id = models.CharField(max_length=500)
    # The channel's own shorter name of the same message, where replies point at that (Mastodon's local id).
    alias = models.CharField(max_length=200, blank=True)
    direction = models.CharField(max_length=3)
    sender = models.ForeignKey(Contact, null=True, blank=True, on_delete=models.SET_NULL)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    visibility = models.CharField(max_length=10)
    url = models.TextField(blank=True)
    body_hash = models.CharField(max_length=64, blank=True)
    # Mail: what the receiving server said of its sender (pass, fail, none). A machine wrote it. Its content warning.
    authenticated = models.CharField(max_length=10, blank=True)
    automatic = models.BooleanField(default=False)
    warning = models.CharField(max_length=300, blank=True)
    # What the source says the words are written in (BCP 47), where it is another language than ours; empty: Swedish or unsaid.
    language = models.CharField(max_length=20, blank=True, default="", db_default="")
    # Taken away from the channel by staff (moderation), or taken back by us before it left.
    removed_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField()
    captured_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True, blank=True)
    # Which version of the record staff published; null: not public.
    published_version = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["account", "external_id"], name="one_message")]
        indexes: ClassVar = [
            models.Index(fields=["conversation", "id"], name="message_thread"),
            models.Index(fields=["account", "alias"], condition=~Q(alias=""), name="message_alias"),
            models.Index(fields=["direction", "captured_at"], name="message_day"),
        ]

    @property
    def ref(self) -> str:
        """How the journal names this message."""
        return f"message:{self.pk}"


class Outbox(models.Model):
    """An answer on its way out: a state, and a lease while the worker has it in hand. It leaves at most once."""

    message = models.OneToOneField(Message, on_delete=models.PROTECT, related_name="outbox")
    way = models.CharField(max_length=10)
    state = models.CharField(max_length=12, choices=[(s.value, s.value) for s in rules.Sending])
    address = models.CharField(max_length=320, blank=True)
    # Our own name for it, fixed before the first attempt: Message-ID, Idempotency-Key, rkey.
    mail_id = models.CharField(max_length=200, blank=True)
    # The account it leaves by, where the way is one; what it answers and what stands before that (external ids).
    account = models.ForeignKey(Account, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    reply_to = models.CharField(max_length=500, blank=True)
    thread = models.JSONField(default=list, blank=True)
    # It rests until then: to be taken back, or because it was meant for later.
    not_before = models.DateTimeField(null=True, blank=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    # What the channel calls it, once it is out; when we last looked for it there.
    remote_id = models.CharField(max_length=500, blank=True)
    remote_url = models.TextField(blank=True)
    looked_at = models.DateTimeField(null=True, blank=True)
    first_attempt_at = models.DateTimeField(null=True, blank=True)
    lease_owner = models.CharField(max_length=40, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    problem = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["id"], condition=Q(state__in=["approved", "sending"]), name="outbox_open"),
            models.Index(fields=["state", "id"], name="outbox_state"),
            # A report of a bounce names one of the two.
            models.Index(fields=["mail_id"], condition=~Q(mail_id=""), name="outbox_mail"),
            models.Index(fields=["remote_id"], condition=~Q(remote_id=""), name="outbox_remote"),
        ]


class DraftFile(models.Model):
    """A file chosen for an answer that is not sent yet."""

    draft = models.ForeignKey("Draft", on_delete=models.CASCADE, related_name="files")
    blob = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="+")
    filename = models.CharField(max_length=200)
    alt = models.CharField(max_length=1500, blank=True)


class Draft(models.Model):
    """The answer being written, one for each writer and conversation; working material, kept on the server."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="drafts")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    record = models.OneToOneField(Record, on_delete=models.PROTECT)
    saved_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["conversation", "author"], name="one_draft")]


class Note(models.Model):
    """An internal note: working material that is never seen outside."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="notes")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    record = models.OneToOneField(Record, on_delete=models.PROTECT)
    at = models.DateTimeField()


class Receipt(models.Model):
    """A key to one conversation for the one who wrote: a 128-bit secret, of which only the hash is stored."""

    YES, PARTLY, NO = "yes", "partly", "no"
    secret_hash = models.CharField(max_length=64, unique=True)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="receipts")
    made_at = models.DateTimeField()
    helped = models.CharField(max_length=6, blank=True)
    helped_at = models.DateTimeField(null=True, blank=True)
    thanks = models.TextField(blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["helped_at"], condition=Q(helped_at__isnull=False), name="receipt_helped"),
        ]


class NumberSeries(models.Model):
    """The running number of conversations: one row."""

    last = models.PositiveBigIntegerField(default=0)
