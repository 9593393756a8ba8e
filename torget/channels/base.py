"""What every channel takes and gives: a delivery as it came, and the items that were found in it.

All text in items is NFC without control characters or lone surrogates and has a length cap (the delivery keeps
everything); all times are aware UTC.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol, TypeVar

T = TypeVar("T")


class Visibility(StrEnum):
    """Who could see the message where it was written. None of it is shown to all by itself, PUBLIC no more than the rest."""

    PUBLIC = "public"
    UNLISTED = "unlisted"
    FOLLOWERS = "followers"
    DIRECT = "direct"


@dataclass(frozen=True, slots=True)
class Raw:
    """One delivery as it came: an answer of a service, a mail, a file. `source` is "name" or "name#3".

    `key` (at most 80 signs) names a live delivery within its account, so that it is stored once: "" where the hash of
    its bytes is its name. `verdict` says how far its sender was proved: file, tls, signed, unsigned.
    """

    body: bytes
    source: str
    media_type: str = "application/octet-stream"
    method: str = "GET"
    url: str = ""
    key: str = ""
    verdict: str = "file"


@dataclass(frozen=True, slots=True)
class Sender:
    """Who wrote: `address` is unique within the channel (account, e-mail in lower case, id), "" when unknown."""

    address: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class File:
    """An attachment: its media type is only what the sender claimed; the file name holds no path."""

    filename: str
    media_type: str
    body: bytes
    inline: bool = False


@dataclass(frozen=True, slots=True)
class Context:
    """The post that a comment or reply belongs to. `text` is "" when only its id or address is known."""

    external_id: str
    text: str
    url: str = ""
    author: str = ""
    posted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message from somebody: `text` is for reading (quotes and signature cut off), `whole` is all of it.

    `thread` holds external ids of older messages, nearest last; it and `in_reply_to` may name an alias.
    `aliases` are other ids of this very message. `body_hash` (hex, mail only) tells two different mails with one
    Message-ID apart.
    """

    external_id: str
    sender: Sender
    text: str
    whole: str
    subject: str = ""
    sent_at: datetime | None = None
    edited_at: datetime | None = None
    visibility: Visibility = Visibility.PUBLIC
    in_reply_to: str = ""
    thread: tuple[str, ...] = ()
    context: Context | None = None
    files: tuple[File, ...] = ()
    url: str = ""
    language: str = ""
    automatic: bool = False
    aliases: tuple[str, ...] = ()
    body_hash: str = ""
    # The receiving server's own judgement, mail only: "pass", "fail", "none", as in its Authentication-Results header.
    authenticated: str = ""
    # The channel or the receiving server calls it spam: kept as trivial, in a queue of its own.
    spam: bool = False
    # A content warning or spoiler that the sender put before the text.
    warning: str = ""
    # Mail only: an automatic answer may go to the sender (RFC 3834, mailreports.may_acknowledge).
    acknowledgeable: bool = False


@dataclass(frozen=True, slots=True)
class Deleted:
    """The source says that a message is gone; `external_id` may be an alias."""

    external_id: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """A message about an answer of ours that has left: `concerns` are names it may go by (Message-ID, remote id).

    `outcome` is bounced (it never came), delayed (the server still tries) or away (an automatic answer).
    """

    concerns: tuple[str, ...]
    outcome: str
    reason: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Ignored:
    """Understood, and no message to us. `reason` is a key of REASONS."""

    reason: str
    external_id: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Broken:
    """Not understood: goes to quarantine. `reason` is a key of FAULTS; `detail` holds no personal data."""

    reason: str
    detail: str = ""


Item = Incoming | Deleted | Report | Ignored | Broken

# Why something is no message to us.
REASONS: dict[str, str] = {
    "boost": "somebody spread a post",
    "context": "a post given only so that others can be understood",
    "empty_answer": "the answer holds nothing",
    "error_answer": "the service answered with an error; detail is its code",
    "favourite": "a like, favourite or reaction",
    "follow": "somebody follows us or asks to",
    "hidden": "a comment was hidden or shown again at the source",
    "history": "older versions of a post",
    "notice_only": "tells that something is there, without its text; it has to be fetched",
    "notification": "another kind of notification; detail is its kind",
    "not_a_message": "accounts, settings, pictures, figures and the like; detail is the kind where known",
    "own_post": "written by our own account",
    "picture": "a picture, or the address of one",
    "poll": "a poll has ended",
    "report": "a delivery report about an answer of ours",
    "report_of_unknown": "a delivery report about a mail that is not ours",
    "receipt": "delivered, read or typing",
    "scheduled": "a post that is not out yet",
    "source": "the editable source of a post",
    "subscribed_post": "a new post by an account that we follow",
    "token": "a key or token",  # nosec B105  # a name or a sentence, no password
    "web_page": "a page for people, not an answer",
}

# Why something could not be understood.
FAULTS: dict[str, str] = {
    "bad_row": "a row could not be read; detail is its number",
    "no_header": "the first row names no column that we know",
    "no_id": "a message without any identity",
    "no_text": "a message whose text is missing",
    "not_a_mail": "no mail header in it",
    "not_json": "not JSON, or cut off",
    "outlook_msg": "Outlook's own file format; save it as .eml instead",
    "too_large": "larger than the channel takes",
    "too_many_parts": "a mail of more parts than the channel takes",
    "unreadable": "reading failed; detail is the kind of failure",
}


class Channel(Protocol):
    """A way in. Neither method ever raises: what is not understood is Broken."""

    @property
    def name(self) -> str:
        """The key in the registry and on the command line."""

    @property
    def label(self) -> str:
        """What people call it, in the language in use."""

    @property
    def mark(self) -> str:
        """One or two letters for tight places."""

    @property
    def default_visibility(self) -> Visibility:
        """What holds when the source says nothing."""

    def split(self, body: bytes, source: str) -> Iterator[Raw]:
        """Fetch from a file: take it apart into deliveries without reading them."""

    def read(self, raw: Raw, *, own: str) -> list[Item]:
        """Parse one delivery; `own` is our account's handle, address or page id, "" when unknown."""


def failed(error: Exception) -> Broken:
    """A failure as an item: only the class name, since the text of an error may quote the message."""
    return Broken("unreadable", type(error).__name__)


def gather(read: Callable[[T], Iterable[Item]], parts: Iterable[T]) -> list[Item]:
    """Read each part by itself, so that one bad part never takes the others with it."""
    found: list[Item] = []
    for part in parts:
        try:
            found.extend(read(part))
        except Exception as error:
            found.append(failed(error))
    return found
