"""bandit over what is shipped: clean, and every exception names its rule and gives its reason on the line."""

import re
import subprocess
import sys

import pytest

from tests.architecture import source

MARK = re.compile(r"# nosec (B\d{3}(?:, B\d{3})*)  (# .+)")


@pytest.mark.once
def test_bandit_finds_nothing() -> None:
    command = [sys.executable, "-m", "bandit", "-q", "-c", "pyproject.toml", "-r", "torget"]
    done = subprocess.run(command, cwd=source.ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:]


def test_every_exception_says_why() -> None:
    found, number = [], 0
    for path in source.python():
        if source.PACKAGE not in path.parents or "tests" in path.parts:
            continue
        lines = source.text(path).splitlines()
        for place, line in enumerate(lines):
            if "# nosec" not in line:
                continue
            number += 1
            mark = MARK.search(line)
            # The reason stands behind the rule that ruff knows it by, or in a comment just above.
            words = re.sub(r"#|noqa: [A-Z0-9, ]+|type: ignore\S*", "", mark[2]).strip(" ()") if mark else ""
            above = any(text.strip().startswith("#") for text in lines[max(0, place - 3) : place])
            if mark is None or not (words or above):
                found.append(f"{source.name(path)}:{place + 1} {line.strip()[:100]}")
    source.report(found, "Write `# nosec B123  # noqa: S123  why it is safe here`.")
    assert number > 20
