"""E-mail coming in, against a real dovecot: what is taken, in which order, and what happens when lines break."""

import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from tests.support.mailservers import MailServers
from torget.channels import mailbox, mailpages
from torget.channels.base import Broken, Incoming, Raw
from torget.channels.live import Connection, Fetched, GiveUp, NeedsLogin, Retry
from torget.channels.mail import Mail
from torget.channels.maillive import MailLive
from torget.core import clock
from torget.core.testing import data_files, shared_data

pytestmark = pytest.mark.services

RECORDED = [path for folder in ("mikel", "cpython", "mail-parser", "django-helpdesk")
            for path in data_files(f"payloads/mail-{folder}")]  # fmt: skip


@pytest.fixture(scope="module")
def servers() -> Iterator[MailServers]:
    """One house for all tests of this file; each uses a mailbox of its own."""
    with MailServers() as running:
        yield running


@pytest.fixture
def handle() -> str:
    """A mailbox that no other test has."""
    return f"kontakt-{uuid4().hex[:8]}@ekevik.example.org"


def mail(number: int | str, *, head: str = "", body: str = "Hej") -> bytes:
    """A small mail by an invented resident, its Message-ID by number."""
    return f"From: ida@example.org\r\nMessage-ID: <n{number}@example.org>\r\n{head}\r\n{body}\r\n".encode()


def numbers(fetched: Fetched) -> list[str]:
    """The numbers of the mails in a page."""
    found = [re.search(rb"<n(\w+)@", raw.body) for raw in fetched.raws]
    return [match[1].decode() for match in found if match]


def all_pages(live: MailLive, connection: Connection, cursor: object = None) -> tuple[list[Raw], Fetched]:
    """Every page from a cursor on, and the last."""
    raws: list[Raw] = []
    fetched = live.fetch(connection, cursor or {})  # type: ignore[arg-type]
    raws += fetched.raws
    while fetched.more:
        fetched = live.fetch(connection, fetched.cursor)
        raws += fetched.raws
    return raws, fetched


@contextmanager
def listening(live: MailLive, connection: Connection, cursor: object) -> Iterator[tuple[list[float], threading.Event]]:
    """A thread that listens, the times at which it was told of news, and what stops it."""
    told: list[float] = []
    stop, over = threading.Event(), threading.Event()

    def run() -> None:
        live.listen(connection, cursor, lambda raw: told.append(time.monotonic()), stop)  # type: ignore[arg-type]
        over.set()

    threading.Thread(target=run, daemon=True).start()
    try:
        yield told, over
    finally:
        stop.set()
        assert over.wait(30), "listening did not end when it was told to"


def until(condition: object, seconds: float = 60.0) -> None:
    """Wait for a condition; AssertionError when it does not come."""
    end = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < end, "it did not come in time"
        time.sleep(0.02)


@pytest.mark.parametrize("tls", ["tls", "starttls", "none"])
def test_the_connection_is_tried_both_ways(servers: MailServers, handle: str, tls: str) -> None:
    port = servers.imaps if tls == "tls" else servers.imap
    smtp_tls = "none" if tls == "none" else "starttls"
    connection = servers.connection(handle, tls=tls, port=port, smtp_tls=smtp_tls)
    assert MailLive().check(connection) == handle
    servers.put(handle, [mail(1)])
    fetched = MailLive().fetch(connection, {})
    assert [raw.verdict for raw in fetched.raws] == ["unsigned" if tls == "none" else "tls"]


def test_a_wrong_password_needs_a_person(servers: MailServers, handle: str) -> None:
    for attempt in (MailLive().check, lambda connection: MailLive().fetch(connection, {})):
        with pytest.raises(NeedsLogin, match="imap_login_refused"):
            attempt(servers.connection(handle, password="fel"))


def test_a_password_may_hold_any_letter(servers: MailServers, handle: str) -> None:
    # That the server refuses it is right; that it could be said at all is the point.
    with pytest.raises(NeedsLogin, match="imap_login_refused"):
        MailLive().check(servers.connection(handle, password="räksmörgås"))


def test_a_certificate_of_nobody_is_not_believed(servers: MailServers, handle: str) -> None:
    with pytest.raises(Retry, match="imap_certificate"):
        MailLive().check(servers.connection(handle, ca=""))
    with pytest.raises(Retry, match="mail_bad_ca"):
        MailLive().check(servers.connection(handle, ca="-----BEGIN CERTIFICATE-----"))
    with pytest.raises(Retry, match="imap_no_tls"):
        MailLive().check(servers.connection(handle, port=servers.imap))


