"""Who may read a record, and who does the registrar's work."""

from typing import Any

from torget.organisations.models import User
from torget.organisations.rules import Right, Role
from torget.register import rules
from torget.register.models import Circle, Record


def can_read(user: User, record: Record) -> bool:
    """Whether `user` may read a record's words, subject, sender and files. Docs: docs/rules/secrecy.md.

    `Record.objects.visible_to(user)` is the same rule for lists; a test holds the two together.
    """
    if not user.may(Right.SEE_DESK):
        return False
    if not record.is_guarded:
        return True
    own = user.unit.authority_id if user.unit else None
    return rules.may_read(
        guarded=True,
        registrar=user.role == Role.REGISTRAR,
        administrator=user.role == Role.ADMINISTRATOR,
        own_authority=own in (None, record.authority_id),
        in_circle=record.circle_id is not None and Record.objects.filter(Circle.of(user), pk=record.pk).exists(),
        circle_empty=record.circle_id is None,
    )


def can_confirm(user: User, record: Any = None) -> bool:
    """Who works in the queue of what nobody has confirmed."""
    return user.may(Right.CLASSIFY)


def can_see_cases(user: User, case: Any = None) -> bool:
    """Everyone at the desk looks cases up."""
    return user.may(Right.SEE_DESK)


def can_register(user: User, thing: Any = None) -> bool:
    """Who opens, joins, parts, links and closes cases, corrects, and says who may read what: registrars and administrators."""
    return user.may(Right.REGISTER)


def can_correct(user: User, record: Record) -> bool:
    """Who corrects a record: whoever does the registrar's work and may read it."""
    return user.may(Right.REGISTER) and can_read(user, record)


def can_guard(user: User, record: Record) -> bool:
    """Who marks secrecy, lifts it and says who may read: whoever confirms records and may read this one."""
    return user.may(Right.CLASSIFY) and can_read(user, record)
