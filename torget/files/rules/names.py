"""How large files may be, and what they may be called."""

import unicodedata

MB = 1024 * 1024
MAX_FILE = 25 * MB  # one file in our own form
MAX_FILES = 10  # files in our own form
MAX_TOTAL = 50 * MB  # all files of our own form together
MAX_RECEIVED = 50 * MB  # one attachment that another channel delivered
MAX_NAME = 120  # characters; file systems also stop at 255 bytes
MAX_NAME_BYTES = 240


def why_refused(size: int, *, count: int = 1, total: int | None = None, limit: int = MAX_FILE) -> str | None:
    """The code of why a file is not taken, or None: its size in bytes, how many there are with it, and their total."""
    if size > limit:
        return "file_too_large"
    if count > MAX_FILES:
        return "too_many_files"
    if total is not None and total > MAX_TOTAL:
        return "files_too_large"
    return None


_RESERVED = {"con", "prn", "aux", "nul", "conin$", "conout$"} | {
    f"{port}{n}" for port in ("com", "lpt") for n in "0123456789¹²³"
}


def clean_filename(name: str) -> str:
    """A name that can be shown, stored in a row and sent in a header: no folders, no unseen signs, at most 120 letters.

    Letters such as å ä ö stay. The name of an attachment is part of the record, but never a path on our disk.
    """
    name = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    kept = (" " if sign.isspace() else "_" if sign in '<>:"|?*' else sign for sign in name)
    # Category C holds control signs, bidi overrides, zero-width signs, lone surrogates and what is unassigned.
    name = "".join(sign for sign in kept if sign == " " or unicodedata.category(sign)[0] != "C")
    name = " ".join(unicodedata.normalize("NFC", name).split()).strip(". ")
    stem, dot, ending = name.rpartition(".")
    if not stem or not 1 <= len(ending) <= 16 or " " in ending:
        stem, dot, ending = name, "", ""
    tail = dot + ending
    stem = stem[: MAX_NAME - 1 - len(tail)]
    while len((stem + tail).encode()) >= MAX_NAME_BYTES:
        stem = stem[:-1]
    stem = stem.strip(". ")
    if stem.partition(".")[0].rstrip().lower() in _RESERVED:
        stem = f"_{stem}"
    return (stem + tail).strip(". ") or "bilaga"
