"""A row of any model, made from what its fields ask for, so that a model of tomorrow is planted without anyone's doing."""

from datetime import date, time, timedelta
from typing import Any

from django.db import models

from torget.core import clock
from torget.files.models import Blob
from torget.register.models import Record

# What the constraints of a model ask for besides.
GIVEN: dict[str, dict[str, Any]] = {
    "moderation.Notice": {"ground": "other", "good_faith": True},
    "moderation.Evidence": {"ground": "threat", "blob": lambda: row_of(Blob)},
    "results.RecurringSubject": {"count": 2},
    "operations.BackupRun": {"kind": "backup"},
    "accounts.IdentityRequest": {"state": "given", "given_at": clock.now},
    "journal.Witness": {"role": "by"},
    "team.Shift": {"weekday": 0, "starts": time(8), "ends": time(12)},
    "api.Token": {"scopes": ["messages:read"]},
    "setup.Mark": {"step": "klar", "state": "done"},
    "register.Hold": {"record": lambda: row_of(Record)},
}
SIMPLE: tuple[tuple[Any, Any], ...] = (
    (models.BooleanField, False), (models.IntegerField, 1), (models.FloatField, 1.0), (models.DecimalField, 1),
    (models.DurationField, timedelta(1)), (models.JSONField, {}), (models.BinaryField, bytes(32)),
)  # fmt: skip


def row_of(model: Any) -> Any:
    """An existing row, or a new one with what its fields and constraints ask for."""
    found = model._base_manager.first()
    if found is not None:
        return found
    values: dict[str, Any] = {}
    for field in model._meta.local_concrete_fields:
        wanted = not field.null and not field.has_default() and not getattr(field, "auto_created", False)
        if field.primary_key and not field.remote_field and isinstance(field, models.AutoField):
            continue
        if wanted and field.remote_field:
            values[field.name] = row_of(field.remote_field.model)
        elif wanted and not field.blank:
            values[field.name] = _value(field)
        elif wanted and isinstance(field, models.BinaryField):
            values[field.name] = bytes(field.max_length or 1)
    values |= {name: value() if callable(value) else value for name, value in GIVEN.get(model._meta.label, {}).items()}
    return model._base_manager.create(**values)


def _value(field: Any) -> Any:
    now = clock.now()
    if field.choices:
        return field.choices[0][0]
    if isinstance(field, models.DateTimeField):
        return now
    if isinstance(field, models.DateField):
        return date(2026, 11, 16)
    if isinstance(field, models.TimeField):
        return time(9)
    for kind, value in SIMPLE:
        if isinstance(field, kind):
            return bytes(field.max_length or 1) if isinstance(field, models.BinaryField) else value
    return f"{field.model._meta.model_name}-{field.name}"[: field.max_length or 200]
