"""The worker's part of the register."""

from torget.register import actions

BATCH = 2000


def refresh() -> int:
    """Write anew what the database has marked as stale in the index; how many there were."""
    return actions.refresh()


def mend() -> int:
    """Put records that the public register's index lacks there; how many there were."""
    return actions.mend(BATCH)
