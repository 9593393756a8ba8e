"""Parts of pages that are held: by all that they show, and by nothing that they do not name."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.template import Context, Template, TemplateSyntaxError
from django.urls import get_script_prefix, set_script_prefix
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy, override

from torget.core.models import PublicVersion
from torget.core.navigation import Link
from torget.core.templatetags import keeping


def part(source: str) -> Template:
    return Template("{% load keeping torget %}" + source)


def held(template: Template) -> dict[Any, Any]:
    [node] = template.nodelist.get_nodes_by_type(keeping.Keep)
    assert isinstance(node, keeping.Keep)
    return node.held


@pytest.fixture
def _prefix() -> Iterator[None]:
    before = get_script_prefix()
    yield
    set_script_prefix(before)


def test_it_is_made_once_for_its_values_and_anew_for_others() -> None:
    template = part("{% keep name=who.name %}<b>{{ name }}</b>{% endkeep %}")
    shown = [template.render(Context({"who": {"name": name}})) for name in ("Signe", "Signe", "<Olle>")]
    assert shown == ["<b>Signe</b>", "<b>Signe</b>", "<b>&lt;Olle&gt;</b>"]
    assert len(held(template)) == 2


def test_what_it_does_not_name_is_not_there() -> None:
    template = part("{% keep name=name %}{{ name }}{{ secret }}{{ request.path }}{% endkeep %}{{ secret }}")
    shown = [template.render(Context({"name": "Signe", "secret": f"s{n}", "request": {"path": "/x/"}})) for n in (1, 2)]
    assert shown == ["Signes1", "Signes2"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("<b>", mark_safe("<b>"), id="what is safe and what is not"),
        pytest.param(1, True, id="a number and a truth"),
        pytest.param("", None, id="nothing and no words"),
        pytest.param(["a", 1], ["a", True], id="inside a list"),
        pytest.param(Link("Torget", "/", True), Link("Torget", "/", False), id="fields of a dataclass"),
    ],
)
def test_values_that_are_equal_and_shown_otherwise_are_told_apart(one: object, other: object) -> None:
    template, plain = part("{% keep value=value %}{{ value }}{% endkeep %}"), part("{{ value }}")
    for value in (one, other, one):
        assert template.render(Context({"value": value})) == plain.render(Context({"value": value}))


@pytest.mark.usefixtures("_prefix")
def test_languages_and_sizes_of_type_are_told_apart() -> None:
    template = part("{% keep %}{% site_path '/skriv/' %}{% endkeep %}")
    shown = []
    for prefix in ("/", "/stor/"):
        for language in ("sv", "en"):
            set_script_prefix(prefix)
            with override(language):
                shown.append(template.render(Context()))
    assert shown == ["/skriv/", "/en/skriv/", "/stor/skriv/", "/stor/en/skriv/"]


def test_words_of_the_program_are_held_in_the_language_of_the_page() -> None:
    template, word = part("{% keep word=word %}{{ word }}{% endkeep %}"), gettext_lazy("Skriv till oss")
    with override("sv"):
        assert template.render(Context({"word": word})) == "Skriv till oss"
    with override("en"):
        assert template.render(Context({"word": word})) == "Write to us"


@pytest.mark.parametrize("value", [PublicVersion(version=1), {"a": 1}, object()], ids=["a row", "a dict", "a thing"])
def test_what_can_change_while_it_seems_the_same_is_refused(value: object) -> None:
    with pytest.raises(TypeError, match="name what of it is shown"):
        part("{% keep value=value %}{{ value }}{% endkeep %}").render(Context({"value": value}))


@pytest.mark.parametrize(
    "source", ["{% keep name %}{% endkeep %}", "{% keep %}{% block a %}{% endblock %}{% endkeep %}"]
)
def test_what_would_be_held_wrongly_is_no_template(source: str) -> None:
    with pytest.raises(TemplateSyntaxError):
        part(source)


def test_a_flood_of_values_takes_no_more_room_than_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "MOST", 3)
    template = part("{% keep day=day %}{{ day.day }}{% endkeep %}")
    for number in range(1, 11):
        assert template.render(Context({"day": date(2026, 11, number)})) == str(number)
        assert len(held(template)) <= 3
