"""What can be said about a file, in Swedish and English, and how it is said."""

from collections.abc import Mapping
from typing import Any, NamedTuple

# What can be said: code, exit code, Swedish | English. {} is filled with what it is about. A part adds its own.
WORDS: dict[str, tuple[int, str, str]] = {}


def add_outcomes(table: str) -> None:
    """Add lines of "code exit Swedish | English"; ValueError when a code stands there already."""
    for line in table.strip().splitlines():
        code, number, words = line.strip().split(" ", 2)
        swedish, english = words.split(" | ")
        if code in WORDS:
            raise ValueError(f"the outcome {code} stands twice")
        WORDS[code] = (int(number), swedish, english)


add_outcomes("""
signer_unknown 3 Stämmer i sig; okänd utfärdare. Ange nyckeln med --key. | Consistent; signer unknown. Give --key.
other_key 1 En annan nyckel har undertecknat sigillet. | Another key has signed the checkpoint.
forged 1 Underskriften eller sigillet är förfalskat. | The signature or the checkpoint is forged.
forked 1 Journalen finns i två versioner som inte går ihop. | The journal has two versions that disagree.
checkpoint_broken 1 Sigillet har fel form ({}). | The checkpoint is malformed ({}).
unknown_kind 1 Filen är inget som Torget har gett ut. | The file is nothing that Torget has issued.
cut_off 1 Filen är avklippt. Hämta den igen. | The file is cut off. Fetch it again.
not_json 1 Filen är inget som Torget har gett ut. | The file is nothing that Torget has issued.
duplicate_key 1 Fältet {} står två gånger, så inget av dem gäller. | The field {} stands twice, so neither counts.
wrong_format 1 Kontrollen känner inte till den sortens fil. | This verifier does not know that kind of file.
wrong_type 1 Fältet {} saknas, är okänt eller har fel form. | The field {} is missing, unknown or malformed.
too_large 1 Filen är större än 20 MB. Så stor är ingen sådan. | The file is over 20 MB. None is that large.
unreadable 2 Filen går inte att läsa: {} | The file cannot be read: {}
key_broken 2 Nyckeln går inte att tolka. Kopiera hela raden. | The key makes no sense. Copy the whole line.
key_needed 2 Filen saknar nyckel. Ange hela, inte fingeravtrycket. | No key in the file. Give all of it.
""")


class Wrong(Exception):
    """Something does not hold: `code` is one of WORDS, `detail` says what it is about."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code, detail)
        self.code, self.detail = code, detail


def shown(value: object) -> str:
    """Make what a file says fit to print on a terminal: no escape codes, no endless lines."""
    return "".join(letter if letter.isprintable() else "?" for letter in str(value)[:120])


Verdict = dict[str, Any]


class Finding(NamedTuple):
    """One thing that does not hold: a code of WORDS, and what it is about (a file, a record's number)."""

    code: str
    what: str = ""

    def said(self) -> dict[str, str]:
        """The finding as an object: code, what, sv, en."""
        _, swedish, english = WORDS[self.code]
        what = shown(self.what)
        return {"code": self.code, "what": what, "sv": swedish.format(what), "en": english.format(what)}


def verdict(code: str, what: str = "", facts: Mapping[str, object] | None = None) -> Verdict:
    """One outcome as an object: code, exit (0 to 3), sv, en, facts, wrong (empty)."""
    said: Verdict = dict(Finding(code, what).said())
    del said["what"]
    known = {name: shown(value) for name, value in (facts or {}).items() if value not in ("", None)}
    return said | {"exit": WORDS[code][0], "facts": known, "wrong": []}
