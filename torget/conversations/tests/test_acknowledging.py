"""A mail is acknowledged by mail once, and never in answer to a machine (RFC 3834), spam, ourselves or old mail."""

from datetime import timedelta
from email.utils import format_datetime

import pytest

from tests.support.making import MONDAY, Town
from torget.channels.base import Raw
from torget.conversations import actions
from torget.conversations.actions import connecting, fetching
from torget.conversations.models import Account, Message, Outbox
from torget.core import clock
from torget.organisations.rules import Role

HANDLE, OTHER = "kontakt@ekevik.example.org", "skola@ekevik.example.org"


@pytest.fixture
def account(town: Town) -> Account:
    """The connected mailbox of a real organisation that acknowledges, which has another one too."""
    type(town.organisation).objects.update(demo=False, acknowledges=True)
    by = town.user(Role.ADMINISTRATOR)
    made, _ = (
        connecting.connect("mail", handle, name="", authority=town.authority, settings={}, secrets={}, by=by)
        for handle in (HANDLE, OTHER)
    )
    return made


def came(account: Account, *rows: str, key: str = "1", days: float = 0, url: str = "imap://in/INBOX/1/1") -> None:
    """A mail by Ida that comes with these fields beside, or instead of her own where they bear the same name."""
    fields = {
        "From": "Ida Testsson <ida@example.org>", "To": HANDLE, "Subject": "Lampan", "Message-ID": f"<{key}@example.org>",
        "Date": format_datetime(MONDAY - timedelta(days=days)),
    }  # fmt: skip
    fields |= dict(row.split(": ", 1) for row in rows)
    mail = "".join(f"{name}: {value}\r\n" for name, value in fields.items()) + f"\r\nLampan är trasig, {key}.\r\n"
    with clock.at(MONDAY):
        fetching.store_live(account, (Raw(body=mail.encode(), source=key, key=key, url=url),))
        actions.parse_waiting()
    assert Message.objects.filter(direction=Message.IN, account=account).exists()


def acknowledged() -> int:
    return Message.objects.filter(direction=Message.OUT, automatic=True).count()


def test_a_mail_by_a_person_is_acknowledged_to_that_person_with_a_receipt(account: Account) -> None:
    came(account)
    outbox = Outbox.objects.get()
    assert acknowledged() == 1 and outbox.message.conversation.contact is not None
    assert outbox.message.conversation.contact.address == "ida@example.org"
    text = outbox.message.record.latest.text
    assert f"nummer {outbox.message.conversation.number}" in text
    assert actions.find_receipt(text.partition("/kvitto/")[2].partition("/")[0])


@pytest.mark.parametrize(
    "row",
    [
        pytest.param("Auto-Submitted: auto-replied", id="an automatic answer"),
        pytest.param("Auto-Submitted: auto-generated", id="a mail by a machine"),
        pytest.param("List-Id: <grannar.example.org>", id="a list"),
        pytest.param("List-Unsubscribe: <https://example.org/av>", id="a newsletter"),
        pytest.param("Precedence: bulk", id="bulk"),
        pytest.param("Precedence: junk", id="junk"),
        pytest.param("Return-Path: <>", id="a null sender"),
        pytest.param("Return-Path: <bounces+ida@example.net>", id="by a sending service"),
        pytest.param("From: noreply@example.org", id="from noreply"),
        pytest.param("Reply-To: noreply@example.org", id="answers to noreply"),
        pytest.param("From: MAILER-DAEMON@example.org", id="from a mail server"),
        pytest.param("X-Auto-Response-Suppress: All", id="one that asks for silence"),
        pytest.param("Subject: Automatiskt svar: semester", id="somebody is away"),
        pytest.param("X-Loop: rt.example.org", id="one that fears loops"),
        pytest.param(f"From: {OTHER}", id="from another mailbox of ours"),
        pytest.param(f"Reply-To: {HANDLE}", id="back to ourselves"),
        pytest.param("X-Spam-Flag: YES", id="spam"),
    ],
)
def test_what_is_never_acknowledged(account: Account, row: str) -> None:
    came(account, row)
    assert acknowledged() == 0


def test_a_form_on_a_web_page_that_writes_as_nobody_is_not_acknowledged(account: Account) -> None:
    """Who is in Reply-To is taken for who wrote, and may be anybody: nothing is sent there by machine."""
    came(account, "From: noreply@example.org", "Reply-To: ida@example.org")
    sender = Message.objects.get().sender
    assert sender and sender.address == "ida@example.org"
    assert acknowledged() == 0


def test_what_was_fetched_when_the_mailbox_was_connected_is_not(account: Account) -> None:
    came(account, days=2)
    assert acknowledged() == 0


def test_no_sender_twice_within_a_day(account: Account) -> None:
    came(account)
    came(account, key="2")
    assert acknowledged() == 1 and Message.objects.filter(direction=Message.IN).count() == 2


def test_nothing_where_the_organisation_does_not_want_it(account: Account, town: Town) -> None:
    type(town.organisation).objects.update(acknowledges=False)
    came(account)
    assert acknowledged() == 0
