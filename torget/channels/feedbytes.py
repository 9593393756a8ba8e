"""A feed's bytes made fit for feedparser: UTF-8, and without what makes it take quadratic time.

Measured: 100,000 blank lines before the first element, or an author of 100,000 letters, hold it up for minutes inside one
regular expression, and with it every thread of the process.
"""

import io
import re
from functools import cache
from typing import Any

from torget.channels import charsets

# Charsets that a feed cannot be in where its declaration could be read, and one in which markup looks like none.
_NEVER = ("utf-16", "utf-32", "utf-7")
LONGEST_AUTHOR, MOST_TAGS, LONGEST_PROLOGUE = 300, 100, 10_000
_TOLD = re.compile(r"charset=\"?([\w.:-]{1,40})", re.I)
_DECLARED = re.compile(rb"^\s{0,200}<\?xml[^>]{1,200}?encoding\s{0,9}=\s{0,9}[\"']([\w.:-]{1,40})[\"']")
_DECLARATION = re.compile(r"^\s{0,200}<\?xml[^>]{0,300}\?>")
_BLANKS = re.compile(r"\s{60,}")
_ELEMENT = re.compile(r"<\w")


def parse(body: bytes, media_type: str = "") -> dict[str, Any]:
    """What feedparser makes of a feed: nothing is fetched or opened, relative links stay as they are."""
    plain = text_of(body, media_type)
    # A file object: bytes that look like a path would be opened, and an address fetched.
    found: dict[str, Any] = _feedparser().parse(io.BytesIO(plain.encode("utf-8", "replace")), sanitize_html=False)
    return found


def text_of(body: bytes, media_type: str = "") -> str:
    """The text of a feed: by its byte order mark, what the server told, what it declares, else UTF-8 or windows-1252."""
    told, declared = _TOLD.search(media_type), _DECLARED.match(body[:1_000])
    names = [charsets.known(told[1]) if told else "", charsets.known(declared[1].decode()) if declared else ""]
    # A server says Latin of whatever it has; the feed itself knows better. What says that it is UTF-16 and can be read
    # here is not.
    names = names[::-1] if names[0] == "cp1252" and names[1] else names
    names = [name for name in names if name and not name.startswith(_NEVER)]
    held = next((words for name in names if (words := charsets.exactly(body, name)) is not None), None)
    if held is None:
        held = charsets.decode(body, names[0] if names else "")
    # What it declares is no longer so, and XML without a declaration is UTF-8.
    held = _BLANKS.sub("\n", _DECLARATION.sub("", held.lstrip("\ufeff"), count=1)).lstrip()
    first = _ELEMENT.search(held)
    return held[first.start() :] if first and first.start() > LONGEST_PROLOGUE else held


@cache
def _feedparser() -> Any:
    """feedparser, with two of its steps given a bound; it takes 30 ms to import."""
    import feedparser
    from feedparser.mixin import _FeedParserMixin

    author, tag = _FeedParserMixin._sync_author_detail, _FeedParserMixin._add_tag

    def bounded_author(self: Any, key: str = "author") -> None:
        context = self._get_context()
        if isinstance(said := context.get(key), str):
            # It looks for a mail address at each letter anew.
            context[key] = said[:LONGEST_AUTHOR]
        author(self, key)

    def bounded_tag(self: Any, *words: Any) -> None:
        # It compares each with all before it.
        if len(self._get_context().get("tags", ())) < MOST_TAGS:
            tag(self, *words)

    _FeedParserMixin._sync_author_detail, _FeedParserMixin._add_tag = bounded_author, bounded_tag
    return feedparser
