"""The sentences for codes of the archive."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from torget.archive.rules import State

STATES: dict[str, tuple[str, str, Promise]] = {
    State.ASKED: ("assigned", "clock", _("Väntar på sin tur")),
    State.DOING: ("waiting", "hourglass", _("Görs nu")),
    State.READY: ("answered", "check", _("Klart")),
    State.FAILED: ("unknown", "warning", _("Gick inte")),
}
"""Class, icon and word of each state."""

JOURNAL: dict[str, Promise] = {
    "case.packed": _("Gjorde ett arkivpaket av ärendet"),
    "package.asked": _("Bad om ett arkivpaket"),
    "package.fetched": _("Hämtade ett arkivpaket"),
    "package.taken_away": _("Tog bort ett arkivpaket"),
}
"""What the journal's entries say, for the log."""

REFUSED: dict[str, Promise] = {
    "disk_full": _("Disken är full. Ge plats och gör paketet igen. Inget är halvfärdigt."),
    "folder_unwritable": _("Mappen går inte att skriva i. Kontrollera rättigheterna och gör paketet igen."),
    "file_missing": _(
        "En bilaga i ärendet saknas på disken. Hämta tillbaka den ur en säkerhetskopia och gör paketet igen."
    ),
    "file_damaged": _(
        "En bilaga på disken är inte längre den som kom in. Hämta tillbaka den ur en säkerhetskopia och gör paketet igen."
    ),
    "not_sequenced": _("Journalen har inte hunnit numrera allt i ärendet. Vänta en stund och gör paketet igen."),
    "version_without_entry": _("En handling saknar sin post i journalen. Kör torget doctor och rätta det den säger."),
    "record_without_version": _("En handling saknar sin text. Kör torget doctor och rätta det den säger."),
    "tree_broken": _("Journalen stämmer inte med sig själv. Kör torget doctor. Inga paket görs innan det är utrett."),
    "key_missing": _("Journalens nyckel saknas. Lägg tillbaka den, så går det att göra paket igen."),
    "key_open": _("Andra kan läsa journalens nyckel. Kör torget doctor och rätta det den säger."),
    "key_broken": _("Journalens nyckel går inte att läsa. Lägg tillbaka den ur sin kopia."),
    "key_changed": _("Journalens nyckel är en annan än den som har undertecknat. Lägg tillbaka den rätta."),
    "case_changed": _("Ärendet ändrades medan paketet gjordes. Gör det igen."),
    "worker_stopped": _("Torget avbröts flera gånger medan paketet gjordes. Se efter i loggen och gör det igen."),
    "not_allowed": _(
        "Ärendet har, eller har haft, handlingar som du inte får läsa. Be någon som får läsa dem att göra paketet."
    ),
    "not_ready": _("Paketet är inte klart än."),
    "file_gone": _("Paketets fil finns inte kvar på disken. Gör paketet igen."),
    "in_hand": _("Paketet görs just nu. Vänta tills det är klart."),
    "unknown": _("Något gick fel hos oss. Se efter i loggen och gör paketet igen."),
}


def says(code: str, detail: str = "") -> str:
    """Why not, in words; which file or record where that is known."""
    sentence = str(REFUSED.get(code) or REFUSED["unknown"])
    return (
        f"{sentence} ({detail})"
        if detail and code in {"file_damaged", "file_missing", "version_without_entry"}
        else sentence
    )
