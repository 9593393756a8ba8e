"""Trying a connection before it is made: who we are there, and what the first fetch would bring. Nothing is kept or changed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from torget.channels import live, outside
from torget.channels.base import Incoming
from torget.channels.registry import CHANNELS
from torget.channels.registry import live as live_channel
from torget.organisations.models import Organisation

_SHOWN = 5
# Some channels have several kinds of pages, and the first may be empty.
_PAGES = 8
_ENOUGH = 40


@dataclass(frozen=True, slots=True)
class Seen:
    """A message as the first look shows it: from whom, when, its first words."""

    sender: str
    sent_at: datetime | None
    words: str


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of a try. `problem` is a code ("" when it went well), `kind` the name of its class in channels.live."""

    name: str = ""
    problem: str = ""
    kind: str = ""
    messages: int = 0
    more: bool = False
    newest: tuple[Seen, ...] = ()
    oldest_at: datetime | None = None
    # Secrets that the service renewed while we tried; they replace the ones we have.
    renewed: Mapping[str, str] = field(default_factory=dict)


def may_go_out() -> bool:
    """Whether the network may be used: a demo town reaches nobody, except on a machine that is set up for it."""
    return not Organisation.current().demo or outside.private_allowed()


def try_out(channel: str, connection: live.Connection, *, look: bool = True) -> Tried:
    """Ask who we are, and with `look` for the first pages. Never raises; outside any transaction, for it waits on the network."""
    asked = live_channel(channel)
    if asked is None:
        return Tried(problem="not_a_live_channel")
    if not may_go_out():
        return Tried(problem="demo")
    name = ""
    try:
        name = asked.check(connection)
        return _look(channel, asked, connection, name) if look else Tried(name=name)
    except live.Problem as problem:
        return Tried(name=name, problem=problem.why, kind=type(problem).__name__)
    except Exception as error:
        return Tried(name=name, problem=f"failed_{type(error).__name__}", kind="Retry")


def _look(channel: str, asked: live.Live, connection: live.Connection, name: str) -> Tried:
    """The first pages of a first fetch, read and thrown away. Errors: live.Problem."""
    cursor: Mapping[str, object] = {}
    renewed: dict[str, str] = {}
    found: dict[str, Incoming] = {}
    more = False
    for _ in range(_PAGES):
        fetched = asked.fetch(connection, cursor)
        cursor, more = fetched.cursor, fetched.more
        renewed |= fetched.renewed
        if fetched.renewed:
            secrets = {**connection.secrets, **fetched.renewed}
            connection = live.Connection(connection.handle, connection.settings, secrets, connection.timeout)
        for raw in fetched.raws:
            for item in CHANNELS[channel].read(raw, own=connection.handle):
                if isinstance(item, Incoming):
                    found.setdefault(item.external_id, item)
        if not more or len(found) >= _ENOUGH:
            break
    dated = sorted(((i.sent_at, key) for key, i in found.items() if i.sent_at), reverse=True)
    newest = [found[key] for _, key in dated] + [i for i in found.values() if not i.sent_at]
    return Tried(
        name=name,
        messages=len(found),
        more=more,
        newest=tuple(Seen(i.sender.name or i.sender.address, i.sent_at, _first_words(i)) for i in newest[:_SHOWN]),
        oldest_at=dated[-1][0] if dated else None,
        renewed=renewed,
    )


def _first_words(item: Incoming) -> str:
    words = " ".join((item.subject or item.text).split())
    return words if len(words) <= 90 else words[:89].rstrip() + "…"
