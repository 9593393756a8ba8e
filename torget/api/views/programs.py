"""What programs do: send messages and read what became of them, fetch results. By token or by signature, never by cookie."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils.http import urlencode

from torget.api import actions
from torget.api.answers import Problem, answer, limit_heads, operation
from torget.api.door import program_called, signed, token_of
from torget.api.messages import KEY, LARGEST, parse, wrong_in
from torget.api.models import Program, Token
from torget.api.rules import Scope
from torget.api.views.public import only, root_of
from torget.conversations import actions as conversations
from torget.conversations.models import Message
from torget.conversations.rules import Sending
from torget.core import limits
from torget.core.errors import Refused
from torget.core.paging import read_key
from torget.register.looking import day_of
from torget.results import report
from torget.results.models import DailyRollup

PAGE = 50
LONGEST_SPAN = timedelta(days=92)
_KEY = re.compile(KEY.removesuffix("$") + r"\Z")


def _private(
    view: Callable[..., HttpResponse], why: str, *, methods: tuple[str, ...] = ("GET", "HEAD")
) -> Callable[..., HttpResponseBase]:
    """The view as an operation behind a token or a signature, which it asks for itself, by method."""
    made: Any = operation(view, methods=methods, private=True)
    made.guard = f"public:{why}"
    return made  # type: ignore[no-any-return]


def _enter(request: HttpRequest, scope: Scope) -> tuple[Token, dict[str, str]]:
    """The token of a request, counted: the heads say what is left of its minute. Errors: Problem."""
    token = token_of(request, scope)
    quota = settings.TORGET_API_PER_MINUTE
    # By the token too: many machines with one key are one program.
    left = limits.reading.take(token.ref, quota)
    if not left.allowed:
        raise Problem("too_many")
    return token, limit_heads("token", quota, left)


def _headed(response: HttpResponse, heads: dict[str, str]) -> HttpResponse:
    for name, value in heads.items():
        response.headers[name] = value
    return response


# ---- messages -------------------------------------------------------------------------------------------------------


def _messages(request: HttpRequest) -> HttpResponse:
    """`/api/v1/messages`: POST one in, GET those that this program has sent."""
    if request.method != "POST":
        token, heads = _enter(request, Scope.READ)
        return _headed(_list(request, token.program), heads)
    token, heads = _enter(request, Scope.WRITE)
    body = _body(request)
    is_signed = "webhook-signature" in request.headers
    if token.program.must_sign or is_signed:
        return _headed(_take(request, token.program, signed(token.program, request), body, "signed"), heads)
    key = request.headers.get("Idempotency-Key") or request.headers.get("webhook-id", "")
    return _headed(_take(request, token.program, key, body, "token"), heads)


def _webhook(request: HttpRequest, program: str) -> HttpResponse:
    """`/api/v1/webhooks/<program>`: a message in that only its signature vouches for."""
    found = program_called(program)
    if found is None:
        raise Problem("no_such_program")
    body = _body(request)
    return _take(request, found, signed(found, request), body, "signed")


def _body(request: HttpRequest) -> bytes:
    """All of the body. Errors: Problem("too_large")."""
    try:
        body = request.body
    except RequestDataTooBig:
        raise Problem("too_large") from None
    if len(body) > LARGEST:
        raise Problem("too_large")
    return body


def _take(request: HttpRequest, program: Program, key: str, body: bytes, verdict: str) -> HttpResponse:
    """Take a message in: 201 for a new one, 200 for one that was here already. Errors: Problem."""
    only(request)
    if not _KEY.match(key):
        raise Problem("no_key")
    if request.content_type != "application/json":
        raise Problem("not_json_type")
    try:
        message = parse(body)
    except ValueError:
        raise Problem("not_json") from None
    if wrong := wrong_in(message):
        raise Problem("bad_message", wrong)
    try:
        received = actions.receive(program, key=key, body=body, verdict=verdict)
    except Refused as refused:
        raise Problem("same_key" if refused.code == "same_key_other_message" else "not_now") from None
    except OperationalError:
        raise Problem("not_now") from None
    if received.message is None:
        # Kept as it came, and read as soon as it can be.
        told: dict[str, Any] = {"id": key, "state": "kept", "conversation": None, "number": None, "received": None}
    else:
        told = _receipt(received.message)
    address = root_of(request) + reverse("api:message", kwargs={"key": key})
    response = answer(told | {"self": address}, status=201 if received.new else 200)
    response.headers["Location"] = address
    return response


def _receipt(message: Message) -> dict[str, Any]:
    """What a program is told of its message: numbers, states and moments."""
    conversation = conversations.read_at(message.conversation)
    return {
        "id": message.external_id,
        "state": conversation.state,
        "conversation": conversation.number,
        "number": message.record.dnr or None,
        "received": message.captured_at.isoformat(timespec="seconds"),
    }


def _list(request: HttpRequest, program: Program) -> HttpResponse:
    """The program's own messages, newest first."""
    only(request, "after")
    rows = Message.objects.filter(account=program.account, direction=Message.IN).order_by("-pk")
    after = request.GET.get("after", "")
    if after:
        key = read_key(after)
        if key is None:
            raise Problem("bad_parameter", "after")
        rows = rows.filter(pk__lt=key)
    found = list(rows.select_related("record__case__authority", "conversation__merged_into")[: PAGE + 1])
    root, following = root_of(request), ""
    if len(found) > PAGE:
        following = f"{root}{reverse('api:messages')}?{urlencode({'after': found[PAGE - 1].pk})}"
    told = [
        _receipt(one) | {"self": root + reverse("api:message", kwargs={"key": one.external_id})} for one in found[:PAGE]
    ]
    return answer({"messages": told, "next": following or None}, link=following)


