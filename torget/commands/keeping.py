"""Backup, restore, moving to another database: what an operator does to keep what is here."""

import argparse
import json
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection

from torget.commands.table import Commands
from torget.core.errors import Refused

WORDS = {
    "bad_address": "{} är ingen databasadress. Så här kan den se ut: postgres://torget@127.0.0.1/torget",
    "backup_busy": "En annan säkerhetskopiering skriver redan till {}. Vänta tills den är klar.",
    "backup_key_broken": "Nyckeln som börjar {} är ingen age-nyckel. Den ska börja med age1.",
    "backup_key_missing": "Det finns ingen nyckel att kryptera till. Kör torget backup --make-key FIL, och lägg FIL på "
    "ett annat ställe än den här datorn. Den publika delen hamnar i {}.",
    "backup_newer": "Kopian är gjord av en nyare Torget ({}: kopians och den här). Uppgradera Torget först.",
    "backup_wrong": "{}",
    "bad_row": "En rad går inte att föra över: {}. Inget är ändrat.",
    "being_restored": "En återställning eller flytt pågår. Torget startar när den är klar: försök igen.",
    "counts_differ": "Antalet rader stämmer inte: {}. Inget är ändrat.",
    "database_moved": "Databasen är flyttad till {}. Sätt DATABASE_URL till den. Den gamla rörs inte mer.",
    "disk_full": "Disken blev full. Det som var påbörjat är borttaget. Frigör utrymme eller välj en annan disk.",
    "file_exists": "{} finns redan. En säkerhetskopia skrivs aldrig över. Välj ett annat namn.",
    "file_unreadable": "Kopian går inte att läsa: {}",
    "files_differ": "Filerna stämmer inte med kopians förteckning: {}. Databasen är som den var.",
    "folder_missing": "{} går inte att skriva säkerhetskopior i. Välj en mapp som finns, utanför TORGET_HOME/files.",
    "identity_broken": "{} innehåller ingen privat age-nyckel (en rad som börjar med AGE-SECRET-KEY-).",
    "identity_missing": "Nyckelfilen {} finns inte.",
    "in_use": "Torget är igång. Stoppa torget run och torget worker först, och kör samma kommando igen.",
    "key_exists": "{} finns redan. En nyckel skrivs aldrig över.",
    "key_inside": "{} ligger i TORGET_HOME. Den privata nyckeln ska ligga någon annanstans, helst på en annan dator.",
    "key_unwritable": "{} går inte att skriva. Välj en mapp som finns och som du får skriva i.",
    "ledger_broken": "Gallringslistan är ändrad eller trasig vid rad {}. Hämta den från mappen med säkerhetskopior.",
    "ledger_forked": "Gallringslistan här och {} säger olika saker. Jämför dem innan något återställs.",
    "no_database": "Databasen svarar inte ({}). Kontrollera adressen och att den är igång.",
    "no_room": "Det får inte plats: {}. Frigör utrymme eller välj en annan disk.",
    "not_empty": "Där finns redan uppgifter. Inget är ändrat. Med --replace säkerhetskopieras de först och ersätts sedan.",
    "not_migrated": "Databasen hör till en äldre Torget. Starta torget run en gång, och kör samma kommando igen.",
    "other_identity": "Nyckeln öppnar inte kopian. Den är krypterad till en annan.",
    "root_differs": "Journalens rot stämmer inte: {}. Inget är ändrat.",
    "same_database": "Det är samma databas. Ange den nya.",
    "segment_broken": "Kopian går inte att läsa inuti: {}. Databasen är som den var.",
    "target_newer": "Databasen hör till en nyare Torget ({}). Uppgradera den här först; en äldre kan inte ta över den.",
    "unknown_field": "Kolumnen {} kan inte säkerhetskopieras. Det är ett fel i Torget: anmäl det.",
}
"""What is said for each way in which it cannot be done."""


