"""Events on their way out: claimed under a lease, posted outside any transaction, tried later and later."""

import json
import logging
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from torget.api.models import Delivery
from torget.api.rules import gives_up, pause_after
from torget.channels import live
from torget.channels.programlive import event, post
from torget.conversations.actions.connecting import connection
from torget.core import clock
from torget.core.errors import Refused
from torget.journal import actions as journal
from torget.organisations.models import Organisation, User

log = logging.getLogger("torget.api")
LEASE = timedelta(minutes=2)
NOTHING = bytes(32)


def send_due(limit: int = 20) -> int:
    """Worker's job: post what is due, and what a dead worker had in hand; how many were handled.

    The same webhook-id twice is one event to the receiver, so what may have gone out is sent again.
    """
    now = clock.now()
    waiting = Q(state=Delivery.WAITING, next_at__lte=now)
    # A lease further ahead than any can be was set before the clock was moved back.
    dead = Q(state=Delivery.SENDING) & (Q(lease_until__lte=now) | Q(lease_until__gt=now + 2 * LEASE))
    rows = Delivery.objects.filter(waiting | dead).exclude(program__account__state="off")
    done = 0
    for pk in list(rows.order_by("next_at").values_list("pk", flat=True)[:limit]):
        claimed = Delivery.objects.filter(waiting | dead, pk=pk).update(
            state=Delivery.SENDING, lease_until=clock.now() + LEASE
        )
        if claimed:
            _send(Delivery.objects.select_related("program__account").get(pk=pk))
            done += 1
    return done


def body_of(delivery: Delivery) -> bytes:
    """What is told: which conversation, and the program's own name of the message. No words and no person."""
    data: dict[str, object] = {"conversation": delivery.conversation}
    if delivery.message_id:
        data["id"] = delivery.message_id
    return event(delivery.event, delivery.occurred_at, data)


def _send(delivery: Delivery) -> None:
    attempts = delivery.attempts + 1
    held = Delivery.objects.filter(pk=delivery.pk, state=Delivery.SENDING, lease_until=delivery.lease_until)
    try:
        if Organisation.current().demo:
            _to_folder(delivery)
        elif not delivery.program.endpoint:
            raise live.GiveUp("no_endpoint")
        else:
            post(connection(delivery.program.account), delivery.key, body_of(delivery))
    except live.GiveUp as problem:
        held.update(state=Delivery.FAILED, attempts=attempts, problem=problem.why, lease_until=None)
    except (live.Retry, Refused) as problem:
        why = problem.why if isinstance(problem, live.Retry) else problem.code
        after = timedelta(seconds=min(getattr(problem, "after", 0.0), 43_200))
        state = Delivery.FAILED if gives_up(attempts) else Delivery.WAITING
        next_at = clock.now() + max(pause_after(attempts), after)
        held.update(state=state, attempts=attempts, problem=why, lease_until=None, next_at=next_at)
    except Exception as error:
        log.warning("webhook.failed delivery=%s error=%s", delivery.pk, type(error).__name__)
        held.update(
            state=Delivery.FAILED if gives_up(attempts) else Delivery.WAITING,
            attempts=attempts,
            problem=type(error).__name__[:100],
            lease_until=None,
            next_at=clock.now() + pause_after(attempts),
        )
    else:
        held.update(state=Delivery.SENT, attempts=attempts, problem="", lease_until=None, sent_at=clock.now())


def _to_folder(delivery: Delivery) -> None:
    """In a demo town nothing leaves the machine: what would have is a file in the folder of outgoing mail."""
    folder = Path(settings.MAIL_FOLDER)
    folder.mkdir(parents=True, exist_ok=True)
    told = {"webhook-id": delivery.key, "body": json.loads(body_of(delivery))}
    (folder / f"webhook-{delivery.key}.json").write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")


@transaction.atomic
def send_again(delivery: Delivery, *, by: User) -> None:
    """A person has it sent once more, under the same id. Errors: Refused("not_finished") for what is on its way."""
    ended = Delivery.objects.filter(pk=delivery.pk, state__in=[Delivery.SENT, Delivery.FAILED])
    if not ended.update(state=Delivery.WAITING, next_at=clock.now(), attempts=0, sent_at=None, problem=""):
        raise Refused("not_finished")
    journal.enter("webhook.sent_again", actor_ref=by.ref, object_ref=delivery.program.ref, digest=NOTHING)
