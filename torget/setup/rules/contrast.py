"""Whether an organisation's colour can be read, and the shades that follow from it (docs/rules/set-up.md, WCAG 2.2, 1.4.3)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

NEEDED = 4.5
"""WCAG 2.2, 1.4.3 (AA): text on its background."""
LIGHT = ("#ffffff", "#f3f4f1", "#e9ece7")
"""What the colour stands on in the light theme: surface, page and sunken (tokens.css). White is also the text on it."""
DARK = ("#171e1b", "#0f1513", "#1f2824")
"""The same in the dark theme."""
_STEPS = 200


@dataclass(frozen=True, slots=True)
class Judged:
    """A colour, its lowest ratio against what it stands on, whether that is enough, and the nearest shade that is."""

    colour: str
    ratio: float
    enough: bool
    nearest: str


@dataclass(frozen=True, slots=True)
class Shades:
    """The four tokens that hang on the colour, in one theme: as in tokens.css."""

    colour: str
    strong: str
    wash: str
    on: str


def parse(text: str) -> str | None:
    """`#0b5a50` of what a person writes (with or without #, three or six digits), None for what is no colour."""
    digits = text.strip().removeprefix("#").lower()
    if re.fullmatch(r"[0-9a-f]{3}", digits):
        digits = "".join(digit * 2 for digit in digits)
    return f"#{digits}" if re.fullmatch(r"[0-9a-f]{6}", digits) else None


def _parts(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def luminance(colour: str) -> float:
    """Relative luminance, 0–1 (WCAG 2.2, definition)."""
    linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in (p / 255 for p in _parts(colour))]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def ratio(one: str, other: str) -> float:
    """Contrast ratio, 1–21."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def mixed(colour: str, other: str, share: float) -> str:
    """`colour` with `share` (0–1) of `other` in it."""
    pairs = zip(_parts(colour), _parts(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def _least(colour: str, grounds: Iterable[str]) -> float:
    return min(ratio(colour, ground) for ground in grounds)


def _until(colour: str, towards: str, grounds: Iterable[str]) -> str:
    """The first shade on the way from `colour` to `towards` that can be read on all `grounds`."""
    grounds = tuple(grounds)
    for step in range(_STEPS):
        shade = mixed(colour, towards, step / _STEPS)
        if _least(shade, grounds) >= NEEDED:
            return shade
    return towards


def judge(colour: str) -> Judged:
    """Whether links and buttons of this colour can be read on our pages; never rounds up to what is needed."""
    least = _least(colour, LIGHT)
    return Judged(colour, least, least >= NEEDED, _until(colour, "#000000", LIGHT))


def light(colour: str) -> Shades:
    """The shades of the light theme, of a colour that is enough."""
    wash = next(w for w in (mixed("#ffffff", colour, s / 100) for s in range(13, -1, -1)) if ratio(colour, w) >= NEEDED)
    return Shades(colour, mixed(colour, "#000000", 0.3), wash, "#ffffff")


def dark(colour: str) -> Shades:
    """The shades of the dark theme: the same hue, light enough."""
    wash = mixed(DARK[0], colour, 0.3)
    shade = _until(colour, "#ffffff", (*DARK, wash))
    return Shades(shade, mixed(shade, "#ffffff", 0.3), wash, _until(mixed(colour, "#000000", 0.7), "#000000", (shade,)))


def stylesheet(colour: str) -> str:
    """The tokens of a colour, for both themes, as tokens.css has them."""
    bright, dim = _tokens(light(colour)), _tokens(dark(colour))
    return (
        f':root, [data-theme="light"] {{ {bright} }}\n[data-theme="dark"] {{ {dim} }}\n'
        f'@media (prefers-color-scheme: dark) {{ :root:not([data-theme="light"]) {{ {dim} }} }}\n'
    )


def _tokens(shades: Shades) -> str:
    return (
        f"--verdigris: {shades.colour}; --verdigris-strong: {shades.strong}; "
        f"--verdigris-wash: {shades.wash}; --on-verdigris: {shades.on};"
    )
