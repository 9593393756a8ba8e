"""E-mail going out, against a real postfix: what arrives, what comes back, and which way of failing is which."""

import email
import email.policy
import time
from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage
from typing import Any
from uuid import uuid4

import pytest

from tests.support.mailservers import MailServers
from tests.support.smtp import Mood, SMTPServer
from torget.channels.base import Incoming, Item, Raw, Report
from torget.channels.live import Connection, GiveUp, NeedsLogin, Outgoing, Picture, Retry, Sent, Unknown
from torget.channels.mail import Mail
from torget.channels.maillive import MailLive
from torget.core import clock

pytestmark = pytest.mark.services

LIVE = MailLive()


@pytest.fixture(scope="module")
def servers() -> Iterator[MailServers]:
    """One house for all tests of this file; each uses mailboxes of its own."""
    with MailServers() as running:
        yield running


@pytest.fixture
def handle() -> str:
    """An account that no other test has."""
    return f"kontakt-{uuid4().hex[:8]}@ekevik.example.org"


@pytest.fixture
def writer() -> str:
    """A resident's address that no other test has."""
    return f"ida-{uuid4().hex[:8]}@example.org"


def answer(handle: str, address: str, **more: object) -> Outgoing:
    """An answer to a mail about a lamp."""
    told: dict[str, object] = {
        "key": LIVE.new_key(handle), "text": "Hej!\n\n.Lampan är lagad.\nHälsningar\n", "reply_to": "n2@example.org",
        "thread": ("n1@example.org", "n2@example.org"), "address": address, "subject": "Sv: RE: Lampan på Storgatan",
        "sender_name": "Ekeviks kommun, Öst",
    }  # fmt: skip
    return Outgoing(**(told | more))  # type: ignore[arg-type]


def arrived(servers: MailServers, address: str, count: int = 1, seconds: float = 60.0) -> list[Raw]:
    """The mails of a mailbox once there are so many. Raises AssertionError when they do not come."""
    end = time.monotonic() + seconds
    while True:
        raws = LIVE.fetch(servers.connection(address), {}).raws
        if len(raws) >= count:
            return list(raws)
        assert time.monotonic() < end, servers.log()
        time.sleep(0.05)


def parsed(raw: Raw) -> EmailMessage:
    """A mail as a mail program reads it."""
    return email.message_from_bytes(raw.body, policy=email.policy.default)


def items(raws: list[Raw], own: str) -> list[Item]:
    """What the channel makes of mails."""
    return [item for raw in raws for item in Mail().read(raw, own=own)]


def test_an_answer_arrives_in_its_thread(servers: MailServers, handle: str, writer: str) -> None:
    outgoing = answer(handle, writer)
    sent = LIVE.send(servers.connection(handle), outgoing)
    assert sent == Sent(remote_id=outgoing.key)
    (raw,) = arrived(servers, writer)
    mail = parsed(raw)
    assert mail["Message-ID"] == f"<{outgoing.key}>"
    assert mail["In-Reply-To"] == "<n2@example.org>"
    assert mail["References"].split() == ["<n1@example.org>", "<n2@example.org>"]
    assert mail["Subject"] == "Sv: Lampan på Storgatan"
    assert mail["From"] == f'"Ekeviks kommun, Öst" <{handle}>'
    assert mail["Return-Path"] == f"<{handle}>"
    assert mail["Auto-Submitted"] == "no"
    assert mail.get_content().replace("\r\n", "\n") == outgoing.text
    # What the resident answers names our Message-ID, and what we sent is known again should it come back.
    (ours,) = [item for item in items([raw], "") if isinstance(item, Incoming)]
    assert (ours.external_id, ours.in_reply_to, ours.thread) == (outgoing.key, "n2@example.org", outgoing.thread)
    assert ours.automatic, "our own mail is never answered by machine"


def test_an_acknowledgement_says_that_it_is_one(servers: MailServers, handle: str, writer: str) -> None:
    LIVE.send(servers.connection(handle), answer(handle, writer, automatic=True))
    (raw,) = arrived(servers, writer)
    assert parsed(raw)["Auto-Submitted"] == "auto-replied"
    assert parsed(raw)["X-Auto-Response-Suppress"] == "All"


