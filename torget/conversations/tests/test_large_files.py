"""Files of many rows and of odd names."""

import json
import os
from pathlib import Path

import pytest

from tests.support.making import Town
from torget.conversations import actions
from torget.conversations.actions import taking
from torget.conversations.models import Conversation, RawEvent


def test_a_file_with_more_items_than_a_statement_takes_is_read_in_pieces(
    town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taking, "PIECE", 3)
    rows = [{"id": f"r{n}", "text": f"Fråga {n}", "in_reply_to": f"r{n - 4}" if n > 3 else ""} for n in range(11)]
    path = tmp_path / "många.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows))
    assert actions.receive_file(path, channel="jsonl")["new"] == 11
    assert actions.receive_file(path, channel="jsonl")["new"] == 0
    # Four threads: each answers what lies four rows back, in a piece before.
    assert sorted(Conversation.objects.values_list("message_count", flat=True)) == [2, 3, 3, 3]


def test_a_file_name_that_is_no_text_stops_nothing(town: Town, tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"f\xf6r.jsonl")
    path.write_text('{"id": "r1", "text": "Hej"}')
    assert actions.receive_file(path, channel="jsonl")["new"] == 1
    assert RawEvent.objects.get().source.endswith(".jsonl")
