"""How well quotes are cut, measured on recorded replies of three projects against a list made by reading them.

Score when written: all 145 phrases that must stay do, 190 of 193 that must go do, 116 of 119 files are wholly right.
The three left are signatures of contact lines without any mark, which stay on purpose: staff may need them. The
library mail-parser-reply (all its languages) keeps 127 of 145, cuts 152 of 193 and gets 83 of 119 files right.
"""

from pathlib import Path

import pytest

from torget.channels.base import Incoming, Raw
from torget.channels.markup import html_to_plain
from torget.channels.quotes import reply
from torget.channels.registry import CHANNELS
from torget.channels.tests.quotes_gold import CRISP_REPLY, PARSER_REPLY, TALON, Gold
from torget.core.testing import shared_data

FOLDERS = {"mail-parser-reply": PARSER_REPLY, "mail-crisp-reply": CRISP_REPLY, "mail-talon": TALON}
GONE_FLOOR = 0.98


def _cut(path: Path) -> str:
    body = path.read_bytes()
    if path.suffix == ".eml":
        (item,) = CHANNELS["mail"].read(Raw(body, path.name), own="")
        assert isinstance(item, Incoming)
        return item.text
    text = body.decode("utf-8", "replace").replace("\r\n", "\n")
    return reply(html_to_plain(text, links=True, mark_quotes=True) if path.suffix == ".html" else text)


def _there() -> list[tuple[Path, Gold]]:
    root = shared_data()
    folders = [(root / "payloads" / name, gold) for name, gold in FOLDERS.items()] if root else []
    return [(folder / name, phrases) for folder, gold in folders if folder.is_dir() for name, phrases in gold.items()]


@pytest.mark.skipif(shared_data() is None, reason="the recorded replies are not beside this checkout")
def test_nothing_that_was_written_now_is_lost() -> None:
    assert len(_there()) == sum(map(len, FOLDERS.values())), "recorded replies of the list are gone"
    lost = [(path.name, phrase) for path, (stay, _) in _there() for phrase in stay if phrase not in _cut(path)]
    assert lost == []


@pytest.mark.skipif(shared_data() is None, reason="the recorded replies are not beside this checkout")
def test_what_is_repeated_goes() -> None:
    all_of_them = [(path, phrase) for path, (_, go) in _there() for phrase in go]
    left = [(path.name, phrase) for path, phrase in all_of_them if phrase in _cut(path)]
    assert len(left) <= (1 - GONE_FLOOR) * len(all_of_them), left
