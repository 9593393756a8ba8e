"""`/installningar/komigang/`: the guide and its steps. Each can be left, skipped and taken up again."""

from typing import Any

from django.contrib import messages
from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from torget.conversations.models import Account
from torget.core import clock
from torget.core.access import StaffRequest, allow
from torget.core.errors import Refused
from torget.core.mailing import Handed
from torget.organisations import actions as organisations
from torget.organisations.models import ClosedDay, Invitation, Organisation, UnitCost, User
from torget.organisations.permissions import can_change_settings
from torget.organisations.rules import Role
from torget.organisations.words import COSTS, UNITS
from torget.setup import actions, reading, words
from torget.setup.forms import HoursForm, InviteForm, LookForm, RetentionForm, TextsForm
from torget.setup.rules import contrast, guide
from torget.setup.rules.guide import Standing, Step
from torget.setup.views import places
from torget.setup.views.stepping import page


@allow(can_change_settings)
def begin(request: StaffRequest) -> HttpResponse:
    """All steps, what each is for, and how it stands."""
    standings = reading.standings()
    rows = [
        {
            "step": step,
            "title": words.STEPS[step][0],
            "why": words.STEPS[step][1],
            "standing": standings[step],
            "state": words.STANDINGS[standings[step]],
        }
        for step in Step
    ]
    left = [row for row in rows if row["standing"] is Standing.OPEN]
    context = {"rows": rows, "next": left[0] if left else None, "left": len(left), "finished": reading.is_finished()}
    return render(request, "setup/guide.html", context)


@allow(can_change_settings, extra=("step",))
def step(request: StaffRequest, step: str) -> HttpResponse:
    """A step: explained, and what is filled in there saved."""
    try:
        return _PAGES[Step(step)](request)
    except ValueError:
        raise Http404 from None


@require_POST
@allow(can_change_settings, extra=("step",))
def mark(request: StaffRequest, step: str) -> HttpResponse:
    """Done or skipped; on to the next that is open."""
    state = Standing.SKIPPED if request.POST.get("lage") == "skipped" else Standing.DONE
    try:
        here = Step(step)
    except ValueError:
        raise Http404 from None
    actions.mark(step, state, by=request.user)
    following = guide.following(here, reading.standings())
    return redirect("setup:step", step=following.value) if following else redirect("setup:guide")


@require_POST
@allow(can_change_settings)
def finish(request: StaffRequest) -> HttpResponse:
    """Put the guide away, or show it again."""
    if "igen" in request.POST:
        actions.take_up_again(by=request.user)
        return redirect("setup:guide")
    actions.mark(guide.FINISHED, Standing.DONE, by=request.user)
    messages.success(request, _("Guiden är undanlagd. Du hittar den under Inställningar."))
    return redirect("desk:queue")


def _saved(request: HttpRequest, step: Step) -> HttpResponse:
    messages.success(request, _("Sparat. Det gäller direkt."))
    return redirect("setup:step", step=step.value)


def _look(request: StaffRequest) -> HttpResponse:
    organisation = Organisation.current()
    colour = organisation.colour
    form = LookForm(request.POST or None, request.FILES or None, instance=organisation)
    if request.method == "POST" and form.is_valid() and _save_look(request, form):
        return _saved(request, Step.LOOK)
    judged = contrast.judge(colour) if colour else None
    status = 400 if form.errors else 200
    return page(request, Step.LOOK, status=status, form=form, judged=judged, now=Organisation.current())


def _save_look(request: StaffRequest, form: LookForm) -> bool:
    data = form.cleaned_data
    made = {}
    for name in ("logo", "icon"):
        if file := data.get(f"{name}_file"):
            try:
                made[name] = actions.picture(file, file.size)
            except Refused as refused:
                form.add_error(f"{name}_file", words.REFUSED.get(refused.code, refused.code))
    if form.errors:
        return False
    actions.change_look(
        name=data["name"], short_name=data["short_name"], colour=data["colour"], logo=made.get("logo"),
        icon=made.get("icon"), drop=[name for name in ("logo", "icon") if data.get(f"drop_{name}")], by=request.user,
    )  # fmt: skip
    return True


def _form_page(request: StaffRequest, step: Step, form: BaseForm, **context: Any) -> HttpResponse:
    return page(request, step, status=400 if form.errors else 200, form=form, **context)


