"""Keyset pages: a place in a list is a moment and a row's number, written in the address as one word."""

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def place(moment: datetime, pk: int) -> str:
    """The place as it stands in an address: microseconds since 1970 and the row's number."""
    # In whole numbers: a fraction is a microsecond off now and then, and a row would be lost between two pages.
    return f"{(moment - EPOCH) // MICROSECOND}-{pk}"


def read_place(text: str) -> tuple[datetime, int] | None:
    """The place that an address gives. None for the start and for nonsense."""
    micros, _, pk = text.partition("-")
    if len(text) > 40 or not all(part.isascii() and part.isdecimal() for part in (micros, pk)):
        return None
    try:
        return EPOCH + int(micros) * MICROSECOND, int(pk)
    except OverflowError:
        return None


def read_key(text: str) -> int | None:
    """A row's key as an address or a form gave it; None for what is no key. Longer than any key is no key either: no
    database takes it, and int() takes its time with it."""
    return int(text) if len(text) < 19 and text.isascii() and text.isdecimal() else None
