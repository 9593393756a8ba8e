"""How far the guide has come, where that cannot be seen from what is there."""

from typing import ClassVar

from django.db import models

from torget.organisations.models import User
from torget.setup.rules import guide

_STATES = (guide.Standing.DONE.value, guide.Standing.SKIPPED.value)


class Mark(models.Model):
    """Someone has said that a step is done, or skipped it; or has put the whole guide away (`guide.FINISHED`)."""

    step = models.CharField(max_length=20, primary_key=True)
    state = models.CharField(max_length=10, choices=[(state, state) for state in _STATES])
    at = models.DateTimeField()
    by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(step__in=[*(step.value for step in guide.Step), guide.FINISHED]), name="known_step"
            ),
            models.CheckConstraint(condition=models.Q(state__in=_STATES), name="known_standing"),
        ]

    def __str__(self) -> str:
        return f"{self.step} {self.state}"
