"""Whose a conversation is and where it lies: assign, tags, snooze, merge, split, hand over, spam. One POST each."""

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from torget.conversations import permissions
from torget.conversations.actions import joining, organising
from torget.conversations.models import Conversation
from torget.core.access import StaffRequest, allow
from torget.core.errors import Refused
from torget.desk import forms
from torget.desk.views.deeds import attempt, done
from torget.organisations.models import Authority, Unit, User
from torget.team import actions as team
from torget.team import rules


def _key(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 18 else None


def person(text: str) -> User | None:
    """The colleague with the key that a form gave; None for nobody and for nonsense."""
    key = _key(text)
    return User.objects.filter(pk=key, is_active=True).first() if key else None


def unit(text: str) -> Unit | None:
    """The unit with the key that a form gave."""
    key = _key(text)
    return Unit.objects.filter(pk=key).first() if key else None


@require_POST
@allow(permissions.can_reply, Conversation)
def assign(request: StaffRequest, conversation: Conversation) -> HttpResponse:
    """Give the conversation to a colleague, to a unit, or to nobody."""
    user, chosen = person(request.POST.get("person", "")), unit(request.POST.get("enhet", ""))

    def deed() -> None:
        organising.assign(conversation, user=user, unit=chosen, by=request.user)
        if user:
            team.tell([user.pk], rules.Kind.ASSIGNED, conversation=conversation, by=request.user)

    names = " · ".join(str(one) for one in (user, chosen) if one)
    says = _("Samtalet ligger hos %(name)s.") % {"name": names} if names else _("Samtalet är ledigt.")
    return attempt(request, conversation, deed, says, "#samtal")


@require_POST
@allow(permissions.can_note, Conversation)
def tags(request: StaffRequest, conversation: Conversation) -> HttpResponse:
    """Put tags on the conversation (words with commas between), or take one away."""
    gone, given = request.POST.get("bort", ""), request.POST.get("taggar", "").split(",")
    if gone:
        return attempt(
            request, conversation, lambda: organising.untag(conversation, names=[gone], by=request.user), "", "#samtal"
        )
    return attempt(
        request, conversation, lambda: organising.tag(conversation, names=given, by=request.user), "", "#samtal"
    )


@require_POST
@allow(permissions.can_reply, Conversation)
def snooze(request: StaffRequest, conversation: Conversation) -> HttpResponse:
    """Put the conversation out of sight until a moment, or wake it."""
    if request.POST.get("vack"):
        return attempt(
            request,
            conversation,
            lambda: organising.wake(conversation, by=request.user),
            _("Tillbaka i kön."),
            "#samtal",
        )
    form = forms.MomentForm({"when": request.POST.get("snabbt") or request.POST.get("when", "")})
    if not form.is_valid():
        return attempt(request, conversation, _no_moment, "", "#samtal")
    until = form.cleaned_data["when"]
    says = _("Samtalet kommer tillbaka av sig självt. Dagen då svaret ska vara klart är kvar.")
    return attempt(
        request, conversation, lambda: organising.snooze(conversation, until=until, by=request.user), says, "#samtal"
    )


def _no_moment() -> None:
    raise Refused("no_moment")


@require_POST
@allow(permissions.can_reply, Conversation)
def merge(request: StaffRequest, conversation: Conversation) -> HttpResponse:
    """Join the conversation into the one with the number that was written."""
    number = _key(request.POST.get("nummer", "").strip().lstrip("#"))
    into = Conversation.objects.visible_to(request.user).filter(number=number).first() if number else None
    same = request.POST.get("samma") == "1"

    def deed() -> None:
        if into is None:
            raise Refused("no_such_conversation")
        joining.merge(conversation, into=into, by=request.user, same_person=same)

    says = _("Ihopslaget. Numret %(n)s leder hit.") % {"n": conversation.number}
    answer = attempt(request, conversation, deed, says, "#samtal")
    moved = Conversation.objects.select_related("merged_into").get(pk=conversation.pk)
    return done(request, joining.read_at(moved)) if moved.merged_into else answer


@require_POST
@allow(permissions.can_reply, Conversation)
def unmerge(request: StaffRequest, conversation: Conversation) -> HttpResponse:
    """Part again what was joined."""
    says = _("Samtalet är ett eget igen.")
    return attempt(request, conversation, lambda: joining.unmerge(conversation, by=request.user), says, "#samtal")


@require_POST
@allow(permissions.can_reply, Conversation)
def split(request: StaffRequest, conversation: Conversation) -> HttpResponse:
    """Part chosen messages off to a conversation of their own."""
    keys = [key for key in map(_key, request.POST.getlist("meddelande")[:200]) if key]
    chosen = list(conversation.messages.filter(pk__in=keys))
    made: list[Any] = []
    answer = attempt(
        request,
        conversation,
        lambda: made.append(joining.split(conversation, messages=chosen, by=request.user)),
        _("Delat. Det valda är ett eget samtal."),
        "#samtal",
    )
    return done(request, made[0]) if made else answer


@require_POST
@allow(permissions.can_reply, Conversation)
def forward(request: StaffRequest, conversation: Conversation) -> HttpResponse:
    """Hand the conversation over to another authority of the organisation."""
    key = _key(request.POST.get("myndighet", ""))
    authority = Authority.objects.filter(pk=key).first() if key else None
    text = request.POST.get("ord", "")

    def deed() -> None:
        if authority is None:
            raise Refused("no_authority")
        organising.forward(conversation, authority=authority, text=text, by=request.user)

    says = _("Överlämnat. Båda myndigheterna har det i sitt diarium.")
    return attempt(request, conversation, deed, says, "#samtal")


@require_POST
@allow(permissions.can_reply, Conversation)
def spam(request: StaffRequest, conversation: Conversation) -> HttpResponse:
    """It is spam, or it was none."""
    if request.POST.get("inte"):
        says = _("Samtalet är tillbaka i kön.")
        return attempt(
            request, conversation, lambda: organising.not_spam(conversation, by=request.user), says, "#samtal"
        )
    says = _("Lagt bland skräp. Det bevaras som handling av ringa betydelse.")
    return attempt(request, conversation, lambda: organising.to_spam(conversation, by=request.user), says, "#samtal")
