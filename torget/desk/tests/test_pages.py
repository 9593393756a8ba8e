"""The desk's pages and deeds, through their addresses."""

import html
import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.support.making import FORM_SENDER, MONDAY, PERSON, Town, first, fresh, incoming
from torget.channels.base import Deleted
from torget.conversations import actions, rules
from torget.conversations.models import Conversation, Draft, Message, Note, Outbox, Quarantined, RawEvent, Receipt
from torget.core import clock
from torget.files import actions as files
from torget.organisations.models import Organisation, User
from torget.organisations.rules import Right, Role, may
from torget.register.models import Attachment, Record


@pytest.fixture
def user(client: Client, town: Town) -> User:
    """A communicator, logged in."""
    user = town.user(name="Anna Testsson")
    client.force_login(user)
    return user


def _body(response: Any) -> str:
    return html.unescape(b"".join(response).decode())


# ---- who may what -----------------------------------------------------------------------------------------------

GETS = {
    "/disk/": Right.SEE_DESK,
    "/disk/1/": Right.SEE_DESK,
    "/disk/genvagar/": Right.SEE_DESK,
    "/disk/notiser/": Right.SEE_DESK,
    "/disk/schema/": Right.SEE_DESK,
    "/disk/svarsmallar/": Right.SEE_DESK,
    "/disk/svarsmallar/ny/": Right.ANSWER,
    "/disk/karantan/": Right.CLASSIFY,
    "/disk/karantan/{quarantined}/fil/": Right.CLASSIFY,
    "/resultat/": Right.SEE_RESULTS,
    "/installningar/": Right.SETTINGS,
}
POSTS = {
    "ta/": Right.ANSWER, "lamna/": Right.ANSWER, "utkast/": Right.ANSWER, "svara/": Right.ANSWER,
    "avsluta/": Right.ANSWER, "oppna/": Right.ANSWER, "kvitto/": Right.ANSWER, "utfall/{outbox}/": Right.ANSWER,
    "tilldela/": Right.ANSWER, "snooza/": Right.ANSWER, "sla-ihop/": Right.ANSWER, "dela-isar/": Right.ANSWER,
    "dela/": Right.ANSWER, "lamna-over/": Right.ANSWER, "skrap/": Right.ANSWER, "mall/": Right.ANSWER,
    "angra/{message}/": Right.ANSWER, "skicka-nu/{message}/": Right.ANSWER, "titta/{outbox}/": Right.ANSWER,
    "utkast/fram/": Right.ANSWER, "taggar/": Right.NOTE,
    "anteckna/": Right.NOTE, "publicera/": Right.PUBLISH, "klassa/{message}/": Right.CLASSIFY,
    "sekretess/{message}/": Right.CLASSIFY,
}  # fmt: skip


def _quarantine(town: Town) -> Quarantined:
    [event] = town.store(b'{"id": "1"')
    actions.parse(event)
    return Quarantined.objects.get(raw=event)


@pytest.fixture
def names(town: Town) -> dict[str, int]:
    """A conversation that is answered, something in quarantine, and their numbers as addresses have them."""
    conversation = town.given()
    answer = town.answered(conversation, town.user(Role.ADMINISTRATOR))
    return {
        "outbox": answer.outbox.pk, "message": first(conversation).pk, "quarantined": _quarantine(town).pk,
    }  # fmt: skip


@pytest.mark.parametrize("role", list(Role))
def test_each_role_reaches_its_pages_and_no_others(
    client: Client, town: Town, names: dict[str, int], role: Role
) -> None:
    client.force_login(town.user(role))
    said = {address: client.get(address.format(**names)).status_code for address in GETS}
    assert said == {address: 200 if may(role, right) else 403 for address, right in GETS.items()}


