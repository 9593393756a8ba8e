"""Ekevik as the first administrator would enter it: organisation, authorities, staff, closed days, unit costs, accounts.

Everything here is invented. The figures are demo figures and say so in their source.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

NAME = "Ekeviks kommun"
SHORT_NAME = "Ekevik"
PHONE = "0000-00 00 00"
MAIL = "kontakt@ekevik.example"
MASTODON = "ekevik@exempel.social"
FACEBOOK_PAGE = "900000000000001"
SOURCE = "Ekeviks kontaktcenter, påhittad statistik oktober 2026"
SOURCE_DATE = date(2026, 10, 31)


@dataclass(frozen=True, slots=True)
class Authority:
    """An authority with its diary prefix and the name under which its archive is kept."""

    prefix: str
    name: str
    archive_creator: str


@dataclass(frozen=True, slots=True)
class Staff:
    """A member of staff; `role` is one of the six roles, `authority` a prefix."""

    key: str
    name: str
    role: str
    title: str
    authority: str

    @property
    def mail(self) -> str:
        """The address that the person logs in with."""
        return f"{self.key}@ekevik.example"


@dataclass(frozen=True, slots=True)
class ClosedDay:
    """A day when the desk is shut although it may be a weekday."""

    day: date
    reason: str


@dataclass(frozen=True, slots=True)
class UnitCost:
    """A figure that the results are reckoned from, with its range, unit, source and date."""

    key: str
    label: str
    value: Decimal
    low: Decimal
    high: Decimal
    unit: str
    source: str = SOURCE
    source_date: date = SOURCE_DATE


@dataclass(frozen=True, slots=True)
class OfficialAccount:
    """A line in the public list of the organisation's own accounts."""

    channel: str
    name: str
    handle: str
    url: str
    rules: str


AUTHORITIES = (
    Authority("KS", "Kommunstyrelsen", "Kommunstyrelsen i Ekeviks kommun"),
    Authority("BUN", "Barn- och utbildningsnämnden", "Barn- och utbildningsnämnden i Ekeviks kommun"),
    Authority("SBN", "Samhällsbyggnadsnämnden", "Samhällsbyggnadsnämnden i Ekeviks kommun"),
    Authority("SN", "Socialnämnden", "Socialnämnden i Ekeviks kommun"),
)

STAFF = (
    Staff("amina", "Amina Provdal", "communicator", "Kommunikatör", "KS"),
    Staff("sten", "Sten Exempelsson", "communicator", "Kommunikatör", "KS"),
    Staff("elsa", "Elsa Fingerad", "communicator", "Kommunvägledare", "KS"),
    Staff("vera", "Vera Påhitt", "expert", "Trafikplanerare", "SBN"),
    Staff("tore", "Tore Exempelberg", "expert", "Bygglovshandläggare", "SBN"),
    Staff("siv", "Siv Modellgren", "expert", "Utredare, förskola och skola", "BUN"),
    Staff("jonas", "Jonas Attrapp", "approver", "Kommunikationschef", "KS"),
    Staff("rut", "Rut Diarieblad", "registrar", "Registrator", "KS"),
    Staff("gunilla", "Gunilla Skenberg", "manager", "Kommundirektör", "KS"),
    Staff("ali", "Ali Teststrand", "administrator", "Systemförvaltare", "KS"),
)

CLOSED_DAYS = (
    ClosedDay(date(2026, 10, 30), "Utbildningsdag före alla helgons dag"),
    ClosedDay(date(2026, 12, 24), "Julafton"),
    ClosedDay(date(2026, 12, 25), "Juldagen"),
    ClosedDay(date(2026, 12, 31), "Nyårsafton"),
    ClosedDay(date(2027, 1, 1), "Nyårsdagen"),
    ClosedDay(date(2027, 1, 6), "Trettondedag jul"),
)


def _cost(key: str, label: str, value: str, low: str, high: str, unit: str) -> UnitCost:
    return UnitCost(key, label, Decimal(value), Decimal(low), Decimal(high), unit)


# The first four are what the results are reckoned from; the others are shown beside them in the settings.
UNIT_COSTS = (
    _cost("calls_per_officer_week", "Telefonsamtal per handläggare och vecka", "105", "90", "120", "samtal"),
    _cost("hours_per_officer_week", "Arbetstid per handläggare och vecka", "40", "40", "40", "timmar"),
    _cost("cost_per_call", "Kostnad för ett telefonsamtal", "119", "95", "150", "kronor"),
    _cost("reception_visits_per_day", "Besök i receptionen per dag", "46", "38", "55", "besök"),
    _cost("calls_per_officer_day", "Telefonsamtal per handläggare och dag", "21", "18", "24", "samtal"),
    _cost("days_per_week", "Arbetsdagar per vecka", "5", "5", "5", "dagar"),
    _cost("minutes_per_call", "Tid per telefonsamtal, med efterarbete", "17", "14", "21", "minuter"),
    _cost("minutes_per_visit", "Tid per besök", "24", "18", "30", "minuter"),
    _cost("cost_per_visit", "Kostnad för ett besök", "168", "130", "210", "kronor"),
    _cost("cost_per_web", "Kostnad för ett ärende på webben", "34", "22", "48", "kronor"),
    _cost("cost_per_hour", "Kostnad för en arbetstimme", "420", "390", "460", "kronor"),
)

_RULES_OPEN = (
    "Vi läser vardagar 8–16.30. Det du skriver blir en allmän handling. "
    "Vi tar bort det som är uppenbart olagligt och säger varför. Skriv inget om hälsa eller andra människor."
)
_RULES_CLOSED = "Bara du och vi ser det du skriver, men det blir en allmän handling som någon kan begära ut."

OFFICIAL_ACCOUNTS = (
    OfficialAccount("mastodon", "Ekevik på Mastodon", f"@{MASTODON}", "https://exempel.social/@ekevik", _RULES_OPEN),
    OfficialAccount(
        "facebook", "Ekevik på Facebook", "facebook.example/ekevik", "https://facebook.example/ekevik", _RULES_OPEN
    ),
    OfficialAccount("mail", "Kommunens brevlåda", MAIL, "", _RULES_CLOSED),
    OfficialAccount("web", "Skriv till oss", "skriv", "", _RULES_CLOSED),
)
