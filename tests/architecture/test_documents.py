"""The documentation says what there is: each module, setting, permission, channel and command, and no command that is not."""

import ast
import io
import re
import subprocess
import sys
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.architecture import source

WHERE = source.ROOT / "docs" / "where-things-live.md"
# Documents that tell people what to type.
GUIDES = [source.ROOT / "README.md", source.ROOT / "CONTRIBUTING.md", *sorted((source.ROOT / "docs").rglob("*.md"))]
CODE = re.compile(r"`([^`\n]+)`|^(?: {4}|\$ )(.+)$", re.MULTILINE)


def where() -> str:
    """The page that says where everything is."""
    assert WHERE.exists(), f"{source.name(WHERE)} is missing: it says where each thing lives."
    return source.text(WHERE)


def missing(names: set[str]) -> list[str]:
    """The names that do not stand on the page as code, so between backticks or slashes."""
    page = where()
    return sorted(name for name in names if not re.search(rf"[`/.]{re.escape(name)}\b", page))


def settings() -> set[str]:
    """Every setting that an operator may change: what is read from the environment anywhere in the package."""
    found: set[str] = set()
    for path in source.python():
        if path.is_relative_to(source.PACKAGE) and "tests" not in path.parts:
            found |= set(re.findall(r"environ(?:\.get\(|\[)\s*[\"'](\w+)[\"']", source.text(path)))
            found |= set(re.findall(r"getenv\(\s*[\"'](\w+)[\"']", source.text(path)))
            found |= set(re.findall(r"environment\.(?:text|whole|flag)\(\s*[\"'](\w+)[\"']", source.text(path)))
    # Django's own way of naming the settings module is no setting of ours.
    return found - {"DJANGO_SETTINGS_MODULE"}


def permissions() -> set[str]:
    """Every predicate: the public functions of the permissions.py of each module."""
    found = set()
    for module in source.modules():
        path = source.PACKAGE / module / "permissions.py"
        if path.exists():
            nodes = source.tree(path).body
            found |= {
                node.name for node in nodes if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
            }
    return found


def targets() -> set[str]:
    """The targets of the Makefile."""
    return set(re.findall(r"^([a-z]+):", source.text(source.ROOT / "Makefile"), re.MULTILINE))


@cache
def commands() -> set[str]:
    """The subcommands of `torget`, from its own help."""
    done = subprocess.run(
        [sys.executable, "-m", "torget", "--help"], cwd=source.ROOT, capture_output=True, text=True, check=False
    )
    # argparse writes each subcommand four spaces in, its help beside it.
    listed = set(re.findall(r"^ {4}([a-z]+)(?= |$)", done.stdout, re.MULTILINE))
    assert listed, f"torget --help lists no commands:\n{done.stdout}{done.stderr}"
    return listed


def typed(path: Path) -> str:
    """What a document says in code: between backticks, and in indented or shell lines."""
    return "\n".join(inline or block for inline, block in CODE.findall(source.text(path)))


def test_every_module_is_documented() -> None:
    source.report(missing(set(source.modules())), f"Say in {source.name(WHERE)} what the module owns.")


def test_every_setting_is_documented() -> None:
    assert settings(), "no setting was found: has the way to read them changed?"
    source.report(missing(settings()), f"Say in {source.name(WHERE)} what the setting does and what it is by default.")


def test_the_doctor_knows_every_setting() -> None:
    from torget.core.doctor.environment import SETTINGS

    ours = {name for name in settings() if name.startswith("TORGET_")} | {"DATABASE_URL"}
    source.report(
        sorted(ours ^ set(SETTINGS)),
        "Add the setting to SETTINGS in torget/core/doctor/environment.py with what its value has to be (or take it out).",
    )


