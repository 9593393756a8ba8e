"""The body of a mail: which part is the text, which parts are files. Walks every part, attached mails too."""

import mimetypes
import re
from dataclasses import dataclass, field
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32
from typing import TYPE_CHECKING, Any

from torget.channels import charsets, mailtext, text
from torget.channels.base import File
from torget.channels.markup import QUOTE_STARTS, html_to_plain

MOST_PARTS = 1_000
_DEEPEST = 30
_UU = re.compile(
    r"^begin(?:-base64)? [0-7]{3,4} ([^\n]{1,200})\n((?:(?!begin )[^\n]{0,90}\n)+?)(?:end|====)[ \t]*$", re.M
)
_TEXTS = ("text/plain", "text/html")
_META = re.compile(rb"<meta\b[^>]{0,200}charset\s{0,9}=\s{0,9}[\"']?([\w.:-]{1,40})", re.I)
_FILE_NAME = re.compile(r"(?:file)?name\s*=\s*(?:\"([^\"]+)\"?|([^\";]+))", re.I)

# Generic for the type checker only: the class cannot be subscripted at run time.
if TYPE_CHECKING:
    Mime = Message[Any, Any]
else:
    Mime = Message


class TooMany(Exception):
    """The mail has more parts than any real one."""


@dataclass(slots=True)
class Parts:
    """What was found: the text in reading order, and the files."""

    texts: list[str] = field(default_factory=list)
    files: list[File] = field(default_factory=list)
    seen: int = 0
    inner: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The text of the mail; when it has none of its own, that of the mail inside it."""
        return "\n\n".join(one for one in (self.texts or self.inner) if one.strip())


def collect(message: Mime) -> Parts:
    """Walk a mail. Raises TooMany."""
    parts = Parts()
    _walk(message, parts, depth=0, inside=False)
    return parts


def _walk(part: Mime, parts: Parts, *, depth: int, inside: bool) -> None:
    """`inside` an attached mail: its files are files too, its text is only used when there is no other."""
    parts.seen += 1
    if parts.seen > MOST_PARTS:
        raise TooMany(f"{MOST_PARTS} parts")
    kind = part.get_content_type().lower()
    # Asked for only when there are parts: of a text it would be a decoded guess, and may raise.
    children = part.get_payload() if part.is_multipart() else None
    if kind == "message/rfc822" and (unpacked := _unpacked(part)):
        part.set_payload([unpacked])
        children = [unpacked]
    if isinstance(children, list) and depth < _DEEPEST:
        below = [child for child in children if isinstance(child, Message)]
        if kind.startswith("message/"):
            if depth and not inside and kind == "message/rfc822":
                # The outermost holds those within it; each kept whole again would be many times the mail.
                _keep(part, parts, kind)
            elif kind == "message/delivery-status":
                parts.texts.append("\n\n".join(_status(child) for child in below[:20]))
                return
            for child in below:
                _walk(child, parts, depth=depth + 1, inside=True)
        elif kind == "multipart/alternative":
            _alternative(below, parts, depth, inside)
        else:
            for child in below:
                _walk(child, parts, depth=depth + 1, inside=inside)
            # A boundary that is used twice ends the mail too early; what comes after it holds parts.
            lost = _mended(kind, (part.epilogue or "").encode("utf-8", "surrogateescape"))
            if lost:
                _walk(lost, parts, depth=depth + 1, inside=inside)
        return
    mended = _mended(kind, _undecoded(part)) if kind.startswith("multipart/") and depth < _DEEPEST else None
    if mended:
        _walk(mended, parts, depth=depth + 1, inside=inside)
    else:
        _leaf(part, parts, kind, inside)


def _unpacked(part: Mime) -> Mime | None:
    """A mail that lies in base64 inside another, which no mail may (RFC 2046, 5.2.1): the library takes it for text."""
    held = part.get_payload()
    inner = held[0] if isinstance(held, list) and held else None
    if (
        not isinstance(inner, Message)
        or inner.keys()
        or "base64" not in _field(part, "content-transfer-encoding").lower()
    ):
        return None
    found: Mime = BytesParser(policy=compat32).parsebytes(mailtext.base64(_undecoded(inner)))
    return found if found.keys() else None


def _mended(kind: str, body: bytes) -> Mime | None:
    """A multipart whose boundary is not the one that it names: parsed again with the one that stands in it."""
    found = re.search(rb"^--([^\s\"]{1,70})[ \t]*\r?\nContent-", body[:100_000], re.M | re.I)
    if not found:
        return None
    head = b'Content-Type: %s; boundary="%s"\n\n' % (kind.encode("ascii", "replace"), found[1])
    mended: Mime = BytesParser(policy=compat32).parsebytes(head + body)
    return mended if mended.is_multipart() else None


def _alternative(below: list[Mime], parts: Parts, depth: int, inside: bool) -> None:
    """One text in several forms: the plain one is read unless it is blank; what is no text is kept as a file."""
    plain = [part for part in below if part.get_content_type() == "text/plain" and content(part).strip()]
    chosen = plain[:1]
    if not chosen:
        chosen = [part for part in below if part.get_content_type() not in ("text/plain", "text/calendar")][:1]
    for part in below:
        if part in chosen or part.get_content_type() not in _TEXTS:
            if part in chosen or not part.is_multipart() or not plain:
                _walk(part, parts, depth=depth + 1, inside=inside)
            else:
                _files_only(part, parts, depth)


def _files_only(part: Mime, parts: Parts, depth: int) -> None:
    """A form that is not read may still hold pictures: multipart/related beside the plain text."""
    before = len(parts.texts), len(parts.inner)
    _walk(part, parts, depth=depth + 1, inside=False)
    del parts.texts[before[0] :], parts.inner[before[1] :]


def _leaf(part: Mime, parts: Parts, kind: str, inside: bool) -> None:
    attached = _disposition(part).startswith("attachment")
    if kind.startswith("multipart/") or (kind in _TEXTS and not attached and not (_name(part) and parts.texts)):
        words = content(part)
        if kind == "text/html":
            words = html_to_plain(words[: text.WHOLE * 3], links=True, mark_quotes=True)
        else:
            words = _without_uuencoded(words, parts)
        (parts.inner if inside else parts.texts).append(words)
    elif kind in ("text/enriched", "text/richtext") and not attached and not parts.texts:
        parts.texts.append(html_to_plain(content(part)))
    else:
        _keep(part, parts, kind)


def raw_content(part: Mime) -> bytes:
    """The decoded bytes of a part; whatever fails, the bytes as they stand."""
    if part.is_multipart():
        held = part.get_payload()
        return _as_bytes(held[0]) if isinstance(held, list) and isinstance(held[0], Message) else b""
    body = _undecoded(part)
    try:
        return mailtext.transfer_decode(body, str(part.get("Content-Transfer-Encoding") or ""))
    except Exception:
        return body


def _undecoded(part: Mime) -> bytes:
    """The bytes of a part as they came. Without `decode` the library already replaces letters that it cannot read."""
    encoding = part.get_all("Content-Transfer-Encoding")
    del part["Content-Transfer-Encoding"]
    try:
        body = part.get_payload(decode=True)
    finally:
        for value in encoding or []:
            part["Content-Transfer-Encoding"] = value
    return body if isinstance(body, bytes) else b""


def content(part: Mime) -> str:
    """The text of a part in whatever charset it turns out to be."""
    body = raw_content(part)
    try:
        charset = str(part.get_content_charset() or "")
    except Exception:
        charset = ""
    # A page for people may say it itself, where its mail does not.
    if charset in ("", "us-ascii") and part.get_content_type() == "text/html" and (told := _META.search(body[:4_000])):
        charset = told[1].decode()
    # The mark for quotes is ours alone: a mail may not set it.
    words = text.clean(charsets.decode(body, charset), text.WHOLE * 3).replace(QUOTE_STARTS, "\ufffd")
    try:
        flowed = str(part.get_param("format") or "").lower() == "flowed" and part.get_content_type() == "text/plain"
    except Exception:
        flowed = False
    return _unflow(words, str(part.get_param("delsp") or "").lower() == "yes") if flowed else words


def _unflow(words: str, delete: bool) -> str:
    """Join the soft line ends of RFC 3676: a line that ends with a space goes on in the next."""
    out: list[list[str]] = []
    soft = False
    for row in words.split("\n"):
        row = row[1:] if row.startswith(" ") else row
        if soft and out and not row.startswith(">") and row != "-- ":
            if delete:
                out[-1][-1] = out[-1][-1][:-1]
            out[-1].append(row)
        else:
            out.append([row])
        # Quoted lines stay as they are: nobody reads them.
        soft = row.endswith(" ") and row != "-- " and not out[-1][0].startswith(">")
    return "\n".join("".join(paragraph) for paragraph in out)


def _status(part: Mime) -> str:
    return "\n".join(f"{name}: {mailtext.words(value)}" for name, value in list(part.raw_items())[:30])


def _field(part: Mime, name: str) -> str:
    """A header as it came: the library's own reading replaces letters that stand in it unencoded."""
    return next((mailtext.unfold(value) for key, value in part.raw_items() if str(key).lower() == name), "")


