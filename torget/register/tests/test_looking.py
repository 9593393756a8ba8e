"""What is looked for in the register, and where: a table without a database."""

from datetime import date

import pytest

from torget.register import looking
from torget.register.looking import Filters, Number

KEY = b"a key of the tests"


@pytest.mark.parametrize(
    ("text", "number", "rest"),
    [
        pytest.param("KS 2026/0412-98", Number(2026, 412, "KS", 98), "", id="a record as it is written"),
        pytest.param("ks2026/412", Number(2026, 412, "KS"), "", id="in a hurry"),
        pytest.param("2026/0412", Number(2026, 412), "", id="without a prefix it is of any authority"),
        pytest.param("ÄN 2026/0001", Number(2026, 1, "ÄN"), "", id="Swedish letters"),
        pytest.param("bron 2026/0412", Number(2026, 412), "bron", id="a word before it is a word"),
        pytest.param("KS 2026/0412 bron", Number(2026, 412, "KS"), "bron", id="words after it are words"),
        pytest.param("bron", None, "bron", id="no number"),
        pytest.param("12026/0412", None, "12026/0412", id="part of a longer figure"),
        pytest.param("2026/" + "9" * 30, None, "2026/" + "9" * 30, id="longer than any number"),
    ],
)
def test_a_number_in_what_was_written(text: str, number: Number | None, rest: str) -> None:
    found, left = looking.read_number(text, {"KS", "ÄN"})
    assert (found, left.strip()) == (number, rest)


@pytest.mark.parametrize(
    ("text", "how"),
    [
        pytest.param("bron", ["all"], id="a word"),
        pytest.param("bron och ån", ["all", "all"], id="words that say nothing are left out"),
        pytest.param("och", ["all"], id="unless there are no others"),
        pytest.param('"bron över ån"', ["phrase"], id="a phrase"),
        pytest.param("cyk*", ["prefix"], id="a beginning"),
        pytest.param("cy*", ["all"], id="too short a beginning is a word"),
        pytest.param('"', [], id="only a sign"),
    ],
)
def test_what_was_written_is_understood(text: str, how: list[str]) -> None:
    assert [clause[0].how for clause in looking.clauses_of(text)] == how


def test_no_more_is_asked_than_anyone_means() -> None:
    assert len(looking.clauses_of("bro " * 500)) <= looking.MAX_CLAUSES


@pytest.mark.parametrize(
    "number", [1, 2**32, looking.place_of(date(2026, 11, 16), 7), looking.place_of(date.max, 0) - 1]
)
def test_a_place_is_hidden_and_found_again(number: int) -> None:
    hidden = looking.hide(number, KEY)
    assert looking.seek(hidden, KEY) == number
    assert looking.seek(hidden, b"another key") != number
    assert f"{number:x}".rjust(8, "0") not in hidden


def test_places_that_follow_each_other_do_not_look_so() -> None:
    hidden = [looking.hide(number, KEY) for number in range(1, 200)]
    assert len({name[:4] for name in hidden}) > 150 and hidden != sorted(hidden)


@pytest.mark.parametrize(
    "text", ["", "x", "0" * 15, "0" * 17, "F" * 16, "²" * 16, "-" * 16, "00000000000000\n0"], ids=ascii
)
def test_what_nobody_gave_is_no_place(text: str) -> None:
    assert looking.seek(text, KEY) is None


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("2026-11", (date(2026, 11, 1), date(2026, 11, 30))),
        ("2026-12", (date(2026, 12, 1), date(2026, 12, 31))),
        ("2026", (date(2026, 1, 1), date(2026, 12, 31))),
        ("9999-12", (date(9999, 12, 1), date(9999, 12, 31))),
        ("0000", None), ("٠٠٠٠", None), ("٢٠٢٦-٠١", None), ("2026-13", None), ("2026-00", None), ("26", None), ("x", None),
    ],
)  # fmt: skip
def test_a_period(text: str, span: tuple[date, date] | None) -> None:
    assert looking.month(text) == span


def test_a_facet_fits_what_is_asked_of_it() -> None:
    facet = looking.facet_of(3, "mail", "registered", from_us=False)
    assert looking.fits(facet, Filters(), None) and looking.fits(facet, Filters(channel="mail", direction="in"), 3)
    for filters in (Filters(channel="web"), Filters(state="secret"), Filters(direction="out")):
        assert not looking.fits(facet, filters, None)
    assert not looking.fits(facet, Filters(), 4)


@pytest.mark.parametrize(
    "filters", [Filters(channel='"'), Filters(channel="å"), Filters(state="x"), Filters(direction="x")]
)
def test_codes_that_cannot_be_are_not_asked_for(filters: Filters) -> None:
    assert not filters.sensible
