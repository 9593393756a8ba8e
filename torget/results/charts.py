"""Pictures of the results as SVG: classes only, no style attribute and no script, so that the strict CSP lets them in.

Each picture is made by the XML library, so that it is well-formed and every word in it escaped, and carries a title and
a description. The numbers are the same as in the table beside it: both are made from the same rows. Empty rows give "".
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import (  # nosec B405  # only writes
    Element,
    SubElement,
    tostring,
)  # Only written with, never read: no hostile XML comes in.

from django.utils.safestring import SafeString, mark_safe

ROW = 52  # Height of a row with its words above it.
WIDTH = 400  # Inner width of the small charts.


@dataclass(frozen=True, slots=True)
class Words:
    """What a picture is called and what it shows, in the reader's language."""

    id: str
    title: str
    description: str


@dataclass(frozen=True, slots=True)
class Span:
    """A value with its ends, and the three as they are written. Same unit for all; a certain value has equal ends."""

    value: float
    low: float
    high: float
    value_text: str
    low_text: str
    high_text: str


@dataclass(frozen=True, slots=True)
class Point:
    """One week of the line: the label under it, and hours with their text; None where nothing was measured."""

    label: str
    median: float | None = None
    upper: float | None = None
    median_text: str = ""
    upper_text: str = ""


@dataclass(frozen=True, slots=True)
class Bar:
    """One row: `part` of `whole` is filled (the same for a plain bar); `text` stands at the end of the row's words."""

    label: str
    whole: int
    part: int
    text: str


def _svg(words: Words, width: int, height: float) -> Element:
    root = Element("svg", {
        "class": "chart", "viewBox": f"0 0 {width} {_n(height)}", "role": "img",
        "aria-labelledby": f"{words.id}-t {words.id}-d",
    })  # fmt: skip
    SubElement(root, "title", {"id": f"{words.id}-t"}).text = _clean(words.title)
    SubElement(root, "desc", {"id": f"{words.id}-d"}).text = _clean(words.description)
    return root


def _done(root: Element) -> SafeString:
    # Everything that came from data passed through the XML library, which escapes it.
    return mark_safe(tostring(root, encoding="unicode", short_empty_elements=True))  # nosec B308, B703  # noqa: S308


def _clean(words: str) -> str:
    """Without the control characters and surrogates that XML cannot hold, which a subject may bring along."""
    return "".join(sign for sign in words if sign >= " " and not "\ud800" <= sign <= "\udfff" and sign < "\ufffe")


