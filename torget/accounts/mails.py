"""The letters in words: plain text, one link."""

from email.utils import format_datetime, formataddr

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from torget.accounts import rules, sealing
from torget.accounts.models import Letter
from torget.core import clock
from torget.organisations.models import Organisation


def link(letter: Letter) -> str:
    """The whole address that the letter leads to; its secret is derived anew each time, and lies nowhere."""
    name = "accounts:not_me" if letter.kind == rules.Letters.NEW_DEVICE else "accounts:cases"
    secret = sealing.derived(letter.kind, bytes(letter.nonce))
    return str(settings.TORGET_URL) + reverse(name, kwargs={"secret": secret})


def write(letter: Letter) -> EmailMessage:
    """The mail of a letter, in the language that was asked for."""
    organisation = Organisation.current()
    with override(letter.language):
        if letter.kind == rules.Letters.NEW_DEVICE:
            subject, template = _("Ny inloggning i Torget"), "accounts/mail_new_device.txt"
        else:
            subject, template = _("Länk till dina ärenden"), "accounts/mail_cases.txt"
        body = render_to_string(template, {"letter": letter, "link": link(letter), "organisation": organisation})
    sender = " ".join(organisation.name.replace("<", " ").replace(">", " ").split())[:200]
    return EmailMessage(
        subject=subject,
        body=body.strip() + "\n",
        from_email=formataddr((sender, settings.DEFAULT_FROM_EMAIL)),
        to=[letter.to],
        headers={
            "Message-ID": letter.mail_id,
            "Date": format_datetime(clock.now()),
            "Auto-Submitted": "auto-generated",
            "X-Auto-Response-Suppress": "All",
        },
    )
