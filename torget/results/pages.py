"""From a week's report to what stands on the page: sentences, pictures and their tables, all made of the same rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from torget.core import dates
from torget.results import charts, words
from torget.results.charts import Bar, Point, Span, Words
from torget.results.report import AnswerTime, Report
from torget.results.rules import histogram, numbers
from torget.results.rules.worth import Figure, Worth, reckoning


@dataclass(frozen=True, slots=True)
class Part:
    """One number of a reckoning as it is shown: the sign before it, the number, what it is."""

    sign: str
    number: str
    label: str | Promise


@dataclass(frozen=True, slots=True)
class Reckoning:
    """A reckoning in parts, and on one line for those who do not see the parts beside each other."""

    parts: tuple[Part, ...]
    line: str


@dataclass(frozen=True, slots=True)
class Headline:
    """The figure of the chosen unit; `key` is "people_helped" where that unit cannot tell it."""

    key: str
    value: float
    amount: str
    picture: SafeString
    notes: tuple[str, ...]
    reckonings: tuple[Reckoning, ...]
    sources: tuple[str, ...]
    missing: str | Promise


@dataclass(frozen=True, slots=True)
class Picture:
    """A finding, its picture and the table with the same numbers; without rows the sentence alone.

    `theirs`: what the rows are called is what people have written, in whatever language.
    """

    title: str
    lead: str
    svg: SafeString
    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    theirs: bool = False


def headline(report: Report, unit: str, language: str) -> Headline:
    """The week's figure in the listener's unit (a key of `words.UNITS`) with its reckoning."""
    key = words.UNITS[unit][0]
    asked: Figure | None = getattr(report.worth, key)
    # A handful of people is nought in tenths of an officer: then they are told as people, over the same reckoning.
    figure = asked if asked and (numbers.tells(key, asked.value) or not asked.value) else report.worth.people_helped
    beside = report.worth.reception_days if key == "meetings" else None
    shown = [one for one in (asked or figure, beside) if one]
    lacking = next((name for name in report.worth.missing if asked is None and name in _NEEDS[key]), None)
    return Headline(
        key=figure.key,
        value=figure.value,
        # The number and its unit stay on one line, however large the letters.
        amount=words.amount(figure, language).replace(" ", "\N{NO-BREAK SPACE}"),
        picture=_stones(figure, language),
        notes=tuple(note for note in _notes(figure, beside, report.before, language) if note),
        reckonings=tuple(_reckoning(one, language) for one in shown),
        sources=tuple(words.source(one, language) for figure in shown for one in figure.sources),
        missing=words.ASSUMPTIONS[lacking] if lacking else "",
    )


# Which assumptions each figure hangs on, in the order in which they are asked for.
_NEEDS = {
    "officer_weeks": ("calls_per_officer_week",),
    "hours": ("calls_per_officer_week", "hours_per_officer_week"),
    "kronor": ("cost_per_call",),
    "meetings": (),
}


def _stones(figure: Figure, language: str) -> SafeString:
    value, low, high = (numbers.told(figure.key, end, language) for end in (figure.value, figure.low, figure.high))
    title = words.amount(figure, language)
    description = _("Stenarna visar %(amount)s.") % {"amount": title}
    if figure.uncertain:
        title = _("%(amount)s, osäkerhet %(low)s till %(high)s") % {"amount": title, "low": low, "high": high}
        description += " " + _("Ett streck visar att det troligen är mellan %(low)s och %(high)s.") % {
            "low": low, "high": high,
        }  # fmt: skip
    return charts.stones(
        Words("worth", title, description), Span(figure.value, figure.low, figure.high, value, low, high)
    )


def _notes(figure: Figure, beside: Figure | None, before: Worth, language: str) -> list[str]:
    stone = words.stone(figure.key, charts.stone_worth(figure.high, 10), language) if figure.high else ""
    last: Figure | None = getattr(before, figure.key)
    notes = [stone, words.likely(figure, language)]
    if beside is not None:
        days = numbers.told(beside.key, beside.value, language)
        notes.append(_("Lika många som medborgarkontoret tar emot på %(days)s dagar.") % {"days": days})
        notes.append(words.likely(beside, language))
    if last is not None:
        notes.append(_("Förra veckan: %(value)s.") % {"value": numbers.told(last.key, last.value, language)})
    return notes


def _reckoning(figure: Figure, language: str) -> Reckoning:
    parts = [Part(term.sign, numbers.exact(term.value, language), words.TERMS[term.key]) for term in figure.terms]
    if figure.key in words.RESULTS:
        parts.append(Part("=", numbers.told(figure.key, figure.value, language), words.RESULTS[figure.key]))
    return Reckoning(tuple(parts), reckoning(figure, language))


def pictures(report: Report, language: str) -> tuple[Picture, ...]:
    """The three findings of the week, in the order of the page."""
    return (_answer_time(report, language), _channels(report, language), _recurring(report, language))


def _answer_time(report: Report, language: str) -> Picture:
    now = report.answer_times[-1].median
    told = words.hours(now.value / 3600, language) if now else ""
    title = (
        _("Hälften får svar inom %(time)s") % {"time": told} if now else _("Ingen fick ett första svar under veckan")
    )
    lead = _("Arbetstimmar till första svar. Bandet räcker till nio av tio. Felet är högst %(percent)s %%.") % {
        "percent": histogram.ERROR_PERCENT
    }
    first = next((time for time in report.answer_times if time.median), None)
    points = [_point(time, language, spelled_out=time is first) for time in report.answer_times]
    most = max((point.upper for point in points if point.upper is not None), default=0.0)
    rows = tuple(_time_row(time, language) for time in report.answer_times) if most else ()
    label = _("Tid till första svar, vecka %(first)s till %(last)s") % {
        "first": report.answer_times[0].week.number, "last": report.week.number,
    }  # fmt: skip
    measured = [
        _("Vecka %(week)s fick hälften svar inom %(median)s och nio av tio inom %(p90)s.")
        % {"week": row[0], "median": row[1], "p90": row[2]}
        for row in (rows[0], rows[-1])
        if row[1]
    ] if rows else []  # fmt: skip
    svg = charts.line(Words("times", label, " ".join(measured)), points, _axis(most, language))
    head = (_("Vecka"), _("Hälften inom"), _("Nio av tio inom"), _("Antal svar"))
    return Picture(title, lead, svg, _("Arbetstimmar till första svar per vecka"), head, rows)


def _point(time: AnswerTime, language: str, *, spelled_out: bool) -> Point:
    label = _("v %(week)s") % {"week": time.week.number}
    if time.median is None or time.p90 is None:
        return Point(label)
    median, upper = time.median.value / 3600, time.p90.value / 3600
    upper_text = words.hours_short(upper, language)
    if spelled_out:
        upper_text = _("nio av tio inom %(time)s") % {"time": upper_text}
    return Point(label, median, upper, words.hours_short(median, language), upper_text)


def _time_row(time: AnswerTime, language: str) -> tuple[str, ...]:
    if time.median is None or time.p90 is None:
        return (str(time.week.number), "", "", "0")
    median, p90 = (words.hours(one.value / 3600, language) for one in (time.median, time.p90))
    return (str(time.week.number), median, p90, dates.whole(time.median.count, language))


def _axis(most: float, language: str) -> Sequence[str]:
    if not most:
        return ()
    step, steps = charts.nice_steps(max(most, 0.1))
    return [numbers.exact(round(step * number, 6), language) for number in range(steps + 1)]


def _channels(report: Report, language: str) -> Picture:
    received, answered = (dates.whole(number, language) for number in (report.received, report.answered))
    if not report.received:
        title, lead = _("Inga samtal kom in under veckan"), ""
    else:
        title = ngettext(
            "%(answered)s av %(received)s samtal är besvarat",
            "%(answered)s av %(received)s samtal är besvarade",
            report.answered,
        ) % {"answered": answered, "received": received}
        stone = charts.stone_worth(max(channel.received for channel in report.channels), 14)
        lead = ngettext(
            "En sten är ett samtal som kom in under veckan. Fylld sten: besvarat.",
            "En sten är %(count)s samtal som kom in under veckan. Fylld sten: besvarat.",
            stone,
        ) % {"count": dates.whole(stone, language)}
    rows = tuple(
        (words.channel_name(one.channel), dates.whole(one.received, language), dates.whole(one.answered, language))
        for one in report.channels
    )
    of = _("%(answered)s av %(received)s")
    bars = [
        Bar(name, one.received, one.answered, of % {"answered": row[1], "received": row[0]})
        for one, (name, *row) in zip(report.channels, rows, strict=True)
    ]
    label = _("Samtal per kanal, vecka %(week)s") % {"week": report.week.number}
    description = "; ".join(f"{bar.label} {bar.text}" for bar in bars) + "."
    svg = charts.stone_rows(Words("channels", label, description), bars)
    return Picture(title, lead, svg, _("Samtal per kanal"), (_("Kanal"), _("Kom in"), _("Besvarade")), rows)


def _recurring(report: Report, language: str) -> Picture:
    if not report.recurring:
        lead = _("Ingen ämnesrad var densamma i två samtal under veckan.")
        return Picture(_("Inget ämne kom tillbaka"), lead, SafeString(""), "", (), ())
    share = numbers.percent(report.recurring_total, report.received)
    title = _("%(share)s %% av samtalen hade samma ämne som ett annat") % {"share": share}
    lead = _("%(count)s av %(received)s samtal. Ämnesraderna är jämförda ord för ord.") % {
        "count": dates.whole(report.recurring_total, language), "received": dates.whole(report.received, language),
    }  # fmt: skip
    rows = tuple((one.subject, dates.whole(one.count, language)) for one in report.recurring)
    bars = [
        Bar(subject, one.count, one.count, count) for one, (subject, count) in zip(report.recurring, rows, strict=True)
    ]
    label = _("Ämnen som kom tillbaka, vecka %(week)s") % {"week": report.week.number}
    description = "; ".join(" ".join(row) for row in rows) + "."
    svg = charts.bars(Words("recurring", label, description), bars)
    return Picture(title, lead, svg, _("Ämnen som kom tillbaka"), (_("Ämne"), _("Antal samtal")), rows, theirs=True)
