"""Messages in, by token and by signature: kept as they came, once, answered the way they came."""

import json
from base64 import b64encode
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from tests.support.making import MONDAY, Town, fresh
from torget.api import actions
from torget.api.rules import Scope
from torget.api.tests.conftest import Connected
from torget.channels import signing
from torget.conversations.actions import send_waiting
from torget.conversations.models import Message, Outbox, RawEvent
from torget.core import clock
from torget.organisations.rules import Role

TEXT = {
    "text": "Lampan vid bron är trasig",
    "subject": "Gatubelysning",
    "sender": {"name": "Signe", "address": "s@exempel.se"},
}


def send(client: Client, given: Any, heads: dict[str, str], key: str = "fel-1", at: str = "/api/v1/messages") -> Any:
    """Post a message, with its name in Idempotency-Key."""
    named = {"Idempotency-Key": key} if key else {}
    body = given if isinstance(given, bytes) else json.dumps(given).encode()
    return client.post(at, body, content_type="application/json", headers={**heads, **named})


def test_a_message_is_kept_as_it_came_and_lies_in_the_queue(client: Client, connected: Connected) -> None:
    answer = send(client, TEXT, connected.heads)
    assert answer.status_code == 201, answer.content
    assert answer.json() == {
        "id": "fel-1", "state": "new", "conversation": answer.json()["conversation"], "number": "KS 2026/0001-1",
        "received": "2026-11-16T09:00:00+00:00", "self": "http://testserver/api/v1/messages/fel-1",
    }  # fmt: skip
    assert answer.headers["Location"] == answer.json()["self"]
    message = Message.objects.get(external_id="fel-1")
    assert (message.conversation.channel, message.record.latest.text) == ("api", TEXT["text"])
    assert message.sender is not None and message.sender.address == "s@exempel.se"
    raw = RawEvent.objects.get(delivery="fel-1")
    assert (json.loads(bytes(raw.body)), raw.verdict, raw.state) == (TEXT, "token", "parsed")


def test_twice_is_once_and_another_under_the_same_name_is_refused(client: Client, connected: Connected) -> None:
    assert send(client, TEXT, connected.heads).status_code == 201
    again = send(client, TEXT, connected.heads)
    assert (again.status_code, again.json()["id"]) == (200, "fel-1")
    other = send(client, TEXT | {"text": "Något annat"}, connected.heads)
    assert (other.status_code, other.json()["code"]) == (409, "same_key")
    assert Message.objects.count() == RawEvent.objects.count() == 1


