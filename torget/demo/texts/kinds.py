"""The shapes that the texts have: a way of asking, a subject with its answers, a post of our own, a picture."""

from __future__ import annotations

from dataclasses import dataclass

# Reasons that staff give when they confirm how a message is kept (OSL 5 kap. 1 §). Shown in the desk, in Swedish.
QUESTION = "Vanlig fråga. Den tillför inget ärende och kan hållas ordnad."
REQUEST = "Ber oss göra något. Registreras."
VIEW = "Synpunkt som kan få betydelse i ett ärende. Registreras."
CASE = "Rör ett ärende hos en myndighet. Registreras."
DISCLOSURE = "Begäran om allmän handling. Registreras och lämnas skyndsamt."
TRIVIAL = "Tack eller utrop utan fråga. Uppenbart ringa betydelse, gallras enligt beslut."


@dataclass(frozen=True, slots=True)
class Ask:
    """One way of wording a message. `fits` is the group of answers that answers it.

    `where` holds the letters of the channels it may come by: W web, E mail, M Mastodon, F Facebook, C csv (a note that
    the contact centre typed during a call), J jsonl (the fault reporting app). Empty means W, E, M or F.
    """

    text: str
    fits: int = 0
    where: str = ""
    pictures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Subject:
    """Something that people write about, `times` times in the month, and the groups of answers that fit.

    `state` is registered, ordered or trivial; no answers means that the messages are closed without one.
    """

    title: str
    authority: str
    state: str
    reason: str
    times: int
    asks: tuple[Ask, ...]
    answers: tuple[tuple[str, ...], ...] = ()
    note: str = ""
    note_by: str = ""


def single(title: str, authority: str, state: str, reason: str, ask: Ask, answer: str = "") -> Subject:
    """A subject that comes up once."""
    return Subject(title, authority, state, reason, 1, (ask,), ((answer,),) if answer else ())


@dataclass(frozen=True, slots=True)
class Post:
    """A post of the municipality's own, under which people comment. `at` is local time, "2026-11-10 09.02"."""

    key: str
    channel: str
    at: str
    text: str
    url: str


@dataclass(frozen=True, slots=True)
class Picture:
    """An attachment that the builder draws: what it shows, in words (also the text alternative)."""

    key: str
    filename: str
    media_type: str
    shows: str
