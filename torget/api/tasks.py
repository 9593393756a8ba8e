"""The worker's part: events out of the journal, and webhooks on their way."""

from torget.api.actions import make_events, send_due

__all__ = ["make_events", "send_due"]
