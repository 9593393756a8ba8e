"""What is stored of conversations."""

from torget.conversations.models.sources import Account, Context, Gap, Quarantined, RawEvent
from torget.conversations.models.threads import (
    QUEUES,
    Conversation,
    ConversationQuerySet,
    Draft,
    DraftFile,
    Message,
    Note,
    NumberSeries,
    Outbox,
    Receipt,
    Tag,
    openable_by,
)

__all__ = [
    "QUEUES",
    "Account",
    "Context",
    "Conversation",
    "ConversationQuerySet",
    "Draft",
    "DraftFile",
    "Gap",
    "Message",
    "Note",
    "NumberSeries",
    "Outbox",
    "Quarantined",
    "RawEvent",
    "Receipt",
    "Tag",
    "openable_by",
]
