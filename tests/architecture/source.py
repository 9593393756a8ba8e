"""The files of the repository, as the checks on the whole tree read them."""

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGE = ROOT / "torget"


@cache
def files() -> tuple[Path, ...]:
    """Every file that is in git or would be added to it; where there is no git, all but hidden and generated folders."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.decode()
        found = [ROOT / name for name in listed.split("\0") if name]
    except (OSError, subprocess.CalledProcessError):
        found = [path for path in ROOT.rglob("*") if not set(path.relative_to(ROOT).parts) & {".venv", ".cache", "var"}]
    return tuple(sorted({path for path in found if path.is_file()}))


def python() -> list[Path]:
    """All Python files but migrations, which Django writes."""
    return [path for path in files() if path.suffix == ".py" and "migrations" not in path.parts]


def templates() -> list[Path]:
    """All templates."""
    return [path for path in files() if "templates" in path.parts and path.suffix in (".html", ".txt", ".xml", ".svg")]


def written() -> list[Path]:
    """What people write and read: Python, templates, scripts; not what others made (vendor)."""
    scripts = [path for path in files() if path.suffix in (".js", ".ts")]
    return [path for path in [*python(), *templates(), *scripts] if "vendor" not in path.parts]


def name(path: Path) -> str:
    """A path for a message: from the root, with slashes."""
    return path.relative_to(ROOT).as_posix()


@cache
def text(path: Path) -> str:
    """A file's text; bytes that are no UTF-8 are replaced."""
    return path.read_text(encoding="utf-8", errors="replace")


@cache
def tree(path: Path) -> ast.Module:
    """A Python file, parsed."""
    return ast.parse(text(path), filename=str(path))


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """(line, dotted name) of everything that a file imports, but for type checking alone."""
    only_types: set[ast.AST] = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            only_types.update(child for part in node.body for child in ast.walk(part))
    for node in ast.walk(tree(path)):
        if node in only_types:
            continue
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.lineno, f"{node.module or '.'}.{alias.name}") for alias in node.names)


def file_of(name: str) -> Path | None:
    """The file behind a dotted name of ours, which may end with what is inside the file; None when there is none."""
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        base = ROOT.joinpath(*parts[:length])
        for path in (base.with_suffix(".py"), base / "__init__.py"):
            if path.is_file():
                return path
    return None


@cache
def modules() -> tuple[str, ...]:
    """The modules of the house: each package right under torget/."""
    return tuple(sorted(path.parent.name for path in PACKAGE.glob("*/__init__.py")))


def report(found: list[str], instruction: str) -> None:
    """Fail with the instruction and each place."""
    assert not found, f"{instruction}\n" + "\n".join(f"- {line}" for line in found)
