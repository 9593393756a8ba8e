"""Cases, and records with their versions and files; who may read what."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from torget.files.models import Blob
from torget.organisations.models import Authority, Unit
from torget.organisations.rules import Right, Role
from torget.register import rules

if TYPE_CHECKING:
    from torget.organisations.models import User


class DiarySeries(models.Model):
    """The running number of an authority's cases in a year."""

    authority = models.ForeignKey(Authority, on_delete=models.PROTECT)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["authority", "year"], name="one_series_a_year")]


class Circle(models.Model):
    """Who may read what is secret, besides the registrars of its authority (krets). An empty circle is none at all."""

    users = models.ManyToManyField(settings.AUTH_USER_MODEL, blank=True, related_name="+")
    units = models.ManyToManyField(Unit, blank=True, related_name="+")

    @classmethod
    def of(cls, user: "User", at: str = "") -> Q:
        """What has a circle that `user` is in, as a condition on what reaches `circle` by `at`; no list is made of them."""
        mine = Q(**{f"{at}circle__in": cls.users.through.objects.filter(user=user).values("circle")})
        if user.unit_id:
            mine |= Q(**{f"{at}circle__in": cls.units.through.objects.filter(unit=user.unit_id).values("circle")})
        return mine


class CaseQuerySet(models.QuerySet["Case"]):
    """Reads of cases."""

    def visible_to(self, user: "User") -> "CaseQuerySet":
        """Everyone at the desk sees that a case is there; what it says of a secret record follows `Record.visible_to`."""
        return self if user.may(Right.SEE_DESK) else self.none()


class Case(models.Model):
    """A case (ärende): a diary number under which records are kept together."""

    authority = models.ForeignKey(Authority, on_delete=models.PROTECT)
    year = models.PositiveSmallIntegerField()
    number = models.PositiveIntegerField()
    subject = models.CharField(max_length=300)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    last_record = models.PositiveIntegerField(default=0)
    # Joined into another case: its number stays and leads there.
    merged_into = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="merged")

    objects = CaseQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["authority", "year", "number"], name="one_dnr"),
            models.CheckConstraint(
                condition=Q(merged_into=None) | Q(closed_at__isnull=False), name="merged_case_is_closed"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["closed_at", "-id"], name="case_open"),
            models.Index(fields=["authority", "year", "-id"], name="case_year"),
            models.Index(fields=["year", "-id"], name="case_year_anywhere"),
        ]

    def __str__(self) -> str:
        return self.dnr

    @property
    def ref(self) -> str:
        """How the journal names this case."""
        return f"case:{self.pk}"

    @property
    def dnr(self) -> str:
        """`KS 2026/0412`."""
        return rules.dnr(self.authority.prefix, self.year, self.number)


# In words that no index but `record_unconfirmed` fits: by state, SQLite would go through all that is registered.
UNCONFIRMED = (
    Q(confirmed_at=None)
    & ~Q(state__in=[rules.State.ORDERED.value, rules.State.TRIVIAL.value])
    & ~Q(kind=rules.Kind.WORKING.value)
)


def guarded(at: str = "") -> Q:
    """What only a circle may read, as a condition on what reaches a record by `at` (`record__`)."""
    return Q(**{f"{at}secret": True}) | Q(**{f"{at}protected_identity": True})


def readable_by(user: "User", at: str = "") -> Q:
    """Which records a member of staff may read, as a condition. Docs: docs/rules/secrecy.md."""
    may = Q(**{f"{at}secret": False, f"{at}protected_identity": False}) | Circle.of(user, at)
    if user.role in (Role.REGISTRAR, Role.ADMINISTRATOR):
        may |= Q(**{f"{at}circle": None})
    if user.role == Role.REGISTRAR:
        own = user.unit.authority_id if user.unit else None
        # A registrar of no authority in particular is the registrar of them all.
        may |= Q(**{f"{at}authority": own} if own else {f"{at}pk__isnull": False})
    return may


class RecordQuerySet(models.QuerySet["Record"]):
    """Reads of records."""

    def visible_to(self, user: "User") -> "RecordQuerySet":
        """What `user` may read: docs/rules/secrecy.md. The same rule as `permissions.can_read`, in the database."""
        return self.filter(readable_by(user)) if user.may(Right.SEE_DESK) else self.none()

    def guarded(self) -> "RecordQuerySet":
        """What only a circle may read: secret records and those of people with a protected identity."""
        return self.filter(guarded())

    def unconfirmed(self) -> "RecordQuerySet":
        """What nobody has confirmed: the registrar's queue. In the words of the index `record_unconfirmed`."""
        return self.filter(UNCONFIRMED)

    def for_public(self) -> "RecordQuerySet":
        """What the public register lists: everything but working material."""
        return self.exclude(kind=rules.Kind.WORKING.value)