@pytest.mark.parametrize(
    ("given", "about"),
    [
        pytest.param({}, "text", id="without a text"),
        pytest.param({"text": " \u2003\n"}, "text", id="nothing but space"),
        pytest.param({"text": 1}, "text", id="no text at all"),
        pytest.param({"text": "x", "extra": 1}, "extra", id="what there is no room for"),
        pytest.param({"text": "x", "sent_at": "i går"}, "sent_at", id="a time that is none"),
        pytest.param({"text": "x", "sender": {"phone": "1"}}, "sender.phone", id="an unknown part of the sender"),
        pytest.param({"text": "x", "in_reply_to": "a b"}, "in_reply_to", id="an id that is none"),
        pytest.param({"text": "x", "attachments": [{"filename": "a", "content": "åä"}]}, "attachments[0].content", id="no file"),
        pytest.param({"text": "x", "attachments": [{"content": "YQ=="}]}, "attachments[0].filename", id="no name"),
        pytest.param({"text": "x", "attachments": [{"filename": "a", "content": "YQ=="}] * 6}, "attachments", id="too many"),
        pytest.param([], "message", id="a list"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_and_nothing_is_kept(
    client: Client, connected: Connected, given: Any, about: str
) -> None:
    answer = send(client, given, connected.heads)
    assert (answer.status_code, answer.json()["code"], answer.json()["about"]) == (422, "bad_message", about)
    assert not RawEvent.objects.exists()


def test_what_is_no_message_at_all(client: Client, connected: Connected) -> None:
    def code(response: Any) -> tuple[int, str]:
        return response.status_code, response.json()["code"]

    assert code(send(client, b"{", connected.heads)) == (400, "not_json")
    assert code(send(client, b'{"text": NaN}', connected.heads)) == (400, "not_json")
    assert code(send(client, b"[" * 100_000, connected.heads)) == (400, "not_json")
    assert code(send(client, TEXT, connected.heads, key="")) == (400, "no_key")
    assert code(send(client, TEXT, connected.heads, key="a b")) == (400, "no_key")
    assert code(send(client, {"text": "x" * 2_200_000}, connected.heads)) == (413, "too_large")
    plain = client.post(
        "/api/v1/messages", b"x", content_type="text/plain", headers={**connected.heads, "Idempotency-Key": "a"}
    )
    assert code(plain) == (415, "not_json_type")


def test_files_come_along(client: Client, connected: Connected) -> None:
    file = {"filename": "lampa.txt", "media_type": "text/plain", "content": b64encode(b"Mitt foto").decode()}
    assert send(client, TEXT | {"attachments": [file]}, connected.heads).status_code == 201
    [attachment] = Message.objects.get().record.attachments.all()
    assert attachment.filename == "lampa.txt"


def test_only_a_good_token_with_the_scope_opens(client: Client, town: Town, connected: Connected) -> None:
    by = town.user(Role.ADMINISTRATOR)

    def asked(secret: str) -> tuple[int, str]:
        heads = {"Authorization": f"Bearer {secret}"} if secret else {}
        response = send(client, TEXT, heads)
        assert response.headers["Cache-Control"] == "no-store" and "Access-Control-Allow-Origin" not in response.headers
        return response.status_code, response.json().get("code", "")

    assert asked("") == (401, "no_token")
    assert asked("torget_" + "x" * 43) == (401, "bad_token")
    _, reads = actions.make_token(connected.program, name="läs", scopes=[Scope.READ], expires_at=None, by=by)
    assert asked(reads) == (403, "no_scope")
    token, old = actions.make_token(
        connected.program, name="kort", scopes=[Scope.WRITE], expires_at=MONDAY + timedelta(days=1), by=by
    )
    with clock.at(MONDAY + timedelta(days=2)):
        assert asked(old) == (401, "bad_token")
    assert asked(old)[0] == 201
    token.refresh_from_db()
    assert str(token.last_used_on) == "2026-11-16"
    actions.revoke_token(token, by=by)
    assert asked(old) == (401, "bad_token")
    actions.retire(connected.program, by=by)
    assert asked(connected.secret) == (401, "bad_token")


def test_a_signature_alone_opens_its_own_address(client: Client, connected: Connected) -> None:
    [secret] = actions.secrets_for(connected.program, "in")
    at, body = f"/api/v1/webhooks/{connected.program.account.handle}", json.dumps(TEXT).encode()
    heads = signing.sign([secret], "msg_1", int(MONDAY.timestamp()), body)
    assert send(client, body, heads, key="", at=at).status_code == 201
    assert send(client, body, heads, key="", at=at).status_code == 200
    assert RawEvent.objects.get().verdict == "signed"
    late = signing.sign([secret], "msg_2", int(MONDAY.timestamp()) - 301, body)
    for wrong, about in (
        (late, "too_old"), ({}, "no_signature"), (heads | {"webhook-id": "msg_3"}, "bad_signature"),
        (signing.sign(actions.secrets_for(connected.program, "out"), "msg_4", int(MONDAY.timestamp()), body), "bad_signature"),
    ):  # fmt: skip
        answer = send(client, body, wrong, key="", at=at)
        assert (answer.status_code, answer.json()["about"]) == (401, about)
    assert send(client, body, heads, key="", at="/api/v1/webhooks/nobody").status_code == 404


def test_a_secret_is_changed_without_a_lost_message(client: Client, town: Town, connected: Connected) -> None:
    by, program = town.user(Role.ADMINISTRATOR), connected.program
    [old] = actions.secrets_for(program, "in")
    new = actions.rotate_secret(program, "in", by=by)
    at, body = f"/api/v1/webhooks/{program.account.handle}", json.dumps(TEXT).encode()

    def status(secrets: list[str], name: str) -> int:
        heads = signing.sign(secrets, name, int(MONDAY.timestamp()), body)
        return int(send(client, body, heads, key="", at=at).status_code)

    assert [status([old], "a"), status([new], "b"), status([new, old], "c")] == [201, 201, 201]
    actions.drop_old_secret(program, "in", by=by)
    assert [status([old], "d"), status([new], "e"), status([old, new], "f")] == [401, 201, 201]


def test_one_that_has_to_sign_is_not_let_in_by_token_alone(client: Client, town: Town, connected: Connected) -> None:
    actions.change(
        connected.program, endpoint="", events=[], tells_all=False, must_sign=True, by=town.user(Role.ADMINISTRATOR)
    )
    assert send(client, TEXT, connected.heads).json()["code"] == "not_signed"
    body = json.dumps(TEXT).encode()
    heads = signing.sign(actions.secrets_for(connected.program, "in"), "m", int(MONDAY.timestamp()), body)
    assert send(client, body, heads | connected.heads, key="").status_code == 201


def test_the_answer_is_read_where_the_message_was_sent(client: Client, town: Town, connected: Connected) -> None:
    send(client, TEXT, connected.heads)
    message = Message.objects.get()
    assert client.get("/api/v1/messages/fel-1", headers=connected.heads).json()["answers"] == []
    town.answered(fresh(message.conversation), town.user(), "Den lagas på måndag.")
    send_waiting()
    assert Outbox.objects.get().state == "sent"
    found = client.get("/api/v1/messages/fel-1", headers=connected.heads).json()
    assert (found["state"], [one["text"] for one in found["answers"]]) == ("answered", ["Den lagas på måndag."])
    # What it says next lies in the same conversation.
    reply = {"text": "Tack!", "in_reply_to": found["answers"][0]["id"]}
    assert send(client, reply, connected.heads, key="fel-2").json()["conversation"] == found["conversation"]
    [newest, oldest] = client.get("/api/v1/messages", headers=connected.heads).json()["messages"]
    assert (newest["id"], oldest["id"]) == ("fel-2", "fel-1")
    assert client.get("/api/v1/messages/fel-9", headers=connected.heads).status_code == 404


def test_nobody_reads_what_another_program_sent(client: Client, town: Town, connected: Connected) -> None:
    from torget.api.tests.conftest import connect

    send(client, TEXT, connected.heads)
    other = connect(town)
    assert client.get("/api/v1/messages", headers=other.heads).json()["messages"] == []
    assert client.get("/api/v1/messages/fel-1", headers=other.heads).status_code == 404
    # The same name is free for another.
    assert send(client, TEXT, other.heads).status_code == 201


def test_a_token_is_counted_as_an_address_is(client: Client, connected: Connected, settings: Any) -> None:
    settings.TORGET_API_PER_MINUTE = 2
    answers = [client.get("/api/v1/messages", headers=connected.heads, REMOTE_ADDR=f"10.0.0.{n}") for n in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[0].headers["RateLimit"].startswith('"token";r=1;t=')
    assert answers[0].headers["RateLimit-Policy"] == '"token";q=2;w=60'
    assert answers[2].headers["Retry-After"] == "60"
