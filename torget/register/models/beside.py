"""What is kept about records and cases besides themselves: former numbers, links, corrections, the public index, holds."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from torget.journal.models import AppendOnly, Kept
from torget.people.models import Contact
from torget.register import rules
from torget.register.models.records import Case, Circle, Record


class FormerNumber(models.Model):
    """A number that a record has had in a case: it leads on to where the record is now and is never given again."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="former_numbers")
    number = models.PositiveIntegerField()
    record = models.ForeignKey(Record, on_delete=models.CASCADE, related_name="former_numbers")
    at = models.DateTimeField()

    class Meta:
        ordering = ["case", "number"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["case", "number"], name="one_former_number")]

    @property
    def dnr(self) -> str:
        """`KS 2026/0412-98`, as it was."""
        return rules.dnr(self.case.authority.prefix, self.case.year, self.case.number, self.number)


class CaseLink(models.Model):
    """Two cases that have to do with each other; the older one first."""

    one = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="+")
    other = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="+")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["one", "other"], name="one_link"),
            models.CheckConstraint(condition=Q(one__lt=models.F("other")), name="link_in_order"),
        ]


class Correction(Kept):
    """A field of a record that was put right: what it was, what it became, who, when and why. Written once."""

    record = models.ForeignKey(Record, on_delete=models.CASCADE, related_name="corrections")
    field = models.CharField(max_length=20, choices=[(f.value, f.value) for f in rules.Field])
    before = models.CharField(max_length=400, blank=True)
    after = models.CharField(max_length=400, blank=True)
    why = models.CharField(max_length=300)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    # The journal has the digest; the salt lies here and goes with the content when the record is disposed of.
    salt = models.BinaryField(max_length=16)
    digest = models.BinaryField(max_length=32)

    objects = AppendOnly.as_manager()

    class Meta:
        ordering = ["record", "id"]


class Protection(models.Model):
    """A person whose identity is protected: while the row is here, all that comes from them is, too."""

    contact = models.OneToOneField(Contact, on_delete=models.CASCADE, related_name="+")
    circle = models.ForeignKey(Circle, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    since = models.DateTimeField()


class Provision(models.Model):
    """A provision on secrecy that is suggested when a record is marked: data that the organisation edits, with its source."""

    text = models.CharField(max_length=120, unique=True)
    about = models.CharField(max_length=200)
    source = models.CharField(max_length=200)
    source_date = models.DateField()

    class Meta:
        ordering = ["text"]

    def __str__(self) -> str:
        return self.text


class Shown(models.Model):
    """A record as the public register finds it: only what its public row shows (rules.public_row), and nothing else.

    Written in the transaction of every change (`actions.show`). A row has words only where its subject is shown. The full
    text index over them is the database's, and so is this: a change of a record takes the words away and marks the row
    stale, until `show` writes it anew; who forgets `show` hides too much for a while, never too little. See migration 0003.
    """

    # looking.place_of: the day and the record's key. Newest first, a page and a period are ranges of it.
    place = models.BigIntegerField(primary_key=True)
    record = models.OneToOneField(Record, on_delete=models.CASCADE, related_name="shown")
    case = models.ForeignKey(Case, null=True, on_delete=models.CASCADE, related_name="+", db_index=False)
    # looking.facet_of: authority, channel, state as shown, from us or to us.
    facet = models.CharField(max_length=60)
    words = models.TextField(blank=True)
    parts = models.TextField(blank=True)
    marks = models.TextField(blank=True)
    stale = models.BooleanField(default=False, db_default=False)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["facet", "place"], name="shown_facet"),
            models.Index(fields=["record"], name="shown_stale", condition=Q(stale=True)),
            models.Index(fields=["case", "place"], name="shown_case", condition=Q(case__isnull=False)),
        ]
        constraints: ClassVar = [
            # What is not shown has nothing to be found by.
            models.CheckConstraint(
                condition=Q(words="", parts="", marks="")
                | ~(Q(facet__contains="|unclassified|") | Q(facet__contains="|secret|")),
                name="hidden_has_no_words",
            )
        ]


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
