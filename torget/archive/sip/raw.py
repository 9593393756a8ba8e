"""Which deliveries the case's messages came in, and whether each may lie in its package. Read anew, as the channel reads."""

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Q, QuerySet

from torget.archive import rules
from torget.channels.base import Broken, Deleted, Incoming, Item, Raw, Visibility
from torget.channels.registry import CHANNELS
from torget.conversations.models import Account, Message, RawEvent
from torget.register.models import Record

FAR = 300
"""How many deliveries before a version was taken in are read to find the one it came in: more than any page holds."""
MANY = 40
"""More moments than this to find in an account: its deliveries are read through once instead."""
_OPEN = {Visibility.PUBLIC.value, Visibility.UNLISTED.value}


@dataclass(frozen=True, slots=True)
class Names:
    """What one delivery says: the ids of its messages, and whether some of it was not understood."""

    ids: frozenset[str]
    broken: bool


@dataclass
class Deliveries:
    """The deliveries of one account, found by the moment at which something was taken in."""

    account: Account
    # Keys and moments of all deliveries, where there is so much to find that each of them is soon asked for.
    keys: "array[int] | None" = None
    moments: "array[float] | None" = None
    read: dict[int, Names] = field(default_factory=dict)

    def load(self) -> None:
        """Read keys and moments of all deliveries at once, sixteen bytes for each."""
        self.keys, self.moments = array("q"), array("d")
        rows = RawEvent.objects.filter(account=self.account).order_by("captured_at", "pk")
        for key, moment in rows.values_list("pk", "captured_at").iterator(chunk_size=5000):
            self.keys.append(key)
            self.moments.append(moment.timestamp())

    def names(self, key: int) -> Names:
        """What a delivery holds; read once."""
        if key not in self.read:
            self.read[key] = names_in(RawEvent.objects.get(pk=key), self.account)
        return self.read[key]

    def before(self, moment: datetime) -> Sequence[int]:
        """Keys of the deliveries up to the moment, newest first."""
        if self.keys is not None and self.moments is not None:
            place = bisect_right(self.moments, moment.timestamp())
            return self.keys[max(0, place - FAR) : place][::-1]
        rows = RawEvent.objects.filter(account=self.account, pk__lte=_last_key(moment)).order_by("-pk")
        return list(rows.values_list("pk", flat=True)[:FAR])

    def holding(self, wanted: Sequence[str], moment: datetime) -> int | None:
        """The newest delivery up to `moment` that names the message by one of its names."""
        for key in self.before(moment):
            if not self.names(key).ids.isdisjoint(wanted):
                return key
        return None


def _last_key(moment: datetime) -> int:
    """The key of the newest delivery up to the moment, by halving: keys grow with time, and there is no index of times."""
    newest = RawEvent.objects.order_by("-pk").values_list("pk", flat=True).first()
    low, high = 0, newest or 0
    while low < high:
        middle = (low + high + 1) // 2
        row = RawEvent.objects.filter(pk__gte=middle).order_by("pk").values_list("pk", "captured_at").first()
        if row is not None and row[0] <= high and row[1] <= moment:
            low = row[0]
        else:
            high = middle - 1
    return low


def names_in(raw: RawEvent, account: Account) -> Names:
    """Read one delivery again. What its channel can no longer read counts as not understood."""
    channel = CHANNELS.get(account.channel)
    if channel is None:
        return Names(frozenset(), broken=True)
    delivered = Raw(body=bytes(raw.body), source=raw.source, media_type=raw.media_type, method=raw.method, url=raw.url)
    try:
        items: list[Item] = channel.read(delivered, own=account.handle)
    except Exception:
        # A channel promises never to raise; a package is not lost to one that does.
        return Names(frozenset(), broken=True)
    ids = frozenset(item.external_id for item in items if isinstance(item, Incoming | Deleted))
    return Names(ids, any(isinstance(item, Broken) for item in items))


