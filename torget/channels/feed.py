"""Web feeds: RSS in all its kinds, Atom, JSON Feed; and through them what is written about us on the web.

RSS and Atom are read by feedparser, which makes something of broken XML and wrong charsets; JSON Feed
(https://jsonfeed.org/version/1.1) by a reader of our own. An entry is known by its id, else its link, else its content:
four of five entries in the recorded feeds have neither id nor link. The fragment of a live delivery's address holds the
words by which an entry is about us ("#words=Ekevik&words=ekevik.example"); without any, every entry is.
"""

import re
from calendar import timegm
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

from django.utils.translation import gettext

from torget.channels import feedbytes, payload, text
from torget.channels.base import Broken, Ignored, Incoming, Item, Raw, Sender, Visibility, gather
from torget.channels.markup import html_to_plain
from torget.channels.payload import rows, table

LARGEST = 5_000_000
MOST_ENTRIES = 2_000
_HTML = ("text/html", "application/xhtml+xml")
_FEED_TYPES = ("application/rss+xml", "application/atom+xml", "application/feed+json")
_LINK_TAG = re.compile(r"<link\b([^<>]{1,2000})>", re.I)
_ATTRIBUTE = re.compile(r"""\b(rel|type|href)\s*=\s*("[^"]*"|'[^']*'|[^\s"'>]+)""", re.I)
_MAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
_MARKUP = re.compile(r"<[a-zA-Z/!]|&(?:#\d{1,7}|[a-zA-Z]{2,10});")


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as its feed tells it, in words: `given_id` and `link` may be ""."""

    given_id: str
    link: str
    title: str
    words: str
    author: str = ""
    author_address: str = ""
    published: datetime | None = None
    updated: datetime | None = None
    language: str = ""
    enclosures: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """A name made from its content; the date belongs to it, or a weekly notice would be one single entry."""
        told = (self.title, self.words, str(self.published or self.updated or ""), *self.enclosures)
        return sha256("\0".join(told).encode("utf-8", "replace")).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Read:
    """A whole feed. `hub` and `self_link` are for WebSub; `odd` entries are no objects, `left` are more than we take."""

    title: str
    link: str
    entries: tuple[Entry, ...]
    language: str = ""
    hub: str = ""
    self_link: str = ""
    odd: int = 0
    left: int = 0


class NotAFeed(ValueError):
    """Neither RSS nor Atom nor JSON Feed."""


class Feed:
    """The channel; see the module."""

    name = "feed"
    mark = "Fl"
    default_visibility = Visibility.PUBLIC

    @property
    def label(self) -> str:
        """What people call it."""
        return gettext("Webbflöde")

    def split(self, body: bytes, source: str) -> Iterator[Raw]:
        """The whole file is one delivery."""
        yield Raw(body=body, source=source, media_type="application/xml")

    def read(self, raw: Raw, *, own: str) -> list[Item]:
        """A message for each entry that is about us; `own` is the feed's address."""
        return gather(lambda one: _items(one, own), [raw])


def address_with(url: str, words: Iterable[str]) -> str:
    """A feed's address with the words by which its entries are about us."""
    wanted = [("words", word) for word in words]
    marks = urlencode(wanted, errors="replace")
    return f"{url.partition('#')[0]}#{marks}" if wanted else url


def _items(raw: Raw, own: str) -> list[Item]:
    if len(raw.body) > LARGEST:
        return [Broken("too_large", f"{len(raw.body)} bytes")]
    if not raw.body.strip(b"\xef\xbb\xbf \r\n\t\x00"):
        return [Ignored("empty_answer")]
    address, wanted = own, []
    try:
        parts = urlsplit(raw.url)
        wanted = parse_qs(parts.fragment).get("words", [])
        address = own or parts._replace(query="", fragment="").geturl()
    except ValueError:
        pass
    try:
        feed = read_feed(raw.body, raw.media_type)
    except NotAFeed:
        is_page = raw.body[:500].lstrip(b"\xef\xbb\xbf \r\n\t\x00").lower().startswith((b"<!doctype html", b"<html"))
        return [Ignored("web_page") if is_page else Broken("unreadable", "not a feed")]
    about = _about(wanted)
    keys = _keys(feed.entries)
    pairs = zip(feed.entries, keys, strict=True)
    found = gather(lambda pair: [_item(pair[0], pair[1], feed, address, about)], pairs)
    found += [Ignored("not_a_message")] * feed.odd
    if feed.left:
        found.append(Broken("too_large", f"{feed.left} entries more"))
    return found or [Ignored("empty_answer")]


