"""`/installningar/ordning/`: how many working hours each thing moves a conversation ahead."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from torget.conversations import ordering, priority
from torget.core.access import StaffRequest, allow
from torget.core.forms import PlainErrors
from torget.organisations.actions import change_organisation
from torget.organisations.models import Organisation
from torget.organisations.permissions import can_change_settings

LABELS = {
    "danger": gettext_lazy("Kan vara farligt"),
    "disclosure": gettext_lazy("Begär ut en handling"),
    "soon": gettext_lazy("Brådskar enligt den som skrev"),
    "vulnerable": gettext_lazy("Kan röra någon som är utsatt"),
    "question": gettext_lazy("Är en fråga"),
    "same": gettext_lazy("För var och en som frågar samma sak, högst tio"),
}


class WeightsForm(PlainErrors, forms.Form):
    """A whole number of working hours for each sign."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, label in LABELS.items():
            self.fields[name] = forms.IntegerField(label=label, min_value=0, max_value=priority.LONGEST)


@allow(can_change_settings)
def order(request: StaffRequest) -> HttpResponse:
    """Show the weights; a POST saves them and puts what waits in its new order."""
    organisation = Organisation.current()
    if request.method == "POST":
        given = dict(priority.DEFAULT_WEIGHTS) if "forval" in request.POST else request.POST
        form = WeightsForm(given)
        if form.is_valid():
            organisation.weights = form.cleaned_data
            change_organisation(organisation, by=request.user)
            moved = ordering.reorder()
            messages.success(request, _("Sparat. %(n)s samtal bytte plats.") % {"n": moved})
            return redirect("conversations:order")
    else:
        form = WeightsForm(initial=priority.weights(organisation.weights))
    status = 400 if form.errors else 200
    return render(request, "conversations/order.html", {"form": form}, status=status)
