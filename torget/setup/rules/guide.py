"""The steps of the guide: their order, and how far one has come."""

from collections.abc import Mapping, Set
from enum import StrEnum


class Step(StrEnum):
    """A step, in the order in which they are shown; the values are the addresses."""

    LOOK = "utseende"
    AUTHORITIES = "namnder"
    HOURS = "oppettider"
    STAFF = "medarbetare"
    CHANNELS = "kanaler"
    COSTS = "kostnader"
    RETENTION = "gallring"
    TEXTS = "texter"
    EXAMPLE = "exempel"


class Standing(StrEnum):
    """How a step stands."""

    OPEN = "open"
    DONE = "done"
    SKIPPED = "skipped"


FINISHED = "klar"
"""What is marked when the whole guide has been put away."""


def standings(seen: Set[Step], marked: Mapping[str, str]) -> dict[Step, Standing]:
    """Each step: done when what it is about is there (`seen`) or someone said so, else skipped or open."""
    found = {}
    for step in Step:
        said = marked.get(step.value, "")
        done = step in seen or said == Standing.DONE
        found[step] = Standing.DONE if done else Standing.SKIPPED if said == Standing.SKIPPED else Standing.OPEN
    return found


def following(step: Step, now: Mapping[Step, Standing]) -> Step | None:
    """The next step that is open, after `step` and then from the beginning; None when all are done or skipped."""
    steps = list(Step)
    place = steps.index(step) + 1
    return next((s for s in steps[place:] + steps[:place] if s is not step and now[s] is Standing.OPEN), None)
