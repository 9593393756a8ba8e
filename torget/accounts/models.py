"""What is stored of log-in: providers, tables of roles, log-ins that last, the log of accounts, letters, who a resident is."""

from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from torget.accounts import rules
from torget.conversations.models import Conversation, openable_by
from torget.organisations.models import ROLE_LABELS, Unit
from torget.organisations.rules import Right

if TYPE_CHECKING:
    from torget.organisations.models import User

USER = settings.AUTH_USER_MODEL
ROLES = [(role.value, label) for role, label in ROLE_LABELS.items()]


class Policy(models.Model):
    """What the organisation asks of those who log in: one row."""

    second_factor = models.CharField(
        max_length=14, default=rules.Factor.EVERYONE.value, choices=[(f.value, f.value) for f in rules.Factor]
    )
    # Whether one may log in by password; a passkey and the provider are always open.
    passwords = models.BooleanField(default=True)
    # As Provider.owns_addresses, for log-in by SAML: its provider has no row, since it is set in the environment.
    saml_owns_addresses = models.BooleanField(default=False)
    # How far into the journal the log of accounts has followed what other modules enter.
    followed = models.BigIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=Q(id=1), name="one_account_policy")]

    @classmethod
    def current(cls) -> "Policy":
        """The policy; before anything is chosen one with the strictest values."""
        return cls.objects.filter(pk=1).first() or cls(pk=1)


class Provider(models.Model):
    """A provider of identities by OpenID Connect; its secret lies in a file (sealing.py), never here."""

    purpose = models.CharField(max_length=10, unique=True, choices=[(p.value, p.value) for p in rules.Purpose])
    name = models.CharField(max_length=60)
    issuer = models.URLField(max_length=300)
    client_id = models.CharField(max_length=200)
    scopes = models.CharField(max_length=200, default="openid profile email")
    name_claim = models.CharField(max_length=120, default="name")
    email_claim = models.CharField(max_length=120, default="email")
    number_claim = models.CharField(max_length=120, blank=True)
    # The organisation's own directory writes the addresses, so that one may be taken for the account that has it here.
    owns_addresses = models.BooleanField(default=False)
    # It asks for a second factor itself.
    has_factor = models.BooleanField(default=False)
    on = models.BooleanField(default=False)
    tested_at = models.DateTimeField(null=True, blank=True)
    problem = models.CharField(max_length=40, blank=True)

    def __str__(self) -> str:
        return self.name

    @classmethod
    def of(cls, purpose: rules.Purpose) -> "Provider | None":
        """The provider for a purpose, as long as it is turned on."""
        return cls.objects.filter(purpose=purpose.value, on=True).first()


class RoleRule(models.Model):
    """A row of the table from claims to roles; the one that stands first goes before."""

    place = models.PositiveSmallIntegerField(default=0)
    claim = models.CharField(max_length=120)
    value = models.CharField(max_length=200)
    role = models.CharField(max_length=20, choices=ROLES)
    unit = models.ForeignKey(Unit, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["place", "id"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["claim", "value"], name="one_role_a_claim")]

    def as_rule(self) -> rules.Rule:
        """As the policy takes it."""
        return rules.Rule(self.claim, self.value, self.role, self.unit_id)


class Identity(models.Model):
    """Who a member of staff is at a provider: found by issuer and subject, never by address."""

    user = models.ForeignKey(USER, on_delete=models.CASCADE, related_name="identities")
    issuer = models.CharField(max_length=300)
    subject = models.CharField(max_length=255)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    # No row of the table fitted at the last log-in, so the account is shut until one does.
    shut_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["issuer", "subject"], name="one_identity")]


