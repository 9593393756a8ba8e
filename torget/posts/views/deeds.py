"""What staff do with a post: one POST each, guarded at the door, refused in plain words."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from torget.conversations.rules import storable
from torget.core.access import StaffRequest, allow
from torget.core.errors import Refused
from torget.posts import actions, permissions, words
from torget.posts.forms import SendBackForm, WhenForm
from torget.posts.models import Delivery, Post
from torget.posts.views.pages import page


def _words(refused: Refused) -> str:
    if refused.code == "not_ready":
        return str(words.FAULTS.get(refused.detail, words.REFUSED["not_ready"]))
    if refused.code == "already_approved" and refused.detail:
        return _("%(name)s hann före. Inlägget är redan godkänt.") % {"name": refused.detail}
    return str(words.REFUSED.get(refused.code, refused.code))


def _try(request: HttpRequest, post: Post, deed: Callable[[], Any], says: str) -> HttpResponse:
    """Do it and go back to the post, with what was done or why not."""
    try:
        deed()
    except Refused as refused:
        messages.error(request, _words(refused))
    else:
        messages.success(request, says)
    return redirect("posts:show", pk=post.pk)


def _seen(request: HttpRequest) -> int:
    """The version that was on the screen; nonsense is none."""
    given = request.POST.get("seen", "")
    return int(given) if given.isascii() and given.isdecimal() and len(given) < 10 else 0


@require_POST
@allow(permissions.can_write_post, Post)
def submit(request: StaffRequest, post: Post) -> HttpResponse:
    """Ask a colleague to approve."""
    says = _("Inlägget väntar på att en kollega godkänner det.")
    return _try(request, post, lambda: actions.submit(post, seen=_seen(request), by=request.user), says)


@require_POST
@allow(permissions.can_approve_post, Post)
def approve(request: StaffRequest, post: Post) -> HttpResponse:
    """Approve: it leaves at its time, or as soon as it can no longer be taken back."""
    says = _("Godkänt.")
    return _try(request, post, lambda: actions.approve(post, seen=_seen(request), by=request.user), says)


@require_POST
@allow(permissions.can_approve_post, Post)
def send_back(request: StaffRequest, post: Post) -> HttpResponse:
    """Ask for a change."""
    form = SendBackForm(request.POST)
    if not form.is_valid():
        return page(request, post, status=400, back_form=form)
    says = _("Tillbaka hos den som skrev, med det du vill ha ändrat.")
    return _try(
        request, post, lambda: actions.send_back(post, wanted=form.cleaned_data["wanted"], by=request.user), says
    )


@require_POST
@allow(permissions.can_write_post, Post)
def withdraw(request: StaffRequest, post: Post) -> HttpResponse:
    """Take back what was asked for or approved."""
    says = _("Stoppat. Inlägget är ett utkast igen, om inget av det har gått ut.")
    return _try(request, post, lambda: actions.withdraw(post, by=request.user), says)


@require_POST
@allow(permissions.can_write_post, Post)
def move(request: StaffRequest, post: Post) -> HttpResponse:
    """Give it another time."""
    form = WhenForm(request.POST)
    if not form.is_valid():
        return page(request, post, status=400, when_form=form)
    planned_at = form.cleaned_data["planned_at"]
    return _try(request, post, lambda: actions.move(post, planned_at, by=request.user), _("Tiden är ändrad."))


@require_POST
@allow(permissions.can_write_post, Post)
def duplicate(request: StaffRequest, post: Post) -> HttpResponse:
    """A new draft with the same words."""
    copy = actions.duplicate(post, by=request.user)
    messages.success(request, _("Det här är kopian. Den har ingen tid än."))
    return redirect("posts:edit", pk=copy.pk)


@require_POST
@allow(permissions.can_write_post, Post)
def delete(request: StaffRequest, post: Post) -> HttpResponse:
    """Throw a draft away; the list then offers to take it back."""
    try:
        actions.delete(post, by=request.user)
    except Refused as refused:
        messages.error(request, _words(refused))
        return redirect("posts:show", pk=post.pk)
    return redirect(f"{reverse('posts:list')}?visa=draft&borttaget={post.pk}")


@require_POST
@allow(permissions.can_write_post, Post)
def restore(request: StaffRequest, post: Post) -> HttpResponse:
    """Take a draft back."""
    return _try(request, post, lambda: actions.restore(post, by=request.user), _("Utkastet är tillbaka."))


def _delivery(post: Post, pk: int) -> Delivery:
    found = Delivery.objects.select_related("post").filter(post=post, pk=pk).first()
    if found is None:
        raise Http404
    return found


@require_POST
@allow(permissions.can_write_post, Post, extra=("delivery",))
def decide(request: StaffRequest, post: Post, delivery: int) -> HttpResponse:
    """Say what became of a delivery."""
    one, decision = _delivery(post, delivery), request.POST.get("utfall", "")
    url = storable(request.POST.get("adress", "")).strip()
    says = {
        "out": _("Antecknat: det är ute."),
        "again": _("Det skickas igen."),
        "leave": _("Antecknat: det går inte ut i den kanalen."),
    }.get(decision, "")
    if url and not url.startswith(("https://", "http://")):
        url = ""
    return _try(request, post, lambda: actions.decide(one, decision=decision, url=url, by=request.user), says)


@require_POST
@allow(permissions.can_write_post, Post, extra=("delivery",))
def look(request: StaffRequest, post: Post, delivery: int) -> HttpResponse:
    """Have the channel looked at again."""
    one = _delivery(post, delivery)
    says = _("Vi tittar i kanalen. Ladda om sidan om en liten stund.")
    return _try(request, post, lambda: actions.ask_to_look(one, by=request.user), says)
