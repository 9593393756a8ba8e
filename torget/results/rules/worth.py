"""What help by the channels was worth, in the listener's unit, with the whole reckoning kept beside each figure.

Counts are exact. Assumptions (calls that an officer takes in a week, cost of a call) are uncertain and come with a
range, a source and a date. Each figure is one chain of counts added, then multiplied or divided by assumptions, from
left to right. Every operand is positive and every assumption stands at most once in a chain, so the figure only grows,
or only falls, with each of them: its ends lie at the ends of their ranges, and the interval is exact, not too wide.
Without an assumption, or with one that names no source, there is no figure: a number without a source is not shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from math import isfinite

from torget.results.rules import numbers

CALLS_PER_OFFICER_WEEK = "calls_per_officer_week"
HOURS_PER_OFFICER_WEEK = "hours_per_officer_week"
COST_PER_CALL = "cost_per_call"
VISITS_PER_DAY = "reception_visits_per_day"
ASSUMPTIONS = (CALLS_PER_OFFICER_WEEK, HOURS_PER_OFFICER_WEEK, COST_PER_CALL, VISITS_PER_DAY)


@dataclass(frozen=True, slots=True)
class Assumption:
    """A unit time or cost as the organisation has set it; ValueError unless 0 < low ≤ value ≤ high, all finite."""

    key: str
    value: float
    low: float
    high: float
    unit: str
    source: str
    source_date: date | None
    is_default: bool

    def __post_init__(self) -> None:
        if not (isfinite(self.high) and 0 < self.low <= self.value <= self.high):
            raise ValueError(f"{self.key}: an assumption is positive and lies within its range")

    @property
    def uncertain(self) -> bool:
        """Whether it has a range, and so makes the figure uncertain."""
        return self.low != self.high


@dataclass(frozen=True, slots=True)
class Term:
    """One number of a reckoning and the sign before it ("" first, then "+", "×", "÷"); `source` if it is assumed."""

    sign: str
    key: str
    value: float
    source: Assumption | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """A value with its likely range and the terms it came from, in order."""

    key: str
    value: float
    low: float
    high: float
    terms: tuple[Term, ...]

    @property
    def uncertain(self) -> bool:
        """Whether the range is wider than the value as it is told."""
        return len({numbers.rounded(end, numbers.DECIMALS[self.key]) for end in (self.low, self.value, self.high)}) > 1

    @property
    def sources(self) -> tuple[Assumption, ...]:
        """The assumptions that the figure rests on, in the order of the reckoning."""
        return tuple(term.source for term in self.terms if term.source is not None)


@dataclass(frozen=True, slots=True)
class Worth:
    """One week's worth in every unit; None for a figure without its assumption, whose key then stands in `missing`."""

    people_helped: Figure
    meetings: Figure
    reception_days: Figure | None
    officer_weeks: Figure | None
    hours: Figure | None
    kronor: Figure | None
    missing: tuple[str, ...]


def worth(people_answered: int, people_helped_by_open_answers: int, assumptions: Mapping[str, Assumption]) -> Worth:
    """Tell the same help in people, customer meetings, days of the reception, officer weeks, hours and kronor."""
    given = {key: one for key, one in assumptions.items() if one.source.strip()}
    people = _people(people_answered, people_helped_by_open_answers)
    officer_weeks = _by(people, "÷", given.get(CALLS_PER_OFFICER_WEEK), "officer_weeks")
    return Worth(
        people_helped=people,
        meetings=_named(people, "meetings"),
        reception_days=_by(people, "÷", given.get(VISITS_PER_DAY), "reception_days"),
        officer_weeks=officer_weeks,
        # Hours follow from officer weeks, not from the length of a call: an officer's week also holds the notes and the
        # waiting between calls, and two figures that do not agree with one another convince nobody.
        hours=_by(officer_weeks, "×", given.get(HOURS_PER_OFFICER_WEEK), "hours"),
        kronor=_by(people, "×", given.get(COST_PER_CALL), "kronor"),
        missing=tuple(key for key in ASSUMPTIONS if key not in given),
    )


def reckoning(figure: Figure, language: str) -> str:
    """The figure's reckoning on one line as anyone can key it in: "(214 + 122) ÷ 105 = 3,2"."""
    added = sum(term.sign in ("", "+") for term in figure.terms)
    words = [f"{term.sign} {numbers.exact(term.value, language)}".strip() for term in figure.terms]
    total = " ".join(words[:added])
    if added > 1 and len(words) > added:
        total = f"({total})"
    return " ".join([total, *words[added:], "=", numbers.told(figure.key, figure.value, language)])


def _people(answered: int, by_open_answers: int) -> Figure:
    if answered < 0 or by_open_answers < 0:
        raise ValueError("people are counted from nought")
    total = float(answered + by_open_answers)
    terms = [Term("", "people_answered", float(answered))]
    if by_open_answers:
        terms.append(Term("+", "people_open", float(by_open_answers)))
    return Figure("people_helped", total, total, total, tuple(terms))


def _named(figure: Figure, key: str) -> Figure:
    return Figure(key, figure.value, figure.low, figure.high, figure.terms)


def _by(figure: Figure | None, sign: str, assumption: Assumption | None, key: str) -> Figure | None:
    """The next figure of the chain, None when either is missing; ValueError when the assumption is in it already."""
    if figure is None or assumption is None:
        return None
    if any(one.key == assumption.key for one in figure.sources):
        raise ValueError(f"{assumption.key} stands twice in one reckoning, which would make its range too wide")
    terms = (*figure.terms, Term(sign, assumption.key, assumption.value, assumption))
    if sign == "×":
        ends = (figure.value * assumption.value, figure.low * assumption.low, figure.high * assumption.high)
    else:
        ends = (figure.value / assumption.value, figure.low / assumption.high, figure.high / assumption.low)
    return Figure(key, *ends, terms)
