"""What is stored of the record."""

from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from torget.files.models import Blob
from torget.organisations.models import Authority
from torget.organisations.rules import Right
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


class Case(models.Model):
    """A case (ärende): a diary number under which records are kept together."""

    authority = models.ForeignKey(Authority, on_delete=models.PROTECT)
    year = models.PositiveSmallIntegerField()
    number = models.PositiveIntegerField()
    subject = models.CharField(max_length=300)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    last_record = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["authority", "year", "number"], name="one_dnr")]

    def __str__(self) -> str:
        return self.dnr

    @property
    def dnr(self) -> str:
        """`KS 2026/0412`."""
        return rules.dnr(self.authority.prefix, self.year, self.number)


class RecordQuerySet(models.QuerySet["Record"]):
    """Reads of records."""

    def visible_to(self, user: "User") -> "RecordQuerySet":
        """All staff at the desk see all records; who may see a secret one in a circle of its own is a later issue."""
        return self if user.may(Right.SEE_DESK) else self.none()

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
        ]

    def __str__(self) -> str:
        return self.dnr or self.ref

    @property
    def ref(self) -> str:
        """How the journal names this record."""
        return f"record:{self.pk}"

    @property
    def dnr(self) -> str:
        """`KS 2026/0412-98`, or empty where the record has no number."""
        if self.case is None or self.number is None:
            return ""
        case = self.case
        return rules.dnr(case.authority.prefix, case.year, case.number, self.number)

    @property
    def latest(self) -> "RecordVersion":
        """The version in force. Uses prefetched versions where there are any."""
        versions = list(self.versions.all())
        return max(versions, key=lambda version: version.number)


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


class Hold(models.Model):
    """A legal hold (rättsligt stopp): nothing under it may be erased until it is lifted. On a record or a whole case."""

    record = models.ForeignKey(Record, null=True, blank=True, on_delete=models.PROTECT, related_name="holds")
    case = models.ForeignKey(Case, null=True, blank=True, on_delete=models.PROTECT, related_name="holds")
    reason = models.CharField(max_length=300)
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField()
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    lifted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(record__isnull=False, case=None) | Q(record=None, case__isnull=False),
                name="hold_on_one_thing",
            ),
            models.CheckConstraint(
                condition=Q(lifted_by=None, lifted_at=None) | Q(lifted_by__isnull=False, lifted_at__isnull=False),
                name="hold_lifted_by_somebody",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="hold_has_a_reason"),
        ]


class Erasure(models.Model):
    """That a record's content was erased (gallring), by which decision. The record's place, dates and digests stay."""

    record = models.OneToOneField(Record, on_delete=models.PROTECT, related_name="erasure")
    mandate = models.CharField(max_length=200)
    reason = models.CharField(max_length=300)
    # As the ledger names them: who carried it out (a user of then), and which entry of the ledger says so.
    by_ref = models.CharField(max_length=128)
    at = models.DateTimeField()
    ledger = models.PositiveIntegerField(unique=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(mandate=""), name="erasure_has_a_mandate"),
            models.CheckConstraint(condition=~Q(reason=""), name="erasure_has_a_reason"),
        ]
