"""Who writes what, when and where: draws the messages of the month that are not told by hand. Pure."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from torget.demo.happenings import Said
from torget.demo.hours import ZONE, is_open_day, local, on
from torget.demo.people import PEOPLE, RESERVED, Person
from torget.demo.texts import families, home, posts, praise, singles_home, singles_town, storm, travel, winter
from torget.demo.texts.kinds import TRIVIAL, Ask, Subject

# How many messages come by each channel in the month, told and drawn together.
CHANNELS = {"web": 92, "mail": 79, "mastodon": 71, "facebook": 55}
LETTERS = {"W": "web", "E": "mail", "M": "mastodon", "F": "facebook", "C": "csv", "J": "jsonl"}
STORM_CHANNELS = {"mastodon": 19, "facebook": 18, "mail": 2, "web": 1}
STORM_START, STORM_HOURS = local("2026-11-10 09.10"), 36
# A leak, a swing that may break, a photo that must come down: answered fast, and never left over night.
URGENT = ("Vattnet avstängt", "Gungan i Ekparken", "Skolfoto på Facebook")
THIS_MORNING = 6  # questions that have come since the desk went home on the 19th
SUBJECTS = (*winter.SUBJECTS, *travel.SUBJECTS, *families.SUBJECTS, *home.SUBJECTS, praise.PRAISE)
SINGLES = (*singles_town.SUBJECTS, *singles_home.SUBJECTS)

# Days when something outside made people write: snow, a leak, a post about the travel centre.
PEAKS = {
    "Snöröjning": tuple(date(2026, 11, day) for day in (4, 5, 6, 7, 16, 17, 18, 19)),
    "Vattnet avstängt": (date(2026, 10, 29),),
    "Hiss, resecentrum": tuple(date(2026, 11, day) for day in (12, 13, 14, 15)),
}
# People write before work, at lunch and in the evening; weights by the hour from 6 to 23.
HOURS = (3, 7, 8, 6, 6, 5, 8, 6, 5, 5, 5, 6, 7, 8, 8, 7, 4, 1)

GREETINGS = {"mail": ("Hej!\n\n", "Hej,\n\n", "Hejsan!\n\n", "God dag.\n\n", ""), "web": ("", "", "", "Hej! ", "Hej, ")}
CLOSINGS = ("\n\nMvh {name}", "\n\n/{first}", "\n\nHälsningar\n{name}", "\n\nMed vänlig hälsning\n{name}", "")
TAILS = ("", "", " 🙏", " Tack på förhand", " Någon som vet?", " Mvh", " 🤷")


@dataclass(frozen=True, slots=True)
class Draw:
    """A message and the answers that fit it (none: it asks nothing), with the note an expert might leave."""

    said: Said
    answers: tuple[str, ...]
    note: str
    note_by: str


@dataclass(slots=True)
class _Slip:
    """A message before it has a channel, a moment and a writer; `again` when the wording has been used before."""

    subject: Subject
    ask: Ask
    again: bool
    channel: str = ""


def draw(rng: random.Random, told: Mapping[str, Said], start: datetime, end: datetime) -> list[Draw]:
    """The drawn messages, ordered in time, with keys q001… and s01… for the storm's."""
    left = Counter(CHANNELS) - Counter(said.channel for said in told.values()) - Counter(STORM_CHANNELS)
    slips = _slips(rng)
    _deal(slips, left, rng)
    moments = _moments(slips, rng, start, end)
    calm = sorted(zip(moments, slips, strict=True), key=lambda pair: pair[0])
    draws = [_write(f"q{number:03d}", at, slip, rng) for number, (at, slip) in enumerate(calm, start=1)]
    storm_slips = [_Slip(storm.STORM, ask, False) for ask in storm.STORM.asks]
    _deal(storm_slips, Counter(STORM_CHANNELS), rng)
    for number, (at, slip) in enumerate(zip(_storm_moments(len(storm_slips), rng), storm_slips, strict=True), start=1):
        draws.append(_write(f"s{number:02d}", at, slip, rng))
    return sorted(draws, key=lambda one: one.said.at)


def _slips(rng: random.Random) -> list[_Slip]:
    """Each wording once, and then again those that could come from anybody, until the subject has its number."""
    slips: list[_Slip] = []
    for subject in (*SUBJECTS, *SINGLES):
        slips += [_Slip(subject, ask, False) for ask in subject.asks]
        common = [ask for ask in subject.asks if not ask.pictures and not set(ask.where) & {"C", "J"}]
        slips += [_Slip(subject, ask, True) for ask in rng.sample(common * 3, subject.times - len(subject.asks))]
    return slips


def _deal(slips: list[_Slip], left: Counter[str], rng: random.Random) -> None:
    """Give each slip a channel so that the month's numbers come out; those that are choosy choose first."""
    for slip in sorted(slips, key=lambda slip: len(slip.ask.where) or 9):
        allowed = [LETTERS[letter] for letter in slip.ask.where or "WEMF"]
        if allowed[0] in ("csv", "jsonl"):
            slip.channel = allowed[0]
            continue
        weights = [max(left[channel], 0) for channel in allowed]
        slip.channel = rng.choices(allowed, weights)[0] if any(weights) else allowed[0]
        left[slip.channel] -= 1


