"""Make a picture for showing, in a process of its own: upright, small, sRGB, without metadata.

Run as a script with the picture on standard input and its format as argument. On standard output: one line of JSON
(`code`, empty when it went well; `width`, `height`; `cpu` seconds; `peak` KiB), then the bytes of a WebP file.
Imports nothing of Torget, so that a decoder that is taken over finds no database, keys or settings in memory.
"""

import io
import json
import resource
import signal
import sys
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    from PIL import Image

FIT = 1600  # pixels, the longer side
QUALITY = 82
MAX_PIXELS = 60_000_000
# JPEG is decoded at a half, a quarter or an eighth at once, so large photos of phones cost no more memory.
MAX_JPEG_PIXELS = 220_000_000
MEMORY = 1024 * 1024 * 1024  # bytes of address space
CPU = 8  # seconds
WALL = 10  # seconds; a parent that is gone stops nobody, so the child counts too
MAX_RESULT = 16 * 1024 * 1024  # bytes
TRY_AGAIN = 75  # exit code: the result could not be written (sysexits.h EX_TEMPFAIL)


class TooLarge(Exception):
    """More pixels than we decode."""


def limit_self() -> None:
    """Take away what no decoder needs, before the first byte is read."""
    for what, limit in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_FSIZE, MAX_RESULT),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 64),
    ):
        resource.setrlimit(what, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU, CPU + 1))
    signal.alarm(WALL + 2)


def render(source: BinaryIO, form: str) -> tuple[bytes, int, int]:
    """Decode a picture of this format and encode it anew: WebP bytes, width, height. Raises whatever Pillow raises."""
    from PIL import AvifImagePlugin, Image, TiffImagePlugin, WebPImagePlugin  # noqa: F401

    AvifImagePlugin.DEFAULT_MAX_THREADS = 1  # each thread reserves address space that the limit counts
    Image.MAX_IMAGE_PIXELS = None  # checked here, by format
    picture = Image.open(source, formats=(form,))
    if picture.width * picture.height > (MAX_JPEG_PIXELS if form == "JPEG" else MAX_PIXELS):
        raise TooLarge
    picture.draft(None, (FIT, FIT))
    if picture.width * picture.height > MAX_PIXELS:
        raise TooLarge
    picture.load()
    turn = _turn(picture)
    profile = picture.info.get("icc_profile")
    small = _small(_whole_tones(picture))
    shown = _to_srgb(small, profile)
    if turn is not None:
        shown = shown.transpose(turn)
    shown.info = {}
    result = io.BytesIO()
    shown.save(result, "WEBP", quality=QUALITY, method=4)
    return result.getvalue(), shown.width, shown.height


def _turn(picture: "Image.Image") -> "Image.Transpose | None":
    """How to set the picture upright by its EXIF or XMP orientation; broken metadata turns nothing."""
    from PIL import Image

    try:
        orientation = picture.getexif().get(0x0112, 1)
    except Exception:
        return None
    turns = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_270,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_90,
    }
    return turns.get(orientation) if isinstance(orientation, int) else None


def _whole_tones(picture: "Image.Image") -> "Image.Image":
    """Eight bits a channel and no palette, so that making it smaller can mix neighbours."""
    if picture.has_transparency_data:
        return picture if picture.mode == "RGBA" else picture.convert("RGBA")
    if picture.mode in {"1", "LA", "La"}:
        return picture.convert("L")
    if picture.mode in {"P", "PA", "RGBX", "RGBa", "HSV"}:
        return picture.convert("RGB")
    if picture.mode.startswith("I") or picture.mode == "F":
        return _stretched(picture)
    return picture


def _stretched(picture: "Image.Image") -> "Image.Image":
    """Grey in eight bits, of whole or broken numbers: sixteen bits as they are, others from least to most."""
    sixteen = picture.mode.startswith("I;16")
    grey = picture.convert("I").convert("F") if sixteen else picture.convert("F")
    low, high = (float(value) for value in grey.getextrema())  # type: ignore[arg-type]
    if sixteen or (picture.mode == "I" and low >= 0 and high <= 65535):
        low, high = 0.0, 255.0 if not sixteen and high <= 255 else 65535.0
    scale = 255.0 / (high - low) if high > low else 1.0
    offset = -low * scale
    return grey.point(lambda value: value * scale + offset).convert("L")


def _small(picture: "Image.Image") -> "Image.Image":
    """At most FIT on the longer side; never larger than it was."""
    from PIL import Image

    share = min(1.0, FIT / max(picture.size))
    if share == 1.0:
        return picture
    size = (max(1, round(picture.width * share)), max(1, round(picture.height * share)))
    return picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)


def _to_srgb(picture: "Image.Image", profile: Any) -> "Image.Image":
    """Colours as a browser takes them; a profile that cannot be used is left out."""
    alpha = picture.getchannel("A") if picture.mode == "RGBA" else None
    colours = picture.convert("RGB") if alpha else picture
    shown = _by_profile(colours, profile) if isinstance(profile, bytes) and profile else None
    shown = shown or colours.convert("RGB")
    if alpha and alpha.getextrema() != (255, 255):
        shown.putalpha(alpha)
    return shown


def _by_profile(picture: "Image.Image", profile: bytes) -> "Image.Image | None":
    """The picture in sRGB by its ICC profile, or None when the two do not fit."""
    from PIL import ImageCms

    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        return ImageCms.profileToProfile(picture, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None


def _attempt(form: str) -> tuple[str, bytes, int, int]:
    """The code of what went wrong (empty when nothing did), the bytes, width and height."""
    try:
        return ("", *render(sys.stdin.buffer, form))
    except TooLarge:
        return "too_large", b"", 0, 0
    except MemoryError:
        return "memory", b"", 0, 0
    except Exception:
        # A broken file may raise anything at all in Pillow; all of it means that there is nothing to show.
        return "decode_failed", b"", 0, 0


def _peak() -> int:
    """The most memory that this process has held, in KiB."""
    try:
        with open("/proc/self/status") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))
    except (OSError, StopIteration):
        # Less sure: Linux lets a child begin with what its parent had.
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def main() -> int:
    """Render standard input to standard output within the limits."""
    limit_self()
    code, body, width, height = _attempt(sys.argv[1])
    used = resource.getrusage(resource.RUSAGE_SELF)
    head = {
        "code": code,
        "width": width,
        "height": height,
        "cpu": used.ru_utime + used.ru_stime,
        "peak": _peak(),
    }
    try:
        sys.stdout.buffer.write(json.dumps(head).encode() + b"\n" + body)
        sys.stdout.buffer.flush()
    except OSError:
        return TRY_AGAIN
    return 0


if __name__ == "__main__":
    sys.exit(main())
