"""The sentences for why a witness cannot be added or changed."""

from django.utils.translation import gettext_lazy as _

REFUSED = {
    "key_broken": _("Nyckeln går inte att läsa. Kopiera hela raden."),
    "not_web": _("Skriv en adress som börjar med https://."),
    "has_password": _("Adressen får inte innehålla lösenord."),
    "inside": _("Adressen ligger i det egna nätet. Den som sköter servern kan tillåta det (TORGET_ALLOW_PRIVATE)."),
    "no_such_host": _("Adressen finns inte."),
    "already": _("Den finns redan i listan."),
    "no_such": _("Den finns inte längre i listan."),
}
