"""What the desk shows of colleagues beside a conversation: `panel` is the context of `experts/_panel.html`."""

from collections.abc import Iterable, Sequence
from typing import Any

from torget.conversations.models import Conversation, Message
from torget.core import clock, rows
from torget.experts import permissions, reading, rules, words
from torget.experts.forms import AskForm
from torget.experts.models import ExpertRequest, Letter
from torget.organisations.models import Unit, User

SHOWN = 10
NAMES = 200
_LOST = (rules.Posting.REFUSED.value, rules.Posting.UNKNOWN.value)


def panel(conversation: Conversation, user: User, read: Sequence[Message] | None = None) -> dict[str, Any] | None:
    """Who is asked, and who knows as long as nobody is; None where there is nothing and one may not ask.

    The form to ask is a page of its own: most conversations are opened without asking anyone.
    """
    may_ask = permissions.can_ask(user, conversation)
    asked = requests_of(conversation)
    if not asked and not may_ask:
        return None
    return {
        "conversation": conversation,
        "rows": asked,
        "may_ask": may_ask,
        "suggestions": reading.suggestions(conversation, read=read)[:1] if may_ask and not asked else [],
    }


def marks(keys: Iterable[int]) -> dict[int, tuple[str, str]]:
    """For rows of the queue that wait for a colleague: the state "expert", and `Vera, 2 tim` beside it."""
    return {key: ("expert", beside) for key, beside in reading.waiting_for(list(keys)).items()}


def asking(conversation: Conversation, form: AskForm | None = None) -> dict[str, Any]:
    """What the form to ask needs: suggestions, names to choose among, and the form."""
    asked = ExpertRequest.objects.filter(conversation=conversation, state=rules.State.ASKED.value)
    return {
        "form": form or AskForm(conversation),
        "suggestions": reading.suggestions(
            conversation, beside=list(asked.values_list("expert_id", flat=True)[:SHOWN])
        ),
        "names": [
            *Unit.objects.order_by("name").values_list("name", flat=True)[:NAMES],
            *User.objects.filter(is_active=True).order_by("name").values_list("name", flat=True)[:NAMES],
        ],
        "secret": reading.is_sealed(conversation.pk),
    }


def requests_of(conversation: Conversation) -> list[dict[str, Any]]:
    """The questions of a conversation, newest first, with what can be done about each. Constant SQL."""
    # Most conversations have none, and then the cheap question is enough.
    if not rows.find(ExpertRequest, conversation=conversation.pk):
        return []
    found = list(ExpertRequest.objects.whole().filter(conversation=conversation).order_by("-pk")[:SHOWN])
    letters: dict[int, Letter] = {}
    for one in Letter.objects.filter(request__in=found).exclude(state=rules.Posting.WITHDRAWN.value).order_by("pk"):
        if one.request_id is not None:
            letters[one.request_id] = one
    now = clock.now()
    shown = []
    for request in found:
        state = request.state
        if state == rules.State.ASKED and now >= request.expires_at:
            state = rules.State.EXPIRED.value
        letter = letters.get(request.pk)
        answer = getattr(request, "answer", None)
        shown.append(
            {
                "request": request,
                "state": state,
                "word": words.STATES[state],
                "answer": answer,
                "took": words.duration(answer.minutes) if answer else "",
                "letter": letter,
                "lost": letter is not None and letter.state in _LOST,
                "open": state == rules.State.ASKED,
                "usable": state in (rules.State.ANSWERED, rules.State.USED),
                "again": state in (rules.State.ASKED, rules.State.EXPIRED),
                "revocable": state in (rules.State.ASKED, rules.State.ANSWERED) and now < request.expires_at,
            }
        )
    return shown
