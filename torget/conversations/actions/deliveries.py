"""The deliveries that a message came in, was edited in, or was told of again; what is kept or erased with it."""

import re
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db import connection
from django.db.models import BinaryField, F, Func, IntegerField, QuerySet, Value

from torget.channels.base import Channel, Deleted, Incoming, Raw
from torget.channels.registry import CHANNELS
from torget.conversations.models import Message, RawEvent

MOST = 500
"""Of those that hold the message's name in the channel, the newest so many."""
FAR = 2000
"""Deliveries before the latest version that are read where no name can be looked for: some seconds at most."""
SHORT = 6
"""A shorter piece of a name stands in too many deliveries to look for."""


def deliveries_of(message: Message) -> list[RawEvent]:
    """Those that name the message when they are read again, oldest first; the own form has none.

    Most hold its name in the channel as it is, and are found by it wherever they lie. Where the name is short or made by us,
    those before the latest version are read, far back: a storm may have brought many before it was taken in.
    """
    channel = CHANNELS.get(message.account.channel)
    if channel is None or message.direction == Message.OUT:
        return []
    # Two mails under one Message-ID: the second one has a piece of its body's hash behind it.
    wanted = {message.external_id, message.external_id.rpartition("#")[0]} - {""}
    found: dict[int, RawEvent] = {}
    of_account = RawEvent.objects.filter(account=message.account).exclude(body=b"")
    if needle := _needle(wanted):
        found = _naming(_holding(of_account, needle).order_by("-pk")[:MOST], wanted, channel, message)
    if not found:
        versions = message.record.versions.order_by("-number").values_list("created_at", flat=True)
        last = max([message.captured_at, *versions[:1]]) + timedelta(seconds=1)
        found = _naming(of_account.filter(captured_at__lte=last).order_by("-pk")[:FAR], wanted, channel, message)
    return [found[key] for key in sorted(found)]


def _needle(wanted: Iterable[str]) -> bytes:
    """The longest piece of a name that no way of writing down (JSON, quoted printable) changes; empty where all are short."""
    pieces = [piece for name in wanted for piece in re.findall(r"[A-Za-z0-9]+", name)]
    longest = max(pieces, key=len, default="")
    return longest.encode() if len(longest) >= SHORT else b""


def _holding(rows: "QuerySet[RawEvent]", needle: bytes) -> "QuerySet[RawEvent]":
    sought = Value(needle, output_field=BinaryField())
    if connection.vendor == "postgresql":
        place = Func(sought, F("body"), function="POSITION", arg_joiner=" IN ", output_field=IntegerField())
    else:
        place = Func(F("body"), sought, function="INSTR", output_field=IntegerField())
    return rows.annotate(place=place).filter(place__gt=0)


def _naming(rows: Iterable[RawEvent], wanted: set[str], channel: Channel, message: Message) -> dict[int, RawEvent]:
    return {raw.pk: raw for raw in rows if _names(raw, wanted, channel, message.account.handle)}


def _names(raw: RawEvent, wanted: set[str], channel: Channel, own: str) -> bool:
    given = Raw(body=bytes(raw.body), source=raw.source, media_type=raw.media_type, method=raw.method, url=raw.url)
    items: list[Any] = list(channel.read(given, own=own))
    return any(isinstance(item, Incoming | Deleted) and item.external_id in wanted for item in items)
