"""What must be said of posts on their way after a restore."""

from django.db.models import Q

from torget.conversations.rules import Sending
from torget.core import clock
from torget.posts.models import Delivery


def settle_restored() -> int:
    """What was due when the backup was made may be out since: its outcome is unknown. What is planned for later stays."""
    going = Delivery.objects.filter(state__in=[Sending.APPROVED.value, Sending.SENDING.value])
    return going.exclude(Q(state=Sending.APPROVED.value) & Q(not_before__gt=clock.now())).update(
        state=Sending.UNKNOWN.value, problem="restored", lease_owner="", lease_until=None
    )
