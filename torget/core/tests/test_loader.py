"""What is sent of a template is without its indentation; what is text stays as it is."""

from pathlib import Path

from django.template import Engine, Origin

from torget.core.loader import Loader


def _read(path: Path, text: str) -> str:
    path.write_text(text)
    return Loader(Engine()).get_contents(Origin(name=str(path)))


def test_lines_of_html_begin_where_their_first_sign_stands(tmp_path: Path) -> None:
    text = "<ul>\n  {% for one in all %}\n    <li>{{ one }}  </li>\n  {% endfor %}\n</ul>\n"
    assert _read(tmp_path / "a.html", text) == "<ul>\n{% for one in all %}\n<li>{{ one }}  </li>\n{% endfor %}\n</ul>\n"


def test_a_mail_keeps_its_indentation(tmp_path: Path) -> None:
    text = "Hej!\n\n    torget verify kvitto.json\n"
    assert _read(tmp_path / "a.txt", text) == text
