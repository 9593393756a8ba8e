"""No regular expression of ours can be made to run on: each is given strings that make careless ones go back and forth."""

import pkgutil
import re
import signal
from collections.abc import Iterator
from importlib import import_module
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import regex

import torget

SHORT, LONG = 600, 20_000
# What a pattern may hold a worker up for, on the longest text that it meets. A bad one takes minutes: it never comes back.
SECONDS = 10
BRICKS = (
    "a", "0", " ", "\t", "\n", "-", ".", "_", "=", "@", "<", ">", '"', "'", "(", "[", "\\", "/", "å", "> ", "a@", "a.", "0-",
    "<a ", "a=", "x://", "=?utf-8?q?", "\r\n ", "aA0", " \n", ", ", "--", "<!--", "&#", "2026-", "+46 ", "\"\\", "x.x@",
)  # fmt: skip


def _asked(name: str, source: str) -> set[str]:
    """How a pattern is asked in the code, by its name; `search` goes through all of a text and stands for the rest."""
    said = set(re.findall(rf"\b{name}(?:\[[^\]\n]*\])?\.(\w+)\(", source))
    return {how if how in ("match", "fullmatch") else "search" for how in said} or {"search"}


def patterns() -> Iterator[tuple[str, Any, set[str]]]:
    """(where, pattern, how it is asked) of every compiled expression of our modules, also in tuples, lists and dicts."""
    source = "\n".join(path.read_text() for path in Path(torget.__path__[0]).rglob("*.py") if "tests" not in path.parts)
    seen = set()
    for found in pkgutil.walk_packages(torget.__path__, "torget."):
        if ".tests" in found.name or ".migrations" in found.name or found.name in ("torget.asgi", "torget.__main__"):
            continue
        for name, value in vars(import_module(found.name)).items():
            for one in _within(value):
                if one.pattern not in seen:
                    seen.add(one.pattern)
                    yield f"{found.name}.{name}", one, _asked(name, source)


def _within(value: Any, depth: int = 0) -> Iterator[Any]:
    if isinstance(value, re.Pattern | regex.Pattern):
        yield value
    elif depth < 3 and isinstance(value, tuple | list | frozenset | set):
        for one in value:
            yield from _within(one, depth + 1)
    elif depth < 3 and type(value) is dict:
        for key, one in value.items():
            yield from _within(key, depth + 1)
            yield from _within(one, depth + 1)


def texts(length: int) -> Iterator[str]:
    """Long rows of one brick, with an end that spoils what had begun to fit."""
    for brick in BRICKS:
        row = brick * (length // len(brick))
        yield row
        yield f"{row}\x00!"


@pytest.mark.once
@pytest.mark.parametrize("length", [SHORT, pytest.param(LONG, marks=pytest.mark.drill)])
def test_no_pattern_runs_on(length: int) -> None:
    def enough(*_: object) -> None:
        raise TimeoutError

    # The process's own time: whatever else the machine does is no fault of a pattern.
    before = signal.signal(signal.SIGVTALRM, enough)
    found, number = [], 0
    try:
        for where, pattern, asked in patterns():
            number += 1
            signed = isinstance(pattern.pattern, str)
            for how, text in product(sorted(asked), texts(length)):
                signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
                try:
                    getattr(pattern, how)(text if signed else text.encode())
                except TimeoutError:
                    found.append(f"{where}.{how}: {pattern.pattern[:80]!r} on {text[:12]!r}…")
                    break
                finally:
                    signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    finally:
        signal.signal(signal.SIGVTALRM, before)
    assert not found, "These go on and on; write them without two ways to take the same signs:\n" + "\n".join(found)
    assert number > 80
