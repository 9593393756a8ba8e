"""The town as its first administrator enters it, before anybody has written: organisation, authorities, staff, figures."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from torget.conversations.actions import account_for
from torget.core import clock
from torget.demo import town
from torget.organisations import actions as organisations
from torget.organisations.models import (
    ROLE_LABELS,
    Authority,
    OfficialAccount,
    Organisation,
    UnitCost,
    User,
)
from torget.organisations.rules import Role
from torget.setup import actions as setup
from torget.setup.rules import guide

# No letter that can be read as another: the passwords are typed from a screen.
_SIGNS = "abcdefghjkmnpqrstuvwxyz23456789"


@dataclass(frozen=True, slots=True)
class Login:
    """How to log in as one role; the password is made for this run."""

    role: str
    name: str
    email: str
    password: str


@dataclass(frozen=True, slots=True)
class Town:
    """Who and what the story may name: staff by key, authorities by prefix, and how to log in as each role."""

    staff: dict[str, User]
    authorities: dict[str, Authority]
    logins: tuple[Login, ...]


def found() -> Town:
    """Make the organisation with all that the settings hold; the first administrator does it. Errors: Refused."""
    logins = {staff.key: _login(staff) for staff in _one_of_each_role()}
    boss = next(staff for staff in town.STAFF if staff.role == Role.ADMINISTRATOR)
    first, *others = town.AUTHORITIES
    administrator = organisations.start(
        organisation=Organisation(
            name=town.NAME,
            short_name=town.SHORT_NAME,
            phone=town.PHONE,
            email=town.MAIL,
            demo=True,
            register_public=True,
        ),
        authority={"name": first.name, "prefix": first.prefix, "archive_creator": first.archive_creator},
        email=boss.mail,
        name=boss.name,
        password=logins[boss.key].password,
    )
    administrator.title = boss.title
    administrator.save(update_fields=["title"])
    for one in others:
        authority = Authority(name=one.name, prefix=one.prefix, archive_creator=one.archive_creator)
        organisations.change_authority(authority, by=administrator)
    authorities = {authority.prefix: authority for authority in Authority.objects.all()}
    _enter_settings(administrator)
    _open_accounts(authorities[first.prefix])
    staff = {boss.key: administrator}
    for person in town.STAFF:
        if person.key not in staff:
            # Colleagues of the same role have no password: nobody can log in as them until the administrator says so.
            password = logins[person.key].password if person.key in logins else None
            staff[person.key] = User.objects.create_user(
                person.mail, password, name=person.name, role=person.role, title=person.title
            )
    return Town(staff, authorities, tuple(logins.values()))


def _one_of_each_role() -> list[town.Staff]:
    return [next(staff for staff in town.STAFF if staff.role == role) for role in Role]


def _login(staff: town.Staff) -> Login:
    password = "-".join("".join(secrets.choice(_SIGNS) for _ in range(4)) for _ in range(4))
    return Login(str(ROLE_LABELS[Role(staff.role)]), staff.name, staff.mail, password)


def _enter_settings(administrator: User) -> None:
    """Days the desk is shut, and the town's own figures in place of the defaults."""
    for closed in town.CLOSED_DAYS:
        organisations.close_day(closed.day, closed.reason, by=administrator)
    for figure in town.UNIT_COSTS:
        cost = UnitCost.objects.filter(key=figure.key).first() or UnitCost(key=figure.key)
        cost.value, cost.low, cost.high = float(figure.value), float(figure.low), float(figure.high)
        cost.unit, cost.source, cost.source_date = figure.unit, figure.source, figure.source_date
        organisations.change_cost(cost, by=administrator)
    # The town is set up: its administrator is not shown the way in.
    setup.mark(guide.FINISHED, guide.Standing.DONE, by=administrator)


def _open_accounts(authority: Authority) -> None:
    """The public list of accounts, and the accounts that messages come in by."""
    since = clock.now().astimezone(clock.STOCKHOLM).date()
    OfficialAccount.objects.bulk_create(
        OfficialAccount(
            channel=one.channel,
            name=one.name,
            handle=one.handle,
            url=one.url,
            rules_text=one.rules,
            authority=authority,
            since=since,
        )
        for one in town.OFFICIAL_ACCOUNTS
    )
    for channel, handle in HANDLES.items():
        account_for(channel, handle)


HANDLES = {
    "mastodon": town.MASTODON,
    "facebook": town.FACEBOOK_PAGE,
    "mail": town.MAIL,
    "csv": "",
    "jsonl": "",
    "web": "",
}
"""Our own name in each channel, by which our own posts are known."""
