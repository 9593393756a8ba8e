"""The renderer as a process: sound pictures come out upright and bare, anything else ends with a reason and in time."""

import io
import json
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageCms

from torget.core.testing import data_files, data_json
from torget.files import render, rules, tasks
from torget.files.tests import made

# Child processes: not in the quick check.
pytestmark = [pytest.mark.services]

# How many of the recorded hostile pictures have a format that we decode and are sound enough to be shown.
HOSTILE_SHOWN = 172


def run(body: bytes, tmp_path: Path, form: str | None = None) -> tasks.Outcome:
    path = tmp_path / "given"
    path.write_bytes(body)
    return run_file(path, form)


def run_file(path: Path, form: str | None = None) -> tasks.Outcome:
    with path.open("rb") as file:
        return tasks.run_child(file, form or rules.RENDERED[rules.sniff(path.read_bytes()).media_type])


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_is_set_upright(orientation: int, tmp_path: Path) -> None:
    outcome = run(made.turned(orientation), tmp_path)
    shown = made.decoded(outcome.body)
    assert (outcome.code, shown.size, (outcome.width, outcome.height)) == ("", (60, 40), (60, 40))
    assert made.corners(shown) == ["red", "lime", "blue", "yellow"]


@pytest.mark.parametrize(
    ("form", "options"),
    [
        pytest.param("JPEG", {"exif": made.place()}, id="JPEG"),
        pytest.param("PNG", {"exif": made.place()}, id="PNG"),
        pytest.param("WEBP", {"exif": made.place(), "xmp": b"<x:xmpmeta>59.0 18.0</x:xmpmeta>"}, id="WebP with XMP"),
        pytest.param("AVIF", {"exif": made.place()}, id="AVIF"),
        pytest.param("TIFF", {"exif": made.place()}, id="TIFF"),
        pytest.param("GIF", {"comment": b"Fotografens Namn KAMERA-4711"}, id="GIF with a comment"),
    ],
)
def test_no_place_name_or_number_is_left(form: str, options: dict[str, Any], tmp_path: Path) -> None:
    given = made.encoded(made.picture(), form, **options)
    assert b"KAMERA-4711" in given or b"59.0 18.0" in given
    outcome = run(given, tmp_path)
    assert outcome.code == ""
    for word in (b"KAMERA", b"Fotografens", b"Exif", b"59.0", b"xmp", b"ICC"):
        assert word not in outcome.body
    assert rules.is_bare_webp(outcome.body)
    assert not made.decoded(outcome.body).getexif()


def _grey_steps(bits: int) -> Image.Image:
    steps = Image.new("I;16" if bits == 16 else "I", (256, 8))
    for x in range(256):
        steps.paste(x * 257, (x, 0, x + 1, 8))
    return steps


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param(made.encoded(made.picture("P"), "PNG"), None, id="a palette"),
        pytest.param(made.encoded(made.picture("1"), "TIFF"), None, id="one bit"),
        pytest.param(made.encoded(made.picture("L"), "PNG"), None, id="grey"),
        pytest.param(made.encoded(made.picture("LA"), "PNG"), None, id="grey with alpha"),
        pytest.param(made.encoded(made.picture("CMYK"), "TIFF"), None, id="printing colours"),
        pytest.param(made.encoded(made.picture("YCbCr"), "TIFF"), None, id="video colours"),
        pytest.param(made.encoded(_grey_steps(16), "PNG"), (0, 128, 255), id="sixteen bits"),
        pytest.param(made.encoded(_grey_steps(32), "TIFF"), (0, 128, 255), id="whole numbers"),
        pytest.param(made.encoded(_grey_steps(32).convert("F"), "TIFF"), (0, 128, 255), id="broken numbers"),
    ],
)
def test_every_kind_of_pixel_is_shown(given: bytes, expected: tuple[int, int, int] | None, tmp_path: Path) -> None:
    outcome = run(given, tmp_path)
    assert outcome.code == ""
    shown = made.decoded(outcome.body)
    assert shown.size == made.decoded(given).size
    if expected is not None:
        grey = shown.convert("L").tobytes()
        found = [grey[4 * shown.width + x] for x in (0, 128, 255)]
        assert all(abs(a - b) <= 6 for a, b in zip(found, expected, strict=True)), found


