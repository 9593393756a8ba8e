"""The doctor's look at the journal: its key against the last checkpoint, how far numbering lags, and the whole counted anew."""

from collections.abc import Iterable, Iterator
from datetime import timedelta

from django.conf import settings

from torget.core import clock, health
from torget.core.doctor import Check
from torget.core.errors import Refused
from torget.journal import actions
from torget.journal.models import Checkpoint, Entry

LAG = timedelta(minutes=2)
_KEY = {
    "key_missing": ("saknas, och utan den kan inget nytt undertecknas", "Lägg tillbaka kopian av keys/journal.key."),
    "key_open": ("kan läsas av andra", "chmod 600 {path}"),
    "key_broken": ("går inte att läsa", "Lägg tillbaka kopian av keys/journal.key."),
}


def examine() -> Iterable[Check]:
    """The key and the lag."""
    yield _key()
    yield _lag()


def whole() -> Iterable[Check]:
    """Every entry hashed anew, the tree grown from them, the root and the signature compared."""
    try:
        size = actions.audit()
    except Refused as refused:
        remedy = "Ändra ingenting. Spara databasen som den är och jämför med säkerhetskopian och vittnenas huvuden."
        yield Check("hela journalen", False, refused.detail or refused.code, remedy)
    else:
        yield Check("hela journalen", True, f"{size} poster räknade om, roten är den undertecknade")


def _key() -> Check:
    name, path = "journalens nyckel", actions.key_path()
    latest = actions.latest_checkpoint()
    if latest is None and not path.exists():
        return Check(name, True, "görs när den första posten kommer")
    try:
        key = actions.signing_key(create=False)
    except Refused as refused:
        says, remedy = _KEY.get(refused.code, ("går inte att använda", "Lägg tillbaka kopian av keys/journal.key."))
        return Check(name, False, says, remedy.format(path=path))
    if latest and latest.key != key.public.text():
        says = "är en annan än den som undertecknade senast: ingenting numreras"
        return Check(name, False, says, "Lägg tillbaka kopian av den förra keys/journal.key.")
    if key.public.name != settings.TORGET_ORIGIN:
        says = f"heter {key.public.name}, fast TORGET_ORIGIN är {settings.TORGET_ORIGIN}"
        return Check(name, True, says, f"Namnet ändras aldrig. Skriv TORGET_ORIGIN={key.public.name}", warn=True)
    return Check(name, True, "är den som undertecknade senast" if latest else "finns")


def _lag() -> Check:
    found = lag()
    if found > LAG:
        says = f"den äldsta posten har väntat på sitt nummer i {int(found.total_seconds())} s"
        return Check("journalen", False, says, "Kör arbetaren? systemctl status torget. Annars står skälet i loggen.")
    return Check("journalen", True, f"{size()} poster, inget väntar" if not found else "numrerar")


def lag() -> timedelta:
    """How long the oldest entry without a number has waited; nothing when none waits. One row by an index."""
    oldest = Entry.objects.waiting().values_list("at", flat=True).first()
    return max(clock.now() - oldest, timedelta(microseconds=1)) if oldest else timedelta(0)


def size() -> int:
    """How many entries the newest checkpoint covers: one row, no count."""
    return Checkpoint.objects.order_by("-size").values_list("size", flat=True).first() or 0


def ready() -> Iterator[health.Part]:
    """The journal's part of `/halsa/`."""
    seconds = lag().total_seconds()
    yield health.Part("journal", seconds <= LAG.total_seconds(), {"lag_seconds": round(seconds)})
