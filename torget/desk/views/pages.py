"""The desk's pages: the queue with a conversation open, and the list of keys."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from torget.conversations import permissions
from torget.conversations.actions.joining import read_at
from torget.conversations.models import Conversation
from torget.core.access import StaffRequest, allow
from torget.desk.keys import GROUPS
from torget.desk.views.queues import look_around
from torget.desk.views.showing import Whole, address, around, queue_context, show


@allow(permissions.can_see_desk)
def queue(request: StaffRequest) -> HttpResponse:
    """`/disk/`: a queue, with nothing open beside it."""
    return render(request, "desk/desk.html", queue_context(request))


@allow(permissions.can_see, Whole)
def conversation(request: StaffRequest, conversation: Conversation) -> HttpResponse:
    """`/disk/<number>/`: the queue, the conversation with its context, the register panel and the journal."""
    if conversation.merged_into_id:
        there = read_at(conversation)
        words = _("Nummer %(n)s är ihopslaget med det här samtalet.") % {"n": conversation.number}
        messages.info(request, words)
        return redirect(address(there, request))
    return show(request, conversation)


@allow(permissions.can_see_desk)
def keys(request: StaffRequest) -> HttpResponse:
    """`/disk/genvagar/`: every key, also for who has no script."""
    user: Any = request.user
    return render(request, "desk/keys.html", around(user, look_around(user)) | {"key_groups": GROUPS})


@allow(permissions.can_see_desk)
def jump(request: StaffRequest) -> HttpResponse:
    """`/disk/hoppa/?till=412`: the conversation with that number, else the queue."""
    number = request.GET.get("till", "").strip().lstrip("#")
    if number.isascii() and number.isdecimal() and len(number) < 18:
        found = Conversation.objects.visible_to(request.user).filter(number=int(number)).first()
        if found:
            return redirect("desk:conversation", number=found.number)
    return redirect("desk:queue")
