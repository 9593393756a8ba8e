"""The week's numbers as rows for a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from torget.results import words
from torget.results.report import Report
from torget.results.rules import numbers
from torget.results.rules.worth import Figure, reckoning


def rows(report: Report, language: str) -> Iterator[tuple[str, ...]]:
    """Head first, then each figure with its range, reckoning and sources, then answer times, channels and subjects."""
    week = report.week.code
    yield (_("Vecka"), _("Mått"), _("Gäller"), _("Värde"), _("Lägst"), _("Högst"), _("Uträkning"), _("Källa"))
    yield from _figures(report, language)
    yield from _answer_times(report, language)
    for channel in report.channels:
        name = words.channel_name(channel.channel)
        yield (week, _("Samtal som kom in"), name, str(channel.received), "", "", "", "")
        yield (week, _("Samtal som är besvarade"), name, str(channel.answered), "", "", "", "")
    judged = ((_("Ja"), report.helped_yes), (_("Delvis"), report.helped_partly), (_("Nej"), report.helped_no))
    for verdict, count in judged:
        yield (week, _("Hjälpte svaret?"), verdict, str(count), "", "", "", "")
    for subject in report.recurring:
        yield (week, _("Ämne i flera samtal"), subject.subject, str(subject.count), "", "", "", "")


def _figures(report: Report, language: str) -> Iterator[tuple[str, ...]]:
    names = {
        "people_helped": _("Personer som fick hjälp"),
        "meetings": _("Kundmöten"),
        "reception_days": _("Dagar på medborgarkontoret"),
        "officer_weeks": _("Handläggare i telefon en vecka"),
        "hours": _("Timmar i telefon"),
        "kronor": _("Kronor i telefon"),
    }
    for key, name in names.items():
        figure: Figure | None = getattr(report.worth, key)
        if figure is None:
            yield (report.week.code, name, "", "", "", "", "", _("Ett antagande saknas"))
            continue
        decimals = numbers.DECIMALS[key]
        ends = (_number(end, decimals, language) for end in (figure.value, figure.low, figure.high))
        sources = " ".join(words.source(one, language) for one in figure.sources)
        yield (report.week.code, name, "", *ends, reckoning(figure, language), sources)


def _answer_times(report: Report, language: str) -> Iterator[tuple[str, ...]]:
    """Both quantiles in working hours, with the bounds of their bucket as range; beyond the last there is no upper one."""
    time = report.answer_times[-1]
    names = (
        (_("Arbetstimmar till första svar, hälften inom"), time.median),
        (_("Arbetstimmar till första svar, nio av tio inom"), time.p90),
    )
    for name, quantile in names:
        if quantile is not None:
            ends = (quantile.value, quantile.low, quantile.high)
            cells = ("" if end == float("inf") else _number(end / 3600, 2, language) for end in ends)
            yield (report.week.code, name, "", *cells, "", "")


def _number(value: float, decimals: int, language: str) -> str:
    """A number that a spreadsheet of that language reads as one: no marks between thousands."""
    text = f"{numbers.rounded(value, decimals):f}"
    return text.replace(".", ",") if language.startswith("sv") else text