def _n(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")


def _text(parent: Element, x: float, y: float, words: str, *, size: float = 13, **attributes: str) -> None:
    names = {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()}
    SubElement(parent, "text", {"x": _n(x), "y": _n(y), "font-size": _n(size), **names}).text = _clean(words)


def _path(parent: Element, css: str, d: str, **attributes: str) -> None:
    SubElement(parent, "path", {"class": css, "d": d, **attributes})


def _stone(x: float, bottom: float, side: float) -> str:
    """The stone: a square whose lower left corner is sharp and whose other three are soft (24 % of the side)."""
    r = side * 0.24
    flat = side - 2 * r
    return (
        f"M{_n(x)} {_n(bottom)}v{_n(r - side)}a{_n(r)} {_n(r)} 0 0 1 {_n(r)} {_n(-r)}h{_n(flat)}"
        f"a{_n(r)} {_n(r)} 0 0 1 {_n(r)} {_n(r)}v{_n(flat)}a{_n(r)} {_n(r)} 0 0 1 {_n(-r)} {_n(r)}z"
    )


def stone_worth(most: float, places: int) -> int:
    """How much one stone stands for (1, 2, 5, 10, 20, 50 …) so that `most` has room in that many stones."""
    for power in range(13):
        for step in (1, 2, 5):
            worth = step * int("1" + "0" * power)
            if math.ceil(most / worth) <= places:
                return worth
    raise ValueError("more than any stone can stand for")


def _clip(root: Element, name: str, width: float, height: float) -> None:
    clip = SubElement(root, "clipPath", {"id": name})
    SubElement(clip, "rect", {"x": "0", "y": "0", "width": _n(max(0.0, width)), "height": _n(height)})


def stones(words: Words, span: Span) -> SafeString:
    """The headline figure as numbered stones, the last filled in part, with its range as a bar below; "" for nothing."""
    if span.high <= 0:
        return SafeString("")
    worth = stone_worth(span.high, 10)
    count = max(5, math.ceil(span.high / worth))
    pitch = 500 / count
    side = pitch * 0.84
    left = 4 * side / 84

    def along(value: float) -> float:
        whole, rest = divmod(value / worth, 1)
        if whole and not rest:
            return left + (whole - 1) * pitch + side  # The end of a full stone, not the start of the one after it.
        return left + whole * pitch + rest * side

    bottom = 14 + side
    root = _svg(words, 500, bottom + 78)
    _clip(root, f"{words.id}-c", along(span.value), bottom)
    for number in range(count):
        _path(root, "ghost", _stone(left + number * pitch, bottom, side))
    filled = SubElement(root, "g", {"clip-path": f"url(#{words.id}-c)"})
    for number in range(math.ceil(span.value / worth)):
        _path(filled, "c1", _stone(left + number * pitch, bottom, side))
    for number in range(math.floor(span.value / worth)):
        x, y = left + number * pitch + side / 2, 14 + side * 0.62
        _text(root, x, y, str(number + 1), size=side * 0.31, font_weight="700", text_anchor="middle", class_="on")
    _range(root, span, (along(span.low), along(span.value), along(span.high)), bottom + 20)
    return _done(root)


def _range(root: Element, span: Span, ends: tuple[float, float, float], top: float) -> None:
    """The bar from `low` to `high` with the value marked; where an end has no room for its words, they stand below."""
    low, value, high = ends
    certain = span.low == span.high
    roomy = low - 8 - _wide(span.low_text, 17) > 0 and high + 8 + _wide(span.high_text, 17) < 500
    below = span.value_text
    if not certain:
        root.append(Element("rect", {
            "class": "band", "x": _n(low), "y": _n(top), "width": _n(high - low), "height": "14",
        }))  # fmt: skip
        _path(root, "ink", f"M{_n(low)} {_n(top - 4)}v22M{_n(high)} {_n(top - 4)}v22")
        if roomy:
            _text(root, low - 8, top + 13, span.low_text, size=17, text_anchor="end")
            _text(root, high + 8, top + 13, span.high_text, size=17)
        else:
            below = f"{span.value_text} ({span.low_text}–{span.high_text})"
    _path(root, "ink thick", f"M{_n(value)} {_n(top - 10)}v34")
    half = _wide(below, 19) / 2
    _text(root, min(max(value, half), 500 - half), top + 46, below, size=19, font_weight="700", text_anchor="middle")


def _wide(text: str, size: float) -> float:
    """About how wide the words are; the typeface's digits and small letters keep within 0.6 of its size."""
    return len(text) * size * 0.6


def nice_steps(most: float) -> tuple[float, int]:
    """The step of an axis and how many steps reach `most`: 1, 2, 2.5 or 5 times a power of ten, at most four steps."""
    power = 10.0 ** math.floor(math.log10(most / 4))
    step = next(one * power for one in (1, 2, 2.5, 5, 10) if one * power * 4 >= most * (1 - 1e-9))
    return step, max(1, math.ceil(most / step - 1e-9))


def line(words: Words, points: Sequence[Point], axis_text: Sequence[str] | None = None) -> SafeString:
    """The median as a line under a band up to the upper value, week by week, with gaps where nothing was measured.

    `axis_text` writes the axis's numbers from 0 upwards when given (the caller knows the language).
    """
    measured = [point.upper for point in points if point.upper is not None]
    if not measured:
        return SafeString("")
    step, steps = nice_steps(max(*measured, 0.1))
    root = _svg(words, WIDTH, 206)

    def height(value: float) -> float:
        return 168 - 144 * value / (step * steps)

    for number in range(steps + 1):
        y = height(number * step)
        _path(root, "gr", f"M36 {_n(y)}H384")
        label = axis_text[number] if axis_text and number < len(axis_text) else _n(number * step)
        _text(root, 28, y + 4.5, label, text_anchor="end", class_="ax")
    xs = [44 + 320 * number / max(1, len(points) - 1) for number in range(len(points))]
    for run in _runs(points):
        _band_and_line(root, [(xs[i], height(points[i].upper or 0), height(points[i].median or 0)) for i in run])
    for x, point in zip(xs, points, strict=True):
        _text(root, x, 188, point.label, text_anchor="middle", class_="ax")
        if point.median is not None:
            SubElement(root, "circle", {"class": "dot", "cx": _n(x), "cy": _n(height(point.median)), "r": "4.5"})
    _ends(root, points, xs, height)
    return _done(root)


def _runs(points: Sequence[Point]) -> Iterator[list[int]]:
    """Unbroken runs of weeks that were measured, as positions."""
    run: list[int] = []
    for number, point in enumerate(points):
        if point.median is None:
            if run:
                yield run
            run = []
        else:
            run.append(number)
    if run:
        yield run


def _band_and_line(root: Element, run: list[tuple[float, float, float]]) -> None:
    if len(run) == 1:  # A week alone has a band as wide as its dot, since a line needs two.
        ((x, top, bottom),) = run
        run = [(x - 4.5, top, bottom), (x + 4.5, top, bottom)]
    over = "L".join(f"{_n(x)} {_n(top)}" for x, top, _ in run)
    under = [f"{_n(x)} {_n(bottom)}" for x, _, bottom in run]
    _path(root, "band", f"M{over}L{'L'.join(reversed(under))}Z")
    _path(root, "ln", f"M{'L'.join(under)}")


def _ends(root: Element, points: Sequence[Point], xs: Sequence[float], height: Callable[[float], float]) -> None:
    """Write out the first and the last measured week at their marks; the table has the others."""
    measured = [number for number, point in enumerate(points) if point.median is not None]
    for number in {measured[0], measured[-1]}:
        point, x = points[number], xs[number]
        # The words turn inwards, so that they never leave the picture.
        anchor = "start" if x < WIDTH / 2 else "end"
        x += -4 if anchor == "start" else 4
        median, upper = height(point.median or 0), height(point.upper or 0)
        below = median + 20 if median + 20 <= 164 else median - 10
        # The words of the upper value lie over the band, also where it is higher in the week that they reach into.
        beside = points[number + (1 if anchor == "start" else -1)] if len(points) > 1 else point
        if beside.upper is not None:
            upper = min(upper, upper + 0.7 * (height(beside.upper) - upper))
        _text(root, x, below, point.median_text, size=14, font_weight="bold", text_anchor=anchor)
        _text(root, x, max(14.0, min(upper - 6, below - 18)), point.upper_text, text_anchor=anchor, class_="ax")


def bars(words: Words, rows: Sequence[Bar]) -> SafeString:
    """One bar a row under its words, the longest across the whole picture, the first two in the strong colour."""
    if not rows:
        return SafeString("")
    most = max(row.whole for row in rows)
    root = _svg(words, WIDTH, ROW * len(rows))
    for number, row in enumerate(rows):
        top = ROW * number
        _head(root, row, top)
        width = 392 * row.whole / most if most else 0.0
        SubElement(root, "rect", {
            "class": "c1" if number < 2 else "c3", "x": "0", "y": _n(top + 21), "width": _n(max(2.0, width)),
            "height": "18", "rx": "3",
        })  # fmt: skip
    return _done(root)


def stone_rows(words: Words, rows: Sequence[Bar]) -> SafeString:
    """One row of small stones for each row, filled for the part; `stone_worth(most, 14)` is what a stone stands for."""
    rows = [row for row in rows if row.whole > 0]
    if not rows:
        return SafeString("")
    worth = stone_worth(max(row.whole for row in rows), 14)
    root = _svg(words, WIDTH, ROW * len(rows))
    for number, row in enumerate(rows):
        top = ROW * number
        _head(root, row, top)
        name = f"{words.id}-c{number}"
        whole, rest = divmod(row.part / worth, 1)
        _clip(root, name, whole * 28 + rest * 22, ROW * (number + 1))
        filled = Element("g", {"clip-path": f"url(#{name})"})
        for place in range(math.ceil(row.whole / worth)):
            _path(root, "ghost", _stone(place * 28, top + 43, 22))
            if place * worth < row.part:
                _path(filled, "c1", _stone(place * 28, top + 43, 22))
        root.append(filled)
    return _done(root)


def _head(root: Element, row: Bar, top: float) -> None:
    # Reckoned with the larger letters of the narrow screen.
    room = int((376 - _wide(row.text, 16)) / (16 * 0.53))
    label = row.label if len(row.label) <= room else row.label[: room - 1].rstrip() + "…"
    _text(root, 0, top + 14, label, size=14.5)
    _text(root, 392, top + 14, row.text, size=14.5, font_weight="bold", text_anchor="end")
