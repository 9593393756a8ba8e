"""What is stored of the organisation itself."""

from collections.abc import Callable, Iterator, Set
from datetime import date, time
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import connection, models
from django.utils.crypto import salted_hmac
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from torget.core import rows
from torget.files.models import Blob
from torget.organisations import rules

ROLE_LABELS = {
    rules.Role.COMMUNICATOR: _("Kommunikatör"),
    rules.Role.EXPERT: _("Expert"),
    rules.Role.APPROVER: _("Godkännare"),
    rules.Role.REGISTRAR: _("Registrator"),
    rules.Role.MANAGER: _("Chef"),
    rules.Role.ADMINISTRATOR: _("Administratör"),
}


# Whether a second factor is asked of somebody who has none; a module above says so (accounts.door), else it is.
factor_asked: dict[str, Callable[["User"], bool]] = {}


class Organisation(models.Model):
    """The one organisation that this installation serves."""

    name = models.CharField(max_length=120)
    short_name = models.CharField(max_length=40)
    phone = models.CharField(max_length=40, blank=True)
    email = models.EmailField(blank=True)
    opens = models.TimeField(default=time(8, 0))
    closes = models.TimeField(default=time(16, 30))
    answer_days = models.PositiveSmallIntegerField(default=2)
    register_public = models.BooleanField(default=False)
    # How long an answer rests before it leaves, so that it can be taken back.
    undo_seconds = models.PositiveSmallIntegerField(default=30)
    # An answer of a communicator goes out only when a colleague has approved it.
    needs_approval = models.BooleanField(default=False)
    # Mail that comes in is acknowledged by mail, never in answer to a machine.
    acknowledges = models.BooleanField(default=False)
    # The organisation's own look: a colour that can be read (setup.rules.contrast), pictures that we have made anew.
    colour = models.CharField(max_length=7, blank=True, default="")
    logo = models.ForeignKey(Blob, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    icon = models.ForeignKey(Blob, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    # Its own words for what residents read first, by place and language (setup.rules.texts); what is not here is ours.
    texts = models.JSONField(default=dict, blank=True)
    # What may be disposed of after so many days, and by which decision; empty: not decided. Nothing goes by itself.
    trivial_days = models.PositiveIntegerField(null=True, blank=True)
    spam_days = models.PositiveIntegerField(null=True, blank=True)
    retention_mandate = models.CharField(max_length=200, blank=True, default="")
    # Weights of the order at the desk, in working hours (conversations.priority); empty: the defaults.
    weights = models.JSONField(default=dict, blank=True)
    # TOTP is asked of everyone, except in a demo town, whose log-in is printed on the same screen.
    demo = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar = [
            # It stands in a style sheet, where nothing but a colour may stand.
            models.CheckConstraint(
                condition=models.Q(colour="") | models.Q(colour__regex="^#[0-9a-f]{6}$"), name="colour_is_one"
            ),
            models.CheckConstraint(
                condition=models.Q(trivial_days=None, spam_days=None) | ~models.Q(retention_mandate=""),
                name="retention_by_a_decision",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def current(cls) -> "Organisation":
        """The organisation; before the first start is done an unsaved one with plain words."""
        return next(iter(rows.find(cls)), None) or cls(name="Torget", short_name="Torget")

    def own_words(self, place: str, language: str = "sv") -> str:
        """The organisation's own words for a place, "" where it has none; in English its English ones alone."""
        return str(self.texts.get(f"{place}_{'en' if language.startswith('en') else 'sv'}", ""))

    @property
    def form_words(self) -> str:
        """What the form begins with, in the language of the page."""
        return self.own_words("form", get_language() or "sv")

    @property
    def receipt_words(self) -> str:
        """What the receipt says first, in the language of the page."""
        return self.own_words("receipt", get_language() or "sv")

    @property
    def hours(self) -> rules.Hours:
        """When the desk is open."""
        return rules.Hours(self.opens, self.closes)


class Authority(models.Model):
    """A board (nämnd): an authority of its own with its own register and archive; not the same as a unit."""

    name = models.CharField(max_length=120, unique=True)
    prefix = models.CharField(max_length=8, unique=True)
    archive_creator = models.CharField(max_length=200)
    is_default = models.BooleanField(default=False)
    # Where it stands among the others where people choose.
    place = models.PositiveSmallIntegerField(default=100)

    class Meta:
        ordering = ["prefix"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["is_default"], condition=models.Q(is_default=True), name="one_default_authority"
            )
        ]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def default(cls) -> "Authority":
        """The authority that takes what is addressed to nobody in particular."""
        return cls.objects.filter(is_default=True).first() or cls.objects.order_by("pk")[0]


class Unit(models.Model):
    """A part of the organisation that answers for a field (enhet); not an authority of its own."""

    name = models.CharField(max_length=120, unique=True)
    email = models.EmailField(blank=True)
    authority = models.ForeignKey(Authority, null=True, blank=True, on_delete=models.SET_NULL)
    place = models.PositiveSmallIntegerField(default=100)

    class Meta:
        ordering = ["place", "name"]

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager["User"]):
    """Makes staff."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """A member of staff who logs in with `email`."""
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save()
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        """By e-mail address, in any case."""
        return self.get(email__iexact=username)


class User(AbstractBaseUser):
    """A member of staff."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120)
    title = models.CharField(max_length=120, blank=True)
    role = models.CharField(max_length=20, choices=[(role.value, label) for role, label in ROLE_LABELS.items()])
    unit = models.ForeignKey(Unit, null=True, blank=True, on_delete=models.SET_NULL, related_name="members")
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField(auto_now_add=True)

    objects = UserManager()
    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar = ["name"]

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(role__in=[role.value for role in rules.Role]), name="known_role")
        ]

    def __str__(self) -> str:
        return self.name

    # Django's own permission system is not used; these two satisfy code that asks every user.
    is_staff = False
    is_superuser = False

    @property
    def ref(self) -> str:
        """How the journal names this member of staff."""
        return f"user:{self.pk}"

    @property
    def initials(self) -> str:
        """Two letters for the mark in the bar."""
        return "".join(word[0] for word in self.name.split()[:2]).upper()

    @property
    def first_name(self) -> str:
        """The name colleagues use."""
        return self.name.split()[0] if self.name else ""

    def may(self, right: rules.Right) -> bool:
        """Whether the role gives `right`."""
        return self.is_active and rules.may(self.role, right)

    def must_set_up_totp(self) -> bool:
        """Whether a second factor is still to be set up before the desk opens."""
        if Organisation.current().demo:
            return False
        if self.authenticator_set.filter(type__in=("totp", "webauthn")).exists():  # type: ignore[attr-defined]
            return False
        return all(asked(self) for asked in factor_asked.values())

    def get_session_auth_hash(self) -> str:
        """Another role, like another password, ends the log-ins that were begun with the one before."""
        return self._hash_for_session()

    def _hash_for_session(self, secret: str | None = None) -> str:
        of = f"{self.password}|{self.role}|{self.is_active}"
        return salted_hmac("torget.organisations.session", of, secret=secret, algorithm="sha256").hexdigest()

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        """The same by keys that were in use before."""
        for secret in settings.SECRET_KEY_FALLBACKS:
            yield self._hash_for_session(secret)


