"""A mailbox over IMAP, only ever read: opened with EXAMINE, bodies by BODY.PEEK, listed by UID, never by date or flag.

The library is imapclient. Errors leave here as live.Retry and live.NeedsLogin.
"""

import imaplib
import socket
import ssl
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Event
from typing import TYPE_CHECKING, Any

from torget.channels.live import Connection, NeedsLogin, Problem, Retry

if TYPE_CHECKING:
    from imapclient import IMAPClient

LONGEST_IDLE = 540.0
"""Seconds before IDLE is renewed: home routers forget a silent line after ten minutes, servers after thirty."""

BETWEEN_LOOKS = 30.0
"""Seconds between looks where the server knows no IDLE."""

# A server may think for a minute before it opens a mailbox of 200,000 mails for the first time.
_PATIENCE = 6
_WHOLE = 20_000
_WIDEST = 50_000
_PORTS = {"tls": 993, "starttls": 143, "none": 143}
# Codes of RFC 5530 that say "not now" and not "not you".
_NOT_NOW = ("UNAVAILABLE", "INUSE", "LIMIT", "SERVERBUG", "OVERQUOTA", "THROTTLED")


@dataclass(frozen=True, slots=True)
class Shelf:
    """A folder as it is now. UIDs below `uid_next` have been given out; they mean something within `validity` only."""

    folder: str
    validity: int
    uid_next: int
    count: int


@dataclass(frozen=True, slots=True)
class Size:
    """A mail's size in bytes and when it came to the mailbox."""

    size: int
    came: datetime | None


def tls_context(connection: Connection) -> ssl.SSLContext:
    """Certificates are always checked; the setting `ca` may hold the PEM of an authority of one's own beside the known ones."""
    context = ssl.create_default_context()
    if own := str(connection.settings.get("ca") or "").strip():
        try:
            context.load_verify_locations(cadata=own)
        except (ValueError, ssl.SSLError):
            raise Retry("mail_bad_ca") from None
    return context


@contextmanager
def as_problems() -> Iterator[None]:
    """Whatever goes wrong with the line or the server is Retry: nothing was changed."""
    try:
        yield
    except Problem:
        raise
    except ssl.SSLCertVerificationError:
        raise Retry("imap_certificate") from None
    except ssl.SSLError:
        raise Retry("imap_no_tls") from None
    except TimeoutError:
        raise Retry("imap_timeout") from None
    except (socket.gaierror, UnicodeError):
        # A name with two dots in a row cannot even be asked for.
        raise Retry("imap_no_such_host") from None
    except ConnectionRefusedError:
        raise Retry("imap_refused") from None
    except (imaplib.IMAP4.abort, OSError):
        raise Retry("imap_cut") from None
    except imaplib.IMAP4.error as error:
        raise Retry(f"imap_{type(error).__name__}") from None


