"""Bluesky against a real server (@atproto/pds): fetched, answered once, looked for, taken away, cut off in the middle."""

import io
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from threading import Event, Thread
from typing import Any

import pytest
from PIL import Image

from tests.support import making
from tests.support.pds import PASSWORD, Pds, Person
from torget.channels import xrpc
from torget.channels.base import Deleted, Ignored, Incoming, Item, Raw
from torget.channels.bluesky import Bluesky
from torget.channels.blueskylive import BlueskyLive, new_key
from torget.channels.live import Connection, Fetched, GiveUp, NeedsLogin, Outgoing, Picture, Retry, Unknown
from torget.conversations import actions, keyring
from torget.conversations.actions import fetching
from torget.conversations.models import Message
from torget.organisations.rules import Role

pytestmark = pytest.mark.services
LIVE = BlueskyLive()
NONE: Mapping[str, str] = {}


@pytest.fixture(scope="module")
def pds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pds]:
    with Pds(tmp_path_factory.mktemp("pds")) as running:
        yield running


@pytest.fixture(scope="module")
def town(pds: Pds) -> Person:
    return pds.account("ekevik")


@pytest.fixture(scope="module")
def kim(pds: Pds) -> Person:
    return pds.account("kim")


@pytest.fixture(autouse=True)
def _own_network(monkeypatch: pytest.MonkeyPatch) -> None:
    # The server stands on this machine, where no server of strangers may be asked otherwise.
    monkeypatch.setenv("TORGET_ALLOW_PRIVATE", "1")
    xrpc._kept.clear()


def connection(
    town: Person, tokens: Mapping[str, str] = NONE, *, password: str = PASSWORD, timeout: float = 20.0
) -> Connection:
    settings = {"service": town.pds.url, "appview": False}
    return Connection(town.handle, settings, {"password": password, **tokens}, timeout)


def read(town: Person, fetched: Fetched) -> list[Item]:
    return [item for raw in fetched.raws for item in Bluesky().read(raw, own=town.handle)]


def pull(town: Person, cursor: Any) -> tuple[list[Item], Any]:
    items: list[Item] = []
    more = True
    while more:
        fetched = LIVE.fetch(connection(town), cursor)
        items += read(town, fetched)
        cursor, more = json.loads(json.dumps(fetched.cursor)), fetched.more
    return items, cursor


def under(person: Person, key: str) -> list[dict[str, Any]]:
    return [row for row in person.posts() if row["uri"].endswith(f"/{key}")]


def outgoing(words: str, **more: Any) -> Outgoing:
    return Outgoing(new_key(), words, **more)


@contextmanager
def killed_in_the_middle(pds: Pds) -> Iterator[None]:
    """The server stands still while the block runs, and is killed once it has been said something."""
    pds.freeze()

    def cut() -> None:
        pds.wait_for_words()
        pds.kill()

    waiting = Thread(target=cut, daemon=True)
    waiting.start()
    try:
        yield
    finally:
        waiting.join(40)


def test_checks_the_account(town: Person) -> None:
    assert LIVE.check(connection(town)) == "@ekevik.test"


def test_a_wrong_password_asks_for_a_person(town: Person) -> None:
    with pytest.raises(NeedsLogin):
        LIVE.check(connection(town, password="fel"))
    with pytest.raises(NeedsLogin):
        LIVE.send(connection(town, password="fel"), outgoing("Det här kommer inte ut."))


