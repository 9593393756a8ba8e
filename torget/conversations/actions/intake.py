"""In: raw events are committed first, then each is parsed in a transaction of its own; it can be run again at any time."""

import logging
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.db import IntegrityError, OperationalError, transaction
from django.db.models import F

from torget.channels import text
from torget.channels.base import Broken, Deleted, Ignored, Incoming, Item, Raw, Report
from torget.channels.registry import CHANNELS
from torget.conversations.actions.acknowledging import acknowledge_new
from torget.conversations.actions.sending import note_report
from torget.conversations.actions.taking import Taking
from torget.conversations.models import Account, Quarantined, RawEvent
from torget.core import clock, rows
from torget.core.errors import Refused
from torget.core.models import PublicVersion
from torget.files import actions as files
from torget.files.models import Blob
from torget.files.rules import clean_filename
from torget.journal import actions as journal
from torget.organisations.actions import ensure_authority
from torget.organisations.models import Authority, User

log = logging.getLogger("torget.conversations")
OUTCOMES = ("new", "had", "changed", "deleted", "ignored", "quarantined")
MAX_ATTEMPTS = 5
AHEAD = timedelta(days=1)
"""So far may a source's clock be ahead before its dates are not believed."""

Kept = tuple[Incoming | Deleted, Sequence[tuple[Blob, str]]]


def account_for(channel: str, handle: str = "") -> Account:
    """The account of `handle` in `channel`, made at first use; without a handle, the channel's default account.

    Errors: Refused("unknown_channel").
    """
    if channel not in CHANNELS:
        raise Refused("unknown_channel", channel)
    for account in rows.find(Account, channel=channel, handle=handle):
        account.authority = rows.find(Authority, id=account.authority_id)[0]
        return account
    # A callable: the authority is looked for only when the account is new.
    made: dict[str, Any] = {"name": handle or channel, "authority": _default_authority}
    account, _ = Account.objects.select_related("authority").get_or_create(
        channel=channel, handle=handle, defaults=made
    )
    return account


def _default_authority() -> Authority:
    """The default authority. What comes before the first start is taken all the same."""
    return Authority.default() if Authority.objects.exists() else ensure_authority()


def store(account: Account, raws: Iterable[Raw], delivery: str) -> list[RawEvent]:
    """Commit deliveries as they came, before anything is parsed; those already here are not doubled.

    `delivery` names the whole (a file's hash, a cursor page); each part gets its place in it. Returns all of them in order.
    """
    now = clock.now()
    events = [
        RawEvent(
            account=account,
            delivery=f"{delivery}#{place}",
            body=raw.body,
            source=text.line(raw.source, 300),
            media_type=raw.media_type[:100],
            method=raw.method[:10],
            url=raw.url,
            captured_at=now,
        )
        for place, raw in enumerate(raws)
    ]
    with transaction.atomic():
        for start in range(0, len(events), 200):
            RawEvent.objects.bulk_create(events[start : start + 200], ignore_conflicts=True)
    stored = {}
    keys = [event.delivery for event in events]
    for start in range(0, len(keys), 500):
        part = RawEvent.objects.filter(account=account, delivery__in=keys[start : start + 500]).select_related(
            "account__authority"
        )
        stored.update({event.delivery: event for event in part})
    return [stored[key] for key in keys]


def parse(event: RawEvent) -> dict[str, int]:
    """Parse one raw event: its items become messages, are ignored with a reason, or go to quarantine.

    Files are written before the transaction; what was there when we were killed is taken up again. Errors: an
    OperationalError (disk full, database locked) is raised and the event stays waiting; nothing else is.
    """
    kept = _read(event)
    try:
        return _commit(event, kept, one_by_one=False)
    except OperationalError:
        raise
    except Exception as error:
        log.warning("intake.one_by_one raw_event=%s error=%s", event.pk, type(error).__name__)
        return _commit(event, kept, one_by_one=True)


