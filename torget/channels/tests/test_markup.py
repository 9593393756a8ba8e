"""HTML to plain text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from torget.channels.markup import QUOTE_STARTS, html_to_plain


@pytest.mark.parametrize(
    ("html", "plain"),
    [
        pytest.param("<p>En</p><p>Två</p>", "En\n\nTvå", id="paragraphs"),
        pytest.param("En<br>Två<br/><br />Tre", "En\nTvå\n\nTre", id="breaks"),
        pytest.param("Anna &amp; Bo &lt;3 &#229;&nbsp;!", "Anna & Bo <3 å !", id="entities"),
        pytest.param("<ul><li>ett</li><li><p>två</p></li></ul>", "- ett\n- två", id="list"),
        pytest.param("<style>p{}</style>Hej<script>x()</script><!-- nej -->", "Hej", id="hidden"),
        pytest.param("<head><title>x</title></head><body>Hej</body>", "Hej", id="head"),
        pytest.param("<blockquote>citat<br>mer</blockquote>svar", "> citat\n> mer\nsvar", id="quote"),
        pytest.param("<table><tr><td>A</td><td>B</td></tr><tr><td>C</td></tr></table>", "A B\nC", id="table"),
        pytest.param("<pre>a\n  b</pre>", "a\n  b", id="preformatted"),
        pytest.param("1 < 2 <b och <3", "1 < 2 <b och <3", id="no tags at all"),
        pytest.param("<p>öppet<div>oslutet", "öppet\noslutet", id="never closed"),
        pytest.param("<!-- aldrig slut <p>x</p>", "", id="comment never closed"),
        pytest.param("<img src=x alt='en bild'>", "en bild", id="picture"),
    ],
)
def test_words(html: str, plain: str) -> None:
    assert html_to_plain(html) == plain


def test_addresses_of_links_are_told_when_the_words_do_not() -> None:
    html = '<a href="https://example.org/a">här</a> <a href="https://example.org">https://example.org</a>'
    assert html_to_plain(html, links=True) == "här <https://example.org/a> https://example.org"
    assert html_to_plain('<a href="javascript:x()">här</a>', links=True) == "här"


@pytest.mark.parametrize(
    "start", ['<div class="gmail_quote">', '<div id="divRplyFwdMsg">', '<div class="x ecxgmail_quote">']
)
def test_known_quotes_are_marked(start: str) -> None:
    marked = html_to_plain(f"<p>Svar</p>{start}Citat</div>", mark_quotes=True)
    assert marked.partition(QUOTE_STARTS)[0].strip() == "Svar"
    assert QUOTE_STARTS not in html_to_plain(f"x{QUOTE_STARTS}y", mark_quotes=True)


@given(st.text(alphabet="<>/!-ab \"'&;=\n", max_size=200))
def test_anything_can_be_read(html: str) -> None:
    assert "<script" not in html_to_plain("<script>" + html.replace("<", "") + "</script>")
    html_to_plain(html, links=True, mark_quotes=True)