class Handshake(models.Model):
    """Somebody is at a provider and is to come back: once, soon, and in the same browser."""

    state_hash = models.CharField(max_length=64, unique=True)
    browser_hash = models.CharField(max_length=64)
    provider = models.ForeignKey(Provider, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    asking = models.ForeignKey("IdentityRequest", null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    following = models.CharField(max_length=500, blank=True)
    # What a SAML response said, between its arrival and the browser's own return; sealed.
    arrived = models.BinaryField(null=True, blank=True)
    made_at = models.DateTimeField(db_index=True)
    used_at = models.DateTimeField(null=True, blank=True)


class Session(models.Model):
    """A log-in that lasts: on which device, since when. The session itself is Django's row of the same key."""

    user = models.ForeignKey(USER, on_delete=models.CASCADE, related_name="log_ins")
    key = models.CharField(max_length=40, unique=True)
    browser = models.CharField(max_length=20, blank=True)
    system = models.CharField(max_length=20, blank=True)
    method = models.CharField(max_length=20, blank=True)
    # A part of the hash that the session is valid by: with another password or role it is another one.
    stamp = models.CharField(max_length=16, blank=True)
    began_at = models.DateTimeField()
    seen_at = models.DateTimeField(db_index=True)

    class Meta:
        ordering = ["-seen_at"]


class Device(models.Model):
    """A browser that somebody has logged in with before, known by a cookie of its own."""

    user = models.ForeignKey(USER, on_delete=models.CASCADE, related_name="devices")
    token_hash = models.CharField(max_length=64)
    seen_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "token_hash"], name="one_device")]


class Event(models.Model):
    """Something that was done with an account; the journal has the same, without names and addresses."""

    at = models.DateTimeField(db_index=True)
    kind = models.CharField(max_length=64)
    # Whose account it is, and who did it where that is somebody else.
    user = models.ForeignKey(USER, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    by = models.ForeignKey(USER, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    detail = models.CharField(max_length=200, blank=True)
    # From where; emptied after TORGET_LOGIN_ADDRESS_DAYS.
    # Text, so that it moves between databases like the rest; null when its time is up.
    address = models.CharField(max_length=45, null=True, blank=True)  # noqa: DJ001  known or forgotten are two things
    # The entry of the journal that this row was made after, where the deed was another module's.
    entry = models.BigIntegerField(null=True, blank=True, unique=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["user", "-id"], name="account_event_user"),
            models.Index(fields=["kind", "-id"], name="account_event_kind"),
            models.Index(fields=["at"], condition=Q(address__isnull=False), name="account_event_address"),
        ]


class Letter(models.Model):
    """A mail about an account or with a link, as a durable row: it leaves at most once."""

    kind = models.CharField(max_length=12, choices=[(k.value, k.value) for k in rules.Letters])
    to = models.EmailField(max_length=320)
    user = models.ForeignKey(USER, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    language = models.CharField(max_length=2, default="sv")
    detail = models.CharField(max_length=120, blank=True)
    nonce = models.BinaryField(max_length=16)
    secret_hash = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    mail_id = models.CharField(max_length=200)
    made_at = models.DateTimeField()
    state = models.CharField(
        max_length=10, default=rules.Posting.WAITING.value, choices=[(s.value, s.value) for s in rules.Posting]
    )
    lease_owner = models.CharField(max_length=40, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True, blank=True)
    problem = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["id"], condition=Q(state__in=["waiting", "sending"]), name="account_letter_open")
        ]


class IdentityRequestQuerySet(models.QuerySet["IdentityRequest"]):
    """Reads of questions who somebody is."""

    def visible_to(self, user: "User") -> "IdentityRequestQuerySet":
        """What belongs to a conversation that one may open."""
        return self.filter(openable_by(user, "conversation__")) if user.may(Right.SEE_DESK) else self.none()


class IdentityRequest(models.Model):
    """Staff have asked the one who wrote to show who they are, in one conversation; what was shown belongs to it alone."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="identity_requests")
    asked_by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    state = models.CharField(
        max_length=10, default=rules.Asking.ASKED.value, choices=[(s.value, s.value) for s in rules.Asking]
    )
    given_at = models.DateTimeField(null=True, blank=True)
    name = models.CharField(max_length=200, blank=True)
    # The number is sealed with a key that lies outside database and backup (sealing.py).
    number = models.BinaryField(null=True, blank=True)
    issuer = models.CharField(max_length=300, blank=True)

    objects = IdentityRequestQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["conversation"], condition=Q(state="asked"), name="one_open_identity"),
            models.CheckConstraint(
                condition=Q(state="given", given_at__isnull=False)
                | ~Q(state="given") & Q(number__isnull=True, name=""),
                name="identity_only_when_given",
            ),
        ]
