"""The policy as tables; no database."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from tests.support.making import PERSON
from torget.experts import rules
from torget.experts.rules import Heard, Member, State
from torget.organisations.rules import STOCKHOLM, Hours

HOURS = Hours(time(8), time(16, 30))
CLOSED = {date(2026, 11, 18)}


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A moment of November 2026 on the wall clock in Stockholm; the 16th is a Monday, the 18th the desk is shut."""
    return datetime(2026, 11, day, hour, minute, tzinfo=STOCKHOLM).astimezone(UTC)


NOW, LATER = at(16, 10), at(30, 10)


@pytest.mark.parametrize(
    ("state", "expires", "why"),
    [
        pytest.param(State.ASKED, LATER, None, id="a question that lies is open"),
        pytest.param(State.USED, LATER, None, id="a used answer can still be read"),
        pytest.param(State.REVOKED, LATER, "revoked", id="what is taken back is shut"),
        pytest.param(State.ASKED, NOW, "expired", id="it is shut at the second it ends"),
        pytest.param(State.EXPIRED, LATER, "expired", id="also when the clock was moved back since"),
        pytest.param(State.REVOKED, NOW, "revoked", id="taken back says more than out of time"),
    ],
)
def test_why_shut(state: State, expires: datetime, why: str | None) -> None:
    assert rules.why_shut(state.value, expires=expires, now=NOW) == why


@pytest.mark.parametrize(
    ("state", "text", "seen", "version", "why"),
    [
        pytest.param(State.ASKED, "Två", 0, 0, None, id="a first answer"),
        pytest.param(State.ANSWERED, "Tre", 2, 2, None, id="a change of what one has seen"),
        pytest.param(State.ANSWERED, "Tre", 0, 1, "changed_since", id="not of what one has not seen"),
        pytest.param(State.USED, "Tre", 1, 1, "used", id="not of what is used"),
        pytest.param(State.DECLINED, "Jo", 0, 0, "declined", id="nor after leaving it to another"),
        pytest.param(State.REVOKED, "Två", 0, 0, "revoked", id="nor when it is taken back"),
        pytest.param(State.ASKED, " \n\t", 0, 0, "empty", id="only blanks is no answer"),
        pytest.param(State.ASKED, "x" * 20_001, 0, 0, "too_long", id="nor is a book"),
    ],
)
def test_why_no_answer(state: State, text: str, seen: int, version: int, why: str | None) -> None:
    assert rules.why_no_answer(state, text=text, expires=LATER, now=NOW, seen=seen, version=version) == why


@pytest.mark.parametrize(
    ("address", "known", "yes"),
    [
        pytest.param("a@ekevik.example", ["b@ekevik.example"], True, id="at a domain of ours"),
        pytest.param("a@EKEVIK.Example", ["b@ekevik.example"], True, id="in any case"),
        pytest.param("a@park.ekevik.example", ["b@ekevik.example"], True, id="and under it"),
        pytest.param("a@ekevik.example.com", ["b@ekevik.example"], False, id="not at one that begins like it"),
        pytest.param("a@annekevik.example", ["b@ekevik.example"], False, id="nor one that ends like it"),
        pytest.param("a@b@ekevik.example", ["c@annan.example"], False, id="the last part decides"),
        pytest.param("a@ekevik.example", ["", "utan adress"], False, id="where nothing is known nobody is a colleague"),
        pytest.param("a@", ["b@"], False, id="an empty domain is none"),
    ],
)
def test_is_colleague(address: str, known: list[str], yes: bool) -> None:
    assert rules.is_colleague(address, known) is yes


@pytest.mark.parametrize(
    ("members", "free", "least"),
    [
        pytest.param([Member(1, 0), Member(2, 0)], 1, 1, id="the first free one"),
        pytest.param([Member(1, 2), Member(2, 0)], 2, 2, id="not one with questions"),
        pytest.param([Member(1, 0, stopped=True), Member(2, 1)], None, 2, id="nor who wants to be left alone"),
        pytest.param([Member(1, 2), Member(2, 1)], None, 2, id="all busy: the fewest questions"),
        pytest.param([Member(1, 0, stopped=True)], None, None, id="nobody wants to"),
        pytest.param([], None, None, id="nobody is there"),
    ],
)
def test_who_is_free(members: list[Member], free: int | None, least: int | None) -> None:
    assert (rules.first_free(members), rules.least_busy(members)) == (free, least)


