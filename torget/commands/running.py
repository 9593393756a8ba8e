"""Serving, the worker, the demo town, files taken in, results, the doctor."""

import argparse
import json
import os
import signal
import sys
import threading
from collections import Counter
from pathlib import Path
from types import FrameType
from typing import Any

from django.conf import settings
from django.db import connection

from torget.commands.table import Commands
from torget.commands.upgrading import ready
from torget.core import clock, logs, notify
from torget.core.errors import Refused


def add(commands: Commands) -> None:
    """The commands of every day."""
    command = commands.add_parser("run", help="starta Torget på 127.0.0.1 (migrerar databasen först)")
    command.add_argument("--port", type=int, default=8000)
    command.add_argument(
        "--host", default="127.0.0.1", help="adress att lyssna på; bakom en proxy behövs bara 127.0.0.1"
    )
    command.add_argument("--no-worker", action="store_true", help="arbetaren körs i en egen process: torget worker")
    command.add_argument(
        "--role", choices=["web", "worker", "all"], default="all",
        help="web: bara sidorna, worker: bara arbetaren, all: båda (förval)",
    )  # fmt: skip
    command.set_defaults(do=run, beside=False)
    command = commands.add_parser("worker", help="kör bara arbetaren: läser in, skickar, numrerar journalen, räknar")
    # Said by `torget run` to the worker that it starts itself (core/beside.py).
    command.add_argument("--beside", action="store_true", help=argparse.SUPPRESS)
    command.set_defaults(do=worker)
    command = commands.add_parser("demo", help="bygg demoorten Ekevik i en tom databas")
    many = "så många meddelanden: färre än månadens egna kortar den, fler blir ortens förflutna"
    command.add_argument("--messages", type=int, default=None, help=many)
    command.add_argument("--if-empty", action="store_true", help="gör ingenting om databasen inte är tom")
    command.set_defaults(do=demo)
    command = commands.add_parser("receive", help="läs in filer som en kanal har gett")
    command.add_argument("files", nargs="+", type=Path, metavar="FIL")
    command.add_argument("--channel", required=True)
    command.add_argument("--account", default="", help="vårt eget namn i kanalen: säger vilka inlägg som är våra")
    command.add_argument("--json", action="store_true")
    command.set_defaults(do=receive)
    command = commands.add_parser("results", help="skriv ut en veckas resultat")
    command.add_argument("--week", default="")
    command.add_argument("--json", action="store_true")
    command.set_defaults(do=results)
    command = commands.add_parser("doctor", help="kontrollera installationen: vad är fel, och vad gör man åt det")
    command.add_argument("--whole", action="store_true", help="läs allt: varje fil, varje handling, hela journalen")
    command.add_argument("--json", action="store_true")
    command.set_defaults(do=doctor)


def run(args: argparse.Namespace) -> int:
    """Serve on loopback (or the given address), with the worker unless told that it runs elsewhere."""
    if args.role == "worker":
        return worker(args)
    from torget.organisations import actions as organisations
    from torget.organisations.models import Organisation

    if code := ready():
        return code
    organisation = Organisation.objects.first()
    if organisation and organisation.demo and args.host not in ("127.0.0.1", "::1", "localhost"):
        print("Demoorten visas bara på den här datorn (127.0.0.1): dess lösenord är utskrivna.", file=sys.stderr)
        return 2
    if args.no_worker or args.role == "web":
        os.environ["TORGET_WORKER"] = "0"
    if started := organisations.first_start_code():
        print(
            f"\nFörsta starten. Öppna http://{args.host}:{args.port}/forsta-start/ och skriv engångskoden: {started}\n"
        )
    logins = settings.TORGET_HOME / "demo-inloggning.txt"
    if organisation and organisation.demo and logins.exists():
        print(logins.read_text())
    print(f"Torget svarar på http://{args.host}:{args.port}/  (avsluta med Ctrl+C)", flush=True)

    logs.take_over()

    _serve(args.host, args.port)
    return 0


def _serve(host: str, port: int) -> None:
    """Serve until a signal; then answer what comes for TORGET_DRAIN_SECONDS, take no more, and finish what runs."""
    import uvicorn

    class Server(uvicorn.Server):
        """Told to stop it says so to proxies first. It ends the desk's streams: an answer that never ends is not waited for."""

        def handle_exit(self, sig: int, frame: FrameType | None) -> None:
            from torget import asgi
            from torget.core import health

            again = health.draining.is_set()
            asgi.drain()
            if settings.TORGET_DRAIN_SECONDS and not again:
                stop = threading.Timer(settings.TORGET_DRAIN_SECONDS, super().handle_exit, (sig, None))
                stop.daemon = True
                stop.start()
            else:
                super().handle_exit(sig, frame)

    # No access log: a receipt's address is a secret, and nobody's reading is ours to log.
    config = uvicorn.Config(
        "torget.asgi:app", host=host, port=port, access_log=False, log_level="warning", log_config=None,
        timeout_graceful_shutdown=10, forwarded_allow_ips=os.environ.get("TORGET_PROXIES") or "127.0.0.1",
        server_header=False,
    )  # fmt: skip
    Server(config).run()