@pytest.mark.parametrize("role", list(Role))
def test_each_role_does_its_deeds_and_no_others(client: Client, town: Town, names: dict[str, int], role: Role) -> None:
    client.force_login(town.user(role))
    said = {deed: client.post(f"/disk/1/{deed.format(**names)}").status_code != 403 for deed in POSTS}
    assert said == {deed: may(role, right) for deed, right in POSTS.items()}
    quarantine = client.post(f"/disk/karantan/{names['quarantined']}/").status_code
    assert (quarantine != 403) is may(role, Right.CLASSIFY)


def test_without_logging_in_nothing_is_seen_or_done(client: Client, town: Town, names: dict[str, int]) -> None:
    before = Message.objects.count(), Note.objects.count(), Receipt.objects.count()
    for address in GETS:
        assert client.get(address.format(**names)).headers["Location"].startswith("/konto/login/?next=")
    for deed in POSTS:
        response = client.post(f"/disk/1/{deed.format(**names)}", {"text": "x", "note": "x"})
        assert response.headers["Location"].startswith("/konto/login/")
    assert (Message.objects.count(), Note.objects.count(), Receipt.objects.count()) == before


def test_deeds_need_a_token_of_the_page_and_are_never_done_by_a_link(town: Town, names: dict[str, int]) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(town.user(Role.ADMINISTRATOR))
    for deed in POSTS:
        address = f"/disk/1/{deed.format(**names)}"
        assert (strict.post(address).status_code, strict.get(address).status_code) == (403, 405), deed


@pytest.mark.parametrize(
    "address",
    ["/disk/99/", f"/disk/{10**30}/", "/disk/1/fil/99/", "/disk/karantan/99/fil/", "/disk/x/"],
)
def test_what_is_not_there_is_not_found(client: Client, user: User, names: dict[str, int], address: str) -> None:
    assert client.get(address).status_code == 404


@pytest.mark.parametrize("deed", ["klassa/99/", "sekretess/99/", "utfall/99/"])
def test_deeds_on_what_is_not_there(client: Client, user: User, names: dict[str, int], deed: str) -> None:
    assert client.post(f"/disk/1/{deed}", {"state": "trivial"}).status_code == 404
    assert client.post("/disk/99/ta/").status_code == 404


def test_a_message_is_reached_by_its_own_conversation_only(client: Client, town: Town, user: User) -> None:
    one, other = town.given(), town.given()
    response = client.post(f"/disk/{one.number}/sekretess/{first(other).pk}/", {"provision": "OSL 26 kap. 1 §"})
    assert response.status_code == 404 and not Record.objects.filter(secret=True).exists()


def test_staff_pages_stay_out_of_caches(client: Client, user: User, names: dict[str, int]) -> None:
    for address in ("/disk/", "/disk/1/", "/disk/karantan/"):
        assert client.get(address).headers["Cache-Control"] == "no-store"


# ---- the queue --------------------------------------------------------------------------------------------------


def test_the_queues_hold_what_they_say(client: Client, town: Town, user: User) -> None:
    town.given("Ny fråga")
    mine, waiting, answered = town.given("Min fråga"), town.given("Väntande fråga"), town.given("Besvarad fråga")
    actions.take(mine, by=user)
    actions.reply(waiting, text="Vilken?", seen=1, by=town.user(), wait=True)
    town.answered(answered, town.user())
    words = {"Ny fråga", "Min fråga", "Väntande fråga", "Besvarad fråga"}
    said = {queue: {word for word in words if word in _body(client.get(f"/disk/?ko={queue}"))} for queue in
            ("all", "new", "mine", "waiting", "answered", "no such queue")}  # fmt: skip
    three = words - {"Besvarad fråga"}
    assert said == {
        "all": three, "new": {"Ny fråga"}, "mine": {"Min fråga"}, "waiting": {"Väntande fråga"},
        "answered": {"Besvarad fråga"}, "no such queue": {"Ny fråga", "Min fråga"},
    }  # fmt: skip


