"""Cells that no spreadsheet takes for a formula."""

# What spreadsheets take as the start of a formula (OWASP, CSV injection), full-width forms among them.
_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
# Signs that show nothing, which some readers cut off before they look; white space of all kinds goes too.
_IGNORED = "\ufeff\u200b\u200c\u200d\u2060"


def cell(text: str) -> str:
    """The text, with an apostrophe before it where a spreadsheet would reckon with it."""
    bare = text.replace("\x00", "").lstrip().lstrip(_IGNORED).lstrip()
    return f"'{text}" if text.startswith(_STARTS) or bare.startswith(_STARTS) else text
