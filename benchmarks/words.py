"""The words of the towns that are measured on."""

import random

WORDS = (
    "vägen skolan bussen hissen parken lampan snön vattnet biblioteket simhallen bygglov avgiften förskolan cykel "
    "trottoaren kvarteret barnen kvällen morgonen kommunen svaret frågan tiden platsen skylten korsningen gatan"
).split()


def sentence(chance: random.Random, words: int = 45) -> str:
    """Some words with the length of a message: 45 of them are about 300 signs."""
    return " ".join(chance.choice(WORDS) for _ in range(words)).capitalize() + "."
