"""The words of the pages: easy to read in Swedish, and no Swedish on the English ones."""

import re

from tests.journeys.measured import Measured
from tests.journeys.pages import ADMINISTRATOR, AMINA, OPEN, PAGES, REGISTRAR, address
from tests.journeys.town import Town, Visit
from torget.accessibility import rules

# Words that tell Swedish from English where no å, ä or ö does.
SWEDISH = re.compile(
    r"[åäöÅÄÖ]|\b(?:och|inte|eller|till|som|med|av|har|vi|du|det|att|om|ett|skriv|svar|visa|fler|alla)\b"
)
# What the town itself is called, and what people and staff have written: theirs, in Swedish on every page.
THEIRS = """() => { const main = document.body.cloneNode(true);
  for (const one of main.querySelectorAll(
    ".written, .reg td, [lang=sv], .brand, .answer header, .squares, .demo-line, [data-own-words], .facts dd, option"))
    one.remove();
  const said = [...main.querySelectorAll("[aria-label], [title], [placeholder], [alt]")]
    .map(one => ["aria-label", "title", "placeholder", "alt"].map(name => one.getAttribute(name) ?? "").join(" "));
  return [document.title, main.innerText, ...said].join("\\n") }"""
NAMES = re.compile(
    r"Ekevik\w*(?: kommun)?|\w+nämnden|Kommunstyrelsen|På svenska|Svenska|Torget|\w+ Exempel\w*", re.IGNORECASE
)


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
    page = visit(english=True)
    found: list[str] = []
    for shown in [
        shown for shown in OPEN if not shown.path.startswith(("/en", "/finns-inte")) and shown.name != "components"
    ]:
        path = address(shown, town, visit)
        page.goto(f"/en{path}" if path != "/" else "/en/")
        left = [
            line.strip()
            for line in NAMES.sub("", page.evaluate(THEIRS)).splitlines()
            if SWEDISH.search(NAMES.sub("", line))
        ]
        measured.saw("english", shown.name, left)
        found += [f"{shown.name}: {line[:100]}" for line in left]
    assert not found, "\n".join(found)
