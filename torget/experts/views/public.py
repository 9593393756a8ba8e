"""By the link of a letter, without log-in: the question, the answer, one's own worth, and an end to letters.

Scanners open the links of mails, so a GET or a HEAD changes nothing; what changes is a POST from our own page.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from torget.core import clock
from torget.core.access import public
from torget.core.errors import Refused
from torget.core.limits import Limit
from torget.experts import actions, links, reading, rules
from torget.experts.forms import DeclineForm
from torget.experts.models import ExpertRequest
from torget.experts.views.showing import Page, give_file, take_answer, words_of

HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
}
TRIES_A_MINUTE = 60
"""How many times an address may try links in a minute, right ones counted too; more than a whole office needs."""
NAMES = {
    "page": "experts:link",
    "answer": "experts:link_answer",
    "decline": "experts:link_decline",
    "file": "experts:link_file",
}
tries = Limit("experts")
View = Callable[..., HttpResponseBase]


def _secretly(view: View) -> View:
    """Count the tries, and keep every answer out of caches, referrers and search engines, also when there is nothing."""

    @wraps(view)
    def inner(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        if not tries.allowed(request.META.get("REMOTE_ADDR", ""), TRIES_A_MINUTE):
            said = _("Det kom många försök på kort tid. Vänta en minut och öppna länken igen.")
            response: HttpResponseBase = HttpResponse(said, status=429, content_type="text/plain; charset=utf-8")
        else:
            try:
                response = view(request, **kwargs)
            except Http404:
                response = render(request, "404.html", status=404)
        for name, value in HEADERS.items():
            response.headers[name] = value
        return response

    return inner


def _with_request(view: View) -> View:
    """Find the question by its secret: 404 for none, 410 where the link is shut, log-in where there is secrecy."""

    @_secretly
    @wraps(view)
    def inner(request: HttpRequest, secret: str, **kwargs: Any) -> HttpResponseBase:
        asked = links.find_request(secret)
        if asked is None:
            raise Http404
        # Whoever was writing when it was shut, or marked as secret, has the words on the page still.
        kept = request.POST.get("text", "")[: rules.MAX_TEXT] if request.method == "POST" else ""
        if reading.is_secret(asked):
            if kept:
                context = {"asked": asked, "why": "secret", "kept": kept}
                return render(request, "experts/gone.html", context, status=403)
            return redirect("experts:request", pk=asked.pk)
        if shut := rules.why_shut(asked.state, expires=asked.expires_at, now=clock.now()):
            return render(request, "experts/gone.html", {"asked": asked, "why": shut, "kept": kept}, status=410)
        return view(request, asked, secret=secret, **kwargs)

    return inner


@public("whoever has the secret link may read the question that it opens")
@require_safe
@_with_request
def link(request: HttpRequest, asked: ExpertRequest, *, secret: str) -> HttpResponse:
    """`/expert/<secret>/`: the question, and the answer once there is one."""
    return _show(request, Page(asked, NAMES, {"secret": secret}))


def _show(request: HttpRequest, page: Page, status: int = 200) -> HttpResponse:
    return render(request, "experts/link.html", page.context(), status=status)


@public("whoever has the secret link may answer the question that it opens")
@require_POST
@_with_request
def answer(request: HttpRequest, asked: ExpertRequest, *, secret: str) -> HttpResponse:
    """Take the answer, or a change of it."""
    form, status = take_answer(request, asked)
    if status == 303:
        return _back(secret)
    fresh = links.find_request(secret) or asked
    return _show(request, Page(fresh, NAMES, {"secret": secret}, form=form), status)


def _back(secret: str) -> HttpResponse:
    # 303: whatever the browser, the page is fetched anew and going back does not send the form again.
    return HttpResponse(status=303, headers={"Location": reverse("experts:link", kwargs={"secret": secret})})


@public("whoever has the secret link may say that somebody else is the right one")
@require_POST
@_with_request
def decline(request: HttpRequest, asked: ExpertRequest, *, secret: str) -> HttpResponse:
    """Leave the question, with a proposal of whom to ask."""
    form = DeclineForm(request.POST)
    status = 400
    if form.is_valid():
        try:
            actions.decline(asked, proposal=form.cleaned_data["proposal"])
            return _back(secret)
        except Refused as refused:
            form.add_error(None, str(words_of(refused)))
            status = 409
    return _show(request, Page(asked, NAMES, {"secret": secret}, decline_form=form), status)


@public("whoever has the secret link may open the files that were chosen to go along")
@require_safe
@_with_request
def file(request: HttpRequest, asked: ExpertRequest, *, secret: str, file: int) -> HttpResponseBase:
    """A file that went along, as it came."""
    return give_file(asked, file)


@public("whoever has the secret link of an own page may read what the answers were worth; it changes nothing")
@require_safe
@_secretly
def worth(request: HttpRequest, *, secret: str) -> HttpResponse:
    """`/expert/sida/<secret>/`: what one's answers were worth."""
    expert = links.find_by_page(secret)
    if expert is None:
        raise Http404
    return render(request, "experts/worth.html", {"worth": reading.worth(expert, logged_in=False)})


@public("whoever has the secret link that stops letters may stop them")
@require_http_methods(["GET", "HEAD", "POST"])
@_secretly
def stop(request: HttpRequest, *, secret: str) -> HttpResponse:
    """`/expert/sluta/<secret>/`: no more letters about how it went, or no more questions. One click of a mail program too."""
    expert = links.find_by_stop(secret)
    if expert is None:
        raise Http404
    context = {"expert": expert, "secret": secret}
    if request.method != "POST":
        return render(request, "experts/stop.html", context)
    # RFC 8058: a mail program that unsubscribes posts just this.
    one_click = request.POST.get("List-Unsubscribe") == "One-Click"
    try:
        actions.choose(expert, "quiet" if one_click else request.POST.get("val", ""))
    except Refused as refused:
        return render(request, "experts/stop.html", context | {"refused": words_of(refused)}, status=400)
    return HttpResponse(status=303, headers={"Location": reverse("experts:stop", kwargs={"secret": secret})})
