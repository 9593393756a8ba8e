"""A connected channel that does as the test says, also what real ones do now and then: lie, stall, cut the line."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Event
from typing import Any

from torget.channels import live
from torget.channels.base import Raw


@dataclass
class StandIn:
    """Keeps what it was sent, by key. `mood` is what happens at the next sendings, the last one again and again."""

    name: str = "mastodon"
    repeats_safely: bool = True
    limits: Mapping[str, int] = field(default_factory=lambda: {"text": 500, "pictures": 4, "alt": 1500})
    mood: list[str] = field(default_factory=lambda: ["well"])
    sight: str = "well"
    out: dict[str, live.Outgoing] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)

    def check(self, connection: live.Connection) -> str:
        """As it is called."""
        return connection.handle

    def fetch(self, connection: live.Connection, cursor: Mapping[str, Any]) -> live.Fetched:
        """Nothing ever comes."""
        return live.Fetched((), cursor)

    def listen(
        self,
        connection: live.Connection,
        cursor: Mapping[str, Any],
        give: Callable[[Raw | None], None],
        stop: Event,
    ) -> None:
        """Nothing to listen to."""

    def send(self, connection: live.Connection, outgoing: live.Outgoing) -> live.Sent:
        """By the mood: well, retry, refused, login, cut (it got there, the answer did not), lost (it did not), dies."""
        mood = self.mood.pop(0) if len(self.mood) > 1 else self.mood[0]
        self.calls.append(outgoing.key)
        if mood in ("well", "cut", "dies"):
            assert outgoing.key not in self.out, "sent twice"
            self.out[outgoing.key] = outgoing
        if mood == "retry":
            raise live.Retry("http_429", 300.0)
        if mood == "refused":
            raise live.GiveUp("http_422")
        if mood == "login":
            raise live.NeedsLogin("http_401")
        if mood in ("cut", "lost"):
            raise live.Unknown("timeout")
        if mood == "dies":
            raise SystemExit
        return self.sent(outgoing)

    def sent(self, outgoing: live.Outgoing) -> live.Sent:
        """What the channel calls it."""
        return live.Sent(f"remote-{outgoing.key}", f"https://social.example/@ekevik/{outgoing.key}")

    def look(self, connection: live.Connection, outgoing: live.Outgoing) -> live.Sent | None:
        """What is there, unless it cannot be seen."""
        if self.sight == "blind":
            raise live.Unknown("http_500")
        if self.sight == "later":
            raise live.Retry("http_429")
        return self.sent(outgoing) if outgoing.key in self.out else None

    def remove(self, connection: live.Connection, external_id: str) -> None:
        """Never asked."""
