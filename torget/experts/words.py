"""The sentences for what happens with questions to colleagues."""

from typing import TYPE_CHECKING

from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from torget.core import dates

if TYPE_CHECKING:
    from torget.experts.models import Answer, Expert

REFUSED = {
    "empty": gettext_lazy("Skriv något, så kan det skickas."),
    "too_long": gettext_lazy("Texten är för lång. Korta den, eller bifoga den som fil."),
    "nobody": gettext_lazy("Vi hittar ingen med det namnet. Skriv e-postadressen i stället."),
    "several": gettext_lazy("Det finns flera som heter så. Skriv hela namnet eller e-postadressen."),
    "not_an_address": gettext_lazy("Adressen går inte att skicka till. Så här kan den se ut: namn@exempel.se"),
    "not_a_colleague": gettext_lazy(
        "Adressen hör inte till er organisation. Vi skickar inte det invånare skriver utanför den. Välj en kollega."
    ),
    "inactive": gettext_lazy("Personen har slutat. Fråga någon annan."),
    "nobody_in_unit": gettext_lazy("Enheten har ingen gemensam adress, och ingen där är ledig. Skriv en e-postadress."),
    "stopped": gettext_lazy("Den personen har bett att inte bli tillfrågad här. Fråga någon annan."),
    "already_asked": gettext_lazy("Den personen har redan frågan. Skicka en påminnelse i stället."),
    "not_in_circle": gettext_lazy(
        "Den kollegan får inte läsa samtalet än. Be registratorn lägga till kollegan i kretsen, och fråga sedan."
    ),
    "needs_account": gettext_lazy("Samtalet har sekretess. Fråga någon som kan logga in här."),
    "wanted_too_soon": gettext_lazy("Välj när du vill ha svaret."),
    "too_much_along": gettext_lazy("Välj högst 20 meddelanden och högst 20 filer."),
    "not_open": gettext_lazy("Frågan är redan avslutad."),
    "just_sent": gettext_lazy("Mejlet är redan på väg."),
    "not_answered": gettext_lazy("Frågan har inget svar än."),
    "revoked": gettext_lazy("Frågan är återkallad. Du behöver inte svara."),
    "expired": gettext_lazy("Tiden för frågan har gått ut. Din text är kvar."),
    "used": gettext_lazy("Svaret är redan använt och går inte att ändra."),
    "declined": gettext_lazy("Du har lämnat frågan ifrån dig."),
    "changed_since": gettext_lazy("Någon hann svara före. Läs det svaret först. Din text är kvar."),
    "too_many_files": gettext_lazy("Det är för många filer. Du kan bifoga högst 10."),
    "unknown_choice": gettext_lazy("Välj något av alternativen."),
}
JOURNAL = {
    "expert.stop": _("Sa nej till fler frågor"),
    "expert.ask_again": _("Tar emot frågor igen"),
    "expert.quiet": _("Vill inte ha mejl om hur det gick"),
    "expert.tell_again": _("Vill ha mejl om hur det gick igen"),
    "expert.asked": gettext_lazy("Frågade en expert"),
    "expert.resent": gettext_lazy("Skickade frågan till experten igen"),
    "expert.reminded": gettext_lazy("Experten påmindes"),
    "expert.revoked": gettext_lazy("Återkallade frågan till experten"),
    "expert.expired": gettext_lazy("Tiden för frågan till experten tog slut"),
    "expert.answered": gettext_lazy("Experten svarade"),
    "expert.answer_changed": gettext_lazy("Experten ändrade sitt svar"),
    "expert.answer_used": gettext_lazy("Använde expertens svar"),
    "expert.answer_out": gettext_lazy("Svaret efter experten gick ut"),
    "expert.declined": gettext_lazy("Experten var fel person"),
    "expert.told": gettext_lazy("Experten fick veta hur det gick"),
}
STATES = {
    "asked": gettext_lazy("Väntar på svar"),
    "answered": gettext_lazy("Har svarat"),
    "used": gettext_lazy("Svaret är använt"),
    "declined": gettext_lazy("Fel person"),
    "revoked": gettext_lazy("Återkallad"),
    "expired": gettext_lazy("Tiden tog slut utan svar"),
}
WISHES = {
    "today": gettext_lazy("I dag"),
    "next": gettext_lazy("Nästa arbetsdag"),
    "two": gettext_lazy("Inom två arbetsdagar"),
    "five": gettext_lazy("Inom fem arbetsdagar"),
}


def duration(minutes: int) -> str:
    """`19 min`, `2 tim`, `3 dagar`: a day is a working day of eight hours."""
    if minutes < 60:
        return _("%(n)s min") % {"n": minutes}
    if minutes < 8 * 60:
        return _("%(n)s tim") % {"n": round(minutes / 60)}
    days = round(minutes / (8 * 60))
    return ngettext("%(n)s arbetsdag", "%(n)s arbetsdagar", days) % {"n": days}


def waiting(expert: "Expert", others: int, minutes: int) -> str:
    """`Vera, 2 tim`, with how many others who are asked the same."""
    name = expert.first_name or expert.email
    more = _(" och %(n)s till") % {"n": others} if others else ""
    return f"{name}{more}, {duration(minutes)}"


def answered(answer: "Answer") -> str:
    """`Svarade via e-post efter 19 min (via länk)`."""
    if answer.by_id:
        said = _("Svarade inloggad efter %(time)s") % {"time": duration(answer.minutes)}
    else:
        said = _("Svarade via e-post efter %(time)s, via länk") % {"time": duration(answer.minutes)}
    if answer.changed_at:
        when = dates.time_of_day(answer.changed_at, get_language() or "sv")
        said += _(", ändrat %(time)s") % {"time": when}
    return said


def record_of(answers: int, minutes: int | None, thanks: int) -> str:
    """`12 svar, hälften inom 31 min. 9 tack.`"""
    if not answers or minutes is None:
        return _("Har inte svarat här än.")
    given = {"n": answers, "time": duration(minutes)}
    said = ngettext("%(n)s svar, inom %(time)s.", "%(n)s svar, hälften inom %(time)s.", answers) % given
    thanked = ngettext("%(n)s tack.", "%(n)s tack.", thanks) % {"n": thanks}
    return f"{said} {thanked}" if thanks else said


def beginning(text: str, length: int = 90) -> str:
    """The first words of a text."""
    text = " ".join(text.split())
    return text if len(text) <= length else text[:length].rsplit(" ", 1)[0] + "…"
