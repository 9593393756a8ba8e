"""Cells that no spreadsheet takes for a formula."""

# What spreadsheets take as the start of a formula (OWASP, CSV injection), full-width forms among them.
_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
# Signs that show nothing, which some readers cut off before they look; white space of all kinds goes too.
_IGNORED = "\x00\ufeff\u200b\u200c\u200d\u2060"


def cell(text: str) -> str:
    """The text, with an apostrophe before it where a spreadsheet would reckon with it."""
    start = next((place for place, sign in enumerate(text) if not sign.isspace() and sign not in _IGNORED), len(text))
    bare = text[start:]
    return f"'{text}" if text.startswith(_STARTS) or bare.startswith(_STARTS) else text
