"""Keyset pages: a place in a list is a moment and a row's number, written in the address as one word."""

from datetime import UTC, datetime


def place(moment: datetime, pk: int) -> str:
    """The place as it stands in an address: microseconds since 1970 and the row's number."""
    return f"{int(moment.timestamp() * 1_000_000)}-{pk}"


def read_place(text: str) -> tuple[datetime, int] | None:
    """The place that an address gives. None for the start and for nonsense."""
    micros, _, pk = text.partition("-")
    if len(text) > 40 or not all(part.isascii() and part.isdecimal() for part in (micros, pk)):
        return None
    try:
        return datetime.fromtimestamp(int(micros) / 1_000_000, tz=UTC), int(pk)
    except (OverflowError, OSError, ValueError):
        return None
