"""A body is taken in whole before a thread is given to it."""

import asyncio
from typing import Any

import pytest

from torget.core import body
from torget.core.testing import run_async


def sender(*parts: bytes, silent: bool = False) -> body.Receive:
    """A browser that sends its body in parts; `silent`: and then says nothing more."""
    last = len(parts) - 1
    given = [
        {"type": "http.request", "body": part, "more_body": silent or place != last} for place, part in enumerate(parts)
    ]

    async def receive() -> Any:
        if given:
            return given.pop(0)
        if silent:
            await asyncio.sleep(3600)
        return {"type": "http.disconnect"}

    return receive


@pytest.mark.parametrize("parts", [(b"hej",), (b"h", b"e", b"j"), (b"x" * 3_000_000, b"y")])
def test_what_was_sent_is_given_again(parts: tuple[bytes, ...]) -> None:
    async def story() -> bytes:
        async with body.taken(sender(*parts), 10_000_000) as file:
            again, whole = body.replay(file, sender()), bytearray()
            while True:
                message = await again()
                whole += bytes(message["body"])
                if not message["more_body"]:
                    assert (await again())["type"] == "http.disconnect"
                    return bytes(whole)

    assert run_async(story()) == b"".join(parts)
    assert body.room.used == 0


def test_large_bodies_have_so_much_room_together_and_small_ones_always_get_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body, "TOGETHER", 5_000_000)
    large, held = b"x" * 3_000_000, []

    async def story() -> None:
        async with body.taken(sender(large), 10_000_000):
            held.append(body.room.used)
            with pytest.raises(body.GivenUp) as given_up:
                async with body.taken(sender(large), 10_000_000):
                    raise AssertionError("there was no room")
            assert given_up.value.status == 503
            async with body.taken(sender(b"x" * 900_000), 10_000_000) as small:
                assert len(small.read()) == 900_000
        async with body.taken(sender(large), 10_000_000):
            held.append(body.room.used)

    run_async(story())
    assert held == [3_000_000, 3_000_000] and body.room.used == 0


@pytest.mark.parametrize(
    ("receive", "limit", "status"),
    [
        pytest.param(sender(b"abc", silent=True), 100, 408, id="a sender that falls silent"),
        pytest.param(sender(b"x" * 60, b"x" * 60), 100, 413, id="more than the limit"),
        pytest.param(sender(b"abc", silent=False), 2, 413, id="more than the limit in one part"),
    ],
)
def test_a_body_that_does_not_come_is_given_up(
    receive: body.Receive, limit: int, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(body, "SILENCE", 0.05)

    async def story() -> None:
        async with body.taken(receive, limit):
            raise AssertionError("it came")

    with pytest.raises(body.GivenUp) as given_up:
        run_async(story())
    assert given_up.value.status == status and body.room.used == 0


def test_only_what_says_that_it_brings_something_is_waited_for() -> None:
    assert body.expects_body({"headers": [(b"Content-Length", b"5")]})
    assert body.expects_body({"headers": [(b"transfer-encoding", b"chunked")]})
    assert not body.expects_body({"headers": [(b"content-length", b"0"), (b"host", b"x")]})
