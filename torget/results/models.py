"""What is stored of the results: small sums per day and week that can be thrown away and counted again at any time."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.db import models


class DailyRollup(models.Model):
    """One channel's day: conversations that began, how many of these are answered by now, and what people said of answers.

    `helped_*` are verdicts given that day on receipts, whenever the conversation began.
    """

    day = models.DateField()
    channel = models.CharField(max_length=20)
    received = models.PositiveIntegerField(default=0)
    answered = models.PositiveIntegerField(default=0)
    helped_yes = models.PositiveIntegerField(default=0)
    helped_partly = models.PositiveIntegerField(default=0)
    helped_no = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["day", "channel"], name="one_rollup_a_day"),
            models.CheckConstraint(
                condition=models.Q(answered__lte=models.F("received")), name="answered_were_received"
            ),
        ]


class AnswerTimeBucket(models.Model):
    """How many first answers of one day and channel took a time that falls in `bucket` (rules/histogram.py)."""

    day = models.DateField()
    channel = models.CharField(max_length=20)
    bucket = models.PositiveSmallIntegerField()
    count = models.PositiveIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["day", "channel", "bucket"], name="one_answer_time_bucket")
        ]


class WeekRollup(models.Model):
    """One week (its Monday): what a page would else count among all answers of it."""

    week = models.DateField(unique=True)
    people = models.PositiveIntegerField(default=0)
    """Persons whom an answer reached, each once; where nobody knows who wrote, each conversation is one person."""
    unreached = models.PositiveIntegerField(default=0)
    """Answers that the one who asked cannot read yet: on their way, bounced, or without a way out."""
    recurring = models.PositiveIntegerField(default=0)
    """Conversations with a subject that more than one of the week had."""


class RecurringSubject(models.Model):
    """A subject that more than one conversation of the week had, by exact comparison; subjects under secrecy never."""

    week = models.DateField()
    subject_key = models.CharField(max_length=120)
    subject = models.CharField(max_length=300)
    count = models.PositiveIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["week", "subject_key"], name="one_recurring_subject"),
            models.CheckConstraint(condition=models.Q(count__gte=2), name="recurring_means_twice"),
        ]


class Progress(models.Model):
    """One row: up to which change the conversations are counted, and when somebody last counted."""

    seen_until = models.DateTimeField(null=True)
    counted_at = models.DateTimeField(null=True)

    @classmethod
    def when_counted(cls) -> datetime | None:
        """When the sums were last brought up to date; None before the first time."""
        return cls.objects.filter(pk=1).values_list("counted_at", flat=True).first()
