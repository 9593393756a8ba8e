"""A message that a program sends: kept as it came, then read as everything that comes in, once for each of its names."""

import re
from dataclasses import dataclass

from torget.api.models import Program
from torget.channels.base import Raw
from torget.conversations import actions as conversations
from torget.conversations.actions.fetching import store_live
from torget.conversations.models import Message, RawEvent
from torget.core.errors import Refused

MARK = re.compile(r"#[0-9a-f]{8}")
"""What stands behind the name of a message that is another than the one we had under it (conversations/actions/taking.py)."""


@dataclass(frozen=True, slots=True)
class Received:
    """What became of it: the message, None while it waits to be read; `new` is false for what was here already."""

    message: Message | None
    new: bool


def receive(program: Program, *, key: str, body: bytes, verdict: str) -> Received:
    """Keep and read one message under the name that the program gave it.

    Errors: Refused("same_key_other_message") for another message under a name that is taken.
    """
    account = program.account
    had = RawEvent.objects.filter(account=account, delivery=key).first()
    if had is None:
        raw = Raw(body=body, source=key, media_type="application/json", method="POST", key=key, verdict=verdict)
        waiting = store_live(account, (raw,))
        for event in waiting:
            if bytes(event.body) == body:
                conversations.parse(event)
    stored = had or RawEvent.objects.get(account=account, delivery=key)
    # A body that is gone was erased by decision: then its name is all that is left to know it by.
    if bytes(stored.body) not in (b"", body):
        raise Refused("same_key_other_message")
    if had is not None and had.state == RawEvent.WAITING:
        conversations.parse(RawEvent.objects.select_related("account__authority").get(pk=had.pk))
    return Received(message_of(program, key), new=had is None)


def message_of(program: Program, key: str) -> Message | None:
    """The program's own message of that name; one that is called as an answer of ours got a mark behind it."""
    mine = Message.objects.select_related("record__case__authority", "conversation").filter(
        account=program.account, direction=Message.IN
    )
    marked = mine.filter(external_id__startswith=f"{key}#").order_by("pk")[:20]
    return mine.filter(external_id=key).first() or next(
        filter(lambda one: MARK.fullmatch(one.external_id, len(key)), marked), None
    )
