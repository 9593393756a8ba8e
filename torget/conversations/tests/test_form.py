"""The own form and the receipt's secret."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.support.making import FORM_SENDER, MONDAY, Town, everything, first, fresh, texts
from torget.conversations import actions, rules
from torget.conversations.actions import Written
from torget.conversations.models import Conversation, Message, Receipt
from torget.core import clock
from torget.core.errors import Refused
from torget.files import actions as files
from torget.journal.models import Entry
from torget.organisations import actions as organisations
from torget.organisations.models import Authority, Organisation
from torget.people.models import Contact
from torget.register.models import Attachment, Record


def test_the_same_page_sent_twice_is_one_message_and_one_receipt(town: Town) -> None:
    written = Written(text="När öppnar badet?", name="Signe", email=FORM_SENDER, nonce="a")
    secrets = {actions.post_form(written) for _ in range(3)}
    assert len(secrets) == 1
    assert (Message.objects.count(), Receipt.objects.count(), Record.objects.count()) == (1, 1, 1)


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"text": "När stänger badet?"}, id="another text"),
        pytest.param({"nonce": "b"}, id="another page"),
        pytest.param({"email": "else@exempel.se"}, id="another address"),
        pytest.param({"subject": "Badet"}, id="another subject"),
    ],
)
def test_what_differs_is_a_message_of_its_own(town: Town, changed: dict[str, str]) -> None:
    given: dict[str, Any] = {"text": "När öppnar badet?", "email": FORM_SENDER, "nonce": "a"}
    assert actions.post_form(Written(**given)) != actions.post_form(Written(**(given | changed)))
    assert Message.objects.count() == 2


def test_without_a_page_each_is_its_own(town: Town) -> None:
    assert actions.post_form(Written(text="Hej")) != actions.post_form(Written(text="Hej"))


def test_a_written_message_is_a_record_with_a_number_and_an_entry(town: Town) -> None:
    _, conversation = town.written("När öppnar badet?", name="Signe Testsson", email="SIGNE@exempel.se")
    record = first(conversation).record
    assert record.dnr == "KS 2026/0001-1"
    assert (record.state, record.proposed_state, record.confirmed_at) == ("unclassified", "registered", None)
    assert record.correspondent == "Signe Testsson"
    assert conversation.contact == Contact.objects.get(channel="web", address=FORM_SENDER)
    [entry] = Entry.objects.filter(kind="record.received", object_ref=record.ref)
    assert bytes(entry.digest) == bytes(record.latest.digest) and len(entry.digest) == 32


def test_the_salt_makes_two_same_texts_two_digests(town: Town) -> None:
    town.written("Hej"), town.written("Hej")
    assert len({bytes(entry.digest) for entry in Entry.objects.filter(kind="record.received")}) == 2


def test_a_message_may_be_addressed_to_a_board(town: Town) -> None:
    board = Authority.objects.create(name="Byggnadsnämnden", prefix="BN", archive_creator="Byggnadsnämnden")
    actions.post_form(Written(text="Om mitt garage"), authority=board)
    town.written()
    assert {record.dnr for record in Record.objects.all()} == {"BN 2026/0001-1", "KS 2026/0001-1"}


def test_files_are_kept_with_the_record(town: Town) -> None:
    blob = files.keep(b"Ekevik", filename="a.txt", media_type="text/plain")
    secret = actions.post_form(Written(text="Se bilaga", files=[(blob, "a.txt")], nonce="a"))
    assert actions.post_form(Written(text="Se bilaga", files=[(blob, "a.txt")], nonce="a")) == secret
    assert Attachment.objects.get().record == Message.objects.get().record


@pytest.mark.parametrize("text", ["", " ", "\n\t", "\u00a0"], ids=repr)
def test_nothing_is_refused(town: Town, text: str) -> None:
    with pytest.raises(Refused, match="empty"):
        actions.post_form(Written(text=text))


def test_the_longest_text_is_taken_and_one_letter_more_is_not(town: Town) -> None:
    town.written("å" * rules.MAX_TEXT)
    with pytest.raises(Refused, match="too_long"):
        actions.post_form(Written(text="å" * (rules.MAX_TEXT + 1)))


@pytest.mark.parametrize("sign", ["\x00", "\ud800", "\udfff\ud800"], ids=repr)
@pytest.mark.parametrize("field", ["text", "subject", "name", "nonce"])
def test_signs_that_no_database_takes_do_not_stop_a_message(town: Town, sign: str, field: str) -> None:
    given: dict[str, Any] = {"text": "När öppnar badet?"}
    given[field] = f"{given.get(field, 'Signe')}{sign}!"
    secret = actions.post_form(Written(**given))
    assert actions.find_receipt(secret)
    stored = everything()
    assert "\x00" not in stored
    stored.encode()


def test_the_secret_is_stored_nowhere(town: Town) -> None:
    secret, conversation = town.written("När öppnar badet?", email=FORM_SENDER)
    handed_over = actions.make_receipt(conversation, by=town.user())
    stored = everything()
    assert "När öppnar badet?" in stored
    for one in (secret, handed_over):
        assert len(one) == 22
        assert one not in stored and one.encode().hex() not in stored
        assert actions.find_receipt(one) is not None


@pytest.mark.parametrize("wrong", ["", "x", "../..", "\x00", "a" * 10_000], ids=lambda text: repr(text[:5]))
def test_a_wrong_secret_opens_nothing(town: Town, wrong: str) -> None:
    secret, _ = town.written()
    assert actions.find_receipt(wrong) is None
    assert actions.find_receipt(secret.swapcase()) is None


def test_a_secret_does_not_follow_from_what_was_written(town: Town, settings: Any) -> None:
    written = Written(text="Hej", nonce="a")
    here = actions.post_form(written)
    settings.SECRET_KEY = "of another installation, which has got the same message"
    assert actions.post_form(written) != here


def test_whether_it_helped(town: Town) -> None:
    secret, conversation = town.written()
    receipt = actions.find_receipt(secret)
    assert receipt
    with pytest.raises(Refused, match="no_answer_yet"):
        actions.say_helped(receipt, Receipt.YES)
    town.answered(conversation, town.user())
    receipt = actions.find_receipt(secret)
    assert receipt
    for answer in ("yes", "no", "no", "no"):
        actions.say_helped(receipt, answer)
    with pytest.raises(Refused, match="unknown_answer"):
        actions.say_helped(receipt, "perhaps")
    receipt.refresh_from_db()
    assert (receipt.helped, receipt.helped_at) == ("no", MONDAY)
    kinds = list(Entry.objects.filter(kind__startswith="answer.helped").order_by("pk").values_list("kind", "actor_ref"))
    assert kinds == [("answer.helped_yes", "resident"), ("answer.helped_no", "resident")]


def test_thanks(town: Town) -> None:
    secret, conversation = town.written()
    town.answered(conversation, town.user())
    receipt = actions.find_receipt(secret)
    assert receipt
    actions.say_thanks(receipt, "  Tack!  ")
    for _ in range(3):
        actions.say_thanks(receipt, "Tusen tack! " + "❤" * 2000)
    receipt.refresh_from_db()
    assert receipt.thanks.startswith("Tusen tack!") and len(receipt.thanks) == 1000
    assert Entry.objects.filter(kind="answer.thanked").count() == 2


def test_the_answer_is_due_on_a_working_day(town: Town) -> None:
    with clock.at(MONDAY):
        _, conversation = town.written()
    assert conversation.answer_due.astimezone(clock.STOCKHOLM).strftime("%a %H:%M") == "Wed 16:30"


def test_a_form_may_come_before_the_first_start(db: None) -> None:
    secret = actions.post_form(Written(text="Är någon där?"))
    receipt = actions.find_receipt(secret)
    assert receipt and texts(first(fresh(receipt.conversation))) == ["Är någon där?"]
    assert Conversation.objects.count() == 1


# ---- the page of the empty form -------------------------------------------------------------------------------------


def _page(client: Client, path: str = "/skriv/") -> tuple[str, str]:
    """The page with its nonce taken out, and the nonce."""
    body = client.get(path).content.decode()
    nonce = re.search(r'name="nonce" value="([A-Za-z0-9_-]{22})"', body)
    assert nonce and body.count(nonce[1]) == 1, body
    return body.replace(nonce[1], ""), nonce[1]


@pytest.mark.parametrize("path", ["/skriv/", "/en/skriv/", "/anmal/", "/skriv/?x=1"])
def test_the_page_is_made_once_and_everyone_has_a_nonce_of_their_own(client: Client, town: Town, path: str) -> None:
    pages = [_page(client, path) for _ in range(3)]
    assert len({body for body, _ in pages}) == 1 and len({nonce for _, nonce in pages}) == 3
    assert client.get(path).headers["Cache-Control"] == "no-store"
    with CaptureQueriesContext(connection) as asked:
        client.get(path)
    assert len(asked) == 1, asked.captured_queries


def test_the_page_is_new_when_the_organisation_or_its_authorities_are(client: Client, town: Town) -> None:
    before, by = _page(client)[0], town.user()
    organisation = Organisation.current()
    organisation.texts = {"form_sv": "Skriv gärna på finska."}
    organisations.change_organisation(organisation, by=by)
    assert "Skriv gärna på finska." in _page(client)[0] and "finska" not in before
    organisations.change_authority(Authority(name="Miljönämnden", prefix="MN", archive_creator="Miljönämnden"), by=by)
    assert "Miljönämnden" in _page(client)[0]


def test_what_an_address_asks_for_stands_in_its_own_page_alone(client: Client, town: Town) -> None:
    assert "Brist i tillgänglighet" in client.get("/skriv/?om=tillganglighet").content.decode()
    assert "Brist i tillgänglighet" not in _page(client)[0]
    assert "/samtal/17/" in client.get("/anmal/?om=/samtal/17/").content.decode()
    assert "/samtal/17/" not in _page(client, "/anmal/")[0]
