"""What is true of every form of ours."""

from collections.abc import Hashable
from functools import lru_cache
from typing import Any

from django.forms.renderers import DjangoTemplates
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

LONG = 200
"""A value longer than this is somebody's text, and no field is kept with that."""


class PlainErrors:
    """Names the question that was left empty, in our own words; for forms whose questions do not say it themselves."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():  # type: ignore[attr-defined]
            if field.label:
                field.error_messages["required"] = _("Fyll i ”%(question)s”.") % {"question": field.label}


class KeptFields(DjangoTemplates):
    """Renders fields as Django does, and keeps what it made: a page's fields are the same ones each time.

    Django reads some three templates for each field, a twentieth of the CPU of the desk's page. What is kept is found by
    all that the field is made of, so that it is never out of date.
    """

    def render(self, template_name: str, context: dict[str, Any], request: HttpRequest | None = None) -> SafeString:
        """As HTML."""
        made_of = _kept(context) if request is None and template_name.startswith("django/forms/widgets/") else None
        if made_of is None:
            return mark_safe(super().render(template_name, context, request))  # nosec B308, B703  # noqa: S308  Django's own template
        return self._rendered(template_name, made_of)

    @lru_cache(maxsize=512)  # noqa: B019  there is one renderer
    def _rendered(self, template_name: str, made_of: "_Context") -> SafeString:
        return mark_safe(super().render(template_name, made_of.context))  # nosec B308, B703  # noqa: S308  Django's own template


class _Context:
    """A widget's context, equal to another by what it holds."""

    __slots__ = ("context", "key")

    def __init__(self, context: dict[str, Any], key: Hashable) -> None:
        self.context, self.key = context, key

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Context) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)


def _kept(context: dict[str, Any]) -> _Context | None:
    try:
        return _Context(context, _frozen(context))
    except TypeError:
        return None


def _frozen(value: Any) -> Hashable:
    """What tells a value from all others, words in the language of the page; TypeError for what is not plain."""
    kind = type(value)
    if kind in (str, SafeString):
        if len(value) > LONG:
            raise TypeError("long")
        # What is safe and what is not are written differently.
        return kind, value
    if value is None or kind in (bool, int):
        return kind, value
    if isinstance(value, Promise):
        return _frozen(str(value))
    if kind is dict:
        return tuple((key, _frozen(part)) for key, part in value.items())
    if kind in (list, tuple):
        return kind, tuple(map(_frozen, value))
    raise TypeError(kind)
