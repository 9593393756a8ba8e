"""Events for programs, made from the journal: what was entered in the transaction of a deed is told exactly once.

The journal is the transactional outbox (docs/decisions/0039): its entries are numbered without gaps, so that a place in it
says what has been told and what has not, whatever was killed when.
"""

from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256

from django.db import transaction

from torget.api.models import Delivery, Program
from torget.api.rules import KINDS, Event
from torget.conversations.models import Account, Conversation, Message
from torget.core import clock
from torget.journal.models import Entry

BATCH = 500


def make_events() -> int:
    """Worker's job: read on in the journal for each program that wants events; how many deliveries were made."""
    made = 0
    wanted = Program.objects.exclude(events=[]).exclude(account__state=Account.OFF).select_related("account")
    for program in wanted:
        if program.endpoint:
            made += _read_on(program.pk)
    return made


@transaction.atomic
def _read_on(pk: int) -> int:
    """One batch for one program: its deliveries and its place in the journal move together."""
    program = Program.objects.select_for_update().select_related("account").get(pk=pk)
    here = program.seen_until
    entries = list(
        Entry.objects.filter(sequence__gt=here, sequence__lte=here + BATCH)
        .order_by("sequence")
        .values_list("sequence", "kind", "object_ref", "at")
    )
    if not entries:
        return 0
    wanted = [entry for entry in entries if entry[1] in KINDS and KINDS[entry[1]].value in program.events]
    about = _about(entry[2] for entry in wanted)
    now, made = clock.now(), []
    for sequence, kind, ref, at in wanted:
        number, account, message_id = about.get(ref, (0, 0, ""))
        own = account == program.account_id
        # The answer to a program's own message goes by the outbox, with its words; that is its event.
        if not number or not (own or program.tells_all) or (own and KINDS[kind] is Event.ANSWERED):
            continue
        made.append(
            Delivery(
                program=program,
                key=_key(pk, sequence, kind, ref, at),
                sequence=sequence,
                event=KINDS[kind].value,
                conversation=number,
                message_id=message_id if own else "",
                occurred_at=at,
                next_at=now,
            )
        )
    Delivery.objects.bulk_create(made, ignore_conflicts=True)
    Program.objects.filter(pk=pk).update(seen_until=entries[-1][0])
    return len(made)


def _key(program: int, *entry: object) -> str:
    """The webhook-id of an entry for a program: the same again where a restored backup makes it be told again."""
    told = ":".join(one.isoformat() if isinstance(one, datetime) else str(one) for one in (program, *entry))
    return f"evt_{sha256(told.encode()).hexdigest()[:32]}"


def _about(refs: Iterable[str]) -> dict[str, tuple[int, int, str]]:
    """Reference of a record or a conversation → (conversation's number, its account, the message's own name).

    What is secret or sealed is left out: that it is there is nobody's business outside.
    """
    named = set(refs)
    records = [int(ref.partition(":")[2]) for ref in named if ref.startswith("record:")]
    numbers = [int(ref.partition(":")[2]) for ref in named if ref.startswith("conversation:")]
    messages = Message.objects.filter(record__in=records, automatic=False, conversation__sealed=False)
    found = {
        f"record:{record}": (number, account, external_id[:200])
        for record, number, account, external_id in messages.values_list(
            "record_id", "conversation__number", "conversation__account_id", "external_id"
        )
    }
    conversations = Conversation.objects.filter(number__in=numbers, sealed=False)
    found |= {
        f"conversation:{number}": (number, account, "")
        for number, account in conversations.values_list("number", "account_id")
    }
    return found
