"""E-mail: .eml, bare RFC 5322 files and mbox. Read leniently: a mail is broken in some way more often than not.

Parsed with the standard library's oldest policy and our own decoding, since the newer header objects raise on
malformed mail and take quadratic time on long address lists.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import replace
from email.parser import BytesParser
from email.policy import compat32
from typing import Any
from urllib.parse import parse_qs

from django.utils.translation import gettext

from torget.channels import charsets, mailreports, mailtext, mailverdict, text
from torget.channels.base import Broken, Ignored, Incoming, Item, Raw, Sender, Visibility, gather
from torget.channels.mailhead import Head, head_of
from torget.channels.mailparts import Mime, Parts, TooMany, collect
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
_MARKED_FROM = re.compile(rb"(?m)^>(>*From )")
_OLD_COLON = re.compile(rb"(?m)^([!-9;-~]{1,70})[ \t]+:")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


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
        """One mail, after what it reports on mails of ours; `own` is our own address."""
        return gather(lambda one: _mail(one, own), [raw])


def _starts(body: bytes) -> list[int]:
    """Where the mails of an mbox begin. A file that does not begin with such a line is no mbox."""
    if not body.startswith(b"From "):
        return []
    found = [m.start() for m in _FROM_LINE.finditer(body) if _after_blank(body, m.start())]
    return found if found and found[0] == 0 else []


def _after_blank(body: bytes, at: int) -> bool:
    return at == 0 or body[max(0, at - 4) : at].replace(b"\r", b"").endswith(b"\n\n")


def _mail(raw: Raw, own: str) -> list[Item]:
    told = _told(raw.url)
    if fault := _fault(raw, told):
        return [fault]
    body = _from_first_header(raw.body)
    if not body.strip(b"\r\n \t\x00"):
        return [Ignored("empty_answer")]
    if not _has_header(body):
        return [Broken("not_a_mail", f"{len(body)} bytes")]
    message = _parsed(body)
    head = head_of(message)
    digest = _digest(head, body)
    key = (head.ids("Message-ID") or [f"sha256:{digest}"])[0]
    mine = mailtext.sender(own).address if own else ""
    writer = _writer(head, mine)
    if mine and writer.address == mine:
        return [Ignored("own_post", key)]
    why = mailreports.why_automatic(head, writer=writer.address)
    if mailreports.is_receipt(message, head, why=why):
        return [Ignored("receipt", key)]
    try:
        parts = collect(message)
    except TooMany as error:
        return [Broken("too_many_parts", str(error))]
    found = mailreports.reports(message, head, why=why, words=parts.text)
    incoming = _incoming(head, parts, key, digest, writer)
    return [
        *found,
        replace(
            incoming,
            automatic=bool(why),
            acknowledgeable=mailreports.may_acknowledge(head, why=why, writer=writer.address, own=mine),
            # A report that names its mail only inside itself still belongs to that mail's conversation.
            in_reply_to=incoming.in_reply_to or (found[0].concerns[0] if found else ""),
            authenticated=mailverdict.authenticated(head, told.get("authserv", "")),
            spam="junk" in told or mailverdict.is_spam(head),
        ),
    ]


def _parsed(body: bytes) -> Mime:
    """The mail in its parts; in one piece where the library stumbles over the name of a boundary."""
    try:
        return BytesParser(policy=compat32).parsebytes(body)
    except ValueError:
        return BytesParser(policy=compat32).parsebytes(body, headersonly=True)


def _told(url: str) -> dict[str, str]:
    """What the fetching side says of a mail, after the "#" of its address: authserv, junk, size, unfetched."""
    said = parse_qs(url.partition("#")[2], keep_blank_values=True) if url.startswith("imap") else {}
    return {name: values[-1] for name, values in said.items()}


def _fault(raw: Raw, told: dict[str, str]) -> Broken | None:
    """Why the bytes are not to be read, before anything is."""
    if "size" in told:
        return Broken("too_large", f"{text.line(told['size'], 20)} bytes")
    if "unfetched" in told:
        return Broken("unreadable", "not handed out by the server")
    if len(raw.body) > LARGEST:
        return Broken("too_large", f"{len(raw.body)} bytes")
    return Broken("outlook_msg") if raw.body.startswith(_OLE) else None


def _incoming(head: Head, parts: Parts, key: str, digest: str, writer: Sender) -> Incoming:
    thread = head.answered()
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
        in_reply_to=thread[-1] if thread else "",
        thread=thread,
        files=tuple(parts.files),
        language=text.line(languages[0], 20) if languages else "",
        body_hash=digest,
    )


def _from_first_header(body: bytes) -> bytes:
    """Without byte order mark, blank lines and the mbox line in front; without a few lines of noise above the header."""
    if charsets.marked(body).startswith("utf-16"):
        # As a text editor saves what is copied into it.
        body = charsets.decode(body).encode("utf-8", "replace")
    body = body.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n \t\x00")
    if re.match(rb">?From (?![ \t]*:)", body):
        # An mbox puts a mark before each line that looks like its own; without it the line is the writer's, no quote.
        body = _MARKED_FROM.sub(rb"\1", body.partition(b"\n")[2])
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


def _digest(head: Head, body: bytes) -> str:
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


def _writer(head: Head, mine: str) -> Sender:
    """Who wrote. A form on a web page writes in the name of ourselves or of nobody, and tells the person in Reply-To."""
    person = head.sender("Reply-To")
    name = ""
    for header in ("From", "Sender", "Reply-To", "Return-Path"):
        found = head.sender(header)
        name = name or found.name
        if found.address:
            by_machine = found.address == mine or mailreports.is_machine(found.address)
            if by_machine and person.address not in ("", mine) and not mailreports.is_machine(person.address):
                return person
            return Sender(found.address, name)
    return Sender("", name)


def _received(head: Head) -> Any:
    """When the last server took it, for a mail whose own date cannot be read."""
    dates = (mailtext.date(value.rpartition(";")[2]) for value in head.all("Received")[:5])
    return next((found for found in dates if found), None)
