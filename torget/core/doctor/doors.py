"""What others see of us and what we see of others: the certificate of our address, the clock there, the mail server."""

import smtplib
import socket
import ssl
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import get_connection

from torget.core import mailing, shared
from torget.core.doctor import Check
from torget.core.doctor.environment import loopback

PATIENCE = 5.0
SOON, LATE = 21, 7
"""Days left of a certificate at which it is said, and at which it is wrong."""
RENEW = "Förnya certifikatet: certbot renew, och ladda om proxyn: systemctl reload nginx"


def certificate(
    name: str, host: str, port: int, *, starttls: str = "", context: ssl.SSLContext | None = None, remedy: str = RENEW
) -> Check:
    """Connect as a stranger would and read the certificate: its chain, its name, its days.

    `starttls` is "smtp" or "imap" where the line begins in the open. `context` is for a service with a root of its own.
    """
    trusted = context or ssl.create_default_context()
    try:
        with socket.create_connection((host, port), timeout=PATIENCE) as line:
            if starttls:
                _ask_for_tls(line, starttls)
            with trusted.wrap_socket(line, server_hostname=host) as secure:
                shown = secure.getpeercert() or {}
    except ssl.SSLCertVerificationError as error:
        return Check(name, False, f"{host}: {_why(error)}", remedy)
    except ssl.SSLError as error:
        return Check(name, False, f"{host}:{port} talar inte TLS som vi ({error.reason or 'okänt'})", remedy)
    except (OSError, ValueError) as error:
        says = f"{host}:{port} svarar inte ({type(error).__name__})"
        return Check(name, False, says, f"Kontrollera att {host} finns i DNS och att port {port} är öppen.")
    ends = datetime.fromtimestamp(ssl.cert_time_to_seconds(str(shown.get("notAfter"))), UTC)
    # Against the machine's own clock: the demo's moved one says nothing about certificates.
    days = int((ends.timestamp() - time.time()) // 86400)
    says = f"{host}: certifikatet gäller {days} dagar till"
    return Check(name, days >= LATE, says, "" if days > SOON else remedy, warn=days <= SOON)


def _why(error: ssl.SSLCertVerificationError) -> str:
    """The refusal in plain words (codes of X509_V_ERR in OpenSSL's x509_vfy.h)."""
    words = {
        9: "certifikatet gäller inte än",
        10: "certifikatet har gått ut",
        18: "certifikatet är gjort av servern själv",
        19: "kedjan slutar i en rot som ingen känner",
        20: "kedjan är inte hel: mellanliggande certifikat saknas",
        21: "kedjan är inte hel: mellanliggande certifikat saknas",
        62: "certifikatet gäller ett annat namn",
    }
    return words.get(error.verify_code, f"certifikatet duger inte (kod {error.verify_code})")


def _ask_for_tls(line: socket.socket, protocol: str) -> None:
    """Say what it takes before TLS can begin (RFC 3207, RFC 3501 6.2.1). ValueError when the other side says no."""
    file = line.makefile("rb")
    steps: tuple[tuple[bytes, bytes], ...]
    if protocol == "smtp":
        steps = ((b"", b"220"), (b"EHLO torget.invalid\r\n", b"250"), (b"STARTTLS\r\n", b"220"))
    else:
        steps = ((b"", b"* OK"), (b"a STARTTLS\r\n", b"a OK"))
    for said, wanted in steps:
        line.sendall(said)
        answer = file.readline(2000)
        while protocol == "smtp" and answer[3:4] == b"-":
            answer = file.readline(2000)
        if not answer.startswith(wanted):
            raise ValueError("no STARTTLS")


def address() -> Iterator[Check]:
    """The address that people use: its certificate, whether it is us, the time there."""
    try:
        parts = urlsplit(settings.TORGET_URL)
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        return  # said by the settings' own check
    if parts.scheme == "https":
        shown = certificate("certifikat", host, port)
        yield shown
        if not shown.ok:
            return
    yield from _asked(parts.scheme, host, port)


def _asked(scheme: str, host: str, port: int) -> Iterator[Check]:
    """Ask our own address how it is: whether it is us, and what time it is there."""
    make = HTTPSConnection if scheme == "https" else HTTPConnection
    door = make(host, port, timeout=PATIENCE)
    try:
        door.request("GET", "/halsa/")
        answer = door.getresponse()
        answer.read(10_000)
        date = answer.headers.get("Date")
    except (OSError, HTTPException, UnicodeError) as error:
        # On the machine itself the doctor is asked before the start as well as after.
        here = loopback(host)
        says = f"{settings.TORGET_URL} svarar inte ({type(error).__name__})"
        remedy = "Är Torget igång? systemctl status torget" + ("" if here else ", och proxyn: systemctl status nginx")
        yield Check("adress", here, says, remedy, warn=True)
        return
    finally:
        door.close()
    if answer.status not in (200, 503):
        says = f"{settings.TORGET_URL}/halsa/ svarar {answer.status}"
        remedy = "Proxyn når inte Torget, eller skickar inte vidare Host: se deploy/nginx.conf."
        yield Check("adress", False, says, remedy)
        return
    yield Check("adress", True, f"{settings.TORGET_URL} svarar")
    if date:
        try:
            apart = time.time() - parsedate_to_datetime(date).timestamp()
        except ValueError:
            return
        if abs(apart) > 10:
            says = f"går {abs(apart):.0f} s {'före' if apart > 0 else 'efter'} den hos {host}"
            yield Check("klocka", False, says, "Slå på tidssynken: timedatectl set-ntp true")


def shared_memory() -> Iterator[Check]:
    """Redis, where one is set: it may be lost, and is then to be mended all the same."""
    if not settings.TORGET_REDIS_URL:
        return
    try:
        answers = shared.tried(lambda redis: bool(redis.ping()), lambda: False)
    except (ImportError, ValueError) as error:
        answers, why = False, f"går inte att använda ({type(error).__name__})"
    else:
        why = "svarar inte: varje process räknar gränser och läser nytt för sig, och inget går förlorat"
    remedy = (
        "Kontrollera TORGET_REDIS_URL (redis://värd:6379/0) och att servern är igång. Delarna finns i tillägget scale."
    )
    yield Check("Redis", answers, "svarar" if answers else why, "" if answers else remedy)


def mail() -> Iterator[Check]:
    """The mail server, logged in to as when a mail is sent."""
    if not settings.TORGET_MAIL_HOST and mailing.can_send():
        yield Check("e-post", True, "går genom den anslutna brevlådan (TORGET_MAIL_HOST är inte satt)")
        return
    if not settings.TORGET_MAIL_HOST:
        yield Check("e-post", True, f"skrivs till mappen {settings.MAIL_FOLDER} (TORGET_MAIL_HOST är inte satt)")
        return
    host, port = settings.TORGET_MAIL_HOST, settings.TORGET_MAIL_PORT
    link = get_connection(timeout=PATIENCE)
    try:
        link.open()
    except smtplib.SMTPAuthenticationError:
        says = f"{host}:{port} säger nej till användaren"
        yield Check("e-post", False, says, "Rätta TORGET_MAIL_USER och TORGET_MAIL_PASSWORD och starta om.")
    except smtplib.SMTPNotSupportedError:
        says = f"{host}:{port} tar inte emot inloggning eller STARTTLS här"
        yield Check("e-post", False, says, "Prova TORGET_MAIL_PORT=587 och TORGET_MAIL_TLS=1.")
    except Exception as error:
        says = f"{host}:{port} svarar inte ({type(error).__name__})"
        yield Check("e-post", False, says, f"Kontrollera TORGET_MAIL_HOST och TORGET_MAIL_PORT: nc -vz {host} {port}")
    else:
        yield Check("e-post", True, f"{host}:{port} svarar")
        if settings.TORGET_MAIL_TLS and not loopback(host):
            yield certificate(
                "e-postens certifikat", host, port, starttls="smtp", remedy="Den som sköter mejlservern förnyar det."
            )
    finally:
        link.close()
