"""Who the one who wrote is, in one conversation: asked for by staff, shown by a provider, kept with that conversation alone."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import IntegrityError, transaction

from torget.accounts import rules, sealing
from torget.accounts.actions.auditing import NOTHING
from torget.accounts.models import IdentityRequest, Letter, Provider
from torget.conversations.models import Conversation
from torget.conversations.rules import storable
from torget.core import clock
from torget.core.errors import Refused
from torget.journal import actions as journal
from torget.organisations.models import User
from torget.register.models import Record


@transaction.atomic
def ask_identity(conversation: Conversation, *, by: User) -> IdentityRequest:
    """Ask the one who wrote to show who they are; the receipt offers it. Errors: Refused("no_provider" | "asked")."""
    if Provider.of(rules.Purpose.RESIDENTS) is None:
        raise Refused("no_provider")
    try:
        with transaction.atomic():
            made = IdentityRequest.objects.create(conversation=conversation, asked_by=by, asked_at=clock.now())
    except IntegrityError:
        raise Refused("asked") from None
    _changed(conversation, "identity.asked", by.ref)
    return made


@transaction.atomic
def withdraw_identity(request: IdentityRequest, *, by: User) -> None:
    """Take the question back; what has been shown stays. Errors: Refused("not_open")."""
    changed = IdentityRequest.objects.filter(pk=request.pk, state=rules.Asking.ASKED.value).update(
        state=rules.Asking.WITHDRAWN.value
    )
    if not changed:
        raise Refused("not_open")
    _changed(request.conversation, "identity.withdrawn", by.ref)


@transaction.atomic
def give_identity(request: IdentityRequest, claims: Mapping[str, Any], *, provider: Provider) -> None:
    """Keep who somebody is, as the provider says, with this conversation. Errors: Refused("not_open" | "no_name")."""
    name = storable(next(iter(rules.values(claims, provider.name_claim)), "")).strip()[:200]
    if not name:
        raise Refused("no_name")
    given = next(iter(rules.values(claims, provider.number_claim)), "") if provider.number_claim else ""
    number = rules.tidy_number(given)
    changed = IdentityRequest.objects.filter(pk=request.pk, state=rules.Asking.ASKED.value).update(
        state=rules.Asking.GIVEN.value,
        given_at=clock.now(),
        name=name,
        number=sealing.seal(number) if number else None,
        issuer=provider.issuer,
    )
    if not changed:
        raise Refused("not_open")
    _changed(request.conversation, "identity.given", "resident")


def read_number(request: IdentityRequest, *, by: User) -> str:
    """The whole number, for who has a reason; the journal says who read it. Errors: Refused("no_number" | "seal_broken")."""
    if not request.number:
        raise Refused("no_number")
    number = sealing.unseal(request.number)
    journal.enter("identity.read", actor_ref=by.ref, object_ref=request.conversation.ref, digest=NOTHING)
    return number


def _changed(conversation: Conversation, kind: str, actor: str) -> None:
    Conversation.objects.filter(pk=conversation.pk).update(changed_at=clock.now())
    journal.enter(kind, actor_ref=actor, object_ref=conversation.ref, digest=NOTHING)


def erase_identity(record: Record) -> Iterable[str]:
    """Let go of who somebody is, when what they wrote is erased (register.erasers)."""
    IdentityRequest.objects.filter(
        conversation__messages__record=record, conversation__messages__direction="in"
    ).delete()
    return []


def settle_restored() -> int:
    """A letter that was on its way when the backup was made may have left since; it is not written a second time."""
    return Letter.objects.filter(state__in=[rules.Posting.WAITING.value, rules.Posting.SENDING.value]).update(
        state=rules.Posting.UNKNOWN.value, problem="restored", lease_owner="", lease_until=None
    )
