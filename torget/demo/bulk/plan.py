"""What happens in the town's past: pure, the same for the same seed, in chapters that hang on nothing outside themselves."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
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


@dataclass(frozen=True, slots=True)
class Came:
    """A message comes. `body` is its text without what is added at its end."""

    at: datetime
    channel: str
    incoming: Incoming
    body: str


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


Event = Came | Answered | Closed


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
        left -= sum(not isinstance(event, Closed) for event in thread)
        events += thread
    # sorted() is stable: what happens to a message never comes before it.
    return sorted(events, key=lambda event: event.at)


def _thread(at: datetime, until: datetime, rng: random.Random, name: str, people: int, room: int) -> list[Event]:
    """A message and what becomes of it, no later than `until` and of at most `room` messages."""
    subject = rng.choice(SUBJECTS)
    ask, channel = rng.choice(subject.asks), rng.choice(CHANNELS)
    person = rng.randrange(people)
    events: list[Event] = [_came(at, channel, name, subject, ask, person, rng)]
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
    direct = channel in ("mail", "web")
    incoming = Incoming(
        external_id=name,
        sender=Sender(_address(channel, person), words) if channel != "web" else Sender(),
        text=text,
        whole=text,
        subject=subject.title if direct else "",
        sent_at=at - timedelta(seconds=person % 40),
        visibility=Visibility.DIRECT if direct else Visibility.PUBLIC,
        in_reply_to=parent,
    )
    return Came(at, channel, incoming, body)


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