def _disposition(part: Mime) -> str:
    return _field(part, "content-disposition").strip().lower()


def _name(part: Mime) -> str:
    """The name that a part claims: from either header, encoded in any of three ways, or the end of its location."""
    try:
        found = part.get_filename() or ""
    except Exception:
        found = "\ufffd"
    if "\ufffd" in found:
        matches = (_FILE_NAME.search(_field(part, name)) for name in ("content-disposition", "content-type"))
        found = next((match[1] or match[2] for match in matches if match), found)
    return mailtext.words(found)


def _keep(part: Mime, parts: Parts, kind: str) -> None:
    number = len(parts.files) + 1
    ending = ".eml" if kind == "message/rfc822" else mimetypes.guess_extension(kind) or _ending(kind)
    name = _name(part)
    if not name and kind != "message/rfc822":
        name = mailtext.words(part.get("Content-Location")).partition("?")[0].rstrip("/")
    disposition = _disposition(part)
    parts.files.append(
        File(
            filename=text.filename(name, f"bilaga-{number}{ending}"),
            media_type=text.line(kind, 100),
            body=raw_content(part),
            inline=disposition.startswith("inline") or bool(part.get("Content-ID") and not disposition),
        )
    )


def _ending(kind: str) -> str:
    return ".txt" if kind.startswith(("text/", "message/")) else ".bin"


def _as_bytes(message: Mime) -> bytes:
    try:
        return message.as_bytes()
    except Exception:
        # A header or body that cannot be written again: what can be is kept, the delivery has the rest.
        return "\n".join(f"{name}: {value}" for name, value in message.raw_items()).encode("utf-8", "surrogateescape")


def _without_uuencoded(words: str, parts: Parts) -> str:
    """Files that old programs put into the text itself become files."""
    if "\nbegin " not in f"\n{words}":
        return words

    def keep(match: re.Match[str]) -> str:
        body = mailtext.uudecode(match[2].encode("latin-1", "replace").splitlines())
        name = text.filename(match[1], f"bilaga-{len(parts.files) + 1}.bin")
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        parts.files.append(File(filename=name, media_type=kind, body=body))
        return f"[{name}]"

    return _UU.sub(keep, words)
