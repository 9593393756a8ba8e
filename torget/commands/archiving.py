"""Archive packages from the command line."""

import argparse
import json
import re
import sys
from pathlib import Path

from torget.commands.table import Commands
from torget.commands.upgrading import ready
from torget.core.errors import Refused


def add(commands: Commands) -> None:
    """`torget archive`."""
    command = commands.add_parser("archive", help="gör arkivpaket (E-ARK SIP) av ett ärende eller alla avslutade")
    which = command.add_mutually_exclusive_group(required=True)
    which.add_argument("--case", metavar="DNR", help="ärendets diarienummer, till exempel ”KS 2026/0412”")
    which.add_argument("--all-closed", action="store_true", help="alla avslutade ärenden")
    command.add_argument("--out", required=True, type=Path, metavar="MAPP", help="mappen som paketen läggs i")
    command.add_argument("--csip", choices=["2.1.0", "2.2.0"], default="2.1.0", help="paketets form")
    command.add_argument("--erms", choices=["2.1.2", "3.0.2"], default="2.1.2", help="ärendets beskrivning")
    command.add_argument("--json", action="store_true")
    command.set_defaults(do=archive)


def archive(args: argparse.Namespace) -> int:
    """Make the packages; 1 when one could not be made (the others are), 2 when there is no such case."""
    from torget.archive import actions, rules, words
    from torget.archive.sip.container import clear_unfinished
    from torget.register.models import Case

    if code := ready():
        return code
    cases = Case.objects.select_related("authority").order_by("authority__prefix", "year", "number")
    if args.case is not None:
        found = re.fullmatch(r"\s*(\S{1,8})\s+(\d{4})\s*/\s*0*(\d{1,8})\s*", args.case)
        one = (
            cases.filter(authority__prefix__iexact=found[1], year=int(found[2]), number=int(found[3]))
            if found
            else None
        )
        if not one:
            print(f"Det finns inget ärende {args.case}. Skriv numret som KS 2026/0412.", file=sys.stderr)
            return 2
        cases = one
    else:
        cases = cases.filter(closed_at__isnull=False, merged_into=None)
    csip, version = rules.Csip(args.csip), rules.Erms(args.erms)
    if args.out.is_dir():
        clear_unfinished(args.out, older_than=600)
    told: list[dict[str, object]] = []
    failed = 0
    for key in list(cases.values_list("pk", flat=True)):
        case = cases.get(pk=key)
        try:
            made = actions.pack(case, args.out, csip=csip, version=version)
        except Refused as refused:
            failed += 1
            why = words.says(refused.code, refused.detail)
            told.append({"case": case.dnr, "problem": refused.code, "says": why})
            print(f"{case.dnr}: {why}", file=sys.stderr)
            if refused.code in {"disk_full", "folder_unwritable"}:
                break  # the next one would fare no better
            continue
        told.append({"case": case.dnr, "package": str(made.path), "bytes": made.size, "records": made.records,
                     "files": made.files, "withheld": made.withheld, "mets": made.mets})  # fmt: skip
        if not args.json:
            print(f"{case.dnr}: {made.path} ({made.records} handlingar, {made.files} filer)", flush=True)
    if args.json:
        print(json.dumps(told, ensure_ascii=False))
    elif not told:
        print("Inget ärende är avslutat, så det blev inga paket.")
    return 1 if failed else 0
