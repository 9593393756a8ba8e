"""Fetching from Bluesky's AppView: notifications with their whole threads, own posts, and what has been taken away.

Posts are delivered in the form of app.bsky.feed.defs#feedViewPost, each once: a thread that is read again and again gives
only what is new in it. The cursor holds what is still to be read, so that a page is never lost:
`threads` ([post to ask for, the posts that must come of it]), `page` (where the notifications stand), `newest`,
`counts` (answers to our own posts), `known` (posts of the last days by their cid), and when each round was last made.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

from torget.channels import text
from torget.channels.base import Raw
from torget.channels.bluesky import POST, Node, Own, ancestors, authority, descendants, key_of, mentioned, quoted
from torget.channels.blueskypost import tid_time
from torget.channels.live import Fetched, NeedsLogin, Problem, Retry
from torget.channels.payload import rows, table
from torget.channels.xrpc import REFUSED, Answer, Server

OVERLAP = timedelta(minutes=10)
BACKFILL = timedelta(days=30)
MOST_AT_FIRST = 300
WATCHED = timedelta(days=7)
"""For so long a post is looked after: whether it is still there, and whether its thread has grown."""
OFTEN = timedelta(minutes=10)
MOST_KNOWN, THREADS_A_PAGE, LOOKED_AT, A_BUNDLE = 1_000, 8, 250, 50
REASONS = ("mention", "reply", "quote")
_REMEMBERED = 200


@dataclass(slots=True)
class State:
    """The cursor, read leniently: a spoilt one begins again."""

    newest: datetime | None = None
    page: dict[str, Any] = field(default_factory=dict)
    threads: list[tuple[str, list[str]]] = field(default_factory=list)
    counts: dict[str, list[int]] = field(default_factory=dict)
    known: dict[str, str] = field(default_factory=dict)
    deep_at: datetime | None = None
    gone_at: datetime | None = None
    gone_from: int = 0

    @classmethod
    def of(cls, cursor: Mapping[str, Any]) -> "State":
        """From a stored cursor."""
        held = cursor.get("threads")
        threads = [one for one in held if isinstance(one, list) and len(one) == 2] if isinstance(held, list) else []
        counts = {k: v for k, v in table(cursor.get("counts")).items() if isinstance(v, list) and len(v) == 2}
        place = cursor.get("gone_from")
        return cls(
            newest=text.time(cursor.get("newest")),
            page=table(cursor.get("page")),
            threads=[(str(target), [str(uri) for uri in wanted]) for target, wanted in threads],
            counts=counts,
            known={str(k): str(v) for k, v in table(cursor.get("known")).items()},
            deep_at=text.time(cursor.get("deep_at")),
            gone_at=text.time(cursor.get("gone_at")),
            gone_from=place if isinstance(place, int) else 0,
        )

    def cursor(self) -> dict[str, Any]:
        """As it is stored."""
        return {
            "newest": _iso(self.newest),
            "page": self.page,
            "threads": [[target, wanted] for target, wanted in self.threads],
            "counts": self.counts,
            "known": self.known,
            "deep_at": _iso(self.deep_at),
            "gone_at": _iso(self.gone_at),
            "gone_from": self.gone_from,
        }

    def note(self, uri: str, cid: str) -> None:
        """Remember a post; the oldest are forgotten when there are too many, and would only be given once more."""
        self.known[short(uri)] = cid[-8:]
        while len(self.known) > MOST_KNOWN:
            del self.known[next(iter(self.known))]

    def is_new(self, uri: str, cid: str) -> bool:
        """Whether this version of a post has not been given yet."""
        return self.known.get(short(uri)) != cid[-8:]


def _iso(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""


def short(uri: str) -> str:
    """An at-uri of a post without what is the same in all: "did/rkey"."""
    return uri.removeprefix("at://").replace(f"/{POST}/", "/", 1)


def long(name: str) -> str:
    """The at-uri of a short name."""
    return f"at://{name.replace('/', f'/{POST}/', 1)}"


def with_parents(post: Node, above: Iterable[Node]) -> Node:
    """A post with those posts above it (root, parent) that say what it is about: app.bsky.feed.defs#feedViewPost."""
    parents = {name: view for name, view in zip(("root", "parent"), above, strict=False) if view}
    return {"post": post, "reply": parents} if parents else {"post": post}


