"""Bluesky: posts, notifications, threads, feeds, records and events of the AT Protocol, as its servers answer them.

Shapes: the public lexicons app.bsky.feed.defs, app.bsky.notification.listNotifications, com.atproto.repo.getRecord. A
post is known by its at-uri. Texts are read from the record alone, never from what a server adds when it shows it, so
that one post is the same message by whatever way it came. Private messages are another service and out of scope.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from torget.channels import payload, text
from torget.channels.base import Broken, Context, Deleted, Ignored, Incoming, Item, Raw, Sender, Visibility, gather
from torget.channels.payload import each, rows, table

POST = "app.bsky.feed.post"
_MENTIONS = {"mention", "reply", "quote"}
_NOTIFICATIONS = {
    "like": "favourite",
    "like-via-repost": "favourite",
    "repost": "boost",
    "repost-via-repost": "boost",
    "follow": "follow",
    "subscribed-post": "subscribed_post",
}
_RECORDS = {
    "app.bsky.feed.like": "favourite",
    "app.bsky.feed.repost": "boost",
    "app.bsky.graph.follow": "follow",
}
# The fields in which answers hold lists of posts, notifications and records.
_LISTS = ("notifications", "feed", "posts", "records", "items", "bookmarks")
# A server that nests deeper than this says the same thing again when it is asked for the inner post.
_DEEPEST = 2_000

Node = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Own:
    """Who we are: DID and handle, either may be ""."""

    did: str = ""
    handle: str = ""

    @classmethod
    def of(cls, own: str, url: str = "") -> "Own":
        """From "name.example", "@name.example", a DID or the address of a profile; a live delivery's address names our DID."""
        name = own.strip().rstrip("/").rpartition("/")[2].lstrip("@")
        asked_for = parse_qs(text.parts(url).fragment).get("for", [""])[0]
        if name.startswith("did:"):
            return cls(name, "")
        return cls(text.line(asked_for), name.lower())

    def wrote(self, uri: str, author: Node) -> bool:
        """Whether a post is ours, by its author and its address."""
        did = text.line(author.get("did")) or authority(uri)
        handle = text.line(author.get("handle")).lower()
        return bool(did and did == self.did) or bool(self.handle and self.handle in (handle, authority(uri).lower()))

    def owns(self, uri: str) -> bool:
        """Whether an at-uri lies in our repository."""
        return bool(uri) and authority(uri).lower() in {name.lower() for name in (self.did, self.handle) if name}


class Bluesky:
    """The channel; see the module for its shapes."""

    name = "bluesky"
    label = "Bluesky"
    mark = "Bs"
    default_visibility = Visibility.PUBLIC

    def split(self, body: bytes, source: str) -> Iterator[Raw]:
        """A JSON body is one delivery; a cassette is one for each answer."""
        return payload.split_answers(body, source)

    def read(self, raw: Raw, *, own: str) -> list[Item]:
        """The items of one answer; `own` is our handle, our DID or the address of our profile."""
        return gather(lambda one: _answer(one, own), [raw])


def authority(uri: str) -> str:
    """Whose repository an at-uri lies in: a DID, or a handle; "" for anything else."""
    return uri[5:].partition("/")[0] if uri.startswith("at://") else ""


def key_of(uri: object) -> str:
    """An at-uri as external id, without query and fragment."""
    return text.external_id(uri if isinstance(uri, str) else "").partition("#")[0].partition("?")[0]


def _answer(raw: Raw, own: str) -> list[Item]:
    data = payload.parse(raw)
    if isinstance(data, (Ignored, Broken)):
        return [data]
    ours = Own.of(own, raw.url)
    if isinstance(data, list):
        return gather(lambda row: _entity(row, ours, raw.url), data) or [Ignored("empty_answer")]
    return _entity(data, ours, raw.url) or [Ignored("empty_answer")]


