"""What nobody has confirmed: read, decide, go on; one by one or many at once, and undo."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from torget.channels.registry import CHANNELS
from torget.conversations.actions.guarding import readable
from torget.conversations.words import REFUSED as CONVERSATIONS
from torget.core.access import StaffRequest, allow
from torget.core.errors import Refused
from torget.core.paging import read_key
from torget.register import actions as register
from torget.register import permissions
from torget.register.models import Record
from torget.register.rules import State, mask_identity_numbers, may_decide_together
from torget.register.words import REFUSED as REGISTER_REFUSED
from torget.register.words import STATES
from torget.registrar import actions, reading
from torget.registrar.forms import BatchForm, ConfirmForm
from torget.registrar.keys import GROUPS as KEYS
from torget.registrar.models import Batch
from torget.registrar.words import REFUSED
from torget.team.models import Preferences


def says(refused: Refused) -> str:
    """Why not, in words."""
    for words in (REFUSED, REGISTER_REFUSED, CONVERSATIONS):
        if refused.code in words:
            return str(words[refused.code])
    return refused.code


def around(request: StaffRequest) -> dict[str, Any]:
    """What each of the registrar's pages has: the keys, and whether they are on."""
    return {
        "key_groups": KEYS,
        "keys_on": Preferences.of(request.user).keys,
        "may_register": permissions.can_register(request.user),
        "may_confirm": permissions.can_confirm(request.user),
    }


@allow(permissions.can_confirm)
def queue(request: StaffRequest) -> HttpResponse:
    """`/disk/registrator/`: the queue with its groups, and the record in hand (`?handling=`)."""
    wanted = reading.Wanted.read(request.GET)
    chosen = read_key(request.GET.get("handling", ""))
    return _queue(request, reading.queue(request.user, wanted, after=request.GET.get("efter", ""), chosen=chosen))


def _queue(
    request: StaffRequest, page: reading.Queue, *, form: ConfirmForm | None = None, status: int = 200
) -> HttpResponse:
    row = page.chosen
    if form is None and row and not row.hidden:
        record = row.record
        proposed = record.proposed_state if record.proposed_state != State.UNCLASSIFIED else State.REGISTERED.value
        form = ConfirmForm(initial={"state": proposed, "subject": mask_identity_numbers(record.subject)})
    if row and not row.hidden:
        register.note_reading([row.record], by=request.user)
    context = {
        "page": page,
        "row": row,
        "form": form,
        "keep": _keep(request.GET or _given(request), page.wanted),
        "proposed": form.initial.get("state") if form else "",
        "choices": [("1", State.REGISTERED.value), ("2", State.ORDERED.value), ("3", State.TRIVIAL.value)],
        "words": STATES,
        "authorities": reading.authorities(),
        "channels": [(name, channel.label) for name, channel in CHANNELS.items()],
        "states": [(s.value, STATES[s.value]) for s in (State.REGISTERED, State.ORDERED, State.TRIVIAL)],
        "ages": [("1", _("Äldre än ett dygn")), ("7", _("Äldre än en vecka")), ("30", _("Äldre än en månad"))],
        "by_reason": reading.by_reason(page.rows),
    }
    return render(request, "registrar/queue.html", around(request) | context, status=status)


def _keep(given: Any, wanted: reading.Wanted) -> str:
    """The queue's place, for links to its rows and for the way back to it."""
    after = urlencode({"efter": given["efter"][:60]}) if given.get("efter") else ""
    return "&".join(part for part in (wanted.query, after) if part)


def _back(request: HttpRequest, following: str = "") -> HttpResponse:
    """To the next record, in the queue that one stood in."""
    given = _given(request)
    parts = [_keep(given, reading.Wanted.read(given)), f"handling={following}" if read_key(following) else ""]
    query = "&".join(part for part in parts if part)
    return redirect(reverse("registrar:queue") + (f"?{query}" if query else "") + "#samtal")


def _given(request: HttpRequest) -> Any:
    return QueryDict(request.POST.get("ko", "")[:400])


