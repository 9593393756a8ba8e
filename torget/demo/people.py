"""The residents of Ekevik. All are invented, and their names say so; no address or handle here is anybody's."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who writes: `number` makes the ids that a channel would have given."""

    key: str
    name: str
    number: int

    @property
    def first(self) -> str:
        """The first name, for greetings."""
        return self.name.split()[0]

    @property
    def slug(self) -> str:
        """The name without accents, "bo.latsas"."""
        plain = unicodedata.normalize("NFKD", self.name).encode("ascii", "ignore").decode()
        return plain.lower().replace(" ", ".").replace("-", "")

    @property
    def handle(self) -> str:
        """The Mastodon account, "bo.latsas@exempel.social"."""
        return f"{self.slug}@exempel.social"

    @property
    def mail(self) -> str:
        """The e-mail address; every third person has theirs elsewhere."""
        return f"{self.slug}@{'example.org' if self.number % 3 == 0 else 'exempel.se'}"

    @property
    def facebook_id(self) -> str:
        """The id that Facebook would show for the person."""
        return f"8000000000{self.number:05d}"


_NAMES = """
Kim Testberg|Robin Låtsas|Lo Testson|Bo Låtsas|Ek Påhittsson|Maja Provlund|Nils Fiktiv|Sara Skenmark|Omar Exempelgren
Ulla Testkvist|Gösta Påhittare|Fatima Provström|Liv Attrappdotter|Erik Låtsasson|Anna Exempelholm|Per Dummysson
Karin Testvall|Hugo Fingerström|Aino Testinen|Mikko Esimerkki|Jane Sampleton|Björn Uppdikt|Inga Provbom|Leif Skenlund
Zahra Testpour|Ali Låtsasi|Tuva Modellqvist|Sixten Provgren|Moa Fabelberg|Arvid Sagosson|Greta Fantasisson
Ivar Testmark|Selma Påhittberg|Otto Exempelfors|Nora Låtsasbäck|Axel Provén|Ebba Fiktivsson|Folke Testlind
Hedda Uppdiktsson|Ludvig Skenström|Signe Fabelgren|Viggo Attrappsson|Wilma Testhed|Yusuf Provzade|Åke Låtsasberg
Ärla Exempelby|Östen Påhittmark|Dagny Testfors|Rolf Sagolund|Svea Modellberg|Torsten Fingersson|Ylva Provdotter
Märta Testinger|Henrik Fabelsson|Lena Låtsaslind|Mona Exempelvik|Stig Provmark|Kerstin Påhittgren|Jonna Testhult
Emil Skensson|Vidar Uppdiktberg|Rita Fiktivgren
"""

PEOPLE: dict[str, Person] = {
    person.key: person
    for person in (
        Person(unicodedata.normalize("NFC", name).lower().replace(" ", "-"), name, number)
        for number, name in enumerate("|".join(_NAMES.split("\n")).strip("|").split("|"), start=1)
    )
}

# Played only by hand: the writer of the harassment, and those whose language or errand is their own.
RESERVED = ("rolf-sagolund", "jane-sampleton", "mikko-esimerkki", "aino-testinen", "rita-fiktivgren")
