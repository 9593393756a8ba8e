"""The operations that anyone may ask: what there is, the register, the published dialogues, the description of all this."""

import re
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils.http import urlencode

from torget.api.answers import Problem, answer, operation
from torget.api.openapi import document
from torget.channels.registry import CHANNELS
from torget.conversations.models import Conversation
from torget.conversations.published import messages_of, published
from torget.core.access import public
from torget.core.paging import read_key, read_place
from torget.organisations.models import Authority, Organisation
from torget.register import looking, reading
from torget.register.forms import clean
from torget.register.looking import Filters
from torget.register.models import Case
from torget.register.public import Found, state_of

PAGE = 50
PLACE = re.compile(r"[0-9a-f]{16}")
TIME_PLACE = re.compile(r"[0-9]{1,17}-[0-9]{1,18}")
NAMES = ("authority", "channel", "state", "direction", "from", "to", "number", "q", "after")


def _is_plain(request: HttpRequest) -> bool:
    """No parameter at all: such an answer is one of few, and kept."""
    return not request.META.get("QUERY_STRING")


def _open(
    view: Callable[..., HttpResponse], why: str, *, with_register: bool = False
) -> Callable[..., HttpResponseBase]:
    """The view as a public operation, kept where it has no parameters; `with_register`: closed while that is."""

    def guarded(request: HttpRequest, **kwargs: Any) -> HttpResponse:
        if with_register and not Organisation.current().register_public:
            raise Problem("register_off")
        return view(request, **kwargs)

    return operation(public(why, stored=_is_plain)(guarded), kept=_is_plain)


def root_of(request: HttpRequest) -> str:
    """Where this installation is, as the client asked for it."""
    return f"{request.scheme}://{request.get_host()}"


def _row(found: Found, root: str) -> dict[str, Any]:
    """A row as JSON: the fields of the public row and nothing else."""
    row = found.row
    kwargs = {"prefix": found.prefix, "year": found.year, "number": found.case}
    return {
        "date": row.day.isoformat(),
        "number": row.number or None,
        "case": found.dnr or None,
        "authority": row.authority,
        "channel": row.channel,
        "direction": "out" if row.from_us else "in",
        "state": state_of(row),
        "subject": row.subject,
        "page": root + reverse("register:case", kwargs=kwargs) if found.case else None,
    }


def _filters(request: HttpRequest) -> tuple[Filters, str]:
    """The filters and the place that the parameters name. Errors: Problem for any that cannot be meant."""
    given = {name: clean(request.GET.get(name, ""), 200) for name in NAMES}
    for name, value in request.GET.items():
        if name not in NAMES:
            raise Problem("unknown_parameter", clean(name, 60))
        # What a person writes may have white space around it; a code or a day is what it is, or a mistake.
        if name not in ("q", "number") and (not value or value != given[name]):
            raise Problem("bad_parameter", name)
    days = {name: looking.day_of(given[name]) for name in ("from", "to")}
    filters = Filters(
        text=given["q"], authority=given["authority"], channel=given["channel"], state=given["state"],
        direction=given["direction"], number=given["number"], since=days["from"], until=days["to"],
    )  # fmt: skip
    for name, day in days.items():
        if given[name] and day is None:
            raise Problem("bad_parameter", name)
    codes = {
        "state": Filters(state=given["state"]),
        "direction": Filters(direction=given["direction"]),
    }
    for name, one in codes.items():
        if not one.sensible:
            raise Problem("bad_parameter", name)
    # As openapi.py says: a word that merely looks like a channel would be answered by an empty register.
    if given["channel"] and given["channel"] not in CHANNELS:
        raise Problem("bad_parameter", "channel")
    if given["authority"] and not Authority.objects.filter(prefix=given["authority"]).exists():
        raise Problem("bad_parameter", "authority")
    _check_place(given["after"])
    return filters, given["after"]


def _check_place(after: str) -> None:
    """A place that some page gave. Errors: Problem: it looks like none, or there is no such page."""
    if after and not PLACE.fullmatch(after):
        raise Problem("bad_parameter", "after")
    if after and not reading.is_place(after):
        raise Problem("no_such_page", "after")


def only(request: HttpRequest, *names: str) -> None:
    """No other parameters than these, and none empty. Errors: Problem."""
    for name, value in request.GET.items():
        if name not in names:
            raise Problem("unknown_parameter", clean(name, 60))
        if not value:
            raise Problem("bad_parameter", name)


def _index(request: HttpRequest) -> HttpResponse:
    """`/api/v1/`."""
    root = root_of(request)
    only(request)
    return answer(
        {
            "organisation": Organisation.current().name,
            "version": "1",
            "openapi": root + reverse("api:openapi"),
            "diarium": root + reverse("api:register") if Organisation.current().register_public else None,
            "dialogues": root + reverse("api:dialogues"),
            "authorities": list(Authority.objects.values("prefix", "name")[:200]),
        }
    )


