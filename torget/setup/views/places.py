"""Authorities and units in the guide: add, rename, order."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from torget.core.access import StaffRequest, allow
from torget.core.errors import Refused
from torget.organisations import actions as organisations
from torget.organisations.models import Authority, Unit
from torget.organisations.permissions import can_change_settings
from torget.setup import actions, words
from torget.setup.forms import AuthorityForm, UnitForm
from torget.setup.rules.guide import Step
from torget.setup.views.stepping import page

_KINDS: dict[str, tuple[Any, Any]] = {"namnd": (Authority, AuthorityForm), "enhet": (Unit, UnitForm)}
SHOWN = 200


def page_of(request: StaffRequest) -> HttpResponse:
    """Both lists, each with a form for one more."""
    kind = request.POST.get("slag", "")
    forms: dict[str, Any] = {"namnd": None, "enhet": None}
    status = 200
    if request.method == "POST" and kind in _KINDS:
        form = _KINDS[kind][1](request.POST, auto_id=f"id_{kind}_%s")
        if form.is_valid():
            _save(form, request)
            messages.success(request, _("Tillagt."))
            return redirect("setup:step", step=Step.AUTHORITIES.value)
        forms[kind], status = form, 400
    return page(
        request, Step.AUTHORITIES, status=status,
        authority_form=forms["namnd"] or AuthorityForm(auto_id="id_namnd_%s"),
        unit_form=forms["enhet"] or UnitForm(auto_id="id_enhet_%s"),
        authorities=Authority.objects.order_by("place", "name")[:SHOWN],
        units=Unit.objects.select_related("authority").order_by("place", "name")[:SHOWN],
    )  # fmt: skip


def _save(form: Any, request: StaffRequest) -> None:
    thing = form.save(commit=False)
    if isinstance(thing, Unit):
        organisations.rename_unit(thing, by=request.user)
    elif thing.pk:
        actions.change_authority(thing, by=request.user)
    else:
        organisations.change_authority(thing, by=request.user)


def _find(kind: str, pk: int) -> tuple[Any, Any]:
    if kind not in _KINDS:
        raise Http404
    model, form = _KINDS[kind]
    thing = model.objects.filter(pk=pk).first()
    if thing is None:
        raise Http404
    return thing, form


@allow(can_change_settings, extra=("kind", "pk"))
def rename(request: StaffRequest, kind: str, pk: int) -> HttpResponse:
    """Change the words of an authority or a unit."""
    thing, form_of = _find(kind, pk)
    name = thing.name
    form = form_of(request.POST or None, instance=thing)
    if request.method == "POST" and form.is_valid():
        try:
            _save(form, request)
        except Refused as refused:
            form.add_error("prefix", words.REFUSED.get(refused.code, refused.code))
        else:
            messages.success(request, _("Sparat. Det gäller direkt."))
            return redirect("setup:step", step=Step.AUTHORITIES.value)
    context = {"form": form, "name": name, "step": Step.AUTHORITIES}
    return render(request, "setup/rename.html", context, status=400 if form.errors else 200)


@require_POST
@allow(can_change_settings, extra=("kind", "pk"))
def move_up(request: StaffRequest, kind: str, pk: int) -> HttpResponse:
    """One place up in the order that people see."""
    thing, _form = _find(kind, pk)
    organisations.move_up(thing, by=request.user)
    return redirect("setup:step", step=Step.AUTHORITIES.value)
