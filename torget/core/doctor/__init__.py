"""Checks of the installation; each module adds those that it knows, and each says what to do when it fails.

A check is `def check() -> Iterable[Check]`, added in `AppConfig.ready()` by `doctor.register("name", check)`. One that
reads everything (all files, the whole database) is `register(…, whole=check)` and runs with `torget doctor --whole` only;
one that asks other machines is `register(…, network=True)` and is left out of the page at `/installningar/halsa/`.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

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
    from torget.core.doctor import doors, environment, machine

    core = {
        "inställningar": Examination(environment.examine),
        "maskin": Examination(machine.examine, machine.examine_whole),
        "dörrar": Examination(doors.examine, network=True),
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
                kind = type(error).__name__
                found.append(Check(name, False, f"kontrollen avbröts: {kind}", "Se loggen. Går databasen att nå?"))
    return found