def _message(request: HttpRequest, key: str) -> HttpResponse:
    """`/api/v1/messages/<id>`: one of the program's own messages, and the answers that have been given to it."""
    token, heads = _enter(request, Scope.READ)
    only(request)
    message = actions.message_of(token.program, key) if _KEY.match(key) else None
    if message is None:
        raise Problem("no_such_message")
    told = _receipt(message)
    told["self"] = root_of(request) + request.path
    told["answers"] = [
        {
            "id": one.alias or one.outbox.mail_id or one.external_id,
            "number": one.record.dnr or None,
            "text": one.record.latest.text,
            "sent": one.outbox.sent_at.isoformat(timespec="seconds") if one.outbox.sent_at else None,
        }
        for one in _answers(message)
    ]
    return _headed(answer(told), heads)


def _answers(message: Message) -> list[Message]:
    """Answers that are out, given after the message, that its writer may read (as on a receipt)."""
    rows = conversations.of_the_writer(message.conversation).filter(
        direction=Message.OUT, automatic=False, pk__gt=message.pk, outbox__state=Sending.SENT.value, deleted_at=None
    )
    found = rows.select_related("outbox", "record__case__authority").prefetch_related("record__versions")
    return list(found.order_by("pk")[:200])


# ---- results --------------------------------------------------------------------------------------------------------


def _results(request: HttpRequest) -> HttpResponse:
    """`/api/v1/results?week=2026-W46`: one week; without one, the latest that holds anything."""
    _, heads = _enter(request, Scope.RESULTS)
    only(request, "week")
    latest = report.latest_week()
    week = request.GET.get("week", "") or (latest.code if latest else "")
    if not week:
        raise Problem("nothing_counted")
    if not re.fullmatch(r"[0-9]{4}-W[0-9]{2}", week):
        raise Problem("bad_parameter", "week")
    try:
        told = report.week_report(week)
    except ValueError:
        raise Problem("no_such_week", "week") from None
    # Subjects are people's own words; the page shows them to staff, and numbers are what this is for.
    told.pop("recurring")
    return _headed(answer(told), heads)


def _days(request: HttpRequest) -> HttpResponse:
    """`/api/v1/results/days?from=2026-11-01&to=2026-11-30`: a row for each day and channel, at most 92 days."""
    _, heads = _enter(request, Scope.RESULTS)
    only(request, "from", "to")
    since, until = _day(request, "from"), _day(request, "to")
    if since is None or until is None:
        raise Problem("bad_parameter", "from" if since is None else "to")
    if until - since > LONGEST_SPAN:
        # As much as there is room for; `to` in the answer says how far it goes.
        until = since + LONGEST_SPAN
    fields = ("day", "channel", "received", "answered", "helped_yes", "helped_partly", "helped_no")
    rows = DailyRollup.objects.filter(day__range=(since, until)).order_by("day", "channel").values(*fields)
    told = [row | {"day": row["day"].isoformat()} for row in rows]
    return _headed(answer({"from": since.isoformat(), "to": until.isoformat(), "days": told}), heads)


def _day(request: HttpRequest, name: str) -> date | None:
    return day_of(request.GET.get(name, ""))


messages = _private(_messages, "whoever has a token may send, and read its own", methods=("GET", "HEAD", "POST"))
message = _private(_message, "whoever has a token may read its own messages and the answers to them")
webhook = _private(_webhook, "whoever has signed may send", methods=("POST",))
results = _private(_results, "whoever has a token for results may read them")
days = _private(_days, "whoever has a token for results may read them")