def parse_page(events: Sequence[RawEvent]) -> None:
    """Parse the deliveries of one page of one account in one transaction, since a mail is a delivery and a commit dear.

    Where that fails nothing is kept, and each is parsed by itself. Errors: as `parse`.
    """
    if len(events) < 2:
        for event in events:
            parse(event)
        return
    try:
        _commit_page([(event, _read(event)) for event in events])
    except OperationalError:
        raise
    except Exception as error:
        log.warning("intake.page_one_by_one events=%d error=%s", len(events), type(error).__name__)
        for event in events:
            parse(event)


def _read(event: RawEvent) -> list[Kept | Report | Ignored | Broken]:
    """What the channel finds in a raw event, with the files of it kept."""
    channel = CHANNELS[event.account.channel]
    raw = Raw(
        body=bytes(event.body), source=event.source, media_type=event.media_type, method=event.method, url=event.url
    )
    items = [_not_ahead(item, event.captured_at) for item in channel.read(raw, own=event.account.handle)]
    kept: list[Kept | Report | Ignored | Broken] = []
    for item in items:
        if isinstance(item, Incoming):
            kept.append(_with_files(item))
        elif isinstance(item, Deleted):
            kept.append((item, ()))
        else:
            kept.append(item)
    return kept


def _not_ahead(item: Item, came: datetime) -> Item:
    """An edit or deletion dated more than a day after it came is dated when it came: by a clock of 2099 every later edit
    would be an older snapshot. A clock that is a little ahead orders its own edits rightly, and the same delivery read again
    says the same.
    """
    latest = came + AHEAD
    if isinstance(item, Incoming) and item.edited_at and item.edited_at > latest:
        return replace(item, edited_at=came)
    if isinstance(item, Deleted) and item.at and item.at > latest:
        return replace(item, at=came)
    return item


def _with_files(item: Incoming) -> Kept | Broken:
    """The item with its files kept. A file that is too large sends the item to quarantine: the raw event has it whole."""
    kept: list[tuple[Blob, str]] = []
    for file in item.files:
        try:
            blob = files.keep(file.body, filename=file.filename, media_type=file.media_type)
        except Refused as refused:
            if refused.code == "disk_full":
                raise
            return Broken(refused.code)
        kept.append((blob, clean_filename(file.filename)))
    return item, kept


@dataclass(slots=True)
class _Tally:
    """What becomes of one raw event: its items that are to be taken, by their place, and how the others are counted."""

    to_take: list[tuple[int, Kept]] = field(default_factory=list)
    broken: dict[int, Broken] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    is_token: bool = False

    @property
    def state(self) -> str:
        """The raw event's state afterwards."""
        return RawEvent.QUARANTINED if self.broken else RawEvent.PARSED

    @property
    def outcome(self) -> dict[str, dict[str, int]]:
        """The raw event's outcome."""
        self.counts["quarantined"] = len(self.broken)
        return {"counts": {name: self.counts[name] for name in OUTCOMES}, "reasons": dict(self.reasons)}


def _tally(account: Account, kept: Sequence[Kept | Report | Ignored | Broken]) -> _Tally:
    """Sort the items of a raw event; what they report on answers of ours is noted."""
    tally = _Tally()
    # A key is no record, and keys do not lie in the database (docs/rules/live-channels.md).
    tally.is_token = bool(kept) and all(isinstance(item, Ignored) and item.reason == "token" for item in kept)
    noted = False
    for place, item in enumerate(kept):
        if isinstance(item, Ignored):
            tally.counts["ignored"] += 1
            tally.reasons[item.reason] += 1
        elif isinstance(item, Report):
            ours = note_report(account, item)
            tally.counts["ignored"] += 1
            tally.reasons["report" if ours else "report_of_unknown"] += 1
            # The mail that brings a bounce of ours says nothing more; an automatic answer is a message all the same.
            noted = noted or (ours and item.outcome != "away")
        elif noted and isinstance(item, tuple) and isinstance(item[0], Incoming) and item[0].automatic:
            tally.counts["ignored"] += 1
            tally.reasons["report"] += 1
        elif isinstance(item, Broken):
            tally.broken[place] = item
        else:
            tally.to_take.append((place, item))
    return tally


