"""Charsets as mails, answers and files name them: names that Python does not know, names that lie, bytes that do not fit.

Nothing here raises. What the right letters are is decided by the bytes first and by the name second.
"""

import codecs
import re
from functools import lru_cache

# What a charset is really: mail programs name a smaller one than they write.
_REALLY = {
    "ascii": "utf-8",
    "iso8859-1": "cp1252",
    "euc_kr": "cp949",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "iso2022_jp": "iso2022_jp_ext",
}
# Codecs that are no charset, or that take quadratic time.
_REFUSED = {"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem"}
# Names that Python does not know, by what stands in them; the first that leads to a codec is meant.
_LIKE = (
    (re.compile(r"utf[-_]?8"), "utf-8"),
    (re.compile(r"(?:windows|win|cp|ms|ibm|dos|ansi|oem)[-_ ]?(\d{3,5})"), r"cp\1"),
    (re.compile(r"8859[-_ ]?(\d{1,2})"), r"iso8859-\1"),
    (re.compile(r"koi8[-_]?([rtu])"), r"koi8-\1"),
    (re.compile(r"mac(?:intosh)?[-_ ]?(ce|centraleurop)"), "mac_latin2"),
    (re.compile(r"mac(?:intosh)?[-_ ]?(arabic|croatian|cyrillic|farsi|greek|iceland|romanian|turkish)"), r"mac_\1"),
    (re.compile(r"mac"), "mac_roman"),
    (re.compile(r"s[-_]?jis|31j|shift"), "cp932"),
    (re.compile(r"euc[-_]?jp"), "euc_jp"),
    (re.compile(r"euc[-_]?kr|ks_?c"), "cp949"),
    (re.compile(r"big[-_]?5"), "cp950"),
    (re.compile(r"gb"), "gb18030"),
)
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# In these a letter is written with bytes that say nothing of UTF-8.
_APART = ("utf-7", "utf-16", "utf-32", "iso2022", "hz")
# The first byte of letters that people write with: Latin to Thai, Georgian, punctuation, kana, Chinese, Korean, emoji, wide.
_FIRST = frozenset((*range(0x0F), 0x10, 0x20, 0x30, *range(0x4E, 0xA0), *range(0xAC, 0xE0), 0xFF))
_LOOKED_AT = 20_000


@lru_cache(maxsize=500)
def known(charset: str) -> str:
    """The codec that a charset's name means, "" where nobody can tell."""
    name = charset[:100].strip(" \t\"'=;").partition("*")[0].partition(";")[0].strip().lower()
    likely = (match.expand(codec) for form, codec in _LIKE if (match := form.search(name)))
    for one in (name, *likely):
        try:
            found = codecs.lookup(one).name
        except (LookupError, ValueError):
            continue
        return "" if found.replace("-", "_") in _REFUSED else _REALLY.get(found, found)
    return ""


def exactly(body: bytes, codec: str) -> str | None:
    """Bytes in a codec that `known` gave; None where they do not fit it, or show by themselves that they are in another."""
    if marked(body) or body.startswith(codecs.BOM_UTF8):
        return None
    return next((held for one in _order(body, _sided(body, codec)) if (held := _read(body, one)) is not None), None)


def decode(body: bytes, charset: str = "") -> str:
    """Bytes as text: by their own mark, else the charset that is claimed if it fits, then UTF-8, then Windows' Latin alphabet."""
    if body.startswith(codecs.BOM_UTF8):
        body, charset = body.removeprefix(codecs.BOM_UTF8), "utf-8"
    name = marked(body) or _sided(body, known(charset))
    # A few bad bytes in a charset (a mail cut off) do not make it another.
    leniently = (name, 1 if name == "utf-8" else 2)
    strictly = [(one, 0) for one in _order(body, name)]
    # What is written in seven bits is UTF-8 to every letter, and unreadable as such.
    tries = [*strictly, leniently, ("utf-8", 0)] if name.startswith(_APART) else [*strictly, ("utf-8", 0), leniently]
    for codec, least in tries:
        if codec and (held := _read(body, codec, least)) is not None:
            return held
    return body.decode("cp1252", "replace").replace("\ufffd", "?")


def _sided(body: bytes, codec: str) -> str:
    """The codec; for UTF-16 that no mark shows what it is by its bytes: plain text, or the side on which letters begin."""
    if not codec.startswith("utf-16"):
        return codec
    if _plain(body):
        return "utf-8"
    if codec != "utf-16":
        return codec
    sides = [body[:_LOOKED_AT][side::2] for side in (0, 1)]
    # First bytes are few; where both sides might be such, they are fewer than the second ones.
    big, little = ((sum(byte in _FIRST for byte in side) + side.count(0), -len(set(side))) for side in sides)
    return "utf-16-be" if big > little else "utf-16-le"


def _plain(body: bytes) -> bool:
    """Whether bytes are UTF-8 to every sign, and look like it. In UTF-16 letters below U+2000 have a control sign as first
    byte; others are UTF-8 by chance, one in five or fewer, and their chance to look like words is far less."""
    try:
        said = body.decode()[:_LOOKED_AT]
    except UnicodeDecodeError:
        return False
    if any(sign < " " and sign not in "\t\r\n" for sign in said):
        return False
    if sum(sign > "\x7f" for sign in said) >= 3:
        return True
    said = said.strip()
    # Half of kana are noughts, half of what is written in India tabs and line feeds.
    if sum(map(said.count, "0\t\r\n")) * 4 >= len(said) > 0:
        return False
    cased = max(sum(map(str.islower, said)), sum(map(str.isupper, said))) + said.count(" ")
    return not said or len(said) >= 10 or cased * 2 > len(said) > 2


def _order(body: bytes, codec: str) -> tuple[str, ...]:
    # Letters of several bytes that form UTF-8 by chance are rare: three of them outweigh what the source claims.
    several = not codec.startswith(_APART) and sum(byte >= 0xC2 for byte in body[:_LOOKED_AT]) >= 3
    return ("utf-8", codec) if several else (codec,)


def _read(body: bytes, codec: str, least: int = 0) -> str | None:
    """The bytes in a codec where they fit; with `least`, where more good letters than that come on each bad one."""
    try:
        held = body.decode(codec, "replace" if least else "strict").removeprefix("\ufeff")
    except (LookupError, ValueError):
        return None
    start = held[:_LOOKED_AT] if least else ""
    letters = sum("\x7f" < sign < "\ufffd" or sign > "\uffff" for sign in start)
    return held if not least or letters > least * start.count("\ufffd") else None


def marked(body: bytes) -> str:
    """The codec that the bytes show by themselves, "" where they do not."""
    for mark, name in _MARKS:
        if body.startswith(mark):
            return name
    # Half of Latin text in UTF-16 are NULs, always on the same side; text in anything else has none.
    start = body[:200]
    nuls, half = start.count(0), len(start) // 2
    # One alone may be anything's.
    if nuls < 2 or nuls * 3 < half:
        return ""
    if start[1::2].count(0) == nuls:
        return "utf-16-le"
    return "utf-16-be" if start[0::2].count(0) == nuls else ""
