"""Moderation beside a conversation at the desk, and what the desk says of accounts that nobody has looked at."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Q, QuerySet

from torget.conversations.models import Conversation, Message
from torget.core import rows
from torget.core.kept import kept
from torget.moderation import permissions, reading, words
from torget.moderation.models import Complaint, Notice
from torget.moderation.rules.grounds import State, Way
from torget.organisations.models import User


def panel(conversation: Conversation, user: User, read: Sequence[Message] | None = None) -> dict[str, Any] | None:
    """The context of `moderation/_panel.html`; None where there is nothing to say and nothing to do. Constant SQL.

    Hints are worked out from the newest messages, or those that the page has `read`, as they stand now; no verdict is
    stored.
    """
    may = permissions.can_moderate(user)
    lines = reading.lines(conversation, read=read)
    notices = _notices(conversation.pk)
    about = [one for one in notices if one.concerns_id == conversation.pk and one.decided_at is None][:5]
    own = next((one for one in notices if one.conversation_id == conversation.pk), None)
    complaint = next(iter(rows.find(Complaint, conversation=conversation.pk)), None)
    hinted = [line for line in lines if line.hints]
    removed = [line for line in lines if line.removal]
    others = [line for line in lines if line.can_go and not line.hints]
    if not (hinted or removed or about or own or complaint or (may and others)):
        return None
    return {
        "conversation": conversation,
        "may_moderate": may,
        "hinted": hinted,
        "removed": [(line, label(line.removal)) for line in removed],
        "about": about,
        "own_notice": own,
        "complaint": complaint,
        "others": [(line.message.pk, _short(line.text)) for line in others],
    }


@kept
def _notices(conversation: int) -> QuerySet[Notice]:
    either = Q(concerns=conversation, decided_at=None) | Q(conversation=conversation)
    return Notice.objects.filter(either).order_by("pk")[:50]


def _short(text: str) -> str:
    # Cut before it is looked through: only its first words can be shown.
    return reading.beginning(text[:200], 70) or "…"


def label(removal: Any) -> tuple[str, str, Any]:
    """How far a removal has come: colour class, icon, word."""
    waits_here = removal.state == State.ASKED and removal.way == Way.BY_HAND
    return words.STATES["by_hand" if waits_here else removal.state]


def overdue() -> list[str]:
    """The accounts that somebody should have looked at by now, in words; for the foot of the desk. Two queries."""
    return [one.label for one in reading.watched(names=False) if one.overdue]
