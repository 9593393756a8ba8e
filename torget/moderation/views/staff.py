"""Staff: notices and complaints, taking away and showing again, what was taken away."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from torget.conversations.models import Conversation, Message
from torget.conversations.words import REFUSED as CONVERSATION_REFUSED
from torget.core.access import StaffRequest, allow
from torget.core.errors import Refused
from torget.files.serving import respond
from torget.moderation import actions, panels, permissions, reading, words
from torget.moderation.forms import REVIEWS, DecideForm, GroundForm, RemoveForm, ReviewForm
from torget.moderation.models import Complaint, Notice, Removal
from torget.moderation.rules import screening
from torget.moderation.rules.grounds import LAW, NO_COPY, Ground, How, State, Way, proposed
from torget.moderation.rules.notices import Decision
from torget.organisations.models import Organisation


def says(refused: Refused) -> str:
    """Why not, in words."""
    return str(words.REFUSED.get(refused.code) or CONVERSATION_REFUSED.get(refused.code) or refused.code)


def _conversation(number: int) -> str:
    return reverse("desk:conversation", kwargs={"number": number}) + "#samtal"


# ---- notices and complaints ------------------------------------------------------------------------------------------


@allow(permissions.can_see_moderation)
def notices(request: StaffRequest) -> HttpResponse:
    """`/disk/moderering/anmalningar/`: what waits, or with `?avgjorda=1` the notices that are decided."""
    decided = request.GET.get("avgjorda") == "1"
    found, last = reading.notices(request.user, decided=decided, before=reading.key_of(request.GET.get("fran", "")))
    older = f"?fran={last}{'&avgjorda=1' if decided else ''}" if last else ""
    context = {
        "rows": [(one, words.ground_word(one.ground), words.DECISIONS.get(Decision(one.decision), "") if decided else "")
                 for one in found],
        "complaints": [] if decided else reading.complaints(request.user),
        "decided": decided,
        "older": older,
    }  # fmt: skip
    return render(request, "moderation/notices.html", context)


@allow(permissions.can_see_moderation, Notice)
def notice(request: StaffRequest, notice: Notice) -> HttpResponse:
    """`/disk/moderering/anmalningar/<pk>/`: a notice, what it points at, the decision; `?beslut=` proposes words."""
    return _notice(request, notice)


def _notice(request: HttpRequest, notice: Notice, *, form: Any = None, status: int = 200) -> HttpResponse:
    first = notice.conversation.messages.select_related("record").order_by("pk")[0]
    # A made-up decision in the address is none.
    choice = next((one for one in Decision if one == request.GET.get("beslut")), None)
    if form is None and choice:
        form = DecideForm(initial={"decision": choice.value, "text": words.decision_text(choice, notice.ground)})
    context = {
        "notice": notice,
        "text": first.record.latest.whole,
        "who": first.record.correspondent,
        "ground": words.ground_word(notice.ground),
        "law": LAW.get(Ground(notice.ground), "") if notice.ground in list(Ground) else "",
        "lines": reading.lines(notice.concerns) if notice.concerns else [],
        "removals": [(one, panels.label(one)) for one in notice.removals.select_related("message__conversation")],
        "choices": [(one.value, words.DECISIONS[one]) for one in Decision],
        "decided": words.DECISIONS[Decision(notice.decision)] if notice.decision else "",
        "form": form,
        "chosen": words.DECISIONS.get(form["decision"].value(), "") if form else "",
        "may": permissions.can_moderate(request.user),  # type: ignore[arg-type]
    }
    return render(request, "moderation/notice_staff.html", context, status=status)


@require_POST
@allow(permissions.can_moderate, Notice)
def decide_notice(request: StaffRequest, notice: Notice) -> HttpResponse:
    """Decide on a notice; the notifier is told."""
    form = DecideForm(request.POST)
    if not form.is_valid():
        return _notice(request, notice, form=form, status=400)
    decision = Decision(form.cleaned_data["decision"])
    try:
        actions.decide_notice(notice, decision=decision, text=form.cleaned_data["text"], by=request.user)
    except Refused as refused:
        form.add_error(None, says(refused))
        return _notice(request, notice, form=form, status=409)
    messages.success(request, _("Avgjort. Den som anmälde får veta det."))
    return _next(request, notice.conversation)


def _next(request: HttpRequest, conversation: Conversation) -> HttpResponse:
    """Back to the list, or to the conversation where a colleague has to approve the answer first."""
    if not Organisation.current().needs_approval:
        return redirect("moderation:notices")
    messages.warning(request, _("Beskedet ligger som utkast i samtalet. Be en kollega att godkänna det."))
    return redirect(_conversation(conversation.number))


@allow(permissions.can_see_moderation, Complaint)
def complaint(request: StaffRequest, complaint: Complaint) -> HttpResponse:
    """`/disk/moderering/invandningar/<pk>/`: a complaint, the decision, the text; `?beslut=yes|no` proposes words."""
    return _complaint(request, complaint)


def _complaint(request: HttpRequest, complaint: Complaint, *, form: Any = None, status: int = 200) -> HttpResponse:
    removal = complaint.removal
    first = complaint.conversation.messages.select_related("record").order_by("pk")[0]
    user: Any = request.user
    choice = request.GET.get("beslut", "")
    if form is None and choice in REVIEWS:
        # The words go with what was chosen: nobody is told no when the text is shown again.
        form = ReviewForm(initial={"upheld": choice, "text": words.complaint_text(upheld=choice == "yes")})
    context = {
        "complaint": complaint,
        "removal": removal,
        "text": first.record.latest.whole,
        "removed": removal.message.record.latest.whole,
        "ground": words.ground_word(removal.ground),
        "law": LAW.get(Ground(removal.ground), ""),
        "did": words.DID[removal.how],
        "form": form,
        "choices": REVIEWS.items(),
        "chosen": REVIEWS.get(str(form["upheld"].value())) if form else "",
        "may": permissions.can_moderate(user) and complaint.decided_at is None,
        "own": removal.decided_by_id == user.pk,
    }
    return render(request, "moderation/complaint.html", context, status=status)


@require_POST
@allow(permissions.can_moderate, Complaint)
def decide_complaint(request: StaffRequest, complaint: Complaint) -> HttpResponse:
    """Decide on a complaint against somebody else's decision."""
    form = ReviewForm(request.POST)
    if not form.is_valid():
        return _complaint(request, complaint, form=form, status=400)
    upheld = form.cleaned_data["upheld"] == "yes"
    try:
        actions.decide_complaint(complaint, upheld=upheld, text=form.cleaned_data["text"], by=request.user)
    except Refused as refused:
        form.add_error(None, says(refused))
        return _complaint(request, complaint, form=form, status=409)
    messages.success(request, _("Texten visas igen.") if upheld else _("Beslutet står fast. Den som klagade får veta."))
    return _next(request, complaint.conversation)