def add(commands: Commands) -> None:
    """The commands that keep."""
    command = commands.add_parser(
        "backup", help="säkerhetskopiera databas och filer till en krypterad fil, medan allt är igång"
    )
    command.add_argument("file", type=Path, nargs="?", metavar="FIL")
    command.add_argument(
        "--make-key", type=Path, metavar="NYCKELFIL", help="gör nyckelparet; lägg NYCKELFIL på annat ställe"
    )
    command.add_argument("--json", action="store_true")
    command.set_defaults(do=backup)
    command = commands.add_parser("restore", help="återställ en säkerhetskopia")
    command.add_argument("file", type=Path, metavar="FIL")
    command.add_argument("--identity", type=Path, required=True, metavar="NYCKELFIL", help="den privata nyckeln")
    command.add_argument(
        "--to", default="", metavar="MAPP|DATABASE_URL", help="en annan datamapp, eller en annan databas"
    )
    command.add_argument("--replace", action="store_true", help="ersätt det som finns; det säkerhetskopieras först")
    command.add_argument(
        "--key", default="", help="journalens nyckel eller fingeravtryck, som kopian ska vara undertecknad med"
    )
    command.add_argument("--json", action="store_true")
    command.set_defaults(do=restore)
    command = commands.add_parser("move", help="flytta till en annan databas, med alla rader och samma journal")
    command.add_argument("--to", required=True, metavar="DATABASE_URL")
    command.add_argument("--json", action="store_true")
    command.set_defaults(do=move)


def say_no(refused: Refused) -> int:
    """Say on standard error why it could not be done, in plain words; the exit code."""
    print(WORDS.get(refused.code, refused.code + ": {}").format(refused.detail), file=sys.stderr)
    return 2


def _say(args: argparse.Namespace) -> Any:
    return (lambda line: None) if args.json else (lambda line: print(line, flush=True))


def backup(args: argparse.Namespace) -> int:
    """Make a key, or a backup; 1 when files were damaged or missing, which the backup then says."""
    from torget.operations import backup_keys, backup_making

    try:
        if args.make_key:
            public = backup_keys.make(args.make_key)
            print(f"Privat nyckel: {args.make_key}. Lägg den på ett annat ställe än den här datorn, och en kopia till.")
            print(f"Publik nyckel: {public}\nFinns i {backup_keys.public_path()}")
            if public not in backup_keys.chosen():
                print("Där låg redan en annan nyckel, som gäller tills du byter den.")
            if args.file is None:
                return 0
        if args.file is None:
            print("Ange vilken fil säkerhetskopian ska bli.", file=sys.stderr)
            return 2
        # It gives way to who waits for a page.
        os.nice(5)
        report = backup_making.make(args.file, say=_say(args))
    except Refused as refused:
        return say_no(refused)
    wrong = len(report.damaged) + len(report.missing)
    if args.json:
        print(json.dumps(asdict(report) | {"path": str(report.path)}, ensure_ascii=False))
        return 1 if wrong else 0
    print(
        f"Klar: {report.path}, {report.size / 1e6:.0f} MB. {report.rows} rader, {report.files} filer, "
        f"journalen till post {report.entries}. Läget är från {report.at}."
    )
    if not report.signed:
        print("Kopian är inte undertecknad: journalens nyckel gick inte att använda. Kör torget doctor.")
    for sha in report.damaged:
        print(f"Skadad fil: {sha}. Den är med som den är.", file=sys.stderr)
    for sha in report.missing:
        print(f"Saknad fil: {sha}.", file=sys.stderr)
    print("Kontrollera kopian: torget verify FIL. En kopia som inte har återställts är ingen kopia: prova den ibland.")
    return 1 if wrong else 0


def restore(args: argparse.Namespace) -> int:
    """Restore, here or where --to says."""
    if args.to:
        return _elsewhere(args)
    from torget.journal.verifier import read_trust
    from torget.journal.verifier.words import Wrong, verdict
    from torget.operations import restore_work

    try:
        trust = read_trust(args.key) if args.key else None
        report = restore_work.restore(args.file, args.identity, replace=args.replace, trust=trust, say=_say(args))
    except Refused as refused:
        return say_no(refused)
    except Wrong as wrong:
        print(verdict(wrong.code, wrong.detail)["sv"], file=sys.stderr)
        return 2
    if args.json:
        print(json.dumps(asdict(report), default=str, ensure_ascii=False))
        return 0
    print(
        f"Återställt till läget {report.made_at} (Torget {report.version}).\n"
        f"  {report.rows} rader i {report.tables} tabeller: samma antal som i kopian.\n"
        f"  {report.files} filer: samma innehåll som i kopian ({report.written} skrivna, resten låg redan här).\n"
        f"  Journalen: {report.entries} poster, roten omräknad och densamma: {report.root or '–'}"
    )
    _print_rest(report)
    return 0


