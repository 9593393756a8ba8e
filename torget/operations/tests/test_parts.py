"""The files of this module import each other in one direction only, also inside functions."""

import ast
from graphlib import TopologicalSorter
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1]
PACKAGE = "torget.operations"


def _imported(path: Path, names: set[str]) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == PACKAGE:
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith(f"{PACKAGE}."):
            found.add((node.module or "").split(".")[2])
    return found & names


def test_no_two_files_import_each_other() -> None:
    names = {path.stem for path in FOLDER.glob("*.py")} - {"__init__"}
    imports = {name: _imported(FOLDER / f"{name}.py", names) for name in names}
    assert imports["upgrading"] >= {"copying", "changes"}, "the reading of imports finds none"
    order = list(TopologicalSorter(imports).static_order())  # CycleError names the ring
    assert order.index("changes") < order.index("copying") < order.index("upgrading")
