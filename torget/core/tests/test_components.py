"""The design system: all parts are shown, in both languages, as sound HTML; colours can be read; errors need nothing."""

from __future__ import annotations

import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.utils.translation import override

from torget.core.icons import ICONS
from torget.core.templatetags.torget import CHANNEL_MARKS, REGISTER_STATES, STATES
from torget.core.views import csrf_failure

CORE = Path(settings.BASE_DIR) / "torget" / "core"
TOKENS = (CORE / "static/torget/tokens.css").read_text(encoding="utf-8")
PAGES = {"sv": "/components/", "en": "/en/components/"}


class Page(HTMLParser):
    """Gathers what the tests ask about: ids, references to ids, inline code, text."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.references: list[str] = []
        self.inline: list[str] = []
        self.title = ""
        self._in_title = False
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what the tag says."""
        values = {name: value or "" for name, value in attrs}
        self._in_title = tag == "title"
        if "id" in values:
            self.ids.append(values["id"])
        for name in ("for", "aria-labelledby", "aria-describedby", "aria-controls", "form"):
            self.references += values.get(name, "").split()
        if values.get("href", "").startswith("#") and len(values["href"]) > 1:
            self.references.append(values["href"][1:])
        if tag == "style" or (tag == "script" and "src" not in values):
            self.inline.append(tag)
        self.inline += [name for name in values if name == "style" or name.startswith("on")]

    def handle_data(self, data: str) -> None:
        """Keep the title."""
        self.title += data if self._in_title else ""
        self._in_title = False


@pytest.fixture(params=["sv", "en"])
def shown(request: pytest.FixtureRequest, client: Client, db: None) -> tuple[str, set[str]]:
    """The page's source and the names of the templates it was made of."""
    response = client.get(PAGES[request.param])
    assert response.status_code == 200
    return response.content.decode(), {str(template.name) for template in response.templates}


def test_every_component_is_shown(shown: tuple[str, set[str]]) -> None:
    """A part that is not at /components/ is a part that nobody finds: show it in `core/parts/`."""
    made = {f"components/{path.name}" for path in (CORE / "templates/components").glob("*.html")}
    assert made - shown[1] == set()


def test_every_state_channel_and_icon_is_shown(shown: tuple[str, set[str]]) -> None:
    """In light and in dark."""
    source = shown[0]
    for css, drawing, _ in [*STATES.values(), *REGISTER_STATES.values()]:
        assert source.count(f'class="st {css}"') >= 2
        assert drawing in ICONS
    for drawing in ICONS.values():
        assert source.count(drawing) >= 2
    for letters, _ in CHANNEL_MARKS.values():
        assert f">{letters}<" in source


def test_the_page_is_sound(shown: tuple[str, set[str]]) -> None:
    """One title, ids once each, every reference leads somewhere, nothing that the strict CSP would stop."""
    page = Page(shown[0])
    assert page.title.count("|") == 1
    assert [name for name, times in Counter(page.ids).items() if times > 1] == []
    assert set(page.references) - set(page.ids) == set()
    assert page.inline == []


def test_english_is_english(client: Client, db: None) -> None:
    """The language of the page is said, and the way to the other."""
    source = client.get(PAGES["en"]).content.decode()
    assert '<html lang="en"' in source
    assert 'href="/components/" lang="sv"' in source


@pytest.mark.parametrize("name", ["400.html", "500.html", "403_csrf.html"])
def test_errors_need_neither_database_nor_request(name: str) -> None:
    """The page for what went wrong may not go wrong; the database is closed to this test."""
    for language in ("sv", "en"):
        with override(language):
            page = Page(render_to_string(name))
        assert page.title.strip()
        assert page.inline == []


def test_a_refused_form_says_what_to_do(rf: RequestFactory) -> None:
    """403, and nothing about tokens."""
    response = csrf_failure(rf.post("/disk/"), reason="CSRF cookie not set.")
    assert response.status_code == 403
    assert "CSRF" not in response.content.decode()


