"""The sentences that staff read for each code of the register's rules."""

from django.utils.translation import gettext_lazy as _

WHY = {
    "automatic": _("Ett automatiskt svar eller utskick. Det har ringa betydelse."),
    "may_be_secret": _("Texten kan röra något som omfattas av sekretess. Då ska den alltid registreras."),
    "identity_number": _("Det finns ett personnummer i texten. Då ska den registreras och hanteras varsamt."),
    "asks_for_document": _("Någon begär ut en handling. Det ska registreras och besvaras skyndsamt."),
    "adds_to_case": _("Hör till ett ärende som redan är registrerat."),
    "addressed_to_us": _("Skriven direkt till oss. Den ska registreras."),
    "thanks_or_sign": _("Ett tack eller ett tecken utan sakinnehåll. Det har ringa betydelse."),
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