def _register(request: HttpRequest) -> HttpResponse:
    """`/api/v1/diarium`: the filters and keyset pages of the public register."""
    filters, after = _filters(request)
    page = reading.find(filters, after=after, count=True)
    root = root_of(request)
    following = ""
    if page.after:
        given = {name: str(value) for name, value in request.GET.items() if name != "after"}
        following = f"{root}{reverse('api:register')}?{urlencode({**given, 'after': page.after})}"
    counted = page.count or 0
    return answer(
        {
            "count": min(counted, reading.COUNTED),
            "count_is_more": counted > reading.COUNTED,
            "rows": [_row(found, root) for found in page.rows],
            "next": following or None,
        },
        link=following,
    )


def _number(request: HttpRequest, dnr: str) -> HttpResponse:
    """`/api/v1/diarium/KS/2026/0412-98`, or a whole case without the record's own number."""
    only(request, "after")
    prefixes = {name.upper(): name for name in Authority.objects.values_list("prefix", flat=True)}
    text = clean(dnr, 60)
    # KS/2026/0412 as it stands in an address is KS 2026/0412.
    text = text.replace("/", " ", 1) if text.count("/") > 1 else text
    number, rest = looking.read_number(text, prefixes)
    if number is None or not number.prefix or rest.strip():
        raise Problem("no_such_row")
    root = root_of(request)
    if number.record is not None:
        found = reading.one(number)
        if found is None:
            raise Problem("no_such_row")
        return answer({"rows": [_row(found, root)], "next": None, "case": found.dnr, "subject": found.row.subject})
    cases = Case.objects.filter(
        authority__prefix=prefixes[number.prefix], year=number.year, number=number.number
    ).select_related("authority", "merged_into__authority")
    after = request.GET.get("after", "")
    _check_place(after)
    case = cases.first()
    # The number of a case that was joined into another leads on.
    case = case.merged_into if case and case.merged_into else case
    page = reading.find(Filters(case=case.pk), after=after, ascending=True) if case else reading.Page()
    if case is None or not (page.rows or after):
        raise Problem("no_such_row")
    following = f"{root}{request.path}?{urlencode({'after': page.after})}" if page.after else ""
    rows = [_row(found, root) for found in page.rows]
    told = {"case": case.dnr, "subject": reading.subject_of(case), "rows": rows, "next": following or None}
    return answer(told, link=following)


def _openapi(request: HttpRequest) -> HttpResponse:
    """`/api/v1/openapi.json`."""
    only(request)
    return answer(document(root_of(request), list(Authority.objects.values_list("prefix", flat=True))))


def dialogue_row(conversation: Conversation, root: str) -> dict[str, Any]:
    """A published conversation: what its page shows of it, and nothing else."""
    answered = conversation.first_answered_at
    return {
        "number": conversation.number,
        "title": conversation.public_title,
        "channel": conversation.channel,
        "received": conversation.first_received_at.isoformat(timespec="seconds"),
        "answered": answered.isoformat(timespec="seconds") if answered else None,
        "published": conversation.published_at.isoformat(timespec="seconds") if conversation.published_at else None,
        "case": conversation.case.dnr if conversation.case else None,
        "page": root + reverse("conversations:conversation", kwargs={"number": conversation.number}),
        "self": root + reverse("api:dialogue", kwargs={"number": str(conversation.number)}),
    }


def _dialogues(request: HttpRequest) -> HttpResponse:
    """`/api/v1/dialogues`: the published conversations, newest first, 50 at a time."""
    only(request, "after")
    after = request.GET.get("after", "")
    if after and (not TIME_PLACE.fullmatch(after) or read_place(after) is None):
        raise Problem("bad_parameter", "after")
    root, page = root_of(request), published(after, PAGE)
    following = f"{root}{reverse('api:dialogues')}?{urlencode({'after': page.older})}" if page.older else ""
    told = {"dialogues": [dialogue_row(one, root) for one in page.rows], "next": following or None}
    return answer(told, link=following)


def _dialogue(request: HttpRequest, number: str) -> HttpResponse:
    """`/api/v1/dialogues/412`: one published conversation with its messages, masked as on its page."""
    only(request)
    key = read_key(number)
    found = Conversation.objects.filter(number=key or 0, published_at__isnull=False)
    conversation = found.select_related("case__authority").first()
    if conversation is None:
        raise Problem("no_such_dialogue")
    told = [
        {
            "direction": "out" if message.from_us else "in",
            "by": message.by if message.from_us else None,
            "text": None if message.removed else message.text,
            "at": message.at.isoformat(timespec="seconds"),
        }
        for message in messages_of(conversation)
    ]
    return answer(dialogue_row(conversation, root_of(request)) | {"messages": told})


def _nowhere(request: HttpRequest, path: str) -> HttpResponse:
    """Any other address below `/api/v1/`."""
    raise Problem("no_such_address")


index = _open(_index, "what the API has; says nothing that the pages do not")
register = _open(_register, "the public register as JSON, masked as the page; off when it is", with_register=True)
number = _open(
    _number, "one number of the public register as JSON, masked as the page; off when it is", with_register=True
)
dialogues = _open(_dialogues, "the published conversations as JSON, as public as their pages")
dialogue = _open(_dialogue, "one published conversation as JSON, as public as its page")
openapi = _open(_openapi, "the description of the API")
nowhere = operation(public("says that there is nothing at this address")(_nowhere))
