"""What is stored of asking colleagues: who, what, the answers, and the letters between."""

from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q

from torget.conversations.models import Conversation, Message, Receipt, openable_by
from torget.experts import rules
from torget.organisations.models import Unit
from torget.organisations.rules import Right
from torget.register.models import Attachment, Record, guarded, readable_by

if TYPE_CHECKING:
    from torget.organisations.models import User


def named(name: str, title: str) -> str:
    """A person with their title as it stands within a sentence: `Vera Påhitt, trafikplanerare`, `Bo Ek, IT-chef`."""
    if title and not title[1:2].isupper():
        title = title[0].lower() + title[1:]
    return ", ".join(part for part in (name, title) if part)


class Expert(models.Model):
    """A colleague who has been asked, or a unit's shared address; with or without an account here."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120, blank=True)
    title = models.CharField(max_length=120, blank=True)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="expert"
    )
    # Whose shared address it is; everyone of the unit may answer under log-in.
    unit = models.ForeignKey(Unit, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    # What the secrets of the two links are made of; only their hashes are looked up.
    nonce = models.BinaryField(max_length=16)
    page_hash = models.CharField(max_length=64, unique=True)
    stop_hash = models.CharField(max_length=64, unique=True)
    # Asked to be asked no more; asked for no mail about how it went.
    stopped_at = models.DateTimeField(null=True, blank=True)
    quiet_at = models.DateTimeField(null=True, blank=True)
    first_asked_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.shown

    @property
    def ref(self) -> str:
        """How the journal names this colleague when they act by a link."""
        return f"expert:{self.pk}"

    @property
    def shown(self) -> str:
        """`Vera Påhitt, trafikplanerare`, or the address where nothing else is known."""
        return named(self.name, self.title) or self.email

    @property
    def first_name(self) -> str:
        """The name colleagues use; a unit's is its whole name."""
        return self.name if self.unit_id or not self.name else self.name.split()[0]

    @property
    def initials(self) -> str:
        """Two letters for the mark beside the name."""
        return "".join(word[0] for word in (self.name or self.email).split()[:2]).upper()


class ExpertRequestQuerySet(models.QuerySet["ExpertRequest"]):
    """Reads of questions to colleagues."""

    def visible_to(self, user: "User") -> "ExpertRequestQuerySet":
        """What belongs to a conversation that one may open, and shows nothing that one may not read; who may do what is
        in `permissions`. docs/rules/secrecy.md"""
        if not user.may(Right.SEE_DESK):
            return self.none()
        return self.filter(openable_by(user, "conversation__")).exclude(shows_guarded(user))

    def secret(self) -> "ExpertRequestQuerySet":
        """What is read under log-in alone: it belongs to a sealed conversation, or shows what is guarded."""
        return self.filter(Q(conversation__sealed=True) | shows_guarded())

    def whole(self) -> "ExpertRequestQuerySet":
        """With what its page shows, in constant SQL."""
        return self.select_related(
            "conversation__account__authority", "expert__unit", "asked_by", "question", "answer__record"
        ).prefetch_related("question__versions", "answer__record__versions", "answer__record__attachments__blob")


class ExpertRequest(models.Model):
    """One question to one colleague about one conversation; its words are its record's."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="expert_requests")
    expert = models.ForeignKey(Expert, on_delete=models.PROTECT, related_name="requests")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    question = models.OneToOneField(Record, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(
        max_length=10, default=rules.State.ASKED.value, choices=[(s.value, s.value) for s in rules.State]
    )
    wanted_by = models.DateTimeField()
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    remind_at = models.DateTimeField(null=True, blank=True)
    # How many times the time began anew: each has its own link and its own reminders.
    round = models.PositiveSmallIntegerField(default=1)
    nonce = models.BinaryField(max_length=16)
    secret_hash = models.CharField(max_length=64, unique=True)
    # Whom the wrong person proposed: a name or an address, as they wrote it.
    proposal = models.CharField(max_length=320, blank=True)
    instead_of = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="passed_on")

    objects = ExpertRequestQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["conversation", "expert"], condition=Q(state="asked"), name="one_open_question"
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["expert", "-id"], name="expert_request_expert"),
            models.Index(fields=["remind_at"], condition=Q(state="asked"), name="expert_request_remind"),
            models.Index(fields=["expires_at"], condition=Q(state="asked"), name="expert_request_expire"),
        ]

    @property
    def text(self) -> str:
        """The question's words."""
        return self.question.latest.text


