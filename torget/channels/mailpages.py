"""Pages of a mailbox: what is new, the oldest first, and then a piece of the bounded backfill, the newest first.

The cursor holds for each folder its UIDVALIDITY ("v"), the highest UID that is done ("high"), how far down the backfill
has come ("low", "left" mails and the date "floor" to go), when the newest mail came ("seen"), and a mail that the server
will not hand out, with the time when that was found ("stuck").
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

from torget.channels import text
from torget.channels.base import Raw
from torget.channels.live import Connection, Problem
from torget.channels.mailbox import Mailbox, Shelf, Size
from torget.core import clock

PAGE = 100
"""Mails in one page, at most."""
PAGE_BYTES = 8_000_000
"""Bytes in one page, at most; a larger mail is a page of its own."""
LARGEST = 60_000_000
"""Of a larger mail only the header is fetched; it goes to quarantine, where a person sees that it came."""
BACKFILL, BACKFILL_JUNK = 500, 100
"""Older mails that are taken when an account is connected, the newest first; the setting `backfill`."""
OVERLAP = timedelta(days=7)
"""So much older than what was last seen is read again when a mailbox has numbered its mails anew."""
PATIENCE = timedelta(minutes=2)
"""A mail that the server will not hand out for so long goes to quarantine as such; until then the page ends before it."""

State = dict[str, Any]


@dataclass(slots=True)
class Page:
    """What is gathered for one page, how much room is left in it, and whether there is more at once."""

    room: int
    raws: list[Raw] = field(default_factory=list)
    more: bool = False
    stuck: bool = False
    gap: str = ""

    @property
    def places(self) -> int:
        """How many more mails go in."""
        return PAGE - len(self.raws) if self.room > 0 else 0


def folders(connection: Connection) -> list[tuple[str, bool]]:
    """The folders that are read, and whether what lies in them is spam."""
    junk = str(connection.settings.get("junk_folder") or "")
    return [(str(connection.settings.get("folder") or "INBOX"), False), *([(junk, True)] if junk else [])]


def gather(box: Mailbox, connection: Connection, states: dict[str, State]) -> Page:
    """Fill a page; `states`, by folder, is brought up to what is in it. Raises Retry and NeedsLogin."""
    page = Page(room=PAGE_BYTES)
    readers: list[_Reader] = []
    for folder, is_junk in folders(connection):
        try:
            shelf = box.examine(folder)
        except Problem as problem:
            # Junk may be cleared away with its folder; the inbox may not.
            if is_junk and problem.why == "imap_no_folder":
                continue
            raise
        held = states.get(folder)
        if held is None or held.get("v") != shelf.validity:
            states[folder] = begin(shelf, connection, held, is_junk=is_junk)
            page.gap = "uidvalidity_changed" if held else page.gap
        readers.append(_Reader(box, connection, shelf, is_junk, states[folder], page))
        readers[-1].new()
    for reader in readers:
        reader.older()
    page.more = page.more and not page.stuck
    return page


def begin(shelf: Shelf, connection: Connection, held: State | None, *, is_junk: bool) -> State:
    """Where a folder begins: at its end, with so many older mails to come.

    Numbered anew, it is read down to a week before what was last seen: how many mails that is, nobody knows.
    """
    settings = connection.settings
    left, floor = int(settings.get("backfill", BACKFILL)), ""
    left = min(left, BACKFILL_JUNK) if is_junk else left
    if days := int(settings.get("backfill_days") or 0):
        floor = (clock.now() - timedelta(days=days)).isoformat()
    if left <= 0 and connection.since:
        # Nothing of what was there before, and all that has come since the account was connected.
        left, floor = shelf.count, connection.since.isoformat()
    seen = _not_ahead(str((held or {}).get("seen") or ""))
    if seen:
        left, floor = shelf.count, (datetime.fromisoformat(seen) - OVERLAP).isoformat()
    end = shelf.uid_next - 1
    return {"v": shelf.validity, "high": end, "low": end + 1, "left": left, "floor": floor, "seen": seen}


def chosen(uids: list[int], sizes: Mapping[int, Size], *, places: int, room: int) -> list[int]:
    """The first of the mails that fit: a large one only where it is the first in an empty page."""
    taken: list[int] = []
    for uid in uids[: max(places, 0)]:
        size = min(sizes[uid].size, LARGEST) if uid in sizes else 0
        if size > room and (taken or room < PAGE_BYTES):
            break
        taken.append(uid)
        room -= size
    return taken


def key_of(folder: str, validity: int, uid: int) -> str:
    """The name of a delivery within its account: the folder by a hash of its name, at most 80 signs."""
    return f"{hashlib.sha256(folder.encode()).hexdigest()[:16]}:{validity}:{uid}"


class _Reader:
    """One folder, read into a page."""

    def __init__(
        self, box: Mailbox, connection: Connection, shelf: Shelf, is_junk: bool, state: State, page: Page
    ) -> None:
        self.box, self.connection, self.shelf, self.state, self.page = box, connection, shelf, state, page
        self.is_junk = is_junk
        self.sizes: Mapping[int, Size] = {}

    def new(self) -> None:
        """Mails that have come since, the oldest first."""
        top = self.shelf.uid_next - 1
        if not self.page.places or self.page.stuck:
            self.page.more |= top > self.state["high"]
            return
        # One more than there is room for, so that a page which ends with them all is known to do so.
        uids = self.box.above(self.shelf, self.state["high"], PAGE + 1)
        raws, done = self._read(uids, floor=None)
        self.page.raws += raws
        if done == len(uids):
            # Numbers without mails behind them need not be asked about again.
            self.state["high"] = max(self.state["high"], top)
        elif done:
            self.state["high"] = uids[done - 1]
        self.page.more |= done < len(uids)

    def older(self) -> None:
        """The next piece of the backfill, the newest first; within the page the order in which they came."""
        state = self.state
        if state["left"] > 0 and self.page.places and not self.page.stuck and not self.page.more:
            if self.box.folder != self.shelf.folder:
                self.box.examine(self.shelf.folder)
            wanted = min(state["left"], self.page.places)
            uids = self.box.below(self.shelf, state["low"], wanted)[:wanted]
            floor = datetime.fromisoformat(state["floor"]) if state["floor"] else None
            raws, done = self._read(uids, floor=floor)
            self.page.raws += reversed(raws)
            state["low"] = uids[done - 1] if done else state["low"]
            state["left"] -= sum(self._counts(uid) for uid in uids[:done])
            # All there are have been read, or all that were asked about are too old.
            if done == len(uids) and (len(uids) < wanted or (floor and not raws)):
                state["left"] = 0
        self.page.more |= state["left"] > 0

    def _counts(self, uid: int) -> bool:
        """Whether a mail is one of the bounded number: what came since the account was connected is taken whole."""
        came, since = self.sizes[uid].came if uid in self.sizes else None, self.connection.since
        return not (came and since and came >= since)

    def _read(self, uids: list[int], *, floor: datetime | None) -> tuple[list[Raw], int]:
        """Deliveries in the order of `uids`, and how many of these are done with: taken, moved away, too old."""
        asked = uids[: self.page.places]
        sizes = self.sizes = self.box.sizes(asked) if asked else {}
        wanted = [uid for uid in asked if not _is_old(sizes.get(uid), floor)]
        taken = chosen(wanted, sizes, places=self.page.places, room=self.page.room)
        small = [uid for uid in taken if uid in sizes and sizes[uid].size <= LARGEST]
        large = [uid for uid in taken if uid in sizes and sizes[uid].size > LARGEST]
        bodies = self.box.bodies(small) if small else {}
        heads = self.box.bodies(large, headers=True) if large else {}
        raws: list[Raw] = []
        for done, uid in enumerate(asked):
            if _is_old(sizes.get(uid), floor):
                continue
            if uid not in taken:
                return raws, done
            if uid in heads:
                raws.append(self._raw(uid, heads[uid] or b"", sizes, size=str(sizes[uid].size)))
            elif uid in bodies:
                body = bodies[uid]
                if body is None and not self._is_given_up(uid):
                    self.page.stuck = True
                    return raws, done
                told = {"unfetched": "1"} if body is None else {}
                raws.append(self._raw(uid, body or b"", sizes, **told))
        return raws, len(asked)

    def _is_given_up(self, uid: int) -> bool:
        """Whether the server has refused a mail for so long that the others need not wait for it any more."""
        now, held = clock.now(), self.state.get("stuck") or [0, ""]
        if held[0] != uid:
            self.state["stuck"] = [uid, now.isoformat()]
            return False
        return now - datetime.fromisoformat(held[1]) >= PATIENCE

    def _raw(self, uid: int, body: bytes, sizes: Mapping[int, Size], **told: str) -> Raw:
        """One delivery. What the mail itself cannot say stands after the "#" of its address (RFC 5092)."""
        settings, shelf = self.connection.settings, self.shelf
        self.page.room -= len(body)
        if came := sizes[uid].came:
            self.state["seen"] = _not_ahead(max(self.state["seen"], came.astimezone(UTC).isoformat()))
        if authserv := text.line(settings.get("authserv")):
            told["authserv"] = authserv
        if self.is_junk:
            told["junk"] = "1"
        host = quote(text.line(settings.get("host")), safe=".:[]")
        where = f"imap://{host}/{quote(shelf.folder)};UIDVALIDITY={shelf.validity}/;UID={uid}"
        return Raw(
            body=body,
            source=f"{text.line(shelf.folder)}#{uid}",
            media_type="message/rfc822",
            url=f"{where}#{urlencode(told)}" if told else where,
            key=key_of(shelf.folder, shelf.validity, uid),
            verdict="unsigned" if settings.get("tls") == "none" else "tls",
        )


def _not_ahead(seen: str) -> str:
    """A date of a mail, but not after now: one that came in 2099 would make all others too old in a mailbox numbered anew."""
    return min(seen, clock.now().isoformat())


def _is_old(size: Size | None, floor: datetime | None) -> bool:
    return bool(floor and size and size.came and size.came < floor)
