"""E-mail: .eml, bare RFC 5322 files and mbox. Read leniently: a mail is broken in some way more often than not.

Parsed with the standard library's oldest policy and our own decoding, since the newer header objects raise on
malformed mail and take quadratic time on long address lists.
"""

import hashlib
import re
from collections.abc import Iterator
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32
from typing import Any

from django.utils.translation import gettext

from torget.channels import mailtext, text
from torget.channels.base import Broken, Ignored, Incoming, Item, Raw, Sender, Visibility, gather
from torget.channels.mailparts import Parts, TooMany, collect
from torget.channels.markup import QUOTE_STARTS
from torget.channels.quotes import reply

LARGEST = 120_000_000
_PIECE = 1_000_000

# The line that an mbox puts before each mail: sender and time, then the first header.
_FROM_LINE = re.compile(rb"From [^\r\n]{0,200}\d\d:\d\d[^\r\n]{0,60}\r?\n(?=[!-9;-~]+:)")
_HEADER_LINE = re.compile(
    rb"(?im)^(?:from|to|cc|subject|date|received|message-id|return-path|mime-version|content-type|delivered-to|sender|"
    rb"reply-to|in-reply-to|references|x-[!-9;-~]+|content-[!-9;-~]+|dkim-signature|authentication-results|list-[a-z]+|"
    rb"resent-[a-z]+|envelope-to|status|user-agent|importance|precedence|organization|thread-topic)[ \t]*:"
)
_OLD_COLON = re.compile(rb"(?m)^([!-9;-~]{1,70})[ \t]+:")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_BULK = {"bulk", "list", "junk", "auto_reply"}


class Mail:
    """The channel; see the module."""

    name = "mail"
    mark = "E"
    default_visibility = Visibility.DIRECT

    @property
    def label(self) -> str:
        """What people call it."""
        return gettext("E-post")

    def split(self, body: bytes, source: str) -> Iterator[Raw]:
        """An mbox is one delivery for each mail; anything else is one."""
        starts = _starts(body)
        if len(starts) < 2:
            yield Raw(body=body, source=source, media_type="message/rfc822")
            return
        for number, (start, end) in enumerate(zip(starts, [*starts[1:], len(body)], strict=True), start=1):
            yield Raw(
                body=body[start:end].rstrip(b"\r\n") + b"\n", source=f"{source}#{number}", media_type="message/rfc822"
            )

    def read(self, raw: Raw, *, own: str) -> list[Item]:
        """One mail; `own` is our own address."""
        return gather(lambda one: [_mail(one, own)], [raw])


def _starts(body: bytes) -> list[int]:
    """Where the mails of an mbox begin. A file that does not begin with such a line is no mbox."""
    if not body.startswith(b"From "):
        return []
    found = [m.start() for m in _FROM_LINE.finditer(body) if _after_blank(body, m.start())]
    return found if found and found[0] == 0 else []


def _after_blank(body: bytes, at: int) -> bool:
    return at == 0 or body[max(0, at - 4) : at].replace(b"\r", b"").endswith(b"\n\n")


def _mail(raw: Raw, own: str) -> Item:
    if len(raw.body) > LARGEST:
        return Broken("too_large", f"{len(raw.body)} bytes")
    if raw.body.startswith(_OLE):
        return Broken("outlook_msg")
    body = _from_first_header(raw.body)
    if not body.strip(b"\r\n \t\x00"):
        return Ignored("empty_answer")
    if not _has_header(body):
        return Broken("not_a_mail", f"{len(body)} bytes")
    message = BytesParser(policy=compat32).parsebytes(body)
    head = _Head(message)
    digest = _digest(head, body)
    key = (head.ids("Message-ID") or [f"sha256:{digest}"])[0]
    writer = _writer(head)
    if own and writer.address == mailtext.sender(own).address:
        return Ignored("own_post", key)
    try:
        parts = collect(message)
    except TooMany as error:
        return Broken("too_many_parts", str(error))
    return _incoming(head, parts, key, digest, writer)


def _incoming(head: "_Head", parts: Parts, key: str, digest: str, writer: Sender) -> Incoming:
    references = head.ids("References")[-100:]
    answered = head.ids("In-Reply-To")
    parent = (answered or references[-1:] or [""])[0]
    thread = tuple(dict.fromkeys([one for one in references if one != parent] + ([parent] if parent else [])))
    languages = head.get("Content-Language").replace(",", " ").split()
    plain = text.clean(parts.text, text.WHOLE)
    return Incoming(
        external_id=key,
        sender=writer,
        text=text.clean(reply(plain[: 2 * text.TEXT])),
        whole=re.sub(f"{QUOTE_STARTS}\n?", "", plain),
        subject=text.line(mailtext.words(head.get("Subject")), text.SUBJECT),
        sent_at=mailtext.date(head.get("Date")) or _received(head),
        visibility=Visibility.DIRECT,
        in_reply_to=parent,
        thread=thread,
        files=tuple(parts.files),
        language=text.line(languages[0], 20) if languages else "",
        automatic=_automatic(head, parts),
        body_hash=digest,
    )


