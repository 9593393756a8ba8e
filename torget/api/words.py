"""What the API says when something is wrong."""

from typing import Final

from django.utils.translation import gettext, gettext_lazy
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
    "no_such_page": (
        404, _("Sidan finns inte"), _("Adressen till nästa sida står i next. Börja om från början om den är gammal."),
    ),
    "no_such_dialogue": (
        404, _("Samtalet visas inte öppet"), _("Numret finns inte, eller så har organisationen inte publicerat samtalet."),
    ),
    "no_such_message": (
        404, _("Meddelandet finns inte"), _("Det id:t har inte kommit från ditt system. Kontrollera id:t du skickade med."),
    ),
    "nothing_counted": (
        404, _("Inget är räknat än"), _("Resultaten räknas en gång i minuten när det finns samtal att räkna."),
    ),
    "no_such_week": (404, _("Veckan finns inte"), _("Så här ser en vecka ut: 2026-W46.")),
    "no_such_program": (
        404, _("Systemet är inte anslutet"), _("Adressen hör inte till något anslutet system. Fråga organisationen."),
    ),
    "method": (405, _("Metoden går inte att använda här"), _("Vilka metoder som går står i Allow och i /api/v1/openapi.json.")),
    "no_token": (
        401, _("Det behövs en nyckel"), _("Skicka med Authorization: Bearer och din nyckel. Organisationen ger ut nycklar."),
    ),
    "bad_token": (
        401, _("Nyckeln gäller inte"), _("Den är felskriven, återkallad eller har gått ut. Fråga organisationen."),
    ),
    "no_scope": (
        403, _("Nyckeln räcker inte"), _("Den är inte utgiven för det här. Vad som behövs står i about."),
    ),
    "not_signed": (
        401, _("Signaturen stämmer inte"),
        _("Signera med Standard Webhooks: webhook-id, webhook-timestamp (högst fem minuter gammal) och webhook-signature."),
    ),
    "no_key": (
        400, _("Meddelandet saknar id"),
        _("Skicka ett eget id i Idempotency-Key eller webhook-id: högst 80 tecken av bokstäver, siffror och . _ : -"),
    ),
    "same_key": (
        409, _("Id:t är redan använt"), _("Ett annat meddelande har kommit med samma id. Ge varje meddelande ett eget."),
    ),
    "not_json": (400, _("Det är inte JSON"), _("Skicka ett JSON-objekt i UTF-8.")),
    "bad_message": (
        422, _("Meddelandet går inte att ta emot"),
        _("Något i det är inte som det ska. Vad står i about. Hur det ska se ut står i /api/v1/openapi.json."),
    ),
    "not_json_type": (415, _("Fel sorts innehåll"), _("Skicka Content-Type: application/json.")),
    "too_large": (
        413, _("Meddelandet är för stort"),
        _("Det får vara högst 2 MB med bilagor. Skicka adressen till det som är större, i stället för filen."),
    ),
    "not_now": (
        503, _("Det går inte att ta emot just nu"), _("Skicka samma sak igen om en stund, med samma id. Det blir inte två."),
    ),
    "too_many": (
        429, _("För många frågor"), _("Du frågar ofta. Vänta en minut och fortsätt där du var: sidorna är kvar."),
    ),
}  # fmt: skip
"""Code → status, title, detail."""

EVENTS: Final[dict[str, object]] = {
    "message.received": gettext_lazy("Ett meddelande har kommit in"),
    "answer.sent": gettext_lazy("Ett svar har gått ut"),
    "conversation.closed": gettext_lazy("Ett samtal har avslutats"),
    "conversation.reopened": gettext_lazy("Ett samtal har öppnats igen"),
    "conversation.published": gettext_lazy("Ett samtal visas öppet"),
    "conversation.unpublished": gettext_lazy("Ett samtal visas inte längre öppet"),
}
SCOPES: Final[dict[str, object]] = {
    "messages:write": gettext_lazy("Skicka meddelanden"),
    "messages:read": gettext_lazy("Läsa sina egna meddelanden och svaren på dem"),
    "results:read": gettext_lazy("Läsa resultaten"),
}
STATES: Final[dict[str, object]] = {
    "waiting": gettext_lazy("Väntar"),
    "sending": gettext_lazy("Skickas"),
    "sent": gettext_lazy("Framme"),
    "failed": gettext_lazy("Kom inte fram"),
}
REFUSED: Final[dict[str, object]] = {
    "endpoint_not_web": gettext_lazy("Adressen ska börja med https:// eller http://."),
    "endpoint_has_password": gettext_lazy("Skriv adressen utan användarnamn och lösenord."),
    "endpoint_inside": gettext_lazy("Adressen leder in i vårt eget nät. Dit skickar vi inget."),
    "endpoint_no_such_host": gettext_lazy("Servern finns inte. Kontrollera adressen."),
    "not_finished": gettext_lazy("Den är redan på väg."),
    "no_scope": gettext_lazy("Välj minst en sak som nyckeln får göra."),
    "key_broken": gettext_lazy("Systemets hemligheter går inte att läsa. Byt dem."),
}
UNDELIVERED: Final[dict[str, object]] = {
    "too_slow": gettext_lazy("Systemet svarade inte i tid."),
    "disconnected": gettext_lazy("Systemet är frånkopplat."),
    "no_endpoint": gettext_lazy("Systemet har ingen adress för webhooks."),
    "no_secret": gettext_lazy("Systemet har ingen hemlighet."),
    "key_broken": REFUSED["key_broken"],
    "Inside": REFUSED["endpoint_inside"],
    "http_410": gettext_lazy("Systemet svarar att adressen är borta (410)."),
}
"""Why a webhook has not arrived (`Delivery.problem`)."""


def why_undelivered(problem: str) -> str:
    """Why a webhook has not arrived, in a sentence; "" where nothing is wrong."""
    if not problem or problem in UNDELIVERED:
        return str(UNDELIVERED.get(problem, ""))
    if problem.startswith("http_"):
        return gettext("Systemet svarade med %(status)s.") % {"status": problem.removeprefix("http_")}
    return gettext("Systemet gick inte att nå (%(error)s).") % {"error": problem}
