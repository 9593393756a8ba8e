"""Every parser has a fuzzer; each fuzzer stands its seeds and some thousand changed ones; `make drill` searches for minutes."""

import ast
import os
import random
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture import source
from tests.fuzz import harnesses
from torget.channels.registry import CHANNELS
from torget.core.testing import data_files

SECONDS = int(os.environ.get("TORGET_FUZZ_SECONDS", "60"))
CHANGED = 40
PARSES = re.compile(
    r"(read_|parse|sniff|load|decode|split_|html_to_plain|zip_|is_bomb|poses_as|clean_filename|clauses_of|terms_of|day_of|text_of"
    r"|feed_of_page|backup_contents|check_file|values_of|find_identity)|(reply|clean|month|seek|entries|lines|check|read|cut)$"
)
TAKES = re.compile(r"\b(str|bytes|Bytes|BinaryIO|Raw|Path|Node|object|Iterable\[bytes\])\b")
# Here a function so named reads what we have written ourselves, or asks the database for it.
NOT_FROM_OUTSIDE = ("commands", "demo", "tests", "migrations")


def parsers() -> Iterator[str]:
    """Public functions whose name says that they read and whose first argument is text or bytes."""
    for path in source.python():
        if source.PACKAGE not in path.parents or set(path.relative_to(source.PACKAGE).parts) & set(NOT_FROM_OUTSIDE):
            continue
        for node in source.tree(path).body:
            if not isinstance(node, ast.FunctionDef) or not PARSES.match(node.name):
                continue
            given = [*node.args.posonlyargs, *node.args.args]
            if given and given[0].annotation is not None and TAKES.search(ast.unparse(given[0].annotation)):
                yield f"{'.'.join(path.relative_to(source.ROOT).with_suffix('').parts)}.{node.name}"


def test_every_parser_has_a_fuzzer() -> None:
    covered = {name for harness in harnesses.HARNESSES.values() for name in harness.covers}
    there = {*parsers(), *(f"channel:{name}" for name in CHANNELS)}
    source.report(
        sorted(there - covered - harnesses.EXEMPT.keys()),
        "Call it in a harness of tests/fuzz/harnesses.py and name it in `covers`, or in EXEMPT with the reason:",
    )
    gone = [
        name
        for name in (covered | harnesses.EXEMPT.keys()) - there
        if source.file_of(name.partition(":")[2] or name) is None
    ]
    source.report(sorted(name for name in gone if not name.startswith("channel:")), "These parsers are gone:")


def changed(seeds: list[bytes], name: str) -> Iterator[bytes]:
    """Seeds with something cut, doubled, swapped or flipped in them: the same at every run."""
    chance = random.Random(name)
    for _ in range(CHANGED):
        one, other = chance.choice(seeds), chance.choice(seeds)
        at, length = chance.randrange(len(one) + 1), chance.randrange(1, 40)
        middle = chance.choice(
            (b"", one[at : at + length] * 3, chance.randbytes(4), other[:length], b"\xed\xa0\x80", b"\x00")
        )
        yield one[:at] + middle + one[at + chance.randrange(length) :]


@pytest.mark.parametrize("name", sorted(harnesses.HARNESSES))
def test_the_seeds_and_changed_ones(name: str) -> None:
    seeds = list(harnesses.inputs(name, data_files, most=25))
    for data in [*seeds, *changed(seeds, name)]:
        try:
            harnesses.run(name, data)
        except Exception as error:
            pytest.fail(f"{name} does not stand {data[:300]!r}…: {type(error).__name__}: {error}")
    assert len(seeds) >= 2


@pytest.mark.drill
@pytest.mark.parametrize("name", sorted(harnesses.HARNESSES))
def test_the_fuzzer_finds_nothing(name: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.fuzz", name, "--seconds", str(SECONDS), "--keep", str(tmp_path)]
    done = subprocess.run(command, cwd=source.ROOT, capture_output=True, timeout=SECONDS + 300, check=False)
    said = done.stderr.decode("utf-8", "replace")
    print(f"{name}: {re.findall(r'number_of_executed_units: *([0-9]+)', said)}")
    assert done.returncode == 0, f"{said[-3000:]}\n{[path.read_bytes()[:300] for path in tmp_path.glob('*')]}"