@pytest.mark.parametrize("queue", ["all", "answered"])
def test_each_conversation_is_on_one_page_of_the_queue(client: Client, town: Town, user: User, queue: str) -> None:
    import re

    with clock.at(MONDAY + timedelta(microseconds=123_457)):
        conversations = [town.given(f"Fråga {number}") for number in range(65)]
        Conversation.objects.update(answer_due=clock.now())
        if queue == "answered":
            Conversation.objects.update(state="answered")
    seen: list[str] = []
    address: str | None = f"/disk/?ko={queue}"
    while address and len(seen) < 200:
        body = _body(client.get(address))
        seen += re.findall(r'href="/disk/(\d+)/[^"]*#samtal"', body)
        older = re.search(r'href="(/disk/\?ko=[^"]+efter=[^"]+)"', body)
        address = older[1] if older else None
    assert sorted(map(int, seen)) == [conversation.number for conversation in conversations]


@pytest.mark.parametrize(
    "query", ["efter=x", "efter=1-" + "9" * 30, "ko=%00", "ko=all&efter=%00-1", "efter=" + "9" * 99]
)
def test_the_queue_takes_any_place(client: Client, town: Town, user: User, query: str) -> None:
    town.given()
    assert client.get(f"/disk/?{query}").status_code == 200
    assert client.get(f"/disk/karantan/?fore={query[-5:]}").status_code == 200


def test_the_number_of_queries_does_not_grow(
    client: Client, town: Town, user: User, django_assert_max_num_queries: Any
) -> None:
    addresses = ("/disk/", "/disk/?ko=answered", "/disk/1/", "/disk/karantan/")
    conversation, colleague = town.given(), town.user()
    blob = files.keep(b"x", filename="a.txt")
    counts: list[dict[str, int]] = []
    for count in (5, 30):
        rows = range(count)
        town.take(*(incoming(f"{count}-{n}", in_reply_to=first(conversation).external_id) for n in rows))
        Attachment.objects.bulk_create(
            Attachment(record=record, blob=blob, filename="a.txt") for record in Record.objects.order_by("-pk")[:count]
        )
        town.take(*(incoming(f"other-{count}-{n}") for n in rows))
        for other in Conversation.objects.order_by("-pk")[:count]:
            actions.take(other, by=colleague)
            if other.number % 2:
                town.answered(other, colleague)
            actions.note(conversation, text="Notis", by=colleague)
        for event in town.store(*(b"{%d.%d" % (count, n) for n in rows)):
            actions.parse(event)
        town.answered(conversation, colleague)
        actions.reopen(conversation, by=colleague)
        counts.append({})
        for address in addresses:
            with CaptureQueriesContext(connection) as queries:
                assert client.get(address).status_code == 200
            counts[-1][address] = len(queries)
    # One less: of a long conversation what would be published is read when it is asked for.
    assert counts[1] == counts[0] | {"/disk/1/": counts[0]["/disk/1/"] - 1}
    # The conversation's page has what five modules know of it.
    for address, most in zip(addresses, (40, 30, 55, 40), strict=True):
        with django_assert_max_num_queries(most):
            client.get(address)


# ---- the conversation -------------------------------------------------------------------------------------------


def test_the_page_shows_all_that_staff_need(client: Client, town: Town, user: User) -> None:
    _, conversation = town.written(f"Jag är {PERSON}", name="Signe Testsson", email=FORM_SENDER)
    actions.note(conversation, text="Ring gatuenheten", by=user)
    actions.keep_draft(conversation, text="Påbörjat svar", by=user)
    body = _body(client.get(f"/disk/{conversation.number}/"))
    for words in ("Signe Testsson", FORM_SENDER, PERSON, "Ring gatuenheten", "Påbörjat svar", "KS 2026/0001-1"):
        assert words in body, words
    assert "Det finns ett personnummer i texten" in body
    assert "Kom in och fördes in" in body


def test_the_preview_is_what_would_be_public(client: Client, town: Town, user: User) -> None:
    _, conversation = town.written(f"Jag är {PERSON}")
    town.take(incoming("bort", "Ångrat mig", in_reply_to=first(conversation).external_id), account=conversation.account)
    town.take(Deleted("bort"), account=conversation.account)
    body = _body(client.get(f"/disk/{conversation.number}/"))
    preview = body[body.index('class="preview') :].split("</ul>")[0]
    assert PERSON not in preview and "******-****" in preview and "Ångrat mig" not in preview


