"""What the channels would have given for what the story says: mails, answers of Mastodon and Facebook, tables. Pure.

Times, ids and separators come from the story, so that the same story gives the same bytes.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr
from html import escape
from typing import Any
from urllib.parse import urlsplit

from torget.demo import pictures, town
from torget.demo.happenings import Posted, Said
from torget.demo.hours import ZONE
from torget.demo.people import PEOPLE
from torget.demo.texts.kinds import Picture
from torget.demo.texts.posts import PICTURES

SHOWN: Mapping[str, Picture] = {picture.key: picture for picture in PICTURES}
_SERVER = urlsplit("https://" + town.MASTODON.partition("@")[2]).netloc
_PAGE = {"id": town.FACEBOOK_PAGE, "name": town.NAME}

Answer = dict[str, Any]


def files_of(said: Said) -> list[tuple[str, str, bytes]]:
    """The attachments as files: name, media type, bytes."""
    return [(SHOWN[key].filename, SHOWN[key].media_type, pictures.draw(SHOWN[key])) for key in said.attachments]


def _json(answer: object) -> bytes:
    return json.dumps(answer, ensure_ascii=False, indent=1).encode()


# ---- mail -----------------------------------------------------------------------------------------------------------


def mail(said: Said, thread: list[Said], received: datetime) -> bytes:
    """The mail as our server took it at `received`; `thread` holds the mails that it follows, oldest first."""
    person = PEOPLE.get(said.person)
    letter = EmailMessage()
    letter["Received"] = f"from post.exempel.se by mx.ekevik.example; {format_datetime(received.astimezone(ZONE))}"
    letter["From"] = formataddr((person.name, person.mail)) if person else "anonym@exempel.se"
    letter["To"] = formataddr((town.NAME, town.MAIL))
    letter["Subject"] = said.subject
    letter["Date"] = format_datetime(said.at.astimezone(ZONE))
    letter["Message-ID"] = said.external_id
    letter["Content-Language"] = said.language
    if thread:
        letter["In-Reply-To"] = thread[-1].external_id
        letter["References"] = " ".join(one.external_id for one in thread)
    letter.set_content(said.text + (f"\n\n{said.quoted}" if said.quoted else "") + "\n")
    for filename, media_type, body in files_of(said):
        kind, _, form = media_type.partition("/")
        letter.add_attachment(body, maintype=kind, subtype=form, filename=filename)
    if letter.is_multipart():
        letter.set_boundary(f"=_ekevik_{said.key}")
    return letter.as_bytes(policy=SMTP)


# ---- Mastodon -------------------------------------------------------------------------------------------------------


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _account(slug: str, name: str, number: str) -> Answer:
    return {
        "id": number,
        "username": slug,
        "acct": slug,
        "display_name": name,
        "url": f"https://{_SERVER}/@{slug}",
        "uri": f"https://{_SERVER}/users/{slug}",
        "locked": False,
        "bot": False,
    }


def _status(slug: str, name: str, serial: str, text: str, at: datetime) -> Answer:
    """A status with the fields that a server always gives."""
    paragraphs = (escape(part, quote=False).replace("\n", "<br />") for part in text.split("\n\n"))
    return {
        "id": serial,
        "uri": f"https://{_SERVER}/users/{slug}/statuses/{serial}",
        "url": f"https://{_SERVER}/@{slug}/{serial}",
        "created_at": _stamp(at),
        "edited_at": None,
        "in_reply_to_id": None,
        "in_reply_to_account_id": None,
        "visibility": "public",
        "language": "sv",
        "sensitive": False,
        "spoiler_text": "",
        "content": "".join(f"<p>{part}</p>" for part in paragraphs),
        "reblog": None,
        "account": _account(slug, name, serial[-6:]),
        "media_attachments": [],
        "mentions": [],
        "tags": [],
        "emojis": [],
        "card": None,
        "poll": None,
    }


def _said_status(said: Said, parent: str, text: str, edited_at: datetime | None) -> Answer:
    person = PEOPLE[said.person]
    serial = said.external_id.rpartition("/")[2]
    status = _status(person.slug, person.name, serial, text, said.at)
    ours = town.MASTODON.partition("@")[0]
    return status | {
        "account": _account(person.slug, person.name, f"1000{person.number:04d}"),
        "edited_at": _stamp(edited_at) if edited_at else None,
        "in_reply_to_id": parent or None,
        "visibility": "private" if said.visibility == "followers" else said.visibility,
        "language": said.language,
        "mentions": [{"id": "1", "username": ours, "acct": ours, "url": f"https://{_SERVER}/@{ours}"}],
        "media_attachments": [
            {
                "id": f"{serial}{number}",
                "type": "image",
                "url": f"https://{_SERVER}/media/{serial}/{SHOWN[key].filename}",
                "description": SHOWN[key].shows,
            }
            for number, key in enumerate(said.attachments, start=1)
        ],
    }


def mastodon(
    said: Said, *, parent: Said | None, post: Posted | None, text: str = "", edited_at: datetime | None = None
) -> bytes:
    """A page of notifications; below a post of ours the answer for that post's thread instead, which holds the post."""
    words = text or said.text
    if post and not edited_at:
        slug, _, serial = urlsplit(post.url).path.strip("/@").partition("/")
        above = _status(slug, town.NAME, serial, post.text, post.at)
        return _json({"ancestors": [above], "descendants": [_said_status(said, serial, words, None)]})
    above_id = parent.external_id.rpartition("/")[2] if parent else post.url.rpartition("/")[2] if post else ""
    status = _said_status(said, above_id, words, edited_at)
    kind, at = ("update", edited_at) if edited_at else ("mention", said.at)
    notice = {"id": f"9{status['id'][-6:]}", "type": kind, "created_at": _stamp(at), "account": status["account"]}
    return _json([notice | {"status": status}])


