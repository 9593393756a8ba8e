"""Who else holds something of a record: each module adds what it knows how to take away, called when a record is erased."""

from collections.abc import Callable, Iterable

from torget.register.models import Record

erasers: dict[str, Callable[[Record], Iterable[str]]] = {}


def register(name: str, erase: Callable[[Record], Iterable[str]]) -> None:
    """Add an eraser, which is called inside the transaction, while the record's rows still stand; from `AppConfig.ready()`.

    It returns the hashes of files that it has let go of.
    """
    erasers[name] = erase


companions: dict[str, Callable[[Record], Iterable[Record]]] = {}
"""What goes with a record that is erased, because it says the same again: records, each erased under the same decision."""


def register_companions(name: str, find: Callable[[Record], Iterable[Record]]) -> None:
    """Add a finder of companions, called before anything is erased; from `AppConfig.ready()`."""
    companions[name] = find
