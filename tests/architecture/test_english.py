"""The English catalogue: no Swedish left in it, and one word for one thing, as `WORDS` has it."""

import re

import pytest
from babel.messages.pofile import read_po

from tests.architecture import source

CATALOGUE = source.PACKAGE / "locale" / "en" / "LC_MESSAGES" / "django.po"
# What is said in Swedish on an English page because it is a name.
SWEDISH = ("FGS Ärendehantering", "Vera Påhitt", "Kom igång")
# What English pages do not say → what they say instead. One thing has one name, or a reader takes it for two.
WORDS = {
    r"e-mails?\b": "email",
    r"(?<!personal )\b(?:identity|personal) numbers?\b": "personal identity number",
    r"diary numbers?\b|register numbers?\b": "case number",
    r"checkpoints?\b": "seal, which is what pages call a journal's signed head",
    r"somebody\b|anybody\b": "someone, anyone",
    r"the one who\b": "the person who",
    r"notifiers?\b|complainants?\b": "the person who reported it, the person who complained",
    r"dispos(?:e|ed|al) of\b|trivial value|little importance": "erase, minor importance",
    r"(?<!bulletin )\bboards\b|\ba board\b": "committee, which is what a nämnd is called",
    r"openly\b": "publicly",
    r"\banew\b": "again",
    r"exempel\.se|example\.se": "example.com",
}


def english() -> list[str]:
    """All that the catalogue says in English, a plural as its forms."""
    with CATALOGUE.open("rb") as file:
        messages = [message for message in read_po(file) if message.id]
    return [said for one in messages for said in ([one.string] if isinstance(one.string, str) else one.string or ())]


def test_no_swedish_is_left_in_the_english() -> None:
    # What stands in braces is typed just so.
    names = re.compile("|".join([*map(re.escape, SWEDISH), r"\{\w+\}"]))
    found = [said for said in english() if re.search(r"[åäöÅÄÖ]", names.sub("", said))]
    assert not found, "Say it in English, or add what is a name to SWEDISH:\n" + "\n".join(found)


@pytest.mark.parametrize("pattern", WORDS)
def test_one_thing_has_one_name(pattern: str) -> None:
    found = [said for said in english() if re.search(pattern, said, re.IGNORECASE)]
    assert not found, f"Say {WORDS[pattern]}:\n" + "\n".join(found)


def test_an_apostrophe_is_no_straight_mark() -> None:
    found = [said for said in english() if re.search(r"\w'\w|s' ", said)]
    assert not found, "Write ’ as the quotation marks “ and ” are written:\n" + "\n".join(found)
