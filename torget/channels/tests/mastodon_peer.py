"""What the tests of Mastodon, live, share: a server on loopback, a connection to it, and pulls as the runner makes them."""

from datetime import datetime
from typing import Any

from tests.support.mastodon import TOKEN, Mastodon
from torget.channels.base import Incoming, Item, Raw
from torget.channels.live import Connection
from torget.channels.mastodon import Mastodon as Reader
from torget.channels.mastodonlive import MastodonLive

LIVE = MastodonLive()
ALVA, BO = "alva@social.exempel.se", "bo"


def to(server: Mastodon, *, token: str = TOKEN, **more: Any) -> Connection:
    return Connection(f"ekevik@{server.host}", {"server": server.url}, {"token": token}, **({"timeout": 5.0} | more))


class Pull:
    """Pulls as the runner does: each delivery is kept once by its key, the cursor moves with it."""

    def __init__(self, server: Mastodon) -> None:
        self.server = server
        self.cursor: dict[str, Any] = {}
        self.kept: dict[str, Raw] = {}
        self.gaps: list[str] = []
        self.had: set[tuple[str, str]] = set()
        self.since: datetime | None = None

    def __call__(self, pages: int = 500) -> list[Item]:
        """The items of what is new, after one round of pages; with fewer `pages` as when the runner is killed there."""
        items: list[Item] = []
        for _ in range(pages):
            fetched = LIVE.fetch(to(self.server, since=self.since), self.cursor)
            self.cursor = dict(fetched.cursor)
            self.gaps += [fetched.gap] if fetched.gap else []
            for raw in fetched.raws:
                assert 0 < len(raw.key) <= 80 and raw.verdict == "tls" and TOKEN not in raw.url
                if raw.key not in self.kept:
                    self.kept[raw.key] = raw
                    items += Reader().read(raw, own=f"ekevik@{self.server.host}")
            if not fetched.more:
                return items
        assert pages < 500, "never done"
        return items

    def new(self) -> list[Incoming]:
        """The messages that are new or have new words, in their order."""
        found = []
        for item in self():
            if isinstance(item, Incoming) and (item.external_id, item.text) not in self.had:
                self.had.add((item.external_id, item.text))
                found.append(item)
        return found

    def texts(self) -> list[str]:
        """Their words."""
        return [item.text for item in self.new()]


def messages(items: list[Item]) -> list[Incoming]:
    return [item for item in items if isinstance(item, Incoming)]