def logged() -> dict[str, str]:
    """What our own code logs: where → the template."""
    found = {}
    for path in source.python():
        if path.is_relative_to(source.PACKAGE) and "tests" not in path.parts:
            for node in ast.walk(source.tree(path)):
                if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                    continue
                who = node.func.value
                if not (isinstance(who, ast.Name) and who.id == "log" and node.args):
                    continue
                said = node.args[1] if node.func.attr == "log" else node.args[0]
                text = said.value if isinstance(said, ast.Constant) and isinstance(said.value, str) else "?"
                found[f"{source.name(path)}:{node.lineno}"] = text
    return found


def test_a_line_of_the_log_is_an_event_with_a_name_and_plain_values() -> None:
    shape = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+( [a-z][a-z0-9_]*=%[sd])*")
    source.report(
        [f"{where}: {text}" for where, text in logged().items() if not shape.fullmatch(text)],
        'Log `log.warning("event.name key=%s", value)`: a name that stays, and values that are figures or codes (core/logs.py).',
    )


def test_every_event_of_the_log_is_documented() -> None:
    from torget.core.logs import OTHERS

    events = {text.split()[0] for text in logged().values()} | set(OTHERS.values()) | {"other.said"}
    assert len(events) > 20, "few events were found: has the way to log changed?"
    page = where()
    source.report(
        sorted(name for name in events if f"`{name}`" not in page), f"Say in {source.name(WHERE)} what it means."
    )


def test_every_permission_is_documented() -> None:
    assert permissions(), "no permission was found: has the way to write them changed?"
    source.report(missing(permissions()), f"Say in {source.name(WHERE)} who may do this.")


def test_every_channel_is_documented() -> None:
    from torget.channels.registry import CHANNELS

    source.report(missing(set(CHANNELS)), f"Say in {source.name(WHERE)} where the channel's file is.")


def test_every_command_is_documented() -> None:
    source.report(missing_commands(), f"Write `torget NAME` in {source.name(WHERE)} with what it does.")


def missing_commands() -> list[str]:
    """The subcommands that the page does not show as `torget NAME`."""
    page = where()
    return sorted(name for name in commands() if f"torget {name}" not in page)


@pytest.mark.parametrize("path", GUIDES, ids=source.name)
def test_what_a_guide_tells_to_type_exists(path: Path) -> None:
    assert path.exists(), f"{source.name(path)} is missing"
    said = typed(path)
    unknown = [f"make {name}" for name in re.findall(r"\bmake ([a-z]+)", said) if name not in targets()]
    asked = re.findall(r"(?:^|bin/|\s)torget ([a-z]+)", said, re.MULTILINE)
    if asked:
        known = commands()
        unknown += [f"torget {name}" for name in asked if name not in known]
    source.report(unknown, f"{source.name(path)} tells to type what does not exist. Mend the document or the Makefile.")


@pytest.mark.parametrize("path", GUIDES, ids=source.name)
def test_a_guide_points_only_to_files_that_exist(path: Path) -> None:
    found = []
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", source.text(path)):
        if not re.match(r"[a-z]+:", target) and not (path.parent / target).exists():
            found.append(target)
    source.report(found, f"{source.name(path)} links to what is not there.")


# ---- documents that the code names ----------------------------------------------------------------------------------


