"""The machine and what lies on it: disk, keys, clock, worker, Python and its parts, the catalogue."""

import os
import re
import shutil
import stat
import sys
import time
from collections.abc import Iterator
from datetime import date
from importlib import metadata
from pathlib import Path

from django.conf import settings
from django.db import connection

from torget.core import clock
from torget.core.doctor import Check
from torget.core.models import Heartbeat

LOW, NEARLY = 500_000_000, 2_000_000_000
"""Bytes free under which attachments may be refused, and under which it is said in time."""
SUPPORTED = {(3, 11): date(2027, 11, 1), (3, 12): date(2028, 11, 1), (3, 13): date(2029, 11, 1)}
"""The day from which a Python has no more security fixes (PEP 664, 693, 719)."""


def folders() -> Iterator[Check]:
    """The data folder: that we may write there, and room for bytes and for files."""
    home = settings.TORGET_HOME
    try:
        home.mkdir(parents=True, exist_ok=True)
        probe = home / ".skrivprov"
        probe.write_bytes(b"x")
        probe.unlink()
    except OSError as error:
        yield Check("mapp", False, f"{home}: {error.strerror}", f"chown -R torget: {home}")
        return
    free = shutil.disk_usage(home).free
    remedy = f"Frigör utrymme: under {LOW // 1_000_000} MB kan bilagor nekas. Störst: du -xh {home} | sort -h | tail"
    yield Check(
        "mapp",
        free > LOW,
        f"{home}, {free // 1_000_000} MB ledigt",
        "" if free > NEARLY else remedy,
        warn=free <= NEARLY,
    )
    inodes = os.statvfs(home)
    # Some file systems (btrfs) do not count them: 0 of 0.
    if inodes.f_files and inodes.f_favail < 10_000:
        says = f"{inodes.f_favail} filer till ryms på disken"
        yield Check(
            "filer på disken",
            inodes.f_favail > 1_000,
            says,
            f"Ta bort filer som inte är Torgets, eller flytta {home}.",
            warn=True,
        )
    if home.stat().st_mode & stat.S_IRWXO:
        says = f"{home} är öppen för alla på datorn: där ligger personuppgifter"
        yield Check("mappens rättigheter", False, says, f"chmod o-rwx {home}")


def keys() -> Iterator[Check]:
    """That nobody else can read the keys, and that the one for sessions is one."""
    folder = settings.TORGET_HOME / "keys"
    found = list(folder.rglob("*")) if folder.exists() else []
    opened = [path for path in found if path.stat().st_mode & 0o077]
    if opened:
        names = ", ".join(str(path.relative_to(folder)) for path in opened[:3])
        says = f"{folder}: andra kan läsa {names}{' med flera' if len(opened) > 3 else ''}"
        yield Check("nycklar", False, says, f"chmod -R go-rwx {folder}")
        return
    secret = folder / "secret.key"
    try:
        short = secret.exists() and len(secret.read_text().strip()) < 40
    except (OSError, ValueError):
        short = True
    if short:
        says = f"{secret} är tom eller trasig: den undertecknar inloggningar"
        yield Check(
            "nycklar", False, says, f"Stoppa Torget, ta bort {secret} och starta: en ny görs, alla får logga in igen."
        )
        return
    yield Check("nycklar", True, str(folder))


def time_of_day() -> Iterator[Check]:
    """The clock against the worker's last sign of life and against the database's."""
    beat = Heartbeat.objects.filter(name="worker").first()
    ahead = (beat.at - clock.now()).total_seconds() if beat else 0
    remedy = "Slå på tidssynken: timedatectl set-ntp true"
    if ahead > 60:
        says = f"arbetaren skrev en tid {int(ahead)} s framåt: klockan har gått bakåt"
        yield Check("klocka", False, says, remedy)
        return
    if time.time() < 1_760_000_000:
        yield Check("klocka", False, "visar en tid före 2025-10", remedy)
        return
    if connection.vendor != "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("SELECT extract(epoch FROM clock_timestamp())")
            apart = float(cursor.fetchone()[0]) - time.time()
        if abs(apart) > 5:
            yield Check(
                "klocka", False, f"går {abs(apart):.0f} s {'efter' if apart > 0 else 'före'} databasens", remedy
            )
            return
    yield Check("klocka", True, clock.now().astimezone(clock.STOCKHOLM).strftime("%Y-%m-%d %H:%M:%S"))


def alive() -> Iterator[Check]:
    """Whether a worker has been heard of within a minute; before the first start there is none to hear."""
    beat = Heartbeat.objects.filter(name="worker").first()
    if beat and (silent := (clock.now() - beat.at).total_seconds()) > 60:
        since = beat.at.astimezone(clock.STOCKHOLM).strftime("%Y-%m-%d %H:%M")
        says = f"har inte hörts av sedan {since} ({int(silent)} s): inget skickas och inget hämtas"
        yield Check("arbetare", False, says, "systemctl restart torget (eller torget-worker); se journalctl -u torget")
    elif beat:
        yield Check("arbetare", True, "hörs av")


def python() -> Iterator[Check]:
    """The version of Python, and whether it still is mended."""
    version = ".".join(map(str, sys.version_info[:3]))
    end = SUPPORTED.get(sys.version_info[:2])
    if end and clock.now().date() >= end:
        says = f"{version} får inga säkerhetsrättningar sedan {end.isoformat()[:7]}"
        yield Check("Python", True, says, "Gör om miljön med ett nyare Python: docs/operate/upgrade.md", warn=True)
        return
    yield Check("Python", True, version)


def versions() -> Iterator[Check]:
    """The versions of the parts against the lock, where the lock lies beside the program or the wheel carries it."""
    lock = Path(settings.BASE_DIR) / "requirements" / "run.lock"
    if not lock.exists():
        yield Check("delar", True, "låset följer inte med den här installationen, så versionerna jämförs inte")
        return
    wrong = []
    for name, version in re.findall(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)[^\n]*$", lock.read_text(), re.MULTILINE):
        try:
            here = metadata.version(name)
        except metadata.PackageNotFoundError:
            # A part for another system or Python is not to be here.
            line = re.search(rf"^{re.escape(name)}=={re.escape(version)} ?;", lock.read_text(), re.MULTILINE)
            here = version if line else "saknas"
        if here != version:
            wrong.append(f"{name} {here} (låset: {version})")
    if wrong:
        says = f"{len(wrong)} är inte som i låset: {', '.join(wrong[:3])}"
        yield Check("delar", False, says, "pip install --require-hashes -r requirements/run.lock")
        return
    yield Check("delar", True, "alla har låsets versioner")


def catalogue() -> Iterator[Check]:
    """Whether the English catalogue is compiled."""
    compiled = Path(settings.LOCALE_PATHS[0]) / "en" / "LC_MESSAGES" / "django.mo"
    if not compiled.exists():
        says = "den engelska katalogen är inte gjord: sidor under /en/ är på svenska"
        yield Check("engelska", True, says, "python scripts/messages.py compile, och installera om", warn=True)
        return
    yield Check("engelska", True, "katalogen är på plats")
