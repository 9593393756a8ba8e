"""A new version of Torget: `torget upgrade`, and what every start does about it."""

import argparse
import sys
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, InterfaceError

from torget.commands import keeping
from torget.commands.table import Commands
from torget.core.errors import Refused

WORDS = {
    "newer_database": "Databasen är gjord av en nyare version av Torget än den här ({detail}). Den äldre kan inte läsa den, och"
    " ingenting är ändrat. Installera den nyare versionen igen, eller läs tillbaka en säkerhetskopia från tiden före den.",
    "running": "Torget är igång. Stoppa det först, så att inget som kommer in under tiden blir borta:"
    " systemctl stop torget (och torget-worker, om bakgrundsjobben är en egen tjänst)",
    "rolled_back": "Uppgraderingen misslyckades förra gången ({detail}) och databasen togs tillbaka. Installera den förra"
    " versionen, eller rätta felet och kör: torget upgrade",
    "no_room": "Det finns inte plats för en kopia av databasen: {detail}. Ingenting är ändrat.",
    "copy_failed": "Kopian av databasen gick inte att göra ({detail}), så ingenting är ändrat.",
    "no_program": "Programmet {detail} saknas, och utan det blir det ingen kopia. Ingenting är ändrat."
    " Som root: apt-get install -y postgresql-client",
    "change_failed": "Uppgraderingen misslyckades: {detail}. Databasen är som förut. Starta den förra versionen igen och"
    " skicka loggen till den som kan rätta felet.",
    "roll_back_failed": "Databasen gick inte att ta tillbaka: {detail}. Starta ingenting. Kör torget upgrade --roll-back igen,"
    " eller läs tillbaka kopian för hand: docs/operate/upgrade.md",
    "copy_broken": "Kopian har ändrats sedan den gjordes: {detail}. Den används inte. Läs tillbaka en säkerhetskopia i stället.",
    "nothing_to_roll_back": "Det finns ingen uppgradering att ta tillbaka.",
    "came_since": "Torget kan ha varit igång sedan kopian gjordes ({detail}). Det som har kommit in sedan dess finns"
    " inte i den. Vill du ändå"
    " tillbaka, så blir det borta: torget upgrade --roll-back --lose-newer",
}
NO_DATABASE = "Databasen svarar inte ({kind}). Kontrollera DATABASE_URL och att den är igång: torget doctor"
TRY_AGAIN = 75
"""sysexits.h EX_TEMPFAIL: another process is in the way; whoever starts us may try again."""


def add(commands: Commands) -> None:
    """The upgrade."""
    command = commands.add_parser(
        "upgrade", help="ny version: kopia, ändringar, kontroll, och tillbaka om något går fel"
    )
    command.add_argument("--check", action="store_true", help="säg bara vad som skulle göras")
    command.add_argument("--roll-back", action="store_true", help="ta tillbaka kopian från före uppgraderingen")
    command.add_argument(
        "--lose-newer", action="store_true", help="med --roll-back: också det som kommit in sedan dess"
    )
    command.set_defaults(do=upgrade)


def say(line: str) -> None:
    """One line to the operator, at once."""
    print(line, flush=True)


def refused(refusal: Refused) -> int:
    """Say why not, and what to do; the code to end with."""
    if refusal.code in keeping.WORDS and refusal.code not in WORDS:
        return keeping.say_no(refusal)
    words = WORDS.get(refusal.code, refusal.code).format(detail=refusal.detail or "okänt")
    print(words, file=sys.stderr, flush=True)
    return TRY_AGAIN if refusal.code == "running" else 2


def ready() -> int:
    """What every command does that uses the database: settings that can be read, and a database of this version; 0 or a code."""
    from torget.core.doctor import environment
    from torget.operations import upgrading
    from torget.register import actions as register

    if faults := environment.faults():
        for fault in faults:
            print(f"{fault.name}: {fault.says}. {fault.remedy}", file=sys.stderr)
        return 2
    try:
        upgrading.ready(say)
        # Before anything is served: what the ledger says was erased is so, also after a restore by other means than ours.
        if count := register.replay():
            say(f"{count} handlingar som gallrats är gallrade igen.")
    except Refused as refusal:
        return refused(refusal)
    except (DatabaseError, InterfaceError) as error:
        print(NO_DATABASE.format(kind=type(error).__name__), file=sys.stderr)
        return TRY_AGAIN
    return 0


def upgrade(args: argparse.Namespace) -> int:
    """Bring the database to this version, or back."""
    from torget.operations import upgrading

    Path(settings.TORGET_HOME).mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        if args.roll_back:
            upgrading.roll_back(say, lose_newer=args.lose_newer)
        elif args.check:
            return _check()
        elif not upgrading.upgrade(say):
            say("Databasen är redan av den här versionen.")
    except Refused as refusal:
        return refused(refusal)
    except (DatabaseError, InterfaceError) as error:
        print(NO_DATABASE.format(kind=type(error).__name__), file=sys.stderr)
        return TRY_AGAIN
    return 0


def _check() -> int:
    """What would be done, without doing it."""
    from torget.operations import upgrading
    from torget.operations.changes import pending, unknown

    if newer := unknown():
        return refused(Refused("newer_database", ", ".join(newer[:3])))
    now, changes = upgrading.state(), pending()
    if now and now.stage in (upgrading.MIGRATING, upgrading.ROLLING_BACK):
        say(
            f"En uppgradering avbröts. torget upgrade gör den färdig, torget upgrade --roll-back tar tillbaka {now.copy}"
        )
    say(f"{len(changes)} ändringar: {', '.join(changes)}" if changes else "Databasen är redan av den här versionen.")
    return 0
