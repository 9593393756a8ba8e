"""The own form's answers by e-mail: what the mail says, what its outcome is called in the outbox, and who answers it."""

from collections.abc import Iterable
from email.utils import format_datetime, formataddr

from django.conf import settings
from django.core.mail import EmailMessage

from torget.channels.base import Incoming
from torget.channels.mailout import bare
from torget.conversations.models import Outbox
from torget.conversations.rules import Sending, Way
from torget.core import clock, mailing
from torget.core.mailing import Handed
from torget.organisations.models import Organisation

STATES = {
    Handed.SENT: Sending.SENT,
    Handed.LATER: Sending.APPROVED,
    Handed.REFUSED: Sending.REFUSED,
    Handed.UNKNOWN: Sending.UNKNOWN,
}


def hand_over(outbox: Outbox) -> tuple[Sending, str]:
    """Give the mail to the server. APPROVED: surely not sent, try again. UNKNOWN: it may have been."""
    organisation = Organisation.current()
    handed, problem = mailing.hand_over(lambda: _mail(outbox, organisation), demo=organisation.demo)
    return STATES[handed], problem


def _mail(outbox: Outbox, organisation: Organisation) -> EmailMessage:
    conversation = outbox.message.conversation
    ending = f"\n\n{organisation.name}\n{organisation.phone}".rstrip()
    return EmailMessage(
        subject=_header(f"Svar: {conversation.subject}"),
        body=outbox.message.record.latest.text + ending,
        from_email=formataddr((_header(organisation.name), settings.DEFAULT_FROM_EMAIL)),
        to=[outbox.address],
        headers={"Message-ID": outbox.mail_id, "Date": format_datetime(clock.now()), "Auto-Submitted": "no"},
    )


def answered(items: Iterable[Incoming]) -> dict[int, str]:
    """Our mailed answers that these mails answer: the key of each message, and the name that the mails call it by.

    A Message-ID is no secret once the mail is forwarded: only a mail from the address that we wrote to counts.
    """
    writers: dict[str, set[str]] = {}
    for item in items:
        for name in (item.in_reply_to, *item.thread):
            if name:
                writers.setdefault(name, set()).add(item.sender.address.casefold())
    named = [f"<{name}>" for name in writers]
    rows = Outbox.objects.filter(mail_id__in=named, way=Way.EMAIL.value).values_list("message", "mail_id", "address")
    return {key: bare(name) for key, name, address in rows if address.casefold() in writers[bare(name)]}


def _header(text: str) -> str:
    """Text that may stand in a mail header."""
    return " ".join(text.replace("<", " ").replace(">", " ").split())