def test_pictures_and_long_threads(servers: MailServers, handle: str, writer: str) -> None:
    picture = Picture("lampa å.png", "image/png", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20, "En lampa")
    line = tuple(f"{'x' * 200}{number}@example.org" for number in range(40))
    outgoing = answer(handle, writer, pictures=(picture,), thread=line, reply_to=line[-1], subject="å" * 150)
    LIVE.send(servers.connection(handle), outgoing)
    (raw,) = arrived(servers, writer)
    assert max(len(row) for row in raw.body.split(b"\r\n")) <= 998
    (found,) = [item for item in items([raw], "") if isinstance(item, Incoming)]
    assert found.thread == (line[0], *line[-19:])
    assert found.subject == "Sv: " + "å" * 150
    assert [(file.filename, file.media_type, file.body) for file in found.files] == [
        (picture.filename, picture.media_type, picture.body)
    ]


def test_a_bounce_names_the_answer(servers: MailServers, handle: str) -> None:
    outgoing = answer(handle, "okand.ida@example.org")
    LIVE.send(servers.connection(handle), outgoing)
    report, mail = items(arrived(servers, handle), handle)
    assert report == Report((outgoing.key,), "bounced", "5.1.1", "okand.ida@example.org")
    assert isinstance(mail, Incoming)
    assert (mail.automatic, mail.in_reply_to) == (True, outgoing.key)


def test_a_delay_names_the_answer(servers: MailServers, handle: str) -> None:
    outgoing = answer(handle, "sen.ida@example.org")
    LIVE.send(servers.connection(handle), outgoing)
    found = items(arrived(servers, handle, seconds=20), handle)
    assert found[0] == Report((outgoing.key,), "delayed", "4.2.0", "sen.ida@example.org")


@pytest.mark.parametrize(
    ("address", "problem", "why"),
    [
        pytest.param("nej.ida@example.org", GiveUp, "smtp_554_5.1.1", id="refused for good"),
        pytest.param("snart.ida@example.org", Retry, "smtp_450_4.2.0", id="refused for now"),
        pytest.param("", GiveUp, "mail_no_address", id="no address"),
        pytest.param("ida", GiveUp, "mail_bad_address", id="no domain"),
        pytest.param("ida@example.org\r\nBcc: alla@example.org", GiveUp, "mail_bad_address", id="a second header"),
        pytest.param("ida@example.org> BODY=8BITMIME", GiveUp, "mail_bad_address", id="a second word"),
    ],
)
def test_what_is_refused(servers: MailServers, handle: str, address: str, problem: type[Exception], why: str) -> None:
    with pytest.raises(problem, match=f"^{why}"):
        LIVE.send(servers.connection(handle), answer(handle, address))


def test_a_wrong_password_needs_a_person(servers: MailServers, handle: str, writer: str) -> None:
    for password in ("fel", "räksmörgås"):
        connection = servers.connection(handle, password=password)
        with pytest.raises(NeedsLogin, match="smtp_login_refused"):
            LIVE.send(connection, answer(handle, writer))


def test_a_server_that_takes_no_login_is_told_apart(servers: MailServers, handle: str, writer: str) -> None:
    with SMTPServer() as plain:
        settings: dict[str, Any] = {"smtp_port": plain.port, "smtp_tls": "none"}
        LIVE.send(servers.connection(handle, **settings), answer(handle, writer))
        with pytest.raises(NeedsLogin, match="smtp_takes_no_login"):
            LIVE.send(servers.connection(handle, **settings, smtp_user=handle), answer(handle, writer))
        with pytest.raises(Retry, match="smtp_no_tls"):
            LIVE.send(servers.connection(handle, smtp_port=plain.port), answer(handle, writer))
        assert len(plain.wait(1)) == 1


@pytest.mark.parametrize(
    ("mood", "problem"),
    [
        pytest.param(Mood.BUSY, Retry, id="451 after the words"),
        pytest.param(Mood.REFUSES_MAIL, GiveUp, id="554 after the words"),
        pytest.param(Mood.REFUSES_RECIPIENT, GiveUp, id="550 before them"),
        pytest.param(Mood.DROPS_AFTER_DATA, Unknown, id="cut off after the words"),
    ],
)
def test_when_it_is_known_what_became_of_it(handle: str, writer: str, mood: Mood, problem: type[Exception]) -> None:
    with SMTPServer(mood=mood) as server, pytest.raises(problem):
        LIVE.send(_plain(handle, server), answer(handle, writer))


