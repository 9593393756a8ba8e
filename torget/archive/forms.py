"""Input of the archive's pages."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from torget.archive.rules import Csip, Erms


class MakeForm(forms.Form):
    """Which versions of the standards a package follows; without an answer the ones that Swedish archives take."""

    csip = forms.ChoiceField(
        label=_("Paketets form (CSIP)"),
        choices=[(Csip.V2_1.value, _("2.1.0, som FGS Paketstruktur 2.0")), (Csip.V2_2.value, "2.2.0")],
        required=False,
    )
    erms = forms.ChoiceField(
        label=_("Ärendets beskrivning (ERMS)"),
        choices=[(Erms.V2_1.value, _("2.1.2, som FGS Ärendehantering 2.0")), (Erms.V3_0.value, "3.0.2")],
        required=False,
    )

    def clean(self) -> dict[str, Any]:
        """Put the ordinary versions where nothing was chosen."""
        data = super().clean() or {}
        return {"csip": data.get("csip") or Csip.V2_1.value, "erms": data.get("erms") or Erms.V2_1.value}
