"""Queries that are built once give what they would give if they were built each time."""

from datetime import UTC, date, datetime
from threading import Thread
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import Q, QuerySet, Value
from django.test.utils import CaptureQueriesContext

from tests.support.making import Town
from torget.core.kept import NotKept, counts, kept, prepared, together
from torget.organisations.models import ClosedDay, Unit, User
from torget.organisations.rules import Role

built: list[str] = []


@kept
def _of(roles: list[str], joined_after: datetime | None, *, active: bool) -> QuerySet[User]:
    built.append("of")
    found = User.objects.filter(role__in=roles, is_active=active).select_related("unit")
    return (found.filter(joined_at__gt=joined_after) if joined_after else found).order_by("email")


@kept
def _days(since: date, reason: str) -> QuerySet[ClosedDay, Any]:
    return ClosedDay.objects.filter(Q(day__gte=since) | Q(reason=reason)).values_list("day", "reason")


@together
def _names(role: str, unit: int | None) -> list[QuerySet[Any, Any]]:
    units = Unit.objects.filter(pk=unit) if unit else Unit.objects.all()
    return [User.objects.filter(role=role).order_by("-pk").values_list("pk", "email"), units.values_list("pk", "name")]


@together
def _two(roles: list[str], keys: list[int]) -> list[QuerySet[Any, Any]]:
    built.append("two")
    by_key = User.objects.filter(pk__in=keys).order_by("pk")
    return [User.objects.filter(role__in=roles).order_by("pk").values_list("pk"), by_key.values_list("pk")]


@counts(2)
def _counts(role: str) -> dict[str, QuerySet[Any]]:
    return {"of": User.objects.filter(role=role), "all": User.objects.all()}


@kept
def _changed(text: str) -> QuerySet[User]:
    return User.objects.filter(name__icontains=text)


@prepared
def _planned(roles: list[str], joined_after: datetime, name: str) -> QuerySet[User]:
    found = User.objects.filter(role__in=roles, joined_at__gt=joined_after).exclude(name=name)
    return found.select_related("unit").annotate(two=Value(2)).order_by("email")


@pytest.fixture
def staff(town: Town) -> list[User]:
    built.clear()
    _of.plans.clear()
    unit = Unit.objects.create(name="Gata och park")
    made = [town.user(role) for role in (Role.COMMUNICATOR, Role.REGISTRAR, Role.MANAGER, Role.COMMUNICATOR)]
    User.objects.filter(pk=made[0].pk).update(unit=unit)
    return list(User.objects.order_by("email"))


def test_rows_are_those_of_the_query(staff: list[User]) -> None:
    for roles in (["communicator"], ["registrar", "manager"], ["manager", "registrar", "communicator"], []):
        expected = [user for user in staff if user.role in roles]
        found = _of(roles, None, active=True)
        assert found == expected
        assert [user.joined_at for user in found] == [user.joined_at for user in expected]
        assert [user.unit and user.unit.name for user in found] == [user.unit and user.unit.name for user in expected]
    assert _of(["communicator"], None, active=False) == []


def test_it_is_built_once_for_all_values_of_a_shape(staff: list[User]) -> None:
    later = datetime(2999, 1, 1, tzinfo=UTC)
    for moment in (staff[0].joined_at, staff[1].joined_at, later):
        expected = [user for user in staff if user.role == "communicator" and user.joined_at > moment]
        assert _of(["communicator"], moment, active=True) == expected
    assert built == ["of"]
    _of(["communicator"], None, active=True)
    # Lists grow in steps: three values and four are of one shape.
    for length in (3, 4):
        _of([role.value for role in list(Role)[:length]], None, active=True)
    assert len(built) == 3


def test_what_it_gives_is_read_anew(staff: list[User]) -> None:
    before = _of(["manager"], None, active=True)
    User.objects.filter(pk=before[0].pk).update(name="Ny Namnsson")
    with CaptureQueriesContext(connection) as asked:
        [after] = _of(["manager"], None, active=True)
        assert after.unit is None
    assert (after.name, len(asked)) == ("Ny Namnsson", 1)


