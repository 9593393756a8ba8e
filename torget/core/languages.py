"""The languages of words: a guess at what a text is in, and what something is called in each of ours."""

import re
from typing import Final

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import override

# Words that no Swedish sentence has, and few English ones are without.
_ENGLISH: Final = frozenset(
    "the and are you your we our of to for with this that have has been was will would when how what where why can could "
    "it its they there their from who which please thank thanks hello dear about because does did don't".split()
)
_SWEDISH: Final = re.compile(r"[åäö]")
_WORDS: Final = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
# Words looked at: enough to tell, however long the text is.
_LOOKED_AT: Final = 60
# One word in so many has to be one of those; every other where there are Swedish letters too, as in a street's name.
_ONE_IN: Final = 6
_AMONG_SWEDISH: Final = 2


def in_all(words: str | Promise) -> set[str]:
    """The words in every language that pages are in, in small letters: what somebody may write in any of them."""
    found = set()
    for code, _name in settings.LANGUAGES:
        with override(code):
            found.add(str(words).casefold())
    return found


def guess(text: str) -> str:
    """`en` or `sv`, so that a page can say where its language changes: Swedish unless it reads as English; "" without words."""
    words = _WORDS.findall(text[:1000].casefold().replace("’", "'"))[:_LOOKED_AT]
    if not words:
        return ""
    one_in = _AMONG_SWEDISH if any(_SWEDISH.search(word) for word in words) else _ONE_IN
    return "en" if sum(word in _ENGLISH for word in words) * one_in >= len(words) else "sv"
