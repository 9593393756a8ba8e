"""What in a text may need a second look: a hint to staff, worked out when it is read, stored nowhere and shown to no one else.

Never a reason by itself for anything: no message is held back, moved or answered because of a hint.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from torget.moderation.rules import lexicon
from torget.register.rules import find_identity_numbers

LONGEST = 20_000
"""So many signs of a text are read."""


class Kind(StrEnum):
    """What a hint is about; `moderation.words.HINTS` has the sentences."""

    THREAT = "threat"
    AGITATION = "agitation"
    INSULT = "insult"
    IDENTITY_NUMBER = "identity_number"


@dataclass(frozen=True, slots=True)
class Hint:
    """A kind, and the words in the text that it comes from ("" for a number, which is not repeated)."""

    kind: Kind
    words: str = ""


_INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff"), None)
_LOOKS_LIKE = str.maketrans("013457@$", "oieastas")
_WORD = re.compile(r"\w[\w@$]*(?:-\w[\w@$]*)*")
_SENTENCE = re.compile(r"[.!?\n]+")


def _plain(word: str) -> str:
    """A word as it is compared: small letters, digits that stand for letters, drawn-out letters once."""
    if any(sign.isalpha() for sign in word):
        word = word.translate(_LOOKS_LIKE)
    kept: list[str] = []
    for place, sign in enumerate(word):
        # Three of a kind or more are one; two are how Swedish is spelt.
        if place >= 2 and sign == word[place - 1] == word[place - 2]:
            continue
        kept.append(sign)
    if len(kept) < len(word):
        kept = [sign for place, sign in enumerate(kept) if not (place and sign == kept[place - 1])]
    return "".join(kept)


def words_of(text: str) -> list[str]:
    """The words of a text as they are compared; letters that stand alone in a row are one word ("i d i o t")."""
    text = unicodedata.normalize("NFC", text[:LONGEST]).casefold().translate(_INVISIBLE)
    found: list[str] = []
    single: list[str] = []
    for word in [*_WORD.findall(text), ""]:
        if len(word) == 1 and word.isalpha():
            single.append(word)
            continue
        found += ["".join(single)] if len(single) >= 4 else single
        single.clear()
        if word:
            found.append(_plain(word))
    return found


def _insult(words: Sequence[str]) -> str:
    return next(
        (word for word in words if word.startswith(lexicon.INSULTS) and not word.startswith(lexicon.NOT)),
        "",
    )


def _harm(words: Sequence[str], place: int) -> str:
    """The words from `place` on if they say that somebody will do somebody harm: "ska … döda … dig"."""
    for second in range(place + 1, min(place + 4, len(words))):
        if words[second] not in lexicon.HARM:
            continue
        after = words[second + 1 : second + 3]
        if after and after[0] in lexicon.HARMLESS:
            return ""
        if "inte" in words[place:second]:
            return ""
        end = next((n for n, word in enumerate(after) if word.startswith(lexicon.SOMEONE)), None)
        if end is not None and not any(word in lexicon.HARMLESS for word in words[second + 1 : second + 3 + end]):
            return " ".join(words[place : second + 2 + end])
    return ""


def _threat(words: Sequence[str]) -> str:
    for place, word in enumerate(words):
        if word in lexicon.WILL and (found := _harm(words, place)):
            return found
        for said in lexicon.THREATS:
            part = words[place : place + len(said)]
            if len(part) == len(said) and list(part[:-1]) == list(said[:-1]) and part[-1].startswith(said[-1]):
                return " ".join(part)
    return ""


def _agitation(text: str) -> str:
    for sentence in _SENTENCE.split(text[:LONGEST]):
        words = words_of(sentence)
        group = next((word for word in words if word.startswith(lexicon.GROUPS)), "")
        said = next((word for word in words if word.startswith(lexicon.AGITATION)), "")
        if group and said:
            return f"{group} … {said}"
    return ""


def hints(text: str) -> tuple[Hint, ...]:
    """What may need a second look, the gravest first; empty for most texts. Docs: docs/rules/moderation.md."""
    words = words_of(text)
    found = []
    if threat := _threat(words):
        found.append(Hint(Kind.THREAT, threat[:80]))
    if agitation := _agitation(text):
        found.append(Hint(Kind.AGITATION, agitation[:80]))
    if insult := _insult(words):
        found.append(Hint(Kind.INSULT, insult[:80]))
    if find_identity_numbers(text[:LONGEST]):
        found.append(Hint(Kind.IDENTITY_NUMBER))
    return tuple(found)