class SentAlong(models.Model):
    """A message that goes along with a question, in the version that was chosen."""

    request = models.ForeignKey(ExpertRequest, on_delete=models.CASCADE, related_name="along")
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="+")
    version = models.PositiveIntegerField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["request", "message"], name="one_sent_along")]


class FileAlong(models.Model):
    """An attachment that was chosen to go along."""

    request = models.ForeignKey(ExpertRequest, on_delete=models.CASCADE, related_name="files")
    attachment = models.ForeignKey(Attachment, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["request", "attachment"], name="one_file_along")]


class Answer(models.Model):
    """A colleague's answer: working material, which becomes public only through what staff make of it."""

    request = models.OneToOneField(ExpertRequest, on_delete=models.CASCADE, related_name="answer")
    record = models.OneToOneField(Record, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    changed_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    # Who wrote it by log-in; null: whoever has the link.
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    minutes = models.PositiveIntegerField()
    used_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    used_at = models.DateTimeField(null=True, blank=True)
    # The answer to the resident that went out after it.
    outcome = models.ForeignKey(Message, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    outcome_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["at"], condition=Q(outcome_at__isnull=True), name="expert_answer_no_outcome"),
            models.Index(fields=["outcome_at"], name="expert_answer_outcome"),
        ]

    @property
    def text(self) -> str:
        """The answer's words."""
        return self.record.latest.text


class Word(models.Model):
    """A word of a question that was answered; it goes with the question."""

    request = models.ForeignKey(ExpertRequest, on_delete=models.CASCADE, related_name="words")
    word = models.CharField(max_length=40)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["request", "word"], name="one_expert_word")]
        indexes: ClassVar = [models.Index(fields=["word", "-request"], name="expert_word")]


def shows_guarded(reader: "User | None" = None) -> Q:
    """Which questions show what is for a circle alone, as a condition; with a `reader`, only what they may not read.

    A message that went along may have been parted off, or joined into another conversation, since the question was asked:
    what counts is the mark on what is shown, wherever it now lies.
    """
    shown: tuple[tuple[models.QuerySet[Any], str], ...] = (
        (SentAlong.objects.all(), "message__record__"),
        (FileAlong.objects.all(), "attachment__record__"),
        (Answer.objects.all(), "outcome__record__"),
    )
    thanks = News.objects.filter(request=OuterRef("pk"), receipt__thanks__gt="", receipt__conversation__sealed=True)
    found = Q(Exists(thanks.exclude(openable_by(reader, "receipt__conversation__")) if reader else thanks))
    for rows, at in shown:
        held = rows.filter(guarded(at), request=OuterRef("pk"))
        found |= Q(Exists(held.exclude(readable_by(reader, at)) if reader else held))
    return found


class Letter(models.Model):
    """A mail to a colleague as a durable row: a state, and a lease while a worker has it in hand. It leaves at most once."""

    expert = models.ForeignKey(Expert, on_delete=models.CASCADE, related_name="letters")
    request = models.ForeignKey(ExpertRequest, null=True, blank=True, on_delete=models.CASCADE, related_name="letters")
    kind = models.CharField(max_length=10, choices=[(k.value, k.value) for k in rules.Kind])
    number = models.PositiveSmallIntegerField(default=1)
    day = models.DateField(null=True, blank=True)
    state = models.CharField(
        max_length=10, default=rules.Posting.WAITING.value, choices=[(s.value, s.value) for s in rules.Posting]
    )
    mail_id = models.CharField(max_length=200)
    made_at = models.DateTimeField()
    lease_owner = models.CharField(max_length=40, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    problem = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["request", "kind", "number"], name="one_expert_letter"),
            # How it went is told at most once a day.
            models.UniqueConstraint(fields=["expert", "day"], condition=Q(kind="news"), name="one_news_a_day"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["id"], condition=Q(state__in=["waiting", "sending"]), name="expert_letter_open")
        ]


class News(models.Model):
    """One thing to tell a colleague: made at most once, told at most once."""

    request = models.ForeignKey(ExpertRequest, on_delete=models.CASCADE, related_name="news")
    kind = models.CharField(max_length=8, choices=[(k.value, k.value) for k in rules.Tidings])
    receipt = models.ForeignKey(Receipt, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    letter = models.ForeignKey(Letter, null=True, blank=True, on_delete=models.SET_NULL, related_name="news")
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["request", "kind"], condition=Q(receipt__isnull=True), name="one_expert_outcome"
            ),
            models.UniqueConstraint(fields=["request", "receipt", "kind"], name="one_expert_thanks"),
        ]
        indexes: ClassVar = [models.Index(fields=["id"], condition=Q(letter__isnull=True), name="expert_news_untold")]
