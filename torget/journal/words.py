"""Words for people about witnesses and keys."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

PROBLEMS: dict[str, str | Promise] = {
    "forked": _("Två undertecknade sigill går inte ihop: journalen har två versioner."),
    "went_back": _("Journalen är kortare än förut. Den kan vara återställd från en äldre kopia."),
    "we_went_back": _(
        "Vittnet har ett sigill från oss som vår egen journal inte når. Vår kan vara återställd från en kopia."
    ),
    "no_proof": _("Journalen visar inte att den börjar med det vi har sett. Fråga dem som har den."),
    "bad_tile": _("Journalens träd har fel form."),
    "bad_note": _("Sigillet har fel form."),
    "bad_signature": _("Vittnets underskrift stämmer inte."),
    "forged": _("Sigillets underskrift är förfalskad."),
    "not_ours": _("Vittnet visar ett sigill som vi aldrig har undertecknat."),
    "older": _("Vittnet visar ett äldre sigill än det har visat förut."),
    "ahead_of_time": _("Vittnet säger att det såg sigillet vid en tid som inte har kommit."),
    "stale": _("Vittnet har inte sett något sigill på två dygn."),
    "other_key": _("Sigillet är undertecknat med en annan nyckel än den vi litar på."),
    "key_lost": _("Journalen säger att nyckeln är förlorad och att en ny gäller. Fråga dem om det är sant."),
    "key_retired": _("Sigillet är undertecknat med en nyckel som har bytts ut."),
    "key_revoked": _("Sigillet är undertecknat med en nyckel som är återkallad."),
    "not_found": _("Där finns inget sigill."),
    "no_answer": _("Svarar inte."),
    "too_large": _("Svaret är för stort."),
}
"""What can be wrong with a witness or with a journal that we watch."""

CAME: dict[str, str | Promise] = {
    "first": _("den första nyckeln"),
    "rotated": _("bytt, och undertecknad av nyckeln före"),
    "lost": _("ny, eftersom nyckeln före gick förlorad"),
}
"""How a key came to be the journal's."""
