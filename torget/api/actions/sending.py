"""Events on their way out: claimed under a lease, posted outside any transaction, tried later and later."""

import json
import logging
import time
from collections import defaultdict, deque
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from torget.api.models import Delivery, DeliveryQuerySet, Program
from torget.api.rules import gives_up, pause_after
from torget.channels import live
from torget.channels.programlive import event, is_held, post
from torget.conversations.actions.connecting import connection
from torget.conversations.models import Account
from torget.core import clock
from torget.core.errors import Refused
from torget.journal import actions as journal
from torget.organisations.models import Organisation, User

log = logging.getLogger("torget.api")
LEASE = timedelta(minutes=2)
NOTHING = bytes(32)
DEADLINE = 5.0
"""Seconds that the worker waits for one webhook, from the look-up of the name to the status."""
SHARE = 10
"""So many deliveries a program gets in one round at most."""


def send_due() -> int:
    """Worker's job: post what is due, and what a dead worker had in hand; how many were tried.

    Programs take turns, `SHARE` deliveries each at most. One that does not answer, or that has taken `DEADLINE` seconds,
    rests until the next round: what is due to it stays due, and no other waits for it. The same webhook-id twice is one
    event to the receiver, so what may have gone out is sent again.
    """
    now, done = clock.now(), 0
    turns, took = deque(_turns(now)), defaultdict[int, float](float)
    while turns:
        program, keys = turns.popleft()
        began, answers = time.monotonic(), True
        if delivery := _claim(keys.popleft(), now):
            answers = _send(delivery)
            done += 1
        took[program] += time.monotonic() - began
        if keys and answers and took[program] < DEADLINE:
            turns.append((program, keys))
    return done


def _due(now: datetime) -> tuple[Q, Q]:
    """What waits and is due; what a worker had in hand that is dead."""
    # A lease further ahead than any can be was set before the clock was moved back.
    dead = Q(lease_until__lte=now) | Q(lease_until__gt=now + 2 * LEASE)
    return Q(state=Delivery.WAITING, next_at__lte=now), Q(state=Delivery.SENDING) & dead


def _turns(now: datetime) -> Iterator[tuple[int, deque[int]]]:
    """Each program to which something is due, and its share of that; by the index `delivery_turn`."""
    waiting, dead = _due(now)
    mine = Delivery.objects.filter(program=OuterRef("pk"))
    due = Program.objects.filter(Exists(mine.filter(waiting)) | Exists(mine.filter(dead)))
    for program, handle in due.exclude(account__state=Account.OFF).values_list("pk", "account__handle"):
        if not is_held(handle):
            rows = Delivery.objects.filter(program=program).order_by("next_at").values_list("pk", flat=True)
            keys = deque([*rows.filter(dead)[:SHARE], *rows.filter(waiting)[:SHARE]][:SHARE])
            if keys:
                yield program, keys


def _claim(pk: int, now: datetime) -> Delivery | None:
    """The delivery, under a lease of ours; None where another worker has it or it has ended."""
    waiting, dead = _due(now)
    claimed = Delivery.objects.filter(waiting | dead, pk=pk).update(
        state=Delivery.SENDING, lease_until=clock.now() + LEASE
    )
    return Delivery.objects.select_related("program__account").get(pk=pk) if claimed else None


def body_of(delivery: Delivery) -> bytes:
    """What is told: which conversation, and the program's own name of the message. No words and no person."""
    data: dict[str, object] = {"conversation": delivery.conversation}
    if delivery.message_id:
        data["id"] = delivery.message_id
    return event(delivery.event, delivery.occurred_at, data)


def _send(delivery: Delivery) -> bool:
    """Try once, and note what came of it. False where the program did not answer at all."""
    attempts = delivery.attempts + 1
    held = Delivery.objects.filter(pk=delivery.pk, state=Delivery.SENDING, lease_until=delivery.lease_until)
    try:
        _hand_over(delivery)
    except live.GiveUp as problem:
        held.update(
            state=Delivery.FAILED, attempts=attempts, problem=problem.why, lease_until=None, next_at=clock.now()
        )
    except live.Retry as problem:
        _put_off(held, attempts, problem.why, problem.after)
        return problem.why.startswith("http_")
    except Refused as problem:
        _put_off(held, attempts, problem.code)
    except Exception as error:
        log.warning("webhook.failed delivery=%s error=%s", delivery.pk, type(error).__name__)
        _put_off(held, attempts, type(error).__name__[:100])
    else:
        held.update(state=Delivery.SENT, attempts=attempts, problem="", lease_until=None, sent_at=clock.now())
    return True


def _hand_over(delivery: Delivery) -> None:
    """Errors: live.GiveUp, live.Retry, Refused("key_broken")."""
    if Organisation.current().demo:
        _to_folder(delivery)
    elif not delivery.program.endpoint:
        raise live.GiveUp("no_endpoint")
    else:
        way_out = connection(delivery.program.account)
        post(way_out, delivery.key, body_of(delivery), seconds=DEADLINE)


def _put_off(held: DeliveryQuerySet, attempts: int, problem: str, after: float = 0.0) -> None:
    """It rests and is tried again, not before `after` seconds; or it has been tried often enough."""
    now, state, rest = clock.now(), Delivery.FAILED, timedelta(0)
    if not gives_up(attempts):
        state, rest = Delivery.WAITING, max(pause_after(attempts), timedelta(seconds=min(after, 43_200)))
    held.update(state=state, attempts=attempts, problem=problem, lease_until=None, next_at=now + rest)


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