def test_days_and_texts(town: Town) -> None:
    rows = [(date(2026, 12, 24), "Julafton"), (date(2026, 6, 6), "Nationaldagen"), (date(2026, 11, 1), "Städning")]
    for day, reason in rows:
        ClosedDay.objects.create(day=day, reason=reason)
    assert _days(date(2026, 10, 1), "Nationaldagen") == sorted(rows)
    assert _days(date(2026, 12, 1), "100 % '\"\\ \ue0001") == [rows[0]]


def test_several_in_one_statement(staff: list[User]) -> None:
    unit = Unit.objects.get()
    with CaptureQueriesContext(connection) as asked:
        people, units = _names("communicator", unit.pk)
    assert len(asked) == 1
    assert people == [
        [user.pk, user.email] for user in sorted(staff, key=lambda one: -one.pk) if user.role == "communicator"
    ]
    assert units == [[unit.pk, unit.name]]
    assert _names("approver", None) == [[], [[unit.pk, unit.name]]]
    assert _names("", unit.pk + 1) == [[], []]


def test_counts_stop(staff: list[User]) -> None:
    assert _counts("manager") == {"of": 1, "all": 2}
    assert _counts("") == {"of": 0, "all": 2}


def test_a_value_that_the_query_changes_is_refused(staff: list[User]) -> None:
    with pytest.raises(NotKept, match="found again"):
        _changed("Nils")
    with pytest.raises(NotKept, match="float"):
        _changed(1.5)  # type: ignore[arg-type]


def test_a_number_that_no_column_holds_fits_nothing(staff: list[User]) -> None:
    assert _names("manager", 10**30)[1] == []
    assert _names("manager", -(10**30))[1] == []


def test_threads_share_the_text_and_nothing_else(staff: list[User]) -> None:
    """Many values at once by one plan: each call has its own."""
    expected = {role.value: [user.pk for user in staff if user.role == role.value] for role in Role}
    wrong: list[str] = []

    def ask(role: str) -> None:
        # No database of its own for each thread here: the text with its values is what they could mix up.
        for _ in range(50):
            plan, values, one = _of.plan_of([[role], None], {"active": True})
            if plan is None or role not in plan.text.filled(values, one):
                wrong.append(role)

    assert all([user.pk for user in _of([role], None, active=True)] == keys for role, keys in expected.items())
    threads = [Thread(target=ask, args=(role.value,)) for role in Role]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_a_list_that_is_empty_makes_its_part_empty_and_the_rest_is_kept(staff: list[User]) -> None:
    _two.plans.clear()
    built.clear()
    manager, keys = staff[2], sorted(one.pk for one in staff)
    for _ in range(2):
        assert _two([], keys) == [[], [[key] for key in keys]]
        assert _two([Role.MANAGER], []) == [[[manager.pk]], []]
    assert len(built) == 2, "each shape is built once"
    assert _two([], []) == [[], []]
    assert _two([Role.MANAGER], keys[:1]) == [[[manager.pk]], [[keys[0]]]]


def test_what_is_planned_beforehand_gives_the_same(staff: list[User]) -> None:
    early = datetime(2000, 1, 1, tzinfo=UTC)
    # What was planned inside what is undone is still planned.
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        _planned(["communicator"], early, "'; --")
        raise ZeroDivisionError
    with CaptureQueriesContext(connection) as asked:
        for roles, name in ((["communicator"], "%s $1"), (["manager"], "x"), (["manager", "registrar"], staff[1].name)):
            expected = [user for user in staff if user.role in roles and user.name != name]
            found: list[Any] = _planned(roles, early, name)
            assert found == expected
            assert [(user.two, user.unit and user.unit.name) for user in found] == [
                (2, user.unit and user.unit.name) for user in expected
            ]
    assert _planned(["manager"], datetime(2999, 1, 1, tzinfo=UTC), "x") == []
    if connection.vendor == "postgresql":
        said = [one["sql"].split()[0] for one in asked]
        assert [word for word in said if word != "SELECT"] == ["EXECUTE", "EXECUTE", "PREPARE", "EXECUTE"]
