"""Out on Mastodon: post once under our own key, look for what may have gone out, take our own posts away.

https://docs.joinmastodon.org/methods/statuses/#create
"""

import re
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from torget.channels import text
from torget.channels.live import GiveUp, Outgoing, Picture, Retry, Sent, Unknown
from torget.channels.markup import html_to_plain
from torget.channels.mastodon import ALIAS
from torget.channels.mastodonserver import Answer, Server, me, number_of
from torget.channels.payload import rows, table

# From wide to narrow; ours and theirs by the same place.
WIDTHS = ("public", "unlisted", "private", "direct")
_OURS = {"followers": "private"}
_STATUS = re.compile(r"/(?:statuses|objects|@[^/]+)/([^/]+)/?$")
# As the server finds them: not inside a word or an address.
_MENTION = re.compile(r"(?<![=/\w])@([a-z0-9_]+(?:[a-z0-9_.-]+[a-z0-9_]+)?)(?:@([\w.\-]+[\w]+(?::\d+)?))?", re.I)
_PAUSE = 1.0
_MOST_PAUSES = 60
# The clocks of two machines.
_SLACK = timedelta(minutes=5)
_PAGES_BACK = 5


def send(server: Server, outgoing: Outgoing) -> Sent:
    """Post once. Errors: Problem; Unknown only when the post itself was asked for and cut off, or answered by 5xx or nothing."""
    words: dict[str, Any] = {"status": outgoing.text, "visibility": _width(outgoing.visibility)}
    if outgoing.reply_to:
        words |= _answering(server, outgoing)
    if outgoing.warning:
        words["spoiler_text"] = outgoing.warning
        words["sensitive"] = True
    if outgoing.language:
        words["language"] = outgoing.language[:2].lower()
    if outgoing.pictures:
        words["media_ids"] = [_upload(server, picture) for picture in outgoing.pictures]
    headers = {"Idempotency-Key": outgoing.key}
    answer = server.ask("POST", "/api/v1/statuses", lost=Unknown, json=words, headers=headers)
    return _sent(answer)


def _sent(answer: Answer) -> Sent:
    """What a posted status is called. Errors: Unknown for a good answer that holds no post."""
    status = table(answer.data)
    number = number_of(status.get("id"))
    if not number or not {"content", "uri", "url"} & status.keys():
        raise Unknown("said_nothing")
    return Sent(ALIAS + number, text.link(status.get("url") or status.get("uri")), answer.health)


def _width(visibility: str) -> str:
    """Theirs for ours; what nobody knows is the narrowest."""
    visibility = _OURS.get(visibility, visibility)
    return visibility if visibility in WIDTHS else WIDTHS[-1]


def _answering(server: Server, outgoing: Outgoing) -> dict[str, Any]:
    """What makes a post an answer. Errors: GiveUp("reply_to_gone"), GiveUp("mentions_others"), Problem."""
    number = local_id(server, outgoing.reply_to)
    status = _status(server, number) if number else {}
    if not status:
        raise GiveUp("reply_to_gone")
    answered, wanted = _width(str(status.get("visibility"))), _width(outgoing.visibility)
    width = max(answered, wanted, key=WIDTHS.index)
    asker = text.line(table(status.get("account")).get("acct"), 200)
    said = outgoing.text
    home = urlsplit(server.address).netloc.lower()
    if asker and _full(asker, home) not in set(mentions(said, home)):
        said = f"@{asker} {said}"
    if width == WIDTHS[-1]:
        # Whoever is named in a private answer can read it, and the question with it.
        present = {_full(text.line(one.get("acct"), 200), home) for one in rows(status.get("mentions"))}
        present |= {_full(asker, home), _full(server.connection.handle, home)}
        if any(name not in present for name in mentions(said, home)):
            raise GiveUp("mentions_others")
    return {"status": said, "in_reply_to_id": number, "visibility": width}


def mentions(said: str, home: str) -> Iterator[str]:
    """Whom a text names, as name@host in lower case; `home` is the host of those without one."""
    for name, host in _MENTION.findall(said):
        yield _full(f"{name}@{host}" if host else name, home)


def _full(acct: str, home: str) -> str:
    name, _, host = acct.lower().lstrip("@").partition("@")
    return f"{name}@{host or home}"


def _status(server: Server, number: str) -> dict[str, Any]:
    """A status by its local id, {} when it is not there. Errors: Problem."""
    answer = server.ask("GET", f"/api/v1/statuses/{number}", also=(404, 410))
    status = table(answer.data)
    if answer.status < 300 and not number_of(status.get("id")):
        raise Retry("odd_answer")
    return status if answer.status < 300 else {}


