"""What staff do with a conversation: one POST each, guarded at the door, refused in plain words with the text kept."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from torget.conversations import actions, permissions
from torget.conversations.actions.intake import parse_again
from torget.conversations.models import Conversation, Message, Outbox, Quarantined
from torget.conversations.words import REFUSED
from torget.core.access import StaffRequest, allow
from torget.core.errors import Refused
from torget.core.templatetags.torget import klock
from torget.desk import forms
from torget.desk.views.pages import address, show
from torget.register.rules import State
from torget.register.words import REFUSED as REGISTER_REFUSED


def _words(refused: Refused) -> str:
    words = str(REFUSED.get(refused.code) or REGISTER_REFUSED.get(refused.code) or refused.code)
    if refused.code == "locked_by_other" and refused.detail:
        return _("%(name)s hann före och svarar nu. Ditt utkast är kvar.") % {"name": refused.detail}
    return words


def _done(request: HttpRequest, conversation: Conversation, says: str = "", anchor: str = "#samtal") -> HttpResponse:
    if says:
        messages.success(request, says)
    return redirect(address(conversation, request, anchor))


def _try(
    request: HttpRequest, conversation: Conversation, deed: Callable[[], Any], says: str, anchor: str
) -> HttpResponse:
    """Do it and go back, or go back with the reason why not."""
    try:
        deed()
    except Refused as refused:
        messages.error(request, _words(refused))
        return _done(request, conversation, anchor=anchor)
    return _done(request, conversation, says, anchor)


@require_POST
@allow(permissions.can_reply, Conversation)
def take(request: StaffRequest, conversation: Conversation) -> HttpResponse:
    """Take the conversation, or with `ta_over` take it over from a colleague."""
    over = request.POST.get("ta_over") == "1"
    if text := request.POST.get("text", "").replace("\r\n", "\n"):
        # The button stands in the answer's form: what was already written comes along.
        actions.keep_draft(conversation, text=text, by=request.user)
    return _try(
        request, conversation, lambda: actions.take(conversation, by=request.user, take_over=over), "", "#svara"
    )


@require_POST
@allow(permissions.can_reply, Conversation)
def release(request: StaffRequest, conversation: Conversation) -> HttpResponse:
    """Give the conversation back to the queue."""
    actions.release(conversation, by=request.user)
    return _done(request, conversation, _("Samtalet är ledigt igen. Ditt utkast är kvar."))


@require_POST
@allow(permissions.can_reply, Conversation)
def draft(request: StaffRequest, conversation: Conversation) -> HttpResponse:
    """Keep the answer being written (called by the page while one types)."""
    kept = actions.keep_draft(conversation, text=request.POST.get("text", ""), by=request.user)
    saved = klock(kept.saved_at) if kept else ""
    return JsonResponse({"saved": saved})


@require_POST
@allow(permissions.can_reply, Conversation)
def reply(request: StaffRequest, conversation: Conversation) -> HttpResponse:
    """Answer. Where it cannot go, the page comes back with the text, the reason and what is new in the thread."""
    form = forms.ReplyForm(request.POST)
    if not form.is_valid():
        actions.keep_draft(conversation, text=request.POST.get("text", ""), by=request.user)
        return show(request, conversation, status=400, reply_form=form, refused=REFUSED["too_long"])
    text = form.cleaned_data["text"].replace("\r\n", "\n")
    if request.POST.get("bara_utkast"):
        actions.keep_draft(conversation, text=text, by=request.user)
        return _done(request, conversation, _("Utkastet är sparat."), "#svara")
    try:
        actions.reply(
            conversation, text=text, seen=form.cleaned_data["seen"], by=request.user, wait=form.cleaned_data["wait"]
        )
    except Refused as refused:
        if text.strip():
            actions.keep_draft(conversation, text=text, by=request.user)
        fresh = Conversation.objects.get(pk=conversation.pk)
        again = forms.ReplyForm(initial={"text": text, "seen": fresh.message_count, "wait": form.cleaned_data["wait"]})
        return show(request, conversation, status=409, reply_form=again, refused=_words(refused))
    return _done(request, conversation, _said(conversation))


def _said(conversation: Conversation) -> str:
    if conversation.channel != "web":
        return _("Svaret är godkänt. Kanalen har ingen väg ut än: det kan läsas på ett kvitto eller publiceras.")
    if conversation.contact and conversation.contact.address:
        return _("Svaret går ut med e-post och står på kvittot.")
    return _("Svaret står nu på kvittot.")


@require_POST
@allow(permissions.can_note, Conversation)
def note(request: StaffRequest, conversation: Conversation) -> HttpResponse:
    """Write an internal note."""
    text = request.POST.get("note", "")
    return _try(request, conversation, lambda: actions.note(conversation, text=text, by=request.user), "", "#samtal")


@require_POST
@allow(permissions.can_reply, Conversation)
def wait(request: StaffRequest, conversation: Conversation) -> HttpResponse:
    """Put the conversation aside until facts have come from elsewhere."""
    actions.wait(conversation, by=request.user)
    return _done(request, conversation, _("Samtalet väntar. Det kommer tillbaka när något händer i det."))


@require_POST
@allow(permissions.can_reply, Conversation)
def close(request: StaffRequest, conversation: Conversation) -> HttpResponse:
    """Close without an answer."""
    reason = request.POST.get("reason", "")
    says = _("Avslutat utan svar. Du kan ta upp det igen.")
    return _try(
        request, conversation, lambda: actions.close(conversation, reason=reason, by=request.user), says, "#samtal"
    )


@require_POST
@allow(permissions.can_reply, Conversation)
def reopen(request: StaffRequest, conversation: Conversation) -> HttpResponse:
    """Take up again what was closed or answered."""
    actions.reopen(conversation, by=request.user)
    return _done(request, conversation, _("Samtalet är öppet igen och ligger hos dig."))


def _message(conversation: Conversation, pk: int) -> Message:
    found = conversation.messages.select_related("record", "conversation").filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


@require_POST
@allow(permissions.can_classify, Conversation, extra=("pk",))
def classify(request: StaffRequest, conversation: Conversation, pk: int) -> HttpResponse:
    """Confirm how a record is kept."""
    form = forms.ClassifyForm(request.POST)
    message = _message(conversation, pk)
    if not form.is_valid():
        messages.error(request, _("Välj hur handlingen ska bevaras."))
        return _done(request, conversation, anchor="#underlag")
    state, subject = State(form.cleaned_data["state"]), form.cleaned_data["subject"]
    return _try(
        request,
        conversation,
        lambda: actions.classify(message, state=state, subject=subject, by=request.user),
        _("Bekräftat. Det syns i diariet."),
        "#underlag",
    )


@require_POST
@allow(permissions.can_classify, Conversation, extra=("pk",))
def secrecy(request: StaffRequest, conversation: Conversation, pk: int) -> HttpResponse:
    """Put a secrecy mark on a record, or take it away."""
    message = _message(conversation, pk)
    if request.POST.get("ta_bort"):
        actions.lift_secret(message, by=request.user)
        return _done(request, conversation, _("Sekretessmarkeringen är borttagen."), "#underlag")
    provision = request.POST.get("provision", "")
    return _try(
        request,
        conversation,
        lambda: actions.mark_secret(message, provision=provision, by=request.user),
        _("Markerad. Handlingen är registrerad och inget av den visas öppet."),
        "#underlag",
    )


@require_POST
@allow(permissions.can_publish, Conversation)
def publish(request: StaffRequest, conversation: Conversation) -> HttpResponse:
    """Publish the conversation as it stands, or take it down."""
    if request.POST.get("ta_ner"):
        actions.unpublish(conversation, by=request.user)
        return _done(request, conversation, _("Samtalet är nertaget från de öppna sidorna."), "#underlag")
    title = request.POST.get("title", "")
    return _try(
        request,
        conversation,
        lambda: actions.publish(conversation, title=title, by=request.user, seen=request.POST.get("visat")),
        _("Samtalet är publicerat, utan namn och personnummer."),
        "#underlag",
    )


@require_POST
@allow(permissions.can_reply, Conversation)
def make_receipt(request: StaffRequest, conversation: Conversation) -> HttpResponse:
    """Make a receipt to hand over; its address is shown once, here."""
    secret = actions.make_receipt(conversation, by=request.user)
    link = request.build_absolute_uri(reverse("conversations:receipt", kwargs={"secret": secret}))
    return show(request, conversation, new_receipt=link)


@require_POST
@allow(permissions.can_reply, Conversation, extra=("pk",))
def decide(request: StaffRequest, conversation: Conversation, pk: int) -> HttpResponse:
    """Say whether an answer of unknown outcome went out."""
    outbox = Outbox.objects.filter(pk=pk, message__conversation=conversation).first()
    if outbox is None:
        raise Http404
    answer = request.POST.get("gick_ut", "")
    if answer not in ("ja", "nej"):
        messages.error(request, _("Svara om det gick ut eller inte."))
        return _done(request, conversation)
    went_out = answer == "ja"
    actions.decide_unknown(outbox, went_out=went_out, by=request.user)
    return _done(request, conversation, _("Antecknat: det gick ut.") if went_out else _("Svaret skickas igen."))


@require_POST
@allow(permissions.can_see_quarantine, extra=("pk",))
def quarantined(request: StaffRequest, pk: int) -> HttpResponse:
    """Read a quarantined delivery again, or put it aside."""
    row = Quarantined.objects.select_related("raw").filter(pk=pk).first()
    if row is None:
        raise Http404
    if request.POST.get("igen"):
        parse_again(row.raw, by=request.user)
        messages.success(request, _("Den läses in igen. Förstås den inte nu heller, kommer den tillbaka hit."))
    else:
        actions.set_aside(row, by=request.user)
        messages.success(request, _("Undanlagd. Den finns kvar som den kom."))
    return redirect("desk:quarantine")
