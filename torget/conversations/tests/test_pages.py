"""The public pages of conversations, through their addresses."""

import html
import json
import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.support.making import FORM_SENDER, PERSON, Town, first, incoming
from torget.channels.base import Deleted
from torget.conversations import actions, limits, rules
from torget.conversations.models import Conversation, Message, Receipt
from torget.core.errors import Refused
from torget.files import actions as files
from torget.journal import actions as journal
from torget.journal import verifier
from torget.organisations.models import Authority
from torget.register.models import Attachment

PREFIXES = ["", "/en"]


@pytest.fixture(autouse=True)
def _nobody_has_posted_yet() -> None:
    limits._counts.clear()


def _body(response: Any) -> str:
    return html.unescape(response.content.decode())


def _secret(response: Any) -> str:
    assert response.status_code == 303, _body(response)
    found = re.fullmatch(r"(?:/en)?/kvitto/([A-Za-z0-9_-]{22})/", response.headers["Location"])
    assert found
    return found[1]


def _write(client: Client, text: str = "När öppnar badet?", **more: Any) -> Any:
    return client.post("/skriv/", {"text": text} | more)


# ---- what is there, and for whom --------------------------------------------------------------------------------


@pytest.mark.parametrize("prefix", PREFIXES, ids=["sv", "en"])
def test_public_pages_are_there_and_leave_no_cookie(client: Client, town: Town, prefix: str) -> None:
    secret, conversation = town.written("Ångbryggan är hal")
    actions.publish(conversation, title="Bryggan", by=town.user())
    found = {
        address: client.get(prefix + address)
        for address in (
            "/", "/skriv/", "/kanaler/", "/diarium/", "/journal/", "/components/", f"/samtal/{conversation.number}/",
            f"/kvitto/{secret}/",
        )
    }  # fmt: skip
    assert {address: response.status_code for address, response in found.items()} == dict.fromkeys(found, 200)
    for response in found.values():
        assert f'lang="{prefix.strip("/") or "sv"}"' in response.content.decode()
        assert "sessionid" not in response.headers.get("Vary", "").lower()
    assert not client.cookies


@pytest.mark.parametrize("prefix", PREFIXES, ids=["sv", "en"])
@pytest.mark.parametrize(
    "address",
    [
        "/samtal/1/",
        "/samtal/999/",
        "/samtal/99999999999999999999999999/",
        "/kvitto/AAAAAAAAAAAAAAAAAAAAAA/",
        "/kvitto/å%00/",
        "/samtal/x/",
    ],
)
def test_what_is_not_there_is_not_found(client: Client, town: Town, prefix: str, address: str) -> None:
    town.written()
    response = client.get(prefix + address)
    assert response.status_code == 404 and not client.cookies


def test_what_is_not_published_looks_as_what_does_not_exist(client: Client, town: Town) -> None:
    _, conversation = town.written("Ångbryggan är hal")
    numbers = (conversation.number, 12345)
    bodies = [_body(client.get(f"/samtal/{number}/")).replace(f"samtal/{number}/", "") for number in numbers]
    assert bodies[0] == bodies[1]


@pytest.mark.parametrize(
    "query", ["fore=x", "fore=", "fore=-1", "fore=99999999999999999", "fore=" + "9" * 500, "fore=%00", "fore=²", "x=y"]
)
def test_the_square_takes_any_place(client: Client, town: Town, query: str) -> None:
    assert client.get(f"/?{query}").status_code == 200


def test_the_square_shows_each_published_conversation_once(client: Client, town: Town) -> None:
    user = town.user()
    conversations = [town.given(f"Fråga {number}") for number in range(45)]
    for conversation in conversations:
        # All in one moment, as in a storm that is answered at once.
        actions.publish(conversation, title=f"Rubrik {conversation.number}", by=user)
    seen: list[int] = []
    address = "/"
    while address:
        body = _body(client.get(address))
        seen += [int(number) for number in re.findall(r'href="/samtal/(\d+)/"', body)]
        older = re.search(r'href="(/?\?fore=[^"]+)" rel="next"', body)
        address = older[1] if older and len(seen) < 200 else ""
        address = address if address.startswith("/") or not address else f"/{address}"
    assert sorted(seen) == sorted(conversation.number for conversation in conversations)


def test_a_published_conversation_shows_no_sender_and_no_number(client: Client, town: Town) -> None:
    user = town.user(name="Anna Svarare")
    _, conversation = town.written(f"Jag är {PERSON}", name="Signe Testsson", email=FORM_SENDER)
    town.answered(conversation, user, f"Hej {PERSON}, det ordnar vi.")
    actions.publish(conversation, title=f"Fråga om {PERSON}", by=user)
    for address in (f"/samtal/{conversation.number}/", "/"):
        body = _body(client.get(address))
        assert not any(words in body for words in (PERSON, "121212", "Signe", FORM_SENDER)), address
    body = _body(client.get(f"/samtal/{conversation.number}/"))
    assert "Jag är ******-****" in body and "Hej ******-****, det ordnar vi." in body


