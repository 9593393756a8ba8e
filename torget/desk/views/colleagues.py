"""What the desk shows of colleagues: who has the desk, what waits for approval, saved replies, whom one may ask."""

from datetime import datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from torget.conversations.models import Conversation, DraftFile
from torget.core import clock, dates, rows
from torget.core.kept import kept
from torget.organisations.models import Authority, Organisation, User
from torget.organisations.rules import STOCKHOLM
from torget.team import rules
from torget.team.models import Approval, SavedReply
from torget.team.permissions import can_approve

MOST_REPLIES = 40


def named(turns: list[rules.Turn]) -> list[dict[str, Any]]:
    """The people of turns by first name, and till when each has the desk."""
    if not turns:
        return []
    names = {user.pk: user.first_name for user in User.objects.filter(pk__in=[turn.user for turn in turns])}
    return [{"name": names.get(turn.user, ""), "till": _hour(turn.ends)} for turn in turns]


def _hour(moment: time) -> str:
    return f"{moment:%H}".lstrip("0") if not moment.minute else dates.clock_time(moment, get_language() or "sv")


def context(conversation: Conversation, user: User, organisation: Organisation) -> dict[str, Any]:
    """Approvals, saved replies and whom one may ask, for the conversation's page."""
    # Most conversations have none, and then the cheap question is enough.
    any_asked = bool(rows.find(Approval, conversation=conversation.pk))
    asked = [_asking(row, user) for row in _open(conversation)] if any_asked else []
    here = _authority(conversation)
    return {
        "askings": [row for row in asked if not row["mine"]],
        "my_asking": next((row for row in asked if row["mine"]), None),
        "may_decide": any(row["may"] for row in asked),
        "change_wanted": _change_wanted(conversation, user) if any_asked else None,
        "saved_replies": _replies(user.pk, role=user.role),
        "authorities": sorted((one for one in rows.find(Authority) if one.pk != here), key=lambda one: one.prefix),
        "needs_approval": organisation.needs_approval,
    }


@kept
def _replies(user: int, *, role: str) -> QuerySet[SavedReply, Any]:
    replies = SavedReply.objects.visible_to(User(pk=user, role=role)).order_by("-used", "title")
    return replies.values("pk", "title")[:MOST_REPLIES]


def _authority(conversation: Conversation) -> int:
    return conversation.case.authority_id if conversation.case else conversation.account.authority_id


def _open(conversation: Conversation) -> list[Approval]:
    found = Approval.objects.filter(conversation=conversation, state=rules.Asked.OPEN.value)
    related = found.select_related("author", "asked_of", "record").prefetch_related("record__versions")
    return list(related.order_by("pk")[:10])


def _asking(row: Approval, user: User) -> dict[str, Any]:
    return {
        "asking": row,
        "mine": row.author_id == user.pk,
        "may": can_approve(user, row),
        "text": row.record.latest.text if row.record else "",
        "files": list(DraftFile.objects.filter(draft=row.draft_id).select_related("blob")) if row.draft_id else [],
    }


def _change_wanted(conversation: Conversation, user: User) -> Approval | None:
    """The word about one's latest asking, when that was the last thing that happened to it."""
    latest = (
        Approval.objects.filter(conversation=conversation, author=user).select_related("decided_by").order_by("-pk")
    )
    found = latest.first()
    return found if found and found.state == rules.Asked.CHANGE else None


def values(conversation: Conversation, user: User) -> dict[str, str]:
    """What the fields of a saved reply stand for in this conversation; what is not known is left out."""
    first = conversation.messages.select_related("record__case__authority").order_by("pk").first()
    who = first.record.correspondent if first else ""
    link = reverse("conversations:conversation", kwargs={"number": conversation.number})
    return {
        "förnamn": rules.first_name(who),
        "diarienummer": (first.record.dnr or "") if first else "",
        "länk": f"{settings.TORGET_URL}{link}" if conversation.is_public else "",
        "handläggare": user.first_name,
    }


def snooze_times(organisation: Organisation) -> list[dict[str, Any]]:
    """Moments one puts a conversation off to, when the desk opens: tomorrow, next Monday, in a week, in a month."""
    now = clock.now().astimezone(STOCKHOLM)
    days = (
        (_("I morgon"), 1),
        (_("Nästa måndag"), 7 - now.weekday()),
        (_("Om en vecka"), 7),
        (_("Om en månad"), 30),
    )
    return [
        {"label": label, "value": datetime.combine(now.date() + timedelta(days=ahead), organisation.opens)}
        for label, ahead in days
    ]