def local_id(server: Server, external_id: str) -> str:
    """The server's own id of a status that we know by its uri or as "mastodon-id:5"; "" when it is not there.

    Errors: Problem.
    """
    if external_id.startswith(ALIAS):
        return number_of(external_id.removeprefix(ALIAS))
    try:
        parts = urlsplit(external_id)
    except ValueError:
        return ""
    if parts.netloc.lower() == urlsplit(server.address).netloc.lower() and (found := _STATUS.search(parts.path)):
        return number_of(found[1])
    if not text.link(external_id):
        return ""
    query = [("q", external_id), ("resolve", "true"), ("type", "statuses"), ("limit", "5")]
    said = table(server.get("/api/v2/search", query).data)
    if not isinstance(said.get("statuses"), list):
        raise Retry("odd_answer")
    # The search may also find what only links to it.
    exact = [row for row in rows(said["statuses"]) if external_id in (row.get("uri"), row.get("url"))]
    return number_of(exact[0].get("id")) if exact else ""


def _upload(server: Server, picture: Picture) -> str:
    """A picture with its words, when the server has made it ready; nobody sees it until it is posted. Errors: Problem."""
    files = {"file": (picture.filename or "bild", picture.body, picture.media_type or "application/octet-stream")}
    answer = server.ask("POST", "/api/v2/media", data={"description": picture.alt}, files=files)
    number = number_of(table(answer.data).get("id"))
    if not number:
        raise Retry("said_nothing")
    tries = 0
    while answer.status in (202, 206) or (answer.method == "GET" and not table(answer.data).get("url")):
        tries += 1
        if tries > _MOST_PAUSES:
            raise Retry("picture_not_ready")
        threading.Event().wait(_PAUSE)
        answer = server.ask("GET", f"/api/v1/media/{number}")
    return number


def look(server: Server, outgoing: Outgoing) -> Sent | None:
    """Our own post among our latest, by what it answers and its words. Errors: Unknown where that cannot be seen."""
    since = outgoing.made_at - _SLACK if outgoing.made_at else None
    try:
        mine = me(server)[0]
        parent = local_id(server, outgoing.reply_to) if outgoing.reply_to else ""
        below = ""
        for _ in range(_PAGES_BACK):
            query = [("limit", "40"), ("exclude_reblogs", "true"), *([("max_id", below)] if below else [])]
            page = server.get(f"/api/v1/accounts/{mine}/statuses", query)
            if not isinstance(page.data, list):
                raise Unknown("odd_answer")
            listed = rows(page.data)
            for status in listed:
                if not _is_older(status, since) and _is_ours(server, status, outgoing, parent):
                    return _found(status, page)
            below = number_of(listed[-1].get("id")) if listed else ""
            if not below or (since and _is_older(listed[-1], since)):
                return None
    except (Retry, GiveUp) as problem:
        raise Unknown(problem.why) from None
    # So many posts since then that ours may lie below them.
    raise Unknown("too_many_posts")


def _found(status: dict[str, Any], page: Answer) -> Sent | None:
    number = number_of(status.get("id"))
    return Sent(ALIAS + number, text.link(status.get("url") or status.get("uri")), page.health) if number else None


def _is_older(status: dict[str, Any], since: datetime | None) -> bool:
    made = text.time(status.get("created_at"))
    return bool(since and made and made < since)


def _is_ours(server: Server, status: dict[str, Any], outgoing: Outgoing, parent: str) -> bool:
    if outgoing.reply_to and parent and number_of(status.get("in_reply_to_id")) != parent:
        return False
    if not outgoing.reply_to and status.get("in_reply_to_id"):
        return False
    wanted = _words(outgoing.text)
    if _words(html_to_plain(str(status.get("content") or ""))) == wanted:
        return True
    if not outgoing.reply_to and not outgoing.made_at:
        return False
    # The page shows addresses and names shorter than they were written; the source has them whole.
    number = number_of(status.get("id"))
    answer = server.ask("GET", f"/api/v1/statuses/{number}/source", also=(404, 410, 403, 422))
    return _words(str(table(answer.data).get("text") or "")) == wanted


def _words(said: str) -> str:
    """A text without the names at its start and without what white space it has."""
    said = " ".join(text.clean(said).split())
    while (found := _MENTION.match(said)) and found.end():
        said = said[found.end() :].lstrip()
    return said


def remove(server: Server, external_id: str) -> None:
    """Take our own post away; one that is gone is as it should be. Errors: GiveUp("not_ours"), Problem."""
    number = local_id(server, external_id)
    status = _status(server, number) if number else {}
    if not status:
        return
    if number_of(table(status.get("account")).get("id")) != me(server)[0]:
        raise GiveUp("not_ours")
    server.ask("DELETE", f"/api/v1/statuses/{number}", lost=Unknown, also=(404, 410))