class Mailbox:
    """A line to a mail server, logged in. `with Mailbox(connection) as box`, or close it; one thread at a time."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.folder = ""
        with as_problems():
            self._client = _log_in(connection)

    def __enter__(self) -> "Mailbox":
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()

    def close(self) -> None:
        """Log out; a line that is cut already is simply let go."""
        try:
            self._client.logout()
        except (imaplib.IMAP4.error, OSError):
            try:
                self._client.shutdown()
            except (imaplib.IMAP4.error, OSError):
                pass

    def again(self) -> None:
        """A new line in place of one that broke, in the same folder."""
        folder = self.folder
        self.close()
        with as_problems():
            self._client = _log_in(self.connection)
        if folder:
            self.examine(folder)

    def examine(self, folder: str) -> Shelf:
        """Open a folder to read only. Raises Retry("imap_no_folder") where there is none."""
        with as_problems():
            try:
                said = self._client.select_folder(folder, readonly=True)
            except imaplib.IMAP4.abort:
                raise
            except imaplib.IMAP4.error:
                raise Retry("imap_no_folder") from None
            self.folder = folder
            count = int(said.get(b"EXISTS") or 0)
            # Both are demanded of servers (RFC 3501, 6.3.1); an old one that keeps the second to itself is asked otherwise.
            uid_next = (
                int(said.get(b"UIDNEXT") or 0) or max(self._client.search("UID *") if count else [0], default=0) + 1
            )
            return Shelf(folder, int(said.get(b"UIDVALIDITY") or 0), uid_next, count)

    def above(self, shelf: Shelf, uid: int, wanted: int) -> list[int]:
        """UIDs after `uid`, the oldest first: `wanted` or a few more, fewer only when there are no more."""
        found: list[int] = []
        low, top = uid + 1, shelf.uid_next - 1
        width = top if shelf.count <= _WHOLE else 1_000
        while low <= top and len(found) < wanted:
            high = min(low + width - 1, top)
            found += self._search(low, high)
            low, width = high + 1, max(width, min(width * 4, _WIDEST))
        return found

    def below(self, shelf: Shelf, uid: int, wanted: int) -> list[int]:
        """UIDs before `uid`, the newest first: `wanted` or a few more, fewer only when there are no more."""
        found: list[int] = []
        high = min(uid, shelf.uid_next) - 1
        width = high if shelf.count <= _WHOLE else 1_000
        while high >= 1 and len(found) < wanted:
            low = max(high - width + 1, 1)
            found += reversed(self._search(low, high))
            high, width = low - 1, max(width, min(width * 4, _WIDEST))
        return found

    def _search(self, low: int, high: int) -> list[int]:
        # A range is kept short, since the answer is one line and the library takes no line above a million signs.
        with as_problems():
            found = self._client.search(f"UID {low}:{high}")
        # Of a range without mails, some servers give the last mail of all.
        return sorted({uid for uid in found if low <= uid <= high})

    def sizes(self, uids: Sequence[int]) -> dict[int, Size]:
        """Size and arrival of mails; those that have been moved away meanwhile are missing."""
        with as_problems():
            try:
                said = self._client.fetch(uids, ["RFC822.SIZE", "INTERNALDATE"])
            except (imaplib.IMAP4.abort, OSError):
                raise
            except Exception:
                # A NO, or words that the library cannot take apart; whatever it is, it is of one of them.
                if len(uids) == 1:
                    # The server will not say even that of this one: asking for its body tells what becomes of it.
                    return {uids[0]: Size(0, None)}
                return {uid: size for one in uids for uid, size in self.sizes([one]).items()}
        return {
            uid: Size(_size(one.get(b"RFC822.SIZE")), _aware(one.get(b"INTERNALDATE"))) for uid, one in said.items()
        }

    def bodies(self, uids: Sequence[int], *, headers: bool = False) -> dict[int, bytes | None]:
        """The mails as they lie, or their headers. None: the server cannot hand it out; missing: it has been moved away.

        One mail that the server stumbles over is asked for by itself, so that it stops none of the others.
        """
        try:
            return self._bodies(uids, headers)
        except Exception:
            # The line, the server, or words that the library cannot take apart.
            self.again()
        if len(uids) > 1:
            return {uid: body for one in uids for uid, body in self.bodies([one], headers=headers).items()}
        if headers:
            return {uids[0]: None}
        try:
            return self._bodies(uids, False)
        except Exception:
            self.again()
        return {uids[0]: None}

    def _bodies(self, uids: Sequence[int], headers: bool) -> dict[int, bytes | None]:
        # PEEK: reading does not mark as read, since people work in the same mailbox.
        part = "BODY[HEADER]" if headers else "BODY[]"
        said = self._client.fetch(uids, [part.replace("BODY[", "BODY.PEEK[")])
        found: dict[int, bytes | None] = {}
        for uid, one in said.items():
            body = one.get(part.encode())
            found[uid] = bytes(body) if isinstance(body, bytes) else None
        return found

    def search_headers(self, criteria: list[Any]) -> list[int]:
        """UIDs of mails by what stands in their headers, in the open folder."""
        with as_problems():
            return sorted(self._client.search(criteria))

    def wait(self, news: Callable[[], None], stop: Event) -> None:
        """Tell of each change until `stop` is set; raises Retry when the line breaks. Stops within a second."""
        with as_problems():
            if self._client.has_capability("IDLE"):
                while not stop.is_set():
                    self._idle(news, stop)
            else:
                self._look_often(news, stop)

    def _idle(self, news: Callable[[], None], stop: Event) -> None:
        self._client.idle()
        renewed = time.monotonic()
        while not stop.is_set() and time.monotonic() - renewed < LONGEST_IDLE:
            asked = time.monotonic()
            said = self._client.idle_check(timeout=1)
            if _has_news(said):
                news()
            # Nothing said before the second is over: the line has ended, and ending IDLE makes the library notice.
            if any(one[:1] == (b"BYE",) for one in said) or (not said and time.monotonic() - asked < 0.5):
                break
        _, said = self._client.idle_done()
        if _has_news(said):
            news()

    def _look_often(self, news: Callable[[], None], stop: Event) -> None:
        between = float(self.connection.settings.get("poll_seconds") or BETWEEN_LOOKS)
        while not stop.wait(between):
            _, said = self._client.noop()
            if _has_news(said):
                news()


def _has_news(said: Sequence[Any]) -> bool:
    return any(len(one) > 1 and one[1] == b"EXISTS" for one in said)


def _size(said: object) -> int:
    return said if isinstance(said, int) and said > 0 else 0


def _aware(came: object) -> datetime | None:
    """In UTC; None where the server says none, or one that no calendar has (the year 0, a zone of 99 hours)."""
    if not isinstance(came, datetime) or not came.tzinfo:
        return None
    try:
        return came.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _log_in(connection: Connection) -> "IMAPClient":
    """Errors: NeedsLogin, and what as_problems takes."""
    from imapclient import IMAPClient, SocketTimeout, exceptions

    settings = connection.settings
    tls = str(settings.get("tls") or "tls")
    port = int(settings.get("port") or _PORTS.get(tls, 993))
    context = tls_context(connection) if tls != "none" else None
    patience = SocketTimeout(connect=connection.timeout, read=connection.timeout * _PATIENCE)
    client = IMAPClient(str(settings.get("host") or ""), port, ssl=tls == "tls", ssl_context=context, timeout=patience)
    try:
        # Times with their zone, as the server says them.
        client.normalise_times = False
        if tls == "starttls":
            client.starttls(context)
        try:
            _prove(client, connection)
        except exceptions.LoginError as error:
            # The library calls a line that was cut while logging in a refusal, too.
            if isinstance(error.__context__, imaplib.IMAP4.abort):
                raise Retry("imap_cut") from None
            if any(f"[{code}" in str(error).upper() for code in _NOT_NOW):
                raise Retry("imap_not_now") from None
            raise NeedsLogin("imap_login_refused") from None
    except BaseException:
        client.shutdown()
        raise
    return client


def _prove(client: "IMAPClient", connection: Connection) -> None:
    user = str(connection.settings.get("user") or connection.handle)
    if token := connection.secrets.get("xoauth2"):
        client.oauth2_login(user, token)
        return
    password = connection.secrets.get("password", "")
    if not password:
        raise NeedsLogin("imap_no_password")
    if client.has_capability("AUTH=PLAIN"):
        # LOGIN takes ASCII only; a Swedish password may hold more.
        client.plain_login(user, password)
    elif (user + password).isascii():
        client.login(user, password)
    else:
        raise NeedsLogin("imap_password_not_ascii")
