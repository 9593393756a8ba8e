"""The rules of the house that the source alone can show."""

import ast
import re
import subprocess
import sys
from pathlib import Path

from tests.architecture import source

LINES = 400
FUNCTION = 60
# A short fixed list rather than a pattern: names that say nothing about what is inside.
NAMELESS = {"utils.py", "helpers.py", "common.py", "misc.py", "util.py"}
SIGNALS = ("django.dispatch", "django.db.models.signals", "django.core.signals")
UNESCAPED = re.compile(r"""\|\s*safe\b|mark_safe\((?!["']["']\))|SafeString\((?!["']["']\))|autoescape\s+off""")
REASON = re.compile(r"(#|\{#|<!--|//).*(\bsafe:|noqa: S308)\s+\S", re.IGNORECASE)


def test_no_file_is_longer_than_a_reader_can_hold() -> None:
    long = [
        f"{source.name(path)}: {lines} lines"
        for path in source.written()
        if (lines := source.text(path).count("\n")) > LINES
    ]
    source.report(
        long, f"A file holds at most {LINES} lines. Make it a package of the same name, split by what it answers."
    )


def test_no_function_is_longer_than_a_screen() -> None:
    long = []
    for path in source.python():
        for node in ast.walk(source.tree(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > FUNCTION:
                    long.append(f"{source.name(path)}:{node.lineno} {node.name}: {lines} lines")
    source.report(long, f"A function holds at most {FUNCTION} lines. Give its parts names.")


def test_import_contracts_hold() -> None:
    done = subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"],
        cwd=source.ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, (
        "Imports go only downwards (pyproject.toml, [tool.importlinter]):\n" + done.stdout[-6000:]
    )


def impure(path: Path, seen: set[Path]) -> list[str]:
    """What a file imports, itself or through our own files, that is neither ours nor in the standard library."""
    found = []
    for line, name in source.imports(path):
        top = name.split(".")[0]
        if top != "torget":
            if top not in sys.stdlib_module_names:
                found.append(f"{source.name(path)}:{line} imports {name}")
        elif (ours := source.file_of(name)) and ours not in seen:
            seen.add(ours)
            found += impure(ours, seen)
    return found


# The Swedish stemmer is a pure function over words, and nothing that we would write better.
PURE_PARTS = {"torget/matching/rules/words.py": "imports snowballstemmer"}


def test_rules_know_only_the_standard_library() -> None:
    found: list[str] = []
    for path in source.python():
        inside = path.relative_to(source.ROOT).parts
        if inside[0] == "torget" and "tests" not in inside and ("rules" in inside or path.name == "rules.py"):
            found += impure(path, {path})
    allowed = [name for name, part in PURE_PARTS.items() for line in found if line.startswith(name) and part in line]
    found = [line for line in found if line.partition(":")[0] not in allowed]
    source.report(
        sorted(set(found)), "Rules are pure: take dates, settings and the values of rows as arguments instead."
    )


def test_channels_know_no_django_but_the_words() -> None:
    found = []
    for path in (source.PACKAGE / "channels").glob("*.py"):
        if path.name != "apps.py":
            names = [(line, name) for line, name in source.imports(path) if name.startswith(("django", "allauth"))]
            found += [
                f"{path.name}:{line} {name}" for line, name in names if not name.startswith("django.utils.translation")
            ]
    source.report(found, "A channel turns bytes into Incoming and knows no models, no settings and no request.")


def test_a_module_says_what_it_owns_and_nothing_else() -> None:
    found = []
    for module in source.modules():
        path = source.PACKAGE / module / "__init__.py"
        body = source.tree(path).body
        if len(body) != 1 or ast.get_docstring(source.tree(path)) is None:
            found.append(source.name(path))
    source.report(
        found, "The __init__.py of a module is one docstring that says what the module owns, and nothing else."
    )


def test_no_file_is_named_after_nothing() -> None:
    found = [source.name(path) for path in source.files() if path.name in NAMELESS]
    source.report(found, "Name a file after what it answers.")


def test_modules_do_not_talk_by_signals() -> None:
    found = []
    for path in source.python():
        if path.is_relative_to(source.PACKAGE):
            for line, name in source.imports(path):
                if name.startswith(SIGNALS):
                    found.append(f"{source.name(path)}:{line} imports {name}")
    source.report(found, "No signals between our own modules: call the action of the module below.")


def test_unescaped_text_has_its_reason_beside_it() -> None:
    found = []
    for path in source.written():
        # A mail in plain text has nothing to escape: it is not HTML.
        if "tests" in path.relative_to(source.ROOT).parts or path.suffix == ".txt":
            continue
        lines = source.text(path).splitlines()
        for number, line in enumerate(lines, start=1):
            above = lines[number - 2].strip() if number > 1 else ""
            if UNESCAPED.search(line) and not (REASON.search(line) or above.startswith(("#", "{#", "//"))):
                found.append(f"{source.name(path)}:{number} {line.strip()[:100]}")
    source.report(
        found,
        "Text that is not escaped needs a comment on its line or just above: `# noqa: S308` or `safe:`, and then why it can"
        " hold nothing of a visitor's. Better: format_html.",
    )


def test_all_python_files_say_what_they_are_for() -> None:
    found = [source.name(path) for path in source.python() if not ast.get_docstring(source.tree(path))]
    source.report(found, "Begin the file with a docstring of one sentence.")
