"""Words as they are compared: folded so that å, ä and ö stay letters of their own, cut out of the text, stemmed."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import snowballstemmer

LONGEST = 60
"""Longest term, in signs: a longer word is cut, so that no index meets a word that it cannot hold."""

STOP = frozenset(
    "och i att det som en på är av för med till den har de inte om ett man men var jag sig från vi så kan nu hur vad "
    "när där här då ni du han hon den det dem oss er mig dig sin sitt sina min mitt mina din ditt dina vår vårt våra "
    "ert era eller än också bara vid ska skulle vill får fick blir bli blev göra gör finns hade vara varit ha bra hej "
    "tack mvh hälsningar någon något några ingen inget inga denna detta dessa mot ut upp in över under efter utan "
    "kunna må måste ju väl ja nej samt både ens vilken vilket vilka vem varför per två alla allt mer mycket "
    "skall alltid aldrig igen redan sedan hos åt själv även kommer komma går gå se vet".split()
)
"""Words that say nothing of what a text is about. No negation is taken away from a text: this is for comparing only."""

# A mail address or a handle; figures with signs between them (a diary number, a date, a telephone); a word.
_TOKEN = re.compile(
    r"@?[^\W_][\w.+-]*@[^\W_][\w-]*(?:\.[\w-]*[^\W_])+|\d+(?:[./:-]\d+)+|[^\W_]+(?:[’'][^\W_]+)*", re.UNICODE
)
_SWEDISH = {"å": "\ue000", "ä": "\ue001", "ö": "\ue002"}
_BACK = {hidden: letter for letter, hidden in _SWEDISH.items()} | {"æ": "ä", "ø": "ö"}
_DEFINITE = re.compile(
    r"(?<=\w{3})(a)ns?$|(?<=end)(e)ts?$|(?<=ttn)ets?$|(?<=\w{2}[oöåy])n$|(?<=\w[oöåy])ar(?:nas?)?$|(?<=[^aeiouyåäö]el)ns?$"
)
_FALLING_VOWEL = re.compile(r"(?:(?<=[^aeiouyåäö])e(?=l$))|(?<=tt)n$|(?<=pp)n$")
_stemmer = snowballstemmer.stemmer("swedish")


@dataclass(frozen=True, slots=True)
class Word:
    """A word in a text: where it stands (start, end) and how it is compared."""

    start: int
    end: int
    term: str


def fold(text: str) -> str:
    """The text as compared: composed (NFC), without case, é as e; å ä ö stay apart from a and o, æ and ø are ä and ö."""
    text = unicodedata.normalize("NFC", text).casefold()
    if text.isascii():
        return text
    return "".join(map(_fold_sign, unicodedata.normalize("NFC", text)))


@lru_cache(maxsize=4096)
def _fold_sign(sign: str) -> str:
    if sign.isascii() or sign in _SWEDISH:
        return sign
    if sign in _BACK:
        return _BACK[sign]
    plain = unicodedata.normalize("NFD", sign)
    # Only where a letter of ours remains: other scripts need their marks.
    return plain[0] if plain[0].isascii() else sign


@lru_cache(maxsize=100_000)
def stem(word: str) -> str:
    """The stem of a folded word: "gator", "gatan" and "gatans" are all "gat". Other languages' words are left mostly whole.

    Snowball's Swedish rules, with what they lack: the definite -an, -endet and -n, and again until nothing more falls off
    (they give "hållplats" for "hållplatsen" but "hållplat" for "hållplats"); "cykel" as "cyklar", "vatten" as "vattnet".
    """
    if len(word) < 4 or not word.isalpha():
        return word[:LONGEST]
    for _ in range(4):
        before = word
        word = _stemmer.stemWord(_DEFINITE.sub(r"\1\2", word))
        if word == before:
            break
    return _FALLING_VOWEL.sub("", word)[:LONGEST]


def cut(text: str) -> Iterator[tuple[int, int, str]]:
    """Each word as it stands in the text: start, end, word as it is written."""
    for match in _TOKEN.finditer(text):
        yield match.start(), match.end(), match[0]


def tokens(text: str) -> Iterator[tuple[int, int, str]]:
    """Each word in the text, folded: start, end, word."""
    for start, end, written in cut(text):
        yield start, end, folded(written)


@lru_cache(maxsize=100_000)
def folded(word: str) -> str:
    """`fold` for one word, remembered."""
    return fold(word).replace("’", "").replace("'", "")


def words(text: str) -> list[Word]:
    """The words of a text in their order, with their places in it."""
    return [Word(start, end, stem(word)) for start, end, word in tokens(text)]


def terms(text: str) -> list[str]:
    """The stems of a text in their order; its length is that of the text in words."""
    return [stem(word) for _, _, word in tokens(text)]
