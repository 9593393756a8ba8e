"""The rules of counting as tables: weeks, numbers, answer times, worth. No database."""

from __future__ import annotations

import math
import re
from datetime import date
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from torget.results.rules import histogram, numbers, weeks, worth
from torget.results.rules.weeks import Week
from torget.results.rules.worth import Assumption, Figure

# ---------------------------------------------------------------- weeks


@pytest.mark.parametrize(
    ("text", "week"),
    [
        pytest.param("2026-W46", Week(2026, 46), id="as the command and the page write it"),
        pytest.param("2026-w46", Week(2026, 46), id="a small w is the same week"),
        pytest.param("2026W46", Week(2026, 46), id="the standard's short form"),
        pytest.param(" 2026-W05 ", Week(2026, 5), id="space around it does no harm"),
        pytest.param("2026-W53", Week(2026, 53), id="2026 has a week 53"),
    ],
)
def test_a_week_is_read(text: str, week: Week) -> None:
    assert weeks.parse_week(text) == week


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("46", id="a number alone"),
        pytest.param("2026-46", id="no W"),
        pytest.param("2026-W5", id="one digit"),
        pytest.param("2026-W00", id="no week nought"),
        pytest.param("2026-W54", id="no year has 54"),
        pytest.param("2025-W53", id="2025 has 52"),
        pytest.param("0000-W01", id="no year nought"),
        pytest.param("9999-W52", id="a year without room after it"),
        pytest.param("２０２６-W46", id="digits of another script"),
        pytest.param("2026-W46\n2026-W47", id="two of them"),
    ],
)
def test_what_is_no_week_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        weeks.parse_week(text)


def test_a_week_knows_its_days_and_its_neighbours() -> None:
    week = Week(2026, 46)
    assert (week.monday, week.sunday, len(week.days)) == (date(2026, 11, 9), date(2026, 11, 15), 7)
    assert week.code == "2026-W46"
    assert Week(2026, 53).shifted(1) == Week(2027, 1)
    assert Week(2026, 1).shifted(-1) == Week(2025, 52)
    assert weeks.week_of(date(2027, 1, 3)) == Week(2026, 53)
    assert [one.code for one in weeks.last_weeks(Week(2027, 1), 3)] == ["2026-W52", "2026-W53", "2027-W01"]


@given(st.dates(date(1901, 1, 1), date(2199, 12, 31)))
def test_every_day_lies_in_the_week_it_is_said_to(day: date) -> None:
    week = weeks.week_of(day)
    assert day in week.days
    assert weeks.parse_week(week.code) == week


# ---------------------------------------------------------------- numbers


@pytest.mark.parametrize(
    ("key", "value", "swedish", "english"),
    [
        pytest.param("officer_weeks", 3.2, "3,2", "3.2", id="officer weeks in tenths"),
        pytest.param("officer_weeks", 2.25, "2,3", "2.3", id="half goes up, where binary rounding would go down"),
        pytest.param("officer_weeks", 0.04, "0,0", "0.0", id="too little to tell"),
        pytest.param("kronor", 26880.0, "26\u00a0880", "26,880", id="thousands are held together"),
        pytest.param("kronor", 2.5, "3", "3", id="whole kronor, half up"),
        pytest.param("people_helped", 336.0, "336", "336", id="people are whole"),
        pytest.param("answer_hours", 7.94, "7,9", "7.9", id="answer time in tenths of an hour"),
    ],
)
def test_a_figure_is_told_by_its_rule(key: str, value: float, swedish: str, english: str) -> None:
    assert numbers.told(key, value, "sv") == swedish
    assert numbers.told(key, value, "en-gb") == english


@pytest.mark.parametrize(
    ("key", "value", "tells"),
    [
        pytest.param("officer_weeks", 0.05, True, id="half a tenth goes up"),
        pytest.param("officer_weeks", 0.04, False, id="less is nothing"),
        pytest.param("kronor", 0.4, False, id="nor is less than half a krona"),
        pytest.param("kronor", 0.0, False, id="nought is nought"),
    ],
)
def test_a_figure_may_be_too_small_to_tell(key: str, value: float, tells: bool) -> None:
    assert numbers.tells(key, value) == tells


@pytest.mark.parametrize(
    ("value", "text"),
    [
        pytest.param(105.0, "105", id="no empty decimals"),
        pytest.param(6.5, "6,5", id="one decimal"),
        pytest.param(82.125, "82,125", id="three decimals"),
        pytest.param(120.0, "120", id="a nought at the end is kept"),
        pytest.param(12000.0, "12\u00a0000", id="thousands"),
        pytest.param(1e-05, "0,00001", id="never in powers of ten"),
    ],
)
def test_an_assumption_is_written_with_all_its_digits(value: float, text: str) -> None:
    assert numbers.exact(value, "sv") == text