class Invitation(models.Model):
    """A colleague who has been asked in: one open at a time for an address, used once, for fourteen days."""

    WAITING, SENT, REFUSED, NONE = "waiting", "sent", "refused", "none"

    email = models.EmailField()
    name = models.CharField(max_length=120)
    title = models.CharField(max_length=120, blank=True, default="")
    role = models.CharField(max_length=20, choices=[(role.value, label) for role, label in ROLE_LABELS.items()])
    unit = models.ForeignKey(Unit, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    # The link's secret follows from the nonce and the installation's key; only its hash is asked for.
    nonce = models.BinaryField(max_length=16)
    secret_hash = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    user = models.OneToOneField(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="invitation")
    # The mail with the link: "none" where there is no mail server and the link is handed over by hand.
    mail = models.CharField(max_length=10, default=WAITING, choices=[(s, s) for s in (WAITING, SENT, REFUSED, NONE)])
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["email"],
                condition=models.Q(used_at=None, revoked_at=None),
                name="one_open_invitation",
            ),
            models.CheckConstraint(
                condition=models.Q(used_at=None) | models.Q(revoked_at=None), name="used_or_revoked_not_both"
            ),
            models.CheckConstraint(
                condition=models.Q(role__in=[role.value for role in rules.Role]), name="invited_to_known_role"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["due_at"], condition=models.Q(mail="waiting"), name="invitation_to_mail")
        ]

    def __str__(self) -> str:
        return self.name


class ClosedDay(models.Model):
    """A day the desk is shut."""

    day = models.DateField(unique=True)
    reason = models.CharField(max_length=80)

    class Meta:
        ordering = ["day"]

    def __str__(self) -> str:
        return f"{self.day} {self.reason}"

    @classmethod
    def days(cls, since: date | None = None) -> Set[date]:
        """The days the desk is shut, all or from `since` on; a few dozen rows at most."""
        with connection.cursor() as cursor:
            # Past the ORM: asked by each message that comes in.
            cursor.execute("SELECT day FROM organisations_closedday WHERE day >= %s", [(since or date.min).isoformat()])
            return {day if isinstance(day, date) else date.fromisoformat(day) for (day,) in cursor.fetchall()}


class UnitCost(models.Model):
    """An assumption of the reckoning: a value with its range, its source and the source's date."""

    key = models.SlugField(max_length=40, unique=True)
    value = models.FloatField()
    low = models.FloatField()
    high = models.FloatField()
    unit = models.CharField(max_length=40)
    source = models.CharField(max_length=200)
    source_date = models.DateField()
    # A default is no figure of the organisation's own, and each page that uses it says so.
    is_default = models.BooleanField(default=True)

    class Meta:
        ordering = ["key"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(low__lte=models.F("value")) & models.Q(value__lte=models.F("high")),
                name="value_within_range",
            )
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.value} {self.unit}"


class OfficialAccount(models.Model):
    """An account the organisation answers for, in the public list that E-delegationen's guidelines (2010) ask for."""

    channel = models.CharField(max_length=20)
    name = models.CharField(max_length=120)
    handle = models.CharField(max_length=200)
    url = models.URLField(blank=True)
    rules_text = models.TextField(blank=True)
    authority = models.ForeignKey(Authority, on_delete=models.PROTECT)
    since = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["channel", "name"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["channel", "handle"], name="one_official_account")]

    def __str__(self) -> str:
        return self.handle


class FirstStart(models.Model):
    """The one-time code of the first start: hashed, gone when used."""

    code_hash = models.CharField(max_length=64)
    made_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
