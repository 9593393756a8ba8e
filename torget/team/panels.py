"""The side pane's part: how the askings for approval of a conversation went."""

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet

from torget.conversations.models import Conversation
from torget.core import rows
from torget.core.kept import kept
from torget.organisations.models import User
from torget.team.models import Approval
from torget.team.rules import Asked
from torget.team.words import ASKED


def marks(keys: Iterable[int]) -> dict[int, tuple[str, str]]:
    """For rows of the queue: those with an answer that waits for approval, and whose it is."""
    return {key: ("approval", name.split()[0] if name else "") for key, name in _asked(list(keys))}


@kept
def _asked(keys: list[int]) -> QuerySet[Approval, Any]:
    found = Approval.objects.filter(conversation__pk__in=keys, state=Asked.OPEN.value)
    return found.values_list("conversation", "author__name")


def panel(conversation: Conversation, user: User, read: object = None) -> dict[str, Any] | None:
    """Askings that are closed, newest first; None when there are none."""
    # Most conversations have none, and then the cheap question is enough.
    if not any(one.state != Asked.OPEN for one in rows.find(Approval, conversation=conversation.pk)):
        return None
    closed = Approval.objects.filter(conversation=conversation).exclude(state=Asked.OPEN.value)
    found = list(closed.select_related("author", "decided_by").order_by("-pk")[:8])
    return {"askings": [{"asking": row, "words": ASKED.get(row.state, row.state)} for row in found]} if found else None
