"""How a post fits a channel: signs as the channel counts them, what would be cut, what stops it. docs/handbook/inlagg.md"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

MAX_TEXT = 5_000
"""Longest text of a post or a variant, in characters; no channel of ours shows more without folding it away."""
MAX_ALT = 1_500
MAX_PICTURES = 4
MAX_PICTURE_BYTES = 20_000_000


@dataclass(frozen=True, slots=True)
class Shape:
    """What a channel takes. `text` and `alt` are signs as people count them; 0: no limit known.

    `link` is what a web address counts as whatever its length (0: its own length), `text_bytes` a second limit in UTF-8.
    `warning`: it has a field for a content warning; elsewhere the warning stands first in the text.
    `sends`: we have a connection to it; the others are put out by hand. `crop` names how a single picture is shown.
    """

    channel: str
    text: int
    pictures: int
    alt: int = MAX_ALT
    link: int = 0
    text_bytes: int = 0
    warning: bool = False
    sends: bool = True
    crop: str = "wide"


# Mastodon: 500 signs, 23 for an address, 4 pictures, alternative text of 1,500 (instance API, configuration.statuses).
# Bluesky: 300 graphemes and 3,000 bytes, 4 pictures (lexicon app.bsky.feed.post).
SHAPES: Mapping[str, Shape] = {
    "mastodon": Shape("mastodon", 500, 4, link=23, warning=True),
    "bluesky": Shape("bluesky", 300, 4, alt=2000, text_bytes=3000, crop="whole"),
    "facebook": Shape("facebook", 63_206, 10, alt=0, sends=False, crop="whole"),
    "linkedin": Shape("linkedin", 3000, 9, sends=False, crop="whole"),
}


def shape_of(
    channel: str, limits: Mapping[str, int] | None = None, own: Mapping[str, object] | None = None
) -> Shape | None:
    """The shape of a channel, or None where nothing can be posted.

    `limits` is what our connection says (`channels.live.Live.limits`), `own` what this very account or server allows.
    """
    shape = SHAPES.get(channel)
    if shape is None:
        return None
    for given in (limits or {}, own or {}):
        known = {key: value for key in ("text", "pictures", "alt") if (value := _positive(given.get(key)))}
        shape = replace(
            shape,
            text=known.get("text", shape.text),
            pictures=known.get("pictures", shape.pictures),
            alt=known.get("alt", shape.alt),
        )
    return shape


def _positive(value: object) -> int:
    """A limit that can be one; 0 for what cannot, whatever a server or a setting says."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


# ---- counting -------------------------------------------------------------------------------------------------------

_ZWJ = "\u200d"
_LINK = re.compile(r"https?://[^\s<>\"“”]+", re.IGNORECASE)
_NAMED = re.compile(
    r"(?P<link>https?://[^\s<>\"“”]+)"
    r"|(?<![\w@/])(?P<mention>@[\w.-]*\w(?:@[\w-]+(?:\.[\w-]+)+)?)"
    r"|(?<![\w&/#])(?P<tag>#\w*[^\W\d_]\w*)",
    re.IGNORECASE,
)
_AFTER_LINK = ".,;:!?'\"»”)]}…"


def _extends(sign: str) -> bool:
    """Whether the sign is shown as part of the one before it (UAX 29: Extend, SpacingMark, ZWJ)."""
    code = ord(sign)
    return (
        sign == _ZWJ
        or unicodedata.category(sign) in ("Mn", "Me", "Mc")
        or 0x1F3FB <= code <= 0x1F3FF
        or 0xE0020 <= code <= 0xE007F
        or code == 0x200C
    )


def _hangul(sign: str) -> str:
    code = ord(sign)
    if 0x1100 <= code <= 0x115F or 0xA960 <= code <= 0xA97C:
        return "L"
    if 0x1160 <= code <= 0x11A7 or 0xD7B0 <= code <= 0xD7C6:
        return "V"
    if 0x11A8 <= code <= 0x11FF or 0xD7CB <= code <= 0xD7FB:
        return "T"
    if 0xAC00 <= code <= 0xD7A3:
        return "LV" if (code - 0xAC00) % 28 == 0 else "LVT"
    return ""


