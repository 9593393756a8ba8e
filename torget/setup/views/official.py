"""`/installningar/konton/`: the public list of official accounts, kept by the administrator."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from torget.core import removed
from torget.core.access import StaffRequest, allow
from torget.organisations import actions as organisations
from torget.organisations.models import OfficialAccount
from torget.organisations.permissions import can_change_settings
from torget.setup.forms import OfficialAccountForm

SHOWN = 200


@allow(can_change_settings)
def accounts(request: StaffRequest) -> HttpResponse:
    """All of them, and one more; one that was taken off is brought back here."""
    if back := removed.given(request, OfficialAccount):
        organisations.bring_back_official_account(back, by=request.user)
        messages.success(request, _("Kontot står i listan igen."))
        return redirect("setup:official")
    return _page(request, None)


@allow(can_change_settings, extra=("pk",))
def account(request: StaffRequest, pk: int) -> HttpResponse:
    """Change one."""
    return _page(request, get_object_or_404(OfficialAccount, pk=pk))


def _page(request: StaffRequest, changed: OfficialAccount | None) -> HttpResponse:
    form = OfficialAccountForm(request.POST or None, instance=changed)
    if request.method == "POST" and form.is_valid():
        organisations.change_official_account(form.save(commit=False), by=request.user)
        messages.success(request, _("Sparat. Det gäller direkt."))
        return redirect("setup:official")
    listed = OfficialAccount.objects.select_related("authority").order_by("channel", "name")[:SHOWN]
    context = {"form": form, "accounts": listed, "changed": changed, "removed": removed.offer(request, OfficialAccount)}
    return render(request, "setup/official.html", context, status=400 if form.errors else 200)


@require_POST
@allow(can_change_settings, extra=("pk",))
def remove(request: StaffRequest, pk: int) -> HttpResponse:
    """Take one off the list, which then offers it back."""
    found = get_object_or_404(OfficialAccount, pk=pk)
    removed.keep(request, found)
    organisations.remove_official_account(found, by=request.user)
    messages.success(request, _("Kontot står inte längre i listan."))
    return redirect("setup:official")
