"""A connected channel that does what the test tells it to: it keeps what it was sent, lies, breaks off or says no."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event
from typing import Any

import pytest

from torget.channels import live, registry
from torget.channels.base import Raw
from torget.conversations.actions import connecting, delivering


@dataclass
class StandIn:
    """A service: `mood` says what the next sendings do, `pages` what the next fetches give (a Problem is raised)."""

    name: str = "mastodon"
    repeats_safely: bool = True
    limits: Mapping[str, int] = field(default_factory=dict)
    mood: str = "well"
    pages: list[live.Fetched | live.Problem] = field(default_factory=list)
    posts: list[live.Outgoing] = field(default_factory=list)
    attempts: int = 0
    blind: bool = False
    removed: list[str] = field(default_factory=list)

    def check(self, connection: live.Connection) -> str:
        """What it is called."""
        return connection.handle

    def fetch(self, connection: live.Connection, cursor: Mapping[str, Any]) -> live.Fetched:
        """The next page."""
        page = self.pages.pop(0) if self.pages else live.Fetched((), cursor)
        if isinstance(page, live.Problem):
            raise page
        return page

    def listen(
        self, connection: live.Connection, cursor: Mapping[str, Any], give: Callable[[Raw | None], None], stop: Event
    ) -> None:
        """Nothing to hear."""

    def _keep(self, outgoing: live.Outgoing) -> live.Sent:
        if not any(post.key == outgoing.key for post in self.posts):
            self.posts.append(outgoing)
        return live.Sent(remote_id=f"remote-{outgoing.key}", url=f"https://social.example/{outgoing.key}")

    def send(self, connection: live.Connection, outgoing: live.Outgoing) -> live.Sent:
        """As the mood is."""
        self.attempts += 1
        if self.mood == "did it and broke off":
            self._keep(outgoing)
            raise live.Unknown("cut")
        if self.mood == "broke off":
            raise live.Unknown("cut")
        if self.mood == "said yes and did nothing":
            return live.Sent(remote_id="")
        problems: dict[str, live.Problem] = {
            "busy": live.Retry("busy", after=90),
            "refuses": live.GiveUp("too_long"),
            "forgot us": live.NeedsLogin("token"),
        }
        if self.mood in problems:
            raise problems[self.mood]
        if self.mood == "raises":
            raise ValueError("a shape that nobody thought of")
        return self._keep(outgoing)

    def look(self, connection: live.Connection, outgoing: live.Outgoing) -> live.Sent | None:
        """Whether it is there."""
        if self.blind:
            raise live.Unknown("cannot_be_seen")
        there = any(post.key == outgoing.key for post in self.posts)
        return live.Sent(remote_id=f"remote-{outgoing.key}") if there else None

    def remove(self, connection: live.Connection, external_id: str) -> None:
        """Take away."""
        self.removed.append(external_id)


@contextmanager
def standing_in(monkeypatch: pytest.MonkeyPatch, **given: Any) -> Iterator[StandIn]:
    """The stand-in in the place of every connected channel."""
    service = StandIn(**given)
    for module in (registry, connecting, delivering):
        monkeypatch.setattr(module, "live" if module is registry else "live_channel", lambda name: service)
    yield service
