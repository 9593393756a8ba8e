"""Mail by machine: what is never answered by machine, what reports on our own mail, and what the server said of a sender."""

import pytest

from torget.channels import mailout, mailverdict
from torget.channels.base import Broken, Ignored, Incoming, Item, Raw, Report
from torget.channels.live import Connection, Outgoing
from torget.channels.mail import Mail
from torget.channels.mailhead import Head
from torget.channels.mailreports import is_machine, may_acknowledge, why_automatic

OWN = "kontakt@ekevik.example.org"
KEY = "0123456789abcdef0123456789abcdef.torget@ekevik.example.org"


def head(*rows: str) -> Head:
    """A header by an invented resident, with these fields beside."""
    pairs = [row.split(": ", 1) for row in ("From: Ida <ida@example.org>", *rows)]
    return Head((name, value) for name, value in pairs)


def may(*rows: str) -> bool:
    """Whether the mail is acknowledged to who wrote it."""
    read = head(*rows)
    return may_acknowledge(read, why=why_automatic(read), writer="ida@example.org", own=OWN)


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        pytest.param((), "", id="a person's mail"),
        pytest.param(("Auto-Submitted: no",), "", id="said to be by a person"),
        pytest.param(("Auto-Submitted: auto-replied; x=y",), "auto_submitted", id="an automatic answer"),
        pytest.param(("Auto-Submitted: auto-generated",), "auto_submitted", id="an automatic mail"),
        pytest.param(("Precedence: bulk",), "list", id="bulk"),
        pytest.param(("Precedence: First-Class",), "", id="a precedence of people"),
        pytest.param(("List-Id: <a.example.org>",), "list", id="a list"),
        pytest.param(("List-Unsubscribe: <https://example.org>",), "list", id="a newsletter"),
        pytest.param(("Return-Path: <>",), "null_sender", id="a null sender"),
        pytest.param(("X-Auto-Response-Suppress: DR, OOF, AutoReply",), "autoreply", id="Exchange asks for silence"),
        pytest.param(("X-Auto-Response-Suppress: None",), "", id="Exchange asks for nothing"),
        pytest.param(("X-Autoreply: yes",), "autoreply", id="an old program's mark"),
        pytest.param(("Subject: Automatiskt svar: Lampan",), "autoreply", id="Outlook in Swedish"),
        pytest.param(("Subject: =?utf-8?q?Fr=C3=A5nvaromeddelande=3A_semester?=",), "autoreply", id="away, encoded"),
        pytest.param(("Subject: Out of Office: Re: Lampan",), "autoreply", id="out of office"),
        pytest.param(("Subject: Frånvaro för Kim i 3B",), "", id="a parent who reports a child as absent"),
        pytest.param(("Subject: Out of office space?",), "", id="a question about offices"),
        pytest.param(("Subject: Autoreplikator",), "", id="a word that begins alike"),
        pytest.param(("X-Loop: rt.example.org",), "loop", id="a machine that fears loops"),
        pytest.param((f"Message-ID: <{KEY}>",), "loop", id="our own mail comes back"),
        pytest.param(("Received: from a by b",) * 31, "loop", id="round and round"),
        pytest.param(("Received: from a by b",) * 12, "", id="a long but straight way"),
    ],
)
def test_why_a_mail_is_automatic(rows: tuple[str, ...], why: str) -> None:
    assert why_automatic(head(*rows)) == why
    assert may(*rows) is (why == "")


@pytest.mark.parametrize(
    ("address", "machine"),
    [
        ("noreply@example.org", True), ("no-reply+7@example.org", True), ("do_not_reply@example.org", True),
        ("svara-inte@example.org", True), ("ingensvar@example.org", True), ("MAILER-DAEMON@example.org", True),
        ("bounces+ida=example.org@example.net", True), ("owner-lista@example.org", True),
        ("lista-request@example.org", True), ("nora.reply@example.org", False), ("ida@noreply.example.org", False),
        ("bouncer@example.org", False), ("registrator@example.org", False), ("", False),
    ],
)  # fmt: skip
def test_addresses_that_nobody_reads(address: str, machine: bool) -> None:
    assert is_machine(address) is machine


@pytest.mark.parametrize(
    ("rows", "allowed"),
    [
        pytest.param((), True, id="a resident"),
        pytest.param(("Reply-To: annan@example.org",), True, id="who wants the answer elsewhere"),
        pytest.param((f"Reply-To: {OWN}",), False, id="back to ourselves"),
        pytest.param(("Reply-To: noreply@example.org",), False, id="to nobody"),
        pytest.param(("Return-Path: <bounces-7@example.org>",), False, id="by a sending service"),
    ],
)
def test_who_may_be_acknowledged(rows: tuple[str, ...], allowed: bool) -> None:
    assert may(*rows) is allowed