def worker(args: argparse.Namespace) -> int:
    """Run the worker alone until it is told to stop."""
    from torget.core.worker import loop
    from torget.operations import metrics

    if code := ready():
        return code
    logs.take_over()
    metrics.start()
    stop = threading.Event()

    def end(number: int, frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    if args.beside:
        threading.Thread(target=_end_with_web, args=(stop,), name="torget-beside", daemon=True).start()
    notify.say("READY=1")
    loop(stop)
    return 0


def _end_with_web(stop: threading.Event) -> None:
    """Standard input is a pipe that nobody writes to: it ends when the web process lets go of it, or is no more."""
    # Not by sys.stdin: a thread that waits in it holds its lock, and the interpreter cannot end.
    while os.read(0, 1):
        pass
    stop.set()


def demo(args: argparse.Namespace) -> int:
    """Build Ekevik in an empty database and print how to log in."""
    from torget.conversations.models import Conversation, RawEvent
    from torget.demo import build
    from torget.organisations.models import Organisation, User

    if code := ready():
        return code
    if any(model.objects.exists() for model in (Organisation, User, RawEvent, Conversation)):
        if args.if_empty:
            return 0
        print(
            "Databasen är inte tom. Demoorten byggs bara i en tom databas, så att inget blandas ihop.", file=sys.stderr
        )
        return 2
    if args.if_empty:
        print("Databasen är tom. Demoorten Ekevik byggs, det tar ungefär en minut.", flush=True)
    build.ekevik(messages=args.messages, say=lambda line: print(line, flush=True))
    return 0


def receive(args: argparse.Namespace) -> int:
    """Take in files; print how many items were given and what became of them."""
    from torget.conversations.actions import receive_file
    from torget.organisations import actions as organisations

    if code := ready():
        return code
    organisations.ensure_authority()
    totals: Counter[str] = Counter()
    failed = 0
    for path in args.files:
        try:
            totals.update(receive_file(path, channel=args.channel, handle=args.account))
        except Refused as refused:
            print(f"{path}: {refused}", file=sys.stderr)
            return 2
        except OSError as error:
            failed += 1
            print(f"{path}: {error.strerror or error}", file=sys.stderr)
    names = ("given", "new", "had", "changed", "deleted", "ignored", "quarantined")
    answer = {name: totals[name] for name in names}
    if args.json:
        print(json.dumps(answer))
    else:
        words = ("givna", "nya", "hade vi", "ändrade", "borttagna", "ingen meddelandetext", "i karantän")
        print(", ".join(f"{answer[name]} {word}" for name, word in zip(names, words, strict=True)))
    return 1 if failed else 0


def results(args: argparse.Namespace) -> int:
    """Print what a week was worth."""
    from torget.results.report import latest_week, week_report
    from torget.results.rules.weeks import week_of

    week = args.week or (latest_week() or week_of(clock.now().astimezone(clock.STOCKHOLM).date())).code
    try:
        report = week_report(week)
    except ValueError:
        print(f"{args.week} är ingen vecka. Skriv till exempel 2026-W46.", file=sys.stderr)
        return 2
    if args.json:
        print(json.dumps(report, ensure_ascii=False))
    else:
        _print_report(report)
    return 0


def _print_report(report: dict[str, Any]) -> None:
    """A week in plain words, each figure with its range."""
    print(f"Vecka {report['week']}: {report['people_helped']} personer fick hjälp")
    for key, word in (("officer_weeks", "handläggarveckor"), ("hours", "timmar"), ("kronor", "kronor")):
        if figure := report.get(key):
            print(f"  {figure['value']} {word} ({figure['low']}–{figure['high']})")
    time = report["answer_time"]
    if not time["answers"]:
        print("  Inget första svar gavs den veckan.")
        return
    print(
        f"  {time['answers']} första svar: hälften inom {time['median_hours']} tim, nio av tio inom {time['p90_hours']} tim"
    )
    print(f"  (arbetstid, fel högst {time['error_percent']} %)")


SIGNS = {"good": "✓", "warn": "!", "bad": "✗"}


def doctor(args: argparse.Namespace) -> int:
    """Check what must be right for Torget to run; 1 when something is wrong, with the remedy."""
    from torget.core import doctor as checks

    found = checks.examine(whole=args.whole)
    connection.close()
    if args.json:
        rows = [
            {"check": c.name, "ok": c.ok, "level": c.level, "says": c.says, "remedy": c.remedy}
            for c in found
        ]  # fmt: skip
        print(json.dumps(rows, ensure_ascii=False))
    else:
        for check in found:
            print(
                f"{SIGNS[check.level]} {check.name}: {check.says}" + (f"\n  → {check.remedy}" if check.remedy else "")
            )
    return 0 if all(check.ok for check in found) else 1
