"""The worker's part: keep the sums up to date."""

from __future__ import annotations

from torget.results import actions


def roll_up() -> int:
    """Count today, yesterday and every day that something has happened to since; how many days and weeks were changed."""
    return actions.catch_up()
