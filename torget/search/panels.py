"""What search shows beside a conversation: others that ask the same, those with an answer first."""

from typing import Any

from torget.conversations.models import Conversation
from torget.core import clock, rows
from torget.organisations.models import User
from torget.search.actions.same import WINDOW
from torget.search.models import Asked

MOST = 5


def panel(conversation: Conversation, user: User, read: object = None) -> dict[str, Any] | None:
    """The context of `_panel.html`; None where nobody else has asked the same of late. Two statements."""
    asked = next(iter(rows.find(Asked, conversation=conversation.pk)), None)
    if asked is None:
        return None
    others = Asked.objects.filter(group=asked.group, at__gte=clock.now() - WINDOW).exclude(pk=conversation.pk)
    visible = Conversation.objects.visible_to(user).filter(pk__in=others.order_by("-at").values("pk")[:200])
    found = list(visible.order_by("first_answered_at", "-pk")[:200])
    if not found:
        return None
    answered = [one for one in reversed(found) if one.first_answered_at]
    waiting = [one for one in found if not one.first_answered_at]
    return {"same": [*answered, *waiting][:MOST], "count": len(found), "answered": len(answered)}