@require_POST
@allow(permissions.can_confirm, Record)
def confirm(request: StaffRequest, record: Record) -> HttpResponse:
    """Confirm one record: as proposed, or as the button or the form says; then the next."""
    if not readable([record], request.user):
        return redirect("registrar:queue")
    data = request.POST.copy()
    if data.get("som") in [state.value for state in State]:
        data["state"] = request.POST["som"]
    form = ConfirmForm(data)
    refused = ""
    if form.is_valid():
        try:
            actions.confirm_one(
                record, state=State(form.cleaned_data["state"]), subject=form.cleaned_data["subject"], by=request.user
            )
        except Refused as reason:
            refused = says(reason)
        else:
            messages.success(request, _("Bekräftat: %(how)s.") % {"how": STATES[form.cleaned_data["state"]].lower()})
            return _back(request, request.POST.get("nasta", ""))
    if refused:
        form.add_error("subject", refused)
    given = _given(request)
    page = reading.queue(request.user, reading.Wanted.read(given), after=given.get("efter", ""), chosen=record.pk)
    if page.chosen is None or page.chosen.record.pk != record.pk:
        # A colleague has confirmed it meanwhile: its words must not be put on another.
        messages.error(request, refused or says(Refused("needs_subject")))
        return redirect("registrar:record", pk=record.pk)
    return _queue(request, page, form=form, status=409 if refused else 400)


@require_POST
@allow(permissions.can_confirm)
def several(request: StaffRequest) -> HttpResponse:
    """Many at once: those that were ticked, or all with one reason; first shown, then done (`gor`)."""
    wanted = reading.Wanted.read(_given(request))
    if reason := request.POST.get("alla", ""):
        given = _given(request).copy()
        given["skal"] = reason
        wanted = reading.Wanted.read(given)
        records = reading.of_reason(request.user, wanted, actions.MOST) if wanted.reason else []
    else:
        records = reading.chosen_of(request.user, request.POST.getlist("val")[: actions.MOST + 50], actions.MOST)
    form = BatchForm(request.POST if request.POST.get("gor") else None)
    refused = ""
    if not records:
        messages.error(request, says(Refused("nothing_chosen")))
        return _back(request)
    if request.POST.get("gor") and form.is_valid():
        try:
            batch = _do(request, records, form)
        except Refused as reason:
            refused = says(reason)
        else:
            words = ngettext("%(n)s handling är bekräftad.", "%(n)s handlingar är bekräftade.", batch.count)
            messages.success(request, words % {"n": batch.count})
            return redirect("registrar:batches")
    rows = reading.as_rows(records, request.user)
    register.note_reading(records, by=request.user)
    context = {
        "rows": rows,
        "form": form,
        "refused": refused,
        "ko": request.POST.get("ko", "")[:400],
        "mixed": not may_decide_together([row.record.proposed_reason for row in rows]),
        "count": len(rows),
    }
    return render(request, "registrar/several.html", around(request) | context, status=409 if refused else 200)


def _do(request: StaffRequest, records: list[Record], form: BatchForm) -> Batch:
    data = form.cleaned_data
    state = State(data["state"]) if data["state"] else None
    return actions.confirm_batch(records, state=state, subject=data["subject"], why=data["why"], by=request.user)


@allow(permissions.can_confirm)
def batches(request: StaffRequest) -> HttpResponse:
    """`/disk/registrator/beslut/`: what one has confirmed in one go of late, and the way back."""
    rows = [
        {"batch": batch, "state": STATES.get(batch.state, _("Var och en som föreslaget"))}
        for batch in reading.batches(request.user)
    ]
    return render(request, "registrar/batches.html", around(request) | {"rows": rows})


@require_POST
@allow(permissions.can_confirm, extra=("pk",))
def undo(request: StaffRequest, pk: int) -> HttpResponse:
    """Undo one of one's own batches."""
    batch = get_object_or_404(Batch, pk=pk, by=request.user)
    try:
        count = actions.undo_batch(batch, by=request.user)
    except Refused as refused:
        messages.error(request, says(refused))
        return redirect("registrar:batches")
    words = ngettext("Ångrat för %(n)s handling.", "Ångrat för %(n)s handlingar.", count)
    messages.success(request, words % {"n": count})
    if left := batch.count - count:
        messages.warning(request, _("Oförändrade, för att någon har rört dem sedan dess: %(n)s.") % {"n": left})
    return redirect("registrar:batches")