@pytest.mark.parametrize(
    ("text", "names", "masked"),
    [
        pytest.param(f"Nr {PERSON}.", (), "Nr ******-****.", id="identity numbers go"),
        pytest.param("Mvh Signe Ek", ("Signe Ek",), "Mvh […]", id="the whole name goes"),
        pytest.param("Mvh SIGNE EK", ("Signe Ek",), "Mvh […]", id="in any case"),
        pytest.param("Hej Signe!", ("Signe Ekström",), "Hej […]!", id="the first name alone goes"),
        pytest.param("Signes hus", ("Signe Ekström",), "[…] hus", id="with its genitive"),
        pytest.param("Min bror är här", ("Bror Ek",), "Min bror är här", id="a word that is no name stays"),
        pytest.param("Ekens rot", ("Bo Ek",), "Ekens rot", id="two letters are not sought by themselves"),
        pytest.param("Signelund", ("Signe Ekström",), "Signelund", id="nor inside another word"),
        pytest.param("Skriv till S@X.se", ("s@x.se",), "Skriv till […]", id="an address goes in any case"),
        pytest.param("(a+b)* [x", ("(a+b)* [x",), "[…]", id="a name may be made of signs"),
        pytest.param("Ord", ("", "  "), "Ord", id="no name masks nothing"),
    ],
)
def test_masked(text: str, names: tuple[str, ...], masked: str) -> None:
    assert rules.masked(text, names) == masked


@pytest.mark.parametrize(
    ("asked", "answered", "minutes"),
    [
        pytest.param(at(16, 10), at(16, 10, 19), 19, id="minutes of one morning"),
        pytest.param(at(16, 16, 20), at(17, 8, 10), 20, id="the night does not count"),
        pytest.param(at(17, 16), at(19, 8, 30), 60, id="nor does a day the desk is shut"),
        pytest.param(at(16, 18), at(16, 18, 19), 19, id="in the evening the clock counts"),
        pytest.param(at(16, 10), at(16, 10), 1, id="nothing is faster than a minute"),
    ],
)
def test_minutes_between(asked: datetime, answered: datetime, minutes: int) -> None:
    assert rules.minutes_between(asked, answered, HOURS, CLOSED) == minutes


@pytest.mark.parametrize(
    ("asked", "wanted", "moment"),
    [
        pytest.param(at(16, 10), at(16, 16), at(16, 13), id="halfway"),
        pytest.param(at(16, 12, 30), at(17, 12, 30), at(17, 8, 15), id="in working time"),
        pytest.param(at(17, 15, 30), at(19, 11), at(19, 9), id="over a day the desk is shut"),
        pytest.param(at(16, 10), at(16, 11, 30), None, id="not in a short time"),
        pytest.param(at(16, 17), at(17, 12), at(17, 10), id="asked in the evening, from the morning"),
    ],
)
def test_reminder_moment(asked: datetime, wanted: datetime, moment: datetime | None) -> None:
    assert rules.reminder_moment(asked, wanted, HOURS, CLOSED) == moment


def test_a_desk_that_is_never_open_has_a_moment_all_the_same() -> None:
    assert rules.working_moment(NOW, 3600, Hours(time(8), time(8)), set()) == NOW + timedelta(hours=1)


@pytest.mark.parametrize(
    ("moment", "yes"),
    [
        (at(16, 8), True), (at(16, 7, 59), False), (at(16, 16, 29), True), (at(16, 16, 30), False),
        (at(18, 10), False), (at(21, 10), False),
    ],
)  # fmt: skip
def test_is_open(moment: datetime, yes: bool) -> None:
    assert rules.is_open(moment, HOURS, CLOSED) is yes


@pytest.mark.parametrize(
    ("now", "wishes"),
    [
        pytest.param(
            at(16, 10),
            {"today": at(16, 16, 30), "next": at(17, 16, 30), "two": at(19, 16, 30), "five": at(24, 16, 30)},
            id="in the morning, around a day the desk is shut",
        ),
        pytest.param(
            at(16, 15, 31),
            {"next": at(17, 16, 30), "two": at(19, 16, 30), "five": at(24, 16, 30)},
            id="not today in the last hour",
        ),
        pytest.param(
            at(21, 12),
            {"next": at(23, 16, 30), "two": at(24, 16, 30), "five": at(27, 16, 30)},
            id="not today on a Saturday",
        ),
    ],
)
def test_wishes(now: datetime, wishes: dict[str, datetime]) -> None:
    assert rules.wishes(now, HOURS, CLOSED) == wishes


HEARD = [
    Heard(1, 10, "hiss"), Heard(1, 10, "perrong"), Heard(1, 11, "hiss"), Heard(1, 11, "perrong"),
    Heard(2, 20, "hiss"), Heard(2, 20, "rulltrapp"), Heard(3, 30, "grill"), Heard(4, 40, "hiss"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        pytest.param({"hiss": 1.0, "perrong": 1.0}, [1], id="two words that are shared"),
        pytest.param({"hiss": 1.0}, [], id="one short word says nothing"),
        pytest.param({"rulltrapp": 1.0}, [2], id="one long word does"),
        pytest.param({"hiss": 1.0, "perrong": 1.0, "rulltrapp": 1.0}, [1, 2], id="more like questions come first"),
        pytest.param({"simhall": 1.0}, [], id="what nobody has answered"),
        pytest.param({}, [], id="a question without words"),
    ],
)
def test_who_knows(asked: dict[str, float], found: list[int]) -> None:
    assert rules.who_knows(asked, HEARD) == found


def test_no_more_than_asked_for_are_suggested() -> None:
    heard = [Heard(expert, expert, "simhall") for expert in range(9)]
    assert rules.who_knows({"simhall": 1.0}, heard, limit=3) == [0, 1, 2]
