"""What a file is by its content alone, and whether it may be shown."""

from dataclasses import dataclass
from enum import StrEnum

from torget.files.rules.archives import Bytes, is_bomb, zip_entries


class Kind(StrEnum):
    """What staff see an attachment as."""

    IMAGE = "image"
    PDF = "pdf"
    TEXT = "text"
    DOCUMENT = "document"
    OTHER = "other"


class Showing(StrEnum):
    """Whether a picture of the file can be put on a page."""

    WAITING = "waiting"
    READY = "ready"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Sniffed:
    """What the content says, whatever the name or the sender claimed."""

    kind: Kind
    media_type: str


# The formats that the renderer decodes, by its own names for them; everything else is kept and never shown.
RENDERED = {
    "image/jpeg": "JPEG",
    "image/png": "PNG",
    "image/gif": "GIF",
    "image/webp": "WEBP",
    "image/tiff": "TIFF",
    "image/bmp": "BMP",
    "image/avif": "AVIF",
}
# What a browser or a desk computer may run when it opens the file.
ACTIVE = {
    "image/svg+xml",
    "text/html",
    "application/xml",
    "application/x-msdownload",
    "application/x-executable",
    "application/x-mach-binary",
    "application/java-vm",
    "application/wasm",
    "application/x-ms-shortcut",
    "text/x-script",
    "application/ms-tnef",
}
OCTETS = "application/octet-stream"

