"""What policy says of access: how hard a text is to read, and which words the statement uses for what was measured.

Pure: standard library only. The reading of a whole page, with its blocks, is `blocks`; the figure is `lix`.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from html.parser import HTMLParser

LIX_BAR = 40.0
"""The highest value of a public page's Swedish text; Björnsson calls 30–40 easy: fiction, magazines for many."""
LONG = 6
"""A word of more letters than this is long (Björnsson 1968, Läsbarhet)."""
SHORTEST = 4
"""A block of fewer words is a label, a heading or a button: it has no sentence to measure."""

WORD = re.compile(r"\w+(?:[-–'’:/.]\w+)*")
# A sentence ends at a full stop, a question or exclamation mark or a colon, followed by space or nothing: 14.07 is one word.
END = re.compile(r"[.!?:…](?=\s|$)")


@dataclass(frozen=True, slots=True)
class Readability:
    """A text's figures: words, sentences, words of more than six letters, and LIX (0 for no words)."""

    words: int
    sentences: int
    long_words: int

    @property
    def lix(self) -> float:
        """Words per sentence plus the long words' share in per cent (C.-H. Björnsson, Läsbarhet, 1968)."""
        if not self.words:
            return 0.0
        return self.words / max(1, self.sentences) + 100 * self.long_words / self.words


def readability(texts: Iterable[str]) -> Readability:
    """Count what LIX needs. Each text is a block of a page, whose end ends its last sentence too."""
    words = sentences = long_words = 0
    for text in texts:
        found = WORD.findall(text)
        if not found:
            continue
        words += len(found)
        long_words += sum(len(re.sub(r"[\W\d_]", "", word)) > LONG for word in found)
        # What stands after the last mark is a sentence of its own, if it holds a word.
        sentences += sum(bool(WORD.search(part)) for part in END.split(text))
    return Readability(words, sentences, long_words)


def lix(text: str) -> float:
    """LIX of one text."""
    return readability([text]).lix


BLOCKS = frozenset(
    "address article aside blockquote button caption dd details div dl dt fieldset figcaption footer form h1 h2 h3 h4 h5 "
    "header label legend li main nav ol option p section select summary table tbody td th thead tr ul".split()
)
VOID = frozenset("br hr img input link meta source wbr area base col embed track".split())
# What people wrote, and what is no running text; a register's rows are told by their table.
OTHERS = frozenset("written masked reg crumb pager facts honey pv".split())
SILENT = frozenset("script style svg select textarea table nav code pre template".split())


class _Blocks(HTMLParser):
    """Collects the running text of `main`, block by block, without what the reader's neighbours wrote."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self.text = ""
        self.stack: list[tuple[str, bool]] = []

    def _close(self) -> None:
        text = " ".join(self.text.split())
        if text:
            self.found.append(text)
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in BLOCKS or tag == "br":
            self._close()
        if tag in VOID:
            return
        classes = set((given.get("class") or "").split())
        # A part in another language is measured by no Swedish rule.
        other = bool(self.stack) and "lang" in given and given["lang"] != "sv"
        left_out = tag in SILENT or bool(classes & OTHERS) or other or "data-own-words" in given
        self.stack.append((tag, left_out))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        if tag in BLOCKS:
            self._close()
        while any(name == tag for name, _ in self.stack):
            name, _ = self.stack.pop()
            if name == tag:
                return

    def handle_data(self, data: str) -> None:
        names = [name for name, _ in self.stack]
        if "main" in names and not any(left_out for _, left_out in self.stack):
            self.text += data


def blocks(html: str) -> list[str]:
    """The running text of a page's `main`: its blocks with at least one sentence's worth of words."""
    reader = _Blocks()
    reader.feed(html)
    reader.close()
    reader._close()
    return [text for text in reader.found if len(WORD.findall(text)) >= SHORTEST]


class Verdict(StrEnum):
    """The three words of the statement (Digg: helt, delvis eller inte förenlig)."""

    WHOLLY = "wholly"
    PARTLY = "partly"
    NOT = "not"


class Kind(StrEnum):
    """Why a part is not accessible: a fault, or one of the two exceptions of the act (2018:1937), 12 § and 9 §."""

    FAULT = "fault"
    BURDEN = "burden"
    OUTSIDE = "outside"


HARSHER = {Verdict.WHOLLY: 0, Verdict.PARTLY: 1, Verdict.NOT: 2}


def verdict(*, looked: int, faulty: int, faults_known: int, own: str = "") -> Verdict:
    """The statement's word: computed from what was looked at, and never kinder than what the organisation says itself.

    `looked` pages and states, `faulty` of them with a fault of any check, `faults_known` faults that are written down. What
    nobody has looked at is not compliant, and neither is a place where more than half is faulty. docs/rules/accessibility.md
    """
    if not looked or faulty * 2 > looked:
        found = Verdict.NOT
    elif faulty or faults_known:
        found = Verdict.PARTLY
    else:
        found = Verdict.WHOLLY
    said = Verdict(own) if own in set(Verdict) else found
    return max(found, said, key=HARSHER.__getitem__)


@dataclass(frozen=True, slots=True)
class Check:
    """One kind of check in the results: of how many it was asked, and in which of them it found a fault."""

    looked: int
    faulty: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Results:
    """What the browser tests of a release wrote: the pages and states they looked at, each check, and LIX by page."""

    measured: date | None
    pages: tuple[str, ...]
    states: tuple[str, ...]
    checks: Mapping[str, Check]
    lix: Mapping[str, float]
    versions: Mapping[str, str]

    @property
    def looked(self) -> int:
        """Pages and states."""
        return len(self.pages) + len(self.states)

    @property
    def faulty(self) -> frozenset[str]:
        """Pages, states and journeys in which some check found a fault."""
        return frozenset(name for check in self.checks.values() for name in check.faulty)

    @property
    def hardest(self) -> float:
        """The highest LIX of a public page; 0 where none was measured."""
        return max(self.lix.values(), default=0.0)


def read_results(data: Mapping[str, object]) -> Results:
    """The results as the file holds them. Errors: KeyError, TypeError or ValueError for another shape."""
    day = str(data["measured"])
    checks: dict[str, Check] = {}
    for name, found in _mapping(data["checks"]).items():
        held = _mapping(found)
        checks[name] = Check(int(str(held["looked"])), tuple(_names(held["faulty"])))
    return Results(
        measured=date.fromisoformat(day) if day else None,
        pages=tuple(_names(data["pages"])),
        states=tuple(_names(data["states"])),
        checks=checks,
        lix={name: float(str(value)) for name, value in _mapping(data["lix"]).items()},
        versions={name: str(value) for name, value in _mapping(data["versions"]).items()},
    )


def _mapping(value: object) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise TypeError(f"{value!r} is no object")
    return value


def _names(value: object) -> Sequence[str]:
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise TypeError(f"{value!r} is no list")
    return [str(one) for one in value]
