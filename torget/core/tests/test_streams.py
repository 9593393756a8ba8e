"""The hub: what is told reaches all of a group, who falls behind is told to fetch, who may no longer listen is ended."""

import asyncio
from collections.abc import Callable
from typing import Any

from torget.core import streams
from torget.core.streams import MOST_PENDING, RELOAD, Hub, Stream
from torget.core.testing import run_async


class Browser:
    """A listener: what it was sent, and a line that it can break."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.status = 0
        self.over = False
        self.leave = asyncio.Event()

    async def send(self, message: Any) -> None:
        """From the server."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
        else:
            self.sent.append(message["body"])
            self.over = self.over or not message.get("more_body", False)

    async def receive(self) -> Any:
        """Nothing, until it goes away."""
        await self.leave.wait()
        return {"type": "http.disconnect"}


async def _yes() -> bool:
    return True


async def _no() -> bool:
    return False


async def _until(true: Callable[[], bool]) -> None:
    for _ in range(400):
        if true():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it never came")


def _hub(news: Callable[[set[str]], dict[str, bytes]], allowed: Callable[[set[str]], set[str]] = set) -> Hub:
    hub = Hub(news, allowed)
    hub._changes.moved = lambda: True  # type: ignore[method-assign]
    return hub


def test_news_reach_each_listener_in_its_language_and_a_broken_line_is_forgotten(monkeypatch: Any) -> None:
    monkeypatch.setattr(streams, "LOOK_EVERY", 0.01)
    news = [{"sv": b"event: rows\ndata: sv\n\n", "en": b"event: rows\ndata: en\n\n"}]

    async def story() -> None:
        hub = _hub(lambda groups: news.pop() if news and groups == {"sv", "en"} else {})
        swede, english = Browser(), Browser()
        tasks = [
            asyncio.ensure_future(hub.serve(one.receive, one.send, Stream(group, "k"), behind=_no))
            for one, group in ((swede, "sv"), (english, "en"))
        ]
        await _until(lambda: len(swede.sent) > 1 and len(english.sent) > 1)
        assert (swede.sent[1], english.sent[1]) == (b"event: rows\ndata: sv\n\n", b"event: rows\ndata: en\n\n")
        swede.leave.set()
        await _until(lambda: len(hub.streams) == 1)
        english.leave.set()
        await asyncio.gather(*tasks)
        assert not hub.streams
        await hub.close()

    run_async(story())


def test_one_that_was_away_is_told_to_fetch_first_of_all() -> None:
    async def story() -> None:
        hub, browser = _hub(lambda groups: {}), Browser()
        task = asyncio.ensure_future(hub.serve(browser.receive, browser.send, Stream("sv", "k"), behind=_yes))
        await _until(lambda: RELOAD in browser.sent)
        await hub.close()
        await task
        assert browser.over

    run_async(story())


def test_one_that_falls_behind_holds_no_more_than_its_share() -> None:
    stream = Stream("sv", "k")
    for number in range(10 * MOST_PENDING):
        stream.give(b"%d" % number)
    assert len(stream.pending) <= MOST_PENDING
    assert RELOAD in stream.pending


def test_who_has_logged_out_hears_no_more(monkeypatch: Any) -> None:
    monkeypatch.setattr(streams, "LOOK_EVERY", 0.01)
    monkeypatch.setattr(streams, "CHECK_EVERY", 0.0)

    async def story() -> None:
        hub = _hub(lambda groups: {}, lambda keys: keys & {"in"})
        inside, outside = Browser(), Browser()
        tasks = [
            asyncio.ensure_future(hub.serve(one.receive, one.send, Stream("sv", key), behind=_no))
            for one, key in ((inside, "in"), (outside, "out"))
        ]
        await _until(lambda: outside.over)
        assert not inside.over
        await hub.close()
        await asyncio.gather(*tasks)

    run_async(story())


def test_a_watcher_that_fails_goes_on(monkeypatch: Any) -> None:
    monkeypatch.setattr(streams, "LOOK_EVERY", 0.01)
    calls = []

    def news(groups: set[str]) -> dict[str, bytes]:
        calls.append(1)
        if len(calls) == 1:
            raise OSError("the database is away")
        return {"sv": b"data: again\n\n"}

    async def story() -> None:
        hub, browser = _hub(news), Browser()
        monkeypatch.setattr(asyncio, "sleep", _brief(asyncio.sleep))
        task = asyncio.ensure_future(hub.serve(browser.receive, browser.send, Stream("sv", "k"), behind=_no))
        await _until(lambda: b"data: again\n\n" in browser.sent)
        browser.leave.set()
        await task
        await hub.close()

    run_async(story())


def _brief(sleep: Callable[[float], Any]) -> Callable[[float], Any]:
    return lambda seconds: sleep(min(seconds, 0.01))


def test_no_more_listen_than_there_is_room_for(monkeypatch: Any) -> None:
    monkeypatch.setattr(streams, "MOST_STREAMS", 0)

    async def story() -> None:
        hub, browser = _hub(lambda groups: {}), Browser()
        await hub.serve(browser.receive, browser.send, Stream("sv", "k"), behind=_no)
        assert browser.status == 503

    run_async(story())


def test_one_log_in_takes_its_share_of_the_room_and_no_more(monkeypatch: Any) -> None:
    monkeypatch.setattr(streams, "MOST_OF_ONE", 1)

    async def story() -> None:
        hub, first, second, other = _hub(lambda groups: {}), Browser(), Browser(), Browser()
        open_one = asyncio.ensure_future(hub.serve(first.receive, first.send, Stream("sv", "k"), behind=_no))
        await _until(lambda: len(hub.streams) == 1)
        await hub.serve(second.receive, second.send, Stream("sv", "k"), behind=_no)
        open_two = asyncio.ensure_future(hub.serve(other.receive, other.send, Stream("sv", "another"), behind=_no))
        await _until(lambda: len(hub.streams) == 2)
        assert (first.status, second.status, other.status) == (200, 503, 200)
        await hub.close()
        await asyncio.gather(open_one, open_two)

    run_async(story())
