"""What the API says when something is wrong."""

from typing import Final

from django.utils.translation import gettext_noop as _

PROBLEMS: Final[dict[str, tuple[int, str, str]]] = {
    "register_off": (
        404, _("Diariet är inte öppet"),
        _("Organisationen visar inte sitt diarium öppet. Du kan ändå begära ut handlingar: skriv till organisationen."),
    ),
    "no_such_row": (
        404, _("Numret finns inte i diariet"),
        _("Kontrollera numret. Så här ser det ut: KS/2026/0412 för ett ärende, KS/2026/0412-98 för en handling."),
    ),
    "no_such_address": (404, _("Adressen finns inte"), _("Vad som finns står i /api/v1/ och /api/v1/openapi.json.")),
    "unknown_parameter": (
        400, _("En parameter finns inte"), _("Parametern används inte här. Vilka som finns står i /api/v1/openapi.json."),
    ),
    "bad_parameter": (
        400, _("En parameter har fel värde"),
        _("Värdet går inte att använda. Vilka värden som finns står i /api/v1/openapi.json."),
    ),
    "method": (405, _("Det går bara att läsa"), _("API:et svarar på GET, HEAD och OPTIONS.")),
    "too_many": (
        429, _("För många frågor"), _("Du frågar ofta. Vänta en minut och fortsätt där du var: sidorna är kvar."),
    ),
}  # fmt: skip
"""Code → status, title, detail."""
