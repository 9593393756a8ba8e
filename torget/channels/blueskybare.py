"""Fetching from a bare PDS, one without an AppView behind it: it has no notifications and no threads, but it has every post.

`com.atproto.sync.listRepos` says which accounts of the server have changed (their `rev`); the posts of those are listed,
newest first, and those that answer us, name us or quote us are given. For a server of one's own, not for one with a
hundred thousand accounts. The cursor holds the rev of each account, and `known`: the posts that were given, by their cid.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from threading import Event
from typing import Any

from torget.channels import outside, text
from torget.channels.base import Raw
from torget.channels.bluesky import POST, Node, Own, key_of, mentioned, quoted
from torget.channels.blueskyfetch import BACKFILL, MOST_KNOWN, address, bundled, long, short, with_parents
from torget.channels.blueskypost import tid_time
from torget.channels.live import Fetched, GiveUp, Retry
from torget.channels.payload import table
from torget.channels.xrpc import Answer, Server

REPOS_A_PAGE, MOST_REPOS, MOST_POSTS = 25, 5_000, 300
_LARGEST_FRAME = 5_000_000


@dataclass(slots=True)
class Pull:
    """One page: the changed accounts, at most 25 of them."""

    server: Server
    cursor: Mapping[str, Any]
    now: datetime
    given: list[Node] = field(default_factory=list)
    gone: list[Raw] = field(default_factory=list)
    known: dict[str, str] = field(default_factory=dict)
    _handles: dict[str, str] = field(default_factory=dict)

    def run(self) -> Fetched:
        """The new, changed and deleted posts that concern us. Errors: Problem."""
        self.known = {str(k): str(v) for k, v in table(self.cursor.get("known")).items()}
        revs = {str(k): str(v) for k, v in table(self.cursor.get("revs")).items()}
        repos, are_all = self._repos()
        changed = [repo for repo in repos if revs.get(repo[0]) != repo[1]]
        for did, rev in changed[:REPOS_A_PAGE]:
            self._repo(did)
            # The rev from before the listing: what is written meanwhile changes it, and is listed the next time.
            revs[did] = rev
        if are_all:
            self._accounts_gone({did for did, _ in repos})
        while len(self.known) > MOST_KNOWN:
            del self.known[next(iter(self.known))]
        more = len(changed) > REPOS_A_PAGE
        cursor = {"revs": revs, "known": self.known}
        raws = (*bundled(self.server, self.given, "com.atproto.repo.listRecords"), *self.gone)
        return Fetched(raws, cursor, more, health=self.server.health, renewed=self.server.renewed)

    def _repos(self) -> tuple[list[tuple[str, str]], bool]:
        """The accounts of the server but our own, with their rev; and whether these are certainly all. Errors: Problem."""
        found: list[tuple[str, str]] = []
        place = following = ""
        while len(found) < MOST_REPOS:
            answer = self.server.get("com.atproto.sync.listRepos", limit=1000, cursor=place)
            page = _listed(answer, "repos")
            found += [(text.line(row.get("did"), 300), text.line(row.get("rev"), 40)) for row in page]
            following = text.line(answer.data.get("cursor"), 1_000)
            if not page or not following or following == place:
                break
            place = following
        names = {did for did, _ in found}
        # We are there ourselves; and a row that names nobody may have been anybody's.
        are_all = not following and self.server.did in names and "" not in names
        return [(did, rev) for did, rev in found if did and did != self.server.did], are_all

    def _repo(self, did: str) -> None:
        """Give what is new of an account's posts, and tell what is gone of them."""
        listed, oldest = self._posts(did)
        taken = []
        for row in listed:
            is_new = self.known.get(short(key_of(row.get("uri")))) != _mark(row)
            if is_new and self._is_for_us(table(row.get("value"))):
                taken.append(row)
        # Parents before their replies.
        for row in reversed(taken):
            self.known[short(key_of(row.get("uri")))] = _mark(row)
            self.given.append(self._row(row, did))
        if oldest is not None:
            self._gone(did, {key_of(row.get("uri")) for row in listed}, oldest)

    def _posts(self, did: str) -> tuple[list[Node], str | None]:
        """An account's posts, newest first, as far back as the first time looks, and the oldest key of what was listed whole.

        That is "" where the listing came to its end, and None where what it lacks may be there all the same.
        Errors: Problem.
        """
        found: list[Node] = []
        place, oldest = "", None
        is_whole = True
        while len(found) < MOST_POSTS:
            answer = self.server.get(
                "com.atproto.repo.listRecords",
                known="RepoNotFound InvalidRequest RepoDeactivated RepoTakendown RepoSuspended",
                repo=did,
                collection=POST,
                limit=100,
                cursor=place,
            )
            if answer.error:
                # Closed for now, or gone: that its posts are not listed says nothing of them.
                return [], None
            page = _listed(answer, "records")
            posts = [row for row in page if key_of(row.get("uri")).startswith(f"at://{did}/{POST}/")]
            found += posts
            # A row that names no post of the account may have been any of them.
            is_whole = is_whole and len(posts) == len(page)
            oldest = key_of(posts[-1].get("uri")).rpartition("/")[2] if posts else oldest
            following = text.line(answer.data.get("cursor"), 1_000)
            if not following:
                oldest = ""
            made_at = tid_time(oldest or "")
            is_old = made_at and self.now - made_at > BACKFILL + timedelta(days=1)
            if not posts or not following or following == place or is_old:
                break
            place = following
        return found, oldest if is_whole else None

    def _is_for_us(self, record: Node) -> bool:
        ours = Own(self.server.did, self.server.connection.handle.strip().lstrip("@").lower())
        reply = table(record.get("reply"))
        above = [key_of(table(reply.get(name)).get("uri")) for name in ("root", "parent")]
        if any(ours.owns(uri) for uri in (*above, quoted(record))) or self.server.did in mentioned(record):
            return True
        # In a thread that we were called into, those who answer the one who called are heard as well.
        return any(short(uri) in self.known for uri in above if uri)

    def _row(self, row: Node, did: str) -> Node:
        if did not in self._handles:
            told = self.server.get("com.atproto.repo.describeRepo", known="InvalidRequest RepoNotFound", repo=did)
            self._handles[did] = text.line(told.data.get("handle"), 100)
        author = {"did": did, "handle": self._handles[did]}
        post = {"uri": key_of(row.get("uri")), "cid": row.get("cid"), "author": author, "record": row.get("value")}
        return with_parents(post, [self._above(table(row.get("value")))])

    def _above(self, record: Node) -> Node:
        """Our own post that this answers, for its words."""
        root = key_of(table(table(record.get("reply")).get("root")).get("uri"))
        if not root.startswith(f"at://{self.server.did}/"):
            return {}
        known = "RecordNotFound InvalidRequest"
        told = self.server.get(
            "com.atproto.repo.getRecord",
            known=known,
            repo=self.server.did,
            collection=POST,
            rkey=root.rpartition("/")[2],
        )
        author = {"did": self.server.did, "handle": self.server.connection.handle.strip().lstrip("@").lower()}
        return {"uri": root, "author": author, "record": table(told.data.get("value"))}

    def _gone(self, did: str, listed: set[str], oldest: str) -> None:
        """Posts that we know and that the listing, as far back as it went, does not have."""
        for name in [name for name in self.known if name.startswith(f"{did}/")]:
            if long(name) not in listed and name.rpartition("/")[2] >= oldest:
                self._tell_gone(name)

    def _accounts_gone(self, here: set[str]) -> None:
        """What accounts had written that are on the server no more."""
        for name in [name for name in self.known if name.partition("/")[0] not in here]:
            self._tell_gone(name)

    def _tell_gone(self, name: str) -> None:
        del self.known[name]
        did, _, rkey = name.partition("/")
        event = {"did": did, "kind": "commit", "commit": {"operation": "delete", "collection": POST, "rkey": rkey}}
        key = sha256(f"gone {long(name)}".encode()).hexdigest()
        where = address(self.server, "com.atproto.repo.listRecords", long(name))
        body = json.dumps(event).encode()
        self.gone.append(Raw(body, "com.atproto.repo.listRecords", "application/json", "GET", where, key, "tls"))


