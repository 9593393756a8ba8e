"""What Facebook's, Instagram's and Threads' Graph answers share: who wrote, ids, attachments, the post above."""

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from torget.channels import text
from torget.channels.base import Context, Sender, Visibility
from torget.channels.payload import rows, table

Node = dict[str, Any]

# A part with a dot in it (a set of pictures) may stand before the post; only its first dot is looked for.
_POST_PATH = re.compile(r"/(?P<page>[^/]+)/(?:posts|videos|photos)/(?:[^/.]*\.[^/]*/)?(?P<post>[^/?]+)")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a node was found: whose answer (`own`), under which edge ("comments", "feed", …), below which post."""

    own: str = ""
    edge: str = ""
    post: Context | None = None
    parent: str = ""


@dataclass(frozen=True, slots=True)
class Position:
    """What the address of a comment tells: ids of the page, the post, the comment and the reply to it."""

    page: str = ""
    post: str = ""
    comment: str = ""
    reply: str = ""


def ident(node: Node) -> str:
    """The id of a node as text, "" when absent."""
    return text.external_id(node.get("id"))


def stable_id(node: Node) -> str:
    """An id from the content of a node that has none, the same each time it comes."""
    canonical = json.dumps(node, sort_keys=True, separators=(",", ":"))
    return "sha256:" + hashlib.sha256(canonical.encode("utf-8", "replace")).hexdigest()


def author(node: Node) -> Sender:
    """Who wrote: Facebook's `from`, Instagram's `user` and `username`; often absent."""
    who = table(node.get("from")) or table(node.get("user")) or table(node.get("owner"))
    username = text.line(node.get("username") or who.get("username"), text.ADDRESS)
    address = username or text.line(who.get("id"), text.ADDRESS)
    return Sender(address, text.line(who.get("name") or username))


def is_own(node: Node, own: str) -> bool:
    """Whether our page wrote it: `own` is the page's id, user name or name."""
    mine = own.strip().lstrip("@").lower()
    who = table(node.get("from")) or table(node.get("user")) or table(node.get("owner"))
    # Instagram names the account's own id in `owner` of its media and in `user` of its own comments only.
    names = (who.get("id"), who.get("name"), who.get("username"), node.get("username"))
    return bool(mine) and mine in {text.line(name).lower() for name in names if name}


def position(node: Node) -> Position:
    """Read the address of a comment or post: …/<page>/posts/<post>/?comment_id=…&reply_comment_id=…"""
    parts = text.parts(node.get("permalink_url") or node.get("permalink"))
    query = parse_qs(parts.query)
    found = _POST_PATH.search(parts.path)

    def one(key: str) -> str:
        return text.line((query.get(key) or [""])[0], 100)

    return Position(
        page=text.line(found["page"] if found else one("id"), 100),
        post=text.line(found["post"] if found else one("story_fbid"), 100),
        comment=one("comment_id"),
        reply=one("reply_comment_id"),
    )


def visibility(node: Node) -> Visibility:
    """Public unless the node says that it is private or hidden from others than its author's friends."""
    if node.get("is_private"):
        return Visibility.DIRECT
    return Visibility.FOLLOWERS if node.get("is_hidden") or node.get("hidden") else Visibility.PUBLIC


def as_context(node: Node) -> Context:
    """A post, picture or film as what its comments belong to."""
    words = node.get("message") or node.get("caption") or node.get("description") or node.get("name")
    words = words or node.get("story") or (node.get("text") if "media_type" in node else "")
    return Context(
        external_id=ident(node) or stable_id(node),
        text=text.clean(words),
        url=text.link(node.get("permalink_url") or node.get("permalink")),
        author=author(node).name or author(node).address,
        posted_at=text.time(node.get("created_time") or node.get("timestamp")),
    )


def attachments(node: Node) -> Iterator[str]:
    """Attachments as lines of kind, title and address: nothing is fetched."""
    held = node.get("attachments")
    found = rows(held) or [row for row in (held if isinstance(held, list) else [node.get("attachment")]) if row]
    for row in found[:50]:
        row = table(row)
        inner = table(row.get("payload"))
        image = table(row.get("image_data")) or table(row.get("video_data")) or table(row.get("media"))
        address = row.get("url") or row.get("file_url") or inner.get("url") or image.get("url") or image.get("source")
        kind = text.line(row.get("type") or row.get("media_type") or row.get("mime_type"), 40) or "media"
        title = text.line(row.get("title") or row.get("name") or inner.get("title"), 300)
        yield " ".join(filter(None, [f"[{kind}]", title, text.link(address)]))
    if isinstance(node.get("photo"), str):
        yield f"[photo] {text.link(node['photo'])}".strip()


def words(plain: str, node: Node) -> tuple[str, str]:
    """Text for reading and the whole with attachments; a message of only pictures reads as their lines."""
    more = "\n".join(attachments(node))
    return plain or text.clean(more), text.clean(f"{plain}\n\n{more}".strip(), text.WHOLE)
