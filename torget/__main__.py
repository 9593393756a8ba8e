"""The command `torget`."""

import argparse
import os
import sys
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "torget.settings")


def _parser(*, offline: bool) -> argparse.ArgumentParser:
    """All commands; off line only those that need neither Django nor a database, so that a broken installation verifies."""
    parser = argparse.ArgumentParser(
        prog="torget", description="Torget: samtal mellan en offentlig organisation och de den är till för."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="KOMMANDO")
    verify = commands.add_parser(
        "verify", help="kontrollera utan nät något som Torget har gett ut, eller hela journalen här"
    )
    verify.add_argument("file", type=Path, nargs="?", help="kvitto, arkivpaket, register, säkerhetskopia, sigill")
    verify.add_argument("--key", default="", help="nyckeln, en fil med den, eller fingeravtrycket")
    verify.add_argument("--keys", default="", help="journalens nycklar genom tiden, en fil")
    verify.add_argument("--journal", action="store_true", help="räkna om hela journalen i databasen")
    verify.add_argument("--json", action="store_true")
    verify.set_defaults(do=_verify)
    manage = commands.add_parser("manage", help="Djangos egna kommandon, för utvecklare")
    manage.add_argument("rest", nargs=argparse.REMAINDER)
    manage.set_defaults(do=_manage)
    if not offline:
        from torget.commands.table import add_all

        add_all(commands)
    return parser


def _verify(args: argparse.Namespace) -> int:
    if args.journal:
        from torget.commands.proving import whole_journal

        return whole_journal(as_json=args.json)
    from torget.journal import verifier

    if args.file is None:
        print("Ange en fil, eller --journal.", file=sys.stderr)
        return 2
    named = [(name, value) for name, value in (("--key", args.key), ("--keys", args.keys)) if value]
    rest = [str(args.file), *(part for pair in named for part in pair), *(["--json"] if args.json else [])]
    return verifier.main(rest)


def _manage(args: argparse.Namespace) -> int:
    from django.core.management import execute_from_command_line

    execute_from_command_line(["torget manage", *args.rest])
    return 0


def main(argv: list[str] | None = None) -> int:
    """Run one command; 0 when it went well."""
    given = sys.argv[1:] if argv is None else argv
    offline = given[:1] == ["verify"] and "--journal" not in given
    if not offline:
        import django

        django.setup()
    args = _parser(offline=offline).parse_args(given)
    try:
        return int(args.do(args))
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
