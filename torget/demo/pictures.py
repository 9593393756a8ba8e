"""The pictures that residents attach: plain drawings, so that no photograph of a real place or person is needed."""

from __future__ import annotations

from io import BytesIO

from PIL import Image, ImageDraw

from torget.demo.texts.kinds import Picture

SIZE = (1280, 960)
Shape = tuple[str, tuple[float, ...], str]

_SKY, _DUSK, _NIGHT, _GRASS, _SNOW, _ROAD = "#b9cbd8", "#4a5568", "#141a26", "#6d8f5a", "#f1f4f6", "#5b5f66"
_WOOD, _RED, _WHITE, _IRON, _DARK = "#8a6a48", "#b23a2e", "#ffffff", "#3a3f47", "#202429"

# What each shows, from back to front: a shape, its place in hundredths of width and height, its colour.
_SCENES: dict[str, tuple[Shape, ...]] = {
    "snowbank": (
        ("box", (0, 0, 100, 45), _SKY),
        ("box", (0, 45, 100, 100), _SNOW),
        ("area", (62, 45, 74, 45, 100, 88, 100, 100, 78, 100), _ROAD),
        ("oval", (36, 50, 76, 84), _WHITE),
        ("oval", (48, 62, 84, 104), _WHITE),
        ("box", (20, 18, 22, 62), _IRON),
    ),
    "lamp": (
        ("box", (0, 0, 100, 100), _NIGHT),
        ("box", (48, 18, 50, 100), _IRON),
        ("box", (48, 18, 64, 20), _IRON),
        ("oval", (60, 19, 68, 25), _DARK),
        ("oval", (12, 12, 13, 13), _WHITE),
        ("oval", (82, 30, 83, 31), _WHITE),
    ),
    "pole": (
        ("box", (0, 0, 100, 60), _SKY),
        ("box", (0, 60, 100, 100), _GRASS),
        ("area", (30, 100, 44, 60, 56, 60, 78, 100), _ROAD),
        ("area", (22, 90, 25, 90, 62, 14, 60, 13), _IRON),
        ("oval", (56, 8, 68, 17), _DARK),
    ),
    "tunnel": (
        ("box", (0, 0, 100, 100), _ROAD),
        ("oval", (14, 10, 86, 120), _DARK),
        ("oval", (34, 34, 66, 100), _NIGHT),
        ("box", (46, 18, 54, 22), _IRON),
    ),
    "bin": (
        ("box", (0, 0, 100, 70), _SKY),
        ("box", (0, 70, 100, 100), _ROAD),
        ("area", (34, 40, 66, 40, 62, 88, 38, 88), "#2f5d3a"),
        ("oval", (38, 28, 54, 46), _WHITE),
        ("oval", (48, 24, 64, 44), _IRON),
        ("area", (34, 38, 70, 18, 72, 22, 36, 42), "#2f5d3a"),
    ),
    "deck": (
        ("box", (0, 0, 100, 100), _WHITE),
        ("frame", (20, 16, 80, 50), _DARK),
        ("frame", (20, 50, 80, 72), _RED),
        ("box", (20, 80, 80, 80.4), _IRON),
        ("box", (20, 78, 20.4, 82), _IRON),
        ("box", (80, 78, 80.4, 82), _IRON),
        ("box", (46, 48, 56, 52), _WHITE),
    ),
    "dogs": (
        ("box", (0, 0, 100, 40), _SKY),
        ("box", (0, 40, 100, 62), "#5f86a0"),
        ("box", (0, 62, 100, 100), "#d9c79a"),
        ("oval", (18, 66, 32, 76), _WOOD),
        ("oval", (29, 60, 36, 70), _WOOD),
        ("oval", (42, 70, 58, 82), _DARK),
        ("oval", (55, 64, 62, 74), _DARK),
        ("oval", (68, 64, 80, 74), _WHITE),
        ("oval", (78, 58, 85, 68), _WHITE),
    ),
    "bikes": (
        ("box", (0, 0, 100, 66), "#c9b8a2"),
        ("box", (0, 66, 100, 100), _ROAD),
        *(("ring", (8 + step, 52, 26 + step, 78), _DARK) for step in (0, 9, 18, 40, 49, 58)),
        ("box", (10, 46, 90, 48), _RED),
    ),
    "swing": (
        ("box", (0, 0, 100, 62), _SKY),
        ("box", (0, 62, 100, 100), _GRASS),
        ("box", (16, 12, 84, 15), _WOOD),
        ("box", (18, 12, 21, 90), _WOOD),
        ("box", (79, 12, 82, 90), _WOOD),
        ("box", (40, 15, 40.6, 66), _IRON),
        ("area", (60, 15, 60.6, 15, 57, 40, 56, 40), _IRON),
        ("area", (38, 65, 58, 74, 57, 77, 37, 68), _DARK),
    ),
    "oaks": (
        ("box", (0, 0, 100, 60), _SKY),
        ("box", (0, 60, 100, 100), _GRASS),
        *(("box", (9 + step, 46, 11 + step, 72), _WOOD) for step in range(0, 84, 13)),
        *(("oval", (2 + step, 20, 18 + step, 54), "#4d7040") for step in range(0, 84, 13)),
    ),
    "playground": (
        ("box", (0, 0, 100, 55), _SKY),
        ("box", (0, 55, 100, 100), "#cdb98a"),
        ("area", (50, 28, 56, 28, 84, 78, 78, 78), _RED),
        ("box", (44, 28, 50, 78), _WOOD),
        ("area", (0, 66, 100, 60, 100, 64, 0, 70), _WHITE),
        *(("box", (4 + step, 62, 9 + step, 68), _RED) for step in range(0, 96, 14)),
    ),
    "screenshot": (
        ("box", (0, 0, 100, 100), _WHITE),
        ("box", (0, 0, 100, 9), "#d5dae0"),
        ("box", (12, 3, 76, 6), _WHITE),
        ("oval", (3, 3, 6, 6.5), _RED),
        ("frame", (8, 18, 92, 88), "#e4e7eb"),
    ),
    "pothole": (
        ("box", (0, 0, 100, 24), _DUSK),
        ("box", (0, 24, 100, 100), _ROAD),
        ("oval", (26, 44, 76, 84), _DARK),
        ("oval", (31, 50, 71, 80), "#7d93a6"),
    ),
    "busstop": (
        ("box", (0, 0, 100, 70), _SKY),
        ("box", (0, 70, 100, 100), _ROAD),
        ("box", (30, 16, 33, 90), _IRON),
        ("box", (22, 12, 42, 28), "#1f5fa8"),
        ("box", (23, 36, 40, 56), _WHITE),
        ("area", (25, 46, 44, 44, 46, 66, 27, 68), "#f6e7a8"),
    ),
}


def draw(picture: Picture) -> bytes:
    """The picture as a file of its own kind (JPEG, PNG or WebP); KeyError for a picture that has no scene."""
    image = Image.new("RGB", SIZE)
    paper = ImageDraw.Draw(image)
    for shape, place, colour in _SCENES[picture.key]:
        at = [round(part * SIZE[number % 2] / 100) for number, part in enumerate(place)]
        if shape == "box":
            paper.rectangle(at, fill=colour)
        elif shape == "oval":
            paper.ellipse(at, fill=colour)
        elif shape == "frame":
            paper.rectangle(at, outline=colour, width=6)
        elif shape == "ring":
            paper.ellipse(at, outline=colour, width=8)
        else:
            paper.polygon(at, fill=colour)
    # A telephone tells its make and when: the picture for showing must not, and here there is something to take away.
    exif = Image.Exif()
    exif[0x010F], exif[0x0110], exif[0x0132] = "Exempel", "Demotelefon 1", "2026:11:01 12:00:00"
    file = BytesIO()
    form = picture.media_type.partition("/")[2].upper()
    image.save(file, form, quality=86, **({} if form == "PNG" else {"exif": exif.tobytes()}))
    return file.getvalue()