def _take_one(account: Account, one: Kept) -> dict[str, int]:
    """Take one item in, in a part of the transaction of its own. Errors: whatever concerns this item."""
    for attempt in range(3):
        try:
            with transaction.atomic():
                return dict(Taking(account).take([one], tell=False))
        except IntegrityError:
            # Another was taking in the same message at this moment (pulled by one worker, pushed to another): what stood
            # in the way is committed by now, so the next look finds it here. What is wrong in itself stays wrong.
            if attempt == 2:
                raise
    raise AssertionError("unreachable")


@transaction.atomic
def _commit(event: RawEvent, kept: Sequence[Kept | Report | Ignored | Broken], *, one_by_one: bool) -> dict[str, int]:
    """Everything that becomes of one raw event, in one transaction."""
    locked = RawEvent.objects.select_for_update().defer("body").get(pk=event.pk)
    if locked.state != RawEvent.WAITING:
        return dict(locked.outcome.get("counts", {}))
    tally = _tally(event.account, kept)
    if one_by_one:
        for place, one in tally.to_take:
            try:
                tally.counts.update(_take_one(event.account, one))
            except OperationalError:
                raise
            except Exception as error:
                # Whatever it is, it concerns this item alone: the others are taken, and a person looks at this one.
                tally.broken[place] = Broken("could_not_be_kept", type(error).__name__)
        if tally.counts["new"] or tally.counts["deleted"]:
            PublicVersion.bump()
    elif tally.to_take:
        taking = Taking(event.account)
        tally.counts.update(taking.take([one for _, one in tally.to_take]))
        acknowledge_new(event.account, taking.opened)
    _quarantine(locked, tally.broken)
    _close([event.pk], tally)
    return tally.outcome["counts"]


@transaction.atomic
def _commit_page(read: Sequence[tuple[RawEvent, list[Kept | Report | Ignored | Broken]]]) -> None:
    """Everything that becomes of the raw events of one page, in one transaction."""
    account = read[0][0].account
    waiting = RawEvent.objects.select_for_update().filter(pk__in=[event.pk for event, _ in read])
    held = dict.fromkeys(waiting.filter(state=RawEvent.WAITING).order_by("pk").values_list("pk", flat=True))
    tallies = [(event, _tally(account, kept)) for event, kept in read if event.pk in held]
    places = [(tally, one) for _, tally in tallies for _, one in tally.to_take]
    if places:
        taking = Taking(account)
        taking.take([one for _, one in places])
        for (tally, _), word in zip(places, taking.said, strict=True):
            tally.counts[word] += 1
        acknowledge_new(account, taking.opened)
    alike: dict[str, tuple[list[int], _Tally]] = {}
    for event, tally in tallies:
        if tally.broken or event.attempts:
            _quarantine(event, tally.broken)
        # Nearly all end alike, so a page takes a statement or two.
        alike.setdefault(repr((tally.state, tally.outcome, tally.is_token)), ([], tally))[0].append(event.pk)
    for keys, tally in alike.values():
        _close(keys, tally)


def _close(keys: list[int], tally: _Tally) -> None:
    """Note on raw events what became of them."""
    without = {"body": b""} if tally.is_token else {}
    RawEvent.objects.filter(pk__in=keys).update(
        state=tally.state, outcome=tally.outcome, attempts=F("attempts") + 1, **without
    )