def test_a_folder_that_is_not_there_is_said(servers: MailServers, handle: str) -> None:
    with pytest.raises(Retry, match="imap_no_folder"):
        MailLive().check(servers.connection(handle, junk_folder="Finns ej"))


def test_new_mails_are_taken_once_and_left_as_they_were(servers: MailServers, handle: str) -> None:
    live, connection = MailLive(), servers.connection(handle)
    assert live.fetch(connection, {}).raws == ()
    servers.put(handle, [mail(1)])
    servers.put(handle, [mail(2)], seen=True)
    one = live.fetch(connection, live.fetch(connection, {"folders": {}}).cursor)
    # The first fetch was of the empty mailbox; a new account takes what lies there, read or not.
    raws, last = all_pages(live, connection)
    assert [raw.body for raw in raws] == [mail(1), mail(2)]
    assert one.raws == ()
    # `UID n:*` would give the last mail once more.
    assert live.fetch(connection, last.cursor).raws == ()
    servers.put(handle, [mail(3)])
    assert numbers(live.fetch(connection, last.cursor)) == ["3"]
    assert _flags(servers, handle) == [(), (b"\\Seen",), ()]


def _flags(servers: MailServers, handle: str) -> list[tuple[bytes, ...]]:
    from imapclient import IMAPClient

    with IMAPClient(servers.host, servers.imap, ssl=False) as client:
        client.login(handle, servers.password)
        client.select_folder("INBOX", readonly=True)
        said = client.fetch(client.search("ALL"), ["FLAGS"])
    return [tuple(flag for flag in said[uid][b"FLAGS"] if flag != b"\\Recent") for uid in sorted(said)]


def test_the_backfill_is_bounded_newest_first_and_new_mails_come_before_it(servers: MailServers, handle: str) -> None:
    live, connection = MailLive(), servers.connection(handle, backfill=250)
    servers.put(handle, [mail(number) for number in range(300)])
    first = live.fetch(connection, {})
    assert numbers(first) == [str(number) for number in range(200, 300)]
    assert first.more
    servers.put(handle, [mail("ny")])
    second = live.fetch(connection, first.cursor)
    assert numbers(second) == ["ny", *(str(number) for number in range(101, 200))]
    raws, _ = all_pages(live, connection, second.cursor)
    assert [raw.body for raw in raws] == [mail(number) for number in range(50, 101)]
    assert len({raw.key for raw in (*first.raws, *second.raws, *raws)}) == 251
    assert all(len(raw.key) <= 80 for raw in raws)


@pytest.mark.parametrize(("backfill", "older"), [(10, 10), (0, 0)])
def test_what_has_come_since_the_account_was_connected_is_never_left_out(
    servers: MailServers, handle: str, backfill: int, older: int
) -> None:
    servers.put(handle, [mail(f"f{number}") for number in range(30)])
    # The server's own times are whole seconds.
    time.sleep(1.1)
    since = clock.now()
    time.sleep(1.1)
    servers.put(handle, [mail(f"s{number}") for number in range(150)])
    raws, _ = all_pages(MailLive(), replace(servers.connection(handle, backfill=backfill), since=since))
    found = [raw.body for raw in raws]
    assert sorted(found) == sorted([mail(f"s{n}") for n in range(150)] + [mail(f"f{n}") for n in range(30 - older, 30)])


def test_only_so_many_days_back(servers: MailServers, handle: str) -> None:
    servers.put(handle, [mail(number) for number in range(5)])
    with clock.at(clock.now() + timedelta(days=40)):
        raws, last = all_pages(MailLive(), servers.connection(handle, backfill_days=30))
    assert (raws, last.more) == ([], False)
    assert len(all_pages(MailLive(), servers.connection(handle, backfill_days=30))[0]) == 5


def test_a_page_holds_so_many_bytes(servers: MailServers, handle: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mailpages, "PAGE_BYTES", 10_000)
    live, connection = MailLive(), servers.connection(handle)
    start = live.fetch(connection, {})
    servers.put(
        handle, [mail(number, body="x" * size) for number, size in enumerate([4_000, 4_000, 4_000, 30_000, 10])]
    )
    pages = [live.fetch(connection, start.cursor)]
    while pages[-1].more:
        pages.append(live.fetch(connection, pages[-1].cursor))
    assert [numbers(page) for page in pages] == [["0", "1"], ["2"], ["3"], ["4"]]