# ---- Facebook -------------------------------------------------------------------------------------------------------


def _graph_time(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")


def facebook(said: Said, *, post: Posted | None) -> bytes:
    """A comment with the post that it stands under, a post on our wall, or a conversation."""
    person = PEOPLE[said.person]
    node: Answer = {
        "id": said.external_id,
        "message": said.text,
        "created_time": _graph_time(said.at),
        "from": {"id": person.facebook_id, "name": person.name},
    }
    serial = said.external_id.rpartition("_")[2]
    if said.visibility == "direct":
        talk = {"id": f"t_{serial}", "messages": {"data": [node | {"to": {"data": [_PAGE]}}]}}
        return _json({"data": [talk]})
    if said.attachments:
        shown = SHOWN[said.attachments[0]]
        address = f"https://facebook.example/photo?fbid={serial}"
        node["attachment"] = {"type": "photo", "title": shown.shows, "url": address}
    if post is None:
        wall = node | {"permalink_url": f"https://facebook.example/ekevik/posts/{serial}"}
        return _json(
            {"data": [wall], "paging": {"previous": f"https://graph.example/{town.FACEBOOK_PAGE}/feed?since=1"}}
        )
    comment = node | {"permalink_url": f"{post.url}?comment_id={serial}", "comment_count": 0}
    above = {
        "id": f"{town.FACEBOOK_PAGE}_{post.url.rpartition('/')[2]}",
        "message": post.text,
        "created_time": _graph_time(post.at),
        "from": _PAGE,
        "permalink_url": post.url,
    }
    return _json(above | {"comments": {"data": [comment]}})


def facebook_removed(said: Said, at: datetime) -> bytes:
    """The webhook body that tells that a post or comment is gone."""
    item, name = ("comment", "comment_id") if said.context else ("status", "post_id")
    value = {"item": item, "verb": "remove", name: said.external_id, "created_time": int(at.timestamp())}
    change = {"field": "feed", "value": value}
    return _json(
        {"object": "page", "entry": [{"id": town.FACEBOOK_PAGE, "time": int(at.timestamp()), "changes": [change]}]}
    )


# ---- tables ---------------------------------------------------------------------------------------------------------


def table(said: Said) -> bytes:
    """A note of the contact centre as its system exports it: a CSV file with a header row."""
    file = io.StringIO(newline="")
    rows = csv.writer(file, delimiter=";")
    rows.writerow(["Löpnummer", "Inkommet", "Ämne", "Text"])
    rows.writerow([said.external_id, said.at.astimezone(ZONE).isoformat(), said.subject, said.text])
    return file.getvalue().encode("utf-8-sig")


def line(said: Said) -> bytes:
    """A report of the fault reporting app as a JSON line. The app keeps its pictures: only the address comes along."""
    told: Answer = {
        "id": said.external_id,
        "subject": said.subject,
        "message": said.text,
        "created_at": said.at.isoformat(),
        "url": f"https://felanmalan.ekevik.example/{said.external_id}",
        "pictures": [SHOWN[key].filename for key in said.attachments],
    }
    return json.dumps(told, ensure_ascii=False).encode() + b"\n"
