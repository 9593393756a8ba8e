"""What files are, are called and may weigh: tables, and whatever Hypothesis finds."""

import gzip
import io
import unicodedata
import wave
import zipfile

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from torget.core.testing import naughty_strings
from torget.files import rules
from torget.files.rules import Kind, Showing
from torget.files.tests import made

SVG = b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)


def _wav() -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(100))
    return out.getvalue()


def _box(*brands: bytes) -> bytes:
    return (
        (8 + 4 * (len(brands) + 1)).to_bytes(4, "big")
        + b"ftyp"
        + brands[0]
        + bytes(4)
        + b"".join(brands[1:])
        + bytes(40)
    )


@pytest.mark.parametrize(
    ("body", "kind", "media_type"),
    [
        pytest.param(made.encoded(made.picture(), "JPEG"), Kind.IMAGE, "image/jpeg", id="a photo"),
        pytest.param(made.encoded(made.picture(), "PNG"), Kind.IMAGE, "image/png", id="a screenshot"),
        pytest.param(made.encoded(made.picture(), "GIF"), Kind.IMAGE, "image/gif", id="a GIF"),
        pytest.param(made.encoded(made.picture(), "WEBP"), Kind.IMAGE, "image/webp", id="a WebP picture"),
        pytest.param(made.encoded(made.picture(), "TIFF"), Kind.IMAGE, "image/tiff", id="a scan"),
        pytest.param(made.encoded(made.picture(), "BMP"), Kind.IMAGE, "image/bmp", id="a bitmap"),
        pytest.param(made.encoded(made.picture(), "AVIF"), Kind.IMAGE, "image/avif", id="an AVIF picture"),
        pytest.param(_box(b"heic", b"mif1"), Kind.IMAGE, "image/heic", id="a photo as iPhones keep it"),
        pytest.param(_box(b"isom", b"mp41"), Kind.OTHER, "video/mp4", id="a film"),
        pytest.param(
            "BMW kör för fort på Storgatan varje kväll".encode(),
            Kind.TEXT,
            "text/plain",
            id="a text that begins as a bitmap",
        ),
        pytest.param(
            b"MZ is how my letter starts. " * 5, Kind.TEXT, "text/plain", id="a text that begins as a program"
        ),
        pytest.param(b"MZ\x90\0\3\0\0\0\4", Kind.OTHER, "application/x-msdownload", id="a Windows program"),
        pytest.param(b"\x7fELF\2\1\1", Kind.OTHER, "application/x-executable", id="a Linux program"),
        pytest.param(b"#!/bin/sh\nrm -rf /", Kind.OTHER, "text/x-script", id="a shell script"),
        pytest.param(b"%PDF-1.7\n%\xe2\xe3", Kind.PDF, "application/pdf", id="a PDF"),
        pytest.param(
            b"\r\n\0\0junk%PDF-1.4", Kind.PDF, "application/pdf", id="a PDF after some bytes, as readers take it"
        ),
        pytest.param(b"<html>%PDF-1.4", Kind.OTHER, "text/html", id="a PDF that is a web page first"),
        pytest.param(b"GIF89a=1;/*<html><script>*/", Kind.IMAGE, "image/gif", id="a script that is a GIF first"),
        pytest.param(b"\xff\xd8\xff\xe0" + SVG, Kind.IMAGE, "image/jpeg", id="a drawing behind a photo's first bytes"),
        pytest.param(SVG, Kind.OTHER, "image/svg+xml", id="an SVG drawing"),
        pytest.param(
            b"\xef\xbb\xbf  <SVG onload=x>", Kind.OTHER, "image/svg+xml", id="an SVG drawing behind a byte order mark"
        ),
        pytest.param(SVG.decode().encode("utf-16"), Kind.OTHER, "image/svg+xml", id="an SVG drawing in UTF-16"),
        pytest.param(
            SVG.decode().encode("utf-16-be"), Kind.OTHER, "image/svg+xml", id="an SVG drawing in UTF-16 without a mark"
        ),
        pytest.param(b"<!DOCTYPE html><p>hej", Kind.OTHER, "text/html", id="a web page"),
        pytest.param(b"\n\n hej <script>alert(1)</script>", Kind.OTHER, "text/html", id="a text with a script in it"),
        pytest.param(b"<?xml version='1.0'?><faktura/>", Kind.OTHER, "application/xml", id="an invoice in XML"),
        pytest.param(
            b"From: a@example.se\r\nSubject: hej\r\n\r\n<html>", Kind.DOCUMENT, "message/rfc822", id="a forwarded mail"
        ),
        pytest.param("Hålet i vägen vid Åkervägen är stort".encode(), Kind.TEXT, "text/plain", id="Swedish in UTF-8"),
        pytest.param(
            "Hålet i vägen vid Åkervägen är stort".encode("latin-1"), Kind.TEXT, "text/plain", id="Swedish in Latin-1"
        ),
        pytest.param("Hålet i vägen".encode("utf-16"), Kind.TEXT, "text/plain", id="Swedish in UTF-16"),
        pytest.param("å".encode() * 5000, Kind.TEXT, "text/plain", id="a long text that is cut inside a letter"),
        pytest.param(b"x" + "å".encode() * 5000, Kind.TEXT, "text/plain", id="a long text that is cut between letters"),
        pytest.param(b"BEGIN:VCALENDAR\r\nVERSION:2.0", Kind.TEXT, "text/calendar", id="a calendar entry"),
        pytest.param(b"{\\rtf1 hej}", Kind.DOCUMENT, "application/rtf", id="rich text"),
        pytest.param(
            made.zipped({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<x/>"}),
            Kind.DOCUMENT,
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            id="a Word document",
        ),
        pytest.param(
            made.zipped({"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": b"<x/>"}),
            Kind.DOCUMENT,
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            id="an Excel sheet",
        ),
        pytest.param(
            made.zipped(
                {"mimetype": b"application/vnd.oasis.opendocument.text", "content.xml": b"x"}, zipfile.ZIP_STORED
            ),
            Kind.DOCUMENT,
            "application/vnd.oasis.opendocument.text",
            id="an OpenDocument text",
        ),
        pytest.param(made.zipped({"a.txt": b"a"}), Kind.OTHER, "application/zip", id="a zip"),
        pytest.param(b"PK\3\4" + b"\xff" * 60, Kind.OTHER, "application/zip", id="a zip that is cut off"),
        pytest.param(
            OLE + "WordDocument".encode("utf-16-le"), Kind.DOCUMENT, "application/msword", id="an old Word document"
        ),
        pytest.param(
            OLE + "__nameid_version1.0".encode("utf-16-le"),
            Kind.DOCUMENT,
            "application/vnd.ms-outlook",
            id="an Outlook mail",
        ),
        pytest.param(OLE, Kind.OTHER, "application/x-ole-storage", id="some other OLE file"),
        pytest.param(_wav(), Kind.OTHER, "audio/wav", id="a recording"),
        pytest.param(b"ID3\4\0", Kind.OTHER, "audio/mpeg", id="an MP3 with a title"),
        pytest.param(b"\xff\xfb\x90\0", Kind.OTHER, "audio/mpeg", id="an MP3 without one"),
        pytest.param(b"OggS\0", Kind.OTHER, "audio/ogg", id="an Ogg file"),
        pytest.param(gzip.compress(b"x"), Kind.OTHER, "application/gzip", id="a gzip file"),
        pytest.param(b"7z\xbc\xaf\x27\x1c\0", Kind.OTHER, "application/x-7z-compressed", id="a 7z archive"),
        pytest.param(b"Rar!\x1a\7\1\0", Kind.OTHER, "application/vnd.rar", id="a RAR archive"),
        pytest.param(b"\x78\x9f\x3e\x22", Kind.OTHER, "application/ms-tnef", id="a winmail.dat"),
        pytest.param(b"", Kind.OTHER, rules.OCTETS, id="nothing at all"),
        pytest.param(bytes(range(256)) * 4, Kind.OTHER, rules.OCTETS, id="just bytes"),
    ],
)
def test_content_says_what_a_file_is(body: bytes, kind: Kind, media_type: str) -> None:
    assert rules.sniff(body) == rules.Sniffed(kind, media_type)


@given(st.binary(max_size=300))
@example(b"PK\5\6" + b"\xff" * 18)
@example(b"PK\3\4" + b"PK\1\2" + bytes(42) + b"PK\5\6" + bytes(18))
@example(b"\0\0\0\0ftyp")
def test_no_bytes_upset_the_sniffer(body: bytes) -> None:
    sniffed = rules.sniff(body)
    showing, reason = rules.showing_of(sniffed, body)
    assert bool(reason) == (showing is Showing.NEVER)
    assert showing is not Showing.READY


@given(st.binary(max_size=120), st.sampled_from([b"PK\5\6", b"PK\6\6", b"PK\1\2", b"PK\3\4"]), st.integers(0, 2**40))
def test_no_central_directory_upsets_the_count(noise: bytes, mark: bytes, number: int) -> None:
    honest = made.zipped({"a.zip": made.zipped({"b.txt": b"b" * 99})}, zipfile.ZIP_STORED)
    at = number % len(honest)
    assert rules.zip_expansion(honest[:at] + mark + noise + honest[at:]).entries >= 0


@pytest.mark.parametrize(
    ("body", "showing", "reason"),
    [
        pytest.param(made.encoded(made.picture(), "PNG"), Showing.WAITING, "", id="a picture waits for the renderer"),
        pytest.param(SVG, Showing.NEVER, "active_content", id="a drawing that may run is never shown"),
        pytest.param(b"<html><script>", Showing.NEVER, "active_content", id="nor is a web page"),
        pytest.param(b"%PDF-1.7", Showing.NEVER, "not_a_picture", id="a PDF is kept and downloaded only"),
        pytest.param(_box(b"heic"), Showing.NEVER, "format_not_shown", id="HEIC has no decoder here"),
        pytest.param(b"", Showing.NEVER, "file_empty", id="an empty file shows nothing"),
        pytest.param(
            made.zip_that_claims(4_000_000_000),
            Showing.NEVER,
            "archive_bomb",
            id="a zip that claims four billion bytes",
        ),
        pytest.param(
            made.zipped({"a": bytes(25_000_000)}), Showing.NEVER, "archive_bomb", id="a zip that grows a thousand times"
        ),
        pytest.param(
            made.zipped({"inner.zip": made.zip_that_claims(4_000_000_000)}, zipfile.ZIP_STORED),
            Showing.NEVER,
            "archive_bomb",
            id="a zip in a zip that claims four billion bytes",
        ),
        pytest.param(
            made.zipped({"inner.zip": made.zipped({f"{n}": bytes(9999) for n in range(99)}, zipfile.ZIP_STORED)}),
            Showing.NEVER,
            "archive_bomb",
            id="an archive that shrinks when packed again",
        ),
        pytest.param(
            made.zipped({f"{n}.zip": b"x" for n in range(16)}),
            Showing.NEVER,
            "archive_bomb",
            id="sixteen zips in a zip",
        ),
        pytest.param(
            made.zipped({str(n): b"" for n in range(10_002)}),
            Showing.NEVER,
            "archive_bomb",
            id="ten thousand files in a zip",
        ),
        pytest.param(
            gzip.compress(bytes(30_000_000)), Showing.NEVER, "archive_bomb", id="a gzip that grows a thousand times"
        ),
        pytest.param(made.zipped({"brev.txt": b"hej " * 9999}), Showing.NEVER, "not_a_picture", id="an ordinary zip"),
        pytest.param(
            made.zipped({"bilder.zip": made.zipped({"a.jpg": bytes(range(256)) * 9})}),
            Showing.NEVER,
            "not_a_picture",
            id="an ordinary zip in a zip",
        ),
    ],
)
def test_what_may_be_shown(body: bytes, showing: Showing, reason: str) -> None:
    assert rules.showing_of(rules.sniff(body), body) == (showing, reason)


def test_a_bomb_is_told_from_its_directory_alone() -> None:
    grown = rules.zip_expansion(made.zip_that_claims(4_000_000_000))
    assert (grown.entries, grown.unpacked) == (1, 4_000_000_000)
    assert grown.ratio > 1000


@pytest.mark.parametrize(
    ("size", "count", "total", "limit", "code"),
    [
        pytest.param(25 * rules.MB, 1, None, rules.MAX_FILE, None, id="25 MB go into the form"),
        pytest.param(25 * rules.MB + 1, 1, None, rules.MAX_FILE, "file_too_large", id="a byte more does not"),
        pytest.param(60 * rules.MB, 1, None, rules.MAX_RECEIVED, "file_too_large", id="60 MB by mail do not"),
        pytest.param(50 * rules.MB, 1, None, rules.MAX_RECEIVED, None, id="50 MB by mail do"),
        pytest.param(1, 10, None, rules.MAX_FILE, None, id="ten files do"),
        pytest.param(1, 11, None, rules.MAX_FILE, "too_many_files", id="eleven do not"),
        pytest.param(1, 3, 50 * rules.MB + 1, rules.MAX_FILE, "files_too_large", id="nor more than 50 MB together"),
    ],
)
def test_how_much_is_taken(size: int, count: int, total: int | None, limit: int, code: str | None) -> None:
    assert rules.why_refused(size, count=count, total=total, limit=limit) == code


@pytest.mark.parametrize(
    ("name", "body", "poses"),
    [
        pytest.param("semester.jpg", b"<html><script>", True, id="a web page called .jpg"),
        pytest.param(
            "semester.JPG", made.encoded(made.picture(), "PNG"), False, id="a PNG called .jpg is a picture still"
        ),
        pytest.param("beslut.pdf", b"MZ\x90\0", True, id="a program called .pdf"),
        pytest.param("brev.txt", b"<html>", False, id="a .txt promises nothing"),
    ],
)
def test_names_that_promise_something_else(name: str, body: bytes, poses: bool) -> None:
    assert rules.poses_as(name, rules.sniff(body)) is poses


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        pytest.param("Åkervägen – på väg.jpg", "Åkervägen – på väg.jpg", id="Swedish letters stay"),
        pytest.param("A\u030akern.jpg", "Åkern.jpg", id="composed as one writes it"),
        pytest.param("../../etc/passwd", "passwd", id="no folders"),
        pytest.param("C:\\Users\\kari\\bild.png", "bild.png", id="nor those of Windows"),
        pytest.param("bild\u202egpj.exe", "bildgpj.exe", id="no letters that turn the text around"),
        pytest.param("a\u200bb\ufeffc.txt", "abc.txt", id="no letters without a width"),
        pytest.param("a\0b\r\nSet-Cookie: x.txt", "ab Set-Cookie_ x.txt", id="no control signs, no header of its own"),
        pytest.param('a"b<c>d|e?f*g.txt', "a_b_c_d_e_f_g.txt", id="no signs that a file system refuses"),
        pytest.param("CON.txt", "_CON.txt", id="no device of Windows"),
        pytest.param("nul", "_nul", id="nor one without an ending"),
        pytest.param("lpt1.tar.gz", "_lpt1.tar.gz", id="nor one with two endings"),
        pytest.param("  .htaccess  ", "htaccess", id="no hidden file"),
        pytest.param("namn. . .", "namn", id="no dots and spaces at the end"),
        pytest.param("", "bilaga", id="a name for what has none"),
        pytest.param("..", "bilaga", id="a name for what is only dots"),
        pytest.param("\ud800\u202e", "bilaga", id="a name for what is only unseen signs"),
        pytest.param("ö" * 300 + ".jpeg", "ö" * 114 + ".jpeg", id="a long name is cut before its ending"),
        pytest.param("x" * 300, "x" * 119, id="a long name without an ending is cut"),
    ],
)
def test_names_of_files(name: str, clean: str) -> None:
    assert rules.clean_filename(name) == clean


