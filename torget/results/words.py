"""The words of the results, for codes of the rules and for sentences whose form hangs on a number."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from torget.core import dates
from torget.core.templatetags.torget import CHANNEL_MARKS
from torget.results.rules import numbers
from torget.results.rules.weeks import Week
from torget.results.rules.worth import Assumption, Figure

# ?enhet= → (key of the figure, label of the tab)
UNITS: dict[str, tuple[str, str | Promise]] = {
    "handlaggare": ("officer_weeks", gettext_lazy("Handläggare")),
    "moten": ("meetings", gettext_lazy("Kundmöten")),
    "timmar": ("hours", gettext_lazy("Timmar")),
    "kronor": ("kronor", gettext_lazy("Kronor")),
}

# What each number of a reckoning is; it stands under the number.
TERMS: dict[str, str | Promise] = {
    "people_answered": gettext_lazy("personer fick svar av oss"),
    "people_open": gettext_lazy("läste ett öppet svar och tryckte ”Ja, det hjälpte”"),
    "calls_per_officer_week": gettext_lazy("hjälper en handläggare i telefon på en vecka"),
    "hours_per_officer_week": gettext_lazy("timmar arbetar en handläggare på en vecka"),
    "cost_per_call": gettext_lazy("kronor kostar ett samtal i telefon"),
    "reception_visits_per_day": gettext_lazy("besök tar medborgarkontoret emot på en dag"),
}
RESULTS: dict[str, str | Promise] = {
    "meetings": gettext_lazy("kundmöten, ett för varje person"),
    "reception_days": gettext_lazy("dagar på medborgarkontoret"),
    "officer_weeks": gettext_lazy("handläggare i telefon en vecka"),
    "hours": gettext_lazy("timmar i telefon"),
    "kronor": gettext_lazy("kronor hade samma hjälp kostat i telefon"),
}
ASSUMPTIONS: dict[str, str | Promise] = {
    "calls_per_officer_week": gettext_lazy("hur många en handläggare hjälper i telefon på en vecka"),
    "hours_per_officer_week": gettext_lazy("hur många timmar en handläggare arbetar på en vecka"),
    "cost_per_call": gettext_lazy("vad ett samtal i telefon kostar"),
    "reception_visits_per_day": gettext_lazy("hur många besök medborgarkontoret tar emot på en dag"),
}


def channel_name(channel: str) -> str:
    """The channel's full name in the reader's language; its code when nobody has named it."""
    return str(CHANNEL_MARKS[channel][1]) if channel in CHANNEL_MARKS else channel


def stone(key: str, worth: int, language: str) -> str:
    """What one stone of the headline figure stands for."""
    count = dates.whole(worth, language)
    if key == "officer_weeks":
        one = _("En sten är en handläggare i telefon en hel vecka.")
        return one if worth == 1 else _("En sten är %(count)s handläggare i telefon en hel vecka.") % {"count": count}
    sentences = {
        "meetings": ngettext("En sten är ett kundmöte.", "En sten är %(count)s kundmöten.", worth),
        "people_helped": ngettext("En sten är en person.", "En sten är %(count)s personer.", worth),
        "hours": ngettext("En sten är en timme.", "En sten är %(count)s timmar.", worth),
        "kronor": ngettext("En sten är en krona.", "En sten är %(count)s kronor.", worth),
    }
    return sentences[key] % {"count": count}


def amount(figure: Figure, language: str) -> str:
    """The figure with its unit: "3,2 handläggare", "26 880 kronor"."""
    count = numbers.told(figure.key, figure.value, language)
    number = int(numbers.rounded(figure.value, 0))
    texts = {
        "officer_weeks": _("%(count)s handläggare"),
        "meetings": ngettext("%(count)s kundmöte", "%(count)s kundmöten", number),
        "people_helped": ngettext("%(count)s person", "%(count)s personer", number),
        "hours": ngettext("%(count)s timme", "%(count)s timmar", number),
        "kronor": ngettext("%(count)s krona", "%(count)s kronor", number),
    }
    return texts[figure.key] % {"count": count}


def likely(figure: Figure, language: str) -> str:
    """Its range in a sentence; empty for a figure that is certain."""
    if not figure.uncertain:
        return ""
    low, high = (numbers.told(figure.key, end, language) for end in (figure.low, figure.high))
    return _("Troligen mellan %(low)s och %(high)s.") % {"low": low, "high": high}


def source(one: Assumption, language: str) -> str:
    """Where an assumption comes from, how sure it is, and whether it is the organisation's own."""
    value, low, high = (numbers.exact(number, language) for number in (one.value, one.low, one.high))
    when = f", {dates.long_date(one.source_date, language)}" if one.source_date else ""
    text = _("%(value)s är %(what)s. Källa: %(source)s%(when)s.") % {
        "value": value, "what": ASSUMPTIONS[one.key], "source": one.source.strip().rstrip("."), "when": when,
    }  # fmt: skip
    if one.uncertain:
        text += " " + _("Osäkerheten kommer av att det kan vara mellan %(low)s och %(high)s.") % {
            "low": low,
            "high": high,
        }
    if one.is_default:
        text += " " + _("Det är en förvald siffra och inte er egen.")
    return text


def hours(value: float, language: str) -> str:
    """A time in working hours as it is said: "2,7 timmar", and "24 minuter" below one hour."""
    if value < 1:
        minutes = int(numbers.rounded(value * 60, 0))
        return ngettext("%(count)s minut", "%(count)s minuter", minutes) % {"count": minutes}
    return _("%(count)s timmar") % {"count": numbers.told("answer_hours", value, language)}


def hours_short(value: float, language: str) -> str:
    """The same as a label in a picture: "2,7 tim", "24 min"."""
    if value < 1:
        return _("%(count)s min") % {"count": int(numbers.rounded(value * 60, 0))}
    return _("%(count)s tim") % {"count": numbers.told("answer_hours", value, language)}


def span_of(week: Week, language: str) -> str:
    """The week's days: "9–15 november 2026", "30 nov–6 december 2026"."""
    first, last = week.monday, week.sunday
    start = str(first.day) if first.month == last.month else dates.short_date(first, language)
    return f"{start}–{dates.long_date(last, language)}"
