"""Witnesses: we keep the heads of other journals and compare, others keep ours, and a head that does not fit is named."""

import json
from datetime import timedelta
from pathlib import Path

from django.db import transaction
from django.db.models import Q, QuerySet

from torget.channels import outside
from torget.core import clock
from torget.core.errors import Refused
from torget.journal import actions as journal
from torget.journal import rules
from torget.journal.models import Checkpoint, Day, Witness
from torget.journal.rules import Note, VerifierKey, Wrong
from torget.operations.witness_sources import Folder, Source, Trouble, is_web, source_of, tidy, tiles_of

EVERY = timedelta(minutes=5)
STALE = timedelta(days=2)
NOTHING = bytes(32)


def add(role: str, place: str, *, key: str = "", by: str = "system") -> Witness:
    """Watch the journal at a place (role "of"), or have the one there watch ours ("by"), and look at it once.

    `key` is pinned; without it the first one seen is. Refused: key_broken, not_web, has_password, inside, no_such_host,
    no_folder, already.
    """
    place = tidy(place)
    if is_web(place):
        if reason := outside.why_not(place):
            raise Refused(reason)
    elif not Path(place).is_dir():
        raise Refused("no_folder")
    try:
        pinned = rules.parse_key(key, 4 if role == Witness.BY else 1).text() if key else ""
    except Wrong:
        raise Refused("key_broken") from None
    with transaction.atomic():
        if Witness.objects.filter(role=role, place=place).exists():
            raise Refused("already")
        witness = Witness.objects.create(role=role, place=place, key=pinned)
        journal.enter("witness.added", actor_ref=by, object_ref=f"witness:{witness.pk}", digest=NOTHING)
    look(witness)
    return witness


def _at(place: str, role: str) -> QuerySet[Witness]:
    """Those at a place; of one role, or of both where none is said."""
    found = Witness.objects.filter(place=tidy(place))
    return found.filter(role=role) if role else found


def forget(place: str, *, role: str = "", by: str = "system") -> int:
    """Stop watching and being watched at a place; returns how many rows that were. Evidence of a fork goes with them."""
    with transaction.atomic():
        found = list(_at(place, role))
        for witness in found:
            journal.enter("witness.removed", actor_ref=by, object_ref=f"witness:{witness.pk}", digest=NOTHING)
            witness.delete()
    return len(found)


def trust(place: str, key: str, *, role: str = "", by: str = "system") -> Witness:
    """Pin another key, after the old one was lost and the new one compared by other means. Refused: no_such, key_broken."""
    witness = _at(place, role).first()
    if witness is None:
        raise Refused("no_such")
    try:
        witness.key = rules.parse_key(key, 4 if witness.role == Witness.BY else 1).text()
    except Wrong:
        raise Refused("key_broken") from None
    if witness.role == Witness.BY:
        witness.note, witness.size = "", 0  # what the old key said is not the new one's word
    with transaction.atomic():
        witness.save(update_fields=["key", "note", "size"])
        journal.enter("witness.key_trusted", actor_ref=by, object_ref=f"witness:{witness.pk}", digest=NOTHING)
    look(witness)
    return witness


def look_at_all(*, at_once: bool = False) -> int:
    """Look at every witness that is due (each five minutes); returns how many heads were new. Safe to run anywhere."""
    now, new = clock.now(), 0
    due = Q(asked_at__isnull=True) | Q(asked_at__lte=now - EVERY) | Q(asked_at__gt=now)
    for witness in Witness.objects.all() if at_once else Witness.objects.filter(due):
        # Whoever changes the time of asking first has it; another process goes by.
        if Witness.objects.filter(pk=witness.pk, asked_at=witness.asked_at).update(asked_at=now):
            new += look(witness)
    return new


def look(witness: Witness) -> bool:
    """Ask, compare and note what was found; whether a new head was kept. A fork that was found stays found."""
    before, found = witness.note, Trouble("")
    try:
        if witness.role == Witness.OF:
            _watch(witness)
        elif is_web(witness.place):
            _ask(witness)
        else:
            _keep_in_folder(witness)
    except Trouble as trouble:
        found = trouble
    except Wrong as wrong:
        found = Trouble(
            wrong.code if wrong.code in ("other_key", "forged", "key_retired", "key_revoked") else "bad_note"
        )
    except UnicodeDecodeError:
        found = Trouble("bad_note")
    except OSError:
        found = Trouble("no_answer")  # a folder that may not be looked into
    _note(witness, found)
    return witness.note != before


def _note(witness: Witness, found: Trouble) -> None:
    now = clock.now()
    witness.asked_at = now
    with transaction.atomic():
        if witness.problem != "forked" and witness.problem != found.code:
            witness.problem, witness.problem_since = found.code, now if found.code else None
            if found.code == "forked":
                witness.evidence = found.evidence
                journal.enter(
                    "witness.fork_found", actor_ref="system", object_ref=f"witness:{witness.pk}", digest=NOTHING
                )
        # Somebody may have taken it away meanwhile: then nothing comes back.
        names = ("key", "origin", "note", "size", "kept_at", "asked_at", "problem", "problem_since", "evidence")
        Witness.objects.filter(pk=witness.pk).update(**{name: getattr(witness, name) for name in names})


def _evidence(old: str, new: str, root: bytes, path: tuple[bytes, ...], key: str) -> str:
    document = {"format": rules.FORK_FORMAT, "origin": rules.parse_note(old).origin, "key": key, "old": old, "new": new}
    return json.dumps(
        document | {"root": root.hex(), "path": [node.hex() for node in path]}, ensure_ascii=False, indent=1
    )


