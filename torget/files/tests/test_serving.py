"""What a browser gets: originals as downloads that nothing runs, pictures that were made for showing."""

import re

import pytest
from django.http import FileResponse, Http404

from torget.files import actions, serving
from torget.files.models import Blob
from torget.files.tests import made

pytestmark = pytest.mark.django_db

SVG = b"<svg><script>alert(1)</script></svg>"
PHOTO = made.encoded(made.picture(), "JPEG")


def _body(answer: FileResponse) -> bytes:
    streamed = answer.streaming_content
    assert not hasattr(streamed, "__aiter__")
    return b"".join(streamed)


@pytest.mark.parametrize(
    ("body", "filename", "media_type"),
    [
        pytest.param(SVG, "karta.svg", "application/octet-stream", id="a drawing that may run"),
        pytest.param(
            b"<!doctype html><script>", "semester.jpg", "application/octet-stream", id="a web page called .jpg"
        ),
        pytest.param(
            b"From: a@example.se\nTo: b@example.se\n\n<script>", "a.eml", "application/octet-stream", id="a mail"
        ),
        pytest.param(b"%PDF-1.7", "beslut.pdf", "application/pdf", id="a PDF"),
        pytest.param(PHOTO, "gatan.jpg", "image/jpeg", id="a photo as it came"),
        pytest.param("Hej på er".encode(), "brev.txt", "text/plain", id="a letter"),
        pytest.param(b"MZ\x90\0\3\0\0\0", "spel.exe", "application/octet-stream", id="a program"),
    ],
)
def test_an_original_is_only_ever_a_download(body: bytes, filename: str, media_type: str) -> None:
    answer = serving.respond(actions.keep(body), filename=filename)
    assert answer["Content-Disposition"].startswith("attachment;")
    assert answer["Content-Type"] == media_type
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["Content-Length"] == str(len(body))
    assert _body(answer) == body


def test_nothing_is_shown_in_the_page_that_was_not_made_for_it() -> None:
    for body in (SVG, b"%PDF-1.7", PHOTO):
        with pytest.raises(Http404):
            serving.respond(actions.keep(body), filename="x.jpg", inline=True)


def test_a_picture_is_shown_as_webp() -> None:
    blob = actions.keep(PHOTO)
    picture = actions.keep(made.encoded(made.picture(), "WEBP"), shown=True)
    Blob.objects.filter(pk=blob.pk).update(showing="ready", rendition=picture)
    blob.refresh_from_db()
    answer = serving.respond(blob, filename="Åkervägen.jpg", inline=True, cache="public, max-age=60")
    assert answer["Content-Type"] == "image/webp"
    assert answer["Content-Disposition"] == "inline; filename*=utf-8''%C3%85kerv%C3%A4gen.webp"
    assert answer["Cache-Control"] == "public, max-age=60"
    assert made.decoded(_body(answer)).format == "WEBP"


@pytest.mark.parametrize(
    "name", ["a\r\nSet-Cookie: x=1.txt", '"; filename="x.html', "räksmörgås.txt", "\u202egpj.exe", ""]
)
def test_a_name_stays_inside_its_header(name: str) -> None:
    header = serving.respond(actions.keep(b"hej"), filename=name)["Content-Disposition"]
    assert re.fullmatch(r"attachment; filename(=\"[\w .\-;=]+\"|\*=utf-8''[\w.%\-]+)", header), header


def test_a_file_that_is_gone_is_not_found() -> None:
    blob = actions.keep(b"hej")
    actions.path_of(blob.sha256).unlink()
    with pytest.raises(Http404):
        serving.respond(blob, filename="hej.txt")
