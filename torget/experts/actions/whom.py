"""Who is meant: a name, a title or role, a unit, or a colleague's address, found among those we have."""

import re
from dataclasses import dataclass
from email.utils import parseaddr

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import Count, Q

from torget.conversations.rules import storable
from torget.core import languages
from torget.core.errors import Refused
from torget.experts import rules
from torget.experts.models import Expert, named
from torget.organisations.models import ROLE_LABELS, Organisation, Unit, User

MANY = 5_000
"""No more of the staff than this is looked through by name."""


@dataclass(frozen=True, slots=True)
class Whom:
    """Somebody who can be asked: where to write, and what we know of them."""

    email: str
    name: str = ""
    title: str = ""
    user: User | None = None
    unit: Unit | None = None


def whom(text: str) -> Whom:
    """Find who is meant by what was written.

    Errors: Refused nobody | several (detail: the names) | not_an_address | not_a_colleague | inactive | nobody_in_unit.
    """
    text = " ".join(storable(text).split())[:320]
    if not text:
        raise Refused("nobody")
    if "@" in text:
        return _by_address(text)
    staff = list(User.objects.filter(is_active=True).order_by("name", "pk").only("pk", "name", "title", "role")[:MANY])
    units = list(Unit.objects.order_by("name")[:MANY])
    sought = text.casefold()
    for same in (_is, _begins):
        people = [user for user in staff if same(sought, user.name)]
        if len(people) == 1:
            return _person(User.objects.select_related("unit").get(pk=people[0].pk))
        if people:
            raise Refused("several", ", ".join(named(user.name, user.title) for user in people[:6]))
        if found := [unit for unit in units if same(sought, unit.name)]:
            if len(found) > 1:
                raise Refused("several", ", ".join(unit.name for unit in found[:6]))
            return _of_unit(found[0])
    if colleagues := [user for user in staff if _has_role(sought, user)]:
        return _person(_free([user.pk for user in colleagues]) or colleagues[0])
    known = [one for one in Expert.objects.filter(user=None).order_by("pk")[:MANY] if _is(sought, one.name)]
    if len(known) == 1:
        return Whom(known[0].email, known[0].name, known[0].title, unit=known[0].unit)
    raise Refused("nobody", text)


def _is(sought: str, name: str) -> bool:
    return sought == name.casefold()


def _begins(sought: str, name: str) -> bool:
    """Whether each word sought begins a word of the name: "ver på" is Vera Påhitt."""
    words = name.casefold().split()
    return bool(words) and all(any(word.startswith(part) for word in words) for part in sought.split())


def _has_role(sought: str, user: User) -> bool:
    roles = languages.in_all(ROLE_LABELS.get(user.role, ""))  # type: ignore[call-overload]
    return sought == user.title.casefold() or sought in roles or bool(user.title and _begins(sought, user.title))


def _person(user: User) -> Whom:
    return Whom(user.email, user.name, user.title, user=user)


def _by_address(text: str) -> Whom:
    name, address = parseaddr(text)
    address = address.casefold()
    try:
        validate_email(address)
    except ValidationError:
        raise Refused("not_an_address") from None
    if user := User.objects.filter(email__iexact=address).first():
        if not user.is_active:
            raise Refused("inactive", user.name)
        return _person(user)
    if unit := Unit.objects.filter(email__iexact=address).first():
        return Whom(address, unit.name, unit=unit)
    if expert := Expert.objects.filter(email=address).first():
        return Whom(address, expert.name or name[:120], expert.title)
    ours = list(User.objects.filter(is_active=True).order_by("pk").values_list("email", flat=True)[:MANY])
    ours += [Organisation.current().email, *Unit.objects.values_list("email", flat=True)[:MANY]]
    # What a resident wrote never goes to an address outside the organisation, whatever is typed.
    if not rules.is_colleague(address, ours):
        raise Refused("not_a_colleague", address)
    return Whom(address, name[:120] or _name_in(address))


def _name_in(address: str) -> str:
    """`vera.pahitt@…` is likely called Vera Pahitt."""
    words = re.split(r"[._-]+", address.partition("@")[0])
    return " ".join(word.capitalize() for word in words)[:120] if len(words) > 1 and "".join(words).isalpha() else ""


def _members(keys: Q) -> list[rules.Member]:
    rows = (
        User.objects.filter(keys, is_active=True)
        .annotate(lying=Count("expert__requests", filter=Q(expert__requests__state=rules.State.ASKED.value)))
        .order_by("name", "pk")
        .values_list("pk", "lying", "expert__stopped_at")[:MANY]
    )
    return [rules.Member(pk, lying, stopped is not None) for pk, lying, stopped in rows]


def _free(keys: list[int]) -> User | None:
    members = _members(Q(pk__in=keys[:500]))
    chosen = rules.first_free(members) or rules.least_busy(members)
    return User.objects.get(pk=chosen) if chosen else None


def _of_unit(unit: Unit) -> Whom:
    """A unit's first free person; its shared address when all have a question already; else who has the fewest."""
    members = _members(Q(unit=unit))
    if free := rules.first_free(members):
        return _person(User.objects.get(pk=free))
    if unit.email:
        return Whom(unit.email.casefold(), unit.name, unit=unit)
    if busy := rules.least_busy(members):
        return _person(User.objects.get(pk=busy))
    raise Refused("nobody_in_unit", unit.name)
