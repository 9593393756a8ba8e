"""Where hubs reach us: the subscription we asked for and no other, deliveries with a good signature and no others."""

import hmac
from typing import Any

import pytest
from django.test import Client

from tests.support.making import Town
from torget.channels.feed import LARGEST
from torget.conversations import actions, keyring
from torget.conversations.actions import connecting
from torget.conversations.models import Account, Message, RawEvent
from torget.organisations.rules import Role

TOPIC = "https://bladet.example/flode"
FEED = b"<rss version='2.0'><channel><title>Bladet</title><item><guid>1</guid><title>Om Ekevik</title></item></channel></rss>"
SECRETS = {"websub_token": "hemlig-adress", "websub_secret": "hemlig-nyckel"}


@pytest.fixture
def account(town: Town) -> Account:
    made = connecting.connect(
        "feed",
        TOPIC,
        name="Bladet",
        authority=town.authority,
        settings={"url": TOPIC, "words": ["Ekevik"]},
        secrets=SECRETS,
        by=town.user(Role.ADMINISTRATOR),
    )
    made.cursor = {"websub": {"hub": "https://hub.example/", "topic": TOPIC}}
    made.save()
    return made


def address(account: Account, token: str = "hemlig-adress") -> str:
    return f"/websub/{account.pk}/{token}/"


def deliver(account: Account, body: bytes, *, secret: str = "hemlig-nyckel", **headers: Any) -> int:
    signed = "sha256=" + hmac.new(secret.encode(), body, "sha256").hexdigest()
    kind = "application/rss+xml"
    headers = {"X-Hub-Signature": signed} | headers
    return int(Client().post(address(account), body, content_type=kind, headers=headers).status_code)


def test_the_subscription_that_we_asked_for_is_confirmed(account: Account) -> None:
    asked = {"hub.mode": "subscribe", "hub.topic": TOPIC, "hub.challenge": "<b>42</b>", "hub.lease_seconds": "60"}
    answer = Client().get(address(account), asked)
    assert (answer.status_code, answer.content) == (200, b"<b>42</b>")
    assert answer["Content-Type"].startswith("text/plain")


@pytest.mark.parametrize(
    ("asked", "token"),
    [
        ({"hub.mode": "subscribe", "hub.topic": "https://annat.example/"}, "hemlig-adress"),
        ({"hub.mode": "subscribe"}, "hemlig-adress"),
        ({"hub.mode": "unsubscribe", "hub.topic": TOPIC}, "hemlig-adress"),
        ({"hub.mode": "subscribe", "hub.topic": TOPIC}, "gissad"),
        ({"hub.mode": "subscribe", "hub.topic": TOPIC}, "å"),
    ],
)
def test_nothing_else_is(account: Account, asked: dict[str, str], token: str) -> None:
    assert Client().get(address(account, token), asked | {"hub.challenge": "42"}).status_code == 404


def test_a_delivery_is_kept_at_once_as_it_came_and_becomes_messages(account: Account) -> None:
    assert deliver(account, FEED) == 202
    assert deliver(account, FEED) == 202
    (event,) = RawEvent.objects.filter(account=account)
    assert (bytes(event.body), event.verdict, event.state) == (FEED, "signed", RawEvent.WAITING)
    actions.parse_waiting()
    assert [message.external_id for message in Message.objects.filter(account=account)] == ["1"]


@pytest.mark.parametrize("header", ["", "sha256=00", "sha1=", "md5=1"])
def test_a_delivery_without_a_good_signature_is_refused_and_counted(
    account: Account, header: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert deliver(account, FEED, **{"X-Hub-Signature": header}) == 403
    assert deliver(account, FEED, secret="annan") == 403
    said = [record.getMessage() for record in caplog.records if record.name == "torget.websub"]
    assert [line.partition(" so_far=")[2] for line in said] == ["1", "2"]
    assert not RawEvent.objects.filter(account=account).exists()


def test_a_delivery_that_is_too_large_is_refused(account: Account) -> None:
    assert deliver(account, b"x" * (LARGEST + 1)) == 413


def test_without_a_secret_of_ours_nothing_is_taken(account: Account) -> None:
    keyring.keep(account, {})
    assert deliver(account, FEED, secret="") == 404
    assert Client().get("/websub/1/-/", {"hub.mode": "subscribe", "hub.topic": TOPIC}).status_code == 404


def test_an_account_that_is_disconnected_answers_no_more(account: Account, town: Town) -> None:
    actions.disconnect(account, by=town.user(Role.ADMINISTRATOR))
    assert deliver(account, FEED) == 404


def test_other_ways_of_asking(account: Account) -> None:
    assert Client().put(address(account), b"x").status_code == 405