def test_every_style_sheet_uses_declared_tokens() -> None:
    """A misspelt variable is silently nothing in CSS."""
    declared = set(re.findall(r"(--[\w-]+)\s*:", TOKENS))
    for sheet in (CORE / "static/torget").glob("*.css"):
        text = sheet.read_text(encoding="utf-8")
        local = set(re.findall(r"(--[\w-]+)\s*:", text))
        assert set(re.findall(r"var\((--[\w-]+)", text)) - declared - local == set(), sheet.name


def test_no_style_sheet_leaves_this_site() -> None:
    """Fonts and pictures are our own."""
    for sheet in (CORE / "static/torget").glob("*.css"):
        assert not re.search(r"@import|https?:|//[a-z]", sheet.read_text(encoding="utf-8")), sheet.name


def colours(theme: str) -> dict[str, str]:
    """Token → #rrggbb in one theme; dark takes from light what it does not change."""
    light, dark = TOKENS.split('[data-theme="dark"] {\n  --page-bg')
    found = dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{6})", light))
    if theme == "dark":
        found |= dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{6})", "--page-bg" + dark.split("@media")[0]))
    return found


def contrast(one: str, other: str) -> float:
    """WCAG 2.2 contrast ratio of two #rrggbb colours, 1 to 21 (the success criterion 1.4.3's own formula)."""

    def luminance(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


TEXT_PAIRS = [
    ("ink", "page-bg"), ("ink-2", "page-bg"), ("ink-2", "surface"), ("ink-2", "sunken"), ("ink-3", "sunken"),
    ("verdigris", "surface"), ("verdigris", "page-bg"), ("on-verdigris", "verdigris"), ("on-verdigris", "verdigris-strong"),
    ("on-lamp", "lamp"), ("ink", "lamp-wash"), ("ink-2", "lamp-wash"), ("error", "lamp-wash"), ("error", "surface"),
    ("ink", "mark-bg"), ("ok", "ok-bg"), ("info", "info-bg"), ("warn", "warn-bg"), ("error", "error-bg"),
    ("ink", "ok-bg"), ("ink", "info-bg"), ("ink", "warn-bg"), ("ink", "error-bg"),
    ("st-new", "st-new-bg"), ("st-assigned", "st-assigned-bg"), ("st-expert", "st-expert-bg"), ("st-draft", "st-draft-bg"),
    ("st-approval", "st-approval-bg"), ("st-answered", "st-answered-bg"), ("st-unknown", "st-unknown-bg"),
    ("reg-registered", "reg-registered-bg"), ("reg-ordered", "reg-ordered-bg"), ("reg-trivial", "reg-trivial-bg"),
    ("reg-secret", "reg-secret-bg"),
]  # fmt: skip
EDGE_PAIRS = [
    ("edge", "surface"),
    ("edge", "sunken"),
    ("edge", "page-bg"),
    ("focus-outer", "page-bg"),
    ("error", "surface"),
]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_and_edges_can_be_seen(theme: str) -> None:
    """Text at least 4.5:1, edges that carry a meaning at least 3:1 (WCAG 2.2, 1.4.3 and 1.4.11)."""
    tokens = colours(theme)
    weak = [(a, b) for a, b in TEXT_PAIRS if contrast(tokens[a], tokens[b]) < 4.5]
    weak += [(a, b) for a, b in EDGE_PAIRS if contrast(tokens[a], tokens[b]) < 3]
    assert weak == []


def test_both_ways_into_the_dark_are_the_same() -> None:
    """The theme chosen by hand and the one chosen by the system hold the same colours."""
    _, _, chosen, system = TOKENS.split("--page-bg:")
    pairs = [dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{6})", "--page-bg:" + text)) for text in (chosen, system)]
    assert pairs[0] == pairs[1]
