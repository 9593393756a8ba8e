"""Changing the journal's key in the open: a statement that the keys sign, an entry about it, and the key itself."""

import json
from datetime import datetime
from functools import lru_cache
from hashlib import sha256

from django.db import transaction

from torget.core import clock
from torget.core.errors import Refused
from torget.journal import rules
from torget.journal.actions import keys
from torget.journal.actions.entering import enter
from torget.journal.actions.keys import SigningKey
from torget.journal.actions.proving import latest_checkpoint
from torget.journal.actions.sequencing import hold_still
from torget.journal.models import Checkpoint, KeyChange
from torget.journal.rules import Change, KeyHistory, VerifierKey


def rotate(*, by: str = "system") -> KeyChange:
    """Make a new key, signed in by the old one; entries go on with the new one.

    Refused as `signing_key`, and no_journal before anything is signed.
    """
    with transaction.atomic():
        hold_still()
        in_force = _in_force()
        old = keys.signing_key(create=False)
        if old.public != in_force:
            raise Refused("key_changed")
        new = keys.make_following(in_force.name)
        change = _state(
            Change(KeyChange.ROTATED, old.public, new.public, _size(), rules.iso(clock.now())), [old, new], by
        )
    keys.take_following()
    return change


def lose(*, by: str = "system") -> KeyChange:
    """Begin a new key after the old one is gone. Refused("key_present") while the old one is there and whole."""
    with transaction.atomic():
        hold_still()
        in_force = _in_force()
        try:
            present = keys.signing_key(create=False)
        except Refused:
            pass
        else:
            if present.public == in_force:
                raise Refused("key_present")
        new = keys.make_following(in_force.name)
        change = _state(Change(KeyChange.LOST, in_force, new.public, _size(), rules.iso(clock.now())), [new], by)
    if keys.key_path().exists():  # broken, or another's: kept aside, never thrown away
        keys.key_path().rename(keys.key_path().with_name(f"journal.{change.pk}.old"))
    keys.take_following()
    return change


def revoke(fingerprint: str = "", *, since: datetime | None = None, by: str = "system") -> KeyChange:
    """Say that a key counts for nothing from a time on (default: now); the key in force is replaced first.

    Refused: no_such_key, key_revoked (it is already), since_ahead (a time that has not come), and as `rotate`.
    """
    now = clock.now()
    since = since or now
    if since > now:
        raise Refused("since_ahead")
    history = key_history()
    if history is None:
        raise Refused("no_journal")
    found = [one for one in history.periods if fingerprint in ("", one.key.fingerprint())]
    if not found:
        raise Refused("no_such_key")
    if found[-1].revoked:
        raise Refused("key_revoked")
    old = found[-1].key
    if old == history.current():
        rotate(by=by)
    with transaction.atomic():
        hold_still()
        signer = keys.signing_key(create=False)
        if signer.public != _in_force():
            raise Refused("key_changed")
        last = Checkpoint.objects.filter(key=old.text(), signed_at__lt=since).order_by("-size").first()
        change = Change(KeyChange.REVOKED, old, None, last.size if last else 0, rules.iso(since))
        return _state(change, [signer], by)


def history_document() -> dict[str, object] | None:
    """The journal's keys through time as the object that verify.py takes ("torget-keys/1"); None before anything is signed."""
    changes = list(KeyChange.objects.order_by("pk"))
    first = changes[0].old if changes else keys.key_in_force()
    if not first:
        return None
    origin = rules.parse_key(first).name
    notes = [change.note for change in changes]
    return {"format": rules.KEYS_FORMAT, "origin": origin, "first": first, "changes": notes}


def key_history() -> KeyHistory | None:
    """The same, read and checked; Wrong when the statements do not hold together."""
    document = history_document()
    return _read(json.dumps(document)) if document else None


@lru_cache(maxsize=4)
def _read(document: str) -> KeyHistory:
    # A signature takes some milliseconds to check in plain Python, and a public page asks each time.
    return rules.read_history(json.loads(document))


def _in_force() -> VerifierKey:
    text = keys.key_in_force()
    if not text:
        raise Refused("no_journal")
    return rules.parse_key(text)


def _size() -> int:
    latest = latest_checkpoint()
    return latest.size if latest else 0


def _state(change: Change, signers: list[SigningKey], by: str) -> KeyChange:
    text = rules.change_text(change.old.name, change)
    note = rules.signed(text, [(key.public, key.sign(text.encode())) for key in signers])
    row = KeyChange(
        what=change.what,
        old=change.old.text(),
        new=change.new.text() if change.new else "",
        size=change.size,
        at=datetime.fromisoformat(change.at),
        note=note,
    )
    row.save(force_insert=True)
    # The statement is public, so its digest needs no salt.
    enter(f"journal.key_{change.what}", actor_ref=by, object_ref=f"key:{row.pk}", digest=sha256(note.encode()).digest())
    return row
