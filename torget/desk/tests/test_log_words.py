"""Every kind of entry that the code writes in the journal has words in the log."""

import re
from pathlib import Path

import torget
from torget.desk.words import journal_words

WRITES = re.compile(r'\b_?enter\(\s*"([a-z_]+\.[a-z_]+)"')


def test_the_log_has_words_for_all_that_is_written() -> None:
    files = [path for path in Path(torget.__file__).parent.rglob("*.py") if "tests" not in path.parts]
    kinds = {kind for path in files for kind in WRITES.findall(path.read_text(encoding="utf-8"))}
    assert len(kinds) > 100
    assert sorted(kind for kind in kinds if journal_words(kind) == kind) == []
