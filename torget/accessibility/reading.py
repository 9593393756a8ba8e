"""What the statement's page shows: the release's results beside what the organisation says."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.utils.functional import Promise

from torget.accessibility import rules, words
from torget.accessibility.models import Shortcoming, Statement

RESULTS = Path(__file__).parent / "data" / "results.json"
NONE = rules.Results(measured=None, pages=(), states=(), checks={}, lix={}, versions={})


@dataclass(frozen=True, slots=True)
class Fault:
    """A row of the statement's lists."""

    what: str | Promise
    why: str | Promise
    instead: str | Promise


@dataclass(frozen=True, slots=True)
class CheckRow:
    """A row of the table of checks."""

    label: str | Promise
    looked: int
    faulty: int


@lru_cache(maxsize=1)
def results() -> rules.Results:
    """The results that came with this release; none where the file is missing or cannot be read, and then it is said."""
    try:
        return rules.read_results(json.loads(RESULTS.read_text()))
    except (OSError, ValueError, KeyError, TypeError):
        return NONE


def faults(kind: rules.Kind, own: Sequence[Shortcoming]) -> list[Fault]:
    """What is known of one kind: ours first, then the organisation's in the order written."""
    ours = [Fault(what, why, instead) for of, what, why, instead in words.KNOWN if of == kind]
    return ours + [Fault(one.what, one.why, one.instead) for one in own if one.kind == kind]


def check_rows(found: rules.Results) -> list[CheckRow]:
    """The checks in the order of `words.CHECKS`."""
    return [
        CheckRow(label, found.checks[name].looked, len(found.checks[name].faulty))
        for name, label in words.CHECKS.items()
        if name in found.checks
    ]


def page() -> dict[str, object]:
    """Context of the statement: two questions to the database."""
    statement = Statement.current()
    own = list(Shortcoming.objects.order_by("at", "pk"))
    found = results()
    known = faults(rules.Kind.FAULT, own)
    verdict = rules.verdict(
        looked=found.looked, faulty=len(found.faulty), faults_known=len(known), own=statement.own_verdict
    )
    return {
        "statement": statement,
        "results": found,
        "verdict": words.VERDICTS[verdict],
        "verdict_code": verdict.value,
        "faults": known,
        "faulty": len(found.faulty),
        "burdens": faults(rules.Kind.BURDEN, own),
        "outside": faults(rules.Kind.OUTSIDE, own),
        "checks": check_rows(found),
        "hardest": found.hardest,
    }
