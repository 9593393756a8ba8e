"""What policy says of packages. No database."""

from datetime import UTC, datetime

import pytest

from torget.archive.rules import (
    PACKAGE_NAME,
    Csip,
    Erms,
    Other,
    has_no_room,
    inside_name,
    is_event,
    package_id,
    plain,
    why_withheld,
    xml_text,
)
from torget.archive.sip.xml import escape, escape_value

AT = datetime(2026, 11, 16, 13, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        pytest.param("ritning.pdf", "001-ritning.pdf", id="an ordinary name"),
        pytest.param("../../etc/passwd", "001-etc-passwd", id="a way out of the folder"),
        pytest.param("..", "001-bilaga", id="nothing but dots"),
        pytest.param("", "001-bilaga", id="no name at all"),
        pytest.param("bild\u202efdp.exe", "001-bildfdp.exe", id="a right-to-left mark"),
        pytest.param("räksmörgås åäö.JPG", "001-raksmorgas-aao.jpg", id="Swedish letters and capitals"),
        pytest.param("حديقة.png", "001-bilaga.png", id="letters of another script"),
        pytest.param("a" * 300 + ".pdf", "001-" + "a" * 60 + ".pdf", id="a very long name"),
        pytest.param("CON", "001-CON", id="a name that Windows keeps for itself"),
        pytest.param("a\x00b\x01.txt", "001-a-b.txt", id="control signs"),
        pytest.param("fil.aaaaaaaaaaaa", "001-fil-aaaaaaaaaaaa", id="an ending that is too long"),
    ],
)
def test_a_path_in_the_package_depends_on_no_sender(given: str, wanted: str) -> None:
    assert inside_name(1, given) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        pytest.param("Hej\tdu\nsa\rhon", "Hej\tdu\nsa\rhon", id="white space stays"),
        pytest.param("a\x00b", "a\ufffdb", id="NUL"),
        pytest.param("a\x0b\x1f\x7f", "a\ufffd\ufffd\x7f", id="control signs, but not delete"),
        pytest.param("\ud800", "\ufffd", id="half of a sign"),
        pytest.param("\ufffe\uffff", "\ufffd\ufffd", id="what is no sign"),
        pytest.param("😀\U0010ffff", "😀\U0010ffff", id="signs outside the first plane"),
    ],
)
def test_signs_that_xml_has_no_room_for_are_shown_as_such(text: str, wanted: str) -> None:
    assert xml_text(text) == wanted
    assert has_no_room(text) is (text != wanted)


def test_text_survives_a_reader_of_xml_sign_for_sign() -> None:
    assert escape("<a & b>\r\n]]>") == "&lt;a &amp; b&gt;&#13;\n]]&gt;"
    assert escape_value('"a"\n\t') == "&quot;a&quot;&#10;&#9;"


@pytest.mark.parametrize(
    ("others", "why"),
    [
        pytest.param([], None, id="nobody else's words"),
        pytest.param([Other(public=True, secret=False)], None, id="public comments under the same post"),
        pytest.param([Other(public=False, secret=False)], "private", id="another's private message"),
        pytest.param([Other(public=True, secret=True)], "secret", id="a comment that is secret in another case"),
        pytest.param([Other(public=False, secret=False, known=False)], "not_understood", id="something not understood"),
        pytest.param([Other(True, False), Other(True, True)], "secret", id="one of several is enough"),
    ],
)
def test_a_delivery_with_others_words_is_withheld_unless_all_could_read_them(
    others: list[Other], why: str | None
) -> None:
    assert why_withheld(others) == why


@pytest.mark.parametrize(
    ("prefix", "csip", "erms", "wanted"),
    [
        pytest.param("KS", Csip.V2_1, Erms.V2_1, "KS7-2026-0412-20261116T130700Z", id="the ordinary versions"),
        pytest.param("ÅÄÖ", Csip.V2_2, Erms.V3_0, "AAO7-2026-0412-20261116T130700Z-csip22-erms30", id="the newer ones"),
        pytest.param("/..", Csip.V2_1, Erms.V2_1, "X7-2026-0412-20261116T130700Z", id="a prefix of no letters"),
    ],
)
def test_a_package_has_a_name_that_any_archive_takes(prefix: str, csip: Csip, erms: Erms, wanted: str) -> None:
    name = package_id(prefix, 7, 2026, 412, AT, csip, erms)
    assert name == wanted
    assert PACKAGE_NAME.fullmatch(f"{name}.zip")


def test_only_what_shows_how_the_case_was_handled_is_an_event_of_it() -> None:
    assert is_event("record.received") and is_event("message.removed") and is_event("case.closed")
    assert (
        not is_event("conversation.noted") and not is_event("conversation.tagged") and not is_event("saved_view.added")
    )


def test_plain_words_hold_nothing_but_plain_signs() -> None:
    assert plain("  Ärende & co / 7 ") == "Arende-co-7"
