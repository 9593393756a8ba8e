"""An IMAP server that says odd things of one mail: the others come, and so does it wherever that can be."""

import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from torget.channels import mailout, mailpages
from torget.channels.base import Raw
from torget.channels.live import Connection, Problem, Retry
from torget.channels.maillive import MailLive
from torget.channels.tests.imap_peer import Imap
from torget.core import clock

UIDS = (3, 5, 9)
SIZE = b"RFC822.SIZE"


@pytest.fixture
def imap() -> Iterator[Imap]:
    with Imap({uid: b"From: a@b.se\r\nSubject: x\r\n\r\nHej %d\r\n" % uid for uid in UIDS}) as running:
        yield running


def _pull(imap: Imap, cursor: dict[str, Any] | None = None, **settings: object) -> tuple[list[Raw], dict[str, Any]]:
    fetched = MailLive().fetch(imap.connection(**settings), cursor or {})
    return list(fetched.raws), dict(fetched.cursor)


def _of(raws: list[Raw]) -> list[int]:
    return sorted(int(raw.source.rpartition("#")[2]) for raw in raws)


@pytest.mark.parametrize(
    "when",
    [
        b'"00-Jan-0000 00:00:00 +0000"', b'"01-Jan-0001 00:00:00 +1400"', b'"31-Dec-9999 23:59:59 -1200"',
        b'"16-Nov-2026 10:00:00 +9900"', b'"16-Nov-2026 10:00:00"', b"NIL", b"5", b'""', b"(1 2)",
    ],
)  # fmt: skip
def test_a_date_that_no_calendar_has_stops_no_mail(imap: Imap, when: bytes) -> None:
    imap.say = lambda uid, said: said.replace(b'"16-Nov-2026 10:00:00 +0100"', when) if uid == 5 else said
    assert _of(_pull(imap)[0]) == [*UIDS]


@pytest.mark.parametrize("size", [b"abc", b"NIL", b"-1", b"(1)"])
def test_nor_does_a_size_that_is_none(imap: Imap, size: bytes) -> None:
    imap.say = lambda uid, said: (
        said.partition(SIZE)[0] + SIZE + b" " + size + b")" if uid == 5 and SIZE in said else said
    )
    assert _of(_pull(imap)[0]) == [*UIDS]


@pytest.mark.parametrize(
    "say",
    [
        pytest.param(
            lambda uid, said: said.replace(SIZE, b"(X)") if uid == 5 else said, id="words that cannot be taken apart"
        ),
        pytest.param(
            lambda uid, said: said.replace(SIZE, SIZE.lower()).replace(b"BODY[", b"body["), id="small letters"
        ),
        pytest.param(lambda uid, said: said.replace(b"(UID", b"(MODSEQ (5) FLAGS () UID"), id="more than was asked"),
        pytest.param(
            lambda uid, said: said + b"\r\n* 1 FETCH (FLAGS (\\Seen))\r\n* 2 EXPUNGE\r\n* 9 EXISTS\r\n* OK [ALERT] x",
            id="news in between",
        ),
    ],
)
def test_other_words_than_expected(imap: Imap, say: Any) -> None:
    imap.say = say
    assert _of(_pull(imap)[0]) == [*UIDS]


def test_a_server_that_keeps_the_next_number_to_itself_and_a_folder_in_swedish(imap: Imap) -> None:
    imap.has_uidnext = False
    assert _of(_pull(imap, folder="Skräp & sånt")[0]) == [*UIDS]
    assert imap.opened == [b'EXAMINE "Skr&AOQ-p &- s&AOU-nt"']


def test_a_mail_that_the_server_refuses_is_waited_for_and_then_told(
    imap: Imap, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = datetime(2026, 11, 22, 12, tzinfo=UTC)
    monkeypatch.setattr(clock, "now", lambda: now)
    imap.refused = frozenset({5})
    raws, cursor = _pull(imap)
    assert _of(raws) == [9]
    now += mailpages.PATIENCE + timedelta(seconds=1)
    raws, _ = _pull(imap, cursor)
    assert _of(raws) == [3, 5]
    assert ["unfetched" in raw.url for raw in raws if raw.source.endswith("#5")] == [True]


@pytest.mark.parametrize("host", ["post..exempel.se", f"{'a' * 80}.se"])
def test_a_server_whose_name_cannot_be_asked_for_is_not_reached(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # As the library does it, before it asks anybody.
    monkeypatch.setattr(socket, "getaddrinfo", lambda name, *given, **named: name.encode("idna"))
    connection = Connection("a@b.se", {"host": host, "smtp_host": host, "tls": "none"}, {"password": "x"}, 2.0)
    with pytest.raises(Retry, match="imap_no_such_host"):
        MailLive().fetch(connection, {})
    # Surely nothing was said of the mail: not an outcome that a person has to find out.
    with pytest.raises(Retry, match="smtp_no_such_host"):
        mailout.connect(connection)


def test_what_nobody_foresaw_is_a_problem_and_nothing_else(imap: Imap, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mailpages, "begin", lambda *given, **named: 1 / 0)
    with pytest.raises(Problem, match="failed_ZeroDivisionError"):
        _pull(imap)