def test_of_a_mail_too_large_the_header_comes(
    servers: MailServers, handle: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailpages, "LARGEST", 10_000)
    servers.put(handle, [mail(1), mail(2, body="x" * 20_000), mail(3)])
    raws, _ = all_pages(MailLive(), servers.connection(handle))
    assert [len(raw.body) < 1_000 for raw in raws] == [True, True, True]
    items = [Mail().read(raw, own=handle)[0] for raw in raws]
    assert [type(item) for item in items] == [Incoming, Broken, Incoming]
    size = len(mail(2, body="x" * 20_000))
    assert items[1] == Broken("too_large", f"{size} bytes")


def test_junk_is_read_as_spam(servers: MailServers, handle: str) -> None:
    servers.put(handle, [mail(1)])
    servers.put(handle, [mail(2)], folder="Junk")
    raws, last = all_pages(MailLive(), servers.connection(handle, junk_folder="Junk", authserv="mx.example.org"))
    found = [item for raw in raws for item in Mail().read(raw, own=handle)]
    assert [(item.external_id, item.spam) for item in found if isinstance(item, Incoming)] == [
        ("n1@example.org", False),
        ("n2@example.org", True),
    ]
    assert set(last.cursor["folders"]) == {"INBOX", "Junk"}


def test_a_mailbox_numbered_anew_is_read_again_and_says_so(servers: MailServers, handle: str) -> None:
    from imapclient import IMAPClient

    live, connection = MailLive(), servers.connection(handle, folder="Inkorg/Frågor".replace("/", "."), backfill=2)
    folder = str(connection.settings["folder"])
    servers.put(handle, [mail(number) for number in range(4)], folder=folder)
    before, last = all_pages(live, connection)
    assert len(before) == 2
    with IMAPClient(servers.host, servers.imap, ssl=False) as client:
        client.login(handle, servers.password)
        client.delete_folder(folder)
    servers.put(handle, [mail(number) for number in range(6)], folder=folder)
    again = live.fetch(connection, last.cursor)
    assert again.gap == "uidvalidity_changed"
    # All from the days around what was last seen, not the first backfill's two; what is known is told by its Message-ID.
    assert numbers(again) == ["0", "1", "2", "3", "4", "5"]
    assert {raw.key for raw in again.raws}.isdisjoint(raw.key for raw in before)
    assert live.fetch(connection, again.cursor).gap == ""


def test_a_mail_that_the_server_will_not_hand_out_stops_no_other(servers: MailServers, handle: str) -> None:
    live, connection = MailLive(), servers.connection(handle)
    start = live.fetch(connection, {})
    servers.put(handle, [mail(number) for number in range(3)])
    files = sorted((servers.folder / "mail" / handle / "new").iterdir()) or sorted(
        (servers.folder / "mail" / handle / "cur").iterdir()
    )
    (bad,) = [path for path in files if b"<n1@" in path.read_bytes()]
    bad.chmod(0o000)
    now = clock.now()
    with clock.at(now):
        one = live.fetch(connection, start.cursor)
        assert (numbers(one), one.more) == (["0"], False)
        assert live.fetch(connection, one.cursor).raws == ()
    with clock.at(now + timedelta(minutes=3)):
        two = live.fetch(connection, one.cursor)
    assert [raw.body for raw in two.raws] == [b"", mail(2)]
    assert Mail().read(two.raws[0], own=handle) == [Broken("unreadable", "not handed out by the server")]


def test_news_wake_the_listener(servers: MailServers, handle: str) -> None:
    live, connection = MailLive(), servers.connection(handle)
    fetched = live.fetch(connection, {})
    with listening(live, connection, fetched.cursor) as (told, over):
        # The mail may come before the listener is there: it then finds it by itself.
        servers.deliver(handle, mail(1))
        until(lambda: told)
        assert numbers(live.fetch(connection, fetched.cursor)) == ["1"]
        before = len(told)
        servers.deliver(handle, mail(2))
        until(lambda: len(told) > before)
        assert not over.is_set()


def test_what_came_before_the_listener_rings_too(servers: MailServers, handle: str) -> None:
    live, connection = MailLive(), servers.connection(handle)
    fetched = live.fetch(connection, {})
    servers.put(handle, [mail(1)])
    with listening(live, connection, fetched.cursor) as (told, _):
        until(lambda: told)


