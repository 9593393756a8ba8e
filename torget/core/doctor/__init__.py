"""Checks of the installation; each module adds those that it knows, and each says what to do when it fails.

A check is `def check() -> Iterable[Check]`, added in `AppConfig.ready()` by `doctor.register("name", check)`. One that
reads everything (all files, the whole database) is `register(…, whole=check)` and runs with `torget doctor --whole` only;
one that asks other machines is `register(…, network=True)` and is left out of the page at `/installningar/halsa/`.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.core.exceptions import ImproperlyConfigured
from django.db.utils import DatabaseError, InterfaceError

DATABASE = (DatabaseError, InterfaceError, ImproperlyConfigured)
GOOD, WARN, BAD = "good", "warn", "bad"


@dataclass(frozen=True, slots=True)
class Check:
    """What was looked at, whether it is right, what was seen, and the remedy. `warn`: right today, and soon not."""

    name: str
    ok: bool
    says: str
    remedy: str = ""
    warn: bool = False

    @property
    def level(self) -> str:
        """`good`, `warn` or `bad`; only `bad` makes the command end with 1."""
        if not self.ok:
            return BAD
        return WARN if self.warn else GOOD


Examine = Callable[[], Iterable[Check]]


@dataclass(frozen=True, slots=True)
class Examination:
    """One module's checks: those of every time, and those that read everything."""

    quick: Examine | None
    whole: Examine | None = None
    network: bool = False


checks: dict[str, Examination] = {}


def register(name: str, check: Examine | None, *, whole: Examine | None = None, network: bool = False) -> None:
    """Add checks; called in `AppConfig.ready()`. `whole` is run beside `check` where everything is to be read."""
    checks[name] = Examination(check, whole, network)


def examine(*, whole: bool = False, network: bool = True) -> list[Check]:
    """Run every check. One that itself fails counts as failed, with the kind of error."""
    from torget.core.doctor import doors, environment, machine, storage

    core = {
        "inställningar": Examination(environment.examine),
        "databas": Examination(storage.database),
        "databasens läge": Examination(storage.engine, storage.all_pages),
        "mapp": Examination(machine.folders),
        "nycklar": Examination(machine.keys),
        "klocka": Examination(machine.time_of_day),
        "arbetare": Examination(machine.alive),
        "Python": Examination(machine.python),
        "delar": Examination(machine.versions),
        "engelska": Examination(machine.catalogue),
        "adress": Examination(doors.address, network=True),
        "e-post": Examination(doors.mail, network=True),
        "Redis": Examination(doors.shared_memory, network=True),
    }
    found: list[Check] = []
    for name, examination in {**core, **checks}.items():
        if examination.network and not network:
            continue
        for check in (examination.quick, examination.whole if whole else None):
            if check is None:
                continue
            try:
                found.extend(check())
            except Exception as error:
                # A database that is gone or behind is said once, and not by everyone who would have asked it.
                if not (isinstance(error, DATABASE) and any(c.name == "databas" and not c.ok for c in found)):
                    says = f"kontrollen avbröts: {type(error).__name__}"
                    found.append(Check(name, False, says, "Se loggen: journalctl -u torget. Går databasen att nå?"))
    return found
