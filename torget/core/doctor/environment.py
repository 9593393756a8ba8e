"""What the operator has set: every setting parsed, names that are none with the nearest real one, what contradicts itself."""

import difflib
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from torget.core import logs
from torget.core.doctor import Check

NAME = "inställningar"


class Kind(Enum):
    """What a setting's value has to be."""

    TEXT = "text"
    NUMBER = "ett heltal, 0 eller mer"
    PORT = "ett portnummer, 1–65535"
    FLAG = "0 eller 1"
    FORM = "plain eller json"


SETTINGS: dict[str, Kind] = {
    "DATABASE_URL": Kind.TEXT,
    "TORGET_ALLOW_PRIVATE": Kind.FLAG,
    "TORGET_API_PER_MINUTE": Kind.NUMBER,
    "TORGET_BACKUP_DAYS": Kind.NUMBER,
    "TORGET_BACKUP_DRILL": Kind.FLAG,
    "TORGET_BACKUP_FOLDER": Kind.TEXT,
    "TORGET_BACKUP_KEY": Kind.TEXT,
    "TORGET_BACKUP_WEEKS": Kind.NUMBER,
    "TORGET_DRAIN_SECONDS": Kind.NUMBER,
    "TORGET_FILES_S3_BUCKET": Kind.TEXT,
    "TORGET_FILES_S3_ENDPOINT": Kind.TEXT,
    "TORGET_FILES_S3_KEY": Kind.TEXT,
    "TORGET_FILES_S3_PREFIX": Kind.TEXT,
    "TORGET_FILES_S3_REGION": Kind.TEXT,
    "TORGET_FILES_S3_SECRET": Kind.TEXT,
    "TORGET_HOME": Kind.TEXT,
    "TORGET_HOSTS": Kind.TEXT,
    "TORGET_HSTS_SUBDOMAINS": Kind.FLAG,
    "TORGET_LOG": Kind.FORM,
    "TORGET_LOGIN_ADDRESS_DAYS": Kind.NUMBER,
    "TORGET_LOG_REQUESTS": Kind.FLAG,
    "TORGET_MAIL_FROM": Kind.TEXT,
    "TORGET_MAIL_HOST": Kind.TEXT,
    "TORGET_MAIL_PASSWORD": Kind.TEXT,
    "TORGET_MAIL_PORT": Kind.PORT,
    "TORGET_MAIL_TLS": Kind.FLAG,
    "TORGET_MAIL_USER": Kind.TEXT,
    "TORGET_METRICS_HOST": Kind.TEXT,
    "TORGET_METRICS_PORT": Kind.PORT,
    "TORGET_ORIGIN": Kind.TEXT,
    "TORGET_POSTS_PER_MINUTE": Kind.NUMBER,
    "TORGET_PROXIES": Kind.TEXT,
    "TORGET_REDIS_URL": Kind.TEXT,
    "TORGET_SECURITY_CONTACT": Kind.TEXT,
    "TORGET_SAML_CERTIFICATE": Kind.TEXT,
    "TORGET_SAML_KEY": Kind.TEXT,
    "TORGET_SAML_LOA": Kind.TEXT,
    "TORGET_SAML_METADATA": Kind.TEXT,
    "TORGET_SAML_NAME": Kind.TEXT,
    "TORGET_SESSION_HOURS": Kind.NUMBER,
    "TORGET_SESSION_IDLE_MINUTES": Kind.NUMBER,
    "TORGET_THREADS": Kind.NUMBER,
    "TORGET_TIMESTAMP_CA": Kind.TEXT,
    "TORGET_TIMESTAMP_URL": Kind.TEXT,
    "TORGET_URL": Kind.TEXT,
    "TORGET_WORKER": Kind.FLAG,
}
"""Every setting that is ours; a test holds the list to what the code reads."""


def number(value: str, default: int) -> int:
    """A whole number from the environment; what is none gives the default here and a fault in `faults`."""
    return int(value) if re.fullmatch(r"[0-9]{1,9}", value.strip()) else default


def text(name: str, default: str = "") -> str:
    """A setting as it is given; one that is left blank is not set."""
    return os.environ.get(name, "").strip() or default


def whole(name: str, default: int) -> int:
    """A setting that is a whole number."""
    return number(text(name), default)


def flag(name: str, default: bool) -> bool:
    """A setting that is 0 or 1; what is neither gives the default here and a fault in `faults`."""
    return {"0": False, "1": True}.get(text(name), default)