# First match counts, so a file that is two things at once is the one that stands first here.
_MAGIC: tuple[tuple[int, bytes, Kind, str], ...] = (
    (0, b"\xff\xd8\xff", Kind.IMAGE, "image/jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", Kind.IMAGE, "image/png"),
    (0, b"GIF87a", Kind.IMAGE, "image/gif"),
    (0, b"GIF89a", Kind.IMAGE, "image/gif"),
    (0, b"II*\0", Kind.IMAGE, "image/tiff"),
    (0, b"MM\0*", Kind.IMAGE, "image/tiff"),
    (0, b"II+\0", Kind.IMAGE, "image/tiff"),
    (0, b"MM\0+", Kind.IMAGE, "image/tiff"),
    (0, b"8BPS", Kind.IMAGE, "image/vnd.adobe.photoshop"),
    (0, b"\0\0\0\x0cjP  \r\n", Kind.IMAGE, "image/jp2"),
    (0, b"\xff\x4f\xff\x51", Kind.IMAGE, "image/jp2"),
    (0, b"\0\0\1\0", Kind.IMAGE, "image/vnd.microsoft.icon"),
    (0, b"%PDF-", Kind.PDF, "application/pdf"),
    (0, b"{\\rtf", Kind.DOCUMENT, "application/rtf"),
    (0, b"%!PS", Kind.OTHER, "application/postscript"),
    (0, b"\xc5\xd0\xd3\xc6", Kind.OTHER, "application/postscript"),
    (0, b"\x78\x9f\x3e\x22", Kind.OTHER, "application/ms-tnef"),
    (0, b"ID3", Kind.OTHER, "audio/mpeg"),
    (0, b"OggS", Kind.OTHER, "audio/ogg"),
    (0, b"fLaC", Kind.OTHER, "audio/flac"),
    (0, b"\x1a\x45\xdf\xa3", Kind.OTHER, "video/webm"),
    (0, b"\x1f\x8b", Kind.OTHER, "application/gzip"),
    (0, b"BZh", Kind.OTHER, "application/x-bzip2"),
    (0, b"\xfd7zXZ\0", Kind.OTHER, "application/x-xz"),
    (0, b"\x28\xb5\x2f\xfd", Kind.OTHER, "application/zstd"),
    (0, b"7z\xbc\xaf\x27\x1c", Kind.OTHER, "application/x-7z-compressed"),
    (0, b"Rar!\x1a\x07", Kind.OTHER, "application/vnd.rar"),
    (0, b"MSCF", Kind.OTHER, "application/vnd.ms-cab-compressed"),
    (257, b"ustar", Kind.OTHER, "application/x-tar"),
    (0, b"\x7fELF", Kind.OTHER, "application/x-executable"),
    (0, b"\xca\xfe\xba\xbe", Kind.OTHER, "application/java-vm"),
    (0, b"\xcf\xfa\xed\xfe", Kind.OTHER, "application/x-mach-binary"),
    (0, b"\xfe\xed\xfa\xcf", Kind.OTHER, "application/x-mach-binary"),
    (0, b"\0asm", Kind.OTHER, "application/wasm"),
    (0, b"L\0\0\0\x01\x14\x02\0", Kind.OTHER, "application/x-ms-shortcut"),
    (0, b"SQLite format 3\0", Kind.OTHER, "application/vnd.sqlite3"),
    (0, b"#!", Kind.OTHER, "text/x-script"),
)
_RIFF = {b"WEBP": (Kind.IMAGE, "image/webp"), b"WAVE": (Kind.OTHER, "audio/wav"), b"AVI ": (Kind.OTHER, "video/avi")}
_HEIF = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
_BMP_HEADERS = {12, 16, 40, 52, 56, 64, 108, 124}
_OFFICE = (
    (b"word/", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    (b"xl/", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    (b"ppt/", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
)
_OLE = (
    ("__nameid_version1.0", "application/vnd.ms-outlook"),
    ("WordDocument", "application/msword"),
    ("Workbook", "application/vnd.ms-excel"),
    ("PowerPoint Document", "application/vnd.ms-powerpoint"),
)
_HTML_STARTS = ("<!doctype html", "<html", "<head", "<body", "<script", "<iframe", "<style", "<table", "<div", "<img")
_HTML_INSIDE = ("<html", "<script", "<iframe", "<body", "<meta http-equiv", "javascript:")
_MAIL_STARTS = ("received:", "return-path:", "mime-version:", "delivered-to:", "from:", "message-id:", "x-")


def sniff(body: Bytes) -> Sniffed:
    """Tell what a file is by its content alone; never raises."""
    head = body[:4096]
    for offset, magic, kind, media_type in _MAGIC:
        if head.startswith(magic, offset):
            return Sniffed(kind, media_type)
    return (
        _sniff_container(body, head)
        or _sniff_mail(head)
        or _sniff_markup(head)
        or (Sniffed(Kind.PDF, "application/pdf") if b"%PDF-" in head[:1024] else None)
        or _sniff_text(head, whole=len(body) <= len(head))
        or Sniffed(Kind.OTHER, OCTETS)
    )


def _sniff_container(body: Bytes, head: bytes) -> Sniffed | None:
    """Formats whose first bytes only say which box they use."""
    if head[:4] in {b"PK\3\4", b"PK\5\6"}:
        return _sniff_zip(body)
    if head[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        for stream, media_type in _OLE:
            if body.find(stream.encode("utf-16-le")) >= 0:
                return Sniffed(Kind.DOCUMENT, media_type)
        return Sniffed(Kind.OTHER, "application/x-ole-storage")
    if head[:4] == b"RIFF" and (found := _RIFF.get(head[8:12])):
        return Sniffed(*found)
    if head[4:8] == b"ftyp":
        brands = {head[at : at + 4] for at in range(8, min(int.from_bytes(head[:4], "big"), 256), 4)}
        if brands & {b"avif", b"avis"}:
            return Sniffed(Kind.IMAGE, "image/avif")
        if brands & _HEIF:
            return Sniffed(Kind.IMAGE, "image/heic")
        return Sniffed(Kind.OTHER, "audio/mp4" if b"M4A " in brands else "video/mp4")
    if head[:2] == b"BM" and len(head) >= 26 and int.from_bytes(head[14:18], "little") in _BMP_HEADERS:
        return Sniffed(Kind.IMAGE, "image/bmp")
    if head[:2] == b"MZ" and b"\0" in head[:64]:
        return Sniffed(Kind.OTHER, "application/x-msdownload")
    if len(head) > 2 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2 and b"\0" in head:
        return Sniffed(Kind.OTHER, "audio/mpeg")
    return None


def _sniff_zip(body: Bytes) -> Sniffed:
    """An office document is a zip that holds certain names."""
    if body[30:38] == b"mimetype":
        size = int.from_bytes(body[18:22], "little")
        claimed = body[38 : 38 + min(size, 100)]
        if claimed.startswith((b"application/vnd.oasis.opendocument.", b"application/epub+zip")) and claimed.isascii():
            plain = "".join(sign for sign in claimed.decode("ascii") if sign.isalnum() or sign in "/.-+")
            return Sniffed(Kind.DOCUMENT, plain)
    names = [name for name, *_ in zip_entries(body)[:200]]
    if b"[Content_Types].xml" in names:
        for prefix, media_type in _OFFICE:
            if any(name.startswith(prefix) for name in names):
                return Sniffed(Kind.DOCUMENT, media_type)
    return Sniffed(Kind.OTHER, "application/zip")


def _as_text(head: bytes) -> str:
    """The start of a file as lower-case text, whatever Unicode form it has."""
    if head[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        text = head.decode("utf-16", "replace")
    # UTF-16 without a mark: a browser may guess it, so we look too.
    elif len(head) >= 4 and head[0:4:2] == b"\0\0" and head[1] and head[3]:
        text = head.decode("utf-16-be", "replace")
    elif len(head) >= 4 and head[1:4:2] == b"\0\0" and head[0] and head[2]:
        text = head.decode("utf-16-le", "replace")
    else:
        text = head.decode("utf-8", "replace")
    return text.lstrip("\ufeff \t\r\n\f\v\0").lower()


def _sniff_mail(head: bytes) -> Sniffed | None:
    """A forwarded mail; asked before markup, since half of all mails hold HTML further down."""
    text = _as_text(head)
    if text.startswith(_MAIL_STARTS) and any(f"\n{word}" in text for word in ("subject:", "date:", "from:", "to:")):
        return Sniffed(Kind.DOCUMENT, "message/rfc822")
    return None


def _sniff_markup(head: bytes) -> Sniffed | None:
    """HTML, SVG and XML, which browsers run; told generously, since the cost of a mistake is a plain download."""
    text = _as_text(head)
    if "<svg" in text or "<!doctype svg" in text:
        return Sniffed(Kind.OTHER, "image/svg+xml")
    if text.startswith(_HTML_STARTS) or any(tag in text for tag in _HTML_INSIDE):
        return Sniffed(Kind.OTHER, "text/html")
    if text.startswith(("<?xml", "<!doctype", "<!--", "<!entity", "<?")):
        return Sniffed(Kind.OTHER, "application/xml")
    return None


def _sniff_text(head: bytes, *, whole: bool) -> Sniffed | None:
    """Plain text: UTF-8, or an older eight-bit set without control signs."""
    if not head:
        return None
    if head[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return Sniffed(Kind.TEXT, "text/plain")
    if any(sign < 32 and sign not in b"\t\n\r\f\x1b" for sign in head):
        return None
    try:
        # The cut may fall inside a letter; the last three bytes of a longer file say nothing.
        (head if whole else head[:-3]).decode("utf-8", "strict" if whole else "ignore")
    except UnicodeDecodeError:
        # Latin-1 has nothing at 128–159; a compressed file is full of it.
        if sum(127 <= sign < 160 for sign in head) * 20 > len(head):
            return None
    text = _as_text(head)
    if text.startswith("begin:vcalendar"):
        return Sniffed(Kind.TEXT, "text/calendar")
    if text.startswith("begin:vcard"):
        return Sniffed(Kind.TEXT, "text/vcard")
    return Sniffed(Kind.TEXT, "text/plain")


def showing_of(sniffed: Sniffed, body: Bytes) -> tuple[Showing, str]:
    """Whether the renderer should try the file, or the code of why it never will."""
    if not len(body):
        return Showing.NEVER, "file_empty"
    if sniffed.media_type in RENDERED:
        return Showing.WAITING, ""
    if sniffed.media_type in ACTIVE:
        return Showing.NEVER, "active_content"
    if is_bomb(sniffed.media_type, body):
        return Showing.NEVER, "archive_bomb"
    return Showing.NEVER, "format_not_shown" if sniffed.kind is Kind.IMAGE else "not_a_picture"


def poses_as(filename: str, sniffed: Sniffed) -> bool:
    """Whether a name promises a picture or a PDF while the content is something else (HTML named .jpg)."""
    ending = filename.rpartition(".")[2].lower()
    if ending == "pdf":
        return sniffed.kind is not Kind.PDF
    return ending in {"jpg", "jpeg", "png", "gif", "webp", "bmp", "tif", "tiff", "avif", "heic"} and (
        sniffed.kind is not Kind.IMAGE
    )


def is_bare_webp(body: bytes) -> bool:
    """Whether this is a whole WebP file with nothing but its picture in it: no EXIF, XMP, profile or trailing bytes."""
    if body[:4] != b"RIFF" or body[8:12] != b"WEBP" or int.from_bytes(body[4:8], "little") + 8 != len(body):
        return False
    at, pictures = 12, 0
    while at + 8 <= len(body):
        name, size = body[at : at + 4], int.from_bytes(body[at + 4 : at + 8], "little")
        if name not in {b"VP8 ", b"VP8L", b"VP8X", b"ALPH"}:
            return False
        pictures += name in {b"VP8 ", b"VP8L"}
        at += 8 + size + size % 2
    return at == len(body) and pictures == 1
