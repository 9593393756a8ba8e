"""Torget's own mail by the connected mailbox: a real SMTP server, the log-in of the mailbox, and files where there is none."""

from pathlib import Path
from typing import Any

import pytest
from django.core.mail import EmailMessage

from tests.support import making
from tests.support.smtp import Mood, SMTPServer
from torget.channels.base import Sender
from torget.conversations.actions import connecting
from torget.conversations.models import Account, Message
from torget.core import mailing
from torget.core.mailing import Handed
from torget.organisations.models import Authority
from torget.organisations.rules import Role

HANDLE = "fraga@ekevik.example.org"


@pytest.fixture
def smtp() -> Any:
    """A mail server that no setting names."""
    with SMTPServer() as server:
        yield server


@pytest.fixture
def town(db: None, settings: Any, tmp_path: Path) -> making.Town:
    """A town that is no demo and has no TORGET_MAIL_HOST."""
    settings.EMAIL_BACKEND = "torget.conversations.actions.ownmail.Mailbox"
    settings.TORGET_HOME, settings.MAIL_FOLDER, settings.TORGET_MAIL_HOST = tmp_path, tmp_path / "post", ""
    return making.town(demo=False)


def connected(town: making.Town, smtp: SMTPServer) -> Account:
    """A mailbox whose answers leave by this server."""
    words = {"host": "127.0.0.1", "smtp_host": smtp.host, "smtp_port": smtp.port, "smtp_tls": "none", "smtp_user": ""}
    return connecting.connect(
        "mail", HANDLE, name="Frågor", authority=Authority.objects.get(), settings=words, secrets={"password": "x"},
        by=town.user(Role.ADMINISTRATOR),
    )  # fmt: skip


def sent(*, demo: bool = False) -> tuple[Handed, str]:
    """Hand a mail over, as invitations are."""
    return mailing.hand_over(
        lambda: EmailMessage("Hej", "Välkommen.", "Ekevik <torget@localhost>", ["bo@exempel.se"]), demo=demo
    )


def test_without_a_mailbox_a_file_with_one_the_mailboxs_own_address(town: making.Town, smtp: SMTPServer) -> None:
    assert not mailing.can_send()
    assert sent()[0] is Handed.SENT and len(list(Path(town_folder()).iterdir())) == 1 and not smtp.mails
    account = connected(town, smtp)
    assert mailing.can_send()
    assert sent() == (Handed.SENT, "")
    (mail,) = smtp.mails
    assert (mail.sender, mail.recipients) == (HANDLE, ("bo@exempel.se",))
    assert mail.message["From"] == f"Ekevik <{HANDLE}>"
    connecting.disconnect(account, by=town.user(Role.ADMINISTRATOR))
    assert not mailing.can_send()


def test_who_answers_our_mail_writes_in_the_same_conversation(
    town: making.Town, smtp: SMTPServer, settings: Any
) -> None:
    settings.TORGET_URL, account, colleague = "https://torget.ekevik.example", connected(town, smtp), town.user()
    _, conversation = town.written("När öppnar badet?", email="Bo@exempel.se")
    ours = town.answered(conversation, colleague).outbox.mail_id
    assert ours.endswith("@torget.ekevik.example>")

    def replied(key: str, address: str, **names: object) -> Message:
        town.take(making.incoming(key, "Och på söndagar?", sender=Sender(address, "Bo"), **names), account=account)
        return Message.objects.get(account=account, external_id=key)

    assert replied("ett@exempel.se", "bo@exempel.se", in_reply_to=ours.strip("<>")).conversation == conversation
    assert replied("tva@exempel.se", "bo@exempel.se", thread=("x@y", ours.strip("<>"))).conversation == conversation
    # It comes to whoever has the conversation, as what is said in it always does.
    assert making.fresh(conversation).state != "answered"
    # Whom it was forwarded to is somebody else.
    assert replied("tre@exempel.se", "kim@exempel.se", in_reply_to=ours.strip("<>")).conversation != conversation


def town_folder() -> str:
    """Where mails lie that nobody could send."""
    from django.conf import settings

    return str(settings.MAIL_FOLDER)


@pytest.mark.parametrize(
    ("mood", "outcome"),
    [(Mood.BUSY, Handed.LATER), (Mood.REFUSES_RECIPIENT, Handed.REFUSED), (Mood.DROPS_AFTER_DATA, Handed.UNKNOWN)],
)
def test_what_the_server_says_is_what_is_known(
    town: making.Town, smtp: SMTPServer, mood: Mood, outcome: Handed
) -> None:
    connected(town, smtp)
    smtp.mood = mood
    assert sent()[0] is outcome


def test_a_server_that_is_off_is_tried_later(town: making.Town, smtp: SMTPServer) -> None:
    connected(town, smtp)
    smtp.down()
    assert sent()[0] is Handed.LATER


def test_a_demo_town_writes_to_nobody(town: making.Town, smtp: SMTPServer) -> None:
    connected(town, smtp)
    town.organisation.demo = True
    town.organisation.save()
    assert not mailing.can_send()
    assert sent(demo=True)[0] is Handed.SENT and not smtp.mails
