"""`/installningar/medarbetare/`: who works here, invitations, roles; and a list of staff as a file."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from torget.core import clock, languages
from torget.core.access import StaffRequest, allow
from torget.core.errors import Refused
from torget.organisations import actions as organisations
from torget.organisations.models import ROLE_LABELS, Invitation, Unit, User
from torget.organisations.permissions import can_change_settings
from torget.organisations.rules import Role
from torget.setup import actions, words
from torget.setup.forms import InviteForm, ListForm, StaffForm
from torget.setup.rules import staff_list
from torget.setup.views.guide import invite as invite_by

PAGE = 50


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 15 else 0


def _page(request: HttpRequest, form: InviteForm, status: int = 200) -> HttpResponse:
    users = list(
        User.objects.filter(pk__gt=_number(request.GET.get("efter", "")))
        .select_related("unit")
        .order_by("pk")[: PAGE + 1]
    )
    open_ones = list(
        Invitation.objects.filter(used_at=None, revoked_at=None).select_related("unit").order_by("-pk")[: PAGE + 1]
    )
    now = clock.now()
    asked = [
        {
            "invitation": one,
            "link": organisations.link_of(one),
            "expired": one.expires_at <= now,
            "mail": words.MAIL.get(one.mail, ""),
        }
        for one in open_ones[:PAGE]
    ]
    context = {
        "form": form,
        "users": users[:PAGE],
        "next": users[PAGE - 1].pk if len(users) > PAGE else None,
        "asked": asked,
        "more_asked": len(open_ones) > PAGE,
        "can_mail": organisations.can_mail(),
    }
    return render(request, "setup/staff.html", context, status=status)


@allow(can_change_settings)
def staff(request: StaffRequest) -> HttpResponse:
    """Who works here and who has been asked in; ask in one more."""
    form = InviteForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and invite_by(request, form):
        return redirect("setup:staff")
    return _page(request, form, 400 if form.errors else 200)


@allow(can_change_settings, extra=("pk",))
def member(request: StaffRequest, pk: int) -> HttpResponse:
    """A colleague: name, title, role, unit."""
    found = get_object_or_404(User, pk=pk)
    name, active = found.name, found.is_active
    form = StaffForm(request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            organisations.change_staff(
                found, name=data["name"], title=data["title"], role=Role(data["role"]), unit=data["unit"],
                by=request.user,
            )  # fmt: skip
        except Refused as refused:
            form.add_error("role", words.REFUSED.get(refused.code, refused.code))
        else:
            messages.success(request, _("Sparat. Det gäller från nästa sida som personen öppnar."))
            return redirect("setup:staff")
    context = {"form": form, "member": found, "name": name, "active": active, "own": found.pk == request.user.pk}
    return render(request, "setup/member.html", context, status=400 if form.errors else 200)


@require_POST
@allow(can_change_settings, extra=("pk",))
def deactivate(request: StaffRequest, pk: int) -> HttpResponse:
    """Shut out a colleague, or let them in again."""
    found = get_object_or_404(User, pk=pk)
    try:
        if "igen" in request.POST:
            organisations.reactivate(found, by=request.user)
            messages.success(request, _("%(name)s kan logga in igen.") % {"name": found.name})
        else:
            organisations.deactivate(found, by=request.user)
            messages.success(
                request, _("%(name)s kan inte logga in längre. Det som gjordes finns kvar.") % {"name": found.name}
            )
    except Refused as refused:
        messages.error(request, words.REFUSED.get(refused.code, refused.code))
    return redirect("setup:staff")


@require_POST
@allow(can_change_settings, extra=("pk",))
def invitation(request: StaffRequest, pk: int) -> HttpResponse:
    """Send an invitation again with a new link, or take it back."""
    found = get_object_or_404(Invitation, pk=pk)
    try:
        if "ater" in request.POST:
            organisations.revoke(found, by=request.user)
            messages.success(request, _("Inbjudan är återtagen. Länken öppnar inget längre."))
        else:
            organisations.resend(found, by=request.user)
            messages.success(request, _("En ny länk är gjord och gäller i 14 dagar. Den gamla gäller inte längre."))
    except Refused as refused:
        messages.error(request, words.REFUSED.get(refused.code, refused.code))
    return redirect("setup:staff")


# ---- a list as a file ------------------------------------------------------------------------------------------------


def _parsed(form: ListForm) -> staff_list.Parsed:
    roles = {name: role.value for role, label in ROLE_LABELS.items() for name in languages.in_all(label)}
    facts: dict[str, Any] = {
        "roles": roles | {role.value: role.value for role in Role},
        "units": set(Unit.objects.values_list("name", flat=True)),
        "known": set(User.objects.values_list("email", flat=True))
        | set(Invitation.objects.filter(used_at=None, revoked_at=None).values_list("email", flat=True)),
    }
    if file := form.cleaned_data.get("file"):
        return staff_list.read(file.read(staff_list.MAX_BYTES + 1), **facts)
    return staff_list.parse(str(form.cleaned_data["text"]), **facts)


@allow(can_change_settings)
def several(request: StaffRequest) -> HttpResponse:
    """Read a list and show what it would do; nothing is done before `bjud-in` is pressed on that page."""
    if request.method != "POST":
        return render(request, "setup/list.html", {"form": ListForm()})
    form = ListForm(request.POST, request.FILES)
    if not form.is_valid():
        form.data = {"text": request.POST.get("text", "").replace("\x00", "")}
        return render(request, "setup/list.html", {"form": form}, status=400)
    parsed = _parsed(form)
    if parsed.problem:
        form.add_error("file", words.FILE[parsed.problem])
        # What was read stays on the page, so that it can be mended there.
        form.data = {"text": parsed.text}
        return render(request, "setup/list.html", {"form": form}, status=400)
    good = [row for row in parsed.rows if not row.problem]
    if "bjud-in" in request.POST:
        done = actions.invite_all(good, by=request.user)
        said = ngettext("%(n)s medarbetare är inbjuden.", "%(n)s medarbetare är inbjudna.", done.new)
        messages.success(request, said % {"n": done.new})
        return redirect("setup:staff")
    labels = {role.value: label for role, label in ROLE_LABELS.items()}
    rows = [
        {"row": row, "why": words.ROW.get(row.problem, ""), "role": labels.get(row.role, row.role)}
        for row in parsed.rows
    ]
    known = sum(row.problem == "known" for row in parsed.rows)
    context = {
        "rows": rows, "good": len(good), "known": known, "bad": len(rows) - len(good) - known, "text": parsed.text,
        "encoding": parsed.encoding, "form": ListForm(initial={"text": parsed.text}, auto_id="id_again_%s"),
    }  # fmt: skip
    return render(request, "setup/list_preview.html", context)
