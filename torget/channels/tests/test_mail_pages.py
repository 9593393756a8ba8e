"""Pages of a mailbox: how much goes in, how few questions it takes, and what a date of the future does not do."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from torget.channels import mailpages
from torget.channels.live import Connection
from torget.channels.mailbox import Mailbox, Shelf, Size
from torget.core import clock

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


class _Shelf(Mailbox):
    """A mailbox that only has numbers."""

    def __init__(self, uids: list[int]) -> None:
        self.uids, self.asked = uids, 0

    def _search(self, low: int, high: int) -> list[int]:
        self.asked += 1
        found = [uid for uid in self.uids if low <= uid <= high]
        assert len(found) <= 50_000, "the answer would be longer than the library takes"
        return found


@pytest.mark.parametrize(
    "uids",
    [
        pytest.param(list(range(1, 200_001)), id="200 000 in a row"),
        pytest.param(list(range(1, 4_000_000, 20)), id="200 000 with holes"),
        pytest.param([5, 4_000_000_000], id="two, far apart"),
        pytest.param([], id="none"),
    ],
)
def test_a_large_mailbox_takes_few_questions(uids: list[int]) -> None:
    shelf = Shelf("INBOX", 1, (uids or [0])[-1] + 1, len(uids))
    box = _Shelf(uids)
    assert box.below(shelf, shelf.uid_next, 100)[:100] == uids[::-1][:100]
    assert box.above(shelf, 0, 100)[:100] == uids[:100]
    assert box.asked <= 6


@pytest.mark.parametrize(
    ("sizes", "room", "taken"),
    [
        pytest.param([1, 1, 1], mailpages.PAGE_BYTES, 3, id="all of them"),
        pytest.param([5_000_000, 4_000_000], mailpages.PAGE_BYTES, 1, id="until it is full"),
        pytest.param([50_000_000, 1], mailpages.PAGE_BYTES, 1, id="a large one by itself"),
        pytest.param([50_000_000], 1_000, 0, id="a large one waits for an empty page"),
        pytest.param([1] * 150, mailpages.PAGE_BYTES, 100, id="a hundred"),
    ],
)
def test_what_fits_in_a_page(sizes: list[int], room: int, taken: int) -> None:
    uids = list(range(1, len(sizes) + 1))
    told = {uid: Size(size, None) for uid, size in zip(uids, sizes, strict=True)}
    assert mailpages.chosen(uids, told, places=mailpages.PAGE, room=room) == uids[:taken]


class _Box(Mailbox):
    """A mailbox of two mails, of which the second came in 2099 by its server's clock."""

    def __init__(self) -> None:
        self.validity = 1

    def examine(self, folder: str) -> Shelf:
        self.folder = folder
        return Shelf(folder, self.validity, 3, 2)

    def above(self, shelf: Shelf, uid: int, wanted: int) -> list[int]:
        return [one for one in (1, 2) if one > uid]

    def below(self, shelf: Shelf, uid: int, wanted: int) -> list[int]:
        return [one for one in (2, 1) if one < uid]

    def sizes(self, uids: Sequence[int]) -> dict[int, Size]:
        came = {1: NOW - timedelta(days=1), 2: NOW.replace(year=2099)}
        return {uid: Size(10, came[uid]) for uid in uids}

    def bodies(self, uids: Sequence[int], *, headers: bool = False) -> dict[int, bytes | None]:
        return dict.fromkeys(uids, b"Subject: x\n\nHej")


@pytest.mark.parametrize("held", ["", "2099-01-01T00:00:00+00:00"])
def test_a_mail_from_the_future_does_not_make_the_others_too_old(monkeypatch: pytest.MonkeyPatch, held: str) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    box = _Box()
    states: dict[str, dict[str, Any]] = {"INBOX": {"v": 1, "high": 0, "low": 1, "left": 0, "floor": "", "seen": held}}
    if not held:
        mailpages.gather(box, Connection("kontakt@ekevik.example.org"), states)
        assert states["INBOX"]["seen"] == NOW.isoformat()
    # Numbered anew, it is read again from a week before the newest mail.
    box.validity = 2
    assert len(mailpages.gather(box, Connection("kontakt@ekevik.example.org"), states).raws) == 2
