"""Colours, steps and lists of staff, without a database."""

import io
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from torget.setup.rules import contrast, guide, staff_list
from torget.setup.rules.guide import Standing, Step

ROLES = {"registrator": "registrar", "kommunikatör": "communicator", "expert": "expert"}
FACTS: dict[str, Any] = {"roles": ROLES, "units": {"Kansliet"}, "known": {"finns@exempel.se"}}
LIST = (
    "namn;e-post;roll;enhet\nBo Testsson;bo@exempel.se;Registrator;Kansliet\nÅsa Öberg;asa@exempel.se;kommunikatör;\n"
)


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        pytest.param("#000000", "#ffffff", 21.0, id="black on white is 21"),
        pytest.param("#ffffff", "#ffffff", 1.0, id="white on white is 1"),
        pytest.param("#767676", "#ffffff", 4.54, id="the lightest grey that passes on white"),
        pytest.param("#777777", "#ffffff", 4.48, id="one step lighter does not"),
        pytest.param("#0000ff", "#ffffff", 8.59, id="blue"),
    ],
)
def test_the_ratio_is_that_of_wcag(one: str, other: str, ratio: float) -> None:
    assert round(contrast.ratio(one, other), 2) == ratio == round(contrast.ratio(other, one), 2)


@pytest.mark.parametrize(
    ("text", "colour"),
    [("#0B5A50", "#0b5a50"), (" 0b5a50 ", "#0b5a50"), ("#abc", "#aabbcc"), ("red", None), ("#12345", None),
     ("#0b5a50;}", None), ("url(x)", None), ("", None), ("#0b5a5g", None), ("#۱۲۳۴۵۶", None)],
)  # fmt: skip
def test_what_is_a_colour(text: str, colour: str | None) -> None:
    assert contrast.parse(text) == colour


COLOURS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


@settings(max_examples=40)
@given(COLOURS)
def test_the_nearest_shade_is_always_enough(colour: str) -> None:
    judged = contrast.judge(colour)
    assert contrast.judge(judged.nearest).enough
    assert judged.enough is (judged.nearest == colour)


@settings(max_examples=40)
@given(COLOURS)
def test_every_shade_can_be_read_in_both_themes(colour: str) -> None:
    light = contrast.light(contrast.judge(colour).nearest)
    dark = contrast.dark(contrast.judge(colour).nearest)
    for shades, grounds in ((light, contrast.LIGHT), (dark, contrast.DARK)):
        pairs = [(shades.colour, ground) for ground in (*grounds, shades.wash)] + [(shades.on, shades.colour)]
        pairs += [(shades.strong, ground) for ground in grounds] + [(shades.on, shades.strong)]
        assert all(contrast.ratio(*pair) >= contrast.NEEDED for pair in pairs), (shades, pairs)


def test_the_style_sheet_holds_colours_and_nothing_else() -> None:
    sheet = contrast.stylesheet("#1c4a80")
    assert sheet.count("--verdigris:") == 3 and "url" not in sheet and "#1c4a80" in sheet


# ---- the guide -------------------------------------------------------------------------------------------------------


def test_a_step_is_done_by_what_is_there_or_by_word_and_done_beats_skipped() -> None:
    now = guide.standings({Step.LOOK}, {"utseende": "skipped", "texter": "done", "gallring": "skipped", "klar": "done"})
    assert now[Step.LOOK] is now[Step.TEXTS] is Standing.DONE
    assert now[Step.RETENTION] is Standing.SKIPPED and now[Step.STAFF] is Standing.OPEN


def test_the_next_step_is_open_and_comes_round() -> None:
    rest = dict.fromkeys(Step, Standing.DONE) | {Step.HOURS: Standing.OPEN}
    assert guide.following(Step.EXAMPLE, rest) is Step.HOURS
    assert guide.following(Step.HOURS, rest) is None
    assert guide.following(Step.LOOK, guide.standings(set(), {})) is Step.AUTHORITIES


