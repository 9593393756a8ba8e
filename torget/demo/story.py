"""The month of Ekevik as a list of events in order of time: pure, and the same for the same seed.

It runs from Monday 19 October 2026 to the morning of Friday 20 November 2026, when the demo is shown. Half of it is
told by hand (`texts/scenes_*`); the rest is drawn: who asks what, when and where, how fast it is answered and by whom.
"""

from __future__ import annotations

import math
import random
from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from statistics import NormalDist

from torget.demo import arrivals, town
from torget.demo.happenings import (
    Answered,
    Closed,
    Confirmed,
    Delivered,
    Drafted,
    Event,
    Helped,
    Noted,
    Posted,
    Published,
    Said,
    Took,
)
from torget.demo.hours import ZONE, after_lunch, at_work, later, local
from torget.demo.people import PEOPLE
from torget.demo.texts import odd, posts, scenes_changes, scenes_hard, scenes_threads, storm
from torget.demo.texts.praise import THANKS

__all__ = ["END", "NOW", "START", "events"]

START = local("2026-10-19 00.00")
NOW = local("2026-11-20 10.00")
END = NOW - timedelta(minutes=5)  # nothing happens in the last minutes, so that the demo starts at rest

UNANSWERED = 23  # of the drawn questions; two more wait by hand
PUBLISHED = {"mastodon": 9, "facebook": 9, "web": 6}  # one more is published by hand, in the storm
# Median hours to the first answer by ISO week: the desk gets better during the month.
MEDIAN_HOURS = {43: 5.2, 44: 4.9, 45: 3.6, 46: 2.8, 47: 2.5}
SPREAD = 0.8  # of the logarithm: nine of ten then have their answer within 2.8 times the median
ANSWERERS = ("amina",) * 5 + ("sten",) * 4 + ("elsa",) * 3
CASES = {
    "Hiss, resecentrum": "Samråd resecentrum Ekevik",
    "Vad kostar resecentrum": "Samråd resecentrum Ekevik",
    "Träden i Ekparken": "Samråd resecentrum Ekevik",
    "Lastcykel i garaget": "Samråd resecentrum Ekevik",
    storm.TITLE: "Länsbussarnas beslut om linje 14",
    "Snöröjning": "Vinterväghållning 2026/2027",
    "Trasig gatlykta": "Felanmälan gatubelysning 2026",
}


@dataclass(frozen=True, slots=True)
class Errand:
    """A message that was drawn, with what it takes to answer it; `fate` is answered, open or closed."""

    said: Said
    answers: tuple[str, ...]
    note: str
    note_by: str
    fate: str


def events(seed: int = 46) -> list[Event]:
    """Everything that happens in the month, ordered in time (ties: in the order they must be played)."""
    rng = random.Random(seed)  # nosec B311  # noqa: S311 - a story, not a secret
    told = _told()
    errands = _fates(arrivals.draw(rng, {event.key: event for event in told if isinstance(event, Said)}, START, END))
    luck = _luck(errands, rng)
    drawn: list[Event] = []
    handled: dict[str, list[Event]] = {}
    for errand in errands:
        steps = _handled(errand, luck[errand.said.key], rng)
        handled[errand.said.key] = steps
        drawn += [errand.said, *steps]
    drawn += _published(errands, handled, rng)
    # sorted() is stable: of two things at the same moment the one that was told first comes first.
    return _with_ids(sorted(told + drawn, key=lambda event: event.at))


def _told() -> list[Event]:
    """What is told by hand: the scenes, our own posts, and what the channels deliver that is no message."""
    scenes = (*scenes_hard.SCENES, *scenes_changes.SCENES, *scenes_threads.SCENES)
    told: list[Event] = [event for scene in scenes for event in scene]
    told += [Posted(local(post.at), post.key, post.channel, post.text, post.url) for post in posts.POSTS]
    told += [
        Delivered(local("2026-11-03 11.22"), "odd-favourite", "mastodon", odd.FAVOURITE, "favourite.json", "ignored"),
        Delivered(local("2026-11-06 03.14"), "odd-mail", "mail", odd.BROKEN_MAIL, "broken.eml", "quarantined"),
        Delivered(local("2026-11-10 09.06"), "odd-own", "mastodon", odd.OWN_POST, "own.json", "ignored"),
        Delivered(local("2026-11-11 07.13"), "odd-cut", "mastodon", odd.CUT_JSON, "cut.json", "quarantined"),
    ]
    return told