def _hours(request: StaffRequest) -> HttpResponse:
    form = HoursForm(request.POST or None, instance=Organisation.current())
    if request.method == "POST" and form.is_valid():
        organisations.change_organisation(form.save(commit=False), by=request.user)
        return _saved(request, Step.HOURS)
    today = clock.now().astimezone(clock.STOCKHOLM).date()
    return _form_page(request, Step.HOURS, form, closed=ClosedDay.objects.filter(day__gte=today)[:12])


def _staff(request: StaffRequest) -> HttpResponse:
    form = InviteForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and invite(request, form):
        return redirect("setup:step", step=Step.STAFF.value)
    asked = Invitation.objects.filter(used_at=None, revoked_at=None)[:10]
    context: dict[str, Any] = {"asked": [{"invitation": one, "link": organisations.link_of(one)} for one in asked]}
    context |= {"colleagues": User.objects.filter(is_active=True).count(), "can_mail": organisations.can_mail()}
    return _form_page(request, Step.STAFF, form, **context)


def invite(request: StaffRequest, form: InviteForm) -> bool:
    """Ask in whom the form names, with the mail on its way; False with the reason put on the form."""
    data = form.cleaned_data
    try:
        made = organisations.invite(
            email=data["email"], name=data["name"], role=Role(data["role"]), unit=data["unit"],
            title=data["title"], by=request.user,
        )  # fmt: skip
    except Refused as refused:
        form.add_error("email", words.REFUSED.get(refused.code, refused.code))
        return False
    if made.mail == Invitation.WAITING:
        messages.success(request, _("%(name)s får ett mejl med en länk.") % {"name": made.name})
    else:
        messages.success(
            request, _("%(name)s är inbjuden. Kopiera länken nedan och lämna den själv.") % {"name": made.name}
        )
    return True


def _channels(request: StaffRequest) -> HttpResponse:
    accounts = Account.objects.exclude(state=Account.OFF).order_by("pk")[:20]
    return page(request, Step.CHANNELS, accounts=accounts, can_mail=organisations.can_mail())


@require_POST
@allow(can_change_settings)
def try_mail(request: StaffRequest) -> HttpResponse:
    """Send a mail to oneself; what the server said stands on the page."""
    outcome, why = actions.try_mail(by=request.user)
    if not organisations.can_mail() and outcome is Handed.SENT:
        messages.warning(request, _("Ingen brevlåda är ansluten. Provmejlet ligger som en fil hos Torget."))
    elif outcome is Handed.SENT:
        messages.success(request, words.TRIED[outcome.value])
    else:
        messages.warning(request, f"{words.TRIED[outcome.value]} ({why})")
    return redirect(reverse("setup:step", kwargs={"step": Step.CHANNELS.value}))


def _costs(request: StaffRequest) -> HttpResponse:
    rows: list[dict[str, Any]] = [
        {"cost": cost, "label": COSTS.get(cost.key, cost.key), "unit": UNITS.get(cost.unit, cost.unit)}
        for cost in UnitCost.objects.order_by("key")
    ]
    return page(request, Step.COSTS, rows=rows, defaults=sum(row["cost"].is_default for row in rows))


def _retention(request: StaffRequest) -> HttpResponse:
    form = RetentionForm(request.POST or None, instance=Organisation.current())
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        actions.change_retention(
            trivial_days=data["trivial_days"], spam_days=data["spam_days"], mandate=data["retention_mandate"],
            by=request.user,
        )  # fmt: skip
        return _saved(request, Step.RETENTION)
    return _form_page(request, Step.RETENTION, form)


def _texts(request: StaffRequest) -> HttpResponse:
    organisation = Organisation.current()
    form = TextsForm(request.POST or None, initial=organisation.texts)
    preview: dict[str, str] = {key: str(text) for key, text in organisation.texts.items()}
    if request.method == "POST" and form.is_valid():
        if "visa" not in request.POST:
            actions.change_texts(form.cleaned_data, by=request.user)
            return _saved(request, Step.TEXTS)
        preview = form.cleaned_data
    return _form_page(request, Step.TEXTS, form, preview=preview, shown="visa" in request.POST)


def _example(request: StaffRequest) -> HttpResponse:
    return page(request, Step.EXAMPLE)


_PAGES = {
    Step.LOOK: _look, Step.AUTHORITIES: places.page_of, Step.HOURS: _hours, Step.STAFF: _staff,
    Step.CHANNELS: _channels, Step.COSTS: _costs, Step.RETENTION: _retention, Step.TEXTS: _texts,
    Step.EXAMPLE: _example,
}  # fmt: skip
