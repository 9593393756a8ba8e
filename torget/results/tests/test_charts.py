"""The pictures: well-formed, named, without style or script, true to their numbers, and nothing at all without data."""

from __future__ import annotations

from xml.etree.ElementTree import Element, fromstring

import pytest
from hypothesis import given
from hypothesis import strategies as st

from torget.results import charts
from torget.results.charts import Bar, Point, Span, Words

WORDS = Words("b", "3,2 handläggare, osäkerhet 2,8 till 3,7", "Fem stenar & ett <streck>.")
ALLOWED = {"chart", "ax", "gr", "c1", "c2", "c3", "band", "ghost", "ln", "ink", "dot", "on", "thick"}


def read(picture: str) -> Element:
    """Parse the picture, and hold it to what every picture must be."""
    root = fromstring(picture)
    everything = list(root.iter())
    assert root.get("role") == "img"
    ids = [one.get("id") for one in everything if one.get("id")]
    assert len(ids) == len(set(ids))
    assert set((root.get("aria-labelledby") or "").split()) <= set(ids)
    assert [child.tag for child in root][:2] == ["title", "desc"]
    for one in everything:
        assert one.tag not in ("style", "script", "foreignObject")
        assert not any(name == "style" or name.startswith("on") for name in one.attrib)
        assert set((one.get("class") or "").split()) <= ALLOWED
    return root


def words_in(root: Element) -> list[str]:
    return [one.text or "" for one in root.iter("text")]


def span(value: float, low: float, high: float) -> Span:
    return Span(value, low, high, f"{value:.1f}", f"{low:.1f}", f"{high:.1f}")


def test_the_stones_of_the_week_in_the_picture() -> None:
    root = read(charts.stones(WORDS, span(3.2, 2.8, 3.7)))
    assert words_in(root) == ["1", "2", "3", "2.8", "3.7", "3.2"]
    assert len([one for one in root.iter("path") if one.get("class") == "ghost"]) == 5
    clip = root.find("clipPath/rect")
    assert clip is not None
    # A fifth of the fourth stone: 4 + 3 · 100 + 0.2 · 84.
    assert float(clip.get("width", "0")) == pytest.approx(320.8)
    band = next(one for one in root.iter("rect") if one.get("class") == "band")
    assert [float(band.get(name, "0")) for name in ("x", "width")] == pytest.approx([271.2, 91.6])
    assert root.findtext("desc") == WORDS.description


@pytest.mark.parametrize(
    ("value", "low", "high", "stones", "texts"),
    [
        pytest.param(4, 4, 4, 5, ["1", "2", "3", "4", "4.0"], id="a certain value has no bar"),
        pytest.param(0.1, 0.1, 0.2, 5, ["0.1 (0.1–0.2)"], id="ends without room stand below"),
        pytest.param(8, 7, 9.1, 10, [*"12345678", "7.0", "9.1", "8.0"], id="up to ten stones in a row"),
        pytest.param(336, 336, 336, 7, [*"123456", "336.0"], id="then a stone stands for more (50)"),
    ],
)
def test_stones_of_any_size(value: float, low: float, high: float, stones: int, texts: list[str]) -> None:
    root = read(charts.stones(WORDS, span(value, low, high)))
    assert words_in(root) == texts
    assert len([one for one in root.iter("path") if one.get("class") == "ghost"]) == stones


@pytest.mark.parametrize(
    ("most", "worth"),
    [
        pytest.param(0.2, 1, id="a stone is never less than one"),
        pytest.param(10, 1, id="ten fit"),
        pytest.param(10.1, 2, id="more than ten do not"),
        pytest.param(26880, 5000, id="kronor"),
        pytest.param(100, 10, id="a round number"),
    ],
)
def test_what_a_stone_stands_for(most: float, worth: int) -> None:
    assert charts.stone_worth(most, 10) == worth


def test_more_than_any_stone() -> None:
    with pytest.raises(ValueError):
        charts.stone_worth(1e20, 10)