def _entity(data: Any, ours: Own, url: str = "") -> list[Item]:
    """Which kind of answer this is, told by its fields: neither the address nor `$type` is always there."""
    if not isinstance(data, dict):
        return [Ignored("not_a_message")]
    if not data:
        return [Ignored("empty_answer")]
    if "accessJwt" in data or "refreshJwt" in data:
        return [Ignored("token")]
    if "error" in data and "record" not in data and "text" not in data:
        return [_error(data, url)]
    if "thread" in data:
        held = data["thread"]
        if isinstance(held, list):
            return each(lambda row: _flat(row, ours), held) or [Ignored("empty_answer")]
        return _thread(table(held), ours) if held else [Ignored("empty_answer")]
    field = next((name for name in _LISTS if isinstance(data.get(name), list)), "")
    if field:
        return each(lambda row: [_row(row, ours)], data[field]) or [Ignored("empty_answer")]
    return _thread(data, ours) if _is_thread(data) else [_one(data, ours)]


def _row(row: Node, ours: Own) -> Item:
    return _one(table(row.get("item")) if "subject" in row and "item" in row else row, ours)


def _one(data: Node, ours: Own) -> Item:
    """One thing: a notification, a post with or without its parents, a record, an event."""
    if data.get("notFound") is True:
        return Ignored("context", key_of(data.get("uri")), "not found")
    if data.get("blocked") is True:
        return Ignored("hidden", key_of(data.get("uri")))
    if isinstance(data.get("post"), dict):
        return _feed_post(data, ours)
    if "reason" in data and "record" in data:
        return _notification(data, ours)
    if ("kind" in data and ("commit" in data or "did" in data)) or ("did" in data and table(data.get("commit"))):
        return _event(data, ours)
    kind = _type(data)
    record = data.get("record", data.get("value"))
    if isinstance(record, dict):
        return _post(data, ours)
    if kind in _RECORDS:
        return Ignored(_RECORDS[kind])
    if kind == POST or ("text" in data and "createdAt" in data):
        # The record alone does not say whose it is.
        return _post(data | {"record": data}, ours) if data.get("uri") else Broken("no_id", "record")
    if data.get("uri") and ("author" in data or "value" in data):
        return Broken("no_text", "post")
    return Ignored("not_a_message", key_of(data.get("uri")), kind.rpartition(".")[2] or _kind(data))


def _type(data: Node) -> str:
    """What something says that it is; "" where that is no word at all."""
    kind = data.get("$type")
    return text.line(kind, 80) if isinstance(kind, str) else ""


def _kind(data: Node) -> str:
    kinds = {"handle": "account", "alsoKnownAs": "account", "blob": "picture", "ref": "picture", "repo": "repository"}
    return next((kind for field, kind in kinds.items() if field in data), "")


def _error(data: Node, url: str) -> Item:
    """An error; that a post is not there is the way in which Bluesky tells of a deletion."""
    name, parts = text.line(data["error"] if isinstance(data["error"], str) else "", 80), text.parts(url)
    asked = key_of(parse_qs(parts.query).get("uri", [""])[0])
    if name in ("NotFound", "RecordNotFound") and parts.path.endswith("getPostThread") and asked.startswith("at://"):
        return Deleted(asked)
    return Ignored("error_answer", asked, name)


def _is_thread(data: Node) -> bool:
    kind = text.line(data.get("$type"), 80)
    inside = "replies" in data or "threadContext" in data or isinstance(data.get("parent"), dict)
    return kind.endswith("#threadViewPost") or ("post" in data and inside)


def _thread(top: Node, ours: Own) -> list[Item]:
    """The post that was asked for and those below it are messages; those above it are what they stand on."""
    if not isinstance(top.get("post"), dict) and not rows(top.get("replies")):
        if top.get("notFound") is True and key_of(top.get("uri")):
            return [Deleted(key_of(top["uri"]))]
        return [_one(top, ours)]
    views, found = ancestors(top), list[Item]()
    known = {key_of(view.get("uri")): view for view in views}
    found += gather(lambda view: [_above(view, ours)], views)
    below = list(descendants(top))
    known |= {key_of(view.get("uri")): view for view in below if "uri" in view and "record" in view}
    return found + gather(lambda view: [_post(view, ours, known) if "record" in view else _one(view, ours)], below)


def _above(view: Node, ours: Own) -> Item:
    uri = key_of(view.get("uri"))
    return Ignored("own_post" if ours.wrote(uri, table(view.get("author"))) else "context", uri)


