"""The header of a mail as text: every field of it is a stranger's, so reading one never raises."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from torget.channels import mailtext
from torget.channels.base import Sender

if TYPE_CHECKING:
    from email.message import Message

FOLLOWED = 100
"""So many of the ids in References are followed, the nearest."""


class Head:
    """The fields in their order, the topmost first: `kind` is the media type of the whole mail."""

    def __init__(self, pairs: Iterable[tuple[str, str]], kind: str = "text/plain") -> None:
        self.pairs = tuple((str(name).strip().lower(), str(value)) for name, value in pairs)
        self.kind = kind
        self._named: dict[str, list[str]] = {}
        for name, value in self.pairs:
            self._named.setdefault(name, []).append(value)
        # Taking an address apart is the dearest of all that is asked of a header, and asked by several.
        self._senders: dict[str, Sender] = {}

    def all(self, name: str) -> list[str]:
        """Every field of that name, in order, as it is written."""
        return self._named.get(name.lower(), [])

    def get(self, name: str) -> str:
        """The first field of that name with something in it, "" when there is none."""
        return next((mailtext.unfold(value) for value in self.all(name) if value.strip()), "")

    def sender(self, name: str) -> Sender:
        """The first address in a field, and the name before it."""
        if name not in self._senders:
            self._senders[name] = mailtext.sender(self.get(name)) if self.all(name) else Sender()
        return self._senders[name]

    def ids(self, name: str) -> list[str]:
        """The message ids in a field."""
        return mailtext.ids(self.get(name))

    def answered(self) -> tuple[str, ...]:
        """The mails that this one answers by its own words, the farthest first, the nearest last."""
        references, parent = self.ids("References")[-FOLLOWED:], self.ids("In-Reply-To")[:1]
        if not parent:
            return tuple(dict.fromkeys(references))
        return (*dict.fromkeys(one for one in references if one != parent[0]), parent[0])


def head_of(message: "Message[Any, Any]") -> Head:
    """The header of a parsed mail."""
    return Head(message.raw_items(), message.get_content_type())
