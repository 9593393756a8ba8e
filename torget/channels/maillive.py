"""E-mail with a connection: mails by IMAP from where the cursor stands, answers by SMTP. See docs/rules/mail.md.

`settings`: host, port, tls ("tls", "starttls", "none"), user, folder, junk_folder, sent_folder, smtp_host, smtp_port,
smtp_tls, smtp_user ("": no login), address (From), authserv, backfill (mails), backfill_days, poll_seconds, ca (PEM).
`secrets`: password or xoauth2, and smtp_password where that is another.
"""

import hashlib
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from threading import Event, Lock
from typing import Any

from torget.channels import mailout
from torget.channels.base import Raw
from torget.channels.live import Connection, Fetched, GiveUp, Outgoing, Retry, Sent, Unknown, only_problems
from torget.channels.mailbox import Mailbox
from torget.channels.mailpages import Page, State, folders, gather

_KEPT_FOR = 30.0
"""Seconds that a line is kept open for the next page."""


class MailLive:
    """The channel; see the module."""

    name = "mail"
    repeats_safely = False
    limits: Mapping[str, int] = {}

    def __init__(self) -> None:
        self._kept: dict[str, tuple[float, Mailbox]] = {}
        self._lock = Lock()

    def new_key(self, handle: str) -> str:
        """A Message-ID of ours for the account."""
        return mailout.new_key(handle)

    @only_problems(Retry)
    def check(self, connection: Connection) -> str:
        """Log in both ways and open the folders; the address that answers come from."""
        address = mailout.own_address(connection)
        if not address:
            raise GiveUp("mail_bad_sender")
        with Mailbox(connection) as box:
            for folder, _ in folders(connection):
                box.examine(folder)
        mailout.farewell(mailout.connect(connection))
        return address

    @only_problems(Retry)
    def fetch(self, connection: Connection, cursor: Mapping[str, Any]) -> Fetched:
        """New mails of all folders, then a piece of the backfill; at most 100 mails or 8 MB."""
        page, states, box = self._page(connection, cursor)
        if page.more:
            self._keep(connection, box)
        else:
            box.close()
        return Fetched(raws=tuple(page.raws), cursor={"folders": states}, more=page.more, gap=page.gap)

    @only_problems(Retry)
    def listen(
        self, connection: Connection, cursor: Mapping[str, Any], give: Callable[[Raw | None], None], stop: Event
    ) -> None:
        """IDLE on the first folder (a look each half minute where the server has none) until the line breaks."""
        folder, _ = folders(connection)[0]
        with Mailbox(connection) as box:
            shelf = box.examine(folder)
            seen = dict(cursor.get("folders") or {}).get(folder) or {}
            # What came between the last page and now rings no bell.
            if seen.get("v") != shelf.validity or seen.get("high", 0) < shelf.uid_next - 1:
                give(None)
            try:
                box.wait(lambda: give(None), stop)
            except Retry:
                # Broken lines are everyday: whoever called fetches, since something may have come, and listens again.
                if not stop.is_set():
                    give(None)

    @only_problems(Unknown)
    def send(self, connection: Connection, outgoing: Outgoing) -> Sent:
        """Hand the mail to the server, once."""
        letter = mailout.write(connection, outgoing)
        line = mailout.connect(connection)
        try:
            mailout.hand_over(line, letter)
        finally:
            mailout.farewell(line)
        return Sent(remote_id=letter.key)

    @only_problems(Unknown)
    def look(self, connection: Connection, outgoing: Outgoing) -> Sent | None:
        """Look for a copy in the folder of sent mail, or for an answer to it. That none is there proves nothing."""
        sent_folder = str(connection.settings.get("sent_folder") or "")
        if not sent_folder:
            raise Unknown("mail_cannot_be_seen")
        key = mailout.bare(outgoing.key)
        since = ["SINCE", outgoing.made_at.date() - timedelta(days=1)] if outgoing.made_at else []
        named: dict[str, list[Any]] = {sent_folder: ["HEADER", "Message-ID", key]}
        inbox = folders(connection)[0][0]
        # A copy of it, or what somebody or some server has answered to it.
        named[inbox] = [
            "OR",
            "OR",
            *_header("Message-ID", key),
            *_header("In-Reply-To", key),
            *_header("References", key),
        ]
        with Mailbox(connection) as box:
            for folder, criteria in named.items():
                box.examine(folder)
                if box.search_headers([*criteria, *since]):
                    return Sent(remote_id=key)
        raise Unknown("mail_not_found")

    def remove(self, connection: Connection, external_id: str) -> None:
        """A mail that has left cannot be called back."""
        raise GiveUp("mail_cannot_be_removed")

    def _page(self, connection: Connection, cursor: Mapping[str, Any]) -> tuple[Page, dict[str, State], Mailbox]:
        """A page and where the folders stand after it, over the line that the page before left open, or over a new one."""
        box = self._take(connection)
        while True:
            kept, box = box is not None, box or Mailbox(connection)
            states = {name: dict(held) for name, held in dict(cursor.get("folders") or {}).items()}
            try:
                return gather(box, connection, states), states, box
            except BaseException as error:
                box.close()
                # A server ends a line that was silent for too long; that is no failure of the account.
                if not kept or not isinstance(error, Retry):
                    raise
                box = None

    def _take(self, connection: Connection) -> Mailbox | None:
        """The line that the page before left open; old ones, of others too, are let go."""
        now = time.monotonic()
        with self._lock:
            old = [name for name, (since, _) in self._kept.items() if now - since > _KEPT_FOR]
            left = [self._kept.pop(name)[1] for name in old]
            held = self._kept.pop(_name(connection), None)
        for box in left:
            box.close()
        return held[1] if held else None

    def _keep(self, connection: Connection, box: Mailbox) -> None:
        with self._lock:
            before = self._kept.pop(_name(connection), None)
            self._kept[_name(connection)] = (time.monotonic(), box)
        if before:
            before[1].close()


def _name(connection: Connection) -> str:
    """What a line hangs on: another password is another line."""
    held = repr((connection.handle, sorted(connection.settings.items(), key=str), sorted(connection.secrets.items())))
    return hashlib.sha256(held.encode()).hexdigest()


def _header(name: str, value: str) -> list[str]:
    return ["HEADER", name, value]
