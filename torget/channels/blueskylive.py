"""Bluesky, connected: fetch, listen, answer under our own record key, look, take away.

Settings: `service` (https://bsky.social where nothing is said), `appview` (false for a bare PDS). Secrets: `password` (an
app password), and what becomes of it: `access`, `refresh`, `did`. Private messages are another service, which app
passwords do not open by themselves, and out of scope: an answer that is not public is refused, never published.
"""

from collections.abc import Callable, Mapping
from threading import Event
from typing import Any

from torget.channels import blueskybare, blueskyfetch, blueskypost, text
from torget.channels.base import Raw
from torget.channels.bluesky import POST, Own, authority, key_of, web_address
from torget.channels.blueskypost import key_for, new_key, rkey_of
from torget.channels.live import Connection, Fetched, GiveUp, Outgoing, Retry, Sent, Unknown, only_problems
from torget.channels.payload import table
from torget.channels.xrpc import Server
from torget.core import clock

__all__ = ["BlueskyLive", "key_for", "new_key"]
_GATE = "app.bsky.feed.threadgate"
_MOST_HIDDEN = 300


class _ParentGone(Exception):
    """What is to be answered is not there any more."""


class BlueskyLive:
    """The connected side of the channel; see the module."""

    name = "bluesky"
    # putRecord under a key of our own: the same key twice is one post.
    repeats_safely = True
    limits: Mapping[str, int] = {
        "text": blueskypost.GRAPHEMES,
        "pictures": blueskypost.PICTURES,
        "alt": blueskypost.ALT,
    }

    def new_key(self, handle: str = "") -> str:
        """A record key for a post to be sent; fixed before the first attempt."""
        return new_key()

    def length(self, words: str) -> int:
        """How long a text is in the signs that `limits` counts."""
        return blueskypost.graphemes(words)

    @only_problems(Retry)
    def check(self, connection: Connection) -> str:
        """Log in, or use the tokens there are; the account's handle."""
        with Server(connection) as server:
            handle = text.line(server.get("com.atproto.server.getSession").data.get("handle"), 200)
            return f"@{handle}" if handle else server.did

    @only_problems(Retry)
    def fetch(self, connection: Connection, cursor: Mapping[str, Any]) -> Fetched:
        """One page of what has come since the cursor: by the AppView's notifications and threads, or from the PDS itself."""
        with Server(connection) as server:
            if _is_bare(connection):
                return blueskybare.Pull(server, cursor, clock.now()).run()
            return blueskyfetch.Pull(server, blueskyfetch.State.of(cursor), clock.now()).run()

    @only_problems(Retry)
    def listen(
        self, connection: Connection, cursor: Mapping[str, Any], give: Callable[[Raw | None], None], stop: Event
    ) -> None:
        """A bare PDS is listened to. Behind an AppView there is no stream for one account: it is pulled from."""
        if _is_bare(connection):
            with Server(connection) as server:
                blueskybare.listen(server, give, stop)

    @only_problems(Unknown)
    def send(self, connection: Connection, outgoing: Outgoing) -> Sent:
        """Post once. A post that is there already under this key is never written over."""
        if why := blueskypost.why_not(outgoing):
            raise GiveUp(why)
        with Server(connection) as server:
            try:
                record = self._record(server, outgoing)
            except _ParentGone:
                # It may have been there at an earlier attempt, so that ours is out.
                if sent := self._find(server, outgoing):
                    return sent
                raise GiveUp("parent_gone") from None
            body = {"repo": server.did, "collection": POST, "rkey": rkey_of(outgoing.key), "record": record}
            # swapRecord null: only where nothing lies under this key yet.
            answer = server.post("com.atproto.repo.putRecord", {**body, "swapRecord": None}, known="InvalidSwap")
            if answer.error or not key_of(answer.data.get("uri")):
                if sent := self._find(server, outgoing):
                    return sent
                # Something else lies there, and stays; or it says that it went well, and nothing came of it.
                raise GiveUp("key_taken") if answer.error else Unknown("no_uri")
            return self._sent(server, key_of(answer.data["uri"]))

    @only_problems(Unknown)
    def look(self, connection: Connection, outgoing: Outgoing) -> Sent | None:
        """Whether a post lies under our key."""
        try:
            with Server(connection) as server:
                return self._find(server, outgoing)
        except GiveUp as problem:
            # Refused to look: that says nothing of whether it is there.
            raise Unknown(problem.why) from None

    @only_problems(Unknown)
    def remove(self, connection: Connection, external_id: str) -> None:
        """Take our own post away; hide another's answer in a thread that we began (it can still be read by a click)."""
        with Server(connection) as server:
            uri = key_of(external_id)
            if f"/{POST}/" not in uri:
                raise GiveUp("not_a_post")
            if self._ours(server).owns(uri):
                body = {"repo": server.did, "collection": POST, "rkey": uri.rpartition("/")[2]}
                server.post("com.atproto.repo.deleteRecord", body)
            else:
                self._hide(server, uri)

    def _ours(self, server: Server) -> Own:
        return Own(server.did, server.connection.handle.strip().lstrip("@").lower())

    def _record(self, server: Server, outgoing: Outgoing) -> dict[str, Any]:
        """The record with what it answers and its pictures. Before the post itself is written nothing can be seen."""
        reply = self._reply(server, outgoing.reply_to) if outgoing.reply_to else None
        blobs = [server.upload(picture.body, picture.media_type) for picture in outgoing.pictures]
        return blueskypost.record_of(outgoing, reply=reply, blobs=blobs, resolve=lambda name: _did_of(server, name))

    def _reply(self, server: Server, reply_to: str) -> dict[str, Any]:
        """The strong references (at-uri and cid) to what is answered and to where its thread begins."""
        held = _get(server, reply_to)
        parent = {"uri": text.line(held.get("uri"), 500), "cid": text.line(held.get("cid"), 100)}
        if not all(parent.values()):
            raise _ParentGone
        root = table(table(table(held.get("value")).get("reply")).get("root"))
        known = {"uri": text.line(root.get("uri"), 500), "cid": text.line(root.get("cid"), 100)}
        return {"root": known if all(known.values()) else parent, "parent": parent}

    def _find(self, server: Server, outgoing: Outgoing) -> Sent | None:
        held = _get(server, f"at://{server.did}/{POST}/{rkey_of(outgoing.key)}", missing="RecordNotFound")
        uri = key_of(held.get("uri"))
        is_ours = table(held.get("value")).get("text") == blueskypost.words_of(outgoing)
        return self._sent(server, uri) if uri and is_ours else None

    def _sent(self, server: Server, uri: str) -> Sent:
        author = {"handle": server.connection.handle.strip().lstrip("@")}
        return Sent(uri, web_address(uri, author), server.health, dict(server.renewed))

    def _hide(self, server: Server, uri: str) -> None:
        """Add an answer to those that the thread's gate hides. Errors: GiveUp where the thread is not ours."""
        held = _get(server, uri)
        root = key_of(table(table(table(held.get("value")).get("reply")).get("root")).get("uri"))
        if not root or not self._ours(server).owns(root):
            raise GiveUp("not_our_thread")
        rkey = root.rpartition("/")[2]
        gate = _get(server, f"at://{server.did}/{_GATE}/{rkey}")
        record = {"createdAt": clock.now().isoformat().replace("+00:00", "Z")} | table(gate.get("value"))
        listed = record.get("hiddenReplies")
        hidden = [one for one in listed if isinstance(one, str)] if isinstance(listed, list) else []
        if uri in hidden:
            return
        record |= {"$type": _GATE, "post": root, "hiddenReplies": [*hidden, uri][-_MOST_HIDDEN:]}
        body: dict[str, Any] = {"repo": server.did, "collection": _GATE, "rkey": rkey, "record": record}
        # Against two who hide at once: only where the gate is still the one that we read.
        server.post("com.atproto.repo.putRecord", {**body, "swapRecord": gate.get("cid")})


def _is_bare(connection: Connection) -> bool:
    return connection.settings.get("appview") in (False, "false", "0", 0)


def _get(server: Server, uri: str, *, missing: str = "RecordNotFound InvalidRequest NotFound") -> dict[str, Any]:
    """A record by its at-uri, {} where there is none (by the names of errors that say so). Errors: Problem."""
    repo, _, rest = uri.removeprefix("at://").partition("/")
    collection, _, rkey = rest.partition("/")
    if not (authority(uri) and collection and rkey):
        return {}
    answer = server.get("com.atproto.repo.getRecord", known=missing, repo=repo, collection=collection, rkey=rkey)
    return {} if answer.error else answer.data


def _did_of(server: Server, handle: str) -> str:
    """The DID of a handle, "" for no such name: then its letters stay, without a link."""
    known = "HandleNotFound InvalidRequest NotFound"
    answer = server.get("com.atproto.identity.resolveHandle", known=known, handle=handle)
    return "" if answer.error else text.line(answer.data.get("did"), 300)
