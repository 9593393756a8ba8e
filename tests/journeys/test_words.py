"""The words of the pages: easy to read in Swedish, and no Swedish on the English ones."""

import re
from html.parser import HTMLParser

from babel.messages.pofile import read_po

from tests.architecture.test_english import CATALOGUE
from tests.journeys.measured import Measured
from tests.journeys.pages import ADMINISTRATOR, AMINA, OPEN, PAGES, REGISTRAR, address
from tests.journeys.town import Town, Visit
from torget.accessibility import rules

# Words that tell Swedish from English where no å, ä or ö does.
SWEDISH = re.compile(r"[åäöÅÄÖ]|\b(?:och|inte|eller|som|av|har|vi|du|det|att|ett|skriv|svar|fler|alla|den|på)\b", re.I)
# What the town itself is called and what the place is called: theirs, in Swedish on every page.
NAMES = re.compile(r"Ekevik\w*(?: kommun)?|[\w-]+(?: och \w+)?nämnden|Kommunstyrelsen|På svenska|Svenska|Torget")
SAID = ("aria-label", "title", "placeholder", "alt", "content")


class _Said(HTMLParser):
    """What a page says in its own words: text and names, without what people, staff and the town have written."""

    theirs = frozenset("written reg squares demo-line brand who facts qs accounts".split())

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.said: list[str] = []
        self.stack: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        theirs = bool(set(given.get("class", "").split()) & self.theirs) or given.get("lang") == "sv"
        # The title of a published question is the question's own words.
        theirs = theirs or tag in ("script", "style", "option", "title") or "data-own-words" in given
        if not theirs and not any(one for _, one in self.stack):
            self.said += [given[name] for name in SAID if name in given]
        if tag not in rules.VOID:
            self.stack.append((tag, theirs))

    def handle_endtag(self, tag: str) -> None:
        while any(name == tag for name, _ in self.stack):
            if self.stack.pop()[0] == tag:
                return

    def handle_data(self, data: str) -> None:
        if not any(theirs for _, theirs in self.stack):
            self.said.append(data)


def swedish_in(html: str) -> list[str]:
    """What an English page says in Swedish."""
    reader = _Said()
    reader.feed(html)
    reader.close()
    said = (" ".join(NAMES.sub("", one).split()) for one in reader.said)
    return [one[:100] for one in said if SWEDISH.search(one)]


def swedish_words() -> set[str]:
    """Every Swedish text of the pages that is said otherwise in English, and is no English text by chance."""
    with CATALOGUE.open("rb") as file:
        said = [(one.id, str(one.string)) for one in read_po(file) if one.id and isinstance(one.id, str)]
    return {swedish for swedish, english in said if swedish != english} - {english for _, english in said}


def test_public_pages_are_easy_to_read(town: Town, visit: Visit, measured: Measured) -> None:
    client = visit().context.request
    too_hard: list[str] = []
    for shown in [shown for shown in PAGES if not shown.role and not shown.path.startswith("/en")]:
        blocks = rules.blocks(client.get(address(shown, town, visit)).text())
        value = rules.readability(blocks).lix
        assert blocks, f"{shown.name} has no text to measure"
        measured.lix[shown.name] = value
        measured.saw("easy", shown.name, value > rules.LIX_BAR)
        if value > rules.LIX_BAR:
            hardest = sorted(blocks, key=rules.lix, reverse=True)[:3]
            too_hard.append(
                f"{shown.name}: LIX {value:.1f}\n" + "\n".join(f"    {rules.lix(one):.0f} {one}" for one in hardest)
            )
    assert not too_hard, "Shorter sentences and shorter words, please:\n" + "\n".join(too_hard)


def test_staff_pages_are_measured_too(town: Town, visit: Visit) -> None:
    values: dict[str, float] = {}
    for role in (AMINA, REGISTRAR, ADMINISTRATOR):
        client = visit(role=role).context.request
        for shown in [shown for shown in PAGES if shown.role == role and not shown.path.startswith("/en")]:
            found = rules.readability(rules.blocks(client.get(address(shown, town, visit).partition("#")[0]).text()))
            # Below that a page is a list or a table, and the figure says nothing.
            if found.words >= 30:
                values[shown.name] = found.lix
    print("\n".join(f"{value:5.1f} {name}" for name, value in sorted(values.items(), key=lambda one: -one[1])))
    hard = {name: round(value, 1) for name, value in values.items() if value > 50}
    assert not hard, f"hard to read even for officials (LIX above 50): {hard}"


def test_easy_pages_are_easier_than_the_others(town: Town, visit: Visit) -> None:
    client = visit().context.request
    for shown in [shown for shown in OPEN if shown.name.startswith("lattlast-") and not shown.path.startswith("/en")]:
        value = rules.readability(rules.blocks(client.get(shown.path).text())).lix
        assert value < 25, f"{shown.name} has LIX {value:.1f}; below 25 is very easy (Björnsson)"


def test_no_swedish_on_the_english_pages(town: Town, visit: Visit, measured: Measured) -> None:
    client = visit(english=True).context.request
    found: list[str] = []
    for shown in OPEN:
        # The page of parts shows made-up words, and the address that is nowhere is Swedish to begin with.
        if shown.path.startswith("/en") or shown.name in ("components", "finns-inte"):
            continue
        left = swedish_in(client.get("/en" + address(shown, town, visit)).text())
        measured.saw("english", shown.name, left)
        found += [f"{shown.name}: {line}" for line in left]
    assert not found, "\n".join(found)


def test_no_text_of_ours_is_left_in_swedish_for_staff(town: Town, visit: Visit) -> None:
    # The title that the town has given some of its staff is what one of the roles is called.
    swedish, found = swedish_words() - {"Kommunikatör"}, []
    for role in sorted({shown.role for shown in PAGES if shown.role}):
        client = visit(role=role, english=True).context.request
        for shown in [shown for shown in PAGES if shown.role == role and not shown.path.startswith("/en")]:
            reader = _Said()
            reader.feed(client.get("/en" + address(shown, town, visit).partition("#")[0]).text())
            reader.close()
            # A row has parts with a point between them.
            parts = [" ".join(part.split()) for one in reader.said for part in one.split(" · ")]
            found += [f"{shown.name}: {part}" for part in parts if part in swedish]
    assert not found, "In Swedish on an English page:\n" + "\n".join(found)
