"""What happens in the town's past: pure, the same for the same seed, in chapters that hang on nothing outside themselves."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import count as numbers

from torget.channels.base import Incoming, Sender, Visibility
from torget.demo import arrivals
from torget.demo.texts.kinds import Ask, Subject

CHANNELS = ("mail", "mail", "mail", "web", "web", "facebook", "facebook", "mastodon")
STREETS = tuple(
    f"{first}{last}"
    for first in "Björk Ek Asp Lind Rönn Hamn Kyrk Skol Sjö Berg Ängs Kvarn Smed Lärk Tall Gran Hassel Bäck Åker Strand".split()
    for last in ("vägen", "gatan", "stigen", "backen", "gränd")
)
FIRST = "Ada Bo Cia Dag Elsa Finn Greta Hugo Ida Jon Kim Lo Maja Nils Olga Per Rut Sten Tea Ulf Vera Åke Ängla Östen".split()
LAST = "Exempel Påhittad Testsson Provlund Låtsas Sagoberg Lekström Fantasson Diktberg Övningsson".split()
# What people add, none of it a question or a sign of anything: the rules judge the message without it (`writing.Judge`).
ADDED = (
    "Jag har bott här i tolv år och det brukade vara bättre", "Grannarna säger samma sak som jag",
    "Barnen cyklar förbi varje morgon", "Vi är flera familjer i kvarteret som har pratat om det",
    "Förra våren blev det ordnat på en vecka", "Jag ringde växeln i tisdags men kom inte fram",
    "Bilder skickar jag gärna om ni behöver dem", "Det syns bäst när det är mörkt ute",
    "Min syster i grannkommunen har det på ett annat sätt", "Busschauffören sa att fler har klagat",
    "Det märks mest på helgerna", "Föreningen hjälper gärna till med arbetet",
    "Skylten står fortfarande kvar från i somras", "Biblioteket hade ingen broschyr om det",
    "Affären på hörnet har också märkt det", "Vaktmästaren lovade att höra av sig",
    "Vi pratade om det på föräldramötet", "Pensionärerna i huset undrar likadant",
)  # fmt: skip
LEFT_OPEN, CLOSED, FOLLOWED = 0.004, 0.12, 0.18
"""Of the conversations so many wait still, so many are closed without an answer, so many have a second message."""
JUDGED, HELPED = 0.35, ("yes", "yes", "yes", "partly", "no")
"""So many of those who wrote by the form say whether the answer helped, and what they say."""
UNCONFIRMED, SHUT = 0.005, 0.7
"""Of the conversations so many have not been looked at by the registrar; of the others' cases so many are closed."""


@dataclass(frozen=True, slots=True)
class Came:
    """A message comes. `body` is its text without what is added at its end; `nonce` is there where it comes by the form."""

    at: datetime
    channel: str
    incoming: Incoming
    body: str
    nonce: str = ""


@dataclass(frozen=True, slots=True)
class Answered:
    """The conversation of a message is answered by one of the staff."""

    at: datetime
    channel: str
    to: str
    text: str
    by: int


@dataclass(frozen=True, slots=True)
class Closed:
    """The conversation of a message is closed without an answer."""

    at: datetime
    channel: str
    of: str
    by: int


@dataclass(frozen=True, slots=True)
class Judged:
    """Whoever wrote by the form says whether the answer helped: yes, partly, no."""

    at: datetime
    channel: str
    of: str
    helped: str


@dataclass(frozen=True, slots=True)
class Confirmed:
    """One of the staff confirms all records of a conversation as they were proposed, and closes their case where `shut`."""

    at: datetime
    channel: str
    of: str
    by: int
    shut: bool


Event = Came | Answered | Closed | Judged | Confirmed
SAID = (Came, Answered)
"""What is a message; the rest is done with messages that are there."""


def form_identity(nonce: str, text: str, subject: str) -> str:
    """What the own form makes of what was sent (conversations.actions.receipts.post_form): the message is named by it."""
    return sha256("\x1f".join((nonce, text, subject, "", "")).encode()).hexdigest()