def faults(given: Mapping[str, str] = os.environ) -> list[Check]:
    """What is so wrong that Torget must not start: values that cannot be read. No value is ever shown: it may be secret."""
    return [Check(name, False, f"ska vara {kind.value}", remedy) for name, kind, remedy in _unreadable(given)]


def _unreadable(given: Mapping[str, str]) -> Iterator[tuple[str, Kind, str]]:
    for name, kind in SETTINGS.items():
        value = given.get(name, "").strip()
        if value and not _reads(value, kind):
            yield name, kind, f"Rätta {name} i miljön (till exempel /etc/torget.env) och starta om."


def _reads(value: str, kind: Kind) -> bool:
    if kind is Kind.FLAG:
        return value in ("0", "1")
    if kind is Kind.FORM:
        return value in logs.FORMS
    if kind is Kind.TEXT:
        return True
    if not re.fullmatch(r"[0-9]{1,9}", value):
        return False
    return kind is Kind.NUMBER or 1 <= int(value) <= 65535


def examine(given: Mapping[str, str] = os.environ) -> Iterable[Check]:
    """All that the environment says; one good line where nothing is to be said."""
    found = [
        *faults(given),
        *_unknown(given),
        *_address(given),
        *_hosts(given),
        *_database(given),
        *_mail(given),
        *_many(given),
        *_others(given),
    ]
    count = sum(1 for name in SETTINGS if given.get(name))
    return found or [Check(NAME, True, f"{count} av {len(SETTINGS)} är satta, resten har sina förval")]


def _unknown(given: Mapping[str, str]) -> Iterator[Check]:
    for name in sorted(given):
        if name.startswith("TORGET_") and name not in SETTINGS:
            near = difflib.get_close_matches(name, SETTINGS, n=1, cutoff=0.6)
            meant = f"Menade du {near[0]}?" if near else "Ta bort den."
            says = "finns inte, och gör därför ingenting"
            yield Check(name, False, says, f"{meant} Alla inställningar står i docs/where-things-live.md.")


