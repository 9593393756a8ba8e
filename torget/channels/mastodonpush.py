"""What a Mastodon server pushes: the user stream as server-sent events, event by event, until the line breaks.

https://docs.joinmastodon.org/methods/streaming/#user: it holds the home timeline too, of which only what is written to
us is taken; deletions name a local id alone, and all of them are.
"""

import json
import socket
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from hashlib import sha256
from typing import Any

import httpx

from torget.channels import outside
from torget.channels.base import Raw
from torget.channels.live import Connection, GiveUp, NeedsLogin, Problem, Retry
from torget.channels.mastodonpull import KINDS, thread
from torget.channels.mastodonserver import Answer, Server, failure, instance_of, me, number_of
from torget.channels.payload import rows, table

PATH = "/api/v1/streaming/user"
# The server sends a sign of life every fifteen seconds.
SILENCE = 60.0
_LONGEST_EVENT = 5_000_000

Give = Callable[[Raw | None], None]


def listen(connection: Connection, cursor: Mapping[str, Any], give: Give, stop: threading.Event) -> None:
    """Hand over what is pushed until `stop` is set or the line breaks; returns at once where there is no stream.

    Errors: Problem.
    """
    if stop.is_set():
        return
    with Server(connection) as server:
        mine = number_of(cursor.get("me")) or me(server)[0]
        address = _stream_address(server.address, instance_of(server).stream)
    with Server(connection) as asked, Server(connection, address=address) as server:
        _listen(server, mine, _with_posts(asked, mine, give), stop)


def _stream_address(server: str, told: str) -> str:
    """Where the stream is: where the server says, unless that is nowhere or would send our token in the clear."""
    if not told or outside.why_not(told) == "not_web" or (server.startswith("https:") and told.startswith("http:")):
        return server
    return told


def _with_posts(asked: Server, mine: str, give: Give) -> Give:
    """Gives the whole thread before the first comment on a post of ours, so that it is known what was commented on."""
    had: set[str] = set()

    def inner(raw: Raw | None) -> None:
        post = _answered(raw, mine) if raw else ""
        if post and post not in had:
            had.add(post)
            try:
                give(thread(asked, post)[0])
            except Problem:
                pass  # the next pull fetches it, or says that it cannot
        give(raw)

    return inner


def _answered(raw: Raw, mine: str) -> str:
    """The post of ours that an event answers, "" where it answers none."""
    try:
        data = table(json.loads(raw.body.partition(b"data: ")[2]))
    except (ValueError, RecursionError):
        return ""
    status = table(data.get("status")) or data
    return number_of(status.get("in_reply_to_id")) if number_of(status.get("in_reply_to_account_id")) == mine else ""


def _listen(server: Server, mine: str, give: Give, stop: threading.Event) -> None:
    quiet = httpx.Timeout(server.connection.timeout, read=SILENCE)
    began = False
    ended = threading.Event()
    try:
        with server.client.stream(
            "GET", server.address + PATH, headers={"Accept": "text/event-stream"}, timeout=quiet
        ) as held:
            if not _is_stream(held):
                return
            began = True
            threading.Thread(target=_hang_up, args=(held, stop, ended), daemon=True).start()
            # What was said while nobody listened is fetched, and overlaps with what now comes.
            give(None)
            for event in events(held.iter_bytes()):
                if stop.is_set():
                    return
                if is_for_us(event, mine):
                    give(_raw(server, event))
    except Problem:
        raise
    except outside.Inside:
        raise GiveUp("address_inside") from None
    except outside.FAILURES as error:
        # A line that breaks is no failure: the caller pulls and listens again.
        if not began:
            raise Retry(f"no_connection_{type(error).__name__}") from None
    finally:
        ended.set()


def _is_stream(held: httpx.Response) -> bool:
    """Whether this is a stream of events; False where the server has none. Errors: Problem."""
    if held.status_code == 200:
        return str(held.headers.get("content-type", "")).startswith("text/event-stream")
    body = b"".join(part for _, part in zip(range(4), held.iter_bytes(4_096)))  # noqa: B905 - only the beginning
    problem = failure(Answer(held.status_code, body, PATH, "", held.headers), Retry)
    if isinstance(problem, (Retry, NeedsLogin)):
        raise problem
    return False


def _hang_up(held: httpx.Response, stop: threading.Event, ended: threading.Event) -> None:
    """Cut the line when we are to stop: a read that waits for bytes hears nothing else."""
    while not ended.is_set():
        if stop.wait(0.5):
            stream = held.extensions.get("network_stream")
            line = stream.get_extra_info("socket") if stream is not None else None
            if line is not None:
                try:
                    line.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass  # it broke by itself
            return


def events(parts: Iterable[bytes]) -> Iterator[dict[str, str]]:
    """The events of a stream, {"event", "data", "id"}; Errors: Retry for one that never ends."""
    held = bytearray()
    now: dict[str, str] = {}
    for part in parts:
        held += part
        if len(held) > _LONGEST_EVENT:
            raise Retry("too_large")
        while (end := held.find(b"\n")) >= 0:
            line = bytes(held[:end]).rstrip(b"\r").decode("utf-8", "replace")
            del held[: end + 1]
            if not line:
                if "data" in now:
                    yield now
                now = {}
                continue
            name, _, value = line.partition(":")
            if name in ("event", "data"):
                value = value.removeprefix(" ")
                now[name] = f"{now[name]}\n{value}" if name == "data" and "data" in now else value
                if len(now[name]) > _LONGEST_EVENT:
                    raise Retry("too_large")


def is_for_us(event: Mapping[str, str], mine: str) -> bool:
    """Whether an event is kept: mentions, deletions, and posts (new or edited) that name us or answer us."""
    name = event.get("event", "")
    if name == "delete":
        return bool(number_of(event["data"].strip()))
    if name not in ("notification", "update", "status.update"):
        return False
    try:
        data = json.loads(event["data"])
    except (ValueError, RecursionError):
        # Kept: what cannot be read goes to quarantine and is not lost.
        return True
    if name == "notification":
        return table(data).get("type") in KINDS
    if table(table(data).get("reblog")):
        return False
    named = [one.get("id") for one in rows(table(data).get("mentions"))]
    author = table(table(data).get("account")).get("id")
    ours = (*named, author, table(data).get("in_reply_to_account_id"))
    return mine in {number_of(one) for one in ours}


def _raw(server: Server, event: Mapping[str, str]) -> Raw:
    """An event as a delivery, in the form of the stream."""
    body = f"event: {event.get('event', '')}\ndata: {event['data']}\n\n".encode("utf-8", "replace")
    key = f"e:{event.get('event', '')[:20]}:{sha256(body).hexdigest()[:24]}"
    return Raw(body, PATH, "text/event-stream", "GET", server.address + PATH, key, "tls")