# ---- a list of staff -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("separator", [";", ",", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_whatever_a_spreadsheet_saves_is_read(encoding: str, separator: str, end: str) -> None:
    body = LIST.replace(";", separator).replace("\n", end).encode(encoding)
    parsed = staff_list.read(body, **FACTS)
    assert [(row.name, row.email, row.role, row.problem) for row in parsed.rows] == [
        ("Bo Testsson", "bo@exempel.se", "registrar", ""),
        ("Åsa Öberg", "asa@exempel.se", "communicator", ""),
    ]


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        pytest.param("Bo;bo@exempel.se;Registrator;", "", id="right"),
        pytest.param('"Berg, Bo; d.y.";bo@exempel.se;Expert;', "", id="separators in quotes"),
        pytest.param(";bo@exempel.se;Expert;", "no_name", id="no name"),
        pytest.param("Bo;bo;Expert;", "bad_mail", id="no address"),
        pytest.param("Bo;bo@exempel.se\x0b;Expert;", "control", id="a sign that is not seen"),
        pytest.param("Bo\u202e;bo@exempel.se;Expert;", "control", id="text turned round"),
        pytest.param("Bo;bo@exempel;Expert;", "bad_mail", id="a domain without a dot"),
        pytest.param("Bo;bö@exempel.se;Expert;", "bad_mail", id="an address in other letters"),
        pytest.param("Bo;bo@exempel.se;kung;", "bad_role", id="a role that is none"),
        pytest.param("Bo;bo@exempel.se;;", "no_role", id="no role"),
        pytest.param("Bo;bo@exempel.se;Expert;Månen", "bad_unit", id="a unit that is not here"),
        pytest.param("Bo;finns@exempel.se;Expert;", "known", id="here already"),
        pytest.param("Bo;FINNS@exempel.se;Expert;", "known", id="here already, in capitals"),
        pytest.param("Bo;bo@exempel.se;Expert;;", "too_many_cells", id="too many cells"),
        pytest.param("=cmd|' /C calc'!A0;bo@exempel.se;Expert;", "formula", id="a formula"),
        pytest.param("+46;bo@exempel.se;Expert;", "formula", id="a plus"),
        pytest.param("@SUM(A1);bo@exempel.se;Expert;", "formula", id="an at sign"),
        pytest.param(f"{'x' * 121};bo@exempel.se;Expert;", "long", id="a long name"),
        pytest.param('"Bo\nTestsson";bo@exempel.se;Expert;', "control", id="a line break in a name"),
        pytest.param("Bo", "bad_mail", id="a row that is cut"),
    ],
)
def test_each_row_is_right_or_has_its_reason(row: str, problem: str) -> None:
    parsed = staff_list.parse(f"namn;e-post;roll;enhet\n{row}\n", **FACTS)
    assert [row.problem for row in parsed.rows] == [problem]
    assert row.split(";")[0][:3].strip('"=')[:1] in parsed.text


def test_an_address_twice_counts_once() -> None:
    text = "namn,epost,roll\nBo,bo@exempel.se,Expert\nBo B,BO@exempel.se,Registrator\n"
    assert [row.problem for row in staff_list.parse(text, **FACTS).rows] == ["", "twice"]


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        pytest.param(b"", "empty", id="nothing"),
        pytest.param(b"namn;e-post;roll\n", "empty", id="only the first line"),
        pytest.param(b"Bo;bo@exempel.se;Expert\n", "no_columns", id="no names of columns"),
        pytest.param(b"namn;e-post\x00;roll\n", "not_text", id="NUL"),
        pytest.param(b"PK\x03\x04\x00\x00", "not_text", id="a spreadsheet itself"),
        pytest.param(b"x" * 10_000_000, "too_large", id="ten megabytes"),
        pytest.param(b"namn;e-post\n" + b"a;b\n" * 1001, "too_many", id="a row too many"),
        pytest.param(b"namn;e-post\n\x81\x8d", "not_text", id="bytes of no alphabet"),
        pytest.param(b"\xff\xfen", "not_text", id="half a letter of UTF-16"),
        pytest.param(b'namn;e-post\n"' + b"x" * 140_000, "not_csv", id="a cell without end"),
    ],
)
def test_a_file_that_is_none_is_told(body: bytes, problem: str) -> None:
    assert staff_list.read(body, **FACTS).problem == problem


@settings(max_examples=50)
@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: ("namn;e-post;roll\n" + text).encode()))
def test_no_file_makes_it_fall(body: bytes) -> None:
    parsed = staff_list.read(body, **FACTS)
    assert parsed.problem or parsed.rows
    assert len(parsed.rows) <= len(io.StringIO(parsed.text).readlines()) + body.count(b"\r")