class Record(models.Model):
    """A record (handling) with the four fields of OSL 5:2: date, number, sender or recipient, subject."""

    authority = models.ForeignKey(Authority, on_delete=models.PROTECT)
    case = models.ForeignKey(Case, null=True, blank=True, on_delete=models.PROTECT, related_name="records")
    number = models.PositiveIntegerField(null=True, blank=True)
    kind = models.CharField(max_length=12, choices=[(k.value, k.value) for k in rules.Kind])
    occurred_at = models.DateTimeField()
    captured_at = models.DateTimeField()
    correspondent = models.CharField(max_length=320, blank=True)
    subject = models.CharField(max_length=300, blank=True)
    channel = models.CharField(max_length=20)
    state = models.CharField(
        max_length=12, default=rules.State.UNCLASSIFIED.value, choices=[(s.value, s.value) for s in rules.State]
    )
    proposed_state = models.CharField(max_length=12, blank=True)
    proposed_reason = models.CharField(max_length=24, blank=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    confirmed_at = models.DateTimeField(null=True, blank=True)
    secret = models.BooleanField(default=False)
    secrecy_provision = models.CharField(max_length=120, blank=True)
    secrecy_marked_at = models.DateTimeField(null=True, blank=True)
    # The authority that made the mark; null: the record's own.
    secrecy_authority = models.ForeignKey(Authority, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    circle = models.ForeignKey(Circle, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    # The sender has a protected identity: read by the circle alone, and marked in archive packages.
    protected_identity = models.BooleanField(default=False)
    has_identity_number = models.BooleanField(default=False)

    objects = RecordQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "number"], name="one_number_in_case"),
            # OSL 5:1: what is secret is registered, always.
            models.CheckConstraint(
                condition=~Q(secret=True, state__in=[rules.State.ORDERED.value, rules.State.TRIVIAL.value]),
                name="secret_is_registered",
            ),
            models.CheckConstraint(
                condition=~Q(state=rules.State.REGISTERED.value) | Q(case__isnull=False, number__isnull=False),
                name="registered_has_number",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["-occurred_at", "-id"], name="record_newest", condition=~Q(kind="working")),
            models.Index(fields=["state", "-id"], name="record_state"),
            models.Index(fields=["proposed_reason", "id"], name="record_unconfirmed", condition=Q(confirmed_at=None)),
            models.Index(fields=["id"], name="record_guarded", condition=guarded()),
        ]

    def __str__(self) -> str:
        return self.dnr or self.ref

    @property
    def ref(self) -> str:
        """How the journal names this record."""
        return f"record:{self.pk}"

    @property
    def is_guarded(self) -> bool:
        """Whether only a circle may read it."""
        return self.secret or self.protected_identity

    @property
    def dnr(self) -> str:
        """`KS 2026/0412-98`, or empty where the record has no number."""
        if self.case is None or self.number is None:
            return ""
        case = self.case
        return rules.dnr(case.authority.prefix, case.year, case.number, self.number)

    # All versions and attachments, where a page has read them for many records at once (`filling.fill`).
    read_versions: "list[RecordVersion] | None" = None
    read_attachments: "list[Attachment] | None" = None

    @property
    def latest(self) -> "RecordVersion":
        """The version in force. Uses versions that were read along where there are any."""
        versions = self.read_versions or list(self.versions.all())
        return max(versions, key=lambda version: version.number)

    @property
    def files(self) -> "Sequence[Attachment]":
        """The attachments, in their order. Uses those that were read along where they were."""
        return list(self.attachments.all()) if self.read_attachments is None else self.read_attachments


class RecordVersion(models.Model):
    """The words of a record as they were at one time; a version is never changed, except working material's only one."""

    record = models.ForeignKey(Record, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField(default=1)
    text = models.TextField(blank=True)
    # The whole as it came, with quotes and signature; empty when it is the same as `text`.
    whole_text = models.TextField(blank=True)
    subject = models.CharField(max_length=300, blank=True)
    # The fields besides the text that the digest covers, as they were: later corrections do not break the proof.
    sealed = models.JSONField(default=dict)
    salt = models.BinaryField(max_length=16)
    digest = models.BinaryField(max_length=32)
    edited_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["record", "number"], name="one_version_number")]
        ordering = ["record", "number"]

    @property
    def whole(self) -> str:
        """The whole text as it came."""
        return self.whole_text or self.text

    def document(self) -> dict[str, Any]:
        """The canonical fields that the digest covers, the text among them."""
        return {**self.sealed, "text": self.whole}


class Attachment(models.Model):
    """A file that came with a version, kept as it came."""

    record = models.ForeignKey(Record, on_delete=models.CASCADE, related_name="attachments")
    version = models.PositiveIntegerField(default=1)
    blob = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="+")
    filename = models.CharField(max_length=200)

    class Meta:
        ordering = ["record", "id"]