def test_a_message_that_its_writer_took_away_says_so(client: Client, town: Town) -> None:
    conversation = town.given("Hemlig plan")
    actions.publish(conversation, title="Planen", by=town.user())
    town.take(Deleted(first(conversation).external_id))
    body = _body(client.get(f"/samtal/{conversation.number}/"))
    assert "Hemlig plan" not in body and "Borttaget av den som skrev" in body


# ---- the form ---------------------------------------------------------------------------------------------------


def test_writing_leads_to_the_receipt(client: Client, town: Town) -> None:
    page = client.get("/skriv/")
    nonce = re.search(r'name="nonce" value="([^"]+)"', page.content.decode())
    assert nonce and page.headers["Cache-Control"] == "no-store"
    answers = [_write(client, subject="Badet", name="Signe", email=FORM_SENDER, nonce=nonce[1]) for _ in range(2)]
    assert len({_secret(answer) for answer in answers}) == 1
    assert Message.objects.count() == 1
    assert "När öppnar badet?" in _body(client.get(answers[0].headers["Location"]))
    assert nonce[1] not in client.get("/skriv/").content.decode()


def test_the_form_in_english_leads_to_the_receipt_in_english(client: Client, town: Town) -> None:
    assert client.post("/en/skriv/", {"text": "When?"}).headers["Location"].startswith("/en/kvitto/")


@pytest.mark.parametrize(
    ("given", "error"),
    [
        pytest.param({"text": " \n "}, "Skriv vad du tycker", id="only blanks"),
        pytest.param({"text": "x" * (rules.MAX_TEXT + 1)}, "20 000", id="too long"),
        pytest.param({"email": "signe@"}, "namn@exempel.se", id="an address that cannot be"),
        pytest.param({"subject": "x" * 201}, "högst 200 tecken", id="a subject that is too long"),
        pytest.param({"name": "x" * 121}, "högst 120 tecken", id="a name that is too long"),
        pytest.param({"website": "https://spam.example"}, "Din text är kvar", id="a machine filled in the hidden box"),
    ],
)
def test_errors_are_said_and_all_is_kept(client: Client, town: Town, given: dict[str, str], error: str) -> None:
    fields = {"text": "Ångbryggan <är> hal", "subject": "Bryggan", "name": "Signe", "email": FORM_SENDER} | given
    response = client.post("/skriv/", fields)
    body = _body(response)
    assert response.status_code == 400 and error in body and "Fel: " in body
    for name in ("text", "subject", "name", "email"):
        assert fields[name].strip() in body, name
    assert not Message.objects.exists() and not client.cookies


def test_the_chosen_board_is_kept_with_the_rest(client: Client, town: Town) -> None:
    Authority.objects.create(name="Byggnadsnämnden", prefix="BN", archive_creator="Byggnadsnämnden")
    body = _body(client.post("/skriv/", {"text": "", "authority": "BN"}))
    assert re.search(r'<option value="BN"[^>]* selected', body)
    _secret(_write(client, authority="BN"))
    assert Conversation.objects.get().account.authority.prefix == "BN"


@pytest.mark.parametrize("authority", ["XX", "\x00", "KS\x00", "K" * 300, "å"], ids=ascii)
def test_a_board_that_does_not_exist_stops_nobody(client: Client, town: Town, authority: str) -> None:
    _secret(_write(client, authority=authority))
    assert Conversation.objects.get().account.authority.prefix == "KS"