def test_tokens_are_kept_and_renewed_without_logging_in(town: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    first = LIVE.fetch(connection(town), {})
    assert set(first.renewed) == {"access", "refresh", "did"}

    def not_again(server: xrpc.Server) -> xrpc.Answer:
        raise AssertionError("logged in once more")

    monkeypatch.setattr(xrpc.Server, "_log_in", not_again)
    assert not LIVE.fetch(connection(town, first.renewed), {}).renewed
    xrpc._kept.clear()
    # An access token that is no longer taken is renewed by the other one, in the middle of whatever was asked.
    spoilt = dict(first.renewed) | {"access": first.renewed["access"][:-6] + "AAAAAA"}
    sent = LIVE.send(connection(town, spoilt), outgoing("Skickat med en utgången nyckel."))
    assert sent.remote_id
    assert sent.renewed["access"] != spoilt["access"]


def test_an_answer_lands_once_though_it_is_sent_twice(town: Person, kim: Person) -> None:
    asked = kim.post("@ekevik.test När öppnar badhuset?")
    answer = outgoing("Badhuset öppnar kl. 9. Läs mer på https://ekevik.example/bad.", reply_to=asked["uri"])
    first, second = LIVE.send(connection(town), answer), LIVE.send(connection(town), answer)
    assert first.remote_id == second.remote_id == f"at://{town.did}/app.bsky.feed.post/{answer.key}"
    assert LIVE.look(connection(town), answer) is not None
    (row,) = under(town, answer.key)
    assert row["value"]["reply"] == {"root": asked, "parent": asked}
    facet = row["value"]["facets"][0]
    words = row["value"]["text"].encode()[facet["index"]["byteStart"] : facet["index"]["byteEnd"]]
    assert words == b"https://ekevik.example/bad"
    assert first.health.quota_limit


def test_a_post_under_our_key_is_never_written_over(town: Person) -> None:
    one = outgoing("Det första som sades.")
    LIVE.send(connection(town), one)
    other = replace(one, text="Något annat under samma nyckel.")
    with pytest.raises(GiveUp, match="key_taken"):
        LIVE.send(connection(town), other)
    assert LIVE.look(connection(town), other) is None
    assert [row["value"]["text"] for row in under(town, one.key)] == ["Det första som sades."]


def test_deep_in_a_thread_the_answer_keeps_its_root(town: Person, kim: Person) -> None:
    root = kim.post("Hur går det med bron?")
    parent = kim.reply("Ingen?", root)
    answer = outgoing("Bron är klar i maj.", reply_to=parent["uri"], thread=(root["uri"],))
    LIVE.send(connection(town), answer)
    assert under(town, answer.key)[0]["value"]["reply"] == {"root": root, "parent": parent}


def test_mentions_are_linked_and_unknown_names_are_left(town: Person, kim: Person) -> None:
    one = outgoing("Å, @kim.test och @finns-inte.test!")
    LIVE.send(connection(town), one)
    (facet,) = under(town, one.key)[0]["value"]["facets"]
    assert facet["features"] == [{"$type": "app.bsky.richtext.facet#mention", "did": kim.did}]
    assert facet["index"] == {"byteStart": 4, "byteEnd": 13}


def test_a_picture_with_its_alternative_text(town: Person) -> None:
    held = io.BytesIO()
    Image.new("RGB", (64, 32), "navy").save(held, "PNG")
    picture = Picture("bad.png", "image/png", held.getvalue(), "Badhuset sett från gatan")
    one = outgoing("Så här blir det.", pictures=(picture,))
    LIVE.send(connection(town), one)
    (image,) = under(town, one.key)[0]["value"]["embed"]["images"]
    assert image["alt"] == "Badhuset sett från gatan"
    assert image["aspectRatio"] == {"width": 64, "height": 32}


def test_thread_mention_quote_and_deletion_are_fetched(town: Person, kim: Person) -> None:
    _, cursor = pull(town, {})
    ours = outgoing("Nu kan du tycka till om lekplatsen.")
    root = {"uri": LIVE.send(connection(town), ours).remote_id, "cid": under(town, ours.key)[0]["cid"]}
    first = kim.reply("Gungor!", root)
    second = kim.reply("Och en rutschkana.", first, root)
    named = kim.post(
        "@ekevik.test ser ni det här?",
        facets=[
            {
                "index": {"byteStart": 0, "byteEnd": 12},
                "features": [{"$type": "app.bsky.richtext.facet#mention", "did": town.did}],
            }
        ],
    )
    quoting = kim.post("Läs!", embed={"$type": "app.bsky.embed.record", "record": root})
    kim.post("Det här angår ingen kommun.")
    items, cursor = pull(town, cursor)
    found = {item.external_id: item for item in items if isinstance(item, Incoming)}
    assert set(found) == {first["uri"], second["uri"], named["uri"], quoting["uri"]}
    told = found[second["uri"]]
    assert told.text == "Och en rutschkana."
    assert (told.in_reply_to, told.thread) == (first["uri"], (root["uri"], first["uri"]))
    assert told.sender.address == kim.did
    assert told.sender.name == "@kim.test"
    assert told.context is not None
    assert told.context.text == "Nu kan du tycka till om lekplatsen."
    assert pull(town, cursor)[0] == []
    kim.delete(first)
    items, cursor = pull(town, cursor)
    assert [item.external_id for item in items if isinstance(item, Deleted)] == [first["uri"]]
    assert pull(town, cursor)[0] == []


def test_the_first_time_looks_back(town: Person, kim: Person) -> None:
    items, _ = pull(town, {})
    texts = {item.text for item in items if isinstance(item, Incoming)}
    assert {"Och en rutschkana.", "Läs!"} <= texts
    assert not [item for item in items if isinstance(item, Ignored) and item.reason != "own_post"]


def test_the_stream_says_when_to_fetch(town: Person, kim: Person) -> None:
    asked = outgoing("Vad tycker du om skylten?")
    sent = LIVE.send(connection(town), asked)
    heard, stop, begun, again = list[Raw | None](), Event(), Event(), Event()

    def give(raw: Raw | None) -> None:
        heard.append(raw)
        (again if begun.is_set() else begun).set()

    listening = Thread(target=LIVE.listen, args=(connection(town), {}, give, stop), daemon=True)
    listening.start()
    try:
        assert begun.wait(20)
        kim.reply("Den är bra.", {"uri": sent.remote_id, "cid": under(town, asked.key)[0]["cid"]})
        assert again.wait(20)
        assert set(heard) == {None}
    finally:
        stop.set()
        listening.join(20)
    assert not listening.is_alive()


def test_another_may_be_hidden_in_our_thread_and_nowhere_else(town: Person, kim: Person) -> None:
    ours = outgoing("Fråga oss om budgeten.")
    root = {"uri": LIVE.send(connection(town), ours).remote_id, "cid": under(town, ours.key)[0]["cid"]}
    rude = [kim.reply(words, root)["uri"] for words in ("Dumt.", "Dummare.")]
    for uri in rude:
        LIVE.remove(connection(town), uri)
    query = {"collection": "app.bsky.feed.threadgate", "rkey": ours.key}
    gate = town.pds.call("com.atproto.repo.getRecord", repo=town.did, **query)  # type: ignore[arg-type]
    assert gate["value"]["hiddenReplies"] == rude
    with pytest.raises(GiveUp, match="not_our_thread"):
        LIVE.remove(connection(town), kim.post("Min egen sida.")["uri"])


def test_our_own_post_is_taken_away(town: Person) -> None:
    one = outgoing("Fel dag.")
    sent = LIVE.send(connection(town), one)
    LIVE.remove(connection(town), sent.remote_id)
    assert LIVE.look(connection(town), one) is None
    assert under(town, one.key) == []


def test_what_is_answered_may_be_gone(town: Person, kim: Person) -> None:
    asked = kim.post("Jag ångrar mig.")
    answer = outgoing("Tack för frågan.", reply_to=asked["uri"])
    LIVE.send(connection(town), answer)
    kim.delete(asked)
    # Ours was out before it was taken away, and is found; a new one has nothing to stand on.
    assert LIVE.send(connection(town), answer).remote_id.endswith(answer.key)
    with pytest.raises(GiveUp, match="parent_gone"):
        LIVE.send(connection(town), replace(answer, key=new_key()))


def test_what_is_not_public_is_never_published(town: Person) -> None:
    before = len(town.posts())
    with pytest.raises(GiveUp, match="no_private_messages"):
        LIVE.send(connection(town), outgoing("Bara till dig.", visibility="direct"))
    assert len(town.posts()) == before


def test_cut_off_after_it_was_said_and_found_at_the_source(pds: Pds, town: Person) -> None:
    tokens = LIVE.fetch(connection(town), {}).renewed
    one = outgoing("Hördes det här?")
    pds.freeze()
    try:
        with pytest.raises(Unknown):
            LIVE.send(connection(town, tokens, timeout=0.5), one)
    finally:
        pds.thaw()
    # The server had it in its hands and goes on with it: sent again under the same key it is there once.
    assert LIVE.send(connection(town), one).remote_id.endswith(one.key)
    assert len(under(town, one.key)) == 1


def test_killed_in_the_middle_and_not_found_at_the_source(pds: Pds, town: Person) -> None:
    tokens = LIVE.fetch(connection(town), {}).renewed
    one = outgoing("Strömmen gick.")
    with killed_in_the_middle(pds), pytest.raises(Unknown):
        LIVE.send(connection(town, tokens), one)
    with pytest.raises(Retry):
        LIVE.send(connection(town), one)
    with pytest.raises(Retry):
        LIVE.look(connection(town), one)
    pds.start()
    assert LIVE.look(connection(town), one) is None
    LIVE.send(connection(town), one)
    assert len(under(town, one.key)) == 1


def test_the_whole_way_from_a_question_to_its_answer(db: None, town: Person, kim: Person) -> None:
    made = making.town()
    made.organisation.demo = False
    made.organisation.undo_seconds = 0
    made.organisation.save()
    user = made.user(Role.ADMINISTRATOR)
    account = actions.connect(
        "bluesky",
        town.handle,
        name="Ekevik",
        authority=made.authority,
        settings={"service": town.pds.url, "appview": False},
        secrets={"password": PASSWORD},
        by=user,
    )
    first = outgoing("Säg vad du tycker om färjan.")
    root = {"uri": LIVE.send(connection(town), first).remote_id, "cid": under(town, first.key)[0]["cid"]}
    asked = kim.reply("Går den på natten?", root)
    kim.reply("Och på söndagar?", asked, root)
    fetching.fetch_once(account)
    question = Message.objects.get(account=account, external_id=asked["uri"])
    conversation = question.conversation
    assert conversation.message_count == 2
    assert conversation.context is not None
    assert conversation.context.text == "Säg vad du tycker om färjan."
    assert keyring.secrets_of(account)["did"] == town.did
    fetching.fetch_once(account)
    assert Message.objects.filter(conversation=conversation).count() == 2
    actions.take(conversation, by=user)
    actions.reply(conversation, text="Den går dygnet runt.", seen=2, by=user)
    actions.send_waiting(account=account.pk)
    actions.send_waiting(account=account.pk)
    answers = [row["value"] for row in town.posts() if row["value"]["text"] == "Den går dygnet runt."]
    assert [answer["reply"]["root"] for answer in answers] == [root]
    kim.delete(asked)
    fetching.fetch_once(account)
    question.refresh_from_db()
    assert question.deleted_at is not None
