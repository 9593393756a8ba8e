"""What first: an order that explains itself in words. Pure policy; docs/rules/what-first.md.

The order is one stored moment, `first_at`: the day of answer, moved earlier by so many working hours for each thing that
makes a conversation more urgent. It does not change with the time of day, so that an index can give it, and it is the
same for one person as for twenty.
"""

import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

STOCKHOLM = ZoneInfo("Europe/Stockholm")

DEFAULT_WEIGHTS: Mapping[str, int] = {
    "danger": 40,
    "disclosure": 16,
    "soon": 8,
    "vulnerable": 8,
    "question": 2,
    "same": 1,
}
"""Working hours by which each thing moves a conversation ahead; `same` is for each other one who asks the same."""
MOST_SAME = 10
"""More who ask the same than this move it no further."""
LONGEST = 400
"""No weight moves by more than this many working hours."""

# Hints for the order only: nobody is answered or left out because of a word.
DANGER = re.compile(
    r"\b(akut\w*|fara|farlig\w*|livsfarlig\w*|halka\w*|blankis|is(?:en|gata)|gasläck\w*|vattenläck\w*|läcker"
    r"|strömavbrott|strömlös\w*|brinner|brand|branden|brandfara|eldsvåda|rasrisk|rasat|översvämn\w*"
    r"|ur funktion|instängd\w*|skadad\w*|skadat sig|otjänligt|koka vattnet)\b",
    re.IGNORECASE,
)
SOON = re.compile(
    r"\b(brådsk\w*|snarast|omgående|senast i ?dag|i ?kväll|i morgon|imorgon|i ?dag före|sista dag\w*)\b", re.IGNORECASE
)
DISCLOSURE = re.compile(
    r"\b(allmän(?:na)? handling\w*|begär(?:a|an)? (?:att få )?ut|lämna ut|utlämnande|offentlighetsprincip\w*"
    r"|ta del av (?:avtal|handling|beslut|protokoll)\w*)",
    re.IGNORECASE,
)
VULNERABLE = re.compile(
    r"\b(rullstol\w*|rollator\w*|synskad\w*|blind|döv\w*|hörselskad\w*|hemtjänst\w*|äldreboende\w*|demens\w*|dement|funktionsnedsättning\w*"
    r"|funktionshind\w*|min gamla (?:mamma|pappa|mor|far)|ensamstående|hemlös\w*|vräk\w*|hotad\w*|våld i nära\w*|misshand\w*"
    r"|orolig för mitt barn|vågar inte|orkar inte leva|självmord\w*)\b",
    re.IGNORECASE,
)
ASKS = re.compile(
    r"\?|(?:^|[.!\n][^\S\n]*)(?:hur|var|vart|när|vem|vad|varför|vilken|vilka|vilket|kan|får|ska|skall|är|finns|har|går|måste|kommer)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Signs:
    """What a text shows of how much it presses. `urgency`: 0 nothing, 1 soon, 2 a request for documents, 3 danger."""

    urgency: int = 0
    is_question: bool = False
    is_vulnerable: bool = False


def signs_of(text: str) -> Signs:
    """What the words say, by closed lists; the first 4,000 signs are read."""
    text = text[:4000]
    urgency = 3 if DANGER.search(text) else 2 if DISCLOSURE.search(text) else 1 if SOON.search(text) else 0
    return Signs(urgency, ASKS.search(text) is not None, VULNERABLE.search(text) is not None)


def weights(tuned: Mapping[str, object]) -> dict[str, int]:
    """The weights in force: the organisation's own where they are whole numbers within bounds, else the defaults."""
    found = dict(DEFAULT_WEIGHTS)
    for name, value in tuned.items():
        if name in found and isinstance(value, int) and not isinstance(value, bool):
            found[name] = max(0, min(LONGEST, value))
    return found


def ahead(signs: Signs, *, same: int, weighing: Mapping[str, int]) -> int:
    """By how many working hours a conversation comes before its day of answer."""
    hours = {3: weighing["danger"], 2: weighing["disclosure"], 1: weighing["soon"]}.get(signs.urgency, 0)
    hours += weighing["vulnerable"] * signs.is_vulnerable + weighing["question"] * signs.is_question
    return hours + weighing["same"] * min(same, MOST_SAME)


def earlier(moment: datetime, hours: int, *, opens: time, closes: time, closed_days: Set[date]) -> datetime:
    """The moment so many working hours before (aware; local wall clock of Stockholm). Nights and closed days do not count."""
    left = timedelta(hours=hours)
    local = moment.astimezone(STOCKHOLM).replace(tzinfo=None)
    day = local.date()
    while left > timedelta(0):
        if day.weekday() < 5 and day not in closed_days:
            start = datetime.combine(day, opens)
            end = min(datetime.combine(day, closes), local)
            if end - start >= left:
                local = end - left
                break
            left -= max(timedelta(0), end - start)
        day -= timedelta(days=1)
        local = datetime.combine(day, closes)
    return local.replace(tzinfo=STOCKHOLM).astimezone(moment.tzinfo)


@dataclass(frozen=True, slots=True)
class Weighed:
    """What the words of a row are made from."""

    signs: Signs
    same: int
    due: datetime
    received: datetime


def reasons(weighed: Weighed, *, now: datetime) -> tuple[str, ...]:
    """Why a conversation lies where it does, strongest first, as codes (`conversations.words.FIRST` has the sentences).

    late, danger, disclosure, soon, vulnerable, same, question, waited; at most three, since a row has room for no more.
    """
    signs = weighed.signs
    found = [
        ("late", weighed.due < now),
        ("danger", signs.urgency == 3),
        ("disclosure", signs.urgency == 2),
        ("vulnerable", signs.is_vulnerable),
        ("same", weighed.same > 0),
        ("soon", signs.urgency == 1),
        ("waited", now - weighed.received > timedelta(days=2)),
        ("question", signs.is_question),
    ]
    return tuple(code for code, true in found if true)[:3]


@dataclass(frozen=True, slots=True)
class Hour:
    """What one person alone gets done in the time there is: keys in order, and how many are left."""

    do: tuple[int, ...]
    left: int
    oldest_left: datetime | None
    next_due_left: datetime | None


def an_hour(queue: Sequence[tuple[int, datetime, datetime]], *, minutes: int, each: float, total: int) -> Hour:
    """The first of the queue (key, received, due) that fit in `minutes` at `each` minutes an answer, and what is then left.

    `queue` is in its order and may be cut off; `total` says how many there are in all.
    """
    room = max(1, int(minutes // max(each, 1.0)))
    do, rest = queue[:room], queue[room:]
    return Hour(
        do=tuple(key for key, _, _ in do),
        left=max(0, total - len(do)),
        oldest_left=min((received for _, received, _ in rest), default=None),
        next_due_left=min((due for _, _, due in rest), default=None),
    )