def test_nobody_is_not_acknowledged() -> None:
    nobody = Head([("Subject", "Hej")])
    assert not may_acknowledge(nobody, why="", writer="")
    assert not may_acknowledge(Head([("From", OWN)]), why="", writer=OWN, own=OWN)
    report = Head([("From", "ida@example.org")], kind="multipart/report")
    assert not may_acknowledge(report, why=why_automatic(report), writer="ida@example.org")


def read(body: str, *, url: str = "", own: str = OWN) -> list[Item]:
    return Mail().read(Raw(body.encode(), "a", url=url), own=own)


STATUS = """From: MAILER-DAEMON@mx.example.org
Return-Path: <>
Message-ID: <r1@mx.example.org>
Content-Type: multipart/report; report-type=delivery-status; boundary=RR

--RR

Det gick inte.
--RR
Content-Type: message/{kind}

Reporting-MTA: dns; mx.example.org
{envelope}
Final-Recipient: rfc822; ida@example.org
Action: {action}
Status: {status}

--RR
Content-Type: {returned}

Message-ID: <{key}>
Subject: Svar

--RR--
"""


def status(**told: str) -> str:
    usual = {"kind": "delivery-status", "envelope": "", "action": "failed", "status": "5.1.1", "key": KEY,
             "returned": "text/rfc822-headers"}  # fmt: skip
    return STATUS.format(**(usual | told))


@pytest.mark.parametrize(
    ("told", "outcome", "reason"),
    [
        pytest.param({}, "bounced", "5.1.1", id="it never came"),
        pytest.param({"action": "delayed", "status": "4.4.1"}, "delayed", "4.4.1", id="the server still tries"),
        pytest.param({"action": "failed (expired)", "status": "4.4.7"}, "bounced", "4.4.7", id="it tried for long"),
        pytest.param({"action": "", "status": "5.2.2"}, "bounced", "5.2.2", id="only a status"),
        pytest.param({"action": "misslyckad", "status": "4.0.0"}, "delayed", "4.0.0", id="a word of its own"),
        pytest.param({"returned": "message/rfc822"}, "bounced", "5.1.1", id="with the whole mail"),
        pytest.param({"kind": "global-delivery-status"}, "bounced", "5.1.1", id="the newer kind"),
    ],
)
def test_delivery_reports(told: dict[str, str], outcome: str, reason: str) -> None:
    report, mail = read(status(**told))
    assert report == Report((KEY,), outcome, reason, "ida@example.org")
    assert isinstance(mail, Incoming)
    assert (mail.automatic, mail.in_reply_to) == (True, KEY)


def test_a_report_without_the_mail_names_its_envelope() -> None:
    told = status(envelope="Original-Envelope-Id: a+2Bb@example.org", returned="text/plain", key="x@y")
    assert read(told)[0] == Report(("a+b@example.org",), "bounced", "5.1.1", "ida@example.org")


def test_a_report_about_nothing_is_only_a_mail() -> None:
    (mail,) = read(status(returned="text/plain"))
    assert isinstance(mail, Incoming)
    assert mail.automatic


@pytest.mark.parametrize("action", ["delivered", "relayed", "expanded"])
def test_that_it_came_through_is_a_receipt(action: str) -> None:
    assert read(status(action=action, status="2.0.0")) == [Ignored("receipt", "r1@mx.example.org")]


def test_that_it_was_read_is_a_receipt() -> None:
    body = status(kind="disposition-notification").replace("report-type=delivery-status", "report-type=x")
    assert read(body) == [Ignored("receipt", "r1@mx.example.org")]


def test_a_report_that_a_resident_passes_on_reports_nothing() -> None:
    forwarded = status().replace("MAILER-DAEMON@mx.example.org", "ida@example.org").replace("Return-Path: <>\n", "")
    (mail,) = read(forwarded.replace("multipart/report; report-type=delivery-status", "multipart/mixed"))
    assert isinstance(mail, Incoming)


def _with_status(rows: str, kind: str) -> list[Item]:
    status = "Reporting-MTA: dns; a\n\nFinal-Recipient: rfc822; ida@example.org\nAction: delivered\nStatus: 2.0.0\n"
    return read(
        f"{rows}\nMIME-Version: 1.0\nContent-Type: {kind}; boundary=b\n\n"
        f"--b\n\nHej, kom det fram?\n--b\nContent-Type: message/delivery-status\n\n{status}\n--b--\n"
    )