def test_a_share_is_whole_per_cent() -> None:
    assert (numbers.percent(81, 214), numbers.percent(0, 0), numbers.percent(1, 200)) == (38, 0, 1)


# ---------------------------------------------------------------- time to first answer


@pytest.mark.parametrize(
    ("seconds", "number"),
    [
        pytest.param(0, 0, id="at once"),
        pytest.param(-3600, 0, id="a clock moved back counts as at once"),
        pytest.param(60, 0, id="a minute is still the first bucket"),
        pytest.param(60.1, 1, id="above a minute is the second"),
        pytest.param(66, 1, id="an edge belongs to the bucket below it"),
        pytest.param(1000 * 3600, histogram.LONGEST - 1, id="a thousand hours is the last with an end"),
        pytest.param(1000 * 3600 + 1, histogram.LONGEST, id="longer has a bucket of its own"),
        pytest.param(math.inf, histogram.LONGEST, id="for ever is longer"),
    ],
)
def test_a_time_falls_in_its_bucket(seconds: float, number: int) -> None:
    assert histogram.bucket(seconds) == number


def test_a_time_that_is_no_number_is_refused() -> None:
    with pytest.raises(ValueError):
        histogram.bucket(math.nan)
    with pytest.raises(ValueError):
        histogram.bounds(histogram.BUCKETS)


def test_the_edges_never_change() -> None:
    # Days that were counted with other edges could not be read any more: a change needs a new table, not a new number.
    assert len(histogram.EDGES) == 117
    assert histogram.EDGES[0] == 60
    assert histogram.EDGES[-1] == 3_600_000
    assert histogram.EDGES[50] == pytest.approx(7043.4512, abs=0.001)


def test_histograms_add_up_and_an_empty_one_has_no_quantile() -> None:
    assert histogram.merge({1: 2, 3: 1}, {3: 4}, {}) == {1: 2, 3: 5}
    assert histogram.quantile({}, 0.5) is None
    assert histogram.quantile({4: 0}, 0.5) is None
    for share in (0.0, -0.1, 1.1):
        with pytest.raises(ValueError):
            histogram.quantile({1: 1}, share)


def test_the_ends_are_told_as_they_are() -> None:
    soonest = histogram.quantile({0: 3}, 0.5)
    longest = histogram.quantile({histogram.LONGEST: 1}, 0.9)
    assert soonest == histogram.Quantile(30, 0, 60, 3)
    assert longest == histogram.Quantile(3_600_000, 3_600_000, math.inf, 1)


TIMES = st.lists(st.floats(0, 5_000_000), min_size=1, max_size=200)


@given(TIMES, st.sampled_from([0.5, 0.9, 0.01, 1.0]))
def test_the_true_quantile_lies_within_the_stated_error(times: list[float], share: float) -> None:
    rank = max(1, math.ceil(Fraction(repr(share)) * len(times)))
    true = sorted(times)[rank - 1]
    counts = histogram.merge(*({histogram.bucket(one): 1} for one in times))
    told = histogram.quantile(counts, share)
    assert told is not None
    assert told.count == len(times)
    assert told.low <= true <= told.high
    if 60 < true <= 3_600_000:
        assert abs(told.value - true) / true <= histogram.ERROR_PERCENT / 100


@given(TIMES, TIMES)
def test_a_week_told_from_days_is_the_week_counted_at_once(first: list[float], second: list[float]) -> None:
    def counted(times: list[float]) -> dict[int, int]:
        return histogram.merge(*({histogram.bucket(one): 1} for one in times))

    assert histogram.merge(counted(first), counted(second)) == counted(first + second)


# ---------------------------------------------------------------- worth


def assumption(
    key: str, value: float, low: float, high: float, source: str = "Kontaktcentrets statistik"
) -> Assumption:
    return Assumption(key, value, low, high, "enhet", source, date(2026, 10, 31), is_default=False)


EKEVIK = {
    one.key: one
    for one in (
        assumption("calls_per_officer_week", 105, 90, 120),
        assumption("hours_per_officer_week", 40, 40, 40),
        assumption("cost_per_call", 80, 65, 95),
        assumption("reception_visits_per_day", 60, 45, 80),
    )
}


@pytest.mark.parametrize(
    ("name", "swedish", "low", "high"),
    [
        pytest.param("people_helped", "214 + 122 = 336", "336", "336", id="people are counted, not assumed"),
        pytest.param("meetings", "214 + 122 = 336", "336", "336", id="each person helped is a customer meeting"),
        pytest.param("reception_days", "(214 + 122) ÷ 60 = 5,6", "4,2", "7,5", id="beside the reception"),
        pytest.param("officer_weeks", "(214 + 122) ÷ 105 = 3,2", "2,8", "3,7", id="officers on the phone for a week"),
        pytest.param("hours", "(214 + 122) ÷ 105 × 40 = 128", "112", "149", id="hours follow from officer weeks"),
        pytest.param(
            "kronor", "(214 + 122) × 80 = 26\u00a0880", "21\u00a0840", "31\u00a0920", id="the price on the phone"
        ),
    ],
)
def test_the_week_in_the_picture(name: str, swedish: str, low: str, high: str) -> None:
    figure = getattr(worth.worth(214, 122, EKEVIK), name)
    assert worth.reckoning(figure, "sv") == swedish
    assert numbers.told(name, figure.low, "sv") == low
    assert numbers.told(name, figure.high, "sv") == high
    assert figure.uncertain == (low != high)