def _assert_clean(name: str) -> None:
    clean = rules.clean_filename(name)
    assert clean
    assert len(clean) <= rules.MAX_NAME
    assert len(clean.encode()) <= 255
    assert not set(clean) & set('/\\<>:"|?*\0\r\n')
    assert not any(unicodedata.category(sign)[0] == "C" for sign in clean)
    assert clean.strip(". ") == clean
    assert rules.clean_filename(clean) == clean


@given(st.text(max_size=400) | st.text(alphabet="a.\\/ \u202e\ud800å:CONnul\t\u0338<", max_size=300))
@example("con .txt")
@example("a" * 118 + " .b")
@example("<\u0338")
def test_every_name_becomes_a_clean_one(name: str) -> None:
    _assert_clean(name)


def test_naughty_strings_become_clean_names() -> None:
    for name in naughty_strings():
        _assert_clean(name)


def test_only_a_bare_webp_passes() -> None:
    bare = made.encoded(made.picture(), "WEBP")
    assert rules.is_bare_webp(bare)
    assert rules.is_bare_webp(made.encoded(made.picture("RGBA"), "WEBP", lossless=True))
    assert not rules.is_bare_webp(bare + b"after the end")
    assert not rules.is_bare_webp(bare[:-2])
    assert not rules.is_bare_webp(made.encoded(made.picture(), "WEBP", exif=made.place()))
    assert not rules.is_bare_webp(made.encoded(made.picture(), "WEBP", xmp=b"<x:xmpmeta/>"))
    assert not rules.is_bare_webp(made.encoded(made.picture(), "PNG"))
