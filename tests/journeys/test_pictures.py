"""The pictures of the handbook: each page at 1440 and 390 pixels, taken of the whole demo town."""

import io
from pathlib import Path

import pytest
from PIL import Image

from tests.journeys.pages import open_page
from tests.journeys.town import SHOTS, Town, Visit
from tests.support.browser import DESK, PHONE

FOLDER = Path(__file__).resolve().parent.parent.parent / "docs" / "handbook" / "bilder"
NAMES = (
    "square", "skriv", "kvitto", "kvitto-svar", "samtal", "diarium", "kanaler", "journal", "disk", "disk-samtal",
    "disk-underlag", "karantan", "resultat", "installningar", "login", "components",
)  # fmt: skip
LARGEST = 250_000
# Long pages are cut here: a picture shows what the page is, not all of its rows.
TALLEST = 1600


@pytest.mark.skipif(not SHOTS, reason="TORGET_SHOTS=1 writes the pictures into docs/handbook/bilder")
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["1440", "390"])
@pytest.mark.parametrize("name", NAMES)
def test_take_the_picture(name: str, size: tuple[int, int], town: Town, visit: Visit) -> None:
    page = open_page(name, town, visit, *size)
    # An address with a fragment puts focus there, and its ring would stand in the picture.
    page.evaluate("document.activeElement.blur()")
    taken = page.screenshot(full_page=not name.startswith("disk"), animations="disabled")
    small = reduced(taken)
    assert len(small) <= LARGEST
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / f"{name}-{size[0]}.png").write_bytes(small)


def reduced(png: bytes) -> bytes:
    """The picture with at most `TALLEST` rows and 256 colours (the pages have few), as PNG."""
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    picture = picture.crop((0, 0, picture.width, min(picture.height, TALLEST)))
    kept = io.BytesIO()
    # The cut by coverage keeps the lamp and the red of a warning, though they are small.
    picture.quantize(256, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(kept, "PNG", optimize=True)
    return kept.getvalue()
