"""Many at once: choose in the queue, see how many it is and where it goes, do it, undo it. Works without script."""

from collections import Counter
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from torget.conversations import actions, rules
from torget.conversations.actions import organising
from torget.conversations.models import Conversation, Message, Tag
from torget.conversations.words import CLOSED
from torget.core.access import StaffRequest, allow
from torget.core.errors import Refused
from torget.desk import forms
from torget.desk.views import colleagues, queues
from torget.desk.views.organise import person, unit
from torget.desk.words import BULK, refusal
from torget.organisations.models import Organisation, User
from torget.team import actions as team
from torget.team import rules as team_rules
from torget.team.permissions import can_do_many

KEPT = "flera"
"""Where the session keeps what was done last, so that it can be undone."""
NEEDS_NOTHING = ("spam", "not_spam", "wake", "reopen")


def _chosen(request: StaffRequest) -> list[Conversation]:
    numbers = [int(n) for n in request.POST.getlist("val")[:500] if n.isascii() and n.isdecimal() and len(n) < 18]
    rows = Conversation.objects.visible_to(request.user).filter(number__in=numbers[: organising.MOST + 1])
    return list(rows.select_related("account", "contact", "assigned_to", "unit").order_by("first_at", "pk"))


@require_POST
@allow(can_do_many)
def several(request: StaffRequest) -> HttpResponse:
    """What was chosen, what it needs, and how many it is; with `gor` it is done."""
    verb, chosen = request.POST.get("vad", ""), _chosen(request)
    try:
        if verb not in BULK:
            raise Refused("unknown_verb")
        if not chosen:
            raise Refused("none_chosen")
        if len(chosen) > organising.MOST:
            raise Refused("too_many")
    except Refused as refused:
        messages.error(request, refusal(refused))
        query = queues.wanted(request, request.user).query
        return redirect(f"{reverse('desk:queue')}?{query}&valj=1")
    if request.POST.get("gor"):
        try:
            return _do(request, verb, chosen)
        except Refused as refused:
            return _ask(request, verb, chosen, status=409, refused=refusal(refused))
    return _ask(request, verb, chosen)


def _ask(
    request: StaffRequest, verb: str, chosen: list[Conversation], *, status: int = 200, refused: str = ""
) -> HttpResponse:
    text = request.POST.get("text", "").replace("\r\n", "\n")
    context = {
        "verb": verb,
        "says": BULK[verb],
        "chosen": chosen,
        "refused": refused,
        "text": text,
        "shown": bool(request.POST.get("visa")) and bool(text.strip()) and not refused,
        "ways": _ways(chosen) if verb == "answer" else [],
        "held": [one for one in chosen if one.holder_id not in (None, request.user.pk)],
        "choices": queues.choices(),
        "reasons": list(CLOSED.items()),
        "snooze_times": colleagues.snooze_times(Organisation.current()),
        "nothing_needed": verb in NEEDS_NOTHING,
        "needs_approval": verb == "answer" and Organisation.current().needs_approval,
        "wanted": queues.wanted(request, request.user),
    }
    return render(request, "desk/bulk.html", context, status=status)


def _ways(chosen: list[Conversation]) -> list[dict[str, Any]]:
    """How many answers leave by which channel and way."""
    found: Counter[tuple[str, str]] = Counter()
    for one in chosen:
        email = one.contact.address if one.contact and one.channel == "web" else ""
        found[one.channel, rules.way_out(one.channel, email, connected=one.account.is_live).value] += 1
    return [{"channel": channel, "way": way, "count": count} for (channel, way), count in found.most_common()]


def _given(request: StaffRequest, verb: str) -> dict[str, Any]:
    """What the verb takes besides, from the form. Errors: Refused."""
    post = request.POST
    if verb == "assign":
        return {"user": person(post.get("person", "")), "unit": unit(post.get("enhet", ""))}
    if verb in ("tag", "untag"):
        return {"names": post.get("taggar", "").split(",")}
    if verb == "close":
        return {"reason": post.get("reason", "")}
    if verb == "snooze":
        form = forms.MomentForm({"when": post.get("snabbt") or post.get("when", "")})
        if not form.is_valid():
            raise Refused("no_moment")
        until: datetime = form.cleaned_data["when"]
        return {"until": until}
    return {}