@pytest.mark.parametrize(
    ("rows", "kind", "is_receipt"),
    [
        pytest.param("From: ida@example.org", "multipart/mixed", False, id="a person passes one on"),
        pytest.param("From: noreply@example.org\nReply-To: ida@example.org", "multipart/mixed", False, id="by a form"),
        pytest.param("From: ida@example.org", "multipart/report", True, id="in the form of a report"),
        pytest.param("From: a@example.org\nReturn-Path: <>", "multipart/mixed", True, id="from a null sender"),
        pytest.param("From: postmaster@example.org", "multipart/mixed", True, id="from a machine"),
        pytest.param("From: mailer-daemon@example.org\nAuto-Submitted: auto-generated", "multipart/mixed", True,
                     id="from a machine that says so"),
    ],
)  # fmt: skip
def test_only_a_servers_own_word_that_a_mail_came_through_is_a_receipt(rows: str, kind: str, is_receipt: bool) -> None:
    (item,) = _with_status(rows, kind)
    assert (item.reason == "receipt") if isinstance(item, Ignored) else not is_receipt
    if not is_receipt:
        assert isinstance(item, Incoming)
        assert "kom det fram?" in item.text


@pytest.mark.parametrize(
    ("rows", "outcome", "reason"),
    [
        pytest.param("From: MAILER-DAEMON@qmail.example.org\nSubject: failure notice", "bounced", "5.1.1", id="qmail"),
        pytest.param("From: Mailer-Daemon@exim.example.org\nX-Failed-Recipients: ida@example.org\n"
                     "Subject: Mail delivery failed", "bounced", "5.1.1", id="Exim"),
        pytest.param("From: Mailer-Daemon@exim.example.org\nAuto-Submitted: auto-replied\n"
                     "Subject: Warning: message delayed 24 hours", "delayed", "5.1.1", id="Exim still tries"),
    ],
)  # fmt: skip
def test_bounces_in_words(rows: str, outcome: str, reason: str) -> None:
    (report, mail) = read(
        f"{rows}\n\nOj: #5.1.1 okänd.\n\n--- Below is a copy:\nSubject: Svar\nMessage-ID: <{KEY}>\n\nHej"
    )
    assert isinstance(report, Report)
    assert (report.concerns, report.outcome, report.reason) == ((KEY,), outcome, reason)
    assert isinstance(mail, Incoming)


def test_the_postmaster_who_answers_is_a_person() -> None:
    (mail,) = read(f"From: postmaster@example.org\nIn-Reply-To: <{KEY}>\n\nTack för svaret!")
    assert isinstance(mail, Incoming)


def test_an_automatic_answer_says_that_somebody_is_away() -> None:
    report, mail = read(f"From: Ida <ida@example.org>\nAuto-Submitted: auto-replied\nReturn-Path: <>\n"
                        f"In-Reply-To: <{KEY}>\nReferences: <a@b> <{KEY}>\n\nTillbaka 7 december")  # fmt: skip
    assert report == Report((KEY, "a@b"), "away", address="ida@example.org")
    assert isinstance(mail, Incoming)
    assert mail.automatic


@pytest.mark.parametrize(
    ("rows", "writer"),
    [
        pytest.param(f"From: {OWN}\nReply-To: Bo <bo@example.org>", "bo@example.org", id="a form in our own name"),
        pytest.param("From: noreply@form.example.org\nReply-To: bo@example.org", "bo@example.org", id="in nobody's"),
        pytest.param("From: ida@example.org\nReply-To: bo@example.org", "ida@example.org", id="a person's own choice"),
        pytest.param("From: noreply@example.org", "noreply@example.org", id="nobody at all"),
    ],
)
def test_who_wrote(rows: str, writer: str) -> None:
    (mail,) = read(f"{rows}\n\nHej")
    assert isinstance(mail, Incoming)
    assert mail.sender.address == writer


def test_our_own_mail_is_still_ours() -> None:
    assert read(f"From: {OWN}\nReply-To: {OWN}\nMessage-ID: <a@b>\n\nHej") == [Ignored("own_post", "a@b")]


RESULTS = "Authentication-Results: "


