"""The worker's part: keep the sums up to date."""

from __future__ import annotations

from torget.results import actions

# A round has always counted all there is: the next one waits its minute, also where messages come in all the time.
NEVER_AT_ONCE = 1_000_000


def roll_up() -> int:
    """Count today, yesterday and every day that something has happened to since; how many days and weeks were changed."""
    return actions.catch_up()