_JOINS = {("L", "L"), ("L", "V"), ("L", "LV"), ("L", "LVT"), ("LV", "V"), ("V", "V"), ("LV", "T"), ("V", "T")} | {
    ("LVT", "T"),
    ("T", "T"),
}


def _is_picture(sign: str) -> bool:
    """Close to Extended_Pictographic: the signs that a joiner makes one picture of."""
    code = ord(sign)
    return (
        code >= 0x1F000
        or 0x2190 <= code <= 0x2BFF
        or code in (0xA9, 0xAE, 0x203C, 0x2049, 0x3030, 0x303D, 0x3297, 0x3299)
    )


def graphemes(text: str) -> Iterator[str]:
    """The signs of a text as a person counts them (UAX 29, extended grapheme clusters); a family of emoji is one."""
    cluster, flags = "", 0
    for sign in text:
        if not cluster:
            cluster, flags = sign, _is_flag(sign)
            continue
        last = cluster[-1]
        joined = (
            (last == "\r" and sign == "\n")
            or (_extends(sign) and last not in "\r\n")
            or (_hangul(last), _hangul(sign)) in _JOINS
            or (last == _ZWJ and _is_picture(sign) and _is_picture(cluster[0]))
            or (flags == 1 and _is_flag(sign) == 1)
        )
        if joined:
            cluster, flags = cluster + sign, 0 if flags else flags
        else:
            yield cluster
            cluster, flags = sign, _is_flag(sign)
    if cluster:
        yield cluster


def _is_flag(sign: str) -> int:
    """1 for half a flag (a regional indicator)."""
    return int(0x1F1E6 <= ord(sign) <= 0x1F1FF)


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a text: text, link, mention or tag; `shown` is how the channel writes it."""

    kind: str
    text: str
    shown: str


def parts(text: str) -> list[Part]:
    """The text in pieces, with addresses, mentions and tags apart; joined together it is the text again."""
    found: list[Part] = []
    at = 0
    for match in _NAMED.finditer(text):
        kind, piece = str(match.lastgroup), match[0]
        if kind == "link":
            piece = _without_ending(piece)
        if match.start() > at:
            found.append(Part("text", text[at : match.start()], text[at : match.start()]))
        found.append(Part(kind, piece, _short(piece) if kind == "link" else piece))
        at = match.start() + len(piece)
    if at < len(text):
        found.append(Part("text", text[at:], text[at:]))
    return found


def _without_ending(address: str) -> str:
    """The address without the full stop or bracket of the sentence that it stands in; a bracket it opened is its own."""
    while address[-1] in _AFTER_LINK and not (address[-1] == ")" and address.count("(") >= address.count(")")):
        address = address[:-1]
    return address


def _short(address: str) -> str:
    """An address as channels show it: without https:// and www., at most thirty signs."""
    shown = re.sub(r"^https?://(?:www\.)?", "", address, flags=re.IGNORECASE)
    return shown if len(shown) <= 30 else shown[:30] + "…"


def domain(address: str) -> str:
    """The host of an address, for the card under a post."""
    return re.sub(r"^https?://(?:www\.)?", "", address, flags=re.IGNORECASE).split("/")[0].split("?")[0].lower()


def _cost(part: Part, shape: Shape) -> int:
    if part.kind == "link" and shape.link:
        return shape.link
    if part.kind == "mention" and shape.link and part.text.count("@") == 2:
        # Mastodon counts @name of @name@server only.
        return len("@" + part.text.split("@")[1])
    return sum(1 for _ in graphemes(part.text))


def counted(text: str, shape: Shape) -> int:
    """How many signs the channel counts in the text."""
    return sum(_cost(part, shape) for part in parts(text))