@pytest.mark.parametrize(
    ("rows", "authserv", "verdict"),
    [
        pytest.param((), "", "", id="nothing said"),
        pytest.param((RESULTS + "mx.a; dmarc=pass header.from=example.org",), "", "pass", id="DMARC passed"),
        pytest.param((RESULTS + "mx.a; dkim=pass header.d=example.org; dmarc=fail (p=none)",), "", "fail",
                     id="DMARC decides"),
        pytest.param((RESULTS + "mx.a; dmarc=none; dkim=pass header.d=mail.example.org",), "", "pass",
                     id="DKIM of the same house"),
        pytest.param((RESULTS + "mx.a; dkim=pass header.d=elsewhere.net; spf=pass smtp.mailfrom=x@elsewhere.net",), "",
                     "none", id="passed, but for somebody else"),
        pytest.param((RESULTS + "mx.a; spf=pass (a (b) c) smtp.mailfrom=ida@example.org",), "", "pass", id="SPF"),
        pytest.param((RESULTS + "mx.a 1; spf=softfail; dkim=fail",), "", "fail", id="a signature that is broken"),
        pytest.param((RESULTS + "mx.a; none",), "", "none", id="nothing was checked"),
        pytest.param((RESULTS + "evil; dmarc=pass", RESULTS + "mx.a; dmarc=fail"), "mx.a", "fail",
                     id="only the trusted server's word"),
        pytest.param((RESULTS + "mx.a; dkim=fail", RESULTS + "MX.A; dmarc=pass"), "mx.a", "pass",
                     id="a field for each program"),
        pytest.param((RESULTS + "mx.a; dkim=fail", "Received: from x", RESULTS + "mx.a; dmarc=pass"), "mx.a", "fail",
                     id="what the sender wrote in the server's name"),
        pytest.param((RESULTS + "evil; dmarc=pass",), "mx.a", "", id="the trusted server said nothing"),
        pytest.param((RESULTS + "dkim=pass header.d=example.org",), "", "pass", id="an old server without a name"),
    ],
)  # fmt: skip
def test_whether_the_sender_is_who_it_says(rows: tuple[str, ...], authserv: str, verdict: str) -> None:
    assert mailverdict.authenticated(head(*rows), authserv) == verdict


@pytest.mark.parametrize(
    ("row", "spam"),
    [
        ("X-Spam-Flag: YES", True), ("X-Spam-Flag: NO", False), ("X-Spam-Status: Yes, score=9.1", True),
        ("X-Spam-Status: No, score=-2 tests=YES", False), ("X-Spam-Level: *****", False), ("X-Spam: Yes", True),
        ("X-Spamd-Result: default: False [1.0 / 15]", False), ("X-Bogosity: Spam, tests=bogofilter", True),
        ("X-MS-Exchange-Organization-SCL: 6", True), ("X-MS-Exchange-Organization-SCL: -1", False),
        ("X-Forefront-Antispam-Report: CIP:1.2.3.4;SFV:SPM;SCL:5", True), ("Subject: X-Spam-Flag: YES", False),
    ],
)  # fmt: skip
def test_what_a_filter_calls_spam(row: str, spam: bool) -> None:
    assert mailverdict.is_spam(head(row)) is spam


def test_what_the_fetching_side_adds() -> None:
    body = f"{RESULTS}evil; dmarc=pass\n{RESULTS}mx.a; dmarc=fail\nFrom: ida@example.org\n\nHej"
    (mail,) = read(body, url="imap://mx/Junk;UIDVALIDITY=1/;UID=2#authserv=mx.a&junk=1")
    assert isinstance(mail, Incoming)
    assert (mail.authenticated, mail.spam) == ("fail", True)
    (mail,) = read(body)
    assert isinstance(mail, Incoming)
    assert (mail.authenticated, mail.spam) == ("pass", False)
    assert read(body, url="imap://mx/INBOX;UIDVALIDITY=1/;UID=2#size=70000000") == [
        Broken("too_large", "70000000 bytes")
    ]
    assert read("", url="imap://mx/INBOX;UIDVALIDITY=1/;UID=2#unfetched=1") == [
        Broken("unreadable", "not handed out by the server")
    ]


@pytest.mark.parametrize(
    ("subject", "marked"),
    [
        ("Lampan", "Sv: Lampan"), ("Sv: Lampan", "Sv: Lampan"), ("RE: Sv: re[2]: VS: Lampan", "Sv: Lampan"),
        ("Fwd: Lampan", "Sv: Lampan"), ("Svar: vad då?", "Sv: Svar: vad då?"), ("", "Svar"), ("Sv:", "Svar"),
        ("Lampan\r\nBcc: alla@example.org", "Sv: Lampan Bcc: alla@example.org"),
    ],
)  # fmt: skip
def test_a_subject_is_marked_once(subject: str, marked: str) -> None:
    assert mailout.subject_of(Outgoing("k", "Hej", reply_to="a@b", subject=subject)) == marked


def test_ids_that_are_none_are_left_out() -> None:
    outgoing = Outgoing(
        KEY, "Hej", reply_to="sha256:abc", thread=("a b@c", "d@e#0123abcd", "é@f"), address="ida@example.org"
    )
    written = mailout.write(Connection(OWN), outgoing).body
    assert b"References: <d@e>\r\n" in written
    assert b"In-Reply-To" not in written


def test_an_address_of_a_swedish_domain_is_written_in_ascii() -> None:
    letter = mailout.write(Connection(OWN), Outgoing(KEY, "Hej", address="bo@räksmörgås.example"))
    assert letter.recipient == "bo@xn--rksmrgs-5wao1o.example"
