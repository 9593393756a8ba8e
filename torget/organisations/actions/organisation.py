"""Writes about the organisation: first start and settings."""

import secrets
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from hashlib import sha256
from hmac import compare_digest

from django.db import transaction
from django.db.models import F

from torget.core import clock, removed
from torget.core.errors import Refused
from torget.core.models import PublicVersion
from torget.journal import actions as journal
from torget.organisations.models import (
    Authority,
    ClosedDay,
    FirstStart,
    OfficialAccount,
    Organisation,
    Unit,
    UnitCost,
    User,
)
from torget.organisations.rules import Role

MAX_ATTEMPTS = 10


def first_start_code() -> str | None:
    """A fresh one-time code for the first start, printed by `torget run`; None when there is staff already."""
    if User.objects.exists():
        return None
    code = f"{secrets.randbelow(10**4):04d}-{secrets.randbelow(10**4):04d}-{secrets.randbelow(10**4):04d}"
    FirstStart.objects.all().delete()
    FirstStart.objects.create(code_hash=sha256(code.encode()).hexdigest(), made_at=clock.now())
    return code


@transaction.atomic
def ensure_authority() -> Authority:
    """The default authority, made with a plain name where there is none (files may be taken in before the first start)."""
    authority = Authority.objects.filter(is_default=True).first()
    if authority is None:
        authority = Authority.objects.create(
            name="Kommunstyrelsen", prefix="KS", archive_creator="Kommunstyrelsen", is_default=True
        )
    return authority


def try_code(code: str) -> None:
    """Check the one-time code. Errors: Refused("code_used" | "code_wrong" | "code_spent")."""
    row = FirstStart.objects.first()
    if row is None or User.objects.exists():
        raise Refused("code_used")
    if row.attempts >= MAX_ATTEMPTS:
        raise Refused("code_spent")
    if not compare_digest(row.code_hash, sha256(code.strip().encode()).hexdigest()):
        FirstStart.objects.filter(pk=row.pk).update(attempts=F("attempts") + 1)
        raise Refused("code_wrong")


@transaction.atomic
def start(*, organisation: Organisation, authority: Mapping[str, str], email: str, name: str, password: str) -> User:
    """The first start: the organisation, its first authority, and the administrator. Errors: Refused("code_used")."""
    list(FirstStart.objects.select_for_update().values_list("pk"))
    if User.objects.exists():
        raise Refused("code_used")
    organisation.save()
    existing = Authority.objects.filter(is_default=True).first() or Authority(is_default=True)
    for key, value in authority.items():
        setattr(existing, key, value)
    existing.save()
    user = User.objects.create_user(email, password, name=name, role=Role.ADMINISTRATOR.value)
    add_default_costs()
    add_public_holidays(clock.now().year)
    FirstStart.objects.all().delete()
    journal.enter("organisation.started", actor_ref=user.ref, object_ref="organisation:1", digest=bytes(32))
    PublicVersion.bump()
    return user


# Marked as defaults on every page that uses them. Socitm 2011 (SOCITM Insight, "Better connected") gave £8.62 for a
# visit, £2.83 for a call and £0.15 on the web; the kronor are those at 13 kronor to the pound, rounded.
DEFAULT_COSTS = (
    (
        "calls_per_officer_week",
        105,
        90,
        120,
        "samtal",
        "Torgets förval, 21 samtal om dagen: ersätt med er egen statistik",
    ),
    ("hours_per_officer_week", 40, 40, 40, "timmar", "Heltid"),
    ("reception_visits_per_day", 40, 30, 50, "besök", "Torgets förval: ersätt med er egen räkning"),
    ("cost_per_call", 37, 28, 50, "kronor", "Socitm 2011 (2,83 pund), omräknat"),
    ("cost_per_visit", 112, 80, 150, "kronor", "Socitm 2011 (8,62 pund), omräknat"),
    ("cost_per_web", 2, 1, 5, "kronor", "Socitm 2011 (0,15 pund), omräknat"),
)


def add_default_costs() -> None:
    """Give the assumptions that have no value of the organisation's own a default, marked as such."""
    for key, value, low, high, unit, source in DEFAULT_COSTS:
        UnitCost.objects.get_or_create(
            key=key,
            defaults={
                "value": value, "low": low, "high": high, "unit": unit, "source": source,
                "source_date": date(2011, 1, 1) if "Socitm" in source else date(2026, 11, 1), "is_default": True,
            },
        )  # fmt: skip


YEARS = 3
"""This year and so many after it, less one, have their holidays."""


