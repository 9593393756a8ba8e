"""The order of the desk as it is stored: `Conversation.first_at`, worked out when a conversation opens and when it changes."""

from collections.abc import Iterable, Set
from datetime import date, datetime, timedelta

from torget.conversations import priority
from torget.conversations.models import Conversation
from torget.core import clock
from torget.organisations.models import ClosedDay, Organisation


class Order:
    """Works out `first_at` by the organisation's weights, hours and closed days; remembers what it has worked out."""

    def __init__(self, organisation: Organisation, closed_days: Set[date]) -> None:
        self._weights = priority.weights(organisation.weights)
        self._organisation, self._closed = organisation, closed_days
        self._known: dict[tuple[int, datetime], datetime] = {}

    def first_at(self, signs: priority.Signs, due: datetime, same: int = 0) -> datetime:
        """When a conversation comes in the order (aware)."""
        hours = priority.ahead(signs, same=same, weighing=self._weights)
        if not hours:
            return due
        key = hours, due
        if key not in self._known:
            opens, closes = self._organisation.opens, self._organisation.closes
            self._known[key] = priority.earlier(due, hours, opens=opens, closes=closes, closed_days=self._closed)
        return self._known[key]


def current() -> Order:
    """The order as it is now set."""
    return Order(Organisation.current(), ClosedDay.days(clock.now().date() - timedelta(days=60)))


def signs_of(conversation: Conversation) -> priority.Signs:
    """What was seen of how much it presses when it came."""
    return priority.Signs(conversation.urgency, conversation.is_question, conversation.is_vulnerable)


def reorder(keys: Iterable[int] | None = None) -> int:
    """Work out the order anew, for some or for all that wait (the weights have been tuned); how many moved."""
    rows = Conversation.objects.filter(state__in=["new", "assigned", "waiting"])
    rows = rows if keys is None else rows.filter(pk__in=list(keys))
    order, moved = current(), 0
    for one in rows.only(
        "pk", "answer_due", "first_at", "urgency", "is_question", "is_vulnerable", "same_count"
    ).iterator():
        first = order.first_at(signs_of(one), one.answer_due, one.same_count)
        if first != one.first_at:
            moved += Conversation.objects.filter(pk=one.pk).update(first_at=first)
    return moved


def words_of(conversation: Conversation) -> tuple[str, ...]:
    """Codes of why it lies where it does, strongest first; `words.FIRST` has the sentences."""
    weighed = priority.Weighed(
        signs=signs_of(conversation),
        same=conversation.same_count,
        due=conversation.answer_due,
        received=conversation.first_received_at,
    )
    return priority.reasons(weighed, now=clock.now())