def _keys(entries: tuple[Entry, ...]) -> list[str]:
    """The id of each entry. Where a feed gives several entries one id, that id is none: link and content tell them apart."""
    times = Counter(entry.given_id for entry in entries)
    links = Counter(entry.link for entry in entries)

    def key(entry: Entry) -> str:
        if entry.given_id and times[entry.given_id] == 1:
            return entry.given_id
        if entry.link and links[entry.link] == 1:
            return entry.link
        return f"content:{entry.digest}"

    return [text.external_id(key(entry)) for entry in entries]


def _about(words: list[str]) -> re.Pattern[str] | None:
    """Finds the words: a name as a whole word, also with the Swedish genitive; "Ekevik*" as its beginning; links anywhere."""
    found = []
    for word in (text.line(word, 200).casefold() for word in words):
        if "." in word or "/" in word:
            found.append(re.escape(word.partition("://")[2] or word))
        elif word.rstrip("*"):
            end = "" if word.endswith("*") else r"(?:[:’']?s)?(?!\w)"
            found.append(rf"(?<!\w){re.escape(word.rstrip('*'))}{end}")
    return re.compile("|".join(found)) if found else None


def _item(entry: Entry, key: str, feed: Read, address: str, about: re.Pattern[str] | None) -> Item:
    more = [*entry.enclosures, entry.link]
    whole = text.clean("\n\n".join(filter(None, (entry.title, entry.words, "\n".join(filter(None, more))))), text.WHOLE)
    if about and not about.search(whole.casefold()):
        return Ignored("context", key)
    if not whole:
        return Ignored("notice_only", key)
    site = feed.link or address
    who = entry.author_address or (f"{site}#{entry.author}" if entry.author else site)
    shown = f"{entry.author} ({feed.title})" if entry.author and feed.title else entry.author or feed.title
    # Most feeds set both times alike; one that was never changed is no edit.
    edited = entry.updated if entry.published and entry.updated and entry.updated > entry.published else None
    return Incoming(
        external_id=key,
        sender=Sender(text.line(who, text.ADDRESS).lower(), text.line(shown)),
        text=text.clean(entry.words or entry.title or whole),
        whole=whole,
        subject=text.line(entry.title, text.SUBJECT),
        sent_at=entry.published or entry.updated,
        edited_at=edited,
        url=entry.link,
        language=entry.language or feed.language,
    )


def read_feed(body: bytes, media_type: str = "") -> Read:
    """A feed of any of the kinds, at most 2,000 entries. Errors: NotAFeed; whatever feedparser stumbles over."""
    start = body[:200].lstrip(b"\xef\xbb\xbf\xff\xfe \r\n\t\x00")
    # Whatever the server calls it.
    if start.startswith((b"{", b"[")) or ("json" in media_type and not start.startswith(b"<")):
        return _json(body)
    # Links that stay relative are no links to us.
    found = feedbytes.parse(body, media_type)
    held, entries = _node(found.get("feed")), found.get("entries") or []
    if not found.get("version") and not entries:
        raise NotAFeed
    links = {text.line(link.get("rel"), 20): text.link(link.get("href")) for link in reversed(_nodes(held, "links"))}
    language = text.line(held.get("language"), 20)
    return Read(
        title=_plain(held.get("title"), "text/html", 200),
        link=text.link(held.get("link")),
        entries=tuple(_entry(entry) for entry in entries[:MOST_ENTRIES]),
        language=language,
        hub=links.get("hub", ""),
        self_link=links.get("self", ""),
        left=max(len(entries) - MOST_ENTRIES, 0),
    )


def feed_of_page(body: bytes, url: str) -> str:
    """The address of the feed that a page for people names in its head, "" for what is no such page."""
    start = body[:100_000]
    if not start[:500].lstrip(b"\xef\xbb\xbf \r\n\t\x00").lower().startswith((b"<!doctype html", b"<html")):
        return ""
    for tag in _LINK_TAG.findall(start.decode("utf-8", "replace"))[:200]:
        said = {name.lower(): unescape(value.strip("\"'")) for name, value in _ATTRIBUTE.findall(tag)}
        if "alternate" in said.get("rel", "").lower() and said.get("type", "").lower() in _FEED_TYPES:
            try:
                return text.link(urljoin(url, said.get("href", "")))
            except ValueError:
                continue
    return ""


def _node(value: Any) -> dict[str, Any]:
    # A plain dictionary: feedparser's own maps old names to new ones and warns of it.
    return dict(value.items()) if isinstance(value, dict) else {}


