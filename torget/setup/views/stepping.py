"""The frame of every step of the guide."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from torget.setup import reading, words
from torget.setup.rules import guide
from torget.setup.rules.guide import Step


def page(request: HttpRequest, step: Step, *, status: int = 200, **context: Any) -> HttpResponse:
    """The page of a step with what every step shows."""
    standings = reading.standings()
    title, why = words.STEPS[step]
    shared = {
        "step": step,
        "title": title,
        "why": why,
        "standing": standings[step],
        "number": list(Step).index(step) + 1,
        "count": len(Step),
        "last": guide.following(step, standings) is None,
    }
    return render(request, f"setup/step_{step.name.lower()}.html", shared | context, status=status)
