"""The receipt file and what it proves."""

import json
from typing import Any

import pytest

from tests.support.making import Town, incoming
from torget.conversations.actions.reading import Said, thread_of_the_writer
from torget.conversations.models import Conversation
from torget.conversations.proof import receipt_file
from torget.journal import actions as journal
from torget.journal import rules, verifier


@pytest.fixture
def conversation(town: Town) -> Conversation:
    """A conversation whose first message is numbered and signed for, with others around it."""
    for _ in range(3):
        town.given("Något annat")
    _, conversation = town.written("När öppnar badet? 🏊 Ångaren …", name="Signe Testsson")
    town.given("Något senare")
    journal.sequence()
    return conversation


def first_said(conversation: Conversation) -> Said:
    """What began it, as the receipt reads it."""
    return thread_of_the_writer(conversation).said[0]


def _receipt(conversation: Conversation) -> dict[str, Any]:
    document = receipt_file(first_said(conversation), "Ekeviks kommun")
    assert document is not None
    return document


def _code(document: object, key: str | None) -> str:
    trust = verifier.read_trust(key) if key else None
    return str(verifier.check(json.dumps(document, ensure_ascii=False).encode(), trust)["code"])


def _key() -> str:
    return journal.signing_key().public.text()


def test_there_is_no_receipt_file_before_the_seal(town: Town) -> None:
    assert receipt_file(first_said(town.written()[1]), "Ekeviks kommun") is None


def test_it_holds_by_the_published_key(conversation: Conversation) -> None:
    document = _receipt(conversation)
    assert document["record"]["text"] == "När öppnar badet? 🏊 Ångaren …"
    assert _code(document, _key()) == "holds"
    assert _code(document, rules.parse_key(_key()).fingerprint()) == "holds"


def test_without_a_key_the_signer_is_unknown(conversation: Conversation) -> None:
    assert _code(_receipt(conversation), None) == "signer_unknown"


def test_another_key_does_not_do(conversation: Conversation) -> None:
    key = rules.parse_key(_key())
    other = rules.VerifierKey(key.name, bytes(32))
    assert _code(_receipt(conversation), other.text()) == "other_key"
    assert _code(_receipt(conversation), other.fingerprint()) == "other_key"


@pytest.mark.parametrize(
    "field",
    ["text", "subject", "correspondent", "received_at", "authority", "channel", "kind"],
    ids="one letter of {}".format,
)
def test_one_changed_letter_shows(conversation: Conversation, field: str) -> None:
    document = _receipt(conversation)
    document["record"][field] += "."
    assert _code(document, _key()) == "text_changed"


def test_another_place_in_the_journal_does_not_do(conversation: Conversation) -> None:
    document = _receipt(conversation)
    document["index"] += 1
    assert _code(document, _key()) == "not_in_log"


def test_the_file_is_of_the_first_version_after_edits(town: Town) -> None:
    town.take(incoming("1", "A"), incoming("1", "B"))
    journal.sequence()
    document = _receipt(Conversation.objects.get())
    assert document["record"]["text"] == "A"
    assert _code(document, _key()) == "holds"


def test_later_entries_do_not_spoil_it(town: Town, conversation: Conversation) -> None:
    early = _receipt(conversation)
    town.answered(conversation, town.user())
    journal.sequence()
    assert _code(early, _key()) == _code(_receipt(conversation), _key()) == "holds"