def _nodes(held: dict[str, Any], name: str) -> list[dict[str, Any]]:
    value = held.get(name)
    return [_node(one) for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _entry(given: Any) -> Entry:
    held = _node(given)
    content = _nodes(held, "content")
    best = next((part for part in content if part.get("type") in _HTML), content[0] if content else {})
    summary = _node(held.get("summary_detail")) or {"value": held.get("summary"), "type": "text/html"}
    words = _plain(best.get("value"), best.get("type")) or _plain(summary.get("value"), summary.get("type"))
    author, address = _author(held)
    return Entry(
        given_id=text.line(held.get("id"), text.ID * 20),
        link=text.link(held.get("link")),
        title=_plain(held.get("title"), _node(held.get("title_detail")).get("type"), text.SUBJECT),
        words=words,
        author=author,
        author_address=address,
        published=_moment(held.get("published_parsed") or held.get("created_parsed")),
        updated=_moment(held.get("updated_parsed")),
        language=text.line(best.get("language"), 20),
        enclosures=tuple(
            f"[{text.line(one.get('type'), 40).partition('/')[0] or 'file'}] {text.link(one.get('href'))}"
            for one in _nodes(held, "links")[:50]
            if one.get("rel") == "enclosure" and text.link(one.get("href"))
        ),
    )


def _author(held: dict[str, Any]) -> tuple[str, str]:
    """Name and address of who wrote. feedparser takes the end of an address for four letters at most."""
    told, said = _node(held.get("author_detail")), text.line(held.get("author"), 300)
    if found := _MAIL.search(said):
        return text.line(said.replace(found[0], "").strip(" ()<>"), 120), found[0]
    return text.line(told.get("name") or said, 120), text.line(
        told.get("email") or text.link(told.get("href")), text.ADDRESS
    )


def _plain(value: Any, kind: Any, limit: int = text.TEXT) -> str:
    """Words of a value that is HTML or plain text; what says nothing of its kind is taken as it looks."""
    if not isinstance(value, str):
        return ""
    is_html = kind in _HTML or (kind != "text/plain" and bool(_MARKUP.search(value[:5_000])))
    words = html_to_plain(value[: 4 * text.TEXT], links=True) if is_html else value
    return text.line(words, limit) if limit < text.TEXT else text.clean(words, limit).strip()


def _moment(value: Any) -> datetime | None:
    """A time of feedparser's (nine numbers, UTC)."""
    try:
        return text.time(timegm(value)) if value else None
    except (TypeError, ValueError, OverflowError):
        return None


def _json(body: bytes) -> Read:
    data = payload.parse(Raw(body, "", "application/json"))
    if not isinstance(data, dict) or not isinstance(data.get("items"), list):
        raise NotAFeed
    listed = rows(data["items"])
    hubs = [text.link(hub.get("url")) for hub in rows(data.get("hubs")) if text.line(hub.get("type"), 20) == "WebSub"]
    return Read(
        title=text.line(data.get("title")),
        link=text.link(data.get("home_page_url")),
        entries=tuple(_json_entry(row) for row in listed[:MOST_ENTRIES]),
        language=text.line(data.get("language"), 20),
        hub=next(iter(hubs), ""),
        self_link=text.link(data.get("feed_url")),
        odd=len(data["items"]) - len(listed),
        left=max(len(listed) - MOST_ENTRIES, 0),
    )


def _json_entry(row: dict[str, Any]) -> Entry:
    author = next(iter(rows(row.get("authors"))), table(row.get("author")))
    words = text.clean(row.get("content_text")) or _plain(row.get("content_html"), "text/html")
    number = row.get("id")
    return Entry(
        given_id=text.line(number, text.ID * 20) if isinstance(number, (str, int, float)) else "",
        link=text.link(row.get("url") or row.get("external_url")),
        title=text.line(row.get("title"), text.SUBJECT),
        words=words.strip() or text.clean(row.get("summary")).strip(),
        author=text.line(author.get("name"), 120),
        author_address=text.link(author.get("url"))[: text.ADDRESS],
        published=text.time(row.get("date_published")),
        updated=text.time(row.get("date_modified")),
        language=text.line(row.get("language"), 20),
        enclosures=tuple(
            f"[{text.line(one.get('mime_type'), 40).partition('/')[0] or 'file'}] {text.link(one.get('url'))}"
            for one in rows(row.get("attachments"))[:20]
            if text.link(one.get("url"))
        ),
    )