def bundled(server: Server, given: list[Node], method: str) -> Iterator[Raw]:
    """Posts as deliveries of at most fifty, named by what they hold: a storm is parsed in twenty transactions, not a thousand."""
    for start in range(0, len(given), A_BUNDLE):
        part = given[start : start + A_BUNDLE]
        names = "\n".join(f"{one['post'].get('uri')} {one['post'].get('cid')}" for one in part)
        yield Raw(
            body=json.dumps({"feed": part}, ensure_ascii=False).encode("utf-8", "surrogatepass"),
            source=method,
            media_type="application/json",
            url=address(server, method),
            key=sha256(names.encode("utf-8", "replace")).hexdigest(),
            verdict="tls",
        )


def address(server: Server, method: str, uri: str = "") -> str:
    """What was asked; its fragment tells the reader whose account asked."""
    query = f"?{urlencode({'uri': uri}, errors='replace')}" if uri else ""
    return f"{server.service}/xrpc/{method}{query}#{urlencode({'for': server.did})}"


@dataclass(slots=True)
class Pull:
    """One page of fetching; `given` are the posts so far, `gone` what is told of deletions."""

    server: Server
    state: State
    now: datetime
    given: list[Node] = field(default_factory=list)
    gone: list[Raw] = field(default_factory=list)

    def run(self) -> Fetched:
        """Notifications, then the threads they lead to; when both are done, own posts and what is gone. Errors: Problem."""
        self._begin_again_if_ahead()
        if self.state.page or not self.state.threads:
            self._notifications()
        try:
            self._threads()
            if not self.state.page and not self.state.threads:
                self._own_posts()
                self._gone()
        except Retry:
            # What has been read is kept with a cursor that says what is left; without any, there is nothing to keep.
            if not self.given and not self.gone:
                raise
        more = bool(self.state.page or self.state.threads)
        raws = (*bundled(self.server, self.given, "app.bsky.feed.getPostThread"), *self.gone)
        return Fetched(raws, self.state.cursor(), more, health=self.server.health, renewed=self.server.renewed)

    def _begin_again_if_ahead(self) -> None:
        """Go back as at first where the cursor is ahead of the clock: everything would be older, and what came meanwhile lost."""
        dates = (self.state.newest, text.time(self.state.page.get("stop")))
        if any(date and date > self.now for date in dates):
            self.state.newest, self.state.page = None, {}

    @property
    def ours(self) -> Own:
        """Who we are."""
        return Own(self.server.did, self.server.connection.handle.strip().lstrip("@").lower())

    def _notifications(self) -> None:
        """One page of what names us, newest first, as far back as the last time and a little further."""
        state, page = self.state, self.state.page
        first = state.newest is None
        stop = text.time(page.get("stop")) or (self.now - BACKFILL if first else _earlier(state.newest))
        held = page.get("left")
        left = held if isinstance(held, int) else MOST_AT_FIRST if first else -1
        answer = self.server.get(
            "app.bsky.notification.listNotifications",
            limit=50,
            cursor=text.line(page.get("cursor"), 1_000),
            pairs=[("reasons", reason) for reason in REASONS],
        )
        listed = answer.data.get("notifications")
        if not isinstance(listed, list):
            # Nothing has been said: taken for "there are none", all that was before now would be lost.
            raise Retry("odd_answer")
        newest, reached = text.time(page.get("newest")), False
        for row in rows(listed):
            at = text.time(row.get("indexedAt"))
            since = self.server.connection.since
            # What has come since the account was connected is fetched whole, however late the first pull is.
            counts = not (at and since and at >= since)
            if (at and stop and at < stop) or (left == 0 and counts):
                reached = True
                break
            newest = max(filter(None, (newest, at)), default=None)
            left -= 1 if left > 0 and counts else 0
            if row.get("reason") in REASONS:
                self._wanted(row)
        following = text.line(answer.data.get("cursor"), 1_000)
        # A server whose pages lead back to one that was read goes round for ever.
        been = [*(_words(page.get("been"))), text.line(page.get("cursor"), 1_000)][-_REMEMBERED:]
        if following and following not in been and not reached and listed:
            state.page = {
                "cursor": following, "stop": _iso(stop), "newest": _iso(newest), "left": left, "been": been,
            }  # fmt: skip
            return
        state.page = {}
        # A page is stored with its cursor; only the last one moves the line to which the next pull goes back.
        # It is never ahead of us: a server that tells of 2099 would be the last one that we hear.
        state.newest = min(max(filter(None, (newest, state.newest)), default=self.now), self.now)

    def _wanted(self, row: Node) -> None:
        uri, cid = key_of(row.get("uri")), text.line(row.get("cid"), 100)
        if uri.startswith("at://") and self.state.is_new(uri, cid):
            root = key_of(table(table(table(row.get("record")).get("reply")).get("root")).get("uri"))
            # A thread of our own is read whole. In another's we are guests: only what hangs on the post that names us.
            self._queue(root if self.ours.owns(root) else uri, uri)

    def _queue(self, target: str, wanted: str = "") -> None:
        for queued, uris in self.state.threads:
            if queued == target:
                uris += [wanted] if wanted and wanted not in uris else []
                return
        self.state.threads.append((target, [wanted] if wanted else []))

    def _threads(self) -> None:
        for target, wanted in self.state.threads[:THREADS_A_PAGE]:
            found = self._thread(target)
            missing = [uri for uri in wanted if uri not in found]
            # Too deep, muted, or its parent not there yet: a thread may leave out what was certainly written.
            if missing:
                self._posts(missing)
            self.state.threads = [one for one in self.state.threads if one[0] != target]

    def _thread(self, target: str) -> set[str]:
        """Give what is new in a thread; the at-uris that were in it. Errors: Problem."""
        method = "app.bsky.feed.getPostThread"
        try:
            answer = self.server.get(method, known="NotFound", uri=target, depth=200, parentHeight=60)
        except NeedsLogin:
            raise
        except Problem as problem:
            if isinstance(problem, Retry) and problem.why == "http_429":
                raise
            # One thread that the server cannot make stops no other; its posts are asked for by name.
            return set()
        top = table(answer.data.get("thread"))
        above, below = ancestors(top), list(descendants(top))
        views = {key_of(view.get("uri")): view for view in [*above, *below] if isinstance(view.get("record"), dict)}
        for view in [*(view for view in above if self._names_us(view)), *below]:
            self._give(view, views)
        return set(views)

    def _names_us(self, view: Node) -> bool:
        record = table(view.get("record"))
        reply = table(record.get("reply"))
        linked = [key_of(table(reply.get(name)).get("uri")) for name in ("root", "parent")] + [quoted(record)]
        return any(self.ours.owns(uri) for uri in linked) or self.server.did in mentioned(record)

    def _give(self, view: Node, views: Mapping[str, Node]) -> None:
        uri, cid = key_of(view.get("uri")), text.line(view.get("cid"), 100)
        record = table(view.get("record"))
        if not uri.startswith("at://") or not record or not self.state.is_new(uri, cid):
            return
        self.state.note(uri, cid)
        if self.ours.wrote(uri, table(view.get("author"))):
            return
        reply = table(record.get("reply"))
        above = [views.get(key_of(table(reply.get(name)).get("uri")), {}) for name in ("root", "parent")]
        mine = [one if self.ours.owns(key_of(one.get("uri"))) else {} for one in above]
        self.given.append(with_parents(view, mine))

    def _posts(self, uris: list[str]) -> set[str]:
        """Give posts by name; those that the server showed."""
        shown: set[str] = set()
        for start in range(0, len(uris), 25):
            shown |= self._some_posts(uris[start : start + 25])
        return shown

    def _some_posts(self, uris: list[str]) -> set[str]:
        """As above, of at most 25. A name that the server refuses takes no other with it."""
        answer = self.server.get("app.bsky.feed.getPosts", known=REFUSED, pairs=[("uris", uri) for uri in uris])
        if answer.status >= 300:
            return {shown for uri in uris for shown in self._some_posts([uri])} if len(uris) > 1 else set()
        views = rows(answer.data.get("posts"))
        for view in views:
            self._give(view, {})
        return {key_of(view.get("uri")) for view in views}

    def _own_posts(self) -> None:
        """Our latest posts: a thread whose count of answers has changed is read, notified of or not; all of them at times."""
        method, wanted = "app.bsky.feed.getAuthorFeed", "posts_with_replies"
        # An account that the AppView has not met yet has no profile there, and no posts.
        feed = self.server.get(method, known="InvalidRequest", actor=self.server.did, limit=50, filter=wanted)
        deep = self.state.deep_at is None or self.now - self.state.deep_at >= OFTEN
        counts: dict[str, list[int]] = {}
        for row in rows(feed.data.get("feed")):
            post = table(row.get("post"))
            uri, said_at = key_of(post.get("uri")), text.time(post.get("indexedAt"))
            if not self.ours.wrote(uri, table(post.get("author"))) or "reason" in row:
                continue
            self.state.note(uri, text.line(post.get("cid"), 100))
            now = [_count(post.get("replyCount")), _count(post.get("quoteCount"))]
            before = self.state.counts.get(uri, [0, 0])
            recent = said_at is None or self.now - said_at < WATCHED
            if now[0] != before[0] or (deep and recent and now[0]):
                self._queue(uri)
            if now[1] != before[1]:
                self._quotes(uri)
            counts[uri] = now
        self.state.counts = counts
        self.state.deep_at = self.now if deep else self.state.deep_at

    def _quotes(self, uri: str) -> None:
        method = "app.bsky.feed.getQuotes"
        for view in rows(self.server.get(method, known=REFUSED, uri=uri, limit=50).data.get("posts")):
            self._give(view, {})

    def _gone(self) -> None:
        """Look whether what we know of the last days is still there; a deletion tells nobody."""
        if self.state.gone_at and self.now - self.state.gone_at < OFTEN:
            return
        self.state.gone_at = self.now
        names = [name for name in self.state.known if _is_watched(name, self.now)]
        start = self.state.gone_from if self.state.gone_from < len(names) else 0
        end = start + LOOKED_AT
        # At the end it begins anew: a place kept there would have only what has come since looked at, round after round.
        self.state.gone_from = end if end < len(names) else 0
        uris = [long(name) for name in names[start:end]]
        shown = self._posts(uris) if uris else set()
        for uri in uris:
            if uri not in shown:
                self._ask_after(uri)

    def _ask_after(self, uri: str) -> None:
        """A post that is not shown may be blocked or hidden: only "not found" is a deletion."""
        method = "app.bsky.feed.getPostThread"
        answer = self.server.get(method, known=REFUSED, uri=uri, depth=0, parentHeight=0)
        if answer.error == "NotFound" or table(answer.data.get("thread")).get("notFound") is True:
            self.state.known.pop(short(uri), None)
            self.gone.append(gone(self.server, answer, method, uri))


def gone(server: Server, answer: Answer, method: str, uri: str) -> Raw:
    """That a post is not there any more, as its server said it."""
    key = sha256(f"gone {uri}".encode()).hexdigest()
    return Raw(answer.body, method, "application/json", "GET", address(server, method, uri), key, "tls")


def _words(value: Any) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _earlier(moment: datetime | None) -> datetime | None:
    return moment - OVERLAP if moment else None


def _count(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def _is_watched(name: str, now: datetime) -> bool:
    made_at = tid_time(name.rpartition("/")[2])
    return bool(authority(long(name))) and (made_at is None or now - made_at < WATCHED)
