"""What staff do with a conversation: one POST each, guarded at the door, refused in plain words with the text kept."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from torget.conversations import actions, permissions
from torget.conversations.models import Conversation, DraftFile, Message
from torget.conversations.rules import Sending, Way
from torget.conversations.words import REFUSED
from torget.core import clock
from torget.core.access import StaffRequest, allow
from torget.core.errors import Refused
from torget.core.paging import read_key
from torget.core.templatetags.torget import frist, klock
from torget.desk import forms
from torget.desk.views.showing import address, show_anew
from torget.desk.words import REFUSED as REFUSED_HERE
from torget.desk.words import refusal
from torget.files import actions as files
from torget.organisations.models import User
from torget.register.rules import State
from torget.team import actions as team


def done(request: HttpRequest, conversation: Conversation, says: str = "", anchor: str = "#samtal") -> HttpResponse:
    """Back to the conversation, in the queue one stood in, with a word about what was done."""
    if says:
        messages.success(request, says)
    return redirect(address(conversation, request, anchor))


def attempt(
    request: HttpRequest, conversation: Conversation, deed: Callable[[], Any], says: str, anchor: str
) -> HttpResponse:
    """Do it and go back, or go back with the reason why not."""
    try:
        deed()
    except Refused as refused:
        messages.error(request, refusal(refused))
        return done(request, conversation, anchor=anchor)
    return done(request, conversation, says, anchor)


@require_POST
@allow(permissions.can_reply, Conversation)
def take(request: StaffRequest, conversation: Conversation) -> HttpResponse:
    """Take the conversation, or with `ta_over` take it over from a colleague."""
    over = request.POST.get("ta_over") == "1"
    if text := request.POST.get("text", "").replace("\r\n", "\n"):
        # The button stands in the answer's form: what was already written comes along.
        team.keep_draft(conversation, text=text, by=request.user)
    return attempt(
        request, conversation, lambda: team.take(conversation, by=request.user, take_over=over), "", "#svara"
    )


@require_POST
@allow(permissions.can_reply, Conversation)
def release(request: StaffRequest, conversation: Conversation) -> HttpResponse:
    """Give the conversation back to the queue."""
    actions.release(conversation, by=request.user)
    return done(request, conversation, _("Samtalet är ledigt igen. Ditt utkast är kvar."))


@require_POST
@allow(permissions.can_reply, Conversation)
def draft(request: StaffRequest, conversation: Conversation) -> HttpResponse:
    """Keep the answer being written (called by the page while one types)."""
    kept = team.keep_draft(conversation, text=request.POST.get("text", ""), by=request.user)
    saved = klock(kept.saved_at) if kept else ""
    return JsonResponse({"saved": saved})


@require_POST
@allow(permissions.can_reply, Conversation)
def reply(request: StaffRequest, conversation: Conversation) -> HttpResponse:
    """Answer, or ask that it be approved. Where it cannot go, the page comes back with the text and the reason."""
    form = forms.ReplyForm(request.POST)
    if not form.is_valid():
        team.keep_draft(conversation, text=request.POST.get("text", ""), by=request.user)
        moment = "send_at" in form.errors
        words = REFUSED_HERE["no_moment"] if moment else REFUSED["too_long"]
        return show_anew(request, conversation, status=400, reply_form=form, refused=words)
    text = form.cleaned_data["text"].replace("\r\n", "\n")
    if request.POST.get("bara_utkast"):
        return attempt(
            request, conversation, lambda: _only_keep(request, conversation, text), _("Utkastet är sparat."), "#svara"
        )
    asks = bool(request.POST.get("be_om_godkannande"))
    given: dict[str, Any] = {
        "text": text,
        "seen": form.cleaned_data["seen"],
        "wait": form.cleaned_data["wait"],
        "send_at": form.cleaned_data["send_at"],
        "by": request.user,
    }
    try:
        keep_files(request, conversation, text)
        if asks:
            team.ask(conversation, of=_colleague(request.POST.get("av", "")), **given)
        else:
            message = team.answer(conversation, **given)
    except Refused as refused:
        if text.strip():
            team.keep_draft(conversation, text=text, by=request.user)
        fresh = Conversation.objects.get(pk=conversation.pk)
        again = forms.ReplyForm(initial=form.cleaned_data | {"text": text, "seen": fresh.message_count})
        return show_anew(request, conversation, status=409, reply_form=again, refused=refusal(refused))
    return done(request, conversation, _("Du har bett om godkännande.") if asks else _said(message))


def _only_keep(request: StaffRequest, conversation: Conversation, text: str) -> None:
    team.keep_draft(conversation, text=text, by=request.user)
    keep_files(request, conversation, text)


def _colleague(key: str) -> User | None:
    return User.objects.filter(pk=read_key(key) or 0, is_active=True).first()


def keep_files(request: StaffRequest, conversation: Conversation, text: str) -> None:
    """Put the files that came with the answer's form to the draft, and take away those that were unticked. Errors: Refused."""
    chosen = [(files.keep_stream(one.chunks(), filename=one.name or ""), one.name or _("fil")) for one in
              request.FILES.getlist("bilagor")]  # fmt: skip
    if chosen:
        team.attach(conversation, text=text, files=chosen, by=request.user)
    gone = [key for text in request.POST.getlist("ta_bort_fil")[:200] if (key := read_key(text)) is not None]
    for file in DraftFile.objects.filter(pk__in=gone, draft__conversation=conversation, draft__author=request.user):
        team.detach(file, by=request.user)