def ancestors(top: Node) -> list[Node]:
    """The posts above a thread's post, oldest first; a missing one ends them."""
    found: list[Node] = []
    above = table(top.get("parent"))
    while above and len(found) < _DEEPEST:
        found.append(table(above.get("post")) or above)
        above = table(above.get("parent"))
    return found[::-1]


def descendants(top: Node) -> Iterator[Node]:
    """A thread's post and all below it, parents before their replies. A view without record is blocked or gone."""
    waiting, given = [top], 0
    while waiting and given < 10 * _DEEPEST:
        following: list[Node] = []
        for node in waiting:
            given += 1
            yield table(node.get("post")) or node
            following += rows(node.get("replies"))
        waiting = following


def _flat(row: Node, ours: Own) -> list[Item]:
    """A row of the newer, flat form of a thread: its depth below zero is above the post that was asked for."""
    value, depth = table(row.get("value")), row.get("depth")
    if isinstance(value.get("post"), dict):
        is_above = isinstance(depth, int) and depth < 0
        return [_above(value["post"], ours) if is_above else _post(value["post"], ours)]
    kind = text.line(value.get("$type"), 80)
    return [Ignored("hidden" if kind.endswith("Blocked") else "context", key_of(row.get("uri")))]


def _feed_post(row: Node, ours: Own) -> Item:
    post = table(row.get("post"))
    reason = text.line(table(row.get("reason")).get("$type"), 80)
    if reason.endswith("Repost"):
        return Ignored("boost", key_of(post.get("uri")))
    if not post:
        return Ignored("not_a_message")
    above = [table(table(row.get("reply")).get(name)) for name in ("root", "parent")]
    return _post(post, ours, {key_of(view.get("uri")): view for view in above if view.get("uri")})


def _notification(row: Node, ours: Own) -> Item:
    kind, uri = text.line(row.get("reason"), 40), key_of(row.get("uri"))
    if kind in _MENTIONS:
        return _post(row, ours)
    reason = _NOTIFICATIONS.get(kind)
    return Ignored(reason, uri) if reason else Ignored("notification", uri, kind)


def _event(data: Node, ours: Own) -> Item:
    """An event of a stream in its JSON form (Jetstream's), as a server's own listing of posts is told too."""
    commit, did = table(data.get("commit")), text.line(data.get("did"))
    collection, rkey = text.line(commit.get("collection"), 100), text.line(commit.get("rkey"), 100)
    if collection != POST:
        return Ignored(_RECORDS.get(collection, "not_a_message"), detail=text.line(data.get("kind"), 40))
    if not did or not rkey:
        return Broken("no_id", "event")
    uri = key_of(f"at://{did}/{collection}/{rkey}")
    if commit.get("operation") == "delete":
        at = data.get("time_us")
        # Beyond the year 5138 it is no time, and far beyond it no number that can be divided.
        return Deleted(uri, text.time(at / 1e6 if isinstance(at, (int, float)) and abs(at) < 1e17 else None))
    author = {"did": did} | table(data.get("author"))
    return _post({"uri": uri, "author": author, "record": commit.get("record")}, ours)


def _post(view: Node, ours: Own, known: dict[str, Node] | None = None) -> Item:
    """A post as a message. `known`: other posts of the same answer by their at-uri."""
    uri = key_of(view.get("uri"))
    if not uri:
        return Broken("no_id", "post")
    record, author = table(view.get("record", view.get("value"))), table(view.get("author"))
    kind = _type(record)
    if kind and kind != POST:
        return Ignored(_RECORDS.get(kind, "not_a_message"), uri, kind.rpartition(".")[2])
    if ours.wrote(uri, author):
        return Ignored("own_post", uri)
    if not isinstance(record.get("text"), str) and not table(record.get("embed")):
        return Broken("no_text", "post")
    plain = text.clean(record.get("text"))
    more = text.clean("\n".join(_extras(record, plain)), text.WHOLE)
    if not plain and not more:
        # Nothing but what this reader has not met yet: a person follows the address.
        more = f"[{text.line(table(record.get('embed')).get('$type'), 80).rpartition('.')[2] or 'embed'}]"
    root, parent = (key_of(table(table(record.get("reply")).get(name)).get("uri")) for name in ("root", "parent"))
    return Incoming(
        external_id=uri,
        sender=_sender(author, uri),
        text=plain or text.clean(more),
        whole=text.clean(f"{plain}\n\n{more}".strip(), text.WHOLE),
        sent_at=_sent_at(record, view),
        in_reply_to=parent or root,
        thread=tuple(dict.fromkeys(one for one in (root, parent) if one)),
        context=_context(record, (root, parent), ours, known or {}),
        url=web_address(uri, author),
        language=text.line(next(iter(_words(record.get("langs"))), ""), 20),
        warning=text.line(", ".join(_warnings(record)), 300),
    )