def loopback(host: str) -> bool:
    """Whether a host is this machine itself."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _address(given: Mapping[str, str]) -> Iterator[Check]:
    value = given.get("TORGET_URL", "").strip()
    if not value:
        return
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError:
        parts = SplitResult("", "", "", "", "")
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/") or parts.query:
        remedy = "Skriv den så här: TORGET_URL=https://torget.example.se (med https://, utan sökväg)."
        yield Check("TORGET_URL", False, "är ingen webbadress till en server", remedy)
    elif parts.scheme == "http" and not loopback(parts.hostname):
        says = "är http till en annan dator: lösenord och kvitton går i klartext"
        remedy = "Sätt en proxy med certifikat framför (deploy/) och skriv TORGET_URL=https://…"
        yield Check("TORGET_URL", False, says, remedy)


def _hosts(given: Mapping[str, str]) -> Iterator[Check]:
    for host in given.get("TORGET_HOSTS", "").split(","):
        if host.strip() and not re.fullmatch(r"\.?[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*|\[[0-9a-fA-F:]+\]", host.strip()):
            says = "innehåller något som inte är ett värdnamn"
            yield Check(
                "TORGET_HOSTS", False, says, "Skriv bara namn, med komma mellan: torget.example.se,www.example.se"
            )
            break


def _database(given: Mapping[str, str]) -> Iterator[Check]:
    value = given.get("DATABASE_URL", "").strip()
    if not value:
        return
    if not re.match(r"(?:postgres|postgresql|sqlite)://", value):
        remedy = "Skriv postgres://användare:lösenord@värd/databas, eller ta bort den för SQLite i TORGET_HOME."
        yield Check("DATABASE_URL", False, "är ingen databas som Torget kan använda", remedy)
    elif value.startswith("sqlite://"):
        home, path = given.get("TORGET_HOME", ""), value.partition(":///")[2]
        if home and path and not Path("/", path).is_relative_to(home) and not Path(path).is_relative_to(home):
            says = "är en SQLite-fil utanför TORGET_HOME, så datamappen är inte hela installationen"
            yield Check(
                "DATABASE_URL", True, says, "Ta bort DATABASE_URL och flytta filen till TORGET_HOME.", warn=True
            )


def _mail(given: Mapping[str, str]) -> Iterator[Check]:
    host, user = given.get("TORGET_MAIL_HOST", ""), given.get("TORGET_MAIL_USER", "")
    password, tls = given.get("TORGET_MAIL_PASSWORD", ""), given.get("TORGET_MAIL_TLS", "0") == "1"
    if not host:
        if others := [name for name in SETTINGS if name.startswith("TORGET_MAIL_") and given.get(name)]:
            says = f"saknas fast {', '.join(others)} är satt: mejl skrivs till mappen utgaende-post"
            yield Check("TORGET_MAIL_HOST", False, says, "Sätt TORGET_MAIL_HOST till er mejlserver.")
        return
    if bool(user) != bool(password):
        lacks = "TORGET_MAIL_PASSWORD" if user else "TORGET_MAIL_USER"
        yield Check(lacks, False, "saknas: användare och lösenord hör ihop", f"Sätt {lacks}, eller ta bort båda.")
    if password and not tls and not loopback(host):
        says = "är 0 och lösenordet går i klartext till en annan dator"
        yield Check("TORGET_MAIL_TLS", False, says, "Sätt TORGET_MAIL_TLS=1 (STARTTLS, oftast port 587).")
    if given.get("TORGET_MAIL_FROM", "torget@localhost").endswith("@localhost"):
        says = "är inte satt: mejl skickas från torget@localhost och fastnar hos mottagaren"
        yield Check("TORGET_MAIL_FROM", False, says, "Sätt TORGET_MAIL_FROM till en adress som ni tar emot på.")


def _many(given: Mapping[str, str]) -> Iterator[Check]:
    """Files in S3, and what several processes share."""
    lacks = [name for name in ("TORGET_FILES_S3_KEY", "TORGET_FILES_S3_SECRET") if not given.get(name)]
    if not given.get("TORGET_FILES_S3_BUCKET"):
        if others := [name for name in SETTINGS if name.startswith("TORGET_FILES_S3_") and given.get(name)]:
            says = f"saknas fast {', '.join(others)} är satt: filer läggs i TORGET_HOME"
            yield Check("TORGET_FILES_S3_BUCKET", False, says, "Sätt TORGET_FILES_S3_BUCKET, eller ta bort de andra.")
    elif len(lacks) == 1:
        yield Check(lacks[0], False, "saknas: nyckel och hemlighet hör ihop", f"Sätt {lacks[0]}, eller ta bort båda.")
    endpoint = given.get("TORGET_FILES_S3_ENDPOINT", "")
    if endpoint.startswith("http://") and not loopback(urlsplit(endpoint).hostname or ""):
        says = "är http till en annan dator: filer går i klartext"
        yield Check("TORGET_FILES_S3_ENDPOINT", True, says, "Skriv https://… om servern kan det.", warn=True)
    elif endpoint and not endpoint.startswith(("http://", "https://")):
        remedy = "Skriv till exempel https://s3.example.se."
        yield Check("TORGET_FILES_S3_ENDPOINT", False, "är ingen adress till en server", remedy)
    if (redis := given.get("TORGET_REDIS_URL", "")) and not redis.startswith(("redis://", "rediss://", "unix://")):
        remedy = "Skriv till exempel redis://10.0.0.5:6379/0."
        yield Check("TORGET_REDIS_URL", False, "är ingen adress till Redis eller Valkey", remedy)


def _others(given: Mapping[str, str]) -> Iterator[Check]:
    home = given.get("TORGET_HOME", "")
    if home and not Path(home).is_absolute():
        says = "är inte en hel sökväg, så datamappen beror på var kommandot körs"
        yield Check("TORGET_HOME", True, says, "Skriv till exempel TORGET_HOME=/var/lib/torget.", warn=True)
    if (host := given.get("TORGET_METRICS_HOST", "")) and not loopback(host):
        says = "visar siffror om driften för andra datorer, utan inloggning"
        remedy = "Ta bort TORGET_METRICS_HOST, eller släpp bara in övervakningen i brandväggen."
        yield Check("TORGET_METRICS_HOST", True, says, remedy, warn=True)
    if given.get("TORGET_METRICS_HOST") and not given.get("TORGET_METRICS_PORT"):
        says = "är inte satt fast TORGET_METRICS_HOST är det: inga siffror visas"
        yield Check("TORGET_METRICS_PORT", False, says, "Sätt till exempel TORGET_METRICS_PORT=9464.")
    if given.get("TORGET_ALLOW_PRIVATE") == "1":
        says = "är 1: en ansluten kanal kan få Torget att hämta från ert eget nät"
        yield Check("TORGET_ALLOW_PRIVATE", True, says, "Ta bort den om ingen kanal finns på ert nät.", warn=True)
    if given.get("TORGET_THREADS", "").strip() == "0":
        yield Check("TORGET_THREADS", False, "är 0: inga sidor kan svara", "Ta bort TORGET_THREADS (förvalet är 8).")
