"""Working time and roles, without a database."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.making import local
from torget.organisations import rules
from torget.organisations.rules import STOCKHOLM, Hours, Right, Role

HOURS = Hours(time(8, 0), time(16, 30))
CLOSED = frozenset({date(2026, 11, 18)})
HOUR = 3600.0


def _at(text: str) -> datetime:
    """A moment on Stockholm's wall clock, as UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=STOCKHOLM).astimezone(UTC)


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        pytest.param("2026-11-16 09:00", "2026-11-16 11:30", 2.5, id="within a day"),
        pytest.param("2026-11-16 06:00", "2026-11-16 20:00", 8.5, id="from before opening to after closing"),
        pytest.param("2026-11-16 16:00", "2026-11-17 08:30", 1.0, id="the night does not count"),
        pytest.param("2026-11-13 16:00", "2026-11-16 09:00", 1.5, id="nor does a weekend"),
        pytest.param("2026-11-17 16:00", "2026-11-19 08:30", 1.0, id="nor does a day the desk is shut"),
        pytest.param("2026-11-14 10:00", "2026-11-15 10:00", 0.0, id="a weekend alone is nothing"),
        pytest.param("2026-11-16 09:00", "2026-11-23 09:00", 34.0, id="a week with a closed day is four days"),
        pytest.param("2026-10-23 16:00", "2026-10-26 08:30", 1.0, id="over the night when summer time ends"),
        pytest.param("2026-03-27 16:00", "2026-03-30 08:30", 1.0, id="over the night when it begins"),
        pytest.param("2026-11-16 11:00", "2026-11-16 09:00", 0.0, id="backwards is nothing"),
        pytest.param("2026-11-16 09:00", "2026-11-16 09:00", 0.0, id="no time at all"),
    ],
)
def test_working_seconds(start: str, end: str, hours: float) -> None:
    assert rules.working_seconds(_at(start), _at(end), HOURS, CLOSED) == hours * HOUR


MOMENTS = st.datetimes(datetime(2026, 3, 20), datetime(2026, 4, 10)).map(lambda moment: moment.replace(tzinfo=UTC))


@given(st.tuples(MOMENTS, MOMENTS, MOMENTS).map(sorted))
def test_working_time_adds_up(moments: list[datetime]) -> None:
    first, second, third = moments
    parts = [rules.working_seconds(a, b, HOURS, CLOSED) for a, b in ((first, second), (second, third))]
    assert sum(parts) == pytest.approx(rules.working_seconds(first, third, HOURS, CLOSED), abs=1e-3)
    assert 0 <= parts[0] <= (second - first).total_seconds() + 1e-3


@pytest.mark.parametrize(
    ("received", "days", "due"),
    [
        pytest.param("2026-11-16 09:00", 1, "2026-11-17 16.30", id="the day of arrival never counts"),
        pytest.param("2026-11-16 09:00", 2, "2026-11-19 16.30", id="nor does a day the desk is shut"),
        pytest.param("2026-11-13 15:00", 1, "2026-11-16 16.30", id="nor does a weekend"),
        pytest.param("2026-11-14 03:00", 1, "2026-11-16 16.30", id="what comes on a Saturday is due on Monday"),
        pytest.param("2026-11-16 23:59", 1, "2026-11-17 16.30", id="the day is Stockholm's, not that of UTC"),
        pytest.param("2026-11-17 00:10", 1, "2026-11-19 16.30", id="just after midnight is the next day"),
        pytest.param("2026-03-27 09:00", 1, "2026-03-30 16.30", id="closing time is on the wall, in summer time too"),
        pytest.param("2026-11-16 09:00", 0, "2026-11-16 16.30", id="no days: the same day"),
    ],
)
def test_due_moment(received: str, days: int, due: str) -> None:
    moment = rules.due_moment(_at(received), working_days=days, hours=HOURS, closed_days=CLOSED)
    assert moment.utcoffset() == timedelta(0)
    assert local(moment) == due


@given(MOMENTS, st.integers(1, 10))
def test_an_answer_is_due_on_a_working_day_after_arrival(received: datetime, days: int) -> None:
    due = rules.due_moment(received, working_days=days, hours=HOURS, closed_days=CLOSED)
    assert due > received
    assert rules.is_working_day(due.astimezone(STOCKHOLM).date(), CLOSED)
    # As many working days' time is left as was promised, or more: the day of arrival is given on top.
    assert rules.working_seconds(received, due, HOURS, CLOSED) >= days * 8.5 * HOUR - 1e-3


MATRIX = """
               see_desk answer note classify register publish see_results settings
communicator   yes      yes    yes  yes      no       yes     yes         no
expert         yes      no     yes  no       no       no      no          no
approver       yes      yes    yes  no       no       yes     yes         no
registrar      yes      no     yes  yes      yes      no      yes         no
manager        yes      yes    yes  no       no       no      yes         no
administrator  yes      yes    yes  yes      yes      yes     yes         yes
nobody         no       no     no   no       no       no      no          no
"""


def test_each_role_has_its_rights_and_no_more() -> None:
    head, *lines = MATRIX.strip().splitlines()
    rights = head.split()
    assert set(rights) == {right.value for right in Right}
    roles = {line.split()[0]: line.split()[1:] for line in lines}
    assert set(roles) == {role.value for role in Role} | {"nobody"}
    said = {role: ["yes" if rules.may(role, Right(right)) else "no" for right in rights] for role in roles}
    assert said == roles
