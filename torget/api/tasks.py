"""The worker's part: events out of the journal, webhooks on their way, and what is forgotten of them."""

from torget.api.actions import forget_old, make_events, send_due
from torget.api.actions.forgetting import BATCH
from torget.api.actions.sending import SHARE

__all__ = ["BATCH", "SHARE", "forget_old", "make_events", "send_due"]