def add_public_holidays(year: int, years: int = YEARS) -> int:
    """Close the desk on Sweden's public holidays on weekdays, and on the three eves that few work; how many days were new."""
    import holidays  # here, since it takes a while to import

    swedish = holidays.country_holidays("SE", years=range(year, year + years), language="sv", include_sundays=False)
    days = {day: name for day, name in swedish.items() if day.weekday() < 5}
    for midsummer in [day for day, name in swedish.items() if name == "Midsommardagen"]:
        days[midsummer - timedelta(days=1)] = "Midsommarafton"
    for one in range(year, year + years):
        for day, name in ((date(one, 12, 24), "Julafton"), (date(one, 12, 31), "Nyårsafton")):
            if day.weekday() < 5:
                days.setdefault(day, name)
    return sum(
        ClosedDay.objects.get_or_create(day=day, defaults={"reason": name[:80]})[1] for day, name in days.items()
    )


def renew_holidays() -> int:
    """Worker's job: the holidays of one year more, as soon as there is a new year; how many days were added.

    A year that has a closed day has been filled: what somebody took away stays away.
    """
    year = clock.now().astimezone(clock.STOCKHOLM).year + YEARS - 1
    if not Organisation.objects.exists() or ClosedDay.objects.filter(day__year=year).exists():
        return 0
    return add_public_holidays(year, 1)


@transaction.atomic
def change_organisation(organisation: Organisation, *, by: User) -> None:
    """Save what the administrator changed; the public pages show it at once."""
    organisation.save()
    journal.enter("organisation.changed", actor_ref=by.ref, object_ref="organisation:1", digest=bytes(32))
    PublicVersion.bump()


@transaction.atomic
def change_authority(authority: Authority, *, by: User) -> None:
    """Save a new or changed authority."""
    authority.save()
    journal.enter("authority.changed", actor_ref=by.ref, object_ref=f"authority:{authority.pk}", digest=bytes(32))
    PublicVersion.bump()


@transaction.atomic
def change_unit(unit: Unit, members: Iterable[User], *, by: User) -> None:
    """Save a new or changed unit with those who are in it; nobody is in two."""
    unit.save()
    keys = [user.pk for user in members]
    unit.members.exclude(pk__in=keys).update(unit=None)
    User.objects.filter(pk__in=keys).update(unit=unit)
    journal.enter("unit.changed", actor_ref=by.ref, object_ref=f"unit:{unit.pk}", digest=bytes(32))


@transaction.atomic
def rename_unit(unit: Unit, *, by: User) -> None:
    """Save a unit's own words; who is in it stays."""
    unit.save()
    journal.enter("unit.changed", actor_ref=by.ref, object_ref=f"unit:{unit.pk}", digest=bytes(32))


@transaction.atomic
def move_up(thing: Authority | Unit, *, by: User) -> None:
    """Move an authority or a unit one place up in the order that people see; the first stays."""
    model = type(thing)
    keys = list(model._default_manager.select_for_update().order_by("place", "name").values_list("pk", flat=True))
    if thing.pk not in keys:
        return
    here = keys.index(thing.pk)
    if here:
        keys[here - 1], keys[here] = keys[here], keys[here - 1]
    for place, key in enumerate(keys, 1):
        model._default_manager.filter(pk=key).exclude(place=place).update(place=place)
    kind = "authority" if isinstance(thing, Authority) else "unit"
    journal.enter(f"{kind}.changed", actor_ref=by.ref, object_ref=f"{kind}:{thing.pk}", digest=bytes(32))
    PublicVersion.bump()


@transaction.atomic
def close_day(day: date, reason: str, *, by: User) -> None:
    """Add a day the desk is shut."""
    ClosedDay.objects.update_or_create(day=day, defaults={"reason": reason})
    journal.enter("closed_day.added", actor_ref=by.ref, object_ref="organisation:1", digest=bytes(32))


@transaction.atomic
def open_day(closed: ClosedDay, *, by: User) -> None:
    """Take a closed day away."""
    closed.delete()
    journal.enter("closed_day.removed", actor_ref=by.ref, object_ref="organisation:1", digest=bytes(32))


@transaction.atomic
def change_cost(cost: UnitCost, *, by: User) -> None:
    """Save an assumption with its source; it is no default any more."""
    cost.is_default = False
    cost.save()
    journal.enter("unit_cost.changed", actor_ref=by.ref, object_ref=f"unit_cost:{cost.key}", digest=bytes(32))


@transaction.atomic
def change_official_account(account: OfficialAccount, *, by: User) -> None:
    """Save an account of the public list; everyone sees it at once."""
    account.save()
    journal.enter("official_account.changed", actor_ref=by.ref, object_ref="organisation:1", digest=bytes(32))
    PublicVersion.bump()


@transaction.atomic
def remove_official_account(account: OfficialAccount, *, by: User) -> None:
    """Take an account off the public list."""
    account.delete()
    journal.enter("official_account.removed", actor_ref=by.ref, object_ref="organisation:1", digest=bytes(32))
    PublicVersion.bump()


@transaction.atomic
def bring_back_official_account(account: OfficialAccount, *, by: User) -> None:
    """Put back an account that was taken off the list; one that stands there, under any number, stays as it is."""
    if removed.put_back(account):
        journal.enter("official_account.changed", actor_ref=by.ref, object_ref="organisation:1", digest=bytes(32))
        PublicVersion.bump()
