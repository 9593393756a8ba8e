"""Mastodon: statuses, notifications, conversations, streaming events and recorded answers of its API.

Shapes: https://docs.joinmastodon.org/entities/. A status is known by its `uri`, which is the same on every server;
its `id` is local to one server, so it is given as the alias "mastodon-id:<id>".
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from torget.channels import payload, text
from torget.channels.base import (
    Broken,
    Context,
    Deleted,
    Ignored,
    Incoming,
    Item,
    Raw,
    Sender,
    Visibility,
    gather,
)
from torget.channels.markup import html_to_plain
from torget.channels.payload import each, rows, table

_VISIBILITY = {
    "public": Visibility.PUBLIC,
    "unlisted": Visibility.UNLISTED,
    "private": Visibility.FOLLOWERS,
    "direct": Visibility.DIRECT,
}
_NOTIFICATIONS = {
    "favourite": "favourite",
    "reblog": "boost",
    "follow": "follow",
    "follow_request": "follow",
    "poll": "poll",
    "status": "subscribed_post",
}
# Notifications whose status is addressed to us, or is a new version of one that may be.
_CARRYING = {"mention", "quote", "update"}
# How a pull asks for a status that was there before; the server passes the word over.
KNOWN = "?known=1"
_NOT_THERE = re.compile(r"\bnot found\b|\bgone\b", re.I)
ALIAS = "mastodon-id:"
_STATUS_PATH = re.compile(r"/api/v1/statuses/([^/]+)/?$")
_PARENTS = 40

Known = dict[str, dict[str, Any]]


class Mastodon:
    """The channel; see the module for its shapes."""

    name = "mastodon"
    label = "Mastodon"
    mark = "Ma"
    default_visibility = Visibility.PUBLIC

    def split(self, body: bytes, source: str) -> Iterator[Raw]:
        """A JSON body is one delivery; a cassette is one for each answer."""
        return payload.split_answers(body, source)

    def read(self, raw: Raw, *, own: str) -> list[Item]:
        """The items of one answer; `own` is "name", "@name@host" or the address of the profile."""
        return gather(lambda one: _answer(one, own), [raw])


def _answer(raw: Raw, own: str) -> list[Item]:
    if raw.body[:1] == b":" or raw.body[:6] in (b"event:", b"data: "):
        return _stream(raw, own)
    data = payload.parse(raw)
    if isinstance(data, (Ignored, Broken)):
        return [data]
    path = text.parts(raw.url).path
    asked = _STATUS_PATH.search(path)
    if asked and _says_gone(raw, data):
        return [_gone(table(data), asked[1])]
    if isinstance(data, list):
        known = _by_id(row for row in data if _is_status(row))
        return gather(lambda row: _entity(row, own, known, path), data) or [Ignored("empty_answer")]
    return _entity(data, own, {}, path) or [Ignored("empty_answer")]


def _says_gone(raw: Raw, data: Any) -> bool:
    """Whether the answer about one status says that it was deleted, or that one that we know is not there any more."""
    error = table(data).get("error")
    if raw.method == "DELETE":
        return "error" not in table(data)
    return raw.url.endswith(KNOWN) and isinstance(error, str) and bool(_NOT_THERE.search(error))


def _stream(raw: Raw, own: str) -> list[Item]:
    """Server-sent events: blocks of "event:" and "data:" lines, heartbeats start with a colon."""
    events: list[dict[str, str]] = []
    name = ""
    for row in text.clean(raw.body.decode("utf-8", "replace"), payload.LARGEST).split("\n"):
        field, _, value = row.partition(":")
        if field == "event":
            name = value.strip()
        elif field == "data":
            events.append({"event": name, "payload": value.strip()})
    return gather(lambda event: _event(event, own), events) or [Ignored("empty_answer")]


def _entity(data: Any, own: str, known: Known, path: str = "") -> list[Item]:
    """Which kind of answer this is, told by its fields: the address is not always there."""
    if not isinstance(data, dict):
        return [Ignored("not_a_message")]
    if not data:
        return [Ignored("empty_answer")]
    if "access_token" in data or "client_secret" in data:
        return [Ignored("token")]
    if "event" in data and ("payload" in data or "stream" in data):
        return _event(data, own)
    if "error" in data and "content" not in data:
        return [Ignored("error_answer", detail=text.line(data["error"] if isinstance(data["error"], str) else "", 80))]
    if "ancestors" in data or "descendants" in data:
        return _context(data, own)
    if "context" in data and "status" in data:
        around = table(data["context"])
        return _whole_thread(data["status"], around, own) if _is_status(data["status"]) else _context(around, own)
    if "notification_groups" in data:
        return _grouped(data, own)
    if _is_status(data):
        return [_status(data, own, known)]
    if "type" in data and "account" in data and ("id" in data or _is_status(data.get("status"))):
        return [_notification(data, own)]
    if "last_status" in data:
        last = table(data["last_status"])
        return [_status(last, own, {})] if _is_status(last) else [Ignored("not_a_message", detail="conversation")]
    if "statuses" in data and ("hashtags" in data or "accounts" in data):
        return _found(data, own)
    return [_other(data, path)]


def _other(data: dict[str, Any], path: str) -> Item:
    if "scheduled_at" in data and "params" in data:
        return Ignored("scheduled", f"scheduled:{_id(data)}")
    if "account" in data and "content" in data and "created_at" in data:
        number = re.search(r"/statuses/([^/]+)/history", path)
        return Ignored("history", f"mastodon-id:{text.line(number[1], 100)}" if number else "")
    if "uri" in data and "account" in data and "text" in data:
        # Only the answer to a deletion gives the text instead of the content.
        return _gone(data, "")
    if "text" in data and "spoiler_text" in data and "id" in data:
        return Ignored("source", f"mastodon-id:{_id(data)}")
    kinds = {"acct": "account", "relationship": "account", "endpoint": "push", "meta": "media", "keywords": "filter"}
    kinds |= {"followed_by": "relationship", "options": "poll", "configuration": "instance", "summary": "policy"}
    return Ignored("not_a_message", detail=next((kind for key, kind in kinds.items() if key in data), ""))


def _is_status(data: Any) -> bool:
    """By its fields. One of an account that is gone may lack its author; one that lacks its words goes to quarantine."""
    if not isinstance(data, dict) or not (data.get("uri") or data.get("url") or data.get("id")):
        return False
    written = isinstance(data.get("account"), dict)
    if "content" in data:
        return "visibility" in data or (written and "in_reply_to_id" in data)
    return written and "visibility" in data and "uri" in data and "text" not in data


def _id(data: dict[str, Any]) -> str:
    return text.line(data.get("id"), 100)


def _by_id(statuses: Iterable[dict[str, Any]]) -> Known:
    """Statuses by their local id, to find what others answer; one without an id is answered by none that says so."""
    return {number: row for row in statuses if (number := _id(row))}


def _key(status: dict[str, Any]) -> str:
    """The uri; a server without it leaves the address, or at worst the local id."""
    names = (text.external_id(status.get(field)) for field in ("uri", "url"))
    number = _id(status)
    return next((name for name in names if name), f"mastodon-id:{number}" if number else "")


def _gone(status: dict[str, Any], number: str) -> Item:
    if key := _key(status):
        return Deleted(key)
    return Deleted(f"mastodon-id:{text.line(number, 100)}") if number else Broken("no_id")


def _event(data: dict[str, Any], own: str) -> list[Item]:
    name, held = data.get("event"), data.get("payload")
    if name == "delete":
        return [_gone({}, text.line(held, 100))]
    if isinstance(held, str):
        try:
            held = payload.loads(held.encode("utf-8", "surrogatepass"))
        except ValueError:
            return [Broken("not_json", f"event {text.line(name, 40)}")]
    if name in ("update", "status.update", "notification", "conversation"):
        return _entity(held, own, {})
    return [Ignored("not_a_message", detail=f"event {text.line(name, 40)}")]


def _notification(data: dict[str, Any], own: str) -> Item:
    kind, status = text.line(data["type"], 40), table(data.get("status"))
    if kind in _CARRYING:
        return _status(status, own, {}) if _is_status(status) else Broken("no_text", f"notification {kind}")
    return _notified(kind, f"notification:{_id(data)}")


def _notified(kind: str, key: str) -> Item:
    reason = _NOTIFICATIONS.get(kind)
    return Ignored(reason, key) if reason else Ignored("notification", key, kind)


def _grouped(data: dict[str, Any], own: str) -> list[Item]:
    known = _by_id(rows(data.get("statuses")))

    def read(group: dict[str, Any]) -> list[Item]:
        kind = text.line(group.get("type"), 40)
        if kind not in _CARRYING:
            return [_notified(kind, f"notification:{text.line(group.get('group_key'), 200)}")]
        status = known.get(text.line(group.get("status_id"), 100))
        return [_status(status, own, known) if status else Broken("no_text", f"notification {kind}")]

    return each(read, data.get("notification_groups")) or [Ignored("empty_answer")]


def _context(data: dict[str, Any], own: str) -> list[Item]:
    known = _by_id(rows(data.get("ancestors")) + rows(data.get("descendants")))
    found = each(
        lambda row: [Ignored("own_post" if _is_own(row, own) else "context", _key(row))], data.get("ancestors")
    )
    found += each(lambda row: [_status(row, own, known)], data.get("descendants"))
    return found or [Ignored("empty_answer")]


def _whole_thread(status: dict[str, Any], context: dict[str, Any], own: str) -> list[Item]:
    """A status with all around it (mastodonpull.py): a message where it answers a post of ours, directly or further down."""
    older, newer = rows(context.get("ancestors")), rows(context.get("descendants"))
    everything = [*older, status, *newer]
    known = _by_id(everything)
    # What others said before we were drawn in is no message to us; it is what the message is about.
    start = next((place for place, row in enumerate(older) if _is_own(row, own)), len(older))
    found = gather(lambda row: [Ignored("context", _key(row))], older[:start])
    found += gather(lambda row: [_status(row, own, known)], everything[start:])
    # Told by its local id, as mentions tell it: one post is one context, whichever delivery comes first.
    numbers = {_key(row): _id(row) for row in everything if _id(row)}
    return [_by_number(item, numbers) for item in found]


def _by_number(item: Item, numbers: dict[str, str]) -> Item:
    if not isinstance(item, Incoming) or not item.context or item.context.external_id not in numbers:
        return item
    return replace(item, context=replace(item.context, external_id=ALIAS + numbers[item.context.external_id]))


def _found(data: dict[str, Any], own: str) -> list[Item]:
    """A search: its statuses are messages, its accounts and hashtags are not."""
    known = _by_id(rows(data.get("statuses")))
    found = each(lambda row: [_status(row, own, known)], data.get("statuses"))
    # The first version of the search names its hashtags by words alone.
    others = sum(len(held) for name in ("accounts", "hashtags") if isinstance(held := data.get(name), list))
    return found + [Ignored("not_a_message", detail="search")] * others or [Ignored("empty_answer")]


def _account(status: dict[str, Any]) -> tuple[str, str]:
    """Name and host of the author; a local account has its host only in its address."""
    account = table(status.get("account"))
    name, _, host = text.line(account.get("acct") or account.get("username"), text.ADDRESS).lower().partition("@")
    if not host:
        host = text.parts(account.get("url") or account.get("uri")).netloc.lower()
    return name, host


def _is_own(status: dict[str, Any], own: str) -> bool:
    """Whether we wrote it. A namesake on another server is never us, or their messages would vanish."""
    if not own:
        return False
    mine = own.strip().lower()
    if mine.startswith(("https://", "http://")):
        parts = text.parts(mine)
        mine = f"{parts.path.rstrip('/').rpartition('/')[2].lstrip('@')}@{parts.netloc}"
    my_name, _, my_host = mine.lstrip("@").partition("@")
    name, host = _account(status)
    if name != my_name:
        return own.strip() == text.line(table(status.get("account")).get("id"), 100)
    if my_host and host:
        return my_host == host
    return "@" not in str(table(status.get("account")).get("acct", ""))


def _status(status: dict[str, Any], own: str, known: Known) -> Item:
    key = _key(status)
    if not key:
        return Broken("no_id")
    if table(status.get("reblog")):
        return Ignored("boost", key)
    if _is_own(status, own):
        return Ignored("own_post", key)
    name, host = _account(status)
    plain = text.clean(html_to_plain(str(status.get("content") or "")))
    more = "\n".join(_extras(status))
    if not plain and not more and not isinstance(status.get("content"), str):
        return Broken("no_text", "status")
    parents = _parents(status, known)
    number = _id(status)
    return Incoming(
        external_id=key,
        sender=Sender(f"{name}@{host}" if host else name, text.line(table(status.get("account")).get("display_name"))),
        text=plain or text.clean(more),
        whole=text.clean(f"{plain}\n\n{more}".strip(), text.WHOLE),
        subject=text.line(status.get("spoiler_text"), text.SUBJECT),
        warning=text.line(status.get("spoiler_text"), text.SUBJECT),
        sent_at=text.time(status.get("created_at")),
        edited_at=text.time(status.get("edited_at")),
        # An unknown visibility is taken as the narrowest one.
        visibility=_VISIBILITY.get(str(status.get("visibility")), Visibility.DIRECT),
        in_reply_to=parents[-1] if parents else "",
        thread=_thread(status, parents),
        context=_post(status, own, known),
        url=text.link(status.get("url") or status.get("uri")),
        language=text.line(status.get("language"), 20),
        aliases=(f"mastodon-id:{number}",) if number else (),
    )


def _parents(status: dict[str, Any], known: Known) -> list[str]:
    """External ids upwards as far as this answer tells, nearest last; then only a local id is known."""
    found: list[str] = []
    parent = text.line(status.get("in_reply_to_id"), 100)
    while parent and len(found) < _PARENTS:
        row = known.get(parent)
        found.append(_key(row) if row else f"mastodon-id:{parent}")
        parent = text.line(row.get("in_reply_to_id"), 100) if row else ""
    return found[::-1]


def _thread(status: dict[str, Any], parents: list[str]) -> tuple[str, ...]:
    parent = text.line(status.get("in_reply_to_id"), 100)
    alias = f"mastodon-id:{parent}"
    return (*parents, alias) if parent and alias not in parents else tuple(parents)


def _post(status: dict[str, Any], own: str, known: Known) -> Context | None:
    """Our own post that this answers; only its local id where the answer does not hold it."""
    parent = text.line(status.get("in_reply_to_id"), 100)
    row = known.get(parent)
    if not row and parent and _answers_us(status, own):
        return Context(ALIAS + parent, "")
    if not row or not _is_own(row, own):
        return None
    name, host = _account(row)
    return Context(
        external_id=_key(row),
        text=text.clean(html_to_plain(str(row.get("content") or ""))),
        url=text.link(row.get("url") or row.get("uri")),
        author=f"{name}@{host}" if host else name,
        posted_at=text.time(row.get("created_at")),
    )


def _answers_us(status: dict[str, Any], own: str) -> bool:
    """Whether it answers the account among those it names that is ours."""
    answered = text.line(status.get("in_reply_to_account_id"), 100)
    named = (one for one in rows(status.get("mentions")) if text.line(one.get("id"), 100) == answered)
    return bool(answered) and any(_is_own({"account": one}, own) for one in named)


def _extras(status: dict[str, Any]) -> Iterable[str]:
    """Pictures and choices as lines: nothing is fetched, the address is kept."""
    for media in rows(status.get("media_attachments")):
        words = [f"[{text.line(media.get('type'), 20) or 'media'}]", text.line(media.get("description"), 1_500)]
        yield " ".join(filter(None, [*words, text.link(media.get("url") or media.get("remote_url"))]))
    for option in rows(table(status.get("poll")).get("options")):
        yield f"( ) {text.line(option.get('title'), 200)}"
