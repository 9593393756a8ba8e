"""Cells that no spreadsheet takes for a formula."""

# What spreadsheets take as the start of a formula, full-width forms among them.
_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def cell(text: str) -> str:
    """The text, with an apostrophe before it where a spreadsheet would reckon with it."""
    return f"'{text}" if text.startswith(_STARTS) or text.lstrip().startswith(_STARTS) else text