def test_what_came_from_outside_is_never_a_link_that_runs(client: Client, town: Town, user: User) -> None:
    conversation = town.given('<img src=x onerror="alert(1)">', url="javascript:alert(1)", subject="<script>1</script>")
    raw = client.get(f"/disk/{conversation.number}/").content.decode()
    assert "<img src=x" not in raw and "<script>1" not in raw and 'href="javascript:' not in raw


# ---- deeds ------------------------------------------------------------------------------------------------------


def test_take_draft_answer(client: Client, town: Town, user: User) -> None:
    Organisation.objects.update(undo_seconds=0)
    secret, conversation = town.written()
    address = f"/disk/{conversation.number}/"
    assert client.post(f"{address}ta/", {"text": "Redan skrivet"}).headers["Location"].startswith(address)
    assert fresh(conversation).holder_id == user.pk
    assert Draft.objects.get().record.latest.text == "Redan skrivet"
    assert json.loads(client.post(f"{address}utkast/", {"text": "Mer"}).content) == {"saved": "10.00"}
    assert json.loads(client.post(f"{address}utkast/", {"text": ""}).content) == {"saved": ""}
    done = client.post(f"{address}svara/", {"text": "På\r\nmåndag", "seen": "1"}, follow=True)
    assert "Svaret står nu på kvittot" in _body(done)
    assert "På\nmåndag" in _body(client.get(f"/kvitto/{secret}/"))
    assert fresh(conversation).state == "answered"


def test_a_draft_can_be_saved_by_the_button(client: Client, town: Town, user: User) -> None:
    conversation = town.given()
    client.post(f"/disk/{conversation.number}/svara/", {"text": "Utkast", "seen": "1", "bara_utkast": "1"})
    assert Draft.objects.get().record.latest.text == "Utkast"
    assert not Outbox.objects.exists()


@pytest.mark.parametrize(
    ("fields", "status", "words"),
    [
        pytest.param({"seen": "0"}, 409, "Det har hänt något i samtalet", id="the thread moved"),
        pytest.param({"text": " "}, 409, "Skriv något", id="nothing was written"),
        pytest.param({"text": "x" * (rules.MAX_TEXT + 1)}, 409, "20 000 tecken", id="too long"),
        pytest.param({"text": "x" * (2 * rules.MAX_TEXT + 1)}, 400, "20 000 tecken", id="far too long"),
        pytest.param({"seen": "x"}, 400, "", id="a page that was tampered with"),
    ],
)
def test_a_refused_answer_comes_back_with_its_text(
    client: Client, town: Town, user: User, fields: dict[str, str], status: int, words: str
) -> None:
    conversation = town.given()
    given = {"text": "Mitt <långa> svar", "seen": "1"} | fields
    response = client.post(f"/disk/{conversation.number}/svara/", given)
    body = _body(response)
    assert response.status_code == status and words in body
    assert given["text"].strip() in body
    assert not Outbox.objects.exists()


def test_whoever_comes_second_is_told_who_was_first(client: Client, town: Town, user: User) -> None:
    conversation = town.given()
    actions.take(conversation, by=town.user(name="Bo Kollega"))
    response = client.post(f"/disk/{conversation.number}/svara/", {"text": "Mitt svar", "seen": "1"})
    assert response.status_code == 409 and "Bo Kollega hann före" in _body(response)
    assert Draft.objects.get(author=user).record.latest.text == "Mitt svar"
    assert "Bo Kollega hann före" in _body(client.post(f"/disk/{conversation.number}/ta/", follow=True))
    assert fresh(conversation).holder_id != user.pk
    client.post(f"/disk/{conversation.number}/ta/", {"ta_over": "1"})
    assert fresh(conversation).holder_id == user.pk


