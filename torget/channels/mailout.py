"""A mail of ours: written with its name fixed beforehand, handed to the SMTP server once, each way of failing told apart."""

import re
import smtplib
import socket
import ssl
from base64 import b64encode
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from uuid import uuid4

from django.utils import translation
from django.utils.translation import gettext

from torget.channels import mailtext, text
from torget.channels.live import Connection, GiveUp, NeedsLogin, Outgoing, Retry, Unknown
from torget.channels.mailbox import tls_context
from torget.core import clock

_PORTS = {"tls": 465, "starttls": 587, "none": 25}
_ANSWER = re.compile(r"\s*(?:sv|re|vs|aw|antw|ang|fw|fwd)\s*(?:\[\d{1,3}\]|\(\d{1,3}\))?\s*:\s*", re.I)
_ID = re.compile(r"[!-;=?-~]{1,400}")
_LOCAL = re.compile(r"[^\s@<>(),:;\"\\\[\]\x00-\x1f\x7f]{1,64}")
_DOMAIN = re.compile(r"(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*", re.I)
# The last word of the server may take long: it looks the mail through before it takes it.
_PATIENCE = 3


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail ready to be handed over: its envelope and its bytes."""

    sender: str
    recipient: str
    body: bytes
    key: str


def new_key(handle: str) -> str:
    """A Message-ID of ours, without its brackets, on the account's own domain."""
    domain = _domain(handle.rpartition("@")[2].strip("> "))
    return f"{uuid4().hex}.torget@{domain or 'torget.invalid'}"


def bare(key: str) -> str:
    """A Message-ID without its brackets."""
    return key.strip().removeprefix("<").removesuffix(">")


def own_address(connection: Connection) -> str:
    """The address that answers come from: the setting `address`, else the account's own name."""
    return mailtext.sender(str(connection.settings.get("address") or connection.handle)).address


def subject_of(outgoing: Outgoing) -> str:
    """What stands in Subject: an answer is marked as one, once, however often the mail has gone to and fro."""
    subject = text.line(outgoing.subject, 200)
    if not outgoing.reply_to:
        return subject
    while match := _ANSWER.match(subject):
        subject = subject[match.end() :]
    with translation.override(outgoing.language if outgoing.language in ("sv", "en") else "sv"):
        return f"{gettext('Sv:')} {subject}" if subject else gettext("Svar")


def write(connection: Connection, outgoing: Outgoing) -> Letter:
    """The whole mail, with nothing quoted. Raises GiveUp for an address that cannot be one."""
    sender, recipient = _address(own_address(connection)), _address(outgoing.address)
    if not sender:
        raise GiveUp("mail_bad_sender")
    if not recipient:
        raise GiveUp("mail_bad_address" if outgoing.address else "mail_no_address")
    key = bare(outgoing.key)
    if not _ID.fullmatch(key):
        raise GiveUp("mail_bad_key")
    # The library writes the address itself only when it is ASCII; else it stands there as it is (RFC 6532).
    mail = EmailMessage(policy=SMTP if (sender + recipient).isascii() else SMTP.clone(utf8=True))
    mail["From"] = Address(text.line(outgoing.sender_name, 100), *sender.rsplit("@", 1))
    mail["To"] = Address("", *recipient.rsplit("@", 1))
    mail["Subject"] = subject_of(outgoing)
    mail["Date"] = format_datetime(clock.now())
    mail["Auto-Submitted"] = "auto-replied" if outgoing.automatic else "no"
    if outgoing.automatic:
        mail["X-Auto-Response-Suppress"] = "All"
    # Should it come back to us by way of others, we know it again.
    mail["X-Loop"] = sender
    if outgoing.language:
        mail["Content-Language"] = text.line(outgoing.language, 20)
    mail.set_content(text.clean(outgoing.text), cte="quoted-printable")
    for picture in outgoing.pictures:
        kind, _, rest = picture.media_type.partition("/")
        mail.add_attachment(
            picture.body,
            maintype=kind or "application",
            subtype=rest or "octet-stream",
            filename=text.filename(picture.filename, "bild"),
            headers=[f"Content-Description: {text.line(picture.alt, 500)}"] if picture.alt else None,
        )
    return Letter(sender, recipient, _threading(key, outgoing) + mail.as_bytes(), key)