def test_too_many_in_a_minute_are_stopped_with_the_text_kept(
    client: Client, town: Town, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.TORGET_POSTS_PER_MINUTE = 2
    # A clock that stands still: no minute may turn in the middle of the test.
    monkeypatch.setattr("torget.core.limits.time.monotonic", lambda: 6000.0)
    monkeypatch.setattr(limits._posts, "_made", 6000.0)
    answers = [_write(client, f"Fråga {number}") for number in range(4)]
    assert [answer.status_code for answer in answers] == [303, 303, 400, 400]
    assert "Vänta en minut" in _body(answers[2]) and "Fråga 2" in _body(answers[2])
    assert Message.objects.count() == 2
    # Somebody else is not stopped, and in the next minute nobody is.
    elsewhere = client.post("/skriv/", {"text": "Hej"}, REMOTE_ADDR="192.0.2.7")
    monkeypatch.setattr("torget.core.limits.time.monotonic", lambda: 6060.0)
    assert (elsewhere.status_code, _write(client).status_code) == (303, 303)


def test_the_limit_knows_addresses_apart_and_stores_none() -> None:
    assert [limits.allowed("192.0.2.1", 2) for _ in range(2)] == [True, True]
    assert limits.allowed("192.0.2.2", 2)
    assert all(limits.allowed("192.0.2.1", 0) for _ in range(5))
    assert not any(b"192.0.2" in name for name in limits._counts)


@pytest.mark.parametrize("headers", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}], ids=str)
@pytest.mark.parametrize("address", ["/skriv/", "/en/skriv/", "hjalpte/", "tack/"])
def test_forms_of_other_sites_are_refused(client: Client, town: Town, address: str, headers: dict[str, str]) -> None:
    secret, conversation = town.written()
    town.answered(conversation, town.user())
    address = address if address.startswith("/") else f"/kvitto/{secret}/{address}"
    response = client.post(address, {"text": "Hej", "svar": "yes", "tack": "Tack"}, headers=headers)
    assert response.status_code == 403
    assert Message.objects.count() == 2 and Receipt.objects.get().helped == Receipt.objects.get().thanks == ""


def test_before_the_first_start_the_form_still_takes_messages(client: Client, db: None) -> None:
    assert client.get("/skriv/").status_code == 200
    assert client.get(f"/kvitto/{_secret(_write(client))}/").status_code == 200


# ---- files ------------------------------------------------------------------------------------------------------


def _upload(name: str, body: bytes = b"x") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, body, content_type="text/plain")


def test_files_come_back_as_they_were(client: Client, town: Town) -> None:
    response = _write(client, attachments=[_upload("../ritning å.txt", b"Ekevik"), _upload("b.txt", b"B")])
    secret = _secret(response)
    body = _body(client.get(f"/kvitto/{secret}/"))
    addresses = re.findall(rf'href="(/kvitto/{secret}/fil/\d+/)">([^<]+)<', body)
    assert [name for _, name in addresses] == ["ritning å.txt", "b.txt"]
    given = client.get(addresses[0][0])
    assert b"".join(given) == b"Ekevik" if given.streaming else given.content == b"Ekevik"
    assert given.headers["Cache-Control"] == "no-store" and "attachment" in given.headers["Content-Disposition"]


def test_a_file_opens_by_its_own_receipt_only(client: Client, town: Town) -> None:
    _write(client, attachments=[_upload("a.txt")])
    other = _secret(_write(client, "En annan fråga"))
    assert client.get(f"/kvitto/{other}/fil/{Attachment.objects.get().pk}/").status_code == 404
    assert client.get(f"/kvitto/{other}/fil/{10**30}/").status_code == 404


@pytest.mark.parametrize(
    ("uploads", "error"),
    [
        pytest.param([("stor.bin", 25 * 1024 * 1024 + 1)], "Filen är för stor", id="one is too large"),
        pytest.param([(f"{number}.txt", 1) for number in range(11)], "för många filer", id="there are too many"),
    ],
)
def test_files_that_are_too_much_are_said_to_be(
    client: Client, town: Town, uploads: list[tuple[str, int]], error: str
) -> None:
    response = _write(client, attachments=[_upload(name, b"x" * size) for name, size in uploads])
    body = _body(response)
    assert response.status_code == 400 and error in body and "När öppnar badet?" in body
    assert "Välj bilagorna en gång till" in body
    assert not Message.objects.exists()


