"""The receipt: what has happened and what happens next, the answer, whether it helped, and the proof."""

import json
from collections.abc import Callable, Sequence
from functools import lru_cache, wraps
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from torget.conversations import actions, limits, parts, rules
from torget.conversations.actions.reading import Thread
from torget.conversations.models import Conversation, Receipt
from torget.conversations.proof import receipt_file
from torget.core.access import public
from torget.core.errors import Refused
from torget.core.kept import kept
from torget.core.pages import organisation_of
from torget.files.serving import respond
from torget.journal.rules import parse_key
from torget.register.models import Attachment, Erasure

HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
}

ANSWERS_A_MINUTE = 10
View = Callable[..., HttpResponseBase]


@kept
def _erased(record: int) -> QuerySet[Erasure]:
    return Erasure.objects.filter(record__pk=record)[:1]


@kept
def _files(record: int) -> QuerySet[Attachment]:
    return Attachment.objects.filter(record__pk=record).select_related("blob").order_by("pk")


@lru_cache(maxsize=100)
def _fingerprint(key: str) -> str:
    return parse_key(key).fingerprint()


def _owner(thread: Thread, there: Conversation, conversation: Conversation) -> int | None:
    """Whose the case is to which it belongs now, by the authority's key."""
    if there is conversation:
        return thread.case_authority
    return there.case.authority_id if there.case else None


def _neighbours(path: Sequence[str]) -> SafeString:
    """A row for each hash on the way to the head: some twenty, which cost a template ten times as much."""
    name = _("Granne %(n)s")
    rows = ((name % {"n": number}, value) for number, value in enumerate(path, 1))
    return format_html_join("", '<tr><th scope="row">{}</th><td class="mono">{}</td></tr>', rows)


def _with_receipt(view: View) -> View:
    """Find the receipt by its secret, and keep what is answered out of caches, referrers and search engines."""

    @wraps(view)
    def inner(request: HttpRequest, secret: str, **kwargs: Any) -> HttpResponseBase:
        receipt = actions.find_receipt(secret)
        if receipt is None:
            raise Http404
        response = view(request, receipt, secret=secret, **kwargs)
        for name, value in HEADERS.items():
            response.headers[name] = value
        return response

    return inner


@public("whoever has the secret address may read what it opens")
@_with_receipt
def receipt(request: HttpRequest, receipt: Receipt, *, secret: str) -> HttpResponseBase:
    """The receipt's page."""
    conversation = receipt.conversation
    organisation = organisation_of(request)
    thread = actions.thread_of_the_writer(conversation)
    first = next((said for said in thread.said if not said.ours), None)
    proof = receipt_file(first, organisation.name) if first else None
    # Where it has been joined into another conversation, what happens next happens there.
    there = actions.read_at(conversation)
    answered = next((said.at for said in thread.said if said.ours and not said.automatic), None)
    steps = rules.receipt_steps(
        received=conversation.first_received_at,
        taken=there.taken_at,
        answered=answered,
        due=there.answer_due,
        closed=there.state == rules.State.CLOSED,
    )
    context = {
        "organisation": organisation,
        "receipt": receipt,
        "conversation": conversation,
        "thread": thread,
        "first": first,
        "files": _files(first.record) if first and first.has_files else [],
        "steps": steps,
        "answered": answered,
        "handed_on": there.case
        if first and _owner(thread, there, conversation) not in (None, first.authority)
        else None,
        # With the words goes the salt, so that who has one has the other.
        "erasure": next(iter(_erased(first.record)), None) if first and not first.salt else None,
        "proof": proof,
        "proof_number": int(proof["index"]) + 1 if proof else 0,
        "neighbours": _neighbours(proof["path"]) if proof else "",
        "fingerprint": _fingerprint(proof["key"]) if proof else "",
        "address": request.build_absolute_uri(request.path),
        "secret": secret,
        "parts": parts.on_receipt(receipt, secret),
        "thanked": request.GET.get("tack") == "1",
    }
    return render(request, "conversations/receipt.html", context)


def _within_limits(view: View) -> View:
    """What a receipt can be made to write in the journal is bounded: entries stay for ever."""

    @wraps(view)
    def inner(request: HttpRequest, receipt: Receipt, **kwargs: Any) -> HttpResponseBase:
        if not limits.receipts.allowed(receipt.secret_hash, ANSWERS_A_MINUTE):
            text = _("Det kom många svar på kort tid. Vänta en minut, gå tillbaka och skicka igen.")
            return HttpResponse(
                text, status=429, content_type="text/plain; charset=utf-8", headers={"Retry-After": "60"}
            )
        return view(request, receipt, **kwargs)

    return inner


@public("the answer is the resident's own")
@require_POST
@_with_receipt
@_within_limits
def helped(request: HttpRequest, receipt: Receipt, *, secret: str) -> HttpResponseBase:
    """Note whether the answer helped."""
    try:
        actions.say_helped(receipt, request.POST.get("svar", ""))
    except Refused:
        return redirect("conversations:receipt", secret=secret)
    return redirect(_address(secret, "#hjalpte"))


@public("thanks are the resident's own")
@require_POST
@_with_receipt
@_within_limits
def thanks(request: HttpRequest, receipt: Receipt, *, secret: str) -> HttpResponseBase:
    """Keep a word of thanks."""
    if text := request.POST.get("tack", "").strip():
        actions.say_thanks(receipt, text)
    return redirect(_address(secret, "?tack=1#hjalpte"))


def _address(secret: str, rest: str) -> str:
    from django.urls import reverse

    return reverse("conversations:receipt", kwargs={"secret": secret}) + rest


@public("whoever has the secret address may take the proof home")
@_with_receipt
def proof(request: HttpRequest, receipt: Receipt, *, secret: str) -> HttpResponseBase:
    """The receipt file of the first message. Errors: 404 while the journal has not numbered it yet."""
    thread = actions.thread_of_the_writer(receipt.conversation)
    first = next((said for said in thread.said if not said.ours), None)
    document = receipt_file(first, organisation_of(request).name) if first else None
    if document is None:
        raise Http404
    response = HttpResponse(json.dumps(document, ensure_ascii=False, indent=1), content_type="application/json")
    response.headers["Content-Disposition"] = f'attachment; filename="kvitto-{receipt.conversation.number}.json"'
    return response


@public("whoever has the secret address may open the files that came with it")
@_with_receipt
def attachment(request: HttpRequest, receipt: Receipt, *, secret: str, pk: int) -> HttpResponseBase:
    """A file of the receipt's conversation, as it came."""
    found = (
        Attachment.objects.select_related("blob__rendition")
        .filter(pk=pk, record__message__in=actions.of_the_writer(receipt.conversation))
        .first()
    )
    if found is None:
        raise Http404
    return respond(found.blob, filename=found.filename, inline=False)