# ---- taking away -----------------------------------------------------------------------------------------------------


def _message(conversation: Conversation, pk: int) -> Message:
    related = ("record", "account", "sender", "conversation")
    found = conversation.messages.select_related(*related).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


@allow(permissions.can_moderate, Conversation, extra=("pk",))
def moderate(request: StaffRequest, conversation: Conversation, pk: int) -> HttpResponse:
    """`/disk/<number>/moderera/<pk>/`: first the ground, then the decision with the words to the writer."""
    message = _message(conversation, pk)
    if request.method == "POST":
        return _remove(request, message)
    given = GroundForm(request.GET if "ground" in request.GET else None)
    form = None
    if given.is_bound and given.is_valid():
        ground = Ground(given.cleaned_data["ground"])
        how = How(given.cleaned_data["how"] or proposed(ground))
        about = reading.key_of(request.GET.get("anmalan", ""))
        asker = actions.is_the_asker(message)
        initial = {
            "ground": ground.value,
            "how": how.value,
            "notice": about,
            "statement": words.statement(ground=ground, how=how, by_notice=bool(about)),
            "tell": asker,
        }
        form = RemoveForm(initial=initial)
    return _moderate(request, message, given=given, form=form)


def _moderate(
    request: HttpRequest, message: Message, *, given: GroundForm, form: RemoveForm | None, status: int = 200
) -> HttpResponse:
    chosen = str((form.data.get("ground") if form.is_bound else form.initial.get("ground")) or "") if form else ""
    how = str((form.data.get("how") if form.is_bound else form.initial.get("how")) or "") if form else ""
    version = message.record.latest
    ground = Ground(chosen) if chosen in list(Ground) else None
    context = {
        "conversation": message.conversation,
        "message": message,
        "text": version.text or version.whole,
        "hints": [(words.HINTS[hint.kind], hint.words) for hint in screening.hints(version.whole)],
        "given": given,
        "form": form,
        "asker": actions.is_the_asker(message),
        "ground": words.GROUNDS[ground] if ground else None,
        "law": LAW.get(ground, "") if ground else "",
        "how": words.HOW.get(how, ""),
        "no_copy": ground in NO_COPY if ground else False,
        # Of a form that came back, the one it names: "another ground" goes on with the same notice.
        "notice": form["notice"].value() if form else request.GET.get("anmalan", ""),
    }
    return render(request, "moderation/moderate.html", context, status=status)


