"""`{% keep %}`: a part of a page that hangs on nothing but the values that it names, made once for them."""

from collections.abc import Hashable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from django import template
from django.template.base import FilterExpression, Node, NodeList, Parser, Token, token_kwargs
from django.template.context import Context
from django.template.exceptions import TemplateSyntaxError
from django.template.loader_tags import BlockNode
from django.urls import get_script_prefix
from django.utils.functional import Promise
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

register = template.Library()

MOST = 200
"""So many of one part are held; the next one begins anew."""
PLAIN = (str, SafeString, int, bool, type(None), date, datetime)


class Keep(Node):
    """The part, and what it has been for which values, languages and sizes of type.

    It is made with those values and nothing else: what it does not name is not there, neither the request nor the user,
    so that nothing held can hang on it.
    """

    def __init__(self, nodelist: NodeList, values: Mapping[str, FilterExpression]) -> None:
        self.nodelist, self.values = nodelist, values
        self.held: dict[Hashable, SafeString] = {}

    def render(self, context: Context) -> SafeString:
        """As HTML."""
        given = {name: value.resolve(context) for name, value in self.values.items()}
        key = (get_language(), get_script_prefix(), context.autoescape, *map(frozen, given.values()))
        made = self.held.get(key)
        if made is None:
            made = mark_safe(self.nodelist.render(context.new(given)))  # nosec B308, B703  # noqa: S308  the template's own output
            if len(self.held) >= MOST:
                self.held.clear()
            self.held[key] = made
        return made


@lru_cache(maxsize=100)
def _names(kind: Any) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


def frozen(value: Any) -> Hashable:
    """What tells a value from all others. TypeError for what may change while it seems the same: a row of the database."""
    kind: Any = type(value)
    if kind in PLAIN:
        # What is safe and what is not, 1 and True are written differently.
        return kind, value
    if isinstance(value, Promise):
        return str, str(value)
    if kind in (list, tuple):
        return kind, tuple(map(frozen, value))
    if is_dataclass(value) and not isinstance(value, type):
        return kind, tuple(frozen(getattr(value, name)) for name in _names(kind))
    raise TypeError(f"{kind.__name__} cannot be named by keep: name what of it is shown")


@register.tag
def keep(parser: Parser, token: Token) -> Keep:
    """`{% keep name=organisation.name %}…{% endkeep %}`, for what many pages share; never for somebody's own words.

    Inside it are the values that it names, and no other. Errors: TemplateSyntaxError.
    """
    bits = token.split_contents()[1:]
    values = token_kwargs(bits, parser)
    nodelist = parser.parse(("endkeep",))
    parser.delete_first_token()
    if bits:
        raise TemplateSyntaxError(f"keep takes name=value, not {bits[0]}")
    if nodelist.get_nodes_by_type(BlockNode):
        # It would be what the first page put there.
        raise TemplateSyntaxError("a block cannot stand in what is kept")
    return Keep(nodelist, values)
