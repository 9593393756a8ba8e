"""What processes share by Valkey: limits, the cache, the desk's news; and that nothing needs it."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connections

from tests.support.valkey import Valkey
from torget.core import limits, relay, shared
from torget.core.cache import Shared
from torget.core.limits import Limit
from torget.core.relay import Relay

pytestmark = pytest.mark.once
ADDRESS = "192.0.2.7"


@pytest.fixture(scope="module")
def server() -> Iterator[Valkey]:
    with Valkey() as running:
        yield running


@pytest.fixture
def valkey(server: Valkey, settings: Any) -> Iterator[Valkey]:
    """A Valkey that is empty and in use."""
    settings.TORGET_REDIS_URL = server.url
    shared.forget()
    if server.process is None or server.process.poll() is not None:
        server.start()
    shared.client().flushall()
    yield server
    shared.forget()


def _count(one: Limit, other: Limit, times: int) -> list[bool]:
    return [(one, other)[turn % 2].allowed(ADDRESS, 3) for turn in range(times)]


def test_two_processes_count_together(valkey: Valkey) -> None:
    assert _count(Limit("posts"), Limit("posts"), 5) == [True, True, True, False, False]
    assert Limit("reading").allowed(ADDRESS, 3), "another limit counts for itself"
    assert Limit("posts").allowed("192.0.2.8", 3), "and another address"


def test_without_redis_each_counts_for_itself(settings: Any) -> None:
    settings.TORGET_REDIS_URL = ""
    assert _count(Limit("posts"), Limit("posts"), 6) == [True] * 6


def test_no_address_lies_in_redis_and_what_does_has_an_end(valkey: Valkey) -> None:
    Limit("posts").allowed(ADDRESS, 3)
    names = sorted(shared.client().keys("*"))
    assert len(names) == 2 and not any(ADDRESS.encode() in name for name in names)
    assert all(0 < shared.client().ttl(name) <= limits.KEY_LASTS for name in names)


def test_what_redis_loses_is_counted_anew_and_stops_nobody(valkey: Valkey) -> None:
    limit = Limit("posts")
    assert [limit.allowed(ADDRESS, 2) for _ in range(3)] == [True, True, False]
    valkey.kill()
    assert [limit.allowed(ADDRESS, 2) for _ in range(3)] == [True, True, False]
    assert shared.client() is None, "it is left alone for a while"
    valkey.start()
    shared.forget()
    assert limit.allowed(ADDRESS, 2)


def test_the_cache_is_shared_and_its_numbers_too(valkey: Valkey) -> None:
    one, other = Shared("one", {}), Shared("other", {})
    one.set("html", "<p>Hej</p>", None)
    assert other.get("html") == "<p>Hej</p>" and other.has_key("html")
    assert one.add("lock", True, timeout=60) and not other.add("lock", True, timeout=60)
    one.set("n", 1)
    assert other.incr("n") == 2 and one.get("n") == 2
    assert other.touch("n", 5) and not other.touch("nothing", 5)
    assert other.get_or_set("m", lambda: [1.5, 2.5]) == [1.5, 2.5] and one.get("m") == [1.5, 2.5]
    assert other.delete("html") and one.get("html", "gone") == "gone"
    with pytest.raises(ValueError, match="not found"):
        one.incr("nothing")
    one.set("short", "x", timeout=0)
    assert one.get("short") is None
    one.set("object", {1, 2}, None)
    assert one.get("object") == {1, 2} and other.get("object") is None, "what is no JSON stays at home"
    other.clear()
    assert one.get("n") is None
    shared.client().set("torget:cache::1:wrong", b"\x80\x04.")
    assert one.get("wrong", "default") == "default", "what others have put there runs nothing"


def test_a_cache_whose_redis_dies_goes_on_in_memory(valkey: Valkey) -> None:
    one = Shared("alone", {})
    one.set("a", 1, None)
    valkey.kill()
    assert one.get("a") is None
    one.set("a", 2, None)
    assert one.get("a") == 2 and one.incr("a") == 3 and one.add("b", 1) and one.delete("b")


class Counted:
    """Stands in for a reader of news: says what it is given, and counts how often it was asked."""

    given: dict[str, bytes] = {}
    made: list["Counted"] = []

    def __init__(self) -> None:
        self.asked = 0
        Counted.made.append(self)

    def __call__(self, groups: set[str]) -> dict[str, bytes]:
        self.asked += 1
        return {group: text for group, text in Counted.given.items() if group in groups}


@pytest.fixture
def news(valkey: Valkey, monkeypatch: pytest.MonkeyPatch) -> type[Counted]:
    """News whose reader is counted, on what is taken for PostgreSQL."""
    monkeypatch.setattr(type(connections["default"]), "vendor", "postgresql")
    Counted.given, Counted.made = {}, []
    return Counted


def test_one_reads_and_the_other_hears(news: type[Counted]) -> None:
    one, other = Relay(news, {"sv", "en"}), Relay(news, {"sv", "en"})
    one({"sv"})
    other({"en"})  # begins to hear, and reads once what is new by now
    assert [reader.asked for reader in news.made] == [1, 1]
    news.given = {"sv": b"event: rows\ndata: a\n\n", "en": b"event: rows\ndata: b\n\n"}
    one({"sv"})
    one({"sv"})
    news.given = {}
    assert other({"en"})["en"] == b"event: rows\ndata: b\n\n" * 2
    assert other({"en"}) == {}
    assert [reader.asked for reader in news.made] == [3, 1], "the other has not asked the database again"


def test_another_takes_over_from_a_reader_that_is_gone(news: type[Counted], monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = Relay(news, {"sv"}), Relay(news, {"sv"})
    one({"sv"})
    other({"sv"})
    other({"sv"})
    assert len(news.made) == 2
    shared.client().delete(relay.READER)  # as its end does after three seconds
    news.given = {"sv": b"x"}
    assert other({"sv"}) == {"sv": b"x"}
    assert len(news.made) == 3, "with a new reader, that looks back"
    assert one({"sv"}) == {"sv": b"x"}, "the former one hears, and reads once itself"


def test_when_redis_dies_each_reads_for_itself_and_nothing_is_missed(news: type[Counted], valkey: Valkey) -> None:
    one, other = Relay(news, {"sv"}), Relay(news, {"sv"})
    one({"sv"})
    other({"sv"})
    other({"sv"})
    valkey.kill()
    news.given = {"sv": b"y"}
    assert one({"sv"}) == other({"sv"}) == {"sv": b"y"}
    valkey.start()
    shared.forget()
    assert other({"sv"}) == one({"sv"}) == {"sv": b"y"}


def test_what_goes_by_redis_is_text(news: type[Counted], valkey: Valkey) -> None:
    heard = shared.client().pubsub(ignore_subscribe_messages=True)
    heard.subscribe(relay.CHANNEL)
    heard.get_message(timeout=1)
    news.given = {"sv": "event: rows\ndata: å\n\n".encode()}
    Relay(news, {"sv"})({"sv"})
    assert json.loads(heard.get_message(timeout=1)["data"]) == {"sv": "event: rows\ndata: å\n\n"}