def _fates(draws: list[arrivals.Draw]) -> list[Errand]:
    """Which are answered: thanks and cries are closed without an answer, and the latest questions still wait."""
    asking = [draw for draw in draws if draw.answers and draw.said.topic not in arrivals.URGENT]
    waiting = {draw.said.key for draw in asking[-UNANSWERED:]}
    return [
        Errand(
            draw.said,
            draw.answers,
            draw.note,
            draw.note_by,
            "closed" if not draw.answers else "open" if draw.said.key in waiting else "answered",
        )
        for draw in draws
    ]


def _luck(errands: list[Errand], rng: random.Random) -> dict[str, float]:
    """How long each message waits against the others of its week, in hours of a median of one.

    Spread evenly over the distribution, so that a week of forty messages has the median and the tail it should have.
    """
    weeks: dict[int, list[str]] = {}
    for errand in errands:
        if errand.fate == "answered":
            weeks.setdefault(_week(errand.said.at), []).append(errand.said.key)
    luck = {errand.said.key: 1.0 for errand in errands}
    for keys in weeks.values():
        rng.shuffle(keys)
        for rank, key in enumerate(keys):
            luck[key] = math.exp(SPREAD * NormalDist().inv_cdf((rank + 0.5) / len(keys)))
    return luck


def _week(moment: datetime) -> int:
    return moment.astimezone(ZONE).isocalendar().week


def _handled(errand: Errand, luck: float, rng: random.Random) -> list[Event]:
    """What the desk does with one message."""
    said, by = errand.said, rng.choice(ANSWERERS)
    if errand.fate == "open":
        return _left(errand, by, rng)
    median = MEDIAN_HOURS[_week(said.at)]
    if said.topic in arrivals.URGENT:
        median /= 5  # a leak, a swing that may break
    taken, done = _moments(said.at, median * luck, rng)
    steps: list[Event] = [Took(taken, said.key, by)]
    noted = taken + (done - taken) / 2
    if errand.note and noted - taken > timedelta(minutes=10) and at_work(noted) and rng.random() < 0.15:
        steps.append(Noted(noted, said.key, errand.note_by, errand.note))
    steps += _confirmed(said, by, taken, rng)
    if errand.fate == "closed":
        steps.append(Closed(done, said.key, by, said.reason))
        return steps
    steps.append(Answered(done, said.key, by, _answer(errand, by, rng)))
    return steps + _helped(said, done, rng)


def _moments(said: datetime, hours: float, rng: random.Random) -> tuple[datetime, datetime]:
    """When a message is taken and when it is answered: in working hours, in that order, before the demo is shown."""
    while True:
        hours = min(30.0, max(0.2, hours))
        taken = after_lunch(later(said, hours * rng.uniform(0.4, 0.85)), rng)
        done = after_lunch(later(said, hours), rng)
        if done - taken >= timedelta(minutes=2) and done < END and at_work(done) and at_work(taken):
            return taken, done
        # Too near to lunch or to the morning of the demo: somewhat sooner or later, and in the end soon enough.
        hours *= rng.uniform(0.7, 1.2)


def _left(errand: Errand, by: str, rng: random.Random) -> list[Event]:
    """A question that is not answered yet: some are taken, and a few of those have a draft."""
    said = errand.said
    taken = after_lunch(later(said.at, rng.uniform(0.2, 1.5)), rng)
    if taken >= END or rng.random() < 0.65:
        return []
    steps: list[Event] = [Took(taken, said.key, by)]
    drafted = taken + timedelta(minutes=rng.randint(4, 15))
    if at_work(drafted) and drafted < END and rng.random() < 0.5:
        steps.append(Drafted(drafted, said.key, by, _answer(errand, by, rng)))
    return steps


