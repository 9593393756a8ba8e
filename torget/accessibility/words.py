"""Words of the statement: its three verdicts, the checks that the tests make, and what we know of ourselves."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from torget.accessibility.rules import Kind, Verdict

VERDICTS: dict[Verdict, str | Promise] = {
    Verdict.WHOLLY: _("helt förenlig"),
    Verdict.PARTLY: _("delvis förenlig"),
    Verdict.NOT: _("inte förenlig"),
}
OWN_VERDICTS: dict[str, str | Promise] = {
    "": _("Det som testerna och listan ger"),
    Verdict.PARTLY.value: _("Delvis förenlig"),
    Verdict.NOT.value: _("Inte förenlig"),
}
KINDS: dict[str, str | Promise] = {
    Kind.FAULT.value: _("En brist som ska rättas"),
    Kind.BURDEN.value: _("Undantag: oskäligt betungande att rätta (12 §)"),
    Kind.OUTSIDE.value: _("Omfattas inte av lagen (9 §)"),
}
CHECKS: dict[str, str | Promise] = {
    "axe": _("Regler som ett program kan pröva (axe)"),
    "html": _("Sidan är rätt skriven (HTML)"),
    "narrow": _("Sidan ryms i 320 bildpunkter, som vid 400 procents zoom"),
    "dark": _("Mörkt läge och 200 procents zoom"),
    "keyboard": _("Hela uppgiften utan mus, för varje roll"),
    "focus": _("Man ser alltid var man är, och inget skymmer"),
    "names": _("Allt som går att trycka på har ett namn för skärmläsare"),
    "forced": _("Tvingade färger"),
    "still": _("Inget rör sig för den som har bett om det"),
    "spacing": _("Mer luft mellan rader, ord och bokstäver"),
    "targets": _("Knappar och länkar är stora nog att träffa"),
    "english": _("Ingen svenska på de engelska sidorna"),
    "easy": _("Öppna sidor är lätta att läsa (LIX högst 40)"),
    "large": _("Större text får plats på alla öppna sidor"),
}
# What we know of the place itself and no test of ours can mend: (kind, what, why, what one can do instead).
KNOWN: tuple[tuple[Kind, str | Promise, str | Promise, str | Promise], ...] = (
    (
        Kind.FAULT,
        _("Det som människor skriver på andra språk läses ibland upp på svenska."),
        _("Vi märker språket när kanalen säger vilket det är. Alla kanaler gör inte det."),
        _("Ställ om skärmläsaren till rätt språk när du läser meddelandet."),
    ),
    (
        Kind.OUTSIDE,
        _("Bilder och filer som andra har skickat till oss."),
        _("Vi visar dem som de kom. Vi har inte gjort dem."),
        _("Skriv till oss, så beskriver vi dem för dig."),
    ),
)
REFUSED: dict[str, str | Promise] = {
    "too_many": _("Listan är full. Ta bort det som är rättat först."),
}
