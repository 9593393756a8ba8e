"""The words for each code of the register's rules: the sentences that staff read, and what the public reads."""

from datetime import date

from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from torget.core import dates
from torget.core.templatetags.torget import CHANNEL_MARKS, REGISTER_STATES
from torget.register.rules import PublicRow

WHY = {
    "automatic": _("Ett automatiskt svar eller utskick. Det har ringa betydelse."),
    "may_be_secret": _("Texten kan röra något som omfattas av sekretess. Då ska den alltid registreras."),
    "identity_number": _("Det finns ett personnummer i texten. Då ska den registreras och hanteras varsamt."),
    "asks_for_document": _("Någon begär ut en handling. Det ska registreras och besvaras skyndsamt."),
    "adds_to_case": _("Hör till ett ärende som redan är registrerat."),
    "addressed_to_us": _("Skriven direkt till oss. Den ska registreras."),
    "thanks_or_sign": _("Ett tack eller en emoji, utan fråga eller uppgift. Det har ringa betydelse."),
    "public_comment": _("En öppen kommentar i en kanal vi redovisar. Den kan hållas ordnad utan nummer."),
    "our_answer": _("Vårt eget svar. Det följer ärendet."),
    "protected": _("Den som skrev har skyddad identitet. Då ska den registreras, och bara kretsen läser den."),
    "our_post": _("Vårt eget inlägg till alla. Det kan hållas ordnat utan nummer."),
}
STATES = {
    "unclassified": _("Inte klassad än"),
    "registered": _("Registrerad"),
    "ordered": _("Hålls ordnad"),
    "trivial": _("Ringa betydelse"),
}
REFUSED = {
    "secret_must_be_registered": _("En handling med sekretess måste registreras."),
    "needs_provision": _("Skriv vilken bestämmelse som gäller, till exempel OSL 26 kap. 1 §."),
    "needs_subject": _("Skriv en ärendemening, så att handlingen går att hitta."),
}
EXPORT_REFUSED = {
    "too_many_rows": _("Det är fler än 20 000 rader. Välj en kortare period, eller be driften köra torget register."),
    "nothing_to_export": _("Diariet har inga rader som stämmer med det du valde."),
    "not_sequenced": _("Journalen numrerar inte just nu, så filen skulle sakna bevis. Försök igen om en stund."),
}

PUBLIC_STATES = {code: word for code, (_colour, _icon, word) in REGISTER_STATES.items()}
"""What a row's label says, for choices, feed and file."""


def channel(code: str) -> str:
    """The channel's full name; its code when nobody has named it."""
    return str(CHANNEL_MARKS[code][1]) if code in CHANNEL_MARKS else code


def subject(row: PublicRow) -> str:
    """What stands in the place of the subject: itself, or the word for why it is not shown."""
    if row.secret:
        return gettext("Ämnet visas inte")
    return row.subject or gettext("Meddelande")


def sender(row: PublicRow, organisation: str) -> str:
    """Who it is from, as far as it is said: we, a private person, or nobody that is told."""
    if row.from_us:
        return organisation
    return gettext("Uppgiften visas inte") if row.secret else gettext("Privatperson")


def month(year: int, number: int, language: str) -> str:
    """`november 2026`."""
    return dates.long_date(date(year, number, 1), language).partition(" ")[2]


def row(shown: PublicRow) -> str:
    """A row in words, to be asked for by: its number, or its day, channel and subject."""
    if shown.number:
        return shown.number
    day = dates.long_date(shown.day, get_language() or "sv")
    return gettext("handlingen från %(day)s (%(channel)s): %(subject)s") % {
        "day": day, "channel": channel(shown.channel), "subject": subject(shown),
    }  # fmt: skip
