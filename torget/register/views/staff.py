"""The staff's way to hand out the register as a file that anyone can check."""

import tempfile

from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.shortcuts import render

from torget.core.access import StaffRequest, allow
from torget.core.errors import Refused
from torget.register import actions
from torget.register.forms import ExportForm
from torget.register.looking import Filters
from torget.register.permissions import can_export_register
from torget.register.words import EXPORT_REFUSED

MOST = 20_000
"""Rows in an answer that somebody waits for; the command has no bound."""


@allow(can_export_register)
def export(request: StaffRequest) -> HttpResponseBase:
    """`/diarium/export/`: choose authority and days; the file comes with its proof."""
    form = ExportForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return _page(request, form, 400 if request.method == "POST" else 200)
    given = form.cleaned_data
    filters = Filters(authority=given["authority"], since=given["since"], until=given["until"])
    # Held in memory while it is small; closed with the answer.
    file = tempfile.SpooledTemporaryFile(max_size=5_000_000)  # noqa: SIM115  FileResponse closes it
    try:
        actions.export(filters, file, by=request.user.ref, most=MOST)
    except Refused as refused:
        file.close()
        form.add_error(None, EXPORT_REFUSED.get(refused.code, EXPORT_REFUSED["not_sequenced"]))
        return _page(request, form, 409)
    file.seek(0)
    name = f"diarium-{given['authority'] or 'alla'}.json"
    return FileResponse(file, as_attachment=True, filename=name, content_type="application/json")


def _page(request: StaffRequest, form: ExportForm, status: int) -> HttpResponse:
    return render(request, "register/export.html", {"form": form}, status=status)
