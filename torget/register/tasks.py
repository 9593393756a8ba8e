"""The worker's part of the register."""

from torget.register import actions

BATCH = 2000


def mend() -> int:
    """Put records that the public register's index lacks there; how many there were."""
    return actions.mend(BATCH)
