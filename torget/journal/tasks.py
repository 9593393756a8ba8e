"""What the worker does for the journal."""

from torget.journal import actions

BATCH = 1000


def sequence_waiting() -> int:
    """Number the entries that wait, at most a batch; returns how many. The worker comes again at once after a full one."""
    return actions.sequence(BATCH)
