"""Name, colour, logo and icon: what is taken, what it becomes, and what is refused."""

import io
import struct
import zlib
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client
from PIL import Image

from tests.support.making import Town
from torget.files.models import Blob
from torget.organisations.models import Organisation
from torget.setup.tests.test_pages import GUIDE, body

PAGE = f"{GUIDE}utseende/"
NAMES = {"name": "Ekeviks kommun", "short_name": "Ekevik"}
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def picture(form: str = "PNG", size: tuple[int, int] = (200, 80)) -> bytes:
    """A green picture with words in its metadata."""
    made = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "hemligt i bilden"
    Image.new("RGB", size, "#0b5a50").save(made, form, exif=exif)
    return made.getvalue()


def bomb(width: int = 60_000, height: int = 60_000) -> bytes:
    """A PNG of a few kilobytes that claims to be 3.6 thousand million points."""

    def part(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress(b"\x00" * 2_000_000, 9)
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + part(b"IDAT", rows) + part(b"IEND", b"")


def upload(name: str, content: bytes, media_type: str = "image/png") -> SimpleUploadedFile:
    """A file as a browser sends it."""
    return SimpleUploadedFile(name, content, content_type=media_type)


def test_a_colour_that_cannot_be_read_is_told_what_would_do(admin: Client) -> None:
    response = admin.post(PAGE, NAMES | {"colour": "#7ab800"})
    assert response.status_code == 400
    assert "kontrasten 2,0:1" in body(response) and "4,5:1" in body(response) and "#4d7500 räcker" in body(response)
    assert Organisation.current().colour == ""


@pytest.mark.parametrize("colour", ["red", "#12", "#0b5a50;}*{display:none", "url(//evil.example)", "x" * 500])
def test_what_is_no_colour_never_reaches_the_style_sheet(admin: Client, colour: str) -> None:
    assert admin.post(PAGE, NAMES | {"colour": colour}).status_code == 400
    assert Client().get("/utseende/farg.css").status_code == 404
    with pytest.raises(IntegrityError), transaction.atomic():
        Organisation.objects.update(colour=f"{colour[:3]}x")


def test_the_colour_stands_on_every_page_and_in_both_themes(admin: Client) -> None:
    assert admin.post(PAGE, NAMES | {"colour": "1C4A80"}).status_code == 302
    for response in (Client().get("/"), admin.get("/disk/")):
        assert "/utseende/farg.css?v=1c4a80" in body(response)
    sheet = Client().get("/utseende/farg.css")
    assert sheet.headers["Content-Type"].startswith("text/css") and b"--verdigris: #1c4a80" in sheet.content
    assert not sheet.cookies
    assert "9,0:1" in body(admin.get(PAGE)) or "kontrasten" in body(admin.get(PAGE))
    admin.post(PAGE, NAMES | {"colour": ""})
    assert "farg.css" not in body(Client().get("/"))


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
def test_a_logo_is_made_anew_and_served_so_that_it_can_do_no_harm(admin: Client, form: str) -> None:
    files = {"logo_file": upload("logo.svg", picture(form), "image/svg+xml"), "icon_file": upload("i", picture(form))}
    assert admin.post(PAGE, NAMES | files).status_code == 302
    page = body(Client().get("/"))
    assert "/utseende/logotyp.webp?v=" in page and "/utseende/ikon.webp?v=" in page
    served: Any = Client().get("/utseende/logotyp.webp")
    content = b"".join(served.streaming_content)
    assert content[:4] == b"RIFF" and b"hemligt" not in content
    assert served.headers["Content-Type"] == "image/webp" and served.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in served.headers["Content-Security-Policy"] and not served.cookies
    # What was uploaded is not kept, only what we made.
    assert set(Blob.objects.values_list("media_type", flat=True)) == {"image/webp"}
    admin.post(PAGE, NAMES | {"drop_logo": "on", "drop_icon": "on"})
    assert "logotyp.webp" not in body(Client().get("/"))
    assert Client().get("/utseende/logotyp.webp").status_code == 404


@pytest.mark.parametrize(
    ("content", "says"),
    [
        pytest.param(SVG, "ingen bild", id="svg with a script"),
        pytest.param(b"\xef\xbb\xbf" + SVG, "ingen bild", id="svg behind a mark"),
        pytest.param(b"<html><script>alert(1)</script>", "ingen bild", id="html"),
        pytest.param(b"\x00\x00\x01\x00" + b"\x00" * 60, "ingen bild", id="an ico"),
        pytest.param(picture()[:60], "går inte att läsa", id="half a picture"),
        pytest.param(bomb(), "går inte att läsa", id="a bomb"),
        pytest.param(b"\x89PNG\r\n\x1a\n" + b"x" * 3_000_000, "för stor", id="too large"),
        pytest.param(b"", "tom", id="nothing"),
    ],
)
def test_what_is_no_picture_is_refused_in_words_and_nothing_is_kept(admin: Client, content: bytes, says: str) -> None:
    response = admin.post(PAGE, NAMES | {"name": "Nytt namn", "logo_file": upload("logo.png", content)})
    assert response.status_code == 400 and says in body(response).lower(), body(response)
    assert 'value="Nytt namn"' in body(response)
    assert Organisation.current().name == "Ekeviks kommun" and not Blob.objects.exists()


def test_a_name_is_escaped_and_shown_at_once(admin: Client, town: Town) -> None:
    admin.post(PAGE, {"name": "Ek & <b>vik</b>", "short_name": "Ek"})
    assert b"Ek &amp; &lt;b&gt;vik" in Client().get("/").content


def test_a_picture_of_another_name_is_nothing(client: Client, db: Any) -> None:
    for name in ("annat", "../x", "logotyp.png", ""):
        assert client.get(f"/utseende/{name}.webp").status_code == 404