def _moments(slips: list[_Slip], rng: random.Random, start: datetime, end: datetime) -> list[datetime]:
    """A moment for each slip; the last few plain questions come this morning."""
    first, last = start.astimezone(ZONE).date(), end.astimezone(ZONE).date()
    days = [first + timedelta(days=number) for number in range((last - first).days)]
    weights = [10 if day.weekday() < 5 else 5 for day in days]
    moments = []
    for slip in slips:
        peaks = PEAKS.get(slip.subject.title, ())
        chance = 0.7 if slip.subject.title == "Hiss, resecentrum" else 1  # nobody asks for a plough before the snow
        day = rng.choice(peaks) if peaks and rng.random() < chance else rng.choices(days, weights)[0]
        if slip.channel == "csv":  # the contact centre only answers the telephone on open days
            day = next(later for later in (day + timedelta(days=number) for number in range(5)) if is_open_day(later))
        moments.append(on(day, _clock(slip, rng)))
        if slip.subject.title == "Vattnet avstängt":
            moments[-1] = on(peaks[0], time(rng.randint(5, 8), rng.randint(0, 59), rng.randint(0, 59)))
    never = {*PEAKS, *URGENT}
    plain = [
        number
        for number, slip in enumerate(slips)
        if slip.subject.answers and slip.subject.title not in never and slip.channel not in ("csv", "jsonl")
    ]
    for number in rng.sample(plain, THIS_MORNING):
        moments[number] = on(last, time(rng.choice((6, 7, 8, 9)), rng.randint(0, 49), rng.randint(0, 59)))
    return moments


def _clock(slip: _Slip, rng: random.Random) -> time:
    """A time of day: the contact centre types in its own hours, and says itself when in its note."""
    if slip.channel == "csv":
        hour, minute = slip.ask.text.removeprefix("Ringde ")[:5].split(".")
        return time(int(hour), int(minute), 40)
    return time(rng.choices(range(6, 24), HOURS)[0], rng.randint(0, 59), rng.randint(0, 59))


def _storm_moments(count: int, rng: random.Random) -> list[datetime]:
    """Moments of the storm: half within the first seven hours, fewer at night, over after 36 hours."""
    moments: list[datetime] = []
    while len(moments) < count:
        hours = rng.expovariate(1 / 10)
        at = STORM_START + timedelta(hours=hours)
        asleep = at.astimezone(ZONE).hour < 6
        if hours < STORM_HOURS and not (asleep and rng.random() < 0.85):
            moments.append(at.replace(microsecond=0))
    return sorted(moments)


def _write(key: str, at: datetime, slip: _Slip, rng: random.Random) -> Draw:
    """Put a writer and the ways of the channel to a slip."""
    subject, ask, channel = slip.subject, slip.ask, slip.channel
    cry = subject is storm.STORM and ask.fits == storm.CRY
    person = None if channel in ("csv", "jsonl") or (channel == "web" and rng.random() < 0.35) else _anybody(rng)
    said = Said(
        at,
        key,
        channel,
        person.key if person else "",
        _heading(subject.title, channel, rng),
        _dressed(slip, person, rng),
        subject.title,
        subject.authority,
        "trivial" if cry else subject.state,
        TRIVIAL if cry else subject.reason,
        context=_context(subject.title, channel, at),
        attachments=ask.pictures,
        visibility=_visibility(channel, rng),
        answer_by_mail=channel == "web" and person is not None and rng.random() < 0.7,
    )
    answers = () if cry or not subject.answers else subject.answers[ask.fits]
    return Draw(said, answers, subject.note, subject.note_by)


def _anybody(rng: random.Random) -> Person:
    return PEOPLE[rng.choice([key for key in PEOPLE if key not in RESERVED])]


def _heading(title: str, channel: str, rng: random.Random) -> str:
    """The subject as the sender writes it; social media have none."""
    if channel in ("mastodon", "facebook"):
        return ""
    if channel in ("csv", "jsonl"):
        return title
    return rng.choices((title, title.lower(), "Fråga"), weights=(16, 3, 1))[0]


def _dressed(slip: _Slip, person: Person | None, rng: random.Random) -> str:
    """The wording as it is written in its channel: greeted and signed in a letter, careless in a comment."""
    text, channel = slip.ask.text, slip.channel
    if channel in ("csv", "jsonl"):
        return text
    if not text.startswith(("Hej", "Hallå")):
        text = rng.choice(GREETINGS.get(channel, ("",))) + text
    if channel == "mail" and person:
        return text + rng.choice(CLOSINGS).format(name=person.name, first=person.first)
    if slip.again:
        text += rng.choice(TAILS)
        return text[0].lower() + text[1:] if rng.random() < 0.4 else text
    return text


def _context(title: str, channel: str, at: datetime) -> str | None:
    """The post that a comment stands under, if that post was up by then."""
    key = posts.UNDER.get((title, channel))
    return next((post.key for post in posts.POSTS if post.key == key and local(post.at) < at), None)


def _visibility(channel: str, rng: random.Random) -> str:
    """Comments are public; a few on Mastodon are unlisted, and a few on Facebook are sent as a message."""
    if channel == "mastodon":
        return rng.choices(("public", "unlisted"), weights=(92, 8))[0]
    if channel == "facebook":
        return rng.choices(("public", "direct"), weights=(95, 5))[0]
    return "direct"
