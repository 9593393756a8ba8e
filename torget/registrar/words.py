"""The sentences for the registrar's codes, and how a written number is read."""

import re

from django.utils.translation import gettext_lazy as _

from torget.register.words import STATES as STATES

NO_REASON = _("Inget förslag. Läs och bestäm.")
REASONS = {
    "automatic": _("Automatiska svar och utskick"),
    "may_be_secret": _("Kan omfattas av sekretess"),
    "identity_number": _("Har ett personnummer"),
    "protected": _("Från någon med skyddad identitet"),
    "asks_for_document": _("Begär ut en handling"),
    "adds_to_case": _("Hör till ett ärende"),
    "addressed_to_us": _("Skrivna direkt till oss"),
    "thanks_or_sign": _("Tack och emojier"),
    "public_comment": _("Öppna kommentarer"),
    "our_answer": _("Våra egna svar"),
    "our_post": _("Våra egna inlägg"),
    "none": _("Utan förslag"),
}
FIELDS = {
    "subject": _("Ärendemening"),
    "correspondent": _("Avsändare eller mottagare"),
    "occurred_at": _("Kom in eller skickades"),
    "authority": _("Myndighet"),
    "channel": _("Kanal"),
}
KINDS = {
    "received": _("Inkommen"),
    "dispatched": _("Expedierad"),
    "drawn_up": _("Upprättad"),
    "working": _("Arbetsmaterial"),
}
REFUSED = {
    "nothing_chosen": _("Välj minst en handling."),
    "too_many_records": _("Det är för många på en gång. Bekräfta högst 200 åt gången."),
    "mixed_secret": _("Handlingar som kan omfattas av sekretess bekräftas för sig, aldrig ihop med andra."),
    "needs_why": _("Skriv varför du bestämmer något annat än förslaget."),
    "not_decided": _("En av handlingarna saknar förslag. Välj hur de ska bevaras."),
    "already_confirmed": _("En kollega hann före. De är redan bekräftade."),
    "undone": _("Det är redan ångrat."),
    "too_late": _("Det har gått mer än ett dygn. Rätta handlingarna en och en."),
    "same_case": _("Det är samma ärende. Välj ett annat."),
    "case_merged": _("Ärendet är ihopslaget med ett annat. Gå dit."),
    "case_closed": _("Ärendet är avslutat. Öppna det igen först."),
    "other_authority": _("Ärendena hör till olika myndigheter. Varje myndighet har sitt eget diarium."),
    "too_many": _("Det är för många handlingar på en gång. Flytta högst 10 000 åt gången."),
    "no_such_case": _("Det finns inget ärende med det numret."),
    "case_has_unconfirmed": _("Det finns handlingar i ärendet som ingen har bekräftat. Bekräfta dem först."),
    "case_has_leaving": _("Ett svar i ärendet är på väg ut. Vänta tills det har gått, eller ta tillbaka det."),
    "case_has_unanswered": _("Det finns samtal som inte är besvarade. Besvara dem, eller avsluta ändå."),
    "same_value": _("Det är samma uppgift som förut, eller ingen alls. Skriv den rätta."),
    "in_the_future": _("Skriv en tid som har varit."),
    "is_working": _("Det är arbetsmaterial och står inte i diariet."),
    "not_guarded": _("Handlingen har ingen sekretess och inget skydd. Markera den först."),
    "no_such_authority": _("Välj en myndighet."),
}
JOURNAL = {
    "case.opened": _("Öppnade ärendet"),
    "case.merged": _("Slog ihop ärendet med ett annat"),
    "case.received_merged": _("Tog emot ett annat ärende"),
    "case.received_records": _("Tog emot handlingar från ett annat ärende"),
    "case.linked": _("Länkade till ett annat ärende"),
    "case.unlinked": _("Tog bort en länk till ett annat ärende"),
    "case.closed": _("Avslutade ärendet"),
    "case.reopened": _("Öppnade ärendet igen"),
    "record.moved": _("Fick ett nytt nummer i ett annat ärende"),
    "record.corrected": _("Rättade en uppgift"),
    "record.circle_set": _("Ändrade vilka som får läsa"),
    "record.identity_protected": _("Skyddade identiteten"),
    "record.identity_unprotected": _("Tog bort skyddet av identiteten"),
    "record.read": _("Läste handlingen"),
    "record.weeded": _("Rensades när ärendet avslutades"),
    "record.kept_at_closing": _("Behölls när ärendet avslutades: tillför fakta"),
    "record.unclassified": _("Lades tillbaka bland det som ingen har bekräftat"),
    "records.confirmed": _("Bekräftade flera handlingar på en gång"),
    "records.confirmed_undone": _("Ångrade flera bekräftelser på en gång"),
    "provision.changed": _("Ändrade listan med bestämmelser"),
}
# What other modules say of a record in the journal, for its history here.
_RECORD = {
    "record.received": _("Kom in och fördes in"),
    "record.edited": _("Ändrades av den som skrev"),
    "record.drawn_up": _("Upprättades"),
    "record.dispatched": _("Gick ut"),
    "record.withdrawn": _("Togs tillbaka innan det gick ut"),
    "record.registered": _("Registrerades"),
    "record.ordered": _("Hålls ordnad"),
    "record.trivial": _("Ringa betydelse"),
    "record.secrecy_marked": _("Satte sekretessmarkering"),
    "record.secrecy_lifted": _("Tog bort sekretessmarkeringen"),
}
_DNR = re.compile(r"^\s*([A-Za-zÅÄÖåäö]{1,8})\s*(\d{4})\s*[/:]\s*(\d{1,9})(?:\s*-\s*(\d{1,9}))?\s*$")


def journal_words(kind: str) -> str:
    """What an entry about a case or a record says."""
    return str(JOURNAL.get(kind) or _RECORD.get(kind) or kind)


def read_dnr(text: str) -> tuple[str, int, int, int | None] | None:
    """`KS 2026/0412-98` as prefix, year, number and the record's number; None for what is no such number."""
    found = _DNR.match(text[:60])
    if not found:
        return None
    return found[1], int(found[2]), int(found[3]), int(found[4]) if found[4] else None