def _threading(key: str, outgoing: Outgoing) -> bytes:
    """The fields that hold ids, written by hand: the library would break or encode a long one."""
    rows = [f"Message-ID: <{key}>"]
    parent = _ids([outgoing.reply_to])
    if parent:
        rows.append(f"In-Reply-To: <{parent[0]}>")
    line = [one for one in _ids(outgoing.thread) if one not in parent] + parent
    # The first and the nearest are what programs go by (RFC 5322, 3.6.4).
    line = line if len(line) <= 20 else [line[0], *line[-19:]]
    if line:
        rows.append("References: " + "\r\n ".join(f"<{one}>" for one in line))
    return ("\r\n".join(rows) + "\r\n").encode("ascii")


def _ids(names: Iterable[str]) -> list[str]:
    """Those that are Message-IDs: not our own names for mails without one, and without our mark for a doubled one."""
    found = [re.sub(r"#[0-9a-f]{8}$", "", bare(one)) for one in names if not one.startswith("sha256:")]
    return [one for one in dict.fromkeys(found) if _ID.fullmatch(one)]


def _domain(name: str) -> str:
    """A domain in ASCII, "" for what is none."""
    try:
        found = name if name.isascii() else name.encode("idna").decode("ascii")
    except UnicodeError:
        return ""
    return found.lower() if _DOMAIN.fullmatch(found) else ""


def _address(address: str) -> str:
    """An address as it may stand in an envelope, "" for what is none."""
    local, _, domain = address.strip().rpartition("@")
    domain = _domain(domain)
    return f"{local}@{domain}" if domain and _LOCAL.fullmatch(local) else ""


def connect(connection: Connection) -> smtplib.SMTP:
    """A line to the SMTP server, logged in where it wants that. Raises Retry and NeedsLogin: nothing has been said of a mail."""
    settings = connection.settings
    tls = str(settings.get("smtp_tls") or "starttls")
    host = str(settings.get("smtp_host") or settings.get("host") or "")
    port = int(settings.get("smtp_port") or _PORTS.get(tls, 587))
    try:
        if tls == "tls":
            line: smtplib.SMTP = smtplib.SMTP_SSL(
                host, port, "localhost", timeout=connection.timeout, context=tls_context(connection)
            )
        else:
            line = smtplib.SMTP(host, port, "localhost", timeout=connection.timeout)
    except (OSError, ValueError, smtplib.SMTPException) as error:
        raise _not_reached(error) from None
    try:
        _greet(line, connection, tls)
    except BaseException:
        line.close()
        raise
    return line


def _not_reached(error: Exception) -> Retry:
    """Why no mail could be begun; the same words as for fetching, where it is the same."""
    if isinstance(error, smtplib.SMTPResponseException):
        return Retry(f"smtp_{error.smtp_code}")
    names: tuple[tuple[type[Exception], str], ...] = (
        (ssl.SSLCertVerificationError, "smtp_certificate"), (ssl.SSLError, "smtp_no_tls"),
        (smtplib.SMTPNotSupportedError, "smtp_no_tls"), (TimeoutError, "smtp_timeout"),
        (socket.gaierror, "smtp_no_such_host"), (UnicodeError, "smtp_no_such_host"), (ConnectionRefusedError, "smtp_refused"),
    )  # fmt: skip
    return Retry(next((why for kind, why in names if isinstance(error, kind)), "smtp_cut"))


def _greet(line: smtplib.SMTP, connection: Connection, tls: str) -> None:
    # The name that we go by in HELO: our own address on this line, since a machine in an office has no better one.
    if line.sock is not None:
        own = str(line.sock.getsockname()[0])
        line.local_hostname = f"[IPv6:{own}]" if ":" in own else f"[{own}]"
    try:
        line.ehlo_or_helo_if_needed()
        if tls == "starttls":
            line.starttls(context=tls_context(connection))
            line.ehlo()
        _prove(line, connection)
    except smtplib.SMTPAuthenticationError as error:
        if 400 <= error.smtp_code < 500:
            raise Retry(f"smtp_{error.smtp_code}") from None
        raise NeedsLogin("smtp_login_refused") from None
    except (OSError, ValueError, smtplib.SMTPException) as error:
        raise _not_reached(error) from None