@dataclass
class Found:
    """The deliveries of a case: keys in order, the messages that each holds, why one is withheld, whose words lie beside."""

    messages: dict[int, list[int]] = field(default_factory=dict)
    withheld: dict[int, str] = field(default_factory=dict)
    beside: set[int] = field(default_factory=set)
    """Records of other cases, or of none, that stand in deliveries which are not withheld."""


def find(case: int, moments: Iterable[tuple[Message, datetime]]) -> Found:
    """Find the delivery of each (message, moment at which a version of it was taken in)."""
    sought: dict[int, tuple[Account, list[tuple[int, tuple[str, ...], datetime]]]] = {}
    for message, moment in moments:
        account = message.account
        if account.channel == "web" or message.direction == Message.OUT:
            continue  # our own form has no deliveries, and nobody delivered our answers
        # Two mails under one Message-ID: the second has a piece of its body's hash behind it.
        names = tuple(filter(None, (message.external_id, message.external_id.rpartition("#")[0], message.alias)))
        sought.setdefault(account.pk, (account, []))[1].append((message.pk, names, moment))
    found = Found()
    for account, wanted in sought.values():
        deliveries = Deliveries(account)
        if len(wanted) > MANY:
            deliveries.load()
        for key, names, moment in wanted:
            held = deliveries.holding(names, moment)
            if held is not None and key not in found.messages.setdefault(held, []):
                found.messages[held].append(key)
        _judge(case, deliveries, found)
    return found


def _judge(case: int, deliveries: Deliveries, found: Found) -> None:
    for key in found.messages:
        if key in deliveries.read and key not in found.withheld:
            names = deliveries.read[key]
            others = _others(case, deliveries.account, names)
            if why := rules.why_withheld([*([_UNKNOWN] if names.broken else []), *others.values()]):
                found.withheld[key] = why
            else:
                found.beside |= {record for record in others if record is not None}


_UNKNOWN = rules.Other(public=False, secret=False, known=False)


def _others(case: int, account: Account, names: Names) -> dict[int | None, rules.Other]:
    """The messages of a delivery that are not in the case, by their record; under None what no message is known of."""
    others: dict[int | None, rules.Other] = {}
    known: set[str] = set()
    ids = sorted(names.ids)
    for start in range(0, len(ids), 400):
        part = ids[start : start + 400]
        rows = Message.objects.filter(account=account, external_id__in=part).select_related("record__erasure")
        rows = rows | Message.objects.filter(account=account, alias__in=part).select_related("record__erasure")
        for message in rows:
            known |= {message.external_id, message.alias}
            if message.record.case_id != case:
                # As `closed_since` judges: a source may tell again of what is erased here.
                gone = message.deleted_at is not None or message.removed_at is not None
                gone = gone or hasattr(message.record, "erasure")
                others[message.record_id] = rules.Other(
                    message.visibility in _OPEN and not gone, message.record.is_guarded
                )
    if set(ids) - known:
        others[None] = _UNKNOWN
    return others


def closed_since(records: "QuerySet[Record]") -> bool:
    """Whether one of these records, whose words were for all to see, is not any more: guarded, taken away or erased."""
    guarded = Q(secret=True) | Q(protected_identity=True) | Q(erasure__isnull=False)
    gone = Q(message__deleted_at__isnull=False) | Q(message__removed_at__isnull=False)
    return records.filter(guarded | gone | ~Q(message__visibility__in=_OPEN)).exists()


def read_events(keys: Iterable[int]) -> Iterator[RawEvent]:
    """The deliveries themselves, one at a time."""
    for key in keys:
        yield RawEvent.objects.select_related("account").get(pk=key)


def by_message(found: Found, identity: Mapping[int, str]) -> dict[int, list[str]]:
    """For each message the WARC record ids of its deliveries."""
    held: dict[int, list[str]] = {}
    for key, messages in found.messages.items():
        for message in messages:
            held.setdefault(message, []).append(identity[key])
    return held
