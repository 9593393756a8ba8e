"""Torget's own mail (invitations, notices, the form's answers) by the connected mailbox, where no mail server is set.

So nothing has to be set outside the browser. Django's back end in `settings.EMAIL_BACKEND` when TORGET_MAIL_HOST is empty.
"""

from collections.abc import Sequence
from email.utils import formataddr, parseaddr
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.filebased import EmailBackend as Folder
from django.core.mail.backends.smtp import EmailBackend as Server

from torget.channels import live, mailout
from torget.conversations.actions import connecting
from torget.conversations.models import Account
from torget.core.errors import Refused
from torget.organisations.models import Organisation


def mailbox() -> Account | None:
    """The mailbox that was connected first and can be logged in to; None in a demo town, which writes to nobody."""
    if Organisation.current().demo:
        return None
    usable = Account.objects.filter(channel="mail", state__in=[Account.GOOD, Account.FAILING])
    return usable.order_by("pk").first()


def has_mailbox() -> bool:
    """Whether there is one."""
    return mailbox() is not None


class Mailbox(Server):
    """A line to the mailbox's SMTP server; without a mailbox, files in the folder as ever."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.account: Account | None = None

    def open(self) -> bool | None:
        """Log in. Errors: OSError, so that whoever sends knows that nothing has been said yet."""
        if self.connection is not None:
            return False
        self.account = mailbox()
        if self.account is None:
            return False
        try:
            self.connection = mailout.connect(connecting.connection(self.account))
        except live.Problem as problem:
            raise OSError(problem.why) from None
        except Refused as refused:
            raise OSError(refused.code) from None
        return True

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Send, from the mailbox's own address: its server takes no other."""
        opened = self.open()
        if self.account is None:
            return Folder(file_path=str(settings.MAIL_FOLDER)).send_messages(email_messages) or 0
        address = str(self.account.settings.get("address") or self.account.handle)
        for message in email_messages:
            message.from_email = formataddr((parseaddr(message.from_email)[0], address))
        try:
            return super().send_messages(email_messages) or 0
        finally:
            if opened:
                self.close()
