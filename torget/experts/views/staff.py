"""At the desk: ask a colleague, use the answer; and for who is asked and logged in, the question and one's own worth."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from torget.conversations.models import Conversation
from torget.core import clock
from torget.core.access import StaffRequest, allow
from torget.core.errors import Refused
from torget.experts import actions, panels, permissions, reading, rules
from torget.experts.forms import AskForm, DeclineForm
from torget.experts.models import Expert, ExpertRequest
from torget.experts.views.showing import Page, give_file, take_answer, words_of
from torget.files.serving import respond
from torget.organisations.models import User
from torget.register.models import Attachment

NAMES = {"page": "experts:request", "answer": "experts:answer", "decline": "experts:decline", "file": "experts:file"}


def _to_desk(conversation: Conversation, anchor: str = "#underlag") -> HttpResponse:
    return redirect(reverse("desk:conversation", kwargs={"number": conversation.number}) + anchor)


@require_http_methods(["GET", "HEAD", "POST"])
@allow(permissions.can_ask, Conversation)
def ask(request: StaffRequest, conversation: Conversation) -> HttpResponse:
    """`/disk/expert/fraga/<number>/`: the form to ask, filled in where a colleague has proposed another; and asking."""
    if request.method != "POST":
        given = {"to": request.GET.get("till", "")[:320], "instead_of": request.GET.get("efter", "")[:18]}
        if passed := conversation.expert_requests.filter(pk=_number(given["instead_of"])).first():
            given["text"] = passed.text
        return _ask_page(request, conversation, AskForm(conversation, initial=given))
    form = AskForm(conversation, request.POST)
    if not form.is_valid():
        return _ask_page(request, conversation, form, status=400)
    data = form.cleaned_data
    question = actions.Question(
        text=data["text"],
        wanted_by=form.wishes[data["wanted"]],
        messages=[int(key) for key in data["messages"]],
        attachments=[int(key) for key in data["attachments"]],
        instead_of=data["instead_of"],
    )
    try:
        asked = actions.ask(conversation, question, to=_whom(data), by=request.user)
    except Refused as refused:
        about_text = refused.code in ("empty", "too_long")
        words = str(words_of(refused)) + (f" ({refused.detail})" if refused.code == "several" else "")
        form.add_error("text" if about_text else "to", words)
        return _ask_page(request, conversation, form, status=409)
    name = asked.expert.first_name or asked.expert.email
    messages.success(request, _("Frågan går till %(name)s med e-post. Samtalet väntar så länge.") % {"name": name})
    return _to_desk(conversation)


def _whom(data: dict[str, Any]) -> actions.Whom:
    """Who was chosen; what was written counts before what was marked."""
    if data["to"].strip():
        return actions.whom(data["to"])
    expert = Expert.objects.select_related("user", "unit").filter(pk=data["expert"]).first()
    if expert is None:
        raise Refused("nobody")
    return actions.whom(expert.email)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 18 else 0


def _ask_page(request: StaffRequest, conversation: Conversation, form: AskForm, status: int = 200) -> HttpResponse:
    context = {"conversation": conversation, "may_ask": True, **panels.asking(conversation, form)}
    return render(request, "experts/ask.html", context, status=status)


def _deed(request: StaffRequest, asked: ExpertRequest, deed: Callable[[], Any], says: str, anchor: str) -> HttpResponse:
    """Do it and go back to the conversation, or go back with the reason why not."""
    try:
        deed()
    except Refused as refused:
        messages.error(request, str(words_of(refused)))
        return _to_desk(asked.conversation)
    messages.success(request, says)
    return _to_desk(asked.conversation, anchor)


@require_POST
@allow(permissions.can_handle_request, ExpertRequest)
def use(request: StaffRequest, asked: ExpertRequest) -> HttpResponse:
    """Put the answer in one's own draft; nothing is sent."""
    says = _("Svaret ligger i ditt utkast. Läs igenom det innan du skickar.")
    return _deed(request, asked, lambda: actions.use(asked, by=request.user), says, "#svara")


