"""What the index holds of a record that is erased."""

from collections.abc import Iterable

from torget.conversations.models import Message
from torget.register.models import Record
from torget.search.models import Asked, Entry


def erase_entries(record: Record) -> Iterable[str]:
    """Take its entry away, and what its conversation asks where it began it. The sweep writes an empty one anew."""
    message = Message.objects.filter(record=record).first()
    if message is None:
        return ()
    Entry.objects.filter(message=message).delete()
    Asked.objects.filter(conversation=message.conversation_id).delete()
    return ()
