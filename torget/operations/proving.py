"""Proof, as the worker and the doctor see it: witnesses, time stamps, the journal's key and clock."""

from collections.abc import Iterable

from torget.core import clock
from torget.core.doctor import Check
from torget.core.errors import Refused
from torget.journal import actions as journal
from torget.journal import rules
from torget.journal.models import Checkpoint, Stamp, Witness
from torget.journal.words import PROBLEMS
from torget.operations import stamping, witnessing

SLOW_CLOCK = 60_000  # milliseconds


def look_at_witnesses() -> int:
    """Ask the witnesses that are due; returns how many heads were new."""
    return witnessing.look_at_all()


def stamp_heads() -> int:
    """Have the heads stamped that wait for it; returns how many were. A service that says no is asked again next time."""
    return stamping.stamp_waiting()


def checks() -> Iterable[Check]:
    """The journal's key and clock, witnesses, time stamps."""
    yield _key()
    yield _clock()
    yield from _witnesses()
    if stamping.service():
        yield _stamps()


def _key() -> Check:
    try:
        history = journal.key_history()
        if history is None:
            return Check("journalens nyckel", True, "görs vid den första posten")
        key = journal.signing_key(create=False)
    except Refused as refused:
        remedies = {
            "key_missing": "Lägg tillbaka filen från er egen kopia. Finns ingen: torget key lost.",
            "key_open": "Kör chmod 600 på filen, och byt nyckel: torget key rotate.",
        }
        remedy = remedies.get(refused.code, "Lägg tillbaka den rätta filen. Finns ingen: torget key lost.")
        return Check("journalens nyckel", False, f"{refused}. Inget numreras eller undertecknas.", remedy)
    except rules.Wrong as wrong:
        return Check(
            "journalens nyckel", False, f"historiken går inte ihop ({wrong.code})", "Återställ en säkerhetskopia."
        )
    if key.public != history.current():
        remedy = "Lägg tillbaka den rätta filen. Finns ingen: torget key lost."
        return Check("journalens nyckel", False, "filen är inte den nyckel som gäller", remedy)
    return Check("journalens nyckel", True, key.public.fingerprint())


def _clock() -> Check:
    latest = journal.latest_checkpoint()
    behind = latest.clock_behind if latest else 0
    if behind < SLOW_CLOCK:
        return Check("journalens klocka", True, "går framåt")
    says = f"klockan gick {behind // 1000} s efter när sigillet för {Checkpoint.objects.latest().size} poster undertecknades"
    return Check("journalens klocka", False, says, "Kontrollera tidssynken (NTP). Tiden i journalen väntar in klockan.")


def _witnesses() -> Iterable[Check]:
    rows = Witness.objects.order_by("role", "place")
    for row in rows:
        name = f"vittne {row.place}" if row.role == Witness.BY else f"bevakad journal {row.place}"
        if not row.problem:
            yield Check(name, True, f"stämmer, {row.size} poster")
            continue
        remedy = "Se handboken, Bevis: Vittnen."
        if row.problem == "forked":
            remedy = f"Spara beviset: /journal/gaffel/{row.pk}.json. Ta reda på varför innan du gör något annat."
        yield Check(name, False, str(PROBLEMS.get(row.problem, row.problem)), remedy)
    if not any(row.role == Witness.BY for row in rows):
        yield Check("vittnen", True, "ingen annan bevakar journalen (torget witness --by ADRESS)")


def _stamps() -> Check:
    name = "tidsstämpel"
    if stamping.broken_stamps():
        return Check(name, False, "en sparad tidsstämpel går inte att bekräfta", "Kontrollera TORGET_TIMESTAMP_CA.")
    newest = Stamp.objects.order_by("-at").first()
    missed = stamping.waiting()
    if newest is None or len(missed) > 1:
        says = "ingen ännu" if newest is None else f"{len(missed)} dagar saknar stämpel"
        ok = newest is None and not missed
        return Check(name, ok, says, "" if ok else f"Kontrollera TORGET_TIMESTAMP_URL ({stamping.service()}).")
    return Check(name, True, f"senast {newest.at.astimezone(clock.STOCKHOLM):%Y-%m-%d %H:%M}")