def test_alpha_stays(tmp_path: Path) -> None:
    given = made.picture("RGBA")
    given.putalpha(Image.linear_gradient("L").resize(given.size))
    shown = made.decoded(run(made.encoded(given, "PNG"), tmp_path).body)
    assert shown.mode == "RGBA"
    assert shown.getchannel("A").getextrema()[0] < 10 < 240 < shown.getchannel("A").getextrema()[1]  # type: ignore[operator]


def test_a_colour_profile_is_applied(tmp_path: Path) -> None:
    """A profile whose red is our green: what is shown has changed its colour, and carries no profile."""
    plain = Image.new("RGB", (40, 40), (200, 40, 40))
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    assert (
        run(made.encoded(plain, "PNG", icc_profile=lab), tmp_path).code == ""
    )  # a profile that does not fit is left out
    srgb = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    entries = int.from_bytes(srgb[128:132], "big")
    at = {bytes(srgb[132 + 12 * n : 136 + 12 * n]): 136 + 12 * n for n in range(entries)}
    red, green = at[b"rXYZ"], at[b"gXYZ"]
    srgb[red : red + 8], srgb[green : green + 8] = srgb[green : green + 8], srgb[red : red + 8]
    shown = made.decoded(run(made.encoded(plain, "PNG", icc_profile=bytes(srgb)), tmp_path).body)
    r, g, _ = shown.convert("RGB").getpixel((20, 20))  # type: ignore[misc]
    assert g > r
    assert "icc_profile" not in shown.info


def test_large_pictures_are_made_smaller_and_small_ones_are_not_made_larger(tmp_path: Path) -> None:
    outcome = run(made.encoded(made.picture(size=(4000, 1000)), "JPEG"), tmp_path)
    assert (outcome.width, outcome.height) == (1600, 400)
    outcome = run(made.encoded(Image.new("RGB", (5000, 1)), "PNG"), tmp_path)
    assert (outcome.width, outcome.height) == (1600, 1)
    outcome = run(made.encoded(Image.new("RGB", (1, 1)), "PNG"), tmp_path)
    assert (outcome.width, outcome.height) == (1, 1)


def test_of_a_film_the_first_picture_is_shown(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (30, 30), colour) for colour in ("red", "blue")]
    out = io.BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])
    assert made.corners(made.decoded(run(out.getvalue(), tmp_path).body)) == ["red"] * 4


@pytest.mark.parametrize(
    ("given", "form", "code"),
    [
        pytest.param(
            made.png_that_claims(60_000, 60_000), "PNG", "too_large", id="a header of 3.6 thousand million pixels"
        ),
        pytest.param(
            made.png_that_claims(7000, 7000), "PNG", "decode_failed", id="a header of 49 million, and no pixels"
        ),
        pytest.param(
            made.encoded(made.picture(size=(600, 600)), "JPEG")[:900], "JPEG", "decode_failed", id="a photo cut off"
        ),
        pytest.param(
            b"\xff\xd8\xff\xe0 <script>alert(1)</script>", "JPEG", "decode_failed", id="a script behind a photo's start"
        ),
        pytest.param(made.encoded(made.picture(), "PNG"), "JPEG", "decode_failed", id="another format than was said"),
        pytest.param(b"", "PNG", "decode_failed", id="nothing"),
    ],
)
def test_what_cannot_be_shown_says_why(given: bytes, form: str, code: str, tmp_path: Path) -> None:
    outcome = run(given, tmp_path, form)
    assert (outcome.code, outcome.body, outcome.again) == (code, b"", False)


