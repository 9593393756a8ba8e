"""Afterwards, by itself: what became of the answer, "ja, det hjälpte", and thanks; in one letter a day at most."""

from datetime import date, timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, Subquery

from torget.conversations import rules as conversation_rules
from torget.conversations.actions.taking import NOTHING
from torget.conversations.models import Message, Receipt
from torget.core import clock
from torget.core.errors import Refused
from torget.experts import rules
from torget.experts.actions.asking import enter, lock_request
from torget.experts.actions.letters import write_down
from torget.experts.models import Answer, Expert, ExpertRequest, News
from torget.journal import actions as journal
from torget.organisations.models import ClosedDay, Organisation, User

BATCH = 50
LOOKED_FOR = timedelta(days=180)
"""How long after an answer anything that becomes of it is still looked for."""


def tell() -> int:
    """Worker's job: note what there is to tell, then make the letters of the day. Returns how many things were done."""
    return _note_outcomes() + _note_thanks() + _make_letters()


def _note_outcomes() -> int:
    """Answers after which ours went out, or was published: its colleague has something to hear."""
    out = Message.objects.filter(
        Q(outbox__state=conversation_rules.Sending.SENT.value) | Q(published_version__isnull=False),
        conversation=OuterRef("request__conversation"),
        direction=Message.OUT,
        captured_at__gte=OuterRef("at"),
        removed_at=None,
    ).order_by("pk")
    waiting = (
        Answer.objects.filter(outcome_at=None, at__gte=clock.now() - LOOKED_FOR)
        .annotate(went_out=Subquery(out.values("pk")[:1]))
        .filter(went_out__isnull=False)
        .select_related("request")
        .order_by("pk")
    )
    return sum(
        _note_outcome(answer.request, went_out) for answer, went_out in [(a, a.went_out) for a in waiting[:BATCH]]
    )


@transaction.atomic
def _note_outcome(request: ExpertRequest, message: int) -> int:
    request = lock_request(request)
    answer = request.answer
    if answer.outcome_at is not None:
        return 0
    answer.outcome_id, answer.outcome_at = message, clock.now()
    answer.save(update_fields=["outcome", "outcome_at"])
    if request.state == rules.State.ANSWERED:
        # Staff wrote their answer beside it without the button: it has had its use all the same, and is changed no more.
        ExpertRequest.objects.filter(pk=request.pk).update(state=rules.State.USED.value)
    News.objects.create(request=request, kind=rules.Tidings.OUTCOME.value, at=clock.now())
    enter("expert.answer_out", request.conversation, "system")
    return 1


def _note_thanks() -> int:
    """What residents have said on their receipts since: each word once, and to each of those who were asked."""
    told = News.objects.filter(request=OuterRef("pk"), receipt=OuterRef("receipt"))
    requests = (
        ExpertRequest.objects.filter(answer__outcome_at__gte=clock.now() - LOOKED_FOR)
        .annotate(
            receipt=F("conversation__receipts__pk"),
            helped=F("conversation__receipts__helped"),
            helped_at=F("conversation__receipts__helped_at"),
            thanks=F("conversation__receipts__thanks"),
        )
        # What was said of an earlier answer is not said of this one.
        .exclude(helped_at__lt=F("answer__at"))
    )
    made = 0
    for kind, said in ((rules.Tidings.HELPED, Q(helped=Receipt.YES)), (rules.Tidings.THANKS, Q(thanks__gt=""))):
        rows = requests.filter(said).exclude(Exists(told.filter(kind=kind.value))).order_by("pk", "receipt")
        for request, receipt in list(rows.values_list("pk", "receipt")[:BATCH]):
            # Two workers may see the same row: the constraint lets one of them be first.
            made += News.objects.get_or_create(
                request_id=request, receipt_id=receipt, kind=kind.value, defaults={"at": clock.now()}
            )[1]
    return made


def _make_letters() -> int:
    """A letter of today to each colleague with something to hear, while the desk is open."""
    now = clock.now()
    untold = News.objects.filter(letter=None, request__expert__quiet_at=None, at__gte=now - LOOKED_FOR)
    if not untold.exists() or not rules.is_open(now, Organisation.current().hours, ClosedDay.days(now.date())):
        return 0
    day = now.astimezone(clock.STOCKHOLM).date()
    had_one = Expert.objects.filter(letters__kind=rules.Kind.NEWS.value, letters__day=day)
    experts = Expert.objects.filter(requests__news__in=untold).exclude(pk__in=had_one.values("pk")).distinct()
    return sum(_make_letter(expert, day) for expert in experts.order_by("pk")[:BATCH])


@transaction.atomic
def _make_letter(expert: Expert, day: date) -> int:
    # The colleague's row is the lock, and a constraint stands behind it: one letter a day, and each thing in one letter.
    list(Expert.objects.select_for_update().filter(pk=expert.pk).values_list("pk"))
    if expert.letters.filter(kind=rules.Kind.NEWS.value, day=day).exists():
        return 0
    untold = News.objects.filter(letter=None, request__expert=expert, at__gte=clock.now() - LOOKED_FOR)
    keys = list(untold.order_by("pk").values_list("pk", flat=True)[:BATCH])
    if not keys:
        return 0
    letter = write_down(expert, rules.Kind.NEWS, number=1, day=day)
    News.objects.filter(pk__in=keys).update(letter=letter)
    told = ExpertRequest.objects.filter(news__in=keys).select_related("conversation").distinct().order_by("pk")
    for request in told:
        enter("expert.told", request.conversation, "system")
    return 1


CHOICES = ("stop", "ask_again", "quiet", "tell_again")


@transaction.atomic
def choose(expert: Expert, choice: str, *, by: User | None = None) -> Expert:
    """What a colleague wants: stop | ask_again (questions), quiet | tell_again (letters about how it went).

    Errors: Refused unknown_choice. Twice changes nothing.
    """
    if choice not in CHOICES:
        raise Refused("unknown_choice")
    list(Expert.objects.select_for_update().filter(pk=expert.pk).values_list("pk"))
    expert = Expert.objects.get(pk=expert.pk)
    before = (expert.stopped_at, expert.quiet_at)
    now = clock.now()
    if choice in ("stop", "ask_again"):
        expert.stopped_at = (expert.stopped_at or now) if choice == "stop" else None
    else:
        expert.quiet_at = (expert.quiet_at or now) if choice == "quiet" else None
    if (expert.stopped_at, expert.quiet_at) != before:
        expert.save(update_fields=["stopped_at", "quiet_at"])
        actor = by.ref if by else expert.ref
        journal.enter(f"expert.{choice}", actor_ref=actor, object_ref=expert.ref, digest=NOTHING)
    return expert
