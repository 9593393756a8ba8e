"""What can happen in the demo month, as values: a story is a list of these, ordered by time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Event:
    """Something at a moment (aware, UTC). `key` names a message, that of a `Said`, `Delivered` or `Posted`."""

    at: datetime
    key: str


@dataclass(frozen=True, slots=True)
class Said(Event):
    """Somebody writes to the municipality.

    `person` is a key in `people.PEOPLE`, or "" for someone who leaves no name. `topic` is the short subject that staff
    would give it; `subject` is what the sender wrote ("" where the channel has none). `authority`, `state` and `reason`
    are the hint of where it belongs and how it is kept. `thread` is the key of the first message of the conversation
    (None when this is the first), `reply_to` the key of the message or answered message that it follows, `context` the
    key of the post it stands under. `quoted` is the tail of quoted text that a mail carries after `text`.
    """

    channel: str
    person: str
    subject: str
    text: str
    topic: str
    authority: str
    state: str
    reason: str
    thread: str | None = None
    reply_to: str | None = None
    context: str | None = None
    attachments: tuple[str, ...] = ()
    visibility: str = "direct"
    external_id: str = ""
    quoted: str = ""
    language: str = "sv"
    answer_by_mail: bool = False


@dataclass(frozen=True, slots=True)
class Delivered(Event):
    """A delivery that is no message: `expect` is quarantined or ignored."""

    channel: str
    body: bytes
    filename: str
    expect: str


@dataclass(frozen=True, slots=True)
class Posted(Event):
    """A post of our own goes up in a channel (context for the comments under it)."""

    channel: str
    text: str
    url: str


@dataclass(frozen=True, slots=True)
class Repeated(Event):
    """The channel delivers the same message once more; nothing may change."""


@dataclass(frozen=True, slots=True)
class Edited(Event):
    """The sender changes the text at the source; `text` is the whole of the new wording."""

    text: str


@dataclass(frozen=True, slots=True)
class Deleted(Event):
    """The sender takes the message away at the source."""


@dataclass(frozen=True, slots=True)
class Took(Event):
    """A member of staff takes the conversation of the message."""

    by: str


@dataclass(frozen=True, slots=True)
class Noted(Event):
    """An internal note; `by` may be an expert."""

    by: str
    text: str


@dataclass(frozen=True, slots=True)
class Drafted(Event):
    """A draft is kept and not sent."""

    by: str
    text: str


@dataclass(frozen=True, slots=True)
class Waited(Event):
    """The conversation is put to wait, for `reason`."""

    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Answered(Event):
    """The answer is approved and goes out as far as the channel has a way."""

    by: str
    text: str


@dataclass(frozen=True, slots=True)
class Confirmed(Event):
    """Staff confirm how the message is kept. `case` is the subject of a running case, or "" for one of its own."""

    by: str
    state: str
    reason: str
    subject: str
    authority: str
    case: str = ""


@dataclass(frozen=True, slots=True)
class MarkedSecret(Event):
    """A secrecy mark (OSL 5 kap. 5 §): the provision and the authority that makes the mark."""

    by: str
    provision: str
    reason: str
    authority: str


@dataclass(frozen=True, slots=True)
class Published(Event):
    """The conversation is published on purpose, sender masked."""

    by: str


@dataclass(frozen=True, slots=True)
class Helped(Event):
    """The sender says on the receipt whether the answer helped: yes, partly or no; `thanks` may be empty."""

    helped: str
    thanks: str


@dataclass(frozen=True, slots=True)
class Closed(Event):
    """The conversation is closed without an answer, for `reason`."""

    by: str
    reason: str
