"""Who else holds something of a record: each module adds what it knows how to take away, called when a record is erased."""

from collections.abc import Callable, Iterable

from torget.register.models import Record

erasers: dict[str, Callable[[Record], Iterable[str]]] = {}


def register(name: str, erase: Callable[[Record], Iterable[str]]) -> None:
    """Add an eraser, which is called inside the transaction, while the record's rows still stand; from `AppConfig.ready()`.

    It returns the hashes of files that it has let go of.
    """
    erasers[name] = erase