@require_POST
@allow(permissions.can_handle_request, ExpertRequest)
def resend(request: StaffRequest, asked: ExpertRequest) -> HttpResponse:
    """Send the question's letter once more."""
    return _deed(request, asked, lambda: actions.resend(asked, by=request.user), _("Mejlet går ut igen."), "#underlag")


@require_POST
@allow(permissions.can_handle_request, ExpertRequest)
def revoke(request: StaffRequest, asked: ExpertRequest) -> HttpResponse:
    """Shut the link."""
    says = _("Länken gäller inte längre.")
    return _deed(request, asked, lambda: actions.revoke(asked, by=request.user), says, "#underlag")


@allow(permissions.can_read_answer, ExpertRequest, extra=("file",))
def answer_file(request: StaffRequest, asked: ExpertRequest, file: int) -> HttpResponseBase:
    """A file that came with a colleague's answer."""
    answer = getattr(asked, "answer", None)
    found = (
        Attachment.objects.select_related("blob__rendition").filter(pk=file, record=answer and answer.record).first()
    )
    if answer is None or found is None:
        raise Http404
    return respond(found.blob, filename=found.filename)


# ---- who is asked, logged in ----------------------------------------------------------------------------------------


def _page(asked: ExpertRequest, reader: User, **more: Any) -> Page:
    return Page(ExpertRequest.objects.whole().get(pk=asked.pk), NAMES, {"pk": asked.pk}, reader=reader, **more)


@allow(permissions.can_answer_request, ExpertRequest)
def show(request: StaffRequest, asked: ExpertRequest) -> HttpResponse:
    """`/disk/expert/<pk>/`: the question for the one who was asked, also under secrecy."""
    return _show(request, _page(asked, request.user))


def _show(request: StaffRequest, page: Page, status: int = 200) -> HttpResponse:
    shut = rules.why_shut(page.request.state, expires=page.request.expires_at, now=clock.now())
    return render(request, "experts/request.html", page.context() | {"shut": shut}, status=410 if shut else status)


@require_POST
@allow(permissions.can_answer_request, ExpertRequest)
def answer(request: StaffRequest, asked: ExpertRequest) -> HttpResponse:
    """Take the answer of who is logged in."""
    form, status = take_answer(request, asked, by=request.user)
    return (
        redirect("experts:request", pk=asked.pk)
        if status == 303
        else _show(request, _page(asked, request.user, form=form), status)
    )


@require_POST
@allow(permissions.can_answer_request, ExpertRequest)
def decline(request: StaffRequest, asked: ExpertRequest) -> HttpResponse:
    """Leave the question, with a proposal of whom to ask."""
    form = DeclineForm(request.POST)
    status = 400
    if form.is_valid():
        try:
            actions.decline(asked, proposal=form.cleaned_data["proposal"], by=request.user)
            return redirect("experts:my_page")
        except Refused as refused:
            form.add_error(None, str(words_of(refused)))
            status = 409
    return _show(request, _page(asked, request.user, decline_form=form), status)


@allow(permissions.can_answer_request, ExpertRequest, extra=("file",))
def file(request: StaffRequest, asked: ExpertRequest, file: int) -> HttpResponseBase:
    """A file that went along, as it came."""
    return give_file(asked, file, request.user)


@allow(permissions.can_see_own_worth)
def my_page(request: StaffRequest) -> HttpResponse:
    """`/disk/expert/min-sida/`: what lies with me, and what my answers were worth."""
    expert = Expert.objects.filter(user=request.user).first()
    context = {
        "open": [{"asked": one, "title": reading.title_of(one)} for one in reading.open_for(request.user)],
        "worth": reading.worth(expert, logged_in=True) if expert else None,
        "expert": expert,
    }
    return render(request, "experts/my_page.html", context)


@require_POST
@allow(permissions.can_see_own_worth)
def my_choice(request: StaffRequest) -> HttpResponse:
    """Fewer letters, or no more questions; for who is logged in."""
    expert = Expert.objects.filter(user=request.user).first()
    if expert is None:
        raise Http404
    try:
        actions.choose(expert, request.POST.get("val", ""), by=request.user)
    except Refused as refused:
        messages.error(request, str(words_of(refused)))
    return redirect("experts:my_page")
