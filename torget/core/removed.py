"""What somebody has just taken away: the page that follows offers it back once, as it was and under the number that it had."""

from typing import Any, TypeVar

from django.core import serializers, signing
from django.core.serializers.base import DeserializationError
from django.db import IntegrityError, models, transaction
from django.http import HttpRequest

M = TypeVar("M", bound=models.Model)

FIELD = "tillbaka"
"""What `components/bring_back.html` calls the row in its form."""


def keep(request: HttpRequest, row: models.Model) -> None:
    """Put a row aside, before it is deleted, for the page that comes next."""
    words = signing.dumps(serializers.serialize("json", [row]), salt=_place(type(row)), compress=True)
    request.session[_place(type(row))] = {"name": str(row), "row": words}


def offer(request: HttpRequest, model: type[models.Model]) -> dict[str, Any] | None:
    """`name` and `row` for `components/bring_back.html`, once; None when nothing was taken away."""
    found: dict[str, Any] | None = request.session.pop(_place(model), None)
    return found


def given(request: HttpRequest, model: type[M]) -> M | None:
    """The row that is asked back by that form, not stored yet; None when none is, or it is not as we gave it."""
    try:
        [found] = serializers.deserialize("json", signing.loads(request.POST[FIELD], salt=_place(model)))
    except (KeyError, signing.BadSignature, DeserializationError):
        return None
    return found.object if isinstance(found.object, model) else None


def put_back(row: models.Model) -> bool:
    """Store a row under the number that it had; False when it, or its like, is there: a double click makes one row."""
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        return False
    return True


def _place(model: type[models.Model]) -> str:
    return f"removed.{model._meta.label_lower}"
