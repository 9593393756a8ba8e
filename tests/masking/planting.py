"""The town, in which something of every kind has happened, and a marked word in each field that is not public."""

import re
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import models, transaction

from tests.masking.fields import named, text_fields
from tests.masking.rows import row_of
from tests.support.making import Town, first, incoming
from torget.channels.base import Sender, Visibility
from torget.conversations import actions
from torget.conversations.models import Message
from torget.core.models import PublicVersion
from torget.files import actions as files
from torget.organisations.models import User
from torget.organisations.rules import Role
from torget.register import actions as register
from torget.register.models import Record
from torget.register.rules import Field, State
from torget.search import actions as search

STEM = "zkvx"
MARKED = re.compile(rb"zkvx[0-9]{5}q", re.IGNORECASE)
MOST_ROWS = 60


@dataclass
class Planted:
    """Where each word was planted, and the words that are public on purpose."""

    places: dict[str, str] = field(default_factory=dict)
    published: dict[str, str] = field(default_factory=dict)
    _numbers: Any = field(default_factory=lambda: count(1))

    def word(self, place: str) -> str:
        """A new word, found nowhere else."""
        made = f"{STEM}{next(self._numbers):05d}q"
        self.places[made] = place
        return made


def live(town: Town, planted: Planted) -> None:
    """Let something of every kind happen, with marked words in all that people write and that is not public."""
    word, user = planted.word, town.user(name="Anna Svarare")
    registrar = town.user(Role.REGISTRAR)
    _said(town, planted)
    # Confirmed: its subject is public, nothing else of it.
    confirmed = town.given(word("a text"), subject=word("a sender's own subject"), sender=_sender(planted))
    planted.published["register"] = "zpublikordet"
    actions.classify(first(confirmed), state=State.REGISTERED, subject="Bron zpublikordet", by=registrar)
    town.answered(confirmed, user, text=word("an answer"))
    # Secret: its subject was public once.
    secret = town.given(word("a secret text"))
    subject = word("a subject before it was secret")
    actions.classify(first(secret), state=State.REGISTERED, subject=subject, by=registrar)
    town.answered(secret, user, text=word("an answer to a secret one"))
    actions.mark_secret(first(secret), provision=word("a provision"), by=registrar)
    # Classified and taken back to unclassified; lifted.
    lifted = town.given(word("a text that was secret"))
    actions.classify(first(lifted), state=State.REGISTERED, subject=word("a subject once secret"), by=registrar)
    actions.mark_secret(first(lifted), provision=word("a provision that is gone"), by=registrar)
    actions.lift_secret(first(lifted), by=registrar)
    # Put right: what it said before and after, and why.
    corrected = first(town.given(word("a text of a corrected one"), sender=_sender(planted))).record
    for which in (Field.SUBJECT, Field.CORRESPONDENT):
        register.correct(
            corrected, field=which, value=word("a corrected field"), why=word("a reason to correct"), by=registrar
        )
    # Working material.
    actions.note(confirmed, text=word("a note"), by=user)
    actions.keep_draft(confirmed, text=word("a draft"), by=user)
    _published(town, planted, user)
    _written(town, planted)


def _sender(planted: Planted) -> Sender:
    return Sender(address=f"{planted.word('an address')}@exempel.se", name=planted.word("a sender's name"))


def _said(town: Town, planted: Planted) -> None:
    """By channel: public and not, edited, deleted, with files."""
    word = planted.word
    for visibility in Visibility:
        url = f"https://exempel.se/{word('an address')}"
        text = word(f"a text, {visibility.value}")
        town.given(text, visibility=visibility, sender=_sender(planted), url=url)
    town.take(incoming("edited", word("a first version"), whole=word("a whole text")))
    town.take(incoming("edited", word("an edited version"), subject=word("an edited subject")))
    town.take(incoming("deleted", word("a text that its sender deleted")))
    message = Message.objects.get(external_id="deleted")
    Message.objects.filter(pk=message.pk).update(deleted_at=message.sent_at)
    town.store(word("a raw event").encode())


