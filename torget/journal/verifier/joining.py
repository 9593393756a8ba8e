"""Makes the one file that is given away at /journal/verify.py out of the parts in this folder. Not a part itself."""

import ast
from functools import lru_cache
from pathlib import Path

FOLDER = Path(__file__).parent
PACKAGE = "torget.journal.verifier."
NOT_PARTS = {"__init__", "joining"}


def parts() -> list[str]:
    """Name the parts in an order in which each stands after those that it imports; main, which runs, is last."""
    names = sorted(path.stem for path in FOLDER.glob("*.py") if path.stem not in NOT_PARTS)
    order: list[str] = []

    def place(name: str) -> None:
        if name not in order:
            for other in _imported(name):
                place(other)
            order.append(name)

    for name in [*(name for name in names if name != "main"), "main"]:
        place(name)
    return order


@lru_cache(maxsize=1)
def joined() -> str:
    """Return the one file. ValueError when two parts use one name for different things, or import what they may not."""
    imports, bodies, owners = set[str](), list[str](), dict[str, str]()
    for name in parts():
        text = (FOLDER / f"{name}.py").read_text()
        tree = ast.parse(text)
        for owned in _defined(tree):
            if owners.setdefault(owned, name) != name:
                raise ValueError(f"{owned} is defined both in {owners[owned]}.py and in {name}.py")
        imports |= _outside(tree, name)
        bodies.append(_body(text, tree, name))
    about = ast.get_docstring(ast.parse((FOLDER / "main.py").read_text()), clean=False)
    names = "\n".join(sorted(imports, key=lambda line: (line.startswith("from"), line)))
    return f'"""{about}"""\n\n{names}\n' + "".join(bodies)


def _imported(name: str) -> list[str]:
    tree = ast.parse((FOLDER / f"{name}.py").read_text())
    found = [node.module or "" for node in tree.body if isinstance(node, ast.ImportFrom)]
    return [module.removeprefix(PACKAGE) for module in found if module.startswith(PACKAGE)]


def _outside(tree: ast.Module, name: str) -> set[str]:
    lines = set()
    for node in tree.body:
        if isinstance(node, ast.Import):
            lines |= {f"import {alias.name}" + (f" as {alias.asname}" if alias.asname else "") for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            if any(alias.asname for alias in node.names):
                raise ValueError(f"{name}.py renames what it takes from {module}; in one file a thing has one name")
            if module.startswith(PACKAGE):
                continue
            if node.level or module.partition(".")[0] == "torget":
                raise ValueError(f"{name}.py imports from {module or '.'}: only the standard library and parts")
            lines |= {f"from {module} import {alias.name}" for alias in node.names}
    return lines


def _defined(tree: ast.Module) -> set[str]:
    names = set()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names |= {part.id for target in targets for part in ast.walk(target) if isinstance(part, ast.Name)}
    return names


def _body(text: str, tree: ast.Module, name: str) -> str:
    # The part as it was written, comments and all, without its imports and with its docstring as a heading.
    lines = text.splitlines()
    gone = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    about = tree.body[0]
    for node in [about, *gone]:
        for number in range(node.lineno, (node.end_lineno or node.lineno) + 1):
            lines[number - 1] = ""
    said = (
        ""
        if name == "main"
        else "".join(f"# {line}".rstrip() + "\n" for line in (ast.get_docstring(tree) or "").split("\n"))
    )
    bar = f"# ==== {name} ".ljust(120, "=")
    return f"\n\n{bar}\n{said}\n\n" + "\n".join(lines).strip("\n") + "\n"
