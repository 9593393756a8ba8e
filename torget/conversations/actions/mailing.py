"""The own form's answers by e-mail: what the mail says, and what its outcome is called in the outbox."""

from email.utils import format_datetime, formataddr

from django.conf import settings
from django.core.mail import EmailMessage

from torget.conversations.models import Outbox
from torget.conversations.rules import Sending
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


def _header(text: str) -> str:
    """Text that may stand in a mail header."""
    return " ".join(text.replace("<", " ").replace(">", " ").split())
