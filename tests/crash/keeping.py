"""What the tests of backup, restore and move do inside an installation: `python -m tests.crash.keeping COMMAND`.

town: an organisation with messages, files, a session, and answers on their way out. erase: the first record. look: what
there is, as JSON. count: rows and root alone.
"""

import json
import os
import sys
from datetime import timedelta
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "torget.settings")
django.setup()

from django.contrib.sessions.backends.db import SessionStore  # noqa: E402  (needs Django set up)

from tests.support import making  # noqa: E402
from torget.conversations.models import Message, Outbox  # noqa: E402
from torget.core import clock  # noqa: E402
from torget.files import actions as files  # noqa: E402
from torget.files.models import Blob  # noqa: E402
from torget.journal import actions as journal  # noqa: E402
from torget.operations import backup_tables  # noqa: E402
from torget.organisations.models import Authority, Organisation, User  # noqa: E402
from torget.organisations.rules import Role  # noqa: E402
from torget.register import actions as register  # noqa: E402
from torget.register.models import Attachment, Erasure, Record  # noqa: E402

SECRET = "Kräftskiva vid Ankdammen"


def make() -> None:
    """A town with something of everything that a restore must treat with care."""
    town = making.town()
    by = town.user(Role.COMMUNICATOR)
    town.user(Role.REGISTRAR)
    _, first = town.written(f"{SECRET}?", email="anka@exempel.se")
    Attachment.objects.create(
        record=making.first(first).record, blob=files.keep(SECRET.encode() * 100), filename="anka.txt"
    )
    for number in range(6):
        _, conversation = town.written(f"Fråga {number}\tmed\nrader och \\N", email=f"f{number}@exempel.se")
        town.answered(conversation, by)
    for size in (0, 100, 100_000):
        files.keep(os.urandom(size))
    rows = list(Outbox.objects.order_by("pk"))
    soon, later = clock.now() - timedelta(minutes=1), clock.now() + timedelta(days=1)
    Outbox.objects.filter(pk=rows[0].pk).update(state="sending", lease_owner="x", lease_until=soon)
    Outbox.objects.filter(pk=rows[1].pk).update(state="approved", not_before=None)
    Outbox.objects.filter(pk=rows[2].pk).update(state="approved", not_before=later)
    Outbox.objects.filter(pk__in=[row.pk for row in rows[3:]]).update(state="sent")
    session = SessionStore()
    session["who"] = 1
    session.create()
    journal.sequence()


def count() -> dict[str, Any]:
    """How many rows each table has, and the journal's root: for a town of any kind."""
    with backup_tables.snapshot() as snapshot:
        counts = {table.name: snapshot.count(table) for table in backup_tables.tables(sessions=True)}
    newest = journal.latest_checkpoint()
    return {"counts": counts, "root": bytes(newest.root).hex() if newest else ""}


def look() -> dict[str, Any]:
    """What there is."""
    with backup_tables.snapshot() as snapshot:
        counts = {table.name: snapshot.count(table) for table in backup_tables.tables(sessions=True)}
    newest = journal.latest_checkpoint()
    held = making.everything()
    return {
        "counts": counts,
        "root": bytes(newest.root).hex() if newest else "",
        "outbox": list(Outbox.objects.order_by("pk").values_list("state", flat=True)),
        "secret": SECRET in held or SECRET.encode().hex() in held,
        "files": sum(files.path_of(sha).exists() for sha in Blob.objects.values_list("pk", flat=True)),
        "secret_file": any(SECRET.encode() in path.read_bytes() for path in files.root().glob("??/??/*")),
        "erased": Erasure.objects.count(),
        "text": Message.objects.order_by("pk")[1].record.latest.text,
    }


def main() -> None:
    """Run the command; what it found goes to standard output as JSON."""
    command = sys.argv[1]
    said: object = None
    if command == "town":
        make()
    elif command == "erase":
        by = User.objects.get(role=Role.REGISTRAR.value)
        register.erase(Record.objects.order_by("pk")[0], mandate="Beslut 7", reason="Prov", by=by)
    elif command == "write":
        # A new row in each kind of table with running numbers: the sequences go on where they were.
        making.Town(Organisation.objects.get(), Authority.objects.order_by("pk")[0]).written("Efter återställningen")
        said = Record.objects.order_by("-pk").values_list("pk", flat=True)[0]
    else:
        said = count() if command == "count" else look()
    print(json.dumps(said))


if __name__ == "__main__":
    main()
