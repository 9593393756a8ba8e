"""What time does to a question: one reminder before, one when the answer was wanted, and an end after fourteen days."""

from django.db import transaction

from torget.conversations.rules import State as ConversationState
from torget.core import clock
from torget.experts import rules
from torget.experts.actions.asking import come_back, enter, lock_request
from torget.experts.actions.letters import write_down
from torget.experts.models import ExpertRequest
from torget.organisations.models import ClosedDay, Organisation

BATCH = 50


def remind() -> int:
    """Worker's job: remind of what lies, while the desk is open, and end what nobody answered. Returns how many."""
    now = clock.now()
    asked = ExpertRequest.objects.filter(state=rules.State.ASKED.value)
    done = sum(_end(request) for request in asked.filter(expires_at__lte=now).order_by("pk")[:BATCH])
    due = list(asked.filter(remind_at__lte=now, expires_at__gt=now).order_by("pk")[:BATCH])
    if due and rules.is_open(now, Organisation.current().hours, ClosedDay.days(now.date())):
        done += sum(_remind(request) for request in due)
    return done


@transaction.atomic
def _end(request: ExpertRequest) -> int:
    request = lock_request(request)
    if request.state != rules.State.ASKED or clock.now() < request.expires_at:
        return 0
    request.state, request.closed_at, request.remind_at = rules.State.EXPIRED.value, clock.now(), None
    request.save(update_fields=["state", "closed_at", "remind_at"])
    come_back(request.conversation)
    enter("expert.expired", request.conversation, "system")
    return 1


@transaction.atomic
def _remind(request: ExpertRequest) -> int:
    """One reminder: the first where the time is not out yet, else the last. Each is a row that cannot be made twice."""
    request = lock_request(request)
    now = clock.now()
    if request.state != rules.State.ASKED or request.remind_at is None or request.remind_at > now:
        return 0
    kind = rules.Kind.REMINDER if now < request.wanted_by else rules.Kind.DUE
    request.remind_at = request.wanted_by if kind is rules.Kind.REMINDER else None
    request.save(update_fields=["remind_at"])
    # Nobody is chased for what has been answered without them.
    answered = request.conversation.state in (ConversationState.ANSWERED, ConversationState.CLOSED)
    if request.expert.stopped_at is None and not answered:
        write_down(request.expert, kind, request, number=request.round)
        enter("expert.reminded", request.conversation, "system")
    return 1
