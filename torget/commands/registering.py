"""The register handed out as a file that anyone can check."""

import argparse
import os
import sys
from pathlib import Path

from torget.commands.table import Commands
from torget.core.errors import Refused

WORDS = {
    "nothing_to_export": "Diariet har inga rader som stämmer med det du valde.",
    "not_sequenced": "Journalen numrerar inte just nu. Kör torget doctor och försök igen.",
    "key_missing": "Journalens nyckel saknas. Kör torget doctor.",
}


def add(commands: Commands) -> None:
    """`torget register`."""
    command = commands.add_parser("register", help="lämna ut det öppna diariet som en fil som går att kontrollera")
    command.add_argument("--out", type=Path, required=True, metavar="FIL")
    command.add_argument("--authority", default="", help="myndighetens nummerbokstäver, till exempel KS; annars alla")
    command.add_argument("--from", dest="since", default="", help="första dagen, 2026-01-01")
    command.add_argument("--to", dest="until", default="", help="sista dagen, 2026-12-31")
    command.set_defaults(do=register)


def register(args: argparse.Namespace) -> int:
    """Write the file whole beside its place and then move it there: 0 done, 1 nothing written, 2 wrong use."""
    from torget.organisations.models import Authority
    from torget.register import actions, looking

    since, until = looking.day_of(args.since), looking.day_of(args.until)
    for text, day in ((args.since, since), (args.until, until)):
        if text and day is None:
            return _said(f"{text} är ingen dag. Så här ser en dag ut: 2026-11-16.", 2)
    filters = looking.Filters(authority=args.authority, since=since, until=until)
    known = list(Authority.objects.values_list("prefix", flat=True))
    if args.authority and args.authority not in known:
        return _said(f"Ingen myndighet har nummer som börjar med {args.authority}. Det finns: {', '.join(known)}.", 2)
    part = args.out.with_name(f".{args.out.name}.{os.getpid()}.del")
    try:
        with part.open("xb") as file:
            count = actions.export(filters, file, by="system")
            file.flush()
            os.fsync(file.fileno())
        part.replace(args.out)
    except Refused as refused:
        return _said(WORDS.get(refused.code, f"Det gick inte: {refused}."), 1)
    except OSError as error:
        return _said(f"Filen gick inte att skriva: {error.strerror}.", 1)
    finally:
        part.unlink(missing_ok=True)
    print(f"{count} rader i {args.out}. Kontrollera med: torget verify {args.out}")
    return 0


def _said(text: str, code: int) -> int:
    print(text, file=sys.stderr)
    return code