def _published(town: Town, planted: Planted, user: User) -> None:
    """A conversation that staff have published, of which some is public and some is not."""
    word = planted.word
    planted.published["samtal"] = "zpublikfrågan"
    shown = town.given(
        "Får man grilla zpublikfrågan?", whole=f"Får man grilla? {word('a quoted text')}", sender=_sender(planted),
        subject=word("a published one's own subject"), visibility=Visibility.PUBLIC,
    )  # fmt: skip
    town.answered(shown, user, text="Ja, zpubliksvaret.")
    planted.published["svar"] = "zpubliksvaret"
    actions.note(shown, text=word("a note in a published one"), by=user)
    actions.publish(shown, title="Grillning zpubliktiteln", by=user)
    planted.published["titel"] = "zpubliktiteln"
    # What comes after it was published is not.
    town.answered(shown, user, text=word("an answer after publishing"))
    taken_down = town.given(word("a text that was public"), visibility=Visibility.PUBLIC)
    actions.publish(taken_down, title=word("a title that was public"), by=user)
    actions.unpublish(taken_down, by=user)


def _written(town: Town, planted: Planted) -> None:
    """By the form, with a file whose content, name and metadata are marked."""
    word = planted.word
    blob = files.keep(f"%PDF-1.4 {word('a content of a file')}".encode())
    secret = actions.post_form(
        actions.Written(
            text=word("a text by the form"), subject=word("a subject by the form"), name=word("a name by the form"),
            email=f"{word('an address by the form')}@exempel.se", files=[(blob, f"{word('a filename')}.pdf")],
        )
    )  # fmt: skip
    receipt = actions.find_receipt(secret)
    assert receipt is not None
    actions.say_thanks(receipt, word("a thanks"))


# ---- a word in each field -------------------------------------------------------------------------------------------


def _is_public(name: str, row: Any) -> bool:
    """Whether this field of this row is shown on purpose."""
    if name == "register.Record.subject":
        return bool(row.confirmed_at) and not row.secret and not row.protected_identity
    if name == "register.RecordVersion.text":
        message = Message.objects.filter(record=row.record_id).first()
        return bool(message and message.published_version == row.number)
    if name in ("conversations.Conversation.public_title",):
        return bool(row.published_at)
    if name in ("organisations.User.name", "organisations.User.title"):
        # Who answers for the organisation in public does so by name.
        return Message.objects.filter(author=row.pk, published_version__isnull=False).exists()
    return False


def plant_everywhere(planted: Planted) -> set[str]:
    """Put a word in every text field of up to `MOST_ROWS` rows of every model; the names of the fields that got one."""
    search.rebuild()
    without, got = named(), set[str]()
    for model in apps.get_models(include_auto_created=True):
        if model._meta.managed and any(m is model and name not in without for name, m, _ in text_fields()):
            with transaction.atomic():
                row_of(model)
    for name, model, one in text_fields():
        if name in without:
            continue
        for row in model._base_manager.order_by("-pk")[:MOST_ROWS]:
            if _is_public(name, row):
                continue
            value = _with_word(one, getattr(row, one.attname), planted.word(name))
            # Sessions and the like are named by their key: what points at them is not moved along.
            where = model._base_manager.filter(pk=row.pk)
            if where.update(**{one.attname: value}):
                got.add(name)
    _derive()
    return got


def _with_word(one: Any, value: Any, word: str) -> Any:
    if isinstance(one, models.JSONField):
        return {**value, "planted": word} if isinstance(value, dict) else [*(value or []), word]
    if isinstance(one, models.BinaryField):
        return bytes(value or b"") + word.encode()
    if isinstance(one, models.EmailField):
        return f"{word}@exempel.se"
    if isinstance(one, models.URLField):
        return f"https://exempel.se/{word}"
    longer = f"{value or ''} {word}".strip()
    return longer if not one.max_length or len(longer) <= one.max_length else word


def _derive() -> None:
    """All that is made from the rows is made anew from what they now say."""
    register.show(list(Record.objects.values_list("pk", flat=True)))
    search.rebuild()
    (settings.TORGET_HOME / "hemlighet").mkdir(parents=True, exist_ok=True)
    PublicVersion.bump()
