"""Letters to colleagues: swept by the worker; each leaves at most once, and where that is unknown a person decides."""

from datetime import date, timedelta
from uuid import uuid4

from django.db import transaction
from django.db.models import Max, Q

from torget.core import clock, mailing
from torget.core.mailing import Handed, new_message_id
from torget.experts import mails, rules
from torget.experts.models import Expert, ExpertRequest, Letter
from torget.organisations.models import Organisation

STATES = {
    Handed.SENT: rules.Posting.SENT,
    Handed.LATER: rules.Posting.WAITING,
    Handed.REFUSED: rules.Posting.REFUSED,
    Handed.UNKNOWN: rules.Posting.UNKNOWN,
}


def write_down(
    expert: Expert, kind: rules.Kind, request: ExpertRequest | None = None, *, number: int = 0, day: date | None = None
) -> Letter:
    """A letter that is to leave, as a row in the transaction of what it tells. `number` 0: the next of its kind."""
    if not number:
        last = Letter.objects.filter(request=request, kind=kind.value).aggregate(last=Max("number"))["last"]
        number = (last or 0) + 1
    return Letter.objects.create(
        expert=expert,
        request=request,
        kind=kind.value,
        number=number,
        day=day,
        mail_id=new_message_id(),
        made_at=clock.now(),
    )


def send_letters(limit: int = 20) -> int:
    """Worker's job: mark what a dead worker left, then send what waits and is due. Returns how many were handled."""
    now = clock.now()
    # A lease, and a next attempt, further ahead than any can be was set before the clock was moved back.
    dead = Q(lease_until__lte=now) | Q(lease_until__gt=now + 2 * rules.LETTER_LEASE)
    done = Letter.objects.filter(dead, state=rules.Posting.SENDING.value).update(
        state=rules.Posting.UNKNOWN.value, problem="worker_stopped", lease_owner="", lease_until=None
    )
    due = Q(next_attempt_at=None) | Q(next_attempt_at__lte=now) | Q(next_attempt_at__gt=now + rules.LONGEST_PAUSE)
    waiting = Letter.objects.filter(due, state=rules.Posting.WAITING.value).order_by("id")
    for pk in list(waiting.values_list("pk", flat=True)[:limit]):
        done += _send(pk)
    return done


def _send(pk: int) -> int:
    """Send one: claim it, hand it over outside any transaction, note the outcome. 1 when this worker handled it."""
    owner = uuid4().hex
    claimed = Letter.objects.filter(pk=pk, state=rules.Posting.WAITING.value).update(
        state=rules.Posting.SENDING.value, lease_owner=owner, lease_until=clock.now() + rules.LETTER_LEASE
    )
    if not claimed:
        return 0
    letter = Letter.objects.select_related("expert", "request").get(pk=pk)
    if _is_out_of_date(letter):
        _note(letter, rules.Posting.WITHDRAWN, "")
        return 1
    _note(letter, *_hand_over(letter))
    return 1


def _is_out_of_date(letter: Letter) -> bool:
    """Whether what the letter asks for has been given, taken back or said no to meanwhile."""
    if letter.kind == rules.Kind.NEWS:
        return letter.expert.quiet_at is not None
    request = letter.request
    return request is None or request.state != rules.State.ASKED or clock.now() >= request.expires_at


def _hand_over(letter: Letter) -> tuple[rules.Posting, str]:
    """Give the mail to the server. WAITING: surely not sent, try again. UNKNOWN: it may have been."""
    handed, problem = mailing.hand_over(lambda: mails.write(letter), demo=Organisation.current().demo)
    return STATES[handed], problem


@transaction.atomic
def _note(letter: Letter, state: rules.Posting, problem: str) -> None:
    """Write down the outcome, unless the lease has run out and somebody else has."""
    attempts, again = letter.attempts + 1, state is rules.Posting.WAITING
    pause = min(rules.LONGEST_PAUSE, timedelta(minutes=2 ** min(attempts, 10)))
    Letter.objects.filter(pk=letter.pk, state=rules.Posting.SENDING.value, lease_owner=letter.lease_owner).update(
        state=state.value,
        attempts=attempts,
        problem=problem,
        lease_owner="",
        lease_until=None,
        next_attempt_at=clock.now() + pause if again else None,
        sent_at=clock.now() if state is rules.Posting.SENT else None,
    )
