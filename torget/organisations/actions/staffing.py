"""Roles, units, and who works here no more. There is always somebody who can change the settings."""

from collections.abc import Callable

from django.db import transaction
from django.db.models import QuerySet

from torget.core.errors import Refused
from torget.core.models import PublicVersion
from torget.journal import actions as journal
from torget.organisations.models import Unit, User
from torget.organisations.rules import Role

decided: dict[str, Callable[[User], object]] = {}
"""Told, in the same transaction, of an account that an administrator has shut or opened: other modules add theirs."""
renamed: dict[str, Callable[[User], object]] = {}
"""Told, in the same transaction, of a colleague who is called something else from now on."""
gets_in: dict[str, Callable[[QuerySet[User]], QuerySet[User]]] = {}
"""Which of these people can log in as things are, within a transaction: other modules add theirs."""


def _held(user: User) -> User:
    """The row, with all administrators held: two of them who go at the same moment cannot both be the last but one."""
    administrators = User.objects.select_for_update().filter(role=Role.ADMINISTRATOR.value, is_active=True)
    list(administrators.order_by("pk").values_list("pk"))
    return User.objects.select_for_update().get(pk=user.pk)


def _is_last(user: User) -> bool:
    others = User.objects.filter(role=Role.ADMINISTRATOR.value, is_active=True).exclude(pk=user.pk)
    for narrowed in gets_in.values():
        others = narrowed(others)
    return user.role == Role.ADMINISTRATOR and user.is_active and not others.exists()


@transaction.atomic
def change_staff(user: User, *, name: str, title: str, role: Role, unit: Unit | None, by: User) -> User:
    """Save what a colleague is called and does; it holds from their next page. Errors: Refused("last_administrator")."""
    held = _held(user)
    if role is not Role.ADMINISTRATOR and _is_last(held):
        raise Refused("last_administrator")
    called = (held.name, held.title)
    held.name, held.title, held.role, held.unit = name.strip(), title.strip(), role.value, unit
    held.save(update_fields=["name", "title", "role", "unit"])
    journal.enter("staff.changed", actor_ref=by.ref, object_ref=held.ref, digest=bytes(32))
    if called != (held.name, held.title):
        for tell in renamed.values():
            tell(held)
        PublicVersion.bump()
    return held


@transaction.atomic
def deactivate(user: User, *, by: User) -> None:
    """Shut out a colleague at once; what they did keeps their name. Errors: Refused("yourself" | "last_administrator")."""
    held = _held(user)
    if held.pk == by.pk:
        raise Refused("yourself")
    if _is_last(held):
        raise Refused("last_administrator")
    held.is_active = False
    held.save(update_fields=["is_active"])
    for tell in decided.values():
        tell(held)
    journal.enter("staff.deactivated", actor_ref=by.ref, object_ref=held.ref, digest=bytes(32))


@transaction.atomic
def reactivate(user: User, *, by: User) -> None:
    """Let a colleague in again, with the password and the role that they had."""
    held = _held(user)
    held.is_active = True
    held.save(update_fields=["is_active"])
    for tell in decided.values():
        tell(held)
    journal.enter("staff.reactivated", actor_ref=by.ref, object_ref=held.ref, digest=bytes(32))
