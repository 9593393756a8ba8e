"""The catalogues: `python scripts/messages.py compile|extract|check`, by Babel alone, so that no machine needs gettext.

Swedish is the source and stands in the code; English is the one catalogue. `extract` brings torget/locale up to date with the
code, `check` says what is missing, fuzzy, outdated or wrong in its placeholders, `compile` writes the .mo files that run.
"""

import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "torget"
LOCALE = PACKAGE / "locale"
LANGUAGE = "en"
# What Django's functions take: which argument is the message, the plural, the context.
KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
COMMENT_TAGS = ("Translators",)
HEADER = "# English for Torget. The Swedish texts are the msgids; this file is kept by `make messages`.\n#"
Domain = str
DOMAINS: tuple[Domain, ...] = ("django", "djangojs")


def sources(domain: Domain) -> Iterator[tuple[str, bytes, str]]:
    """(path for people, source to read, Babel's reader) of every file that may hold a message of the domain."""
    for path in sorted(PACKAGE.rglob("*")):
        inside = path.relative_to(PACKAGE).parts
        if not path.is_file() or "tests" in inside or "migrations" in inside or "vendor" in inside:
            continue
        name = path.relative_to(ROOT).as_posix()
        if domain == "djangojs":
            if path.suffix == ".js":
                yield name, path.read_bytes(), "javascript"
        elif path.suffix == ".py":
            yield name, path.read_bytes(), "python"
        elif "templates" in inside and path.suffix in (".html", ".txt", ".xml", ".svg"):
            yield name, as_python(path), "python"


def as_python(template: Path) -> bytes:
    """A Django template as the Python-like text that Django itself hands to gettext when it looks for messages."""
    from django.utils.translation import templatize

    said = templatize(template.read_text(encoding="utf-8"), origin=template.name)
    # How far in a line stands says something to Python, and nothing here.
    return re.sub(r"^[ \t]+", "", said, flags=re.MULTILINE).encode()


def wanted(domain: Domain) -> Catalog:
    """All messages that the code and the templates hold now."""
    catalog = Catalog(charset="utf-8")
    for name, source, reader in sources(domain):
        found = extract(reader, io.BytesIO(source), KEYWORDS, COMMENT_TAGS, {"encoding": "utf-8"})
        for _line, message, comments, context in found:
            catalog.add(message, None, [(name, 0)], auto_comments=comments, context=context)
    return catalog


def catalogue(domain: Domain) -> Path:
    """Where the English catalogue of a domain lies."""
    return LOCALE / LANGUAGE / "LC_MESSAGES" / f"{domain}.po"


def read(path: Path) -> Catalog:
    """A catalogue as it is on disk."""
    with path.open("rb") as file:
        return read_po(file, locale=LANGUAGE, domain=path.stem, abort_invalid=True)


def update() -> int:
    """Bring the catalogues up to date: what is new is empty, what is gone leaves; nothing is guessed. Returns 0."""
    for domain in DOMAINS:
        template, path = wanted(domain), catalogue(domain)
        if not len(template) and not path.exists():
            continue
        kept = read(path) if path.exists() else Catalog(locale=LANGUAGE, domain=domain)
        kept.update(template, no_fuzzy_matching=True)
        kept.obsolete.clear()
        kept.header_comment, kept.fuzzy = HEADER, False
        kept.project, kept.version = "Torget", ""
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            # No line numbers and no dates: a change in a catalogue is then a change of words.
            write_po(file, kept, width=0, sort_by_file=True, no_location=False, include_lineno=False, omit_header=True)
        text = path.read_text(encoding="utf-8")
        path.write_text(f"{HEADER}\n{header(kept)}\n{text}", encoding="utf-8")
        print(f"{path.relative_to(ROOT)}: {len(kept)} messages, {len(empty(kept))} without words")
    return 0


def header(kept: Catalog) -> str:
    """The entry that tells gettext charset and plural forms, without the dates that would change at every run."""
    lines = [f"Language: {LANGUAGE}", "MIME-Version: 1.0", "Content-Type: text/plain; charset=UTF-8"]
    lines += ["Content-Transfer-Encoding: 8bit", f"Plural-Forms: {kept.plural_forms}"]
    return 'msgid ""\nmsgstr ""\n' + "".join(f'"{line}\\n"\n' for line in lines)


def empty(kept: Catalog) -> list[str]:
    """The messages that have no words in English, a plural counting as a whole."""
    found = []
    for message in kept:
        words = message.string if isinstance(message.string, tuple) else (message.string,)
        if message.id and not all(words):
            found.append(str(message.id))
    return found


def key(message: object, context: str | None) -> tuple[str, str]:
    """What makes a message one: its singular, and its context."""
    return (str(message[0] if isinstance(message, (tuple, list)) else message), context or "")


def problems(domain: Domain) -> list[str]:
    """What is wrong with a domain's catalogue, a line each."""
    template, path = wanted(domain), catalogue(domain)
    if not path.exists():
        return [f"{path.relative_to(ROOT)} is missing"] if len(template) else []
    kept = read(path)
    now = {key(message.id, message.context) for message in template if message.id}
    had = {key(message.id, message.context) for message in kept if message.id}
    found = [f"not in the catalogue: {text!r}" for text, _ in sorted(now - had)]
    found += [f"no longer in the code: {text!r}" for text, _ in sorted(had - now)]
    found += [f"without English words: {text!r}" for text in empty(kept)]
    for message in kept:
        if message.id and message.fuzzy:
            found.append(f"fuzzy, so not used: {message.id!r}")
        found += [f"{message.id!r}: {error}" for error in message.check(kept)]
    return [f"{path.relative_to(ROOT)}: {line}" for line in found]


def check() -> int:
    """Print what is wrong; 1 when something is."""
    found = [line for domain in DOMAINS for line in problems(domain)]
    for line in found:
        print(line, file=sys.stderr)
    if found:
        print(f"{len(found)} to mend: run `make messages`, then write the English in torget/locale/en", file=sys.stderr)
        return 1
    print("English is complete")
    return 0


def compile_all() -> int:
    """Write each .mo whose .po is newer. Returns 0."""
    for path in sorted(LOCALE.glob("*/LC_MESSAGES/*.po")):
        target = path.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime_ns >= path.stat().st_mtime_ns:
            continue
        # Written aside and renamed: a server that starts now never reads half a catalogue.
        aside = target.with_suffix(".tmp")
        with aside.open("wb") as file:
            write_mo(file, read(path))
        aside.replace(target)
    return 0


def main() -> int:
    """Do what the first argument names."""
    commands = {"compile": compile_all, "extract": update, "check": check}
    if len(sys.argv) != 2 or sys.argv[1] not in commands:
        print("usage: python scripts/messages.py compile|extract|check", file=sys.stderr)
        return 2
    return commands[sys.argv[1]]()


if __name__ == "__main__":
    sys.exit(main())
