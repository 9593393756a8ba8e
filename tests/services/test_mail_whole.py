"""The whole way of a mail: from a resident's mailbox to the desk, and the answer back; and an answer that comes home."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support import making
from tests.support.mailservers import MailServers
from torget.channels.base import Incoming, Raw
from torget.channels.mail import Mail
from torget.channels.maillive import MailLive
from torget.conversations import actions
from torget.conversations.actions import connecting, fetching
from torget.conversations.models import Account, Message, Outbox
from torget.organisations.models import Authority, User
from torget.organisations.rules import Role

pytestmark = pytest.mark.services

HANDLE, WRITER, GONE = "kontakt@ekevik.example.org", "ida@example.org", "okand.bo@example.org"


@pytest.fixture(scope="module")
def servers() -> Iterator[MailServers]:
    """A mail house for this file."""
    with MailServers() as running:
        yield running


@pytest.fixture
def user(db: None, settings: Any, tmp_path: Path) -> User:
    """A communicator of a real organisation, so that what is sent leaves; its keys lie in a folder of the test's."""
    town = making.town(demo=False)
    settings.TORGET_HOME = tmp_path
    return town.user(Role.ADMINISTRATOR)


@pytest.fixture
def account(servers: MailServers, user: User) -> Account:
    """The connected mailbox."""
    connection = servers.connection(HANDLE)
    made = connecting.connect(
        "mail", HANDLE, name="Kontakt", authority=Authority.objects.get(), settings=dict(connection.settings),
        secrets=dict(connection.secrets), by=user,
    )  # fmt: skip
    fetching.fetch_once(made)
    return made


def written(servers: MailServers, address: str, number: str) -> None:
    """A resident's question, as another mail server hands it to ours."""
    mail = (
        f"From: Ida Testsson <{address}>\r\nTo: {HANDLE}\r\nSubject: Lampan\r\nMessage-ID: <{number}@example.org>\r\n"
        "Content-Type: text/plain; charset=utf-8\r\n\r\nLampan på Storgatan är trasig.\r\n"
    )
    servers.submit(address, HANDLE, mail.encode())


def fetched(account: Account, count: int) -> None:
    """Fetch until there are so many deliveries."""
    end = time.monotonic() + 90
    while account.rawevent_set.count() < count:
        assert time.monotonic() < end, "the mail did not come"
        fetching.fetch_once(account)
        time.sleep(0.05)


def answer(message: Message, by: User) -> Outbox:
    """Answer and send."""
    text = "Den lagas i morgon."
    sent = actions.reply(message.conversation, text=text, seen=message.conversation.message_count, by=by)
    actions.send_waiting(account=message.account_id)
    return Outbox.objects.get(message=sent)


def test_a_question_by_mail_is_answered_in_its_thread(servers: MailServers, account: Account, user: User) -> None:
    before = account.rawevent_set.count()
    written(servers, WRITER, "fraga1")
    fetched(account, before + 1)
    question = Message.objects.get(account=account, external_id="fraga1@example.org")
    assert question.record.latest.text == "Lampan på Storgatan är trasig."
    outbox = answer(question, user)
    assert (outbox.state, outbox.problem) == ("sent", "")
    end = time.monotonic() + 90
    raws: tuple[Raw, ...] = ()
    while not raws:
        assert time.monotonic() < end, servers.log()
        raws = MailLive().fetch(servers.connection(WRITER), {}).raws
        time.sleep(0.05)
    (mail,) = Mail().read(raws[0], own=WRITER)
    assert isinstance(mail, Incoming)
    assert mail.text.startswith("Den lagas i morgon.")
    assert (mail.external_id, mail.in_reply_to) == (outbox.mail_id.strip("<>"), "fraga1@example.org")
    # What she answers to that joins the conversation.
    thanks = f"From: {WRITER}\r\nMessage-ID: <tack1@example.org>\r\nIn-Reply-To: <{mail.external_id}>\r\n\r\nTack!\r\n"
    servers.submit(WRITER, HANDLE, thanks.encode())
    fetched(account, before + 2)
    assert Message.objects.get(external_id="tack1@example.org").conversation_id == question.conversation_id


def test_an_answer_that_bounces_comes_back_to_a_person(servers: MailServers, account: Account, user: User) -> None:
    before = account.rawevent_set.count()
    written(servers, GONE, "fraga2")
    fetched(account, before + 1)
    outbox = answer(Message.objects.get(account=account, external_id="fraga2@example.org"), user)
    assert outbox.state == "sent"
    fetched(account, before + 2)
    outbox.refresh_from_db()
    assert (outbox.state, outbox.problem) == ("bounced", "bounced_5.1.1")
