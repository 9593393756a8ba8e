"""A stand-in for Bluesky's AppView: notifications, threads, posts and feeds over posts that a test makes.

Its answers have the fields of the public lexicons that our code reads, and some that it does not know.
"""

import base64
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.support.web import Asked, Said
from torget.channels.blueskypost import tid

OURS, KIM, ROBIN = "did:plc:ekevik", "did:plc:kim", "did:plc:robin"
HANDLES = {OURS: "ekevik.example", KIM: "kim.example", ROBIN: "robin.example"}

Post = dict[str, Any]


@dataclass
class AppView:
    """`post(...)` writes, `notify(post)` tells us of it; `answer` goes to tests.support.web.Web."""

    now: datetime
    posts: dict[str, Post] = field(default_factory=dict)
    notifications: list[dict[str, Any]] = field(default_factory=list)
    page: int = 50
    # What to say instead, for requests of which it is true.
    instead: list[tuple[Callable[[Asked], bool], Said]] = field(default_factory=list)
    _made: int = 0

    def post(
        self, did: str, words: str, *, parent: Post | None = None, told: str = "", ago: float = 0.0, **more: Any
    ) -> Post:
        """Write a post, and tell us of it for the reason `told`. `ago` in seconds."""
        self._made += 1
        at = self.now - timedelta(seconds=ago)
        rkey = tid(int(at.timestamp() * 1e6) + self._made, 1)
        record: dict[str, Any] = {"$type": "app.bsky.feed.post", "text": words, "createdAt": at.isoformat(), **more}
        if parent is not None:
            root = parent["record"].get("reply", {}).get("root") or _ref(parent)
            record["reply"] = {"root": root, "parent": _ref(parent)}
        made: Post = {
            "uri": f"at://{did}/app.bsky.feed.post/{rkey}",
            "cid": f"bafy{self._made:08}",
            "author": {"did": did, "handle": HANDLES[did], "displayName": "", "unknown": {"field": [1]}},
            "record": record,
            "indexedAt": at.isoformat(),
            "likeCount": self._made,
        }
        self.posts[made["uri"]] = made
        if told:
            self.notify(made, told)
        return made

    def notify(self, post: Post, reason: str) -> None:
        """Tell us of a post."""
        self.notifications.insert(0, post | {"reason": reason, "isRead": False})

    def delete(self, post: Post) -> None:
        """Take a post away; its notification goes with it."""
        self.posts.pop(post["uri"])
        self.notifications = [one for one in self.notifications if one["uri"] != post["uri"]]

    def answer(self, asked: Asked) -> Said:
        """One answer."""
        for is_meant, said in self.instead:
            if is_meant(asked):
                return said
        name = asked.path.rpartition(".")[2]
        handler: Callable[[Asked], Any] | None = getattr(self, f"_{name}", None)
        if handler is None:
            return _error("MethodNotImplemented", 501)
        said = handler(asked)
        return said if isinstance(said, Said) else Said(json.dumps(said).encode(), headers=_HEADERS)

    def _createSession(self, asked: Asked) -> Any:
        return {"accessJwt": _token(7_200), "refreshJwt": _token(86_400), "did": OURS, "handle": HANDLES[OURS]}

    _refreshSession = _createSession

    def _listNotifications(self, asked: Asked) -> Any:
        start = int(asked.one("cursor") or 0)
        listed = sorted(self.notifications, key=lambda one: str(one["indexedAt"]), reverse=True)
        told: dict[str, Any] = {"notifications": listed[start : start + self.page]}
        if start + self.page < len(listed):
            told["cursor"] = str(start + self.page)
        return told

    def _getPostThread(self, asked: Asked) -> Any:
        post = self.posts.get(asked.one("uri"))
        if post is None:
            return _error("NotFound", 400)
        return {"thread": self._above(post) | self._node(post, int(asked.one("depth", "6")))}

    def _node(self, post: Post, depth: int) -> dict[str, Any]:
        below = [one for one in self.posts.values() if _parent(one) == post["uri"]]
        replies = [self._node(one, depth - 1) for one in below] if depth else []
        return {"$type": "app.bsky.feed.defs#threadViewPost", "post": self._view(post), "replies": replies}

    def _above(self, post: Post) -> dict[str, Any]:
        uri = _parent(post)
        if not uri:
            return {}
        parent = self.posts.get(uri)
        if parent is None:
            return {"parent": {"$type": "app.bsky.feed.defs#notFoundPost", "uri": uri, "notFound": True}}
        return {"parent": self._node(parent, 0) | self._above(parent)}

    def _view(self, post: Post) -> Post:
        replies = sum(_parent(one) == post["uri"] for one in self.posts.values())
        return post | {"replyCount": replies, "quoteCount": len(self._quoting(post["uri"]))}

    def _getPosts(self, asked: Asked) -> Any:
        return {"posts": [self._view(self.posts[uri]) for uri in asked.query.get("uris", []) if uri in self.posts]}

    def _getAuthorFeed(self, asked: Asked) -> Any:
        mine = [one for one in self.posts.values() if one["author"]["did"] == asked.one("actor")]
        return {"feed": [{"post": self._view(one)} for one in reversed(mine)]}

    def _quoting(self, uri: str) -> list[Post]:
        found = []
        for one in self.posts.values():
            if one["record"].get("embed", {}).get("record", {}).get("uri") == uri:
                found.append(one)
        return found

    def _getQuotes(self, asked: Asked) -> Any:
        return {"posts": self._quoting(asked.one("uri"))}


_HEADERS = {
    "Content-Type": "application/json",
    "RateLimit-Limit": "3000",
    "RateLimit-Remaining": "2990",
    "RateLimit-Reset": "4000000000",
}


def _ref(post: Post) -> dict[str, str]:
    return {"uri": post["uri"], "cid": post["cid"]}


def _parent(post: Post) -> str:
    return str(post["record"].get("reply", {}).get("parent", {}).get("uri", ""))


def _error(name: str, status: int) -> Said:
    return Said(json.dumps({"error": name, "message": f"{name} it is"}).encode(), status, _HEADERS)


def _token(seconds: int) -> str:
    claims = json.dumps({"exp": time.time() + seconds, "sub": OURS}).encode()
    return f"e30.{base64.urlsafe_b64encode(claims).decode().rstrip('=')}.x"
