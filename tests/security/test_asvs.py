"""docs/rules/asvs.md: every requirement of ASVS 5.0 once, with its level, and each named test and file is there."""

import ast
import re
from collections import Counter

from tests.architecture import source

PAGE = source.ROOT / "docs" / "rules" / "asvs.md"
ROW = re.compile(r"^\| (\d+\.\d+\.\d+) \| ([123]) \| ([^|]+) \| (Test|Reason|Not met): ([^|]+) \|$")
NAMED = re.compile(r"`((?:torget|tests|docs|deploy|scripts)/[\w/.-]+)(?:::(\w+))?`")
# The level of each requirement of a section, in order, as the standard numbers them (5.0.0, May 2025).
LEVELS = """
1.1 22 1.2 1111122223 1.3 112222222223 1.4 222 1.5 123  2.1 122 2.2 112 2.3 12223 2.4 23
3.1 3 3.2 113 3.3 12223 3.4 11222233 3.5 11122333 3.6 3 3.7 22333  4.1 12233 4.2 23333 4.3 22 4.4 1222
5.1 2 5.2 112333 5.3 113 5.4 222  6.1 122 6.2 111111112222 6.3 11223333 6.4 112233 6.5 22222333 6.6 2223 6.7 33 6.8 2222
7.1 222 7.2 1111 7.3 22 7.4 11222 7.5 223 7.6 22  8.1 1233 8.2 1123 8.3 133 8.4 23  9.1 111 9.2 1222
10.1 22 10.2 223 10.3 22223 10.4 1111122222233333 10.5 22222 10.6 22 10.7 222
11.1 2233 11.2 22233 11.3 11233 11.4 1222 11.5 23 11.6 23 11.7 33  12.1 12233 12.2 11 12.3 22223
13.1 2333 13.2 222223 13.3 2233 13.4 1222233  14.1 22 14.2 12223333 14.3 122
15.1 12233 15.2 12233 15.3 1222222 15.4 3333  16.1 2 16.2 22222 16.3 2222 16.4 222 16.5 2223
17.1 23 17.2 22223333 17.3 22
"""


def standard() -> dict[str, int]:
    """Requirement → level, of all 345."""
    words = LEVELS.split()
    return {
        f"{section}.{place}": int(level)
        for section, levels in zip(words[::2], words[1::2], strict=True)
        for place, level in enumerate(levels, start=1)
    }


def rows() -> list[tuple[str, int, str, str]]:
    """(requirement, level, kind, words) of each row."""
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if re.match(r"\| \d+\.", line)]
    found = [ROW.match(line) for line in lines]
    assert None not in found, [line for line, row in zip(lines, found, strict=True) if row is None]
    return [(row[1], int(row[2]), row[4], row[5]) for row in found if row is not None]


def test_the_standard_has_as_many_as_it_says() -> None:
    levels = Counter(standard().values())
    assert (levels[1], levels[2], levels[3]) == (70, 183, 92)


def test_every_requirement_stands_once_with_its_level() -> None:
    wanted = {name for name, level in standard().items() if level < 3 or name.startswith(("5.", "16."))}
    listed = [name for name, _, _, _ in rows()]
    assert [name for name, number in Counter(listed).items() if number > 1] == []
    assert sorted(wanted - set(listed)) == [], "missing"
    assert sorted(set(listed) - wanted) == [], "not asked for"
    assert [name for name, level, _, _ in rows() if standard()[name] != level] == []
    assert sum(level < 3 for _, level, _, _ in rows()) == 253


def test_each_test_and_file_is_there() -> None:
    found = []
    for name, _, kind, words in rows():
        named = NAMED.findall(words)
        if kind == "Test" and not any(test for _, test in named):
            found.append(f"{name} names no test")
        for path, test in named:
            there = source.ROOT / path
            if not there.exists():
                found.append(f"{name}: {path} is not there")
            elif test and test not in {
                node.name for node in ast.walk(source.tree(there)) if isinstance(node, ast.FunctionDef)
            }:
                found.append(f"{name}: {path} has no {test}")
    source.report(found, "Name a test that is there, or say the reason.")


def test_the_counts_are_right() -> None:
    number = Counter(kind for _, _, kind, _ in rows())
    told = dict(re.findall(r"^\| (test|reason|not met) \| (\d+) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE))
    assert told == {kind.lower(): str(many) for kind, many in number.items()}
