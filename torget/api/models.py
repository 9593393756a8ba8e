"""Connected programs, their tokens, and the events that are on their way to them."""

from datetime import datetime
from hashlib import sha256
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from torget.api.rules import Scope
from torget.conversations.models import Account
from torget.organisations.models import User
from torget.organisations.rules import Right


class ProgramQuerySet(models.QuerySet["Program"]):
    """Reads of programs."""

    def visible_to(self, user: User) -> "ProgramQuerySet":
        """All of them, to administrators."""
        return self if user.may(Right.SETTINGS) else self.none()


class Program(models.Model):
    """Another system that sends us messages and takes our answers: an account of the channel `api`, and what it is told.

    Name, address and state are the account's; the signing secrets lie outside the database (conversations/keyring.py).
    """

    account = models.OneToOneField(Account, on_delete=models.PROTECT, related_name="program")
    # The events it is told of (rules.Event), and whether of all conversations or only of its own.
    events = models.JSONField(default=list, blank=True)
    tells_all = models.BooleanField(default=False)
    # A message with a token has to be signed too.
    must_sign = models.BooleanField(default=False)
    # How far in the journal its events are made.
    seen_until = models.BigIntegerField(default=0)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    objects = ProgramQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return str(self.account)

    @property
    def endpoint(self) -> str:
        """Where its webhooks go; "" where it fetches itself."""
        return str(self.account.settings.get("endpoint", ""))

    @property
    def ref(self) -> str:
        """How the journal names this program."""
        return f"program:{self.pk}"


class TokenQuerySet(models.QuerySet["Token"]):
    """Reads of tokens."""

    def visible_to(self, user: User) -> "TokenQuerySet":
        """All of them, to administrators."""
        return self if user.may(Right.SETTINGS) else self.none()


class Token(models.Model):
    """A key to the API. Only its hash is stored; `hint` is its beginning, so that people can tell one from another."""

    program = models.ForeignKey(Program, on_delete=models.PROTECT, related_name="tokens")
    name = models.CharField(max_length=80)
    secret_hash = models.CharField(max_length=64, unique=True)
    hint = models.CharField(max_length=12)
    scopes = models.JSONField(default=list)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    # A day and no more: that a key is in use, not what anybody did when.
    last_used_on = models.DateField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = TokenQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [models.CheckConstraint(condition=~Q(scopes=[]), name="token_opens_something")]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def of(cls, secret: str) -> "Token | None":
        """The token with that secret, whatever has become of it."""
        digest = sha256(secret.encode("utf-8", "replace")).hexdigest()
        found = cls.objects.select_related("program__account__authority").filter(secret_hash=digest)
        return found.first()

    def is_good(self, now: datetime) -> bool:
        """Whether it opens anything at this moment."""
        return (
            self.revoked_at is None
            and (self.expires_at is None or now < self.expires_at)
            and self.program.account.is_live
        )

    def may(self, scope: Scope) -> bool:
        """Whether it opens this."""
        return scope.value in self.scopes

    @property
    def ref(self) -> str:
        """How the journal names this token."""
        return f"token:{self.pk}"


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    """Reads of deliveries."""

    def visible_to(self, user: User) -> "DeliveryQuerySet":
        """All of them, to administrators."""
        return self if user.may(Right.SETTINGS) else self.none()


class Delivery(models.Model):
    """An event on its way to a program: once for each entry of the journal, whatever is killed in between.

    It holds references only: its body is made when it is sent, of what is true then.
    """

    WAITING, SENDING, SENT, FAILED = "waiting", "sending", "sent", "failed"
    STATES: ClassVar = [(state, state) for state in (WAITING, SENDING, SENT, FAILED)]
    program = models.ForeignKey(Program, on_delete=models.PROTECT, related_name="deliveries")
    # Its webhook-id: the same at every attempt, so that the receiver can tell.
    key = models.CharField(max_length=40, unique=True)
    sequence = models.BigIntegerField()
    event = models.CharField(max_length=40)
    conversation = models.PositiveBigIntegerField()
    # The program's own name of the message, where it is one of its own.
    message_id = models.CharField(max_length=200, blank=True)
    occurred_at = models.DateTimeField()
    state = models.CharField(max_length=8, default=WAITING, choices=STATES)
    attempts = models.PositiveSmallIntegerField(default=0)
    # When it is tried next; of what was sent, when it was due; of what failed, when it did.
    next_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True, blank=True)
    # What the other side said last: an HTTP status or a code.
    problem = models.CharField(max_length=100, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["program", "sequence"], name="one_event_an_entry"),
            models.CheckConstraint(
                condition=Q(state="sending", lease_until__isnull=False)
                | (~Q(state="sending") & Q(lease_until__isnull=True)),
                name="sending_has_a_lease",
            ),
            models.CheckConstraint(
                condition=Q(state="sent", sent_at__isnull=False) | (~Q(state="sent") & Q(sent_at__isnull=True)),
                name="sent_has_a_moment",
            ),
        ]
        indexes: ClassVar = [
            # What is due to a program and what is old. Whole: SQLite does not see that such a question fits a condition.
            models.Index(fields=["program", "state", "next_at"], name="delivery_turn"),
            models.Index(fields=["program", "-id"], name="delivery_of_program"),
        ]
