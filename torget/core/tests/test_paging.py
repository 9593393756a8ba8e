"""Keyset pages: a place is written and read back, and nonsense is the start."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from torget.core.paging import place, read_place


@given(
    st.datetimes(datetime(1990, 1, 1), datetime(2200, 1, 1)).map(lambda moment: moment.replace(tzinfo=UTC)),
    st.integers(0, 2**63 - 1),
)
def test_a_place_is_read_back(moment: datetime, pk: int) -> None:
    read = read_place(place(moment, pk))
    assert read is not None
    # To the microsecond: a row between two pages is neither lost nor shown twice.
    assert read == (moment, pk)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-",
        "1",
        "1-",
        "-1",
        "a-b",
        "1-1-1",
        "1.5-1",
        "²-1",
        "١-١",
        "9" * 41,
        f"{'9' * 30}-1",
        "1 -1",
        "1-1\n",
        "\x00-1",
    ],
    ids=repr,
)
def test_nonsense_is_the_start(text: str) -> None:
    assert read_place(text) is None


@given(st.text(max_size=60))
def test_no_address_makes_it_fail(text: str) -> None:
    read = read_place(text)
    assert read is None or read[0].tzinfo is UTC
