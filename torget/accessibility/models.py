"""What the organisation says itself of how accessible its place is; the tests' results are a file of the release."""

from typing import ClassVar

from django.db import models

from torget.accessibility.rules import Kind, Verdict
from torget.core import clock, rows


class Statement(models.Model):
    """The one statement: its dates, the organisation's own judgement where it is harsher, how it tested itself."""

    published_on = models.DateField(null=True, blank=True)
    updated_on = models.DateField(null=True, blank=True)
    # Empty: the word that the results give. It can only make that word harsher (rules.verdict).
    own_verdict = models.CharField(
        max_length=6, blank=True, choices=[(one.value, one.value) for one in (Verdict.PARTLY, Verdict.NOT)]
    )
    tested_how = models.TextField(max_length=2000, blank=True)
    email = models.EmailField(blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(pk=1), name="one_statement"),
            models.CheckConstraint(
                condition=models.Q(own_verdict__in=["", Verdict.PARTLY.value, Verdict.NOT.value]),
                name="own_verdict_known",
            ),
        ]

    def __str__(self) -> str:
        return f"statement of {self.updated_on}"

    @classmethod
    def current(cls) -> "Statement":
        """The statement; an unsaved one where nobody has written anything."""
        return next(iter(rows.find(cls)), None) or cls(pk=1)


class Shortcoming(models.Model):
    """A part that the organisation knows not to be accessible: what, why, and what one can do instead."""

    kind = models.CharField(max_length=8, choices=[(one.value, one.value) for one in Kind], default=Kind.FAULT.value)
    what = models.CharField(max_length=300)
    why = models.CharField(max_length=600)
    instead = models.CharField(max_length=600, blank=True)
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(kind__in=[one.value for one in Kind]), name="shortcoming_kind_known"
            ),
            models.CheckConstraint(condition=~models.Q(what="") & ~models.Q(why=""), name="shortcoming_says_what"),
        ]

    def __str__(self) -> str:
        return self.what
