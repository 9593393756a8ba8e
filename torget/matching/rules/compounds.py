"""What Swedish compounds are made of, so that "röjning" finds "snöröjningen"."""

from functools import lru_cache
from pathlib import Path

from torget.matching.rules.words import folded, stem

LIST = Path(__file__).resolve().parent.parent / "data" / "parts.txt"
"""The words that a compound may be made of; its head says how it was made."""
SHORTEST, LONGEST = 6, 40
# What stands last in names of places: there the word before is a name, and names are in no list.
_AFTER_NAMES = frozenset(
    map(stem, "gata väg skola park torg bad bro hall gård stig förskola bibliotek kyrka hamn strand plan".split())
)


def _read() -> tuple[dict[str, str], frozenset[str]]:
    """The forms in front of another word, each with the stem it stands for; and the stems that may stand last."""
    fronts: dict[str, str] = {}
    lasts = set()
    for line in LIST.read_text(encoding="utf-8").splitlines():
        if line.startswith("#") or not line.strip():
            continue
        word, *before = map(folded, line.split())
        lasts.add(stem(word))
        for front in before or [word]:
            fronts.setdefault(front, stem(word))
    return fronts, frozenset(lasts)


FRONTS, LASTS = _read()


@lru_cache(maxsize=100_000)
def parts(word: str) -> tuple[str, ...]:
    """The stems that a folded word is made of; none where it is no compound that we know."""
    if not SHORTEST <= len(word) <= LONGEST or not word.isalpha():
        return ()
    found = _split(word)
    if found:
        return found
    for place in range(4, len(word) - 2):
        last = stem(word[place:])
        if last in _AFTER_NAMES:
            return (last,)
    return ()


def _split(word: str) -> tuple[str, ...]:
    """The longest front that leaves a known rest. An s may join the two."""
    for place in range(len(word) - 2, 1, -1):
        front = word[:place]
        known = FRONTS.get(front) or (FRONTS.get(front[:-1]) if front.endswith("s") else None)
        if known is None or (len(front) < 3 and front != "el"):
            continue
        rest = word[place:]
        last = stem(rest)
        if len(rest) >= 3 and last in LASTS:
            return known, last, *(part for part in _split(rest) if part != last)
        if len(rest) >= SHORTEST and (further := _split(rest)):
            return known, *further
    return ()
