"""The command `torget`."""

import argparse
import json
import os
import sys
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "torget.settings")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="torget", description="Torget: samtal mellan en offentlig organisation och de den är till för."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="KOMMANDO")
    run = commands.add_parser("run", help="starta Torget på 127.0.0.1 (migrerar databasen först)")
    run.add_argument("--port", type=int, default=8000)
    run.add_argument("--host", default="127.0.0.1", help="adress att lyssna på; bakom en proxy behövs bara 127.0.0.1")
    run.add_argument("--no-worker", action="store_true", help="arbetaren körs i en egen process: torget worker")
    commands.add_parser("worker", help="kör bara arbetaren: läser in, skickar, numrerar journalen, räknar")
    demo = commands.add_parser("demo", help="bygg demoorten Ekevik i en tom databas")
    many = "så många meddelanden: färre än månadens egna kortar den, fler blir ortens förflutna"
    demo.add_argument("--messages", type=int, default=None, help=many)
    demo.add_argument("--if-empty", action="store_true", help="gör ingenting om databasen inte är tom")
    receive = commands.add_parser("receive", help="läs in filer som en kanal har gett")
    receive.add_argument("files", nargs="+", type=Path, metavar="FIL")
    receive.add_argument("--channel", required=True)
    receive.add_argument("--account", default="", help="vårt eget namn i kanalen: säger vilka inlägg som är våra")
    receive.add_argument("--json", action="store_true")
    results = commands.add_parser("results", help="skriv ut en veckas resultat")
    results.add_argument("--week", default="")
    results.add_argument("--json", action="store_true")
    verify = commands.add_parser("verify", help="kontrollera ett kvitto utan nät")
    verify.add_argument("file", type=Path)
    verify.add_argument("--key", default="")
    verify.add_argument("--json", action="store_true")
    doctor = commands.add_parser("doctor", help="kontrollera databas, mappar, e-post, klocka och nycklar")
    doctor.add_argument("--json", action="store_true")
    manage = commands.add_parser("manage", help="Djangos egna kommandon, för utvecklare")
    manage.add_argument("rest", nargs=argparse.REMAINDER)
    return parser


def main(argv: list[str] | None = None) -> int:
    """Run one command; 0 when it went well."""
    args = _parser().parse_args(argv)
    if args.command == "verify":
        # Off line and without the installation: the verifier needs neither Django nor a database.
        from torget.journal import verifier

        rest = [str(args.file), *(["--key", args.key] if args.key else []), *(["--json"] if args.json else [])]
        return verifier.main(rest)
    import django

    django.setup()
    if args.command == "manage":
        from django.core.management import execute_from_command_line

        execute_from_command_line(["torget manage", *args.rest])
        return 0
    from torget import commands

    run = {
        "run": commands.run,
        "worker": commands.worker,
        "demo": commands.demo,
        "receive": commands.receive,
        "results": commands.results,
        "doctor": commands.doctor,
    }[args.command]
    try:
        return run(args)
    except KeyboardInterrupt:
        return 130


def print_json(value: object) -> None:
    """One JSON object on standard output."""
    print(json.dumps(value, ensure_ascii=False))


if __name__ == "__main__":
    sys.exit(main())
