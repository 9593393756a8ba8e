"""What must be said of letters on their way after a restore."""

from torget.experts.models import Letter
from torget.experts.rules import Posting


def settle_restored() -> int:
    """A letter that was on its way when the backup was made may have left since; it is not written a second time."""
    return Letter.objects.filter(state__in=[Posting.WAITING.value, Posting.SENDING.value]).update(
        state=Posting.UNKNOWN.value, problem="restored", lease_owner="", lease_until=None
    )
