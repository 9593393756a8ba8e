"""Fields that are kept are what Django would have made, for each value, each kind of string and each language."""

import pytest
from django import forms
from django.forms.renderers import DjangoTemplates
from django.utils.functional import lazystr
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy, override

from torget.core.forms import LONG, KeptFields

KEPT, PLAIN = KeptFields(), DjangoTemplates()
STATES = forms.Select(choices=[("", lazystr("Välj")), ("a", "A & B"), ("b", mark_safe("<i>b</i>"))])


@pytest.mark.parametrize("value", ["", "a", "<b>", mark_safe("<b>"), '"', True, 1, None, "0", 0, "x" * (LONG + 1)])
@pytest.mark.parametrize(
    "widget",
    [forms.TextInput(), forms.Textarea(), forms.CheckboxInput(), STATES],
    ids=lambda one: type(one).__name__ if isinstance(one, forms.Widget) else None,
)
def test_a_kept_field_is_the_field(widget: forms.Widget, value: object) -> None:
    for attrs in ({"id": "id_x"}, {"id": "id_x", "required": True}, {"id": "id_x", "required": "True"}, {}):
        made = [widget.render("x", value, attrs=dict(attrs), renderer=KEPT) for _ in range(2)]
        assert made == [widget.render("x", value, attrs=dict(attrs), renderer=PLAIN)] * 2


def test_a_field_speaks_the_language_of_the_page() -> None:
    widget = forms.Select(choices=[("web", gettext_lazy("Webben"))])
    with override("sv"):
        swedish = widget.render("x", "web", renderer=KEPT)
    with override("en"):
        english = widget.render("x", "web", renderer=KEPT)
        assert english == widget.render("x", "web", renderer=PLAIN)
    assert "Webben" in swedish
    assert "Webben" not in english


def test_a_long_text_is_not_kept() -> None:
    renderer = KeptFields()
    before = renderer._rendered.cache_info().currsize
    forms.TextInput().render("x", "hemligt " * 40, renderer=renderer)
    assert renderer._rendered.cache_info().currsize == before
