"""The language of a few words, guessed; and what something is called in each of ours."""

import pytest
from django.utils.translation import gettext_lazy, override

from torget.core import languages
from torget.core.tests.test_templatetags import render

SV, EN = "Går det hiss på båda sidor?", "When does the ice rink open?"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        pytest.param(SV, "sv", id="a Swedish sentence"),
        pytest.param("Trasig gatlykta", "sv", id="Swedish words without å, ä or ö"),
        pytest.param("När spelas ”We are the world” i parken?", "sv", id="an English title in a Swedish sentence"),
        pytest.param(EN, "en", id="an English sentence"),
        pytest.param("School start for our daughter", "en", id="a heading in English"),
        pytest.param(
            "I don’t know. What about Södra vägen and the rest of it, " * 9, "en", id="a street's name in English"
        ),
        pytest.param("", "", id="nothing"),
        pytest.param("🙏 2026/0412-98", "", id="no words"),
    ],
)
def test_a_guess(text: str, language: str) -> None:
    assert languages.guess(text) == language


@pytest.mark.parametrize(
    ("page", "text", "mark"),
    [
        ("sv", SV, ""),
        ("sv", EN, ' lang="en"'),
        ("en", EN, ""),
        ("en", SV, ' lang="sv"'),
        ("en", "", ""),
        ("en", None, ""),
    ],
)
def test_a_page_says_where_its_language_changes(page: str, text: str | None, mark: str) -> None:
    assert render("<p{% lang_of text %}>", page, text=text) == f"<p{mark}>"
    assert render("{{ text|sprak }}", page, text=text) == mark[7:9]


def test_what_something_is_called_in_all_languages() -> None:
    with override("en"):
        assert languages.in_all(gettext_lazy("Godkännare")) == {"godkännare", "approver"}
    assert languages.in_all("Torget") == {"torget"}
