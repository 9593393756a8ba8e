"""Mastodon with a connection: fetch, listen, send, look, remove. Settings: server; secrets: token.

The parts: mastodonserver (requests), mastodonpull, mastodonpush, mastodonsend, mastodonlogin (connecting by OAuth).
"""

from collections.abc import Callable, Mapping
from threading import Event
from typing import Any

from torget.channels import mastodonpull, mastodonpush, mastodonsend
from torget.channels.base import Raw
from torget.channels.live import Connection, Fetched, Outgoing, Retry, Sent, Unknown
from torget.channels.mastodonserver import Server, instance_of, me, narrowest, only_problems


class MastodonLive:
    """The connected side; see live.Live for what each method promises."""

    name = "mastodon"
    # A server keeps the Idempotency-Key of a post for an hour.
    repeats_safely = True

    @property
    def limits(self) -> Mapping[str, int]:
        """What the servers known so far take, the least of each; 500 signs where none is known."""
        least = narrowest()
        return {"text": least.text, "pictures": least.pictures, "alt": least.alt}

    def check(self, connection: Connection) -> str:
        """Ask who we are; "@name@host"."""
        with only_problems(Retry), Server(connection) as server:
            handle = me(server)[1]
            instance_of(server)
            return f"@{handle}"

    def fetch(self, connection: Connection, cursor: Mapping[str, Any]) -> Fetched:
        """One page of notifications, own posts, threads, or of what was before the first connection."""
        with only_problems(Retry), Server(connection) as server:
            return mastodonpull.fetch(server, cursor)

    def listen(
        self, connection: Connection, cursor: Mapping[str, Any], give: Callable[[Raw | None], None], stop: Event
    ) -> None:
        """The user stream."""
        with only_problems(Retry):
            mastodonpush.listen(connection, cursor, give, stop)

    def send(self, connection: Connection, outgoing: Outgoing) -> Sent:
        """Post under the key of `outgoing`."""
        with only_problems(Unknown), Server(connection) as server:
            instance_of(server)
            return mastodonsend.send(server, outgoing)

    def look(self, connection: Connection, outgoing: Outgoing) -> Sent | None:
        """Look among our latest posts."""
        with only_problems(Unknown), Server(connection) as server:
            return mastodonsend.look(server, outgoing)

    def remove(self, connection: Connection, external_id: str) -> None:
        """Delete a post of ours."""
        with only_problems(Unknown), Server(connection) as server:
            mastodonsend.remove(server, external_id)
