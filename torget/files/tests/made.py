"""Files that the tests make: pictures with something odd about them, and archives that grow."""

import io
import struct
import zipfile
import zlib

from PIL import Image


def picture(mode: str = "RGB", size: tuple[int, int] = (60, 40)) -> Image.Image:
    """A picture with a coloured square in each corner: red, lime, blue, yellow as one reads."""
    made = Image.new("RGB", size, "white")
    wide, high = size[0] // 3, size[1] // 3
    for colour, at in (
        ("red", (0, 0)),
        ("lime", (size[0] - wide, 0)),
        ("blue", (0, size[1] - high)),
        ("yellow", (size[0] - wide, size[1] - high)),
    ):
        made.paste(colour, (*at, at[0] + wide, at[1] + high))
    return made.convert(mode)


def encoded(made: Image.Image, form: str, **options: object) -> bytes:
    """The picture as a file."""
    out = io.BytesIO()
    made.save(out, form, **options)
    return out.getvalue()


def decoded(body: bytes) -> Image.Image:
    """The file as a picture, loaded."""
    opened = Image.open(io.BytesIO(body))
    opened.load()
    return opened


def place() -> Image.Exif:
    """EXIF with a place, a photographer and a camera's number, all made up."""
    exif = Image.Exif()
    exif[0x013B] = "Fotografens Namn"
    exif[0xA431] = "KAMERA-4711"
    exif.get_ifd(0x8825).update({1: "N", 2: (59.0, 19.0, 30.0), 3: "E", 4: (18.0, 4.0, 12.0)})
    return exif


def turned(orientation: int) -> bytes:
    """A JPEG that lies on its side and says so."""
    exif = place()
    exif[0x0112] = orientation
    back = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    made = picture()
    if orientation in back:
        made = made.transpose(back[orientation])
    return encoded(made, "JPEG", exif=exif, quality=95)


def corners(shown: Image.Image) -> list[str]:
    """The colours of the four corners, as one reads."""
    names = {"red": (255, 0, 0), "lime": (0, 255, 0), "blue": (0, 0, 255), "yellow": (255, 255, 0)}
    wide, high = shown.size
    found = []
    for at in ((4, 4), (wide - 5, 4), (4, high - 5), (wide - 5, high - 5)):
        pixel = shown.convert("RGB").getpixel(at)
        assert isinstance(pixel, tuple)
        found.append(min(names, key=lambda name: sum(abs(a - b) for a, b in zip(names[name], pixel, strict=True))))
    return found


def png_that_claims(width: int, height: int) -> bytes:
    """A PNG of a few bytes whose header promises this size."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 999)) + chunk(b"IEND", b"")
    )


def zipped(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip of these files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, body in files.items():
            archive.writestr(name, body)
    return out.getvalue()


def zip_that_claims(size: int, name: str = "bilaga.txt") -> bytes:
    """A small zip whose central directory promises `size` bytes."""
    body = bytearray(zipped({name: b"x"}))
    struct.pack_into("<I", body, body.index(b"PK\1\2") + 24, size)
    return bytes(body)
