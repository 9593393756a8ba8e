"""The notice form, what we take away and how often, and the page of one decision."""

import secrets
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse

from torget.conversations import limits
from torget.conversations.words import REFUSED as CONVERSATION_REFUSED
from torget.core import clock
from torget.core.access import public
from torget.core.errors import Refused
from torget.core.stored import form_page
from torget.moderation import actions, reading
from torget.moderation.forms import ComplaintForm, NoticeForm
from torget.moderation.words import DID, GROUNDS, REFUSED

HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
}


def _receipt(secret: str) -> HttpResponse:
    return HttpResponse(status=303, headers={"Location": reverse("conversations:receipt", kwargs={"secret": secret})})


def _may_post(request: HttpRequest, form: Any) -> bool:
    """Whether the box that people do not see is empty and not too many came from one address."""
    address = request.META.get("REMOTE_ADDR", "")
    if form.cleaned_data["website"] or not limits.allowed(address, settings.TORGET_POSTS_PER_MINUTE):
        form.add_error(None, REFUSED["too_fast"])
        return False
    return True


def _say(form: Any, refused: Refused) -> None:
    form.add_error(None, str(REFUSED.get(refused.code) or CONVERSATION_REFUSED.get(refused.code) or refused.code))


@public("anyone may tell of unlawful content, without an account (DSA article 16)")
def notice(request: HttpRequest) -> HttpResponseBase:
    """`/anmal/`: the notice form; `?om=` fills in what it is about. What was written stays whenever it cannot be taken."""
    if request.method == "POST":
        form = NoticeForm(request.POST)
        if form.is_valid() and _may_post(request, form):
            names = ("target", "ground", "why", "name", "email", "good_faith", "nonce")
            try:
                noticed = actions.Noticed(**{name: form.cleaned_data[name] for name in names})
                return _receipt(actions.post_notice(noticed))
            except Refused as refused:
                _say(form, refused)
        return _notice_page(request, form, status=400)
    if about := request.GET.get("om", "")[:500]:
        return _notice_page(request, NoticeForm(initial={"nonce": secrets.token_urlsafe(16), "target": about}))
    return form_page(request, lambda given: _notice_page(request, NoticeForm(initial=given)))


def _notice_page(request: HttpRequest, form: NoticeForm, *, status: int = 200) -> HttpResponse:
    response = render(request, "moderation/notice.html", {"form": form}, status=status)
    response.headers["Cache-Control"] = "no-store"
    return response


@public("what we take away, by which rules and how often, is for everyone to read", stored=True)
def about(request: HttpRequest) -> HttpResponse:
    """`/moderering/`: the grounds with their law, the figures of this year and the last, the way to the notice form."""
    year = clock.now().astimezone(clock.STOCKHOLM).year
    this, last = reading.year_of(year), reading.year_of(year - 1)
    return render(request, "moderation/about.html", {"years": [this, last], "this": this})


@public("whoever has the secret address of a decision may read it and object to it")
def decision(request: HttpRequest, secret: str) -> HttpResponse:
    """`/moderering/beslut/<secret>/`: the statement of reasons and the complaint; never the text that was taken away."""
    removal = actions.find_removal(secret)
    if removal is None:
        raise Http404
    form, status = ComplaintForm(initial={"nonce": secrets.token_urlsafe(16)}), 200
    if request.method == "POST":
        form = ComplaintForm(request.POST)
        if form.is_valid() and _may_post(request, form):
            data = form.cleaned_data
            try:
                return _receipt(actions.complain(secret, text=data["text"], email=data["email"], nonce=data["nonce"]))
            except Refused as refused:
                _say(form, refused)
        status = 400
    context = {
        "removal": removal,
        "did": DID[removal.how],
        "ground": GROUNDS[removal.ground],
        "complaint": removal.complaints.order_by("-pk").first(),
        "form": form,
        "secret": secret,
    }
    response = render(request, "moderation/decision.html", context, status=status)
    for name, value in HEADERS.items():
        response.headers[name] = value
    return response