def test_nobody_by_open_answers_leaves_no_empty_term() -> None:
    told = worth.worth(214, 0, EKEVIK)
    assert told.officer_weeks is not None
    assert worth.reckoning(told.officer_weeks, "en") == "214 ÷ 105 = 2.0"
    assert worth.reckoning(told.people_helped, "sv") == "214 = 214"


@pytest.mark.parametrize(
    ("lost", "gone"),
    [
        pytest.param("calls_per_officer_week", {"officer_weeks", "hours"}, id="hours hang on the officer week"),
        pytest.param("hours_per_officer_week", {"hours"}, id="hours alone"),
        pytest.param("cost_per_call", {"kronor"}, id="kronor alone"),
        pytest.param("reception_visits_per_day", {"reception_days"}, id="the reception alone"),
    ],
)
@pytest.mark.parametrize("how", ["absent", "no source"])
def test_no_figure_without_its_source(lost: str, gone: set[str], how: str) -> None:
    given = {key: one for key, one in EKEVIK.items() if key != lost}
    if how == "no source":
        given[lost] = assumption(lost, 10, 9, 11, source="  ")
    told = worth.worth(214, 122, given)
    figures = ("people_helped", "meetings", "reception_days", "officer_weeks", "hours", "kronor")
    assert {name for name in figures if getattr(told, name) is None} == gone
    assert told.missing == (lost,)


@pytest.mark.parametrize(
    ("value", "low", "high"),
    [
        pytest.param(0, 0, 0, id="nought would divide by nothing"),
        pytest.param(5, 6, 7, id="below its range"),
        pytest.param(8, 6, 7, id="above its range"),
        pytest.param(-5, -6, -4, id="negative"),
        pytest.param(5, 4, math.inf, id="without end"),
        pytest.param(math.nan, math.nan, math.nan, id="no number"),
    ],
)
def test_an_assumption_out_of_its_range_is_refused(value: float, low: float, high: float) -> None:
    with pytest.raises(ValueError):
        assumption("calls_per_officer_week", value, low, high)


def test_people_are_counted_from_nought() -> None:
    with pytest.raises(ValueError):
        worth.worth(-1, 0, EKEVIK)
    assert worth.worth(0, 0, EKEVIK).people_helped.value == 0


RANGES = st.tuples(*[st.integers(1, 5000)] * 3).map(sorted)


@given(st.integers(0, 5000), st.integers(0, 5000), RANGES, RANGES)
def test_the_range_is_what_the_ends_of_the_assumptions_give(
    answered: int, open_answers: int, calls: list[int], hours: list[int]
) -> None:
    told = worth.worth(answered, open_answers, {
        "calls_per_officer_week": assumption("calls_per_officer_week", calls[1], calls[0], calls[2]),
        "hours_per_officer_week": assumption("hours_per_officer_week", hours[1], hours[0], hours[2]),
    }).hours  # fmt: skip
    assert told is not None
    corners = [(answered + open_answers) / c * h for c, h in product((calls[0], calls[2]), (hours[0], hours[2]))]
    assert told.low == pytest.approx(min(corners))
    assert told.high == pytest.approx(max(corners))
    assert told.low <= told.value <= told.high


@given(st.integers(0, 9999), st.integers(0, 9999), st.integers(1, 9999), st.sampled_from(["officer_weeks", "kronor"]))
def test_the_printed_reckoning_holds(answered: int, open_answers: int, tenths: int, name: str) -> None:
    key = {"officer_weeks": "calls_per_officer_week", "kronor": "cost_per_call"}[name]
    told: Figure = getattr(worth.worth(answered, open_answers, {key: assumption(key, tenths / 10, 0.1, 1000)}), name)
    left, right = worth.reckoning(told, "sv").replace("\u00a0", "").replace(",", ".").split(" = ")
    match = re.fullmatch(r"\(?([\d.]+)(?: \+ ([\d.]+)\))? ([×÷]) ([\d.]+)", left)
    assert match is not None
    people, factor = Fraction(match[1]) + Fraction(match[2] or 0), Fraction(match[4])
    result = people * factor if match[3] == "×" else people / factor
    assert abs(Fraction(right) - result) <= Fraction(1, 2 * 10 ** numbers.DECIMALS[name]) + Fraction(1, 10**6)
