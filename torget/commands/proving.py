"""Proving: the journal's key, witnesses, and counting the whole journal."""

import argparse
import json
import sys
import time
from collections.abc import Callable
from datetime import datetime
from functools import wraps

from torget.commands.table import Commands
from torget.core import clock
from torget.core.errors import Refused

WORDS = {
    "no_journal": "Journalen har inget sigill ännu. Det finns ingen nyckel att ändra.",
    "key_missing": "Nyckeln är borta. Har du ingen kopia av den: torget key lost",
    "key_present": "Nyckeln finns och fungerar. Vill du byta den: torget key rotate",
    "key_open": "Andra kan läsa nyckelfilen. Kör chmod 600 på den, och byt sedan nyckel.",
    "key_broken": "Nyckeln går inte att läsa. Kopiera hela raden, eller för journalens egen: torget key lost",
    "key_changed": "Nyckelfilen är inte den som gäller. Lägg tillbaka den rätta, eller: torget key lost",
    "key_revoked": "Den nyckeln är redan återkallad.",
    "no_such_key": "Ingen nyckel har det fingeravtrycket. Se torget key show.",
    "since_ahead": "Tiden har inte varit än.",
    "not_web": "Skriv en adress som börjar med https:// eller en mapp som finns.",
    "has_password": "Adressen får inte innehålla lösenord.",  # nosec B105  # a name or a sentence, no password
    "inside": "Adressen ligger i det egna nätet. TORGET_ALLOW_PRIVATE=1 tillåter det.",
    "no_such_host": "Adressen finns inte.",
    "no_folder": "Mappen finns inte.",
    "already": "Den finns redan.",
    "no_such": "Det vittnet finns inte. Se torget witness.",
}
Command = Callable[[argparse.Namespace], int]


def add(commands: Commands) -> None:
    """Commands about proof."""
    command = commands.add_parser("key", help="visa, byt eller återkalla journalens nyckel, eller börja om med en ny")
    deeds = command.add_subparsers(dest="deed", required=True, metavar="VAD")
    deeds.add_parser("show", help="nycklarna, vilka som gäller och hur de kom").set_defaults(do=key_show)
    deeds.add_parser("rotate", help="byt nyckel; den gamla undertecknar den nya").set_defaults(do=key_rotate)
    lost = deeds.add_parser("lost", help="nyckeln är borta: börja med en ny, och säg det öppet")
    lost.set_defaults(do=key_lost)
    revoke = deeds.add_parser("revoke", help="en nyckel har kommit i orätta händer: säg att den inte gäller")
    revoke.add_argument("--fingerprint", default="", help="vilken; annars den som gäller nu, som då byts")
    revoke.add_argument("--since", default="", help="från när, till exempel 2026-11-16T12:00; annars nu")
    revoke.set_defaults(do=key_revoke)
    command = commands.add_parser("witness", help="vittnen: bevaka andras journaler, låt andra bevaka er")
    which = command.add_mutually_exclusive_group()
    which.add_argument("--of", metavar="PLATS", help="bevaka journalen på en adress eller i en mapp")
    which.add_argument("--by", metavar="PLATS", help="ett annat Torget, eller en mapp, bevakar er journal")
    which.add_argument("--forget", metavar="PLATS", help="sluta")
    which.add_argument("--trust", metavar="PLATS", help="lita på en ny nyckel (--key)")
    command.add_argument(
        "--key", default="", help="nyckeln, om du har den från annat håll; annars gäller den första vi ser"
    )
    command.set_defaults(do=witness)


def _saying_no(command: Command) -> Command:
    @wraps(command)
    def inner(args: argparse.Namespace) -> int:
        try:
            return command(args)
        except Refused as refused:
            print(WORDS.get(refused.code, str(refused)), file=sys.stderr)
            return 2

    return inner


def key_show(args: argparse.Namespace) -> int:
    """Print every key: fingerprint, how it came, how far it counts."""
    from torget.journal import actions

    history = actions.key_history()
    if history is None:
        print(WORDS["no_journal"])
        return 0
    came = {"first": "den första", "rotated": "bytt, undertecknad av den före", "lost": "ny, den före gick förlorad"}
    for period in history.periods:
        until = "gäller" if period.size is None else f"till och med post {period.size}"
        revoked = f", återkallad från {period.revoked}" if period.revoked else ""
        print(f"{period.key.fingerprint()}  {came[period.came]}; {until}{revoked}\n  {period.key.text()}")
    return 0


@_saying_no
def key_rotate(args: argparse.Namespace) -> int:
    """Change the key."""
    from torget.journal import actions

    actions.rotate()
    return _say_new()


@_saying_no
def key_lost(args: argparse.Namespace) -> int:
    """Begin with a new key after the old one is gone."""
    from torget.journal import actions

    actions.lose()
    return _say_new()


@_saying_no
def key_revoke(args: argparse.Namespace) -> int:
    """Say that a key does not count."""
    from torget.journal import actions

    try:
        since = datetime.fromisoformat(args.since) if args.since else None
    except ValueError:
        print("Tiden går inte att tolka. Skriv till exempel 2026-11-16T12:00.", file=sys.stderr)
        return 2
    if since and since.tzinfo is None:
        since = since.replace(tzinfo=clock.STOCKHOLM)
    actions.revoke(args.fingerprint.strip().lower(), since=since)
    return _say_new()


def _say_new() -> int:
    from torget.journal import actions

    history = actions.key_history()
    if history:
        print(f"Nyckeln som gäller nu: {history.current().fingerprint()}")
    print("Historiken står på /journal/nycklar. Skriv om det där era invånare läser, och säg det till era vittnen.")
    return 0


@_saying_no
def witness(args: argparse.Namespace) -> int:
    """Add or take away a witness, or look at all of them now; 1 when something does not fit."""
    from torget.journal.models import Witness
    from torget.journal.words import PROBLEMS
    from torget.operations import witnessing

    if args.of or args.by:
        witnessing.add(Witness.OF if args.of else Witness.BY, args.of or args.by, key=args.key)
    elif args.forget:
        if not witnessing.forget(args.forget):
            raise Refused("no_such")
    elif args.trust:
        witnessing.trust(args.trust, args.key)
    else:
        witnessing.look_at_all(at_once=True)
    rows = list(Witness.objects.order_by("role", "place"))
    for row in rows:
        role = "vi bevakar" if row.role == Witness.OF else "bevakar oss"
        says = str(PROBLEMS.get(row.problem, row.problem)) if row.problem else f"stämmer, {row.size} poster"
        print(f"{'✗' if row.problem else '✓'} {role}: {row.place}: {says}")
    if not rows:
        print("Inga vittnen. Lägg till: torget witness --by https://en-annan.kommun.example/")
    return 1 if any(row.problem for row in rows) else 0


def whole_journal(*, as_json: bool) -> int:
    """Count the whole journal anew and compare it with its signed heads: 0 it holds, 1 it does not, and what is named."""
    from torget.journal import actions
    from torget.journal.rules import Wrong

    began = time.monotonic()
    try:
        size, problem = actions.audit(), ""
    except (Refused, Wrong) as wrong:
        size, problem = 0, str(wrong)
    seconds = round(time.monotonic() - began, 1)
    if as_json:
        print(json.dumps({"holds": not problem, "entries": size, "problem": problem, "seconds": seconds}))
    elif problem:
        print(f"Journalen stämmer inte: {problem}")
    else:
        print(f"Journalen stämmer: {size} poster, hela trädet och varje sigill ({seconds} s).")
    return 1 if problem else 0
