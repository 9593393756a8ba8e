"""E-mail by a real dovecot: 1,000 mails from the mailbox to committed records, and how soon a new one wakes the desk."""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks import serving, towns
from benchmarks.base import Row

COUNT, WAKES = 1_000, 20
HANDLE = "kontakt@ekevik.example.org"
WORDS = "Lampan på Storgatan har varit trasig i en vecka nu, och det är mörkt när barnen går hem. När lagas den? "


def run() -> list[Row]:
    """In a process and an empty database of its own, against a mail server started for it (root, dovecot and postfix)."""
    with tempfile.TemporaryDirectory(prefix="torget-bench-mail-") as folder:
        home = Path(folder, "home")
        towns.make("empty", Path(folder, "made"))
        shutil.copytree(Path(folder, "made"), home)
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.bench_mail", "measure"],
            cwd=serving.ROOT,
            env=serving.environment(home),
            stdout=subprocess.PIPE,
            check=True,
        )
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    note = (
        f"{COUNT:,} mails of 2 kB over TLS in pages of 100, each page committed with its cursor and parsed; "
        f"{found['cpu'] / COUNT * 1000:.2g} ms CPU each; limit: the mails fetched and read, nothing stored"
    )
    woken = f"median of {WAKES}; from LMTP's last word to the page fetched; slowest {found['slowest']:.2g} s"
    return [
        Row("mail: 1,000 mails taken in", found["took"], "s", bar=10, limit=found["fetched"], note=note),
        Row("mail: seen after arrival, by IDLE", found["woken"], "s", bar=2, note=woken),
        Row("mail: one answer by SMTP", found["sent"], "s", note="TLS, log-in and the mail; median of 20"),
    ]


def mail(number: int) -> bytes:
    """A mail by one of a hundred invented residents."""
    return (
        f"From: Boende {number % 100} <boende{number % 100}@example.org>\r\nTo: {HANDLE}\r\n"
        f"Subject: Lampan {number}\r\nMessage-ID: <{number}.bench@example.org>\r\n"
        f"Date: Mon, 16 Nov 2026 10:{number % 60:02}:00 +0100\r\nMIME-Version: 1.0\r\n"
        f"Content-Type: text/plain; charset=utf-8\r\n\r\n{WORDS * 16}\r\n"
    ).encode()


def _measure() -> dict[str, float]:
    """Seconds of each part; raises RuntimeError when not every mail became one message."""
    import django

    django.setup()
    from tests.support.mailservers import MailServers
    from torget.channels.maillive import MailLive
    from torget.channels.registry import CHANNELS

    with MailServers() as servers:
        live = MailLive()
        servers.put(HANDLE, (mail(number) for number in range(COUNT)))
        connection = servers.connection(HANDLE, backfill=COUNT)
        began = time.perf_counter()
        fetched = live.fetch(connection, {})
        raws = list(fetched.raws)
        while fetched.more:
            fetched = live.fetch(connection, fetched.cursor)
            raws += fetched.raws
        read = sum(len(CHANNELS["mail"].read(raw, own=HANDLE)) for raw in raws)
        found = {"fetched": time.perf_counter() - began}
        if read != COUNT:
            raise RuntimeError(f"{COUNT} mails were read as {read}")
        found |= _taken_in(connection)
        found |= _woken(servers, live, connection, fetched.cursor)
        return found | _sent(live, connection)


def _taken_in(connection: Any) -> dict[str, float]:
    from torget.conversations import keyring
    from torget.conversations.actions import fetching, intake
    from torget.conversations.models import Account, Message

    account = intake.account_for("mail", HANDLE)
    account.settings = dict(connection.settings)
    account.state = Account.GOOD
    account.save()
    keyring.keep(account, dict(connection.secrets))
    wall, cpu = time.perf_counter(), time.process_time()
    fetching.fetch_once(account)
    took, used = time.perf_counter() - wall, time.process_time() - cpu
    if (count := Message.objects.filter(account=account).count()) != COUNT:
        raise RuntimeError(f"{COUNT} mails became {count} messages")
    return {"took": took, "cpu": used}


def _woken(servers: Any, live: Any, connection: Any, cursor: Any) -> dict[str, float]:
    """Seconds from a mail's delivery until it is fetched, by a listener in a thread of its own."""
    news, stop = threading.Event(), threading.Event()
    listener = threading.Thread(
        target=live.listen, args=(connection, cursor, lambda raw: news.set(), stop), daemon=True
    )
    listener.start()
    seconds = []
    for number in range(WAKES + 1):
        news.clear()
        servers.deliver(HANDLE, mail(COUNT + number))
        began = time.perf_counter()
        # The first may come before the listener is there, and is not counted.
        if not news.wait(30):
            raise RuntimeError("IDLE said nothing for 30 s")
        fetched = live.fetch(connection, cursor)
        while not fetched.raws:
            fetched = live.fetch(connection, cursor)
        cursor = fetched.cursor
        seconds.append(time.perf_counter() - began)
    stop.set()
    listener.join(10)
    return {"woken": statistics.median(seconds[1:]), "slowest": max(seconds[1:])}


def _sent(live: Any, connection: Any) -> dict[str, float]:
    from torget.channels.live import Outgoing

    seconds = []
    for number in range(20):
        outgoing = Outgoing(
            live.new_key(HANDLE), WORDS, reply_to=f"{number}.bench@example.org", address="ida@example.org"
        )
        began = time.perf_counter()
        live.send(connection, outgoing)
        seconds.append(time.perf_counter() - began)
    return {"sent": statistics.median(seconds)}


if __name__ == "__main__":
    if sys.argv[1:] == ["measure"]:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "torget.settings")
        print(json.dumps(_measure()))
    else:
        for row in run():
            print(asdict(row))