def test_nothing_is_no_picture() -> None:
    assert charts.stones(WORDS, span(0, 0, 0)) == ""
    assert charts.line(WORDS, [Point("v 41"), Point("v 42")]) == ""
    assert charts.bars(WORDS, []) == ""
    assert charts.stone_rows(WORDS, [Bar("E-post", 0, 0, "0")]) == ""


def test_the_line_has_gaps_where_nothing_was_measured() -> None:
    points = [
        Point("v 41", 5.1, 14.2, "5,1 tim", "nio av tio inom 14,2"), Point("v 42", 4.6, 12.8), Point("v 43"),
        Point("v 44", 3.9, 11.0), Point("v 45"), Point("v 46", 2.7, 7.9, "2,7 tim", "7,9"),
    ]  # fmt: skip
    root = read(charts.line(WORDS, points, ["0", "5", "10", "15"]))
    classes = [one.get("class") for one in root.iter("path")]
    assert (classes.count("ln"), classes.count("band"), classes.count("gr")) == (3, 3, 4)
    dots = [float(one.get("cy", "0")) for one in root.iter("circle")]
    assert dots == sorted(dots)  # Shorter times lie lower in the picture.
    assert len(dots) == 4
    assert {"v 43", "5,1 tim", "2,7 tim", "7,9", "15"} <= set(words_in(root))


def test_bars_are_as_long_as_their_numbers_and_long_subjects_are_cut() -> None:
    long = "Snöröjning på gång- och cykelvägen mellan Norrgårdsskolan och resecentrum"
    root = read(charts.bars(WORDS, [Bar("Hiss", 20, 20, "20"), Bar(long, 10, 10, "10"), Bar("Sopor", 5, 5, "5")]))
    lengths = [float(one.get("width", "0")) for one in root.iter("rect")]
    assert lengths == [392, 196, 98]
    label = words_in(root)[2]
    assert label.endswith("…") and long.startswith(label[:-1])


def test_rows_of_stones_are_filled_for_the_part() -> None:
    root = read(charts.stone_rows(WORDS, [Bar("Facebook", 52, 47, "47 av 52"), Bar("E-post", 7, 7, "7 av 7")]))
    ghosts = [one for one in root.iter("path") if one.get("class") == "ghost"]
    assert len(ghosts) == 11 + 2  # A stone stands for five.
    first, second = (float(one.get("width", "0")) for one in root.iter("rect"))
    assert first == pytest.approx(9 * 28 + 0.4 * 22)
    assert second == pytest.approx(28 + 0.4 * 22)


@given(st.lists(st.tuples(st.text(max_size=80), st.integers(0, 10**6), st.text(max_size=12)), max_size=8))
def test_no_word_breaks_a_picture(rows: list[tuple[str, int, str]]) -> None:
    bars = [Bar(label, count, count // 2, text) for label, count, text in rows]
    for picture in (charts.bars(WORDS, bars), charts.stone_rows(WORDS, bars)):
        assert not picture or read(picture).get("class") == "chart"


@given(st.lists(st.one_of(st.none(), st.tuples(st.floats(0, 1000), st.floats(0, 1000))), max_size=8))
def test_no_number_breaks_the_line_or_leaves_the_picture(weeks: list[tuple[float, float] | None]) -> None:
    points = [
        Point(f"v {number}", min(week), max(week), "a", "b") if week else Point(f"v {number}")
        for number, week in enumerate(weeks)
    ]
    picture = charts.line(WORDS, points)
    assert bool(picture) == any(weeks)
    if picture:
        for dot in read(picture).iter("circle"):
            assert 24 <= float(dot.get("cy", "0")) <= 168
            assert 44 <= float(dot.get("cx", "0")) <= 364


@given(st.floats(0.001, 1e9), st.floats(0, 1), st.floats(1, 3))
def test_no_figure_breaks_the_stones(value: float, less: float, more: float) -> None:
    root = read(charts.stones(WORDS, span(value, value * less, value * more)))
    for rect in root.iter("rect"):
        assert 0 <= float(rect.get("x", "0")) <= 500
        assert float(rect.get("width", "0")) <= 500
