"""Where files lie: how many in which place, and moving them between the folder and an object store."""

import argparse
import json
import sys

from torget.commands.table import Commands
from torget.commands.upgrading import ready, say
from torget.core.errors import Refused

NO_BUCKET = (
    "Ingen objektlagring är inställd, så alla filer ligger i TORGET_HOME/files. Sätt TORGET_FILES_S3_BUCKET med adress"
    " och nyckel först: docs/operate/scale.md"
)


def add(commands: Commands) -> None:
    """Files between the folder and S3."""
    command = commands.add_parser("files", help="var filerna ligger, och flytt mellan mappen och S3")
    command.add_argument(
        "--to", choices=["s3", "folder"], help="kopiera alla filer dit; det som redan finns där tas inte om"
    )
    command.add_argument("--remove", action="store_true", help="ta bort här det som har lästs tillbaka helt därifrån")
    command.add_argument("--json", action="store_true")
    command.set_defaults(do=files)


def files(args: argparse.Namespace) -> int:
    """Count, or move and count; 1 when a file is missing or damaged, 2 when it could not be done."""
    from torget.files import moving

    if code := ready():
        return code
    try:
        if args.to is None:
            return _count(args)
        moved = moving.move(args.to, remove=args.remove, say=lambda line: None if args.json else say(line))
    except Refused:
        print(NO_BUCKET, file=sys.stderr)
        return 2
    except (OSError, ImportError) as error:
        print(f"Lagringen svarar inte ({error}). Kör kommandot igen: det som är kopierat är kvar.", file=sys.stderr)
        return 2
    if args.json:
        counts = {"copied": moved.copied, "there": moved.there, "removed": moved.removed, "bytes": moved.size}
        print(json.dumps({**counts, "missing": moved.missing, "damaged": moved.damaged}))
        return 0 if moved.ok else 1
    print(
        f"{moved.copied} filer kopierade ({moved.size / 1_000_000:.1f} MB), {moved.there} fanns redan,"
        f" {moved.removed} borttagna här"
    )
    for word, names in (("saknas", moved.missing), ("skadad", moved.damaged)):
        for name in names:
            print(f"✗ {name} {word}", file=sys.stderr)
    return 0 if moved.ok else 1


def _count(args: argparse.Namespace) -> int:
    from torget.files import moving

    found = moving.count()
    if args.json:
        print(json.dumps(found))
    else:
        print(
            f"{found['files']} filer: {found['s3']} i S3, {found['folder']} i mappen, {found['missing']} saknas i båda"
        )
    return 1 if found["missing"] else 0
