"""What is written when a witness is added, or its key is changed."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from torget.core.forms import PlainErrors
from torget.journal.models import Witness
from torget.operations.witness_sources import is_web, tidy


class WitnessForm(PlainErrors, forms.Form):
    """Who watches whom. A folder is given by command only: a page may not say where on the server files are written."""

    role = forms.ChoiceField(
        label=_("Vem bevakar vem?"),
        choices=((Witness.BY, _("De bevakar vår journal")), (Witness.OF, _("Vi bevakar deras journal"))),
        initial=Witness.BY,
        widget=forms.RadioSelect,
    )
    place = forms.CharField(
        label=_("Adress"),
        help_text=_(
            "Startsidan hos en annan organisation som har Torget, till exempel https://torget.grannkommunen.example/"
        ),
        max_length=500,
    )
    key = forms.CharField(
        label=_("Deras nyckel"),
        help_text=_("Om du har fått den på annat håll, till exempel i ett brev. Annars gäller den första vi ser."),
        max_length=400,
        required=False,
    )

    def clean_place(self) -> str:
        """An address of the web."""
        place: Any = tidy(self.cleaned_data["place"])
        if not is_web(place):
            raise forms.ValidationError(_("Skriv en adress som börjar med https://."))
        return str(place)


class KeyForm(PlainErrors, forms.Form):
    """A key that has been compared by other means."""

    new_key = forms.CharField(max_length=400)