def cut(text: str, shape: Shape, extra: int = 0) -> tuple[str, str]:
    """The text up to the channel's limit and the rest; addresses are whole on one side. `extra` signs are taken already."""
    left, bytes_left = shape.text - extra, shape.text_bytes or len(text.encode("utf-8", "replace")) + 1
    at = 0
    for part in parts(text):
        pieces = graphemes(part.text) if part.kind == "text" else iter((part.text,))
        for piece in pieces:
            cost = 1 if part.kind == "text" else _cost(part, shape)
            size = len(piece.encode("utf-8", "replace"))
            if cost > left or size > bytes_left:
                return text[:at], text[at:]
            left, bytes_left, at = left - cost, bytes_left - size, at + len(piece)
    return text, ""


# ---- a whole post ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Image:
    """What the rules need to know of a picture. `showing` is waiting, ready or never (`files.rules.Showing`)."""

    filename: str
    alt: str
    showing: str = "ready"


@dataclass(frozen=True, slots=True)
class Content:
    """A post as it is written: `variants` holds another text for an account, by its key."""

    text: str
    link: str = ""
    warning: str = ""
    images: tuple[Image, ...] = ()
    variants: Mapping[int, str] | None = None

    def text_for(self, account: int) -> str:
        """The words for one account."""
        return (self.variants or {}).get(account, "").strip() or self.text


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a post cannot go as it is: a code and the number that its words need."""

    code: str
    number: int = 0


def compose(text: str, content: Content, shape: Shape) -> str:
    """The text as it leaves: its address last unless it stands there already, a warning first where there is no field for it."""
    whole = text.strip()
    if content.link and content.link not in whole:
        whole = f"{whole}\n\n{content.link}".strip()
    if content.warning and not shape.warning:
        whole = f"[{content.warning}]\n\n{whole}"
    return whole


@dataclass(frozen=True, slots=True)
class Fit:
    """A post in one channel: the text as it leaves, in pieces up to the limit, and what does not fit."""

    text: str
    count: int
    limit: int
    shown: tuple[Part, ...]
    over: str
    faults: tuple[Fault, ...]

    @property
    def left(self) -> int:
        """How many signs may still be written; below zero: too many."""
        return self.limit - self.count


def fit(content: Content, account: int, shape: Shape) -> Fit:
    """How a post fits one account's channel, with the faults that are that channel's own."""
    text = compose(content.text_for(account), content, shape)
    extra = sum(1 for _ in graphemes(content.warning)) if shape.warning else 0
    count = counted(text, shape) + extra
    within, over = cut(text, shape, extra)
    faults: list[Fault] = []
    if over:
        faults.append(Fault("too_long", max(1, count - shape.text)))
    if len(content.images) > shape.pictures:
        faults.append(Fault("too_many_pictures", shape.pictures))
    longest = max((sum(1 for _ in graphemes(image.alt)) for image in content.images), default=0)
    if shape.alt and longest > shape.alt:
        faults.append(Fault("alt_too_long", shape.alt))
    return Fit(text, count, shape.text, tuple(parts(within)), over, tuple(faults))


_FILE_NAME = re.compile(r"^\S+\.(?:jpe?g|png|gif|webp|heic|avif|tiff?|bmp)$", re.IGNORECASE)


def says_something(alt: str) -> bool:
    """Whether an alternative text tells what the picture shows: a name of a file or a single sign does not."""
    words = " ".join(alt.split())
    return len(words) > 2 and not _FILE_NAME.match(words)


def faults(content: Content, accounts: Sequence[int]) -> list[Fault]:
    """What stops a post in every channel: nothing said, no channel, pictures without words or that nobody can show."""
    found: list[Fault] = []
    if not accounts:
        found.append(Fault("no_account"))
    if not content.text.strip() and not (accounts and all(content.text_for(pk).strip() for pk in accounts)):
        found.append(Fault("empty"))
    if mute := sum(1 for image in content.images if not says_something(image.alt)):
        found.append(Fault("needs_alt", mute))
    if any(image.showing == "never" for image in content.images):
        found.append(Fault("picture_unreadable"))
    if content.link and not (_LINK.fullmatch(content.link) and "." in domain(content.link)):
        found.append(Fault("bad_link"))
    return found
