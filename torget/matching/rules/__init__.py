"""Swedish text as rules: words and their stems, what compounds are made of, how alike two questions are. Pure."""

from torget.matching.rules.compounds import parts
from torget.matching.rules.likeness import ALIKE, Content, content, likeness, similar
from torget.matching.rules.words import STOP, Word, fold, stem, terms, words

__all__ = [
    "ALIKE",
    "STOP",
    "Content",
    "Word",
    "content",
    "fold",
    "likeness",
    "parts",
    "similar",
    "stem",
    "terms",
    "words",
]
