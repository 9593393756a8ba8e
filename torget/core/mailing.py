"""A mail by Django's back end, handed over once, with the outcome that is known; who sends says what follows from it."""

import logging
import smtplib
from collections.abc import Callable
from enum import Enum
from urllib.parse import urlsplit
from uuid import uuid4

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend

FOLDER = "django.core.mail.backends.filebased.EmailBackend"
log = logging.getLogger("torget.mail")
# What modules above know of a way out for our own mail besides TORGET_MAIL_HOST.
ways: list[Callable[[], bool]] = []


def can_send() -> bool:
    """Whether our own mail reaches anyone: by the mail server that is set, or another way."""
    return bool(settings.TORGET_MAIL_HOST) or any(way() for way in ways)


def new_message_id() -> str:
    """A Message-ID that nobody has used (RFC 5322 3.6.4): right of the @ stands a domain of ours."""
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip("> ")
    if domain in ("", "localhost"):
        # Nothing is set: the mail leaves by the mailbox that is connected, or lies in a file.
        domain = urlsplit(settings.TORGET_URL).hostname or "localhost"
    return f"<{uuid4().hex}.torget@{domain}>"


class Handed(Enum):
    """What is known after an attempt. LATER: surely not sent, try again. REFUSED: surely not, ever. UNKNOWN: it may have been."""

    SENT = "sent"
    LATER = "later"
    REFUSED = "refused"
    UNKNOWN = "unknown"


def hand_over(write: Callable[[], EmailMessage], *, demo: bool) -> tuple[Handed, str]:
    """Write a mail and give it to the server (in a demo town to the folder, so that nothing reaches a real mailbox)."""
    server = _server(demo)
    try:
        mail = write()
        mail.message()
    except Exception as error:
        # It cannot even be written, so it surely has not gone out: a person must look at it.
        log.error("mail.not_written error=%s", type(error).__name__)
        return Handed.REFUSED, type(error).__name__
    try:
        server.open()
    except (OSError, smtplib.SMTPException) as error:
        # Nothing was said to the server about this mail yet.
        return Handed.LATER, type(error).__name__
    try:
        server.send_messages([mail])
    except smtplib.SMTPRecipientsRefused as error:
        return _by_code(max((code for code, _ in error.recipients.values()), default=550))
    except (smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as error:
        return _by_code(error.smtp_code)
    except (smtplib.SMTPHeloError, smtplib.SMTPNotSupportedError) as error:
        return Handed.REFUSED, type(error).__name__
    except Exception as error:
        # Cut off in the middle: the server may have it or not.
        return Handed.UNKNOWN, type(error).__name__
    finally:
        try:
            server.close()
        except Exception as error:
            log.info("mail.not_closed error=%s", type(error).__name__)
    return Handed.SENT, ""


def _server(demo: bool) -> BaseEmailBackend:
    if demo:
        return get_connection(FOLDER, file_path=str(settings.MAIL_FOLDER))
    return get_connection(fail_silently=False)


def _by_code(code: int) -> tuple[Handed, str]:
    """RFC 5321 4.2.1: 4xx is for now, 5xx for good; in both cases the server says that it has not taken the mail."""
    return (Handed.LATER if 400 <= code < 500 else Handed.REFUSED), f"smtp_{code}"