def _print_rest(report: Any) -> None:
    from torget.register import ledger

    if report.damaged or report.missing:
        print(f"  {report.damaged} filer var skadade och {report.missing} saknades redan när kopian gjordes.")
    if report.migrated:
        print(f"  Databasen är förd till den här versionen ({report.migrated} ändringar).")
    if report.erased:
        print(f"  {report.erased} handlingar som gallrats sedan dess är gallrade igen.")
    if not report.ledger:
        print(
            "  Ingen gallringslista finns här. Det som har gallrats sedan kopian gjordes är tillbaka. Finns ledger.jsonl i\n"
            f"  mappen med säkerhetskopior: lägg den i {settings.TORGET_HOME}/gallring innan du startar Torget."
        )
    if others := ledger.set_aside():
        print(
            "  Här ligger gallringslistor som den här inte fortsätter på, från en annan dator eller från före en förlust:\n"
            f"  {', '.join(map(str, others))}. Det som bara står i dem är inte gallrat igen.\n"
            f"  Ska det gälla: lägg listan som ledger.jsonl i {settings.TORGET_HOME}/gallring och återställ en gång till."
        )
    for name, count in report.settled.items():
        if count:
            print(
                f"  {count} på väg ut ({name}) är nu ovissa: de kan ha gått ut sedan kopian gjordes. Inget skickas igen."
            )
    if report.before:
        print(f"  Det som fanns här ligger i {report.before}")
    if not report.signer:
        print("  Ingen har undertecknat kopian.")
    elif not report.known_signer:
        print(
            f"  Undertecknad {report.signed_at} med en nyckel som inte finns här: {report.signer}. Jämför fingeravtrycket."
        )
    print(
        "Alla loggar in på nytt. Nycklarna i keys/ följer inte med en kopia: journalens och kanalernas måste finnas där."
    )
    print("Har journalen fått poster efter kopian, larmar de som bevittnar den. Skriv till dem att ni har återställt.")


def _elsewhere(args: argparse.Namespace) -> int:
    """The same command as a process of the other place: its settings are read when a process starts."""
    rest = [str(args.file.absolute()), "--identity", str(args.identity.absolute())]
    rest += [name for name, given in (("--replace", args.replace), ("--json", args.json)) if given]
    rest += ["--key", args.key] if args.key else []
    environment = dict(os.environ)
    if "://" in args.to:
        environment |= {"DATABASE_URL": args.to, "TORGET_HOME": str(settings.TORGET_HOME)}
    else:
        environment.pop("DATABASE_URL", None)
        environment["TORGET_HOME"] = str(Path(args.to).absolute())
    connection.close()
    sys.stdout.flush()
    os.execve(sys.executable, [sys.executable, "-m", "torget", "restore", *rest], environment)  # nosec B606  # noqa: S606  ourselves


def move(args: argparse.Namespace) -> int:
    """Move to another database."""
    from torget.operations import moving

    parts = urlsplit(args.to)
    said = f"{parts.scheme}://{parts.hostname or ''}{parts.path}"
    try:
        report = moving.move(args.to, said=said, say=_say(args))
    except Refused as refused:
        if refused.code == "bad_address":
            refused.detail = said
        if refused.code == "not_empty":
            print("Den nya databasen är inte tom. Flytta till en tom. Inget är ändrat.", file=sys.stderr)
            return 2
        return say_no(refused)
    if args.json:
        print(json.dumps(asdict(report), ensure_ascii=False))
        return 0
    print(
        f"Flyttat: {report.rows} rader i {report.tables} tabeller, samma antal på båda ställena.\n"
        f"Journalen: {report.entries} poster, samma rot: {report.root or '–'}\n"
        f"Sätt nu DATABASE_URL till {said} (med användare och lösenord) för torget run och torget worker.\n"
        f"Filer och nycklar ligger kvar i {settings.TORGET_HOME}. Den gamla databasen är orörd: den går inte att starta på\n"
        f"av misstag. Ta bort den när ni har sett att allt fungerar och gjort en säkerhetskopia av den nya."
    )
    return 0
