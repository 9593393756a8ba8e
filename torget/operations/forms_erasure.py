"""What is written when a record is erased, or held."""

from django import forms
from django.utils.translation import gettext_lazy as _

from torget.core.forms import PlainErrors


class FindForm(PlainErrors, forms.Form):
    """Which record."""

    q = forms.CharField(
        label=_("Handlingens nummer"),
        help_text=_("Diarienummer med handlingens nummer, till exempel KS 2026/0412-1, eller samtalets nummer."),
        max_length=60,
        error_messages={"required": _("Skriv vilken handling det gäller.")},
    )


class EraseForm(PlainErrors, forms.Form):
    """By which decision, and why."""

    mandate = forms.CharField(
        label=_("Beslut"),
        help_text=_("Beslutet som ger rätt att gallra: nummer och datum, eller paragrafen i gallringsplanen."),
        max_length=200,
        error_messages={"required": _("Utan beslut får inget gallras. Skriv vilket beslut som gäller.")},
    )
    reason = forms.CharField(
        label=_("Skäl"),
        help_text=_("En mening. Skriv inga namn och inget av innehållet: skälet sparas."),
        max_length=300,
        error_messages={"required": _("Skriv varför handlingen gallras.")},
    )
    sure = forms.BooleanField(
        label=_("Jag vet att det inte går att ångra"),
        error_messages={"required": _("Kryssa i att du vet att det inte går att ångra.")},
    )


class HoldForm(PlainErrors, forms.Form):
    """Why nothing may be erased."""

    why = forms.CharField(
        label=_("Varför får den inte gallras?"),
        help_text=_("Till exempel: begärd utlämnad, överklagad, pågående tillsyn."),
        max_length=300,
        error_messages={"required": _("Skriv varför handlingen inte får gallras.")},
    )
    whole_case = forms.BooleanField(label=_("Gäller hela ärendet"), required=False)