def remarks(path: Path) -> str:
    """What a file says beside what it does: comments and docstrings of Python, all of other files."""
    if path.suffix != ".py":
        return source.text(path)
    tokens = tokenize.generate_tokens(io.StringIO(source.text(path)).readline)
    said = [token.string for token in tokens if token.type == tokenize.COMMENT]
    # Docstrings, and the strings after an attribute.
    for node in ast.walk(source.tree(path)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            said.append(node.value.value)
    return "\n".join(said)


def test_a_document_that_the_code_names_exists() -> None:
    names = {source.name(path) for path in source.files()}
    bare = {name.rpartition("/")[2] for name in names}
    decisions = {name.rpartition("/")[2][:4] for name in names if name.startswith("docs/decisions/")}
    found = []
    for path in source.files():
        if path.suffix not in (".py", ".html", ".js", ".css", ".toml", ".service", ".conf", ".example", ""):
            continue
        said = remarks(path)
        named = re.findall(r"(?<![\w*/])(?:[\w.-]+/)*[\w-]+\.md\b", said)
        found += [f"{source.name(path)}: {name}" for name in named if name not in (names if "/" in name else bare)]
        numbers = re.findall(r"\b[Dd]ecisions? (\d{4})\b|docs/decisions(?:/(\d{4}))?\b", said)
        found += [
            f"{source.name(path)}: decision {by_word or by_path or 'without a number'}"
            for by_word, by_path in numbers
            if (by_word or by_path) not in decisions
        ]
    source.report(found, "Name a document of this repository: docs/rules/….md, or a decision by its number.")


# ---- the paths of where-things-live ---------------------------------------------------------------------------------


def mentions() -> Iterator[tuple[str, list[Path], str]]:
    """(path in backticks, the files that it may mean, what is said after it) of the page.

    A path is from the root, from `torget/`, in the row's module, or beside or above the path before it in the same row.
    """
    section = ""
    for whole in where().replace("\n   ", " ").splitlines():
        section = whole.removeprefix("## ") if whole.startswith("## ") else section
        # In the tables of addresses only what is after the address is a path; TORGET_HOME is not the repository.
        line = whole.split(" | ", 1)[-1] if section == "Addresses" else whole
        if section == "What lies in TORGET_HOME" or line.startswith(("In a module:", "worker's part")):
            continue
        module = re.match(r"\| `(torget/\w+)`", line)
        bases = [source.ROOT, source.PACKAGE, *([source.ROOT / module[1]] if module else [])]
        beside: list[Path] = []
        for token, after in re.findall(r"`([\w./-]+)`([^`]*)", line):
            # Such as `torget/rules.py`, `rules.py`, `docs/rules/`; not `security.txt`, `/disk/` or `TORGET_HOME/files`.
            if token.startswith(("/", "TORGET_HOME/", "keys/")) or not ("/" in token or token.endswith(".py")):
                continue
            meant = [base / token for base in [*bases, *beside] if (base / token).exists()]
            yield token, meant, after
            if meant and "/" in token:
                folder = meant[0] if meant[0].is_dir() else meant[0].parent
                beside = [folder, folder.parent]


def defined(path: Path) -> set[str]:
    """The names that a file, or the files of a folder, define."""
    found: set[str] = set()
    for file in sorted(path.glob("*.py")) if path.is_dir() else [path]:
        if file.suffix == ".py":
            shape = r"^(?: {4})?(?:async )?(?:def|class) (\w+)|^(\w+)(?:: [^=\n]+)? = "
            found |= {one or other for one, other in re.findall(shape, source.text(file), re.MULTILINE)}
    return found


def test_every_path_of_the_page_exists() -> None:
    found = [token for token, meant, _ in mentions() if not meant]
    source.report(found, f"Mend the path in {source.name(WHERE)}: from the root, from torget/, or in the row's module.")


def test_the_names_after_a_path_are_defined_there() -> None:
    found = []
    for token, meant, after in mentions():
        if not any(path.is_dir() or path.suffix == ".py" for path in meant):
            continue
        known = set().union(*(defined(path) for path in meant))
        # Of the words after a path those with a line below between them can be nothing but names.
        listed = re.match(r"\s*(\w+(?:(?:,? and |, )\w+)*)", after)
        for word in re.findall(r"\b[a-z]+_[a-z_]+\b", listed[1] if listed else ""):
            if word not in known:
                found.append(f"{token} {word}")
    source.report(found, f"The function has moved: say in {source.name(WHERE)} where it is.")


def test_a_command_stands_in_one_row() -> None:
    rows = re.findall(r"^\| `(torget [a-z]+(?: --?\w+| [A-Z]+)?)", where(), re.MULTILINE)
    source.report([row for row in set(rows) if rows.count(row) > 1], "One row for each command.")
