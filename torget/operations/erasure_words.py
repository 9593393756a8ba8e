"""The sentences for why a record cannot be erased."""

from django.utils.translation import gettext_lazy as _

REFUSED = {
    "needs_mandate": _("Utan beslut får inget gallras. Skriv vilket beslut som gäller."),
    "needs_reason": _("Skriv varför handlingen gallras."),
    "legal_hold": _("Handlingen får inte gallras: {}. Stoppet måste hävas först."),
    "already_erased": _("Handlingen är redan gallrad."),
    "ledger_broken": _(
        "Gallringslistan är ändrad vid rad {}. Inget är gallrat. Be den som sköter driften titta på den."
    ),
    "ledger_unwritable": _(
        "Gallringslistan gick inte att skriva. Inget är gallrat. Be den som sköter driften titta på disken och på mappen med"
        " säkerhetskopior."
    ),
}
