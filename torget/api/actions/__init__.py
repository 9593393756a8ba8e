"""Everything that changes anything about connected programs."""

from torget.api.actions.events import make_events
from torget.api.actions.forgetting import forget_old
from torget.api.actions.programs import (
    change,
    connect,
    drop_old_secret,
    make_token,
    retire,
    revoke_token,
    rotate_secret,
    secrets_for,
    token_used,
)
from torget.api.actions.receiving import Received, message_of, receive
from torget.api.actions.sending import send_again, send_due

__all__ = [
    "Received",
    "change",
    "connect",
    "drop_old_secret",
    "forget_old",
    "make_events",
    "make_token",
    "message_of",
    "receive",
    "retire",
    "revoke_token",
    "rotate_secret",
    "secrets_for",
    "send_again",
    "send_due",
    "token_used",
]