class _Head:
    """Headers as text: any access to them may raise, and then the header is simply not there."""

    def __init__(self, message: "Message[Any, Any]") -> None:
        self._pairs: list[tuple[str, str]] = []
        for name, value in message.raw_items():
            self._pairs.append((str(name).strip().lower(), str(value)))
        self.kind = message.get_content_type()

    def all(self, name: str) -> list[str]:
        """Every header of that name, in order."""
        return [value for key, value in self._pairs if key == name.lower()]

    def get(self, name: str) -> str:
        """The first header of that name with something in it, "" when there is none."""
        return next((mailtext.unfold(value) for value in self.all(name) if value.strip()), "")

    def ids(self, name: str) -> list[str]:
        """The message ids in a header."""
        return mailtext.ids(self.get(name))


def _from_first_header(body: bytes) -> bytes:
    """Without byte order mark, blank lines and the mbox line in front; without a few lines of noise above the header."""
    body = body.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n \t\x00")
    if re.match(rb">?From (?![ \t]*:)", body):
        body = body.partition(b"\n")[2]
    first = _HEADER_LINE.search(body[:2_000])
    if first and first.start() and b"\n\n" not in body[: first.start()].replace(b"\r", b""):
        above = body[: first.start()]
        if above.count(b"\n") <= 3 and not re.match(rb"[!-9;-~]+:", body):
            body = body[first.start() :]
    # The old syntax allows space before the colon, which the parser does not know (RFC 5322, 4.5).
    end = _header_end(body)
    if _OLD_COLON.search(body, 0, end):
        body = _OLD_COLON.sub(rb"\1:", body[:end]) + body[end:]
    return body


def _header_end(body: bytes) -> int:
    """Where the first blank line is."""
    found = re.compile(rb"\n\r?\n").search(body)
    return found.start() if found else len(body)


def _has_header(body: bytes) -> bool:
    head = re.split(rb"\r?\n\r?\n", body[:65_536], maxsplit=1)[0]
    return bool(re.match(rb"[!-9;-~]+[ \t]*:", head)) and bool(_HEADER_LINE.search(head))


def _digest(head: _Head, body: bytes) -> str:
    """A hash of what the sender made: not of the transport headers, which differ each time a mail is delivered."""
    told = "\n".join(head.get(name) for name in ("From", "To", "Subject", "Date"))
    found = hashlib.sha256(told.encode("utf-8", "replace") + b"\n\n")
    # By pieces: a mail can be large, and line ends differ between a file and a server.
    start, end = _header_end(body), len(body)
    while end > start and body[end - 1] in b"\r\n":
        end -= 1
    while start < end and body[start] in b"\r\n":
        start += 1
    for at in range(start, end, _PIECE):
        found.update(body[at : min(at + _PIECE, end)].replace(b"\r", b""))
    return found.hexdigest()


def _writer(head: _Head) -> Sender:
    name = ""
    for header in ("From", "Sender", "Reply-To", "Return-Path"):
        found = mailtext.sender(head.get(header))
        name = name or found.name
        if found.address:
            return Sender(found.address, name)
    return Sender("", name)


def _received(head: _Head) -> Any:
    """When the last server took it, for a mail whose own date cannot be read."""
    dates = (mailtext.date(value.rpartition(";")[2]) for value in head.all("Received")[:5])
    return next((found for found in dates if found), None)


def _automatic(head: _Head, parts: Parts) -> bool:
    """Auto-replies, lists and bounces (RFC 3834): never to be answered by machine."""
    submitted = head.get("Auto-Submitted").split(";")[0].strip().lower()
    null_path = any(value.strip() in ("<>", "MAILER-DAEMON") for value in head.all("Return-Path"))
    writer = _writer(head).address.partition("@")[0]
    return (
        submitted not in ("", "no")
        or head.get("Precedence").strip().lower() in _BULK
        or bool(head.get("List-Id") or head.get("List-Unsubscribe") or head.get("X-Autoreply"))
        or bool(head.get("X-Auto-Response-Suppress") and "oof" in head.get("Subject").lower())
        or null_path
        or writer in ("mailer-daemon", "postmaster")
        or head.kind == "multipart/report"
        or parts.report
    )
