"""What goes with a record that is erased: the questions that were asked with its words, their answers, and what was learnt."""

from collections.abc import Iterable

from django.db.models import Q

from torget.conversations.models import Message
from torget.core import clock
from torget.experts import rules
from torget.experts.models import ExpertRequest, Word
from torget.register.models import Record


def companions_of(record: Record) -> Iterable[Record]:
    """The questions and answers that repeat a message's words: where it went along, and all of a thread that it began."""
    message = Message.objects.filter(record=record).first()
    if message is None:
        return []
    first = Message.objects.filter(conversation=message.conversation_id).order_by("pk").values_list("pk", flat=True)[0]
    asked = Q(along__message=message)
    if message.pk == first:
        asked |= Q(conversation=message.conversation_id)
    requests = ExpertRequest.objects.filter(asked).distinct().select_related("question", "answer__record")
    return [one for request in requests for one in _records(request)]


def _records(request: ExpertRequest) -> Iterable[Record]:
    yield request.question
    if hasattr(request, "answer"):
        yield request.answer.record


def erase_question(record: Record) -> Iterable[str]:
    """Take away what is kept beside a question or its answer: the words that were learnt, who was proposed, the open link."""
    requests = ExpertRequest.objects.filter(Q(question=record) | Q(answer__record=record))
    keys = list(requests.values_list("pk", flat=True))
    Word.objects.filter(request__in=keys).delete()
    ExpertRequest.objects.filter(pk__in=keys).update(proposal="")
    # Nobody is left with a question, or a link to one, that says nothing.
    now = clock.now()
    ExpertRequest.objects.filter(pk__in=keys, expires_at__gt=now).update(expires_at=now, remind_at=None)
    ExpertRequest.objects.filter(pk__in=keys, state=rules.State.ASKED.value).update(
        state=rules.State.REVOKED.value, closed_at=now
    )
    return []