def _confirmed(said: Said, by: str, taken: datetime, rng: random.Random) -> list[Event]:
    """Staff confirm how most messages are kept: the one who took it at once, or the registrar soon after."""
    if rng.random() > {"registered": 0.85, "ordered": 0.6, "trivial": 0.7}[said.state]:
        return []
    registrar = rng.random() < 0.4
    moment = later(taken, rng.uniform(0.3, 3)) if registrar else taken + timedelta(seconds=rng.randint(20, 90))
    moment = after_lunch(moment, rng)
    if moment >= END or not at_work(moment):
        return []
    who = "rut" if registrar else by
    case = CASES.get(said.topic, "") if said.state == "registered" else ""
    return [Confirmed(moment, said.key, who, said.state, said.reason, said.topic, said.authority, case)]


def _answer(errand: Errand, by: str, rng: random.Random) -> str:
    """The words of an answer: greeted, and signed where the channel is a letter."""
    said, text = errand.said, rng.choice(errand.answers)
    if said.channel in ("csv", "jsonl"):
        return text
    # A first name in an open channel only where the writer shows it there too; on the web people are greeted plainly.
    named = said.person and said.channel != "web" and rng.random() < 0.4
    greeting = f"Hej {PEOPLE[said.person].first}! " if named else "Hej! "
    if said.channel != "mail":
        return greeting + text
    name = next(staff.name for staff in town.STAFF if staff.key == by)
    return f"{greeting}{text}\n\n{name}, {town.NAME}"


def _helped(said: Said, answered: datetime, rng: random.Random) -> list[Event]:
    """Some of those who have a receipt say whether the answer helped."""
    if said.channel not in ("web", "mail") or rng.random() > 0.45:
        return []
    moment = answered + timedelta(hours=rng.expovariate(1 / 9), minutes=5)
    if moment >= END:
        return []
    helped = rng.choices(("yes", "partly", "no"), weights=(74, 17, 9))[0]
    return [Helped(moment, said.key, helped, rng.choice(THANKS[helped]))]


def _published(errands: list[Errand], handled: dict[str, list[Event]], rng: random.Random) -> list[Event]:
    """The conversations that staff publish on purpose: at most two of a subject in a channel."""
    found: list[Event] = []
    for channel, wanted in PUBLISHED.items():
        seen: Counter[str] = Counter()
        for errand in rng.sample(errands, len(errands)):
            said, steps = errand.said, handled[errand.said.key]
            if said.channel != channel or seen[said.topic] == 2 or (channel != "web" and said.visibility != "public"):
                continue
            answered = next((step for step in steps if isinstance(step, Answered)), None)
            # Nothing is published before staff have confirmed what it is, nor with a name in the answer.
            confirmed = next((step for step in steps if isinstance(step, Confirmed)), None)
            if not answered or not confirmed or not answered.text.startswith("Hej! "):
                continue
            moment = after_lunch(later(max(answered.at, confirmed.at), rng.uniform(0.05, 1.2)), rng)
            if moment < END and at_work(moment):
                seen[said.topic] += 1
                found.append(Published(moment, said.key, answered.by))
            if seen.total() == wanted:
                break
    return found


def _with_ids(story: list[Event]) -> list[Event]:
    """Give each message the id that its channel would have given it; the web form's own come when it is received."""
    numbered: list[Event] = []
    for number, exact in enumerate(story):
        event = replace(exact, at=exact.at.replace(microsecond=0))
        if isinstance(event, Said) and event.channel != "web":
            event = replace(event, external_id=_external_id(event, number))
        numbered.append(event)
    return numbered


def _external_id(said: Said, number: int) -> str:
    """An id in the form of the channel."""
    serial = 113_000_000_000_100_000 + number * 37
    slug = PEOPLE[said.person].slug if said.person else "okand"
    return {
        "mastodon": f"https://exempel.social/users/{slug}/statuses/{serial}",
        "facebook": f"{town.FACEBOOK_PAGE}_{serial}",
        "mail": f"<{said.key}.{number}@post.exempel.se>",
        "csv": f"samtal-{number:04d}",
        "jsonl": f"felanmalan-{number:04d}",
    }[said.channel]
