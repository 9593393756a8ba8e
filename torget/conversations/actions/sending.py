"""Out: the outbox is swept by the worker; each answer leaves at most once, and what is unknown is asked of a person."""

import logging
import smtplib
from datetime import timedelta
from email.utils import format_datetime, formataddr
from uuid import uuid4

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.db.models import Q

from torget.conversations import rules
from torget.conversations.models import Conversation, Outbox
from torget.core import clock
from torget.organisations.models import Organisation
from torget.register import actions as register

FOLDER = "django.core.mail.backends.filebased.EmailBackend"
log = logging.getLogger("torget.outbox")
LONGEST_PAUSE = timedelta(minutes=60)


def send_waiting(limit: int = 20) -> int:
    """Worker's job: mark what a dead worker left, then send what is approved and due. Returns how many were handled."""
    now = clock.now()
    done = _mark_abandoned()
    # A next attempt further ahead than any pause was set before the clock was moved back.
    due = Q(next_attempt_at=None) | Q(next_attempt_at__lte=now) | Q(next_attempt_at__gt=now + LONGEST_PAUSE)
    waiting = Outbox.objects.filter(due, state=rules.Sending.APPROVED.value, way=rules.Way.EMAIL.value)
    for pk in list(waiting.order_by("id").values_list("pk", flat=True)[:limit]):
        done += _send(pk)
    return done


def _mark_abandoned() -> int:
    """Answers whose worker was silent for the length of its lease: they may have gone out, so their outcome is unknown."""
    now = clock.now()
    # A lease further ahead than any can be was set before the clock was moved back.
    dead = Q(lease_until__lte=now) | Q(lease_until__gt=now + 2 * rules.SENDING_LEASE)
    abandoned = Outbox.objects.filter(dead, state=rules.Sending.SENDING.value)
    count = 0
    for outbox in abandoned.select_related("message__conversation"):
        with transaction.atomic():
            changed = abandoned.filter(pk=outbox.pk).update(state=rules.Sending.UNKNOWN.value, problem="worker_stopped")
            if changed:
                _wants_a_person(outbox)
                count += 1
    return count


def _wants_a_person(outbox: Outbox) -> None:
    """Bring the conversation to the waiting queue, where a person decides."""
    Conversation.objects.filter(pk=outbox.message.conversation_id).update(
        state=rules.State.WAITING.value, changed_at=clock.now()
    )


def _send(pk: int) -> int:
    """Send one: claim it, hand it over outside any transaction, note the outcome. 1 when this worker handled it."""
    now = clock.now()
    claimed = Outbox.objects.filter(pk=pk, state=rules.Sending.APPROVED.value).update(
        state=rules.Sending.SENDING.value, lease_owner=uuid4().hex, lease_until=now + rules.SENDING_LEASE
    )
    if not claimed:
        return 0
    outbox = Outbox.objects.select_related("message__record", "message__conversation").get(pk=pk)
    state, problem = _hand_over(outbox)
    _note(outbox, state, problem)
    return 1


def _hand_over(outbox: Outbox) -> tuple[rules.Sending, str]:
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


@transaction.atomic
def _note(outbox: Outbox, state: rules.Sending, problem: str) -> None:
    """Write down the outcome and what follows from it."""
    attempts = outbox.attempts + 1
    again = state is rules.Sending.APPROVED
    changed = Outbox.objects.filter(
        pk=outbox.pk, state=rules.Sending.SENDING.value, lease_owner=outbox.lease_owner
    ).update(
        state=state.value,
        attempts=attempts,
        problem=problem,
        lease_owner="",
        lease_until=None,
        next_attempt_at=clock.now() + min(LONGEST_PAUSE, timedelta(minutes=2 ** min(attempts, 10))) if again else None,
        sent_at=clock.now() if state is rules.Sending.SENT else None,
    )
    if not changed:
        return
    if state is rules.Sending.SENT:
        register.dispatch(outbox.message.record)
        Conversation.objects.filter(pk=outbox.message.conversation_id).update(changed_at=clock.now())
    elif not again:
        _wants_a_person(outbox)
