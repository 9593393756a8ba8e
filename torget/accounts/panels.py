"""What the desk and the receipt show of who somebody is: the context of `accounts/_panel.html` and `accounts/_receipt.html`."""

from collections.abc import Sequence
from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from torget.accounts import permissions, rules, sealing
from torget.accounts.models import IdentityRequest, Provider
from torget.conversations.models import Conversation, Message, Receipt
from torget.core import rows
from torget.core.errors import Refused
from torget.organisations.models import User


def panel(conversation: Conversation, user: User, read: Sequence[Message] | None = None) -> dict[str, Any] | None:
    """Who has been asked for and shown; None where there is nothing, and nobody to ask by."""
    asked = None
    if rows.find(IdentityRequest, conversation=conversation.pk):
        asked = (
            IdentityRequest.objects.visible_to(user)
            .filter(conversation=conversation)
            .exclude(state=rules.Asking.WITHDRAWN.value)
            .select_related("asked_by")
            .order_by("-pk")
            .first()
        )
    may_ask = permissions.can_ask_identity(user, conversation) and bool(
        rows.find(Provider, purpose=rules.Purpose.RESIDENTS.value, on=True)
    )
    if asked is None and not may_ask:
        return None
    return {"asked": asked, "may_ask": may_ask, "masked": _masked(asked), "conversation": conversation}


def _masked(asked: IdentityRequest | None) -> str:
    if asked is None or not asked.number:
        return ""
    try:
        return rules.masked(sealing.unseal(asked.number))
    except Refused:
        return "********-****"


def on_receipt(receipt: Receipt, secret: str) -> SafeString | None:
    """The part of the receipt that offers to show who one is, or says that one has."""
    if not rows.find(IdentityRequest, conversation=receipt.conversation_id):
        return None
    asked = IdentityRequest.objects.filter(conversation=receipt.conversation_id).order_by("-pk").first()
    if asked is None or asked.state == rules.Asking.WITHDRAWN:
        return None
    return render_to_string("accounts/_receipt.html", {"asked": asked, "secret": secret})