def _sender(author: Node, uri: str) -> Sender:
    """By DID, which stays when the handle is changed and is never given to another."""
    did, handle = text.line(author.get("did"), text.ADDRESS), text.line(author.get("handle"), 100)
    handle = "" if handle == "handle.invalid" else handle
    shown = text.line(author.get("displayName"), 90)
    name = f"{shown} (@{handle})" if shown and handle else shown or (f"@{handle}" if handle else "")
    return Sender(did or handle or text.line(authority(uri), text.ADDRESS), text.line(name))


def _sent_at(record: Node, view: Node) -> Any:
    """The writer's own time, but never after the server saw the post (AT Protocol's sort time)."""
    times = [text.time(record.get("createdAt")), text.time(view.get("indexedAt"))]
    return min((time for time in times if time), default=None)


def web_address(uri: str, author: Node) -> str:
    """Where people see the post; "" for what is no post."""
    who, rkey = authority(uri), uri.rpartition("/")[2]
    handle = text.line(author.get("handle"), 100)
    who = handle if handle and handle != "handle.invalid" else who
    return text.link(f"https://bsky.app/profile/{who}/post/{rkey}") if f"/{POST}/" in uri and who else ""


def _context(record: Node, above: Iterable[str], ours: Own, known: dict[str, Node]) -> Context | None:
    """Our own post that this answers or quotes; its words only where the same answer holds them."""
    for uri in (*above, quoted(record)):
        view = known.get(uri, {})
        if not uri or not (ours.owns(uri) or ours.wrote(uri, table(view.get("author")))):
            continue
        author = table(view.get("author"))
        said = table(view.get("record"))
        return Context(
            external_id=uri,
            text=text.clean(said.get("text")),
            url=web_address(uri, author),
            author=text.line(author.get("handle")) or ours.handle,
            posted_at=text.time(said.get("createdAt")),
        )
    return None


def quoted(record: Node) -> str:
    """The at-uri of the post that a record quotes, or ""."""
    embed = table(record.get("embed"))
    inner = table(embed.get("record"))
    return key_of(inner.get("uri") or table(inner.get("record")).get("uri"))


def mentioned(record: Node) -> set[str]:
    """The DIDs that a record names in its text."""
    features = (feature for facet in rows(record.get("facets")) for feature in rows(facet.get("features")))
    return {did for feature in features if (did := text.line(feature.get("did"), 300))}


def _words(value: Any) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _warnings(record: Node) -> Iterator[str]:
    """What the writer marked the post with, such as graphic-media."""
    for row in rows(table(record.get("labels")).get("values")):
        name = text.line(row.get("val"), 60)
        if name and not name.startswith("!"):
            yield name


def _extras(record: Node, plain: str) -> Iterator[str]:
    """Links that the text shortens, pictures, film, link cards and quotes as lines: nothing is fetched."""
    for facet in rows(record.get("facets")):
        for feature in rows(facet.get("features")):
            address = text.link(feature.get("uri"))
            if address and address not in plain:
                yield f"[link] {address}"
    embed = table(record.get("embed"))
    for part in (embed, table(embed.get("media"))):
        for picture in [*rows(part.get("images")), *(row for row in rows(part.get("items")) if "image" in row)]:
            yield f"[image] {text.line(picture.get('alt'), 2_000)}".strip()
        if "video" in part:
            yield f"[video] {text.line(part.get('alt'), 2_000)}".strip()
        card = table(part.get("external"))
        if card:
            yield " ".join(filter(None, ["[link]", text.line(card.get("title"), 300), text.link(card.get("uri"))]))
    if uri := quoted(record):
        yield f"[quote] {web_address(uri, {}) or uri}"
