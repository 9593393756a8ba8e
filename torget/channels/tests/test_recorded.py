"""Every recorded delivery beside the checkout is read to the end; what is no message says why."""

from collections import Counter
from pathlib import Path

import pytest

from torget.channels.base import Broken, Incoming, Item
from torget.channels.registry import CHANNELS
from torget.channels.tests.test_contract import check
from torget.core.testing import data_files, shared_data

FOLDERS = {
    "mastodon": "mastodon",
    "facebook-instagram-graph": "facebook",
    "mail-mail-parser": "mail",
    "mail-mikel": "mail",
    "mail-django-helpdesk": "mail",
    "mail-cpython": "mail",
}
# What was recorded and cannot be read: Outlook's own format, and a digest's text without any header.
UNREADABLE = {"mail_outlook_1": "outlook_msg", "msg_19.txt": "not_a_mail"}
CASES = [(path, channel) for folder, channel in FOLDERS.items() for path in data_files(f"payloads/{folder}")]

pytestmark = pytest.mark.skipif(shared_data() is None, reason="no recorded data beside this checkout")


def _items(path: Path, channel: str) -> list[Item]:
    found: list[Item] = []
    for raw in CHANNELS[channel].split(path.read_bytes(), path.name):
        items = CHANNELS[channel].read(raw, own="")
        check(items)
        found += items
    return found


@pytest.mark.parametrize(("path", "channel"), CASES, ids=lambda value: value.name if isinstance(value, Path) else value)
def test_reads(path: Path, channel: str) -> None:
    broken = [item.reason for item in _items(path, channel) if isinstance(item, Broken)]
    assert broken == ([UNREADABLE[path.name]] if path.name in UNREADABLE else [])


@pytest.mark.parametrize(
    ("folder", "least"),
    [
        ("mastodon", 300),
        ("facebook-instagram-graph", 50),
        ("mail-mikel", 70),
        ("mail-cpython", 30),
        ("mail-mail-parser", 12),
    ],
)
def test_messages_are_found(folder: str, least: int) -> None:
    kinds: Counter[type] = Counter()
    for path, channel in CASES:
        if f"/{folder}/" in path.as_posix():
            kinds.update(type(item) for item in _items(path, channel))
    assert kinds[Incoming] >= least
