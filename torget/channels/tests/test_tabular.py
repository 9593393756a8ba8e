"""Tables and JSON lines."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from torget.channels.base import Broken, Deleted, Ignored, Incoming, Item, Visibility
from torget.channels.registry import CHANNELS

DATA = Path(__file__).parent / "data"


def _read(name: str, body: bytes, *, own: str = "") -> list[Item]:
    return [item for raw in CHANNELS[name].split(body, "a") for item in CHANNELS[name].read(raw, own=own)]


def test_a_table_from_excel() -> None:
    items = _read("csv", (DATA / "synpunkter.csv").read_bytes(), own="kontakt@ekevik.example.org")
    first, second, ours, empty = items
    assert isinstance(first, Incoming)
    assert (first.external_id, first.subject) == ("17", "Lekplatsen")
    assert first.text == "Gungan är trasig;\nkan ni laga?"
    assert (first.sender.name, first.sender.address) == ("Åsa Öst", "asa@example.org")
    assert first.sent_at == datetime(2026, 11, 16, 13, 7, tzinfo=UTC)
    assert first.visibility is Visibility.PUBLIC
    assert isinstance(second, Incoming)
    assert (second.text, second.subject, second.visibility) == ("", "Gräset", Visibility.DIRECT)
    assert second.sent_at == datetime(2026, 11, 16, 8, 30, tzinfo=UTC)
    assert ours == Ignored("own_post", "19")
    assert empty == Broken("no_text", "row 7")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_delimiters_and_alphabets(delimiter: str, encoding: str) -> None:
    body = f"id{delimiter}text{delimiter}namn\n1{delimiter}Rödjning å där{delimiter}Åke\n".encode(encoding)
    (item,) = _read("csv", body)
    assert isinstance(item, Incoming)
    assert (item.text, item.sender.name) == ("Rödjning å där", "Åke")


@pytest.mark.parametrize(
    "header", ["id,text,name,date", "Ärendenr,Synpunkt,Namn,Datum", "ID , Meddelande, Från ,Skickat"]
)
def test_headers_in_two_languages(header: str) -> None:
    (item,) = _read("csv", f"{header}\n1,Hej,Bo,2026-11-16\n".encode())
    assert isinstance(item, Incoming)
    assert (item.external_id, item.text, item.sender.name) == ("1", "Hej", "Bo")
    assert item.sent_at is not None


@pytest.mark.parametrize(
    ("body", "item"),
    [
        pytest.param(b"", Ignored("empty_answer"), id="nothing"),
        pytest.param(b"id,text\n", Ignored("empty_answer"), id="a header only"),
        pytest.param(b"a,b\n1,2\n", Broken("no_header", "no column for the text"), id="unknown columns"),
    ],
)
def test_no_table(body: bytes, item: Item) -> None:
    assert _read("csv", body) == [item]


def test_a_row_without_id_has_the_same_id_each_time() -> None:
    one, two, three = _read("csv", b"text,namn\nHej,Bo\nHej,Bo\nHej,Eva\n")
    assert isinstance(one, Incoming)
    assert isinstance(three, Incoming)
    assert one == two
    assert one.external_id != three.external_id


def test_only_a_row_that_says_so_is_public() -> None:
    rows = b"text,visibility\n1,public\n2,publik\n3,\n4,Offentlig\n"
    seen = [item.visibility for item in _read("csv", rows) if isinstance(item, Incoming)]
    assert seen == [Visibility.PUBLIC, Visibility.DIRECT, Visibility.DIRECT, Visibility.PUBLIC]


def test_json_lines() -> None:
    lines = [
        {
            "id": 1,
            "text": "Hej",
            "sender": {"name": "Bo", "email": "Bo@example.org"},
            "created_at": "2026-11-16T10:00:00Z",
        },
        {"id": 2, "meddelande": "Igen", "svar_på": "1", "url": "https://example.org/2"},
        {"id": 1, "deleted_at": "2026-11-17T10:00:00Z"},
        {"id": 3, "text": "\ud83d\u0000"},
    ]
    body = b"\n".join(json.dumps(line).encode() for line in lines) + b"\n\n{\n[1]\n"
    one, two, gone, odd, cut, wrong = _read("jsonl", body)
    assert isinstance(one, Incoming)
    assert (one.sender.address, one.sender.name) == ("bo@example.org", "Bo")
    assert isinstance(two, Incoming)
    assert (two.text, two.in_reply_to) == ("Igen", "1")
    assert gone == Deleted("1", datetime(2026, 11, 17, 10, tzinfo=UTC))
    assert isinstance(odd, Incoming)
    assert odd.text == "\ufffd\ufffd"
    assert cut == Broken("not_json", "row 6")
    assert wrong == Broken("bad_row", "row 7")


def test_one_json_list_is_read_too() -> None:
    assert [type(item) for item in _read("jsonl", b'[{"text": "a"},\n {"text": "b"}]')] == [Incoming, Incoming]