def test_a_full_disk_is_said_and_the_text_is_kept(client: Client, town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(chunks: object, **given: object) -> None:
        raise Refused("disk_full")

    monkeypatch.setattr(files, "keep_stream", full)
    response = _write(client, attachments=[_upload("a.txt")])
    assert response.status_code == 400 and "Vi kan inte spara filer just nu" in _body(response)
    assert "När öppnar badet?" in _body(response)
    assert client.post("/skriv/", {"text": "Utan bilaga"}).status_code == 303


# ---- the receipt ------------------------------------------------------------------------------------------------


def test_the_receipt_is_kept_out_of_caches_referrers_and_search_engines(client: Client, town: Town) -> None:
    secret, conversation = town.written()
    journal.sequence()
    town.answered(conversation, town.user())
    for answer in (
        client.get(f"/kvitto/{secret}/"),
        client.get(f"/kvitto/{secret}/bevis.json"),
        client.post(f"/kvitto/{secret}/hjalpte/", {"svar": "yes"}),
        client.post(f"/kvitto/{secret}/tack/", {"tack": "Tack!"}),
    ):
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "noindex" in answer.headers["X-Robots-Tag"]
        assert "X-Torget-Stored" not in answer.headers
    assert not client.cookies


def test_the_receipt_tells_what_happens(client: Client, town: Town) -> None:
    secret, conversation = town.written(name="Signe Testsson")
    page = _body(client.get(f"/kvitto/{secret}/"))
    assert "Vi har tagit emot" in page and "KS 2026/0001-1" in page and "18 november 2026" in page
    assert "Signe Testsson" in page
    assert "Hjälpte svaret?" not in page and "/bevis.json" not in page
    user = town.user(name="Anna Svarare")
    actions.note(conversation, text="Intern hemlighet", by=user)
    actions.keep_draft(conversation, text="Utkast till svar", by=user)
    actions.take(conversation, by=user)
    page = _body(client.get(f"/kvitto/{secret}/"))
    assert "Någon skriver ditt svar" in page and "Intern hemlighet" not in page and "Utkast till svar" not in page
    town.answered(conversation, user, "På måndag.")
    page = _body(client.get(f"/kvitto/{secret}/"))
    assert "På måndag." in page and "Hjälpte svaret?" in page


def test_another_persons_name_is_not_told_to_whoever_knows_the_address(client: Client, town: Town) -> None:
    town.written("Min fråga", name="Signe Testsson", email=FORM_SENDER)
    stranger, _ = town.written("Vem är det?", email=FORM_SENDER)
    assert "Signe Testsson" not in _body(client.get(f"/kvitto/{stranger}/"))


def test_helped_and_thanks_by_the_page(client: Client, town: Town) -> None:
    secret, conversation = town.written()
    address = f"/kvitto/{secret}/"
    assert client.post(f"{address}hjalpte/", {"svar": "yes"}).status_code == 302
    assert Receipt.objects.get().helped == ""
    town.answered(conversation, town.user())
    for svar in ("yes", "sure", ""):
        client.post(f"{address}hjalpte/", {"svar": svar})
    assert Receipt.objects.get().helped == "yes"
    page = _body(client.get(address))
    assert "Tack! Du svarade att det hjälpte." in page and "ett ord till den som svarade" in page
    client.post(f"{address}tack/", {"tack": "  "})
    done = client.post(f"{address}tack/", {"tack": "Ni är bäst"}, follow=True)
    assert Receipt.objects.get().thanks == "Ni är bäst" and "Ditt tack har nått" in _body(done)
    # The address that is shown to be saved is the receipt's own.
    assert f"{secret}/?" not in done.content.decode()
    assert client.get(f"{address}hjalpte/").status_code == 405


def test_the_proof_can_be_taken_home_and_holds(client: Client, town: Town) -> None:
    secret, conversation = town.written()
    assert client.get(f"/kvitto/{secret}/bevis.json").status_code == 404
    journal.sequence()
    response = client.get(f"/kvitto/{secret}/bevis.json")
    assert f'filename="kvitto-{conversation.number}.json"' in response.headers["Content-Disposition"]
    key = client.get("/journal/nyckel").content.decode().strip()
    assert verifier.check(response.content, verifier.read_trust(key))["code"] == "holds"
    changed = json.loads(response.content)
    changed["record"]["text"] = changed["record"]["text"].replace("badet", "baren")
    assert verifier.check(json.dumps(changed).encode(), verifier.read_trust(key))["code"] == "text_changed"
    assert "/bevis.json" in client.get(f"/kvitto/{secret}/").content.decode()


def test_what_comes_by_other_messages_in_the_thread_is_on_the_receipt(client: Client, town: Town) -> None:
    conversation = town.given("Första frågan")
    town.take(incoming("till", "Andra frågan", in_reply_to=first(conversation).external_id))
    secret = actions.make_receipt(conversation, by=town.user())
    page = _body(client.get(f"/kvitto/{secret}/"))
    assert "Första frågan" in page and "Andra frågan" in page


@pytest.mark.parametrize("address", ["/", "/kvitto/…/", "/samtal/1/"])
def test_the_number_of_queries_does_not_grow(
    client: Client, town: Town, address: str, django_assert_max_num_queries: Any
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    user = town.user()
    secret, conversation = town.written()
    address = address.replace("…", secret)
    town.answered(conversation, user)
    actions.publish(conversation, title="Rubrik", by=user)

    def grow(times: int) -> None:
        for number in range(times):
            actions.publish(town.given(), title="Rubrik", by=user)
            external_id = first(conversation).external_id
            town.take(incoming(f"{times}-{number}", in_reply_to=external_id), account=conversation.account)
        actions.publish(conversation, title="Rubrik", by=user)

    counts = []
    for times in (2, 15):
        grow(times)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get(address)
        counts.append(len(queries))
    assert counts[0] == counts[1]
    with django_assert_max_num_queries(20):
        client.get(address)
