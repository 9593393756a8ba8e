"""The worker's part of search."""

from torget.search import actions


def index() -> int:
    """Index what has come or changed; how many entries were written."""
    return actions.sweep()


def count_same() -> int:
    """Put what is new beside what asks the same; how many conversations were put."""
    return actions.count_same()


def forget_old() -> int:
    """Let what was asked long ago be; how many were forgotten."""
    return actions.forget_old()