def _said(message: Message) -> str:
    """What becomes of the answer, in words; when it leaves stands in the bar with the way back."""
    outbox = message.outbox
    if outbox.way == Way.NONE.value:
        return _("Svaret är godkänt. Kanalen har ingen väg ut än: det kan läsas på ett kvitto eller publiceras.")
    if outbox.not_before and outbox.not_before > clock.now() + timedelta(minutes=10):
        return _("Svaret går ut %(when)s.") % {"when": frist(outbox.not_before)}
    if outbox.way == Way.EMAIL.value:
        return _("Svaret går ut med e-post och står på kvittot.")
    if outbox.way == Way.CHANNEL.value:
        return _("Svaret går ut i kanalen.")
    if outbox.state == Sending.SENT.value:
        return _("Svaret står nu på kvittot.")
    return _("Svaret läggs strax på kvittot.")


@require_POST
@allow(permissions.can_note, Conversation)
def note(request: StaffRequest, conversation: Conversation) -> HttpResponse:
    """Write an internal note."""
    text = request.POST.get("note", "")
    return attempt(
        request, conversation, lambda: team.write_note(conversation, text=text, by=request.user), "", "#samtal"
    )


@require_POST
@allow(permissions.can_reply, Conversation)
def wait(request: StaffRequest, conversation: Conversation) -> HttpResponse:
    """Put the conversation aside until facts have come from elsewhere."""
    actions.wait(conversation, by=request.user)
    return done(request, conversation, _("Samtalet väntar. Det kommer tillbaka när något händer i det."))


@require_POST
@allow(permissions.can_reply, Conversation)
def close(request: StaffRequest, conversation: Conversation) -> HttpResponse:
    """Close without an answer."""
    reason = request.POST.get("reason", "")
    says = _("Avslutat utan svar. Du kan ta upp det igen.")
    return attempt(
        request, conversation, lambda: actions.close(conversation, reason=reason, by=request.user), says, "#samtal"
    )


@require_POST
@allow(permissions.can_reply, Conversation)
def reopen(request: StaffRequest, conversation: Conversation) -> HttpResponse:
    """Take up again what was closed or answered."""
    says = _("Samtalet är öppet igen och ligger hos dig.")
    return attempt(request, conversation, lambda: actions.reopen(conversation, by=request.user), says, "#samtal")


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
        return done(request, conversation, anchor="#underlag")
    state, subject = State(form.cleaned_data["state"]), form.cleaned_data["subject"]
    return attempt(
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
        return done(request, conversation, _("Sekretessmarkeringen är borttagen."), "#underlag")
    provision = request.POST.get("provision", "")
    return attempt(
        request,
        conversation,
        lambda: actions.mark_secret(message, provision=provision, by=request.user),
        _("Markerad. Handlingen är registrerad och inget i den visas öppet."),
        "#underlag",
    )


@require_POST
@allow(permissions.can_publish, Conversation)
def publish(request: StaffRequest, conversation: Conversation) -> HttpResponse:
    """Publish the conversation as it stands, or take it down."""
    if request.POST.get("ta_ner"):
        actions.unpublish(conversation, by=request.user)
        return done(request, conversation, _("Samtalet är nertaget från de öppna sidorna."), "#underlag")
    title = request.POST.get("title", "")
    return attempt(
        request,
        conversation,
        lambda: actions.publish(
            conversation,
            title=title,
            by=request.user,
            seen=request.POST.get("visat"),
            reviewed=request.POST.get("granskat") == "1",
        ),
        _("Samtalet är publicerat, utan namn och personnummer."),
        "#underlag",
    )


@require_POST
@allow(permissions.can_reply, Conversation)
def make_receipt(request: StaffRequest, conversation: Conversation) -> HttpResponse:
    """Make a receipt to hand over; its address is shown once, here."""
    secret = actions.make_receipt(conversation, by=request.user)
    link = request.build_absolute_uri(reverse("conversations:receipt", kwargs={"secret": secret}))
    return show_anew(request, conversation, new_receipt=link)
