"""What must be said of rows that come back from a backup: each module adds what it knows of its own; run before serving.

What was on its way out when the backup was made may have left since. Nobody knows, so nothing of it may leave again by
itself.
"""

from collections.abc import Callable

settlers: dict[str, Callable[[], int]] = {}


def register(name: str, settle: Callable[[], int]) -> None:
    """Add a settler; it returns how many rows it settled. Called in `AppConfig.ready()`."""
    settlers[name] = settle


def settle_all() -> dict[str, int]:
    """Run every settler, once, right after the rows were loaded; how many rows each settled."""
    return {name: settle() for name, settle in settlers.items()}