def test_a_server_that_never_answers_leaves_it_open(handle: str, writer: str) -> None:
    with SMTPServer(mood=Mood.SLOW, delay=20) as server, pytest.raises(Unknown, match="smtp_after_data"):
        LIVE.send(_plain(handle, server, timeout=0.1), answer(handle, writer))


def _plain(handle: str, server: SMTPServer, timeout: float = 10) -> Connection:
    settings = {"smtp_host": server.host, "smtp_port": server.port, "smtp_tls": "none", "smtp_user": ""}
    return Connection(handle, settings, {}, timeout)


def test_a_server_that_is_off_is_tried_again(handle: str, writer: str) -> None:
    with MailServers() as servers:
        connection = servers.connection(handle)
        servers.stop_postfix()
        with pytest.raises(Retry, match=r"smtp_(refused|cut)"):
            LIVE.send(connection, answer(handle, writer))
        servers.start_postfix()
        LIVE.send(connection, answer(handle, writer))
        assert len(arrived(servers, writer)) == 1


def test_a_copy_in_the_sent_folder_is_found(servers: MailServers, handle: str, writer: str) -> None:
    outgoing = answer(handle, writer, made_at=clock.now())
    with pytest.raises(Unknown, match="mail_cannot_be_seen"):
        LIVE.look(servers.connection(handle), outgoing)
    connection = servers.connection(handle, sent_folder="Sent")
    with pytest.raises(Unknown, match="mail_not_found"):
        LIVE.look(connection, outgoing)
    servers.put(handle, [f"From: {handle}\r\nMessage-ID: <{outgoing.key}>\r\n\r\nHej\r\n".encode()], folder="Sent")
    assert LIVE.look(connection, outgoing) == Sent(remote_id=outgoing.key)


def test_somebodys_answer_proves_that_it_left(servers: MailServers, handle: str, writer: str) -> None:
    outgoing = answer(handle, writer, made_at=clock.now() - timedelta(days=2))
    servers.put(handle, [f"From: {writer}\r\nIn-Reply-To: <{outgoing.key}>\r\n\r\nTack\r\n".encode()])
    assert LIVE.look(servers.connection(handle, sent_folder="Sent"), outgoing) == Sent(remote_id=outgoing.key)


def test_a_mail_that_has_left_stays_away(servers: MailServers, handle: str) -> None:
    with pytest.raises(GiveUp):
        LIVE.remove(servers.connection(handle), "n1@example.org")


def test_two_machines_do_not_answer_each_other_for_ever(servers: MailServers, handle: str) -> None:
    """An acknowledgement that meets another's automatic answer ends there."""
    outgoing = answer(handle, handle, automatic=True)
    LIVE.send(servers.connection(handle), outgoing)
    (raw,) = arrived(servers, handle)
    (item,) = items([raw], "annan@ekevik.example.org")
    assert isinstance(item, Incoming)
    assert item.automatic


def test_a_token_lets_in_both_ways_and_one_that_has_ended_needs_a_person(
    servers: MailServers, handle: str, writer: str
) -> None:
    """XOAUTH2, as the large mail services ask for it; dovecot asks the one who gave the token out."""
    token = f"tok-{handle}"
    servers.deliver(handle, b"From: ida@example.org\r\nMessage-ID: <token@example.org>\r\n\r\nHej\r\n")
    connection = servers.with_token(handle, token)
    assert [b"<token@example.org>" in raw.body for raw in LIVE.fetch(connection, {}).raws] == [True]
    LIVE.send(connection, answer(handle, writer))
    assert len(arrived(servers, writer)) == 1
    ended = servers.with_token(handle, f"{token}-old", good=False)
    with pytest.raises(NeedsLogin, match="imap_login_refused"):
        LIVE.fetch(ended, {})
    with pytest.raises(NeedsLogin, match="smtp_login_refused"):
        LIVE.send(ended, answer(handle, writer))


def test_somebody_elses_token_opens_no_mailbox(servers: MailServers, handle: str) -> None:
    servers.with_token(f"annan-{handle}", f"tok-annan-{handle}")
    with pytest.raises(NeedsLogin, match="imap_login_refused"):
        LIVE.fetch(servers.with_token(handle, f"tok-annan-{handle}", good=False), {})
