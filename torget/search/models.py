"""What is stored of search: an entry for each message and note, and what was asked of late. All of it can be made anew."""

from typing import ClassVar

from django.db import models

from torget.conversations.models import Conversation, Message, Note


class Entry(models.Model):
    """A message or a note as it is looked for. `words` are its stems in order, `parts` what compounds are made of.

    `marks` are who wrote, numbers, tags, and what filters ask for (those begin with "#"). The full text index beside it is
    kept by the database: a generated column (PostgreSQL), triggers (SQLite); a migration that makes the table anew on
    SQLite must make the triggers anew, too.
    """

    # A moment and a number within its minute (rules.place_of): newest first, a page and a date are ranges of it.
    place = models.BigIntegerField(primary_key=True)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="+")
    message = models.OneToOneField(Message, null=True, on_delete=models.CASCADE, related_name="+")
    note = models.OneToOneField(Note, null=True, on_delete=models.CASCADE, related_name="+")
    # The version that was indexed: another one in force makes the entry stale.
    version = models.BigIntegerField(db_index=True)
    words = models.TextField()
    parts = models.TextField(blank=True)
    marks = models.TextField(blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(message=None, note__isnull=False) | models.Q(message__isnull=False, note=None),
                name="entry_of_one_thing",
            )
        ]


class Cursor(models.Model):
    """How far the worker has come in what it goes through: a key, and a moment where there is one."""

    name = models.CharField(max_length=20, primary_key=True)
    number = models.BigIntegerField(default=0)
    moment = models.DateTimeField(null=True)


class Asked(models.Model):
    """What a conversation's first message asks. Those that ask the same share a `group`: the key of the first of them."""

    conversation = models.OneToOneField(Conversation, primary_key=True, on_delete=models.CASCADE, related_name="+")
    group = models.BigIntegerField()
    at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["group", "at"], name="asked_group"),
            models.Index(fields=["at"], name="asked_at"),
        ]


class AskedWord(models.Model):
    """A word of what was asked of late, as a number: how those are found that may ask the same."""

    asked = models.ForeignKey(Asked, on_delete=models.CASCADE, related_name="words")
    word = models.BigIntegerField(db_index=True)
