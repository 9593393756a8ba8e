"""Pulling from Mastodon: notifications upwards with an overlap, our own posts, whole threads, and what was there before.

The cursor says how far each of these has come and which one is next; one call is one page of one of them. An answer is
handed over only when something in it is new to the cursor, so that an hour without news stores nothing.
https://docs.joinmastodon.org/methods/notifications/
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from torget.channels.base import Raw
from torget.channels.live import Fetched, GiveUp, NeedsLogin, Problem, Retry
from torget.channels.mastodon import KNOWN
from torget.channels.mastodonserver import Answer, Server, me, number_of, rank
from torget.channels.payload import rows, table
from torget.channels.text import time

# "quote" is unknown to servers before 4.5, which then leave it out.
KINDS = ("mention", "quote")
PAGE = 80
_OWN_PAGE = 40
BACKFILL = 200
"""How many notifications the first connection goes back, beside all that came since it was made."""
MOST_SINCE = 10 * BACKFILL
"""How many are fetched of what came while we could not fetch; past that a gap is shown."""
_REMEMBERED = 40
# A page begins a little below what is known, since a notification may be numbered before its neighbour and come after it;
# now and then it begins far below, which finds edits and deletions that no stream told us of.
_OVERLAP = 5
_DEEP_EVERY = 10
_INSIDE = 400
_THREADS_A_CALL = 10
_MOST_WAITING = 300
_TRIES = 3
# Calls that are left alone for answers and for the next pull.
_RESERVE = 40


@dataclass
class Cursor:
    """How far everything has come, kept as JSON between pulls."""

    me: str = ""
    stage: str = "news"
    round: int = 0
    # The latest notifications by id: [status id, digest].
    recent: dict[str, list[str]] = field(default_factory=dict)
    # Where going back in time stands: {"max": id, "floor": id, "left": n, "since": n of those that came since we connected}.
    back: dict[str, Any] = field(default_factory=dict)
    # Our latest posts by id: [digest, replies when its thread was last fetched, replies now].
    own: dict[str, list[Any]] = field(default_factory=dict)
    # Threads that wait to be fetched, by the id of the status they are asked for: how often that failed.
    threads: dict[str, int] = field(default_factory=dict)
    # Ids of statuses in the threads that were fetched of late, oldest first.
    inside: list[str] = field(default_factory=list)
    # What notifications without an id said.
    nameless: list[str] = field(default_factory=list)

    @classmethod
    def load(cls, held: Mapping[str, Any]) -> "Cursor":
        """From JSON; parts of an unknown shape begin anew."""
        cursor = cls()
        cursor.me, cursor.stage = number_of(held.get("me")), str(held.get("stage", "news"))
        cursor.round = held["round"] if isinstance(held.get("round"), int) else 0
        cursor.recent = {
            key: [str(part) for part in value][:2]
            for key, value in table(held.get("recent")).items()
            if isinstance(value, list) and len(value) == 2
        }
        cursor.back = table(held.get("back"))
        cursor.own = {
            k: list(v)
            for k, v in table(held.get("own")).items()
            if isinstance(v, list) and len(v) == 3 and isinstance(v[1], int) and isinstance(v[2], int)
        }
        cursor.threads = {k: v for k, v in table(held.get("threads")).items() if isinstance(v, int)}
        inside, nameless = held.get("inside"), held.get("nameless")
        cursor.inside = [str(one) for one in inside] if isinstance(inside, list) else []
        cursor.nameless = [str(one) for one in nameless] if isinstance(nameless, list) else []
        return cursor

    def dump(self) -> dict[str, Any]:
        """As JSON, bounded."""
        recent = sorted(self.recent, key=rank)[-_REMEMBERED:]
        own = sorted(self.own, key=rank)[-_REMEMBERED:]
        return {
            "me": self.me,
            "stage": self.stage,
            "round": self.round,
            "recent": {key: self.recent[key] for key in recent},
            "back": self.back,
            "own": {key: self.own[key] for key in own},
            "threads": dict(list(self.threads.items())[-_MOST_WAITING:]),
            "inside": self.inside[-_INSIDE:],
            "nameless": self.nameless,
        }

    def want(self, number: str) -> None:
        """Have the thread of a status fetched."""
        if number:
            self.threads.setdefault(number, 0)

    def know(self, numbers: Iterable[str]) -> None:
        """Note statuses that have been handed over with their thread."""
        held = set(self.inside)
        self.inside += [number for number in numbers if number and number not in held]


def fetch(server: Server, held: Mapping[str, Any]) -> Fetched:
    """One page of whatever is next. Errors: Problem."""
    cursor = Cursor.load(held)
    if not cursor.me:
        cursor.me = me(server)[0]
    stage = {"newer": _newer, "own": _own, "threads": _threads, "back": _back}.get(cursor.stage, _news)
    first = stage in (_news, _newer)
    try:
        raws, more, gap = stage(server, cursor)
    except NeedsLogin:
        raise
    except Problem as problem:
        # A thread or a post that cannot be had must not keep news from coming: the next pull begins with news again.
        if first or (isinstance(problem, Retry) and problem.after):
            raise
        cursor.stage = "news"
        return Fetched((), cursor.dump(), health=server.health)
    return Fetched(tuple(raws), cursor.dump(), more=more, gap=gap, health=server.health)


Page = tuple[list[Raw], bool, str]


def _news(server: Server, cursor: Cursor) -> Page:
    """The first page of a pull: notifications above what is known, and now and then from far below it."""
    cursor.round = (cursor.round + 1) % 1_000_000
    return _upwards(server, cursor, _REMEMBERED if cursor.round % _DEEP_EVERY == 0 else _OVERLAP)


def _newer(server: Server, cursor: Cursor) -> Page:
    """The next page of it."""
    return _upwards(server, cursor, _OVERLAP)


def _upwards(server: Server, cursor: Cursor, overlap: int) -> Page:
    """Notifications above what is known; the first time the newest ones, and the rest by going back."""
    known = sorted(cursor.recent, key=rank)
    low = known[-overlap - 1] if len(known) > overlap else ""
    page = server.get("/api/v1/notifications", [*_kinds(), *([("min_id", low)] if low else [])])
    numbers = {number: row for row in _listed(page) if (number := number_of(row.get("id")))}
    raws = _taken(server, cursor, page, numbers, "n")
    newer = [number for number in numbers if known and rank(number) > rank(known[-1])]
    if not known:
        old = _older(server, numbers)
        _go_back(cursor, numbers, floor="", left=BACKFILL - old, since=MOST_SINCE - len(numbers) + old)
    elif newer and not set(numbers) & set(known[-_OVERLAP:]):
        # A server that takes min_id as "newer than", and gives the newest: what lies between is fetched downwards. Where
        # an earlier such stretch is not done yet, down to where that one ends.
        held = cursor.back
        left = MOST_SINCE + (held["left"] if isinstance(held.get("left"), int) else 0)
        floor = number_of(held.get("floor")) if held else known[-1]
        _go_back(cursor, numbers, floor=floor, left=left, since=MOST_SINCE if held and not floor else 0)
    elif not newer:
        raws += _gone(server, cursor, [one for one in known if rank(one) > rank(low)], set(numbers))
    cursor.stage = "newer" if newer else "own"
    return raws, True, ""


def _kinds(limit: int = PAGE) -> list[tuple[str, str]]:
    # Servers since 4.3 keep back what strangers write in private; it is written to us all the same.
    return [*(("types[]", kind) for kind in KINDS), ("include_filtered", "true"), ("limit", str(limit))]


def _listed(page: Answer) -> list[dict[str, Any]]:
    """The rows of a page. Errors: Retry where the answer is no list, such as the page of a proxy."""
    if not isinstance(page.data, list):
        raise Retry("odd_answer")
    return rows(page.data)


def _taken(server: Server, cursor: Cursor, page: Answer, numbers: dict[str, dict[str, Any]], sort: str) -> list[Raw]:
    """The page as a delivery where it says something new, after the threads it belongs to."""
    digests = {number: digest(row) for number, row in numbers.items()}
    fresh = [number for number in numbers if cursor.recent.get(number, ["", ""])[1] != digests[number]]
    # A notification whose id nobody can read is known by what it says.
    nameless = [digest(row) for row in _listed(page) if not number_of(row.get("id"))]
    if not fresh and set(nameless) <= set(cursor.nameless):
        return []
    cursor.nameless = list(dict.fromkeys([*cursor.nameless, *nameless]))[-PAGE:]
    for number in sorted(fresh, key=rank):
        _want_thread(cursor, table(numbers[number].get("status")))
    # A thread says what was answered, so it is read before the answer; those that cannot be had now wait for their turn.
    raws = list(_fetch_threads(server, cursor, _THREADS_A_CALL))
    for number, row in numbers.items():
        cursor.recent[number] = [number_of(table(row.get("status")).get("id")), digests[number]]
    low, high = min(numbers, key=rank, default=""), max(numbers, key=rank, default="")
    told = [*(digests[number] for number in sorted(numbers, key=rank)), *nameless]
    whole = sha256("".join(told).encode()).hexdigest()
    return [*raws, page.raw(f"{sort}:{low}-{high}:{whole[:12]}")]


def _want_thread(cursor: Cursor, status: dict[str, Any]) -> None:
    """A thread is fetched when somebody joins it by answering what we have not seen."""
    number, parent = number_of(status.get("id")), number_of(status.get("in_reply_to_id"))
    if not number or number in cursor.inside:
        return
    if not parent:
        if isinstance(status.get("replies_count"), int) and status["replies_count"] > 0:
            cursor.want(number)
    elif parent not in cursor.inside:
        # A comment on a post of ours: the post's whole thread, once for all its comments.
        ours = number_of(status.get("in_reply_to_account_id")) == cursor.me
        cursor.want(parent if ours else number)
    cursor.know([number])


def _older(server: Server, numbers: Mapping[str, dict[str, Any]]) -> int:
    """How many of the notifications came before the account was connected; all where nobody knows when that was."""
    since = server.connection.since
    if since is None:
        return len(numbers)
    return sum((at := time(row.get("created_at"))) is None or at < since for row in numbers.values())


def _go_back(cursor: Cursor, numbers: Iterable[str], *, floor: str, left: int, since: int) -> None:
    oldest = min(numbers, key=rank, default="")
    wanted = left > 0 and (bool(floor) or since > 0)
    cursor.back = {"max": oldest, "floor": floor, "left": left, "since": since} if oldest and wanted else {}


def _gone(server: Server, cursor: Cursor, expected: list[str], seen: set[str]) -> Iterator[Raw]:
    """Statuses whose notifications are no longer given: the answer that says that they are not there any more."""
    lowest, highest = min(seen, key=rank, default=""), max(seen, key=rank, default="")
    # A long page may end before it comes to all of them, and says nothing of what lies outside it.
    short = len(seen) < _OVERLAP
    asked = [one for one in expected if one not in seen and (short or rank(lowest) < rank(one) < rank(highest))]
    for number in asked[:_OVERLAP]:
        status = cursor.recent.pop(number)[0]
        if not status:
            continue
        path = f"/api/v1/statuses/{status}"
        try:
            answer = server.ask("GET", path + KNOWN, also=(404, 410))
        except NeedsLogin:
            raise
        except Problem:
            cursor.recent[number] = [status, ""]
            return
        # There still, and only the notification was taken away: nothing to tell.
        if answer.status in (404, 410):
            yield answer.raw(f"gone:{status}")


def _own(server: Server, cursor: Cursor) -> Page:
    """Our latest posts: which have changed, and which have got answers that nobody told us of."""
    cursor.stage = "threads"
    page = server.get(
        f"/api/v1/accounts/{cursor.me}/statuses", [("limit", str(_OWN_PAGE)), ("exclude_reblogs", "true")]
    )
    numbers = {number: row for row in _listed(page) if (number := number_of(row.get("id")))}
    fresh = []
    for number, row in numbers.items():
        words, count = digest({"status": row}), row.get("replies_count")
        count = count if isinstance(count, int) and count >= 0 else 0
        # A post whose thread came with a comment on it needs no second look.
        before, fetched, last = cursor.own.get(number, ["", count if number in cursor.inside else 0, count])
        if before != words:
            fresh.append(words)
        # In a storm the thread is fetched as it grows by a quarter, and once more when it has come to rest.
        if count > fetched and (count == last or count >= fetched + max(1, fetched // 4)):
            cursor.want(number)
            fetched = count
        cursor.own[number] = [words, fetched, count]
    if not fresh:
        return [], True, ""
    low, high = min(numbers, key=rank), max(numbers, key=rank)
    return [page.raw(f"s:{low}-{high}:{sha256(''.join(fresh).encode()).hexdigest()[:12]}")], True, ""


def _threads(server: Server, cursor: Cursor) -> Page:
    """Some of the threads that wait."""
    lost: list[str] = []
    raws = list(_fetch_threads(server, cursor, _THREADS_A_CALL, lost))
    more = any(not tries for tries in cursor.threads.values()) and not _is_scarce(server)
    if not more:
        cursor.stage = "back" if cursor.back else "news"
        more = bool(cursor.back)
    return raws, more, "thread_unreadable" if lost else ""


def _is_scarce(server: Server) -> bool:
    left = server.health.quota_left
    return left is not None and left < _RESERVE


def _fetch_threads(server: Server, cursor: Cursor, most: int, lost: list[str] | None = None) -> Iterator[Raw]:
    """Up to `most` threads; one that fails waits for the next pull, three times, and is then noted in `lost`."""
    had = False
    for number in [one for one, tries in cursor.threads.items() if not tries or lost is not None][:most]:
        if _is_scarce(server):
            return
        try:
            raw, inside = thread(server, number)
        except NeedsLogin:
            raise
        except GiveUp:
            # Gone, or not for us to see.
            cursor.threads.pop(number)
            continue
        except Retry as problem:
            if problem.after and (lost is None or had):
                return
            if problem.after:
                raise
            tries = cursor.threads.pop(number) + 1
            if tries < _TRIES:
                cursor.threads[number] = tries
            elif lost is not None:
                lost.append(number)
            continue
        cursor.threads.pop(number)
        cursor.know(inside)
        had = True
        yield raw


def thread(server: Server, number: str) -> tuple[Raw, list[str]]:
    """A status with all around it as one delivery: both answers word for word, and the ids in it. Errors: Problem."""
    one = server.get(f"/api/v1/statuses/{number}")
    around = server.get(f"/api/v1/statuses/{number}/context")
    context, status = table(around.data), table(one.data)
    if not context or number_of(status.get("id")) != number:
        raise Retry("odd_answer")
    statuses = [status, *rows(context.get("ancestors")), *rows(context.get("descendants"))]
    digests = sorted(digest({"status": row}) for row in statuses)
    body = b'{"status":' + _word_for_word(one) + b',"context":' + _word_for_word(around) + b"}"
    whole = sha256("".join(digests).encode()).hexdigest()[:12]
    raw = Answer(200, body, around.url, "application/json", {}).raw(f"t:{number}:{whole}")
    return raw, [number_of(row.get("id")) for row in reversed(statuses)]


def _word_for_word(answer: Answer) -> bytes:
    """An answer to be put into another: as it came, where it is JSON to the letter (no mark before it, no other charset)."""
    try:
        json.loads(answer.body.decode("utf-8"))
    except (ValueError, RecursionError):
        return json.dumps(answer.data).encode()
    return answer.body.strip()


def _back(server: Server, cursor: Cursor) -> Page:
    """A page below what is known, until the floor or until enough has been taken."""
    below, floor = number_of(cursor.back.get("max")), number_of(cursor.back.get("floor"))
    left = cursor.back["left"] if isinstance(cursor.back.get("left"), int) else 0
    since = cursor.back["since"] if isinstance(cursor.back.get("since"), int) else MOST_SINCE
    cursor.back = {}
    if not below or left <= 0:
        cursor.stage = "news"
        return [], False, ""
    before = {"max": below, "floor": floor, "left": left, "since": since}
    try:
        page = server.get("/api/v1/notifications", [*_kinds(min(left, PAGE)), ("max_id", below)])
        listed = _listed(page)
    except Problem:
        cursor.back = before
        raise
    numbers = {n: row for row in listed if (n := number_of(row.get("id"))) and rank(n) < rank(below)}
    raws = _taken(server, cursor, page, numbers, "b")
    reached = not numbers or (bool(floor) and any(rank(number) <= rank(floor) for number in numbers))
    # Down to a floor all count; without one only what came before we connected does, and the others have a bound of theirs.
    old = len(numbers) if floor else _older(server, numbers)
    if not reached:
        _go_back(cursor, numbers, floor=floor, left=left - old, since=since - len(numbers) + old)
    # All of a gap that could be fetched has been, unless it was longer than we go back.
    missed = bool(floor) or old == 0
    gap = "too_much_at_once" if missed and not reached and not cursor.back else ""
    cursor.stage = "threads" if cursor.threads else "back" if cursor.back else "news"
    return raws, cursor.stage != "news", gap


def digest(row: dict[str, Any]) -> str:
    """What of a notification or status matters: who, what words, which pictures and choices; never counts of likes."""
    status = table(row.get("status"))
    pictures = [[one.get("id"), one.get("description")] for one in rows(status.get("media_attachments"))]
    choices = [one.get("title") for one in rows(table(status.get("poll")).get("options"))]
    names = ("id", "uri", "content", "spoiler_text", "visibility", "edited_at", "in_reply_to_id", "language")
    words = [row.get("type"), *(status.get(name) for name in names), pictures, choices]
    return sha256(json.dumps(words, sort_keys=True).encode("utf-8", "replace")).hexdigest()[:12]
