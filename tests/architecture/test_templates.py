"""Templates can be read a line at a time, and what is kept of a page is a whole piece of it."""

import re

import pytest

from tests.architecture import source

WIDTH = 160
REST = 100
"""A line is longer than WIDTH only where one thing in it cannot be broken and the rest is no longer than this."""
COMMENT = re.compile(r"\{#.*?#\}|\{%\s*comment\b.*?\{%\s*endcomment\s*%\}", re.DOTALL)
TOKEN = re.compile(r"\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
WHOLE = re.compile(
    r"\{%\s*blocktrans(?:late)?\b.*?\{%\s*endblocktrans(?:late)?\s*%\}"
    r"|\{%\s*block (?:head_)?title\s*%\}.*?\{%\s*endblock\s*%\}"
    r"|<(?P<name>\w+)[^<>]*[\" ]written[\" ].*?</(?P=name)>"
    r"|\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}"
)
"""A token of Django's, a sentence to translate, a title, words shown with their line breaks: a break would be seen."""
TAG = re.compile(r"""<(?P<end>/?)(?P<name>!?[a-zA-Z][\w-]*)(?:[^<>"']|"[^"]*"|'[^']*')*>""")
VOID = frozenset("!doctype area base br col hr img input link meta source track wbr".split())
KEEP = re.compile(r"\{%\s*keep\b.*?%\}(?P<body>.*?)\{%\s*endkeep\s*%\}", re.DOTALL)


def too_long(line: str) -> bool:
    """Whether a line should have been broken."""
    unbreakable = max((len(match[0]) for match in WHOLE.finditer(line)), default=0)
    return len(line) > WIDTH and len(line) - unbreakable > REST


def in_a_tag(before: str) -> bool:
    """Whether what follows stands between a tag's < and its >."""
    return "<" in TAG.sub("", TOKEN.sub("", before))


def cut(body: str) -> str:
    """Where HTML is not whole elements and whole text: the tag that lacks its other half, or nothing."""
    html = TOKEN.sub("", body)
    left = TAG.sub("", html)
    if "<" in left or ">" in left:
        return "a tag is cut in two"
    waiting: list[str] = []
    for tag in TAG.finditer(html):
        name = tag["name"].lower()
        if not tag["end"]:
            if name not in VOID and not tag[0].endswith("/>"):
                waiting.append(name)
        elif not waiting or waiting.pop() != name:
            return f"</{name}> has its beginning elsewhere"
    return f"<{waiting[-1]}> has its end elsewhere" if waiting else ""


def cut_keeps(template: str) -> list[tuple[int, str]]:
    """(line, what is cut) of each part that is kept and is no whole piece of the page."""
    text = COMMENT.sub(lambda match: "\n" * match[0].count("\n"), template)
    found = []
    for keep in KEEP.finditer(text):
        wrong = "it stands in a tag" if in_a_tag(text[: keep.start()]) else cut(keep["body"])
        if wrong:
            found.append((text.count("\n", 0, keep.start()) + 1, wrong))
    return found


def test_lines_of_templates_can_be_read() -> None:
    long = [
        f"{source.name(path)}:{number}: {len(line)} signs"
        for path in source.templates()
        if path.suffix != ".txt"
        for number, line in enumerate(source.text(path).splitlines(), 1)
        if too_long(line)
    ]
    source.report(
        long,
        f"A line of a template holds at most {WIDTH} signs. Break it between elements or attributes, where a line "
        "break changes nothing that is shown.",
    )


def test_what_is_kept_is_whole_elements() -> None:
    found = [
        f"{source.name(path)}:{line}: {wrong}"
        for path in source.templates()
        for line, wrong in cut_keeps(source.text(path))
    ]
    source.report(
        found,
        "Between keep and endkeep stand whole elements or whole text. Name the value that changes, or close the keep "
        "before the element that holds it.",
    )


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        pytest.param("<p>" + "<b>a</b>" * 19 + "</p>", False, id="as long as it may be"),
        pytest.param("<p>" + "<b>a</b>" * 20 + "</p>", True, id="many elements"),
        pytest.param('<p>{% trans "' + "a" * 200 + '" %}</p>', False, id="one sentence"),
        pytest.param(
            "{% blocktranslate %}" + "a" * 200 + "{{ b }}{% endblocktranslate %}", False, id="with a value in it"
        ),
        pytest.param(('<p>{% trans "' + "a" * 90 + '" %}</p>') * 2, True, id="two sentences"),
        pytest.param("{% block title %}" + "{% if a %}b{% endif %}" * 9 + "{% endblock %}", False, id="a title"),
        pytest.param('<p class="written">' + "{% if a %}b{% endif %}" * 9 + "</p>", False, id="line breaks are shown"),
        pytest.param('<p class="lead">' + "{% if a %}b{% endif %}" * 9 + "</p>", True, id="line breaks are not shown"),
    ],
)
def test_it_is_seen_when_a_line_should_be_broken(line: str, expected: bool) -> None:
    assert too_long(line) is expected


@pytest.mark.parametrize(
    "template",
    [
        "{% keep %}<p>a</p>\n<ul><li>b</li></ul>{% endkeep %}",
        '<a href="{{ url }}">{% keep %}{% icon "left" %}{% trans "a > b" %}{% endkeep %}</a>',
        "{% keep a=b %}{% if a > 1 %}<b>a</b>{% else %}<i>b</i>{% endif %}<br><img alt='>'><path d=\"M0 0\"/>{% endkeep %}",
        "<!doctype html>{% comment %}a <{% endcomment %}{% keep %}<p>a</p>{% endkeep %}",
        "<div>{% keep %}<p>a</p>{% endkeep %}<p>{{ b }}</p>{% keep %}<p>c</p>{% endkeep %}</div>",
    ],
)
def test_whole_elements_may_be_kept(template: str) -> None:
    assert cut_keeps(template) == []


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{% keep %}<p>{% endkeep %}{{ a }}</p>", [(1, "<p> has its end elsewhere")]),
        ("<p>\n{% keep %}a</p>{% endkeep %}", [(2, "</p> has its beginning elsewhere")]),
        ("{% keep %}<b><i>a</b></i>{% endkeep %}", [(1, "</b> has its beginning elsewhere")]),
        ('{% keep %}<a href="{% endkeep %}{{ b }}">c</a>', [(1, "a tag is cut in two")]),
        ('<a href="{% keep %}/a/{% endkeep %}">c</a>', [(1, "it stands in a tag")]),
        (
            '{% keep %}<a href="{% endkeep %}{{ b }}{% keep %}">c</a>{% endkeep %}',
            [(1, "a tag is cut in two"), (1, "it stands in a tag")],
        ),
        ("{% comment %}a\n{% endcomment %}{% keep %}</li>{% endkeep %}", [(2, "</li> has its beginning elsewhere")]),
    ],
)
def test_it_is_seen_when_what_is_kept_is_cut(template: str, expected: list[tuple[int, str]]) -> None:
    assert cut_keeps(template) == expected
