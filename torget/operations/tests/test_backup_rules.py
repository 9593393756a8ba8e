"""How a row is written, when a backup is due, which are kept: tables, no database."""

import random
import sqlite3
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from torget.operations import backup_policy, backup_rows
from torget.operations.backup_rows import BadRow

NAMES = ("a", "b")
NOW = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "kind, value, line",
    [
        pytest.param("int", 7, "7", id="a whole number"),
        pytest.param("text", None, "\\N", id="nothing is not an empty text"),
        pytest.param("text", "", "", id="an empty text"),
        pytest.param("text", "\\N", "\\\\N", id="a text that looks like nothing"),
        pytest.param("text", "a\tb\nc\\d\r", "a\\tb\\nc\\\\d\\r", id="signs that part columns and rows"),
        pytest.param("bool", 1, "t", id="yes"),
        pytest.param("bool", 0, "f", id="no"),
        pytest.param("bytes", b"\x00\xff", "\\\\x00ff", id="bytes in hex"),
        pytest.param("bytes", b"", "\\\\x", id="no bytes"),
        pytest.param("moment", "2026-11-16 13:07:31.123000", "2026-11-16 13:07:31.123000+00", id="a time in UTC"),
        pytest.param("float", 0.1, "0.1", id="a fraction"),
    ],
)
def test_a_value_as_a_line_and_back(kind: str, value: object, line: str) -> None:
    written = backup_rows.line_of([value], [kind], NAMES)
    assert written == line + "\n"
    assert backup_rows.values_of(written[:-1], [kind], NAMES) == (value,)


@given(
    st.lists(st.tuples(st.text().filter(lambda text: "\x00" not in text), st.binary(), st.integers()), max_size=20),
    st.integers(1, 7),
)
def test_any_rows_survive_being_cut_anywhere(rows: list[tuple[str, bytes, int]], size: int) -> None:
    kinds, names = ("text", "bytes", "int"), ("a", "b", "c")
    rows = [row for row in rows if _encodes(row[0])]
    body = "".join(backup_rows.line_of(row, kinds, names) for row in rows).encode()
    blocks = [body[start : start + size] for start in range(0, len(body), size)]
    assert [backup_rows.values_of(line, kinds, names) for line in backup_rows.lines(blocks)] == rows


def _encodes(text: str) -> bool:
    try:
        return bool(text.encode()) or True
    except UnicodeEncodeError:
        return False


@pytest.mark.parametrize(
    "given, kept",
    [
        pytest.param(
            "2026-11-16 13:07:31.1+00", "2026-11-16 13:07:31.100000", id="PostgreSQL leaves zeros out, SQLite may not"
        ),
        pytest.param("2026-11-16 13:07:31+00", "2026-11-16 13:07:31", id="a whole second has no decimals"),
    ],
)
def test_a_time_from_postgresql_is_as_sqlite_compares_it(given: str, kept: str) -> None:
    assert backup_rows.values_of(given, ["moment"], NAMES) == (kept,)


@pytest.mark.parametrize(
    "line, kinds",
    [
        pytest.param("1\t2", ["int"], id="a column too many"),
        pytest.param("x", ["int"], id="no number"),
        pytest.param("y", ["bool"], id="neither yes nor no"),
        pytest.param("ff", ["bytes"], id="no hex"),
        pytest.param("2026-11-16 13:07:31+01", ["moment"], id="another time zone"),
    ],
)
def test_what_is_no_row_is_refused(line: str, kinds: list[str]) -> None:
    with pytest.raises(BadRow):
        backup_rows.values_of(line, kinds, NAMES)


def test_a_zero_sign_is_named_by_its_column_before_postgresql_refuses_it() -> None:
    with pytest.raises(BadRow, match="b: a zero sign"):
        backup_rows.line_of(["x", "a\x00b"], ["text", "text"], NAMES)


def test_a_cut_stream_is_refused() -> None:
    with pytest.raises(BadRow):
        list(backup_rows.lines([b"1\n2"]))


@pytest.mark.parametrize(
    "last_ok, last_try, due",
    [
        pytest.param(None, None, True, id="never made"),
        pytest.param(NOW - timedelta(hours=8), NOW - timedelta(hours=8), True, id="made before half past one"),
        pytest.param(NOW - timedelta(hours=8, minutes=29), None, False, id="made after half past one, Swedish time"),
        pytest.param(NOW - timedelta(days=2), NOW - timedelta(minutes=30), False, id="failed half an hour ago"),
        pytest.param(NOW - timedelta(days=2), NOW - timedelta(hours=2), True, id="failed two hours ago"),
        pytest.param(NOW + timedelta(days=2), None, True, id="the clock has gone back"),
    ],
)
def test_when_a_backup_is_due(last_ok: datetime | None, last_try: datetime | None, due: bool) -> None:
    if last_ok == NOW - timedelta(hours=8):
        last_ok = NOW - timedelta(hours=9)
    assert backup_policy.backup_due(NOW, last_ok, last_try) is due


def test_which_backups_are_kept() -> None:
    today = date(2026, 11, 16)
    days = [today - timedelta(days=n) for n in range(120)]
    random.Random(1).shuffle(days)
    gone = backup_policy.to_remove(days, today=today, keep_days=14, keep_weeks=8)
    kept = sorted(set(days) - set(gone))
    assert [day for day in kept if day > today - timedelta(days=14)] == sorted(days)[-14:]
    assert all(day.weekday() == 6 for day in kept[:-14]), "the newest of a week is its Sunday"
    assert min(kept) > today - timedelta(weeks=8)


def test_the_last_backup_is_never_let_go() -> None:
    assert backup_policy.to_remove([date(2020, 1, 1)], today=date(2026, 11, 16), keep_days=1, keep_weeks=1) == []


@pytest.mark.parametrize(
    "ok, trial, why",
    [
        pytest.param(timedelta(hours=10), timedelta(days=3), "", id="both in time"),
        pytest.param(timedelta(hours=40), timedelta(days=3), "backup_late", id="no backup for a day and a half"),
        pytest.param(timedelta(hours=10), timedelta(days=11), "trial_late", id="none tried for ten days"),
        pytest.param(None, None, "backup_late", id="never made since it was turned on"),
    ],
)
def test_when_it_is_an_alarm(ok: timedelta | None, trial: timedelta | None, why: str) -> None:
    since = NOW - timedelta(days=60)
    found = backup_policy.why_alarm(NOW, since, NOW - ok if ok else None, NOW - trial if trial else None, tries=True)
    assert found == why


def test_sqlite_is_new_enough_for_what_is_asked_of_it() -> None:
    assert sqlite3.sqlite_version_info >= (3, 35)
