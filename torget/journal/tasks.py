"""What the worker does for the journal."""

from torget.journal import actions


def sequence_waiting() -> int:
    """Number a batch of the entries that wait; returns how many. The worker comes again at once while there are any."""
    return actions.sequence()
