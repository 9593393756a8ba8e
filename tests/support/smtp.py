"""A real SMTP server on loopback (aiosmtpd) that can be told to misbehave, and keeps what it was given."""

import asyncio
import email
import email.policy
import socket
import threading
import time
from dataclasses import dataclass, field
from email.message import EmailMessage
from enum import StrEnum
from types import TracebackType
from typing import Any, Self

from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.support.ports import LOOPBACK


class Mood(StrEnum):
    """How the server meets the next mails."""

    WELL = "well"
    BUSY = "busy"  # 451 after DATA: try later
    REFUSES_RECIPIENT = "refuses recipient"  # 550 at RCPT
    REFUSES_MAIL = "refuses mail"  # 554 after DATA
    DROPS_AFTER_DATA = "drops after data"  # keeps the mail and hangs up without a word: the sender cannot know
    SLOW = "slow"  # answers after `delay` seconds


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail as it was given: envelope, and the whole as bytes."""

    sender: str
    recipients: tuple[str, ...]
    body: bytes

    @property
    def message(self) -> EmailMessage:
        """The mail, read."""
        return email.message_from_bytes(self.body, policy=email.policy.default)


@dataclass
class SMTPServer:
    """`with SMTPServer() as server: …`; `server.mood` and `server.delay` may be changed at any time."""

    mood: Mood = Mood.WELL
    delay: float = 0.0
    mails: list[Mail] = field(default_factory=list)
    attempts: int = 0
    port: int = 0
    host: str = LOOPBACK
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    _server: asyncio.Server | None = None
    _thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._loop.run_forever, name="smtp", daemon=True)
        self._thread.start()
        self.up()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.down()
        self._call(self._settle())
        self._loop.call_soon_threadsafe(self._loop.stop)
        if self._thread is not None:
            self._thread.join(timeout=10)
        self._loop.close()

    def up(self) -> None:
        """Listen; after `down` on the same port again."""
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((self.host, self.port))
        self.port = listener.getsockname()[1]
        self._server = self._call(self._loop.create_server(self._protocol, sock=listener))

    def down(self) -> None:
        """Stop listening: who connects is refused, as when a mail server is off."""
        if self._server is not None:
            self._call(self._close(self._server))
            self._server = None

    def wait(self, count: int, *, seconds: float = 60) -> list[Mail]:
        """The mails once there are `count` of them. Raises AssertionError when they do not come in time."""
        until = time.monotonic() + seconds
        while len(self.mails) < count:
            if time.monotonic() > until:
                raise AssertionError(f"{len(self.mails)} mails after {seconds} s, not {count}")
            time.sleep(0.02)
        return list(self.mails)

    def _call(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=60)

    async def _close(self, server: asyncio.Server) -> None:
        # On the loop's own thread: a server closed from elsewhere keeps its socket open for a while.
        server.close()

    async def _settle(self) -> None:
        # Conversations that are still open when the test ends go with the server.
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def _protocol(self) -> SMTP:
        return SMTP(self, hostname="test.invalid", enable_SMTPUTF8=True, loop=self._loop, data_size_limit=None)

    # The names of the hooks below are aiosmtpd's.
    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take a recipient, or not."""
        if self.mood is Mood.REFUSES_RECIPIENT:
            self.attempts += 1
            return "550 5.1.1 no such mailbox"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Take a mail in the mood of the moment."""
        self.attempts += 1
        mood = self.mood
        if mood is Mood.BUSY:
            return "451 4.3.0 try again later"
        if mood is Mood.REFUSES_MAIL:
            return "554 5.6.0 not wanted"
        if mood is Mood.SLOW:
            await asyncio.sleep(self.delay)
        content = envelope.content
        body = content if isinstance(content, bytes) else (content or "").encode()
        self.mails.append(Mail(envelope.mail_from or "", tuple(envelope.rcpt_tos), body))
        if mood is Mood.DROPS_AFTER_DATA and isinstance(server.transport, asyncio.WriteTransport):
            server.transport.abort()
        return "250 OK"