def test_without_idle_the_server_is_asked(servers: MailServers, handle: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from imapclient import IMAPClient

    offered = IMAPClient.has_capability
    monkeypatch.setattr(IMAPClient, "has_capability", lambda self, name: name != "IDLE" and offered(self, name))
    live, connection = MailLive(), servers.connection(handle, poll_seconds=0.1)
    fetched = live.fetch(connection, {})
    with listening(live, connection, fetched.cursor) as (told, _):
        servers.put(handle, [mail(1)])
        until(lambda: told)


def test_idle_is_renewed(servers: MailServers, handle: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from imapclient import IMAPClient

    monkeypatch.setattr(mailbox, "LONGEST_IDLE", 0.0)
    renewed = threading.Semaphore(0)
    begin = IMAPClient.idle

    def counted(self: IMAPClient) -> None:
        begin(self)
        renewed.release()

    monkeypatch.setattr(IMAPClient, "idle", counted)
    live, connection = MailLive(), servers.connection(handle)
    with listening(live, connection, live.fetch(connection, {}).cursor) as (told, _):
        assert all(renewed.acquire(timeout=5) for _ in range(3))
        assert told == []


def test_a_line_that_breaks_ends_the_listening_and_retries(handle: str) -> None:
    with MailServers() as servers:
        live, connection = MailLive(), servers.connection(handle)
        servers.put(handle, [mail(number) for number in range(150)])
        first = live.fetch(connection, {})
        assert first.more, "the line is kept for the next page"
        servers.put(handle, [mail("ny")])
        with listening(live, connection, first.cursor) as (told, over):
            until(lambda: told)
            servers.stop_dovecot(at_once=True)
            assert over.wait(10), "the listener did not notice that the line broke"
        with pytest.raises(Retry, match="imap_refused"):
            live.fetch(connection, first.cursor)
        servers.start_dovecot()
        raws, _ = all_pages(live, connection, first.cursor)
        assert [raw.body for raw in raws] == [mail("ny"), *(mail(number) for number in range(50))]


def test_a_server_that_says_nothing_is_left(handle: str) -> None:
    import socket

    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        settings = {"host": "127.0.0.1", "port": silent.getsockname()[1], "tls": "none", "user": handle}
        connection = Connection(handle, settings, {"password": "x"}, timeout=0.2)
        with pytest.raises(Retry, match="imap_timeout"):
            MailLive().fetch(connection, {})


def test_without_an_address_there_is_no_account(servers: MailServers) -> None:
    with pytest.raises(GiveUp, match="mail_bad_sender"):
        MailLive().check(servers.connection("inget"))


@pytest.mark.skipif(shared_data() is None, reason="no recorded data beside this checkout")
def test_recorded_mails_are_the_same_through_a_mail_server(servers: MailServers, handle: str) -> None:
    """Delivered by LMTP and fetched, each recorded mail says what its file says."""
    live, connection = MailLive(), servers.connection(handle)
    empty = live.fetch(connection, {}).cursor
    told: list[tuple[Path, Incoming]] = []
    for path in RECORDED:
        body = path.read_bytes()
        items = [one for one in Mail().read(Raw(body, path.name), own="") if isinstance(one, Incoming)]
        # LMTP takes no NUL and no lone CR, and writes the sender on top, who then is the one where nobody else is named.
        plain = b"\0" not in body and not re.search(rb"\r(?!\n)", body) and re.match(rb"[!-9;-~]+:", body)
        if plain and items and items[0].sender.address:
            servers.deliver(handle, body)
            told.append((path, items[0]))
    raws, _ = all_pages(live, connection, empty)
    assert len(raws) == len(told) > 80
    differing = []
    for raw, (path, expected) in zip(raws, told, strict=False):
        found = [item for item in Mail().read(raw, own="") if isinstance(item, Incoming)]
        if [_said(item) for item in found] != [_said(expected)]:
            differing.append(path.name)
    assert differing == []


def _said(item: Incoming) -> Incoming:
    """Without what the way through a server changes: times taken from Received, the sender that the envelope names (and with
    it whether a machine may answer), line ends in files, the last line's end.
    """
    files = tuple(replace(file, body=file.body.replace(b"\r\n", b"\n")) for file in item.files)
    return replace(item, files=files, sent_at=None, whole=item.whole.rstrip("\n"), acknowledgeable=False)