def test_note_close_reopen_release(client: Client, town: Town, user: User) -> None:
    conversation = town.given()
    address = f"/disk/{conversation.number}/"
    client.post(f"{address}anteckna/", {"note": "Ring"})
    assert "Skriv något" in _body(client.post(f"{address}anteckna/", {"note": " "}, follow=True))
    assert Note.objects.count() == 1
    assert "Välj varför" in _body(client.post(f"{address}avsluta/", {"reason": "x"}, follow=True))
    client.post(f"{address}avsluta/", {"reason": "not_for_us"})
    assert fresh(conversation).state == "closed"
    client.post(f"{address}oppna/")
    assert (fresh(conversation).state, fresh(conversation).assigned_to) == ("assigned", user)
    client.post(f"{address}lamna/")
    assert (fresh(conversation).state, fresh(conversation).assigned_to) == ("new", None)


def test_classify_and_secrecy(client: Client, town: Town, user: User) -> None:
    conversation = town.given()
    message, address = first(conversation), f"/disk/{conversation.number}/"
    for fields, words in (
        ({"state": "registered", "subject": " "}, "ärendemening"),
        ({"state": "burnt", "subject": "x"}, "Välj hur"),
        ({"state": "unclassified", "subject": "x"}, "Välj hur"),
    ):
        assert words in _body(client.post(f"{address}klassa/{message.pk}/", fields, follow=True))
        assert Record.objects.get(pk=message.record_id).confirmed_at is None
    client.post(f"{address}klassa/{message.pk}/", {"state": "trivial", "subject": "Hälsning"})
    assert Record.objects.get(pk=message.record_id).state == "trivial"
    assert "bestämmelse" in _body(client.post(f"{address}sekretess/{message.pk}/", {"provision": ""}, follow=True))
    client.post(f"{address}sekretess/{message.pk}/", {"provision": "OSL 26 kap. 1 §"})
    record = Record.objects.get(pk=message.record_id)
    assert (record.secret, record.state) == (True, "registered")
    refused = client.post(f"{address}klassa/{message.pk}/", {"state": "trivial", "subject": "x"}, follow=True)
    assert "måste registreras" in _body(refused)
    client.post(f"{address}sekretess/{message.pk}/", {"ta_bort": "1"})
    assert not Record.objects.get(pk=message.record_id).secret


def test_publish_and_take_down(client: Client, town: Town, user: User) -> None:
    conversation = town.given()
    address, public = f"/disk/{conversation.number}/publicera/", f"/samtal/{conversation.number}/"
    assert "Skriv en rubrik" in _body(client.post(address, {"title": " "}, follow=True))
    assert Client().get(public).status_code == 404
    client.post(address, {"title": "Bron"})
    assert "Bron" in _body(Client().get(public))
    client.post(address, {"ta_ner": "1"})
    assert Client().get(public).status_code == 404


def test_a_receipt_to_hand_over_is_shown_once(client: Client, town: Town, user: User) -> None:
    import re

    conversation = town.given()
    made = client.post(f"/disk/{conversation.number}/kvitto/")
    found = re.search(r"http://testserver(/kvitto/[A-Za-z0-9_-]{22}/)", made.content.decode())
    assert found and Client().get(found[1]).status_code == 200
    assert found[1] not in client.get(f"/disk/{conversation.number}/").content.decode()


def test_quarantine_is_read_again_or_set_aside(client: Client, town: Town, user: User) -> None:
    row = _quarantine(town)
    body = _body(client.get("/disk/karantan/"))
    assert "inte JSON" in body and '{"id": "1"' in body
    response = client.get(f"/disk/karantan/{row.pk}/fil/")
    assert response.content == b'{"id": "1"' and "attachment" in response.headers["Content-Disposition"]
    client.post(f"/disk/karantan/{row.pk}/", {"igen": "1"})
    assert RawEvent.objects.get().state == RawEvent.WAITING
    actions.parse_waiting()
    client.post(f"/disk/karantan/{row.pk}/", {"undan": "1"})
    row.refresh_from_db()
    assert row.state == Quarantined.DISMISSED
    assert '{"id": "1"' not in _body(client.get("/disk/karantan/"))