def _do(request: StaffRequest, verb: str, chosen: list[Conversation]) -> HttpResponse:
    tags: dict[int, list[str]] = {}
    if verb in ("tag", "untag"):
        for key, name in Tag.objects.filter(conversations__in=chosen).values_list("conversations", "name"):
            tags.setdefault(key, []).append(name)
    before = {one.number: [one.assigned_to_id, one.unit_id, one.state, tags.get(one.pk, [])] for one in chosen}
    if verb == "answer":
        answered = team.answer_many(chosen, text=request.POST.get("text", ""), by=request.user)
        done = [one.conversation.number for one in answered if one.message]
        refused = [[one.conversation.number, one.refused] for one in answered if one.refused]
        kept = {"messages": [one.message.pk for one in answered if one.message]}
    else:
        given = _given(request, verb)
        outcome = organising.bulk(chosen, verb=verb, by=request.user, **given)
        done = [one.number for one in outcome.done]
        refused = [[one.number, code] for one, code in outcome.refused]
        kept = {"names": given.get("names", [])}
        if given.get("user"):
            for one in outcome.done:
                team.tell([given["user"].pk], team_rules.Kind.ASSIGNED, conversation=one, by=request.user)
    request.session[KEPT] = {"verb": verb, "done": done, "refused": refused, "before": before, **kept}
    query = queues.wanted(request, request.user).query
    return redirect(f"{reverse('desk:several_done')}?{query}")


@allow(can_do_many)
def several_done(request: StaffRequest) -> HttpResponse:
    """What became of it, with the way back."""
    kept = request.session.get(KEPT)
    if not kept:
        return redirect("desk:queue")
    refused = [(number, refusal(Refused(code))) for number, code in kept["refused"]]
    context = {
        "says": BULK[kept["verb"]],
        "count": len(kept["done"]),
        "done": kept["done"],
        "refused": refused,
        "may_undo": bool(kept["done"]) and not kept.get("undone"),
        "undone": kept.get("undone"),
        "wanted": queues.wanted(request, request.user),
    }
    return render(request, "desk/bulk_done.html", context)


@require_POST
@allow(can_do_many)
def undo(request: StaffRequest) -> HttpResponse:
    """Undo what was done last to many, as far as it can be: an answer that has left stays out."""
    kept = request.session.get(KEPT)
    if not kept or kept.get("undone"):
        messages.error(request, _("Det finns inget att ångra."))
        return redirect("desk:queue")
    count = _undo(kept, request.user)
    request.session[KEPT] = kept | {"undone": True}
    words = ngettext("Ångrat för %(n)s samtal.", "Ångrat för %(n)s samtal.", count) % {"n": count}
    messages.success(request, words)
    if left := len(kept["done"]) - count:
        messages.warning(request, _("Gick inte att ångra, för att de har gått vidare: %(n)s.") % {"n": left})
    return redirect("desk:queue")


def _undo(kept: dict[str, Any], by: User) -> int:
    if kept["verb"] == "answer":
        return _take_back(kept["messages"], by)
    rows = {one.number: one for one in Conversation.objects.visible_to(by).filter(number__in=kept["done"])}
    people = {user.pk: user for user in User.objects.filter(is_active=True)}
    count = 0
    for number in kept["done"]:
        one = rows.get(number)
        if one is None:
            continue
        assigned, unit_key, state, tags = kept["before"][str(number)]
        try:
            _undo_one(kept, one, people.get(assigned), unit(str(unit_key or "")), by, tags=tags, state=state)
            count += 1
        except Refused:
            continue
    return count


def _undo_one(
    kept: dict[str, Any], one: Conversation, user: User | None, its_unit: Any, by: User, *, tags: list[str], state: str
) -> None:
    verb = kept["verb"]
    # In the form in which tags are kept.
    names = organising.names_of(kept.get("names", [])) if verb in ("tag", "untag") else []
    if verb == "snooze":
        organising.wake(one, by=by)
    elif verb == "tag":
        # What somebody had put there before stays.
        if gone := [name for name in names if name not in tags]:
            organising.untag(one, names=gone, by=by)
    elif verb == "untag":
        if back := [name for name in names if name in tags]:
            organising.tag(one, names=back, by=by)
    elif verb in ("spam", "close", "assign"):
        if verb == "spam":
            organising.not_spam(one, by=by)
        elif verb == "close":
            actions.reopen(one, by=by)
        organising.assign(one, user=user, unit=its_unit, by=by)
        if verb == "close" and state == rules.State.WAITING:
            actions.wait(one, by=by)
    elif verb == "not_spam":
        organising.to_spam(one, by=by)
    else:
        raise Refused("unknown_verb")


def _take_back(keys: list[int], by: User) -> int:
    count = 0
    for message in Message.objects.filter(pk__in=keys).select_related("record", "conversation"):
        try:
            team.take_back(message, by=by)
            count += 1
        except Refused:
            continue
    return count
