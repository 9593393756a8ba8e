"""The own form's answers by e-mail, through Django's mail back end: handed over once, with the outcome that is known."""

import logging
import smtplib
from email.utils import format_datetime, formataddr

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend

from torget.conversations import rules
from torget.conversations.models import Outbox
from torget.core import clock
from torget.organisations.models import Organisation

FOLDER = "django.core.mail.backends.filebased.EmailBackend"
log = logging.getLogger("torget.outbox")


def hand_over(outbox: Outbox) -> tuple[rules.Sending, str]:
    """Give the mail to the server. APPROVED: surely not sent, try again. UNKNOWN: it may have been."""
    connection = _connection()
    try:
        mail = _mail(outbox, connection)
        mail.message()
    except Exception as error:
        # It cannot even be written, so it surely has not gone out: a person must look at it.
        return rules.Sending.REFUSED, type(error).__name__
    try:
        connection.open()
    except (OSError, smtplib.SMTPException) as error:
        # Nothing was said to the server about this mail yet.
        return rules.Sending.APPROVED, type(error).__name__
    try:
        connection.send_messages([mail])
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _ in error.recipients.values()]
        return _by_code(max(codes, default=550))
    except (smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as error:
        return _by_code(error.smtp_code)
    except (smtplib.SMTPHeloError, smtplib.SMTPNotSupportedError) as error:
        return rules.Sending.REFUSED, type(error).__name__
    except Exception as error:
        # Cut off in the middle: the server may have it or not.
        return rules.Sending.UNKNOWN, type(error).__name__
    finally:
        try:
            connection.close()
        except Exception as error:
            log.info("closing the mail connection failed: %s", type(error).__name__)
    return rules.Sending.SENT, ""


def _connection() -> BaseEmailBackend:
    """The mail server; in a demo town always the folder, so that nothing ever reaches a real mailbox."""
    if Organisation.current().demo:
        return get_connection(FOLDER, file_path=str(settings.MAIL_FOLDER))
    return get_connection(fail_silently=False)


def _by_code(code: int) -> tuple[rules.Sending, str]:
    """RFC 5321 4.2.1: 4xx is for now, 5xx for good; in both cases the server says that it has not taken the mail."""
    return (rules.Sending.APPROVED if 400 <= code < 500 else rules.Sending.REFUSED), f"smtp_{code}"


def _mail(outbox: Outbox, connection: BaseEmailBackend) -> EmailMessage:
    organisation = Organisation.current()
    conversation = outbox.message.conversation
    ending = f"\n\n{organisation.name}\n{organisation.phone}".rstrip()
    return EmailMessage(
        subject=_header(f"Svar: {conversation.subject}"),
        body=outbox.message.record.latest.text + ending,
        from_email=formataddr((_header(organisation.name), settings.DEFAULT_FROM_EMAIL)),
        to=[outbox.address],
        headers={"Message-ID": outbox.mail_id, "Date": format_datetime(clock.now()), "Auto-Submitted": "no"},
        connection=connection,
    )


def _header(text: str) -> str:
    """Text that may stand in a mail header."""
    return " ".join(text.replace("<", " ").replace(">", " ").split())