# ---- we watch another -----------------------------------------------------------------------------------------------


def _watch(witness: Witness) -> None:
    source = source_of(witness.place)
    text = source.read("checkpoint").decode()
    new = rules.parse_note(text)
    if not witness.key:
        witness.key = rules.parse_key(source.read("nyckel").decode()).text()
    witness.key = _signed_by(witness, new, source).text()
    if witness.note:
        _compare(witness, rules.parse_note(witness.note), new, text, source)
    now, ours = clock.now(), journal.witness_key()
    witness.note = rules.cosign(text, ours.public, int(now.timestamp()), ours.sign)
    witness.origin, witness.size, witness.kept_at = new.origin, new.size, now


def _signed_by(witness: Witness, note: Note, source: Source) -> VerifierKey:
    """The key that signed, when it is the pinned one or follows from it by signed steps; Wrong, Trouble("key_lost")."""
    pinned = rules.parse_key(witness.key)
    try:
        rules.require_signature(note, pinned)
        return pinned
    except Wrong as wrong:
        if wrong.code != "other_key" or note.origin != pinned.name:
            raise
    try:
        history = rules.load_history(source.read("nycklar"))
    except Trouble:
        raise Wrong("other_key") from None
    try:
        return history.after(pinned).signer_of(note)
    except Wrong as wrong:
        # The journal says that its old key is gone: a person must ask whether that is so.
        known = wrong.code == "other_key" and any(period.came == "lost" for period in history.periods)
        raise (Trouble("key_lost") if known else wrong) from None


def _compare(witness: Witness, old: Note, new: Note, text: str, source: Source) -> None:
    if old.size == new.size:
        if old.root != new.root:
            raise Trouble("forked", _evidence(witness.note, text, new.root, (), witness.key))
        return
    if new.size < old.size:
        raise Trouble("went_back")
    if old.size == 0:
        return  # an empty log is the beginning of any
    node = tiles_of(source, new.size)
    path = rules.resolve(rules.consistency_spans(old.size, new.size), node)
    if rules.consistency_holds(old.size, new.size, old.root, new.root, path):
        return
    # What does the new log itself say that its first entries were? If that leads to the new head, both heads are
    # signed and only one can be true: then anyone can see it from the file alone.
    root = rules.fold([node(place) for place in rules.root_span(old.size)])
    if root != old.root and rules.consistency_holds(old.size, new.size, root, new.root, path):
        raise Trouble("forked", _evidence(witness.note, text, root, path, witness.key))
    raise Trouble("no_proof")


# ---- another watches us ---------------------------------------------------------------------------------------------


def _ask(witness: Witness) -> None:
    ours = journal.latest_checkpoint()
    if ours is None:
        return
    source, origin = source_of(witness.place), rules.parse_key(ours.key).name
    if not witness.key:
        witness.key = rules.parse_key(source.read("vittnesnyckel").decode(), 4).text()
    text = source.read(f"vittnesmal/{rules.origin_id(origin)}").decode()
    said = rules.parse_note(text)
    key = rules.parse_key(witness.key, 4)
    witness.origin = key.name
    try:
        at = rules.cosigned(said, key)
    except Wrong:
        raise Trouble("bad_signature") from None
    _fits_ours(said, text, ours)
    now = int(clock.now().timestamp())
    before = rules.cosigned(rules.parse_note(witness.note), key) if witness.note and witness.size else 0
    if said.size < witness.size or at < before:
        raise Trouble("older")
    if at > now + 300:
        raise Trouble("ahead_of_time")
    witness.note, witness.size, witness.kept_at = text, said.size, clock.now()
    if now - at > STALE.total_seconds():
        raise Trouble("stale")


def _fits_ours(said: Note, text: str, ours: Checkpoint) -> None:
    """Whether a head that somebody kept is one of ours; Trouble: not_ours, we_went_back, forked."""
    history = journal.key_history()
    try:
        key = history.signer_of(said) if history else None
    except Wrong:
        key = None
    if key is None:
        raise Trouble("not_ours")
    if said.size > ours.size:
        raise Trouble("we_went_back")
    root = journal.root_at(said.size) if said.size else rules.EMPTY_ROOT
    if root != said.root:
        path = journal.consistency(said.size, ours.size)
        raise Trouble("forked", _evidence(text, ours.note, root, path, key.text()))


def _keep_in_folder(witness: Witness) -> None:
    ours = journal.latest_checkpoint()
    if ours is None:
        return
    folder, origin = Folder(witness.place), rules.parse_key(ours.key).name
    under = f"torget-{rules.origin_id(origin)}"
    witness.origin = origin
    if not folder.path.is_dir():
        raise Trouble("no_answer")
    kept = sorted((folder.path / under).glob("*.txt"))[-400:] if (folder.path / under).is_dir() else []
    for file in kept:
        text = folder.read(f"{under}/{file.name}").decode()
        said = rules.parse_note(text)
        if said.origin != origin:
            raise Trouble("not_ours")
        _fits_ours(said, text, ours)
    names = {file.name for file in kept}
    today = ours.signed_at.astimezone(clock.STOCKHOLM).date()
    for day in Day.objects.select_related("checkpoint").filter(day__lt=today).order_by("-day")[:30]:
        if f"{day.day}.txt" not in names:
            folder.write(f"{under}/{day.day}.txt", day.checkpoint.note)
    if witness.size != ours.size or "senaste.txt" not in names:
        folder.write(f"{under}/senaste.txt", ours.note)
    witness.note, witness.size, witness.kept_at = ours.note, ours.size, clock.now()
