"""The doctor's look at the record: each version's words against the digest that the journal holds of them."""

from collections.abc import Iterable

from torget.core.doctor import Check
from torget.journal.rules import record_digest
from torget.register.models import RecordVersion

REMEDY = "Jämför med senaste säkerhetskopian: torget restore till en annan mapp, och torget doctor --whole där."


def all_versions() -> Iterable[Check]:
    """Every version counted anew; those whose words, salt or fields have changed since are named."""
    name, read, wrong = "handlingarnas innehåll", 0, 0
    # Working material (a draft, a note) is written over, and its digest with it; all of them are held to their own.
    for version in RecordVersion.objects.order_by("pk").iterator(chunk_size=1000):
        read += 1
        try:
            same = record_digest(bytes(version.salt), version.document()) == bytes(version.digest)
        except (ValueError, TypeError, KeyError):
            same = False
        if not same:
            wrong += 1
            if wrong <= 10:
                says = f"handling record:{version.record_id}, version {version.number}, är inte som den skrevs"
                yield Check(name, False, says, REMEDY)
    if wrong > 10:
        yield Check(name, False, f"{wrong} av {read} versioner är inte som de skrevs", REMEDY)
    elif not wrong:
        yield Check(name, True, f"{read} versioner räknade om, alla är som de skrevs")