def _in_place_of_the_decoder(code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the child run the renderer's own main with `render` replaced by this body."""
    script = tmp_path / "child.py"
    body = "\n    ".join(code.splitlines())
    script.write_text(
        "import importlib.util, os, signal, sys\n"
        f"spec = importlib.util.spec_from_file_location('render', {render.__file__!r})\n"
        "module = importlib.util.module_from_spec(spec)\nspec.loader.exec_module(module)\n"
        f"def instead(source, form):\n    {body}\n"
        "module.CPU = 1\nmodule.render = instead\nsys.exit(module.main())\n"
    )
    monkeypatch.setattr(render, "__file__", str(script))


@pytest.mark.parametrize(
    ("code", "expected", "again"),
    [
        pytest.param("return bytes(2 << 30), 1, 1", "memory", False, id="it eats memory"),
        pytest.param("while True: pass", "timeout", False, id="it never ends"),
        pytest.param("os.kill(os.getpid(), signal.SIGSEGV)", "decode_failed", False, id="it crashes"),
        pytest.param("os.kill(os.getpid(), signal.SIGKILL)", "memory", True, id="the system kills it"),
        pytest.param("return bytes(17 << 20), 9, 9", "interrupted", True, id="its answer does not fit"),
        pytest.param("return b'RIFF', 9, 9", "decode_failed", False, id="its answer is no picture"),
        pytest.param("os.write(1, b'{}'); os._exit(0)", "decode_failed", False, id="its answer lacks everything"),
        pytest.param("os.write(1, b'[1]\\n'); os._exit(0)", "decode_failed", False, id="its answer is another thing"),
        pytest.param("os._exit(0)", "decode_failed", False, id="it says nothing"),
        pytest.param("open('/tmp/' + 'x' * 9)", "decode_failed", False, id="it raises"),
    ],
)
def test_a_decoder_that_fails_in_any_way_is_contained(
    code: str, expected: str, again: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _in_place_of_the_decoder(code, tmp_path, monkeypatch)
    outcome = run(made.encoded(made.picture(), "PNG"), tmp_path)
    assert (outcome.code, outcome.body, outcome.again) == (expected, b"", again)


def test_a_child_that_hangs_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _in_place_of_the_decoder("signal.pause()", tmp_path, monkeypatch)
    path = tmp_path / "given"
    path.write_bytes(b"x")
    with path.open("rb") as file:
        assert tasks.run_child(file, "PNG", wall=0.3) == tasks.Outcome("timeout", again=True)


def test_the_child_sees_neither_settings_nor_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://user:secret@db/torget")
    _in_place_of_the_decoder(
        "assert 'DATABASE_URL' not in os.environ\nassert not {'django', 'torget'} & {n.split('.')[0] for n in sys.modules}\n"
        "raise module.TooLarge",
        tmp_path,
        monkeypatch,
    )
    assert run(made.encoded(made.picture(), "PNG"), tmp_path).code == "too_large"


def _all(paths: list[Path]) -> list[tuple[Path, str, tasks.Outcome | None, float]]:
    """Each file's name, code (empty when shown), what the child said, and seconds on the wall."""

    def one(path: Path) -> tuple[Path, str, tasks.Outcome | None, float]:
        body = path.read_bytes()
        showing, reason = rules.showing_of(rules.sniff(body), body)
        if showing is rules.Showing.NEVER:
            return path, reason, None, 0.0
        started = time.monotonic()
        outcome = run_file(path)
        return path, outcome.code, outcome, time.monotonic() - started

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(one, paths))


def test_pictures_that_once_broke_a_library_are_shown_or_refused() -> None:
    paths = data_files("consultation/pillow-hostile")
    results = _all(paths)
    codes = Counter(code for _, code, _, _ in results)
    known = {"", "too_large", "decode_failed", "format_not_shown", "not_a_picture", "active_content"}
    assert set(codes) <= known, codes
    for path, code, outcome, seconds in results:
        assert seconds < render.WALL, path.name
        assert code or (outcome and rules.is_bare_webp(outcome.body)), path.name
        # The limit on address space holds each child; what they really take is far below it.
        assert outcome is None or outcome.peak * 1024 < render.MEMORY / 2, path.name
    if paths:
        # Refusing everything would be no art: these are sound pictures with odd metadata.
        assert codes[""] >= HOSTILE_SHOWN, codes


def test_photos_with_a_place_come_out_without_one_and_upright() -> None:
    expected: dict[str, Any] = data_json("consultation/photos-made/expected.json") or {}
    for path, code, outcome, _ in _all(data_files("consultation/photos-made", *expected)):
        assert code == "" and outcome is not None, path.name
        shown = made.decoded(outcome.body)
        assert rules.is_bare_webp(outcome.body)
        assert not shown.getexif() and not {"exif", "xmp", "icc_profile"} & set(shown.info), path.name
        if size := expected[path.name].get("upright_size"):
            assert shown.size == tuple(size), path.name
        if colours := expected[path.name].get("corners_upright"):
            reading = ["top_left", "top_right", "bottom_left", "bottom_right"]
            assert made.corners(shown) == [colours[at] for at in reading], path.name
        assert json.dumps(expected[path.name].get("lat", "59.999")).encode() not in outcome.body


def test_ordinary_pictures_are_shown() -> None:
    for path, code, outcome, _ in _all(data_files("consultation/photos-misc", "*.jpg", "*.png")):
        assert code == "" and outcome is not None, path.name
        with Image.open(path) as original:
            assert abs(outcome.width / outcome.height - original.width / original.height) < 0.01, path.name
