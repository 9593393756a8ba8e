"""What moderation holds of a record that is erased, and what must be said of its removals after a restore."""

from collections.abc import Iterable

from torget.files import actions as files
from torget.moderation.models import Evidence, Removal
from torget.moderation.rules.grounds import State, Way
from torget.register.models import Record


def erase_evidence(record: Record) -> Iterable[str]:
    """Let go of the copies that were kept when it was taken away; a sign that they were erased stands in their place."""
    copies = Evidence.objects.filter(message__record=record, blob__isnull=False)
    let_go = list(copies.values_list("blob_id", flat=True))
    if let_go:
        copies.update(blob=files.keep(b"Gallrad / erased\n", media_type="text/plain"))
    return [str(sha) for sha in let_go]


def settle_restored() -> int:
    """Removals that were asked for may have been done since: a person looks, nothing is asked twice."""
    return Removal.objects.filter(way=Way.CHANNEL.value, state__in=[State.ASKED.value, State.DOING.value]).update(
        state=State.UNKNOWN.value, lease_owner="", lease_until=None
    )
