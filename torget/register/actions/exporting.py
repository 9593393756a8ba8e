"""The register handed out so that anyone can check it: rows to a file, their digest to the journal, the proof beside them.

The file's form is read by `torget/journal/verifier/registers.py`; docs/rules/register.md says what it holds.
"""

import hashlib
import os
import shutil
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import IO, Any

from django.db import transaction

from torget.core import clock
from torget.core.errors import Refused
from torget.journal import actions as journal
from torget.journal.models import Entry
from torget.journal.rules import Proof, canonical, iso, record_digest
from torget.journal.verifier.registers import REGISTER_FORMAT, ROWS_BEGIN, ROWS_END
from torget.organisations.models import Organisation
from torget.register import reading
from torget.register.looking import Filters
from torget.register.public import Found, state_of

PART = 500
MOST = 50_000_000
WAIT = 20.0
"""Seconds that we wait for the journal to number the entry, numbering ourselves where nobody else does."""


def export(filters: Filters, file: IO[bytes], *, by: str, most: int = MOST) -> int:
    """Write the rows that fit as a "torget-register/1", oldest last, with the journal's proof; how many rows there are.

    Errors: Refused("too_many_rows") beyond `most`, ("nothing_to_export"), ("not_sequenced") where the journal does not
    number the entry in time, and those of the journal's key.
    """
    with tempfile.TemporaryFile() as rows:
        count, summed = 0, hashlib.sha256()
        for row in _rows(filters, most + 1):
            line = canonical(row)
            summed.update(line + b"\n")
            rows.write((b",\n" if count else b"") + line)
            count += 1
        if count > most:
            raise Refused("too_many_rows")
        if not count:
            raise Refused("nothing_to_export")
        head = _head(filters, count, summed.hexdigest())
        proofs = _entered(head, by)
        file.write(canonical(head).removesuffix(b"}") + ROWS_BEGIN)
        rows.seek(0)
        shutil.copyfileobj(rows, file)
        file.write(b"\n" + ROWS_END + canonical(proofs) + b"}\n")
    return count


def _head(filters: Filters, count: int, summed: str) -> dict[str, Any]:
    asked = {
        "q": filters.text, "channel": filters.channel, "state": filters.state, "direction": filters.direction,
        "number": filters.number, "from": filters.since.isoformat() if filters.since else "",
        "to": filters.until.isoformat() if filters.until else "",
    }  # fmt: skip
    return {
        "format": REGISTER_FORMAT,
        "organisation": Organisation.current().name,
        "authority": filters.authority,
        "made_at": iso(clock.now()),
        "filters": {name: value for name, value in asked.items() if value},
        "count": count,
        "rows_sha256": summed,
    }


def _rows(filters: Filters, most: int) -> Iterator[dict[str, Any]]:
    """The public rows with the numbers of their entries in the journal, a part at a time."""
    part: list[Found] = []
    for found in reading.each(filters, most=most, at_once=PART):
        part.append(found)
        if len(part) == PART:
            yield from _with_entries(part)
            part = []
    yield from _with_entries(part)


def _with_entries(part: Iterable[Found]) -> Iterator[dict[str, Any]]:
    found = list(part)
    refs = [f"record:{one.key}" for one in found]
    numbers: dict[str, list[int]] = defaultdict(list)
    entries = Entry.objects.filter(object_ref__in=refs, sequence__isnull=False).order_by("sequence")
    for ref, sequence in entries.values_list("object_ref", "sequence"):
        numbers[ref].append(sequence + 1)
    for ref, one in zip(refs, found, strict=True):
        row = one.row
        yield {
            "date": row.day.isoformat(), "number": row.number or None, "authority": row.authority,
            "channel": row.channel, "direction": "out" if row.from_us else "in", "state": state_of(row),
            "subject": row.subject, "entries": numbers[ref],
        }  # fmt: skip


def _entered(head: dict[str, Any], by: str) -> dict[str, Any]:
    """Enter the head in the journal, wait until it has a number, and prove it."""
    salt = os.urandom(16)
    digest = record_digest(salt, head)
    with transaction.atomic():
        entry = journal.enter(
            "register.exported", actor_ref=by, object_ref=f"register:{head['authority'] or 'all'}", digest=digest
        )
    proof = _proven(entry)
    said = {
        "record": head, "salt": salt.hex(), "digest": digest.hex(), "entry": dict(proof.leaf), "index": proof.index,
        "path": [part.hex() for part in proof.path],
    }  # fmt: skip
    return {
        "format": "torget-proofs/1",
        "organisation": head["organisation"],
        "checkpoint": proof.checkpoint,
        "key": proof.key,
        "proofs": [said],
    }


def _proven(entry: Entry) -> Proof:
    until = time.monotonic() + WAIT
    while True:
        # Where the worker runs it is as a rule there first; both may try.
        if not journal.sequence():
            time.sleep(0.05)
        entry.refresh_from_db()
        if entry.sequence is not None:
            return journal.prove(entry)
        if time.monotonic() > until:
            raise Refused("not_sequenced")