def chapters(total: int, *, start: datetime, end: datetime, size: int, seed: int = 7) -> Iterator[list[Event]]:
    """The past as lists of events in order of time, `total` messages and answers in all, about `size` in each list."""
    rng, names = random.Random(seed), numbers(1)  # nosec B311  # noqa: S311  a story, not a secret
    parts = max(1, -(-total // size))
    for part in range(parts):
        share = total * (part + 1) // parts - total * part // parts
        since, until = start + (end - start) * part / parts, start + (end - start) * (part + 1) / parts
        yield _chapter(share, since, until, rng, names, people=max(50, total // 3))


def _chapter(
    share: int, since: datetime, until: datetime, rng: random.Random, names: Iterator[int], *, people: int
) -> list[Event]:
    events: list[Event] = []
    seconds, left = int((until - since).total_seconds()), share
    while left > 0:
        at = since + timedelta(seconds=rng.randrange(max(1, seconds)))
        thread = _thread(at.replace(microsecond=0), until, rng, f"tidigare-{next(names)}", people, left)
        thread += _kept(thread, until, rng)
        left -= sum(isinstance(event, SAID) for event in thread)
        events += thread
    # sorted() is stable: what happens to a message never comes before it.
    return sorted(events, key=lambda event: event.at)


def _thread(at: datetime, until: datetime, rng: random.Random, name: str, people: int, room: int) -> list[Event]:
    """A message and what becomes of it, no later than `until` and of at most `room` messages."""
    subject = rng.choice(SUBJECTS)
    ask, channel = rng.choice(subject.asks), rng.choice(CHANNELS)
    person = rng.randrange(people)
    first = _came(at, channel, name, subject, ask, person, rng)
    events: list[Event] = [first]
    name = first.incoming.external_id
    chance, by = rng.random(), rng.randrange(3)
    latest = until - timedelta(seconds=1)
    then = min(latest, at + timedelta(minutes=rng.randrange(20, 3000)))
    if not subject.answers or chance < CLOSED:
        return [*events, Closed(then, channel, name, by)]
    if chance < CLOSED + LEFT_OPEN or room < 2:
        return events
    answers = subject.answers[ask.fits]
    events.append(Answered(then, channel, name, rng.choice(answers), by))
    if channel != "web" and room > 3 and rng.random() < FOLLOWED:
        further = min(latest, then + timedelta(minutes=rng.randrange(5, 2000)))
        other = rng.choice(subject.asks)
        events.append(_came(further, channel, f"{name}-2", subject, other, person, rng, parent=name))
        events.append(
            Answered(
                min(latest, further + timedelta(hours=rng.randrange(1, 30))), channel, name, rng.choice(answers), by
            )
        )
    return events


def _kept(thread: list[Event], until: datetime, rng: random.Random) -> list[Event]:
    """What is said and done once a conversation is over: the answer is judged, the records are confirmed, the case closed."""
    first, last, latest = thread[0], thread[-1], until - timedelta(seconds=1)
    if not isinstance(first, Came) or last is first:
        return []
    name, channel, at = first.incoming.external_id, first.channel, last.at
    events: list[Event] = []
    if channel == "web" and isinstance(last, Answered) and rng.random() < JUDGED:
        at = min(latest, at + timedelta(minutes=rng.randrange(10, 4000)))
        events.append(Judged(at, channel, name, rng.choice(HELPED)))
    if rng.random() >= UNCONFIRMED:
        at = min(latest, at + timedelta(minutes=rng.randrange(60, 6000)))
        events.append(Confirmed(at, channel, name, rng.randrange(3), rng.random() < SHUT))
    return events


def _came(
    at: datetime, channel: str, name: str, subject: Subject, ask: Ask, person: int, rng: random.Random, parent: str = ""
) -> Came:
    body = ask.text
    if channel in ("mail", "web"):
        body = rng.choice(arrivals.GREETINGS[channel]) + body
    text = body
    if len(body) >= SHORT or (channel in ("mail", "web") and (len(body) >= 60 or "?" in body)):
        # A full stop, so that the two are never read as one sentence.
        ends = "" if body.rstrip().endswith((".", "!", "?")) else "."
        added = f" {rng.choice(ADDED)}." if rng.random() < 0.6 else ""
        text = f"{body}{ends} Det gäller {rng.choice(STREETS)} {rng.randrange(1, 120)}.{added}"
    words = f"{FIRST[person % len(FIRST)]} {LAST[person // len(FIRST) % len(LAST)]}"
    direct, web = channel in ("mail", "web"), channel == "web"
    incoming = Incoming(
        external_id=f"form:{form_identity(name, text, subject.title)}" if web else name,
        sender=Sender() if web else Sender(_address(channel, person), words),
        text=text,
        whole=text,
        subject=subject.title if direct else "",
        sent_at=None if web else at - timedelta(seconds=person % 40),
        visibility=Visibility.DIRECT if direct else Visibility.PUBLIC,
        in_reply_to=parent,
    )
    return Came(at, channel, incoming, body, name if web else "")


def _address(channel: str, person: int) -> str:
    return {"mail": f"person{person}@exempel.se", "mastodon": f"person{person}@exempel.social"}.get(
        channel, f"9{person:014d}"
    )


SHORT = 80
"""To a shorter post nothing is added: what it is called in the queue would hang on it, and whether it is only a thanks."""
SUBJECTS = tuple(
    subject
    for subject in (*arrivals.SUBJECTS, *arrivals.SINGLES)
    if all(not ask.pictures and not set(ask.where) & {"C", "J"} for ask in subject.asks)
)