def _quarantine(event: RawEvent, broken: dict[int, Broken]) -> None:
    """Show what could not be understood; what a later reading understood is marked solved."""
    Quarantined.objects.filter(raw=event, state=Quarantined.OPEN).exclude(item__in=broken).update(
        state=Quarantined.SOLVED
    )
    Quarantined.objects.bulk_create(
        (
            Quarantined(raw=event, item=place, reason=b.reason[:40], detail=b.detail[:300], at=clock.now())
            for place, b in broken.items()
        ),
        ignore_conflicts=True,
    )


def parse_waiting(limit: int = 50) -> int:
    """Worker's job: parse what waits, oldest first. An event that fails five times is quarantined and stalls nothing."""
    done = 0
    waiting = RawEvent.objects.filter(state=RawEvent.WAITING)
    # One body in memory at a time, and none that another has read meanwhile.
    for pk in list(waiting.order_by("id").values_list("pk", flat=True)[:limit]):
        event = waiting.select_related("account__authority").filter(pk=pk).first()
        if event is None:
            continue
        try:
            parse(event)
            done += 1
        except Exception as error:
            log.warning("intake.waits raw_event=%s error=%s", event.pk, type(error).__name__)
            if isinstance(error, OperationalError) or (isinstance(error, Refused) and error.code == "disk_full"):
                # The machine's fault, not the delivery's, and it may last for hours: it is waited out.
                continue
            RawEvent.objects.filter(pk=event.pk).update(attempts=F("attempts") + 1)
            if event.attempts + 1 >= MAX_ATTEMPTS:
                give_up(event, type(error).__name__)
    return done


@transaction.atomic
def give_up(event: RawEvent, problem: str) -> None:
    """Put a whole raw event in quarantine."""
    RawEvent.objects.filter(pk=event.pk).update(
        state=RawEvent.QUARANTINED, outcome={"counts": dict.fromkeys(OUTCOMES, 0) | {"quarantined": 1}, "reasons": {}}
    )
    _quarantine(event, {0: Broken("could_not_be_kept", problem)})


@transaction.atomic
def parse_again(event: RawEvent, *, by: User | None = None) -> None:
    """Put a quarantined raw event back in line; items that are here already stay single."""
    RawEvent.objects.filter(pk=event.pk, state=RawEvent.QUARANTINED).update(state=RawEvent.WAITING, attempts=0)
    actor = by.ref if by else "system"
    journal.enter("quarantine.read_again", actor_ref=actor, object_ref=f"raw:{event.pk}", digest=bytes(32))


def receive_file(path: Path, *, channel: str, handle: str = "") -> dict[str, int]:
    """Take in a file: `given` items and what became of them; the second time nothing is new.

    Errors: Refused("unknown_channel"), OSError where the file cannot be read.
    """
    account = account_for(channel, handle)
    body = path.read_bytes()
    events = store(account, CHANNELS[channel].split(body, path.name), sha256(body).hexdigest())
    totals: Counter[str] = Counter()
    for event in events:
        if event.state == RawEvent.WAITING:
            totals.update(parse(event))
        else:
            totals.update(_seen_before(event.outcome.get("counts", {})))
    return {"given": sum(totals.values()), **{name: totals[name] for name in OUTCOMES}}


def _seen_before(counts: dict[str, int]) -> dict[str, int]:
    """How a delivery that was taken before counts: what became messages we have, the rest is as it was."""
    had = sum(counts.get(name, 0) for name in ("new", "had", "changed", "deleted"))
    return {"had": had, "ignored": counts.get("ignored", 0), "quarantined": counts.get("quarantined", 0)}


@transaction.atomic
def set_aside(row: Quarantined, *, by: User) -> None:
    """Take an item out of the quarantine list by a person's decision; the raw event stays as it came."""
    Quarantined.objects.filter(pk=row.pk, state=Quarantined.OPEN).update(state=Quarantined.DISMISSED)
    journal.enter("quarantine.set_aside", actor_ref=by.ref, object_ref=f"raw:{row.raw_id}", digest=bytes(32))