def _prove(line: smtplib.SMTP, connection: Connection) -> None:
    settings, secrets = connection.settings, connection.secrets
    user = settings.get("smtp_user")
    if user is None:
        user = settings.get("user") or connection.handle
    elif not user:
        return  # an own server that lets us in by where we come from
    if not line.has_extn("auth"):
        if settings.get("smtp_user"):
            raise NeedsLogin("smtp_takes_no_login")
        return
    line.user, line.password = str(user), secrets.get("smtp_password") or secrets.get("password", "")
    if token := secrets.get("xoauth2"):
        said = f"user={user}\x01auth=Bearer {token}\x01\x01"
        # A second question is the server's reason for refusing; an empty answer makes it say so in the end.
        line.auth("XOAUTH2", lambda challenge=None: said if challenge is None else "")
        return
    if not line.password:
        raise NeedsLogin("smtp_no_password")
    if (line.user + line.password).isascii():
        line.login(line.user, line.password)
        return
    # The library's own way takes ASCII only.
    plain = b64encode(f"\0{line.user}\0{line.password}".encode()).decode()
    code, words = line.docmd("AUTH", f"PLAIN {plain}")
    if code != 235:
        raise smtplib.SMTPAuthenticationError(code, words)


def hand_over(line: smtplib.SMTP, letter: Letter) -> None:
    """Say the mail once. Raises Retry and GiveUp: surely not taken; NeedsLogin; Unknown: cut off after the words began."""
    try:
        sender, recipient = _options(line, letter)
        _said(line.mail(letter.sender, sender))
        _said(line.rcpt(letter.recipient, recipient))
        _said(line.docmd("DATA"), wanted=354)
    except (OSError, smtplib.SMTPException) as error:
        # Without the end of the words no server takes a mail (RFC 5321, 4.1.1.4).
        raise _not_reached(error) from None
    try:
        if line.sock is not None:
            line.sock.settimeout((line.timeout or 20) * _PATIENCE)
        body = re.sub(rb"(?m)^\.", b"..", letter.body)
        line.send(body + (b"" if body.endswith(b"\r\n") else b"\r\n") + b".\r\n")
        said = line.getreply()
    except (OSError, smtplib.SMTPException) as error:
        raise Unknown(f"smtp_after_data_{type(error).__name__}") from None
    if not 200 <= said[0] < 300 and not 400 <= said[0] < 600:
        raise Unknown("smtp_after_data_no_answer")
    _said(said)


def _options(line: smtplib.SMTP, letter: Letter) -> tuple[list[str], list[str]]:
    """What we ask of a server that can do it: our name for the mail in its report, and a report that is short (RFC 3461)."""
    sender, recipient = [], []
    if not (letter.sender + letter.recipient).isascii():
        if not line.has_extn("smtputf8"):
            raise GiveUp("mail_address_needs_utf8")
        sender += ["SMTPUTF8", "BODY=8BITMIME"]
        line.command_encoding = "utf-8"
    if line.has_extn("dsn"):
        name = "".join(sign if "!" <= sign <= "~" and sign not in "+=" else f"+{ord(sign):02X}" for sign in letter.key)
        sender += ["RET=HDRS", *([f"ENVID={name}"] if len(name) <= 100 else [])]
        recipient += ["NOTIFY=FAILURE,DELAY"]
    return sender, recipient


def _said(said: tuple[int, bytes], *, wanted: int = 250) -> None:
    """Raise what an answer of the server means: 4xx for now, 5xx for good (RFC 5321, 4.2.1)."""
    code, words = said
    if code == wanted or (wanted == 250 and 200 <= code < 300):
        return
    sharper = re.match(rb"\s*([245]\.\d{1,3}\.\d{1,3})\b", words or b"")
    why = f"smtp_{code}" + (f"_{sharper[1].decode()}" if sharper else "")
    if code in (530, 534, 535, 538):
        raise NeedsLogin(why)
    if 500 <= code < 600:
        raise GiveUp(why)
    raise Retry(why)


def farewell(line: smtplib.SMTP) -> None:
    """Hang up; what became of the mail is known by now."""
    with suppress(OSError, smtplib.SMTPException):
        line.quit()
    line.close()