def _remove(request: StaffRequest, message: Message) -> HttpResponse:
    form = RemoveForm(request.POST)
    if not form.is_valid():
        return _moderate(request, message, given=GroundForm(), form=form, status=400)
    data = form.cleaned_data
    about = Notice.objects.filter(pk=data["notice"]).first() if data["notice"] else None
    try:
        removal = actions.remove(
            message,
            ground=Ground(data["ground"]),
            how=How(data["how"]),
            by=request.user,
            statement=data["statement"],
            notice=about,
        )
    except Refused as refused:
        form.add_error(None, says(refused))
        return _moderate(request, message, given=GroundForm(), form=form, status=409)
    _tell(request, removal, send=data["tell"])
    if about:
        return redirect(reverse("moderation:notice", kwargs={"pk": about.pk}) + f"?beslut={Decision.REMOVED}#beslut")
    return redirect(_conversation(message.conversation.number))


def _tell(request: StaffRequest, removal: Removal, *, send: bool) -> None:
    """Say what became of it, and tell the writer where that is wanted and can be done."""
    if removal.way == Way.BY_HAND:
        messages.warning(request, _("Borta från våra sidor. Kontot är inte anslutet: ta bort det i kanalen också."))
    elif removal.way == Way.CHANNEL:
        messages.success(request, _("Borta från våra sidor. Kanalen tar bort det om en stund."))
    else:
        messages.success(request, _("Borta från våra sidor."))
    if not send:
        messages.info(
            request, _("Den som skrev har inte fått veta det än. Länken till beslutet finns under Moderering.")
        )
        return
    try:
        if actions.tell(removal, by=request.user) is None:
            messages.warning(request, _("Skälet ligger som utkast i samtalet. Be en kollega att godkänna det."))
    except Refused as refused:
        messages.warning(request, _("Skälet kunde inte skickas: %(why)s") % {"why": says(refused)})


# ---- what was taken away ---------------------------------------------------------------------------------------------


@allow(permissions.can_see_moderation)
def removals(request: StaffRequest) -> HttpResponse:
    """`/disk/moderering/`: what a person must look at, then all that was taken away, newest first."""
    before = reading.key_of(request.GET.get("fore", ""))
    found, last = reading.removals(request.user, before=before)
    waiting, _none = reading.removals(request.user, before=None, waiting=True) if not before else ([], None)
    user: Any = request.user
    context = {
        "waiting": [_row(one) for one in waiting],
        "rows": [_row(one) for one in found],
        "older": f"?fore={last}" if last else "",
        "may": permissions.can_moderate(user),
    }
    return render(request, "moderation/removals.html", context)


def _row(removal: Removal) -> dict[str, Any]:
    problem = words.PROBLEMS.get(removal.problem, words.PROBLEMS["other"]) if removal.problem else ""
    return {
        "removal": removal,
        "label": panels.label(removal),
        "did": words.DID[removal.how],
        "ground": words.ground_word(removal.ground),
        "law": LAW.get(Ground(removal.ground), ""),
        "problem": problem if removal.state != State.DONE else "",
        "by_hand": removal.way == Way.BY_HAND and removal.state == State.ASKED,
        "needs": removal.state in (State.REFUSED, State.UNKNOWN),
        "address": actions.address_of(actions.secret_of(removal)),
    }


@require_POST
@allow(permissions.can_moderate, Removal)
def outcome(request: StaffRequest, removal: Removal) -> HttpResponse:
    """Say that it is gone in its channel, or ask the channel once more."""
    answer = request.POST.get("borta", "")
    if answer in ("ja", "nej"):
        actions.decide(removal, gone=answer == "ja", by=request.user)
        messages.success(
            request, _("Antecknat: det är borta.") if answer == "ja" else _("Vi ber kanalen en gång till.")
        )
    else:
        messages.error(request, _("Svara om det är borta eller inte."))
    return redirect("moderation:removals")


@require_POST
@allow(permissions.can_moderate, Removal)
def undo(request: StaffRequest, removal: Removal) -> HttpResponse:
    """Show it again."""
    was_there = removal.way != Way.HERE and removal.state == State.DONE
    try:
        actions.undo(removal, by=request.user)
    except Refused as refused:
        messages.error(request, says(refused))
        return redirect("moderation:removals")
    messages.success(request, _("Det visas igen på våra sidor."))
    if was_there:
        messages.warning(request, _("I kanalen är det fortfarande borta. Visa det igen där, om det går."))
    return redirect("moderation:removals")


@allow(permissions.can_moderate, Removal)
def copy(request: StaffRequest, removal: Removal) -> HttpResponseBase:
    """The evidence copy, as a file. Errors: 404 where none may be made."""
    if removal.evidence.blob is None:
        raise Http404
    return respond(removal.evidence.blob, filename=f"bevis-{removal.pk}.json", inline=False)