def _listed(answer: Answer, name: str) -> list[Node]:
    """The rows of a page, {} for one that cannot be read. Errors: Retry where the answer holds no list.

    Without one nothing has been said: a listing that was not given must never be read as one in which all is gone.
    """
    held = answer.data.get(name)
    if not isinstance(held, list):
        raise Retry("odd_answer")
    return [table(row) for row in held]


def _mark(row: Node) -> str:
    return text.line(row.get("cid"), 100)[-8:]


def listen(server: Server, give: Callable[[Raw | None], None], stop: Event) -> None:
    """Hear the server's own stream of commits, and say "fetch now" at each that may concern us. Errors: Retry, GiveUp.

    The frames are not taken apart: a post that answers or names us holds our DID as plain letters, and the listing that
    follows is exact. So a frame that is lost or not understood costs nothing but time.
    """
    from websockets.exceptions import WebSocketException
    from websockets.sync.client import connect

    if why := outside.why_not(server.service):
        raise GiveUp(f"address_{why}")
    ours = server.did.encode()
    url = f"ws{server.service.removeprefix('http')}/xrpc/com.atproto.sync.subscribeRepos"
    try:
        with connect(url, open_timeout=server.connection.timeout, max_size=_LARGEST_FRAME, proxy=None) as line:
            # What was written between the last pull and now has no frame any more.
            give(None)
            while not stop.is_set():
                try:
                    frame = line.recv(timeout=1.0)
                except TimeoutError:
                    continue
                body = frame if isinstance(frame, bytes) else frame.encode()
                if POST.encode() in body and (ours in body or b"delete" in body):
                    give(None)
    except (WebSocketException, OSError) as error:
        raise Retry(f"line_{type(error).__name__}") from None
