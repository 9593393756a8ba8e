"""The desk's pages: the queue with a conversation open, and the list of keys."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from torget.conversations import permissions
from torget.conversations.actions.joining import read_at
from torget.conversations.models import Conversation
from torget.core.access import StaffRequest, allow
from torget.desk.keys import GROUPS as KEYS
from torget.desk.views.queues import look_around
from torget.desk.views.showing import address, around, find_open, queue_context, show
from torget.register.models import Record
from torget.register.permissions import can_confirm
from torget.registrar.keys import GROUPS as REGISTRAR


@allow(permissions.can_see_desk)
def queue(request: StaffRequest) -> HttpResponse:
    """`/disk/`: a queue, with nothing open beside it."""
    return render(request, "desk/desk.html", queue_context(request))


@allow(permissions.can_see_desk, extra=("number",))
def conversation(request: StaffRequest, number: int) -> HttpResponse:
    """`/disk/<number>/`: the queue, the conversation with its context, the register panel and the journal.

    Who is not in the circle of what it holds learns that it is there, and whom to ask.
    """
    conversation = find_open(number, request.user)
    if conversation is None:
        return _sealed(request, number)
    if conversation.merged_into_id:
        there = read_at(conversation)
        words = _("Nummer %(n)s är ihopslaget med det här samtalet.") % {"n": conversation.number}
        messages.info(request, words)
        return redirect(address(there, request))
    return show(request, conversation)


def _sealed(request: StaffRequest, number: int) -> HttpResponse:
    """What everyone at the desk may know of what they may not read: numbers and dates."""
    there = get_object_or_404(Conversation.objects.listed_to(request.user), number=number)
    held = Record.objects.guarded().filter(message__conversation=there).select_related("case__authority")
    shown = [
        {"dnr": record.dnr, "at": record.occurred_at, "secret": record.secret} for record in held.order_by("pk")[:20]
    ]
    context = queue_context(request, current=there.number) | {"sealed": there, "held": shown}
    return render(request, "desk/desk.html", context, status=403)


@allow(permissions.can_see_desk)
def keys(request: StaffRequest) -> HttpResponse:
    """`/disk/genvagar/`: every key, also for who has no script."""
    user: Any = request.user
    groups = {"key_groups": (*KEYS, *(REGISTRAR if can_confirm(user) else ()))}
    return render(request, "desk/keys.html", around(user, look_around(user)) | groups)


@allow(permissions.can_see_desk)
def jump(request: StaffRequest) -> HttpResponse:
    """`/disk/hoppa/?till=412`: the conversation with that number, else the queue."""
    number = request.GET.get("till", "").strip().lstrip("#")
    if number.isascii() and number.isdecimal() and len(number) < 18:
        found = Conversation.objects.listed_to(request.user).filter(number=int(number)).first()
        if found:
            return redirect("desk:conversation", number=found.number)
    return redirect("desk:queue")
