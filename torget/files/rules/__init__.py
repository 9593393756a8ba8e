"""What a file is by its content, what it may be called, how large it may be, and whether it may be shown."""

from torget.files.rules.archives import Bytes, Expansion, is_bomb, zip_expansion
from torget.files.rules.content import (
    OCTETS,
    RENDERED,
    Kind,
    Showing,
    Sniffed,
    is_bare_webp,
    poses_as,
    showing_of,
    sniff,
)
from torget.files.rules.names import (
    MAX_FILE,
    MAX_FILES,
    MAX_NAME,
    MAX_RECEIVED,
    MAX_TOTAL,
    MB,
    clean_filename,
    why_refused,
)

__all__ = [
    "MAX_FILE",
    "MAX_FILES",
    "MAX_NAME",
    "MAX_RECEIVED",
    "MAX_TOTAL",
    "MB",
    "OCTETS",
    "RENDERED",
    "Bytes",
    "Expansion",
    "Kind",
    "Showing",
    "Sniffed",
    "clean_filename",
    "is_bare_webp",
    "is_bomb",
    "poses_as",
    "showing_of",
    "sniff",
    "why_refused",
    "zip_expansion",
]
