"""The square, the form and a published conversation."""

from functools import lru_cache
from hashlib import sha256

from django.conf import settings
from django.core.cache import caches
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.template.loader import get_template, render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from torget.conversations import actions, limits, rules
from torget.conversations.forms import WriteForm
from torget.conversations.models import Conversation
from torget.conversations.published import messages_of, published
from torget.conversations.words import REFUSED
from torget.core.access import public
from torget.core.errors import Refused
from torget.core.stored import form_page
from torget.files import actions as files
from torget.files.models import Blob
from torget.files.rules import clean_filename
from torget.organisations.models import Authority, Organisation
from torget.register import reading as register
from torget.register.rules import mask_identity_numbers

PAGE = 20


@public(
    "the square: published conversations and the way in",
    stored=lambda request: not request.GET.get("fore"),
    reads=("fore",),
)
def square(request: HttpRequest) -> HttpResponse:
    """The first page: what one can do here, and the latest published conversations, keyset by time of publishing."""
    page = published(request.GET.get("fore", ""), PAGE)
    older = f"?fore={page.older}" if page.older else ""
    return render(
        request, "conversations/square.html", {"conversations": page.rows, "older": older, "newer": page.newer}
    )


@public("anyone may write, without an account")
def write(request: HttpRequest) -> HttpResponseBase:
    """The own form. What was written stays in the form whenever it cannot be taken."""
    if request.method == "POST":
        form = WriteForm(request.POST, request.FILES)
        if form.is_valid() and (secret := _post(request, form)):
            # 303: whatever the browser, the receipt is fetched anew and going back does not send the form again.
            return HttpResponse(
                status=303, headers={"Location": reverse("conversations:receipt", kwargs={"secret": secret})}
            )
        return _write_page(request, form, status=400)
    return form_page(request, lambda given: _write_page(request, WriteForm(initial=given)), _asked_for(request))


def _write_page(request: HttpRequest, form: WriteForm, *, status: int = 200) -> HttpResponse:
    context = {
        "form": form,
        "had_files": bool(request.FILES),
        "chosen": request.POST.get("authority", ""),
        "authorities": Authority.objects.order_by("place", "-is_default", "name"),
    }
    response = render(request, "conversations/write.html", context, status=status)
    response.headers["Cache-Control"] = "no-store"
    return response


def _asked_for(request: HttpRequest) -> dict[str, str]:
    """The form's first words where the register's links lead here: which record or case somebody wants to read."""
    if request.GET.get("om") == "tillganglighet":
        # From the statement of accessibility: what the act calls a function to tell of faults (2018:1937, 13 §).
        return {"subject": _("Brist i tillgänglighet")}
    given = request.GET.get("handling", "")[:60]
    if not given or not Organisation.current().register_public:
        return {}
    what = register.asked_for(given)
    if what is None:
        return {}
    return {
        "subject": _("Begäran att läsa %(what)s") % {"what": what},
        "text": _("Jag vill läsa %(what)s.") % {"what": what},
    }


def _post(request: HttpRequest, form: WriteForm) -> str | None:
    """Take the form in; the receipt's secret, or None with the reason put on the form."""
    data = form.cleaned_data
    if data["website"]:
        # A machine filled in the box that people do not see. It gets the same answer as a rate limit: nothing is lost
        # for a person whose browser did it, since the text stays in the form.
        form.add_error(None, REFUSED["too_fast"])
        return None
    if not limits.allowed(request.META.get("REMOTE_ADDR", ""), settings.TORGET_POSTS_PER_MINUTE):
        form.add_error(None, REFUSED["too_fast"])
        return None
    try:
        kept = [_keep(file) for file in data["attachments"]]
        prefix = rules.storable(request.POST.get("authority", "")[:8])
        authority = Authority.objects.filter(prefix=prefix).first() if prefix else None
        return actions.post_form(
            actions.Written(
                text=data["text"],
                subject=data["subject"],
                name=data["name"],
                email=data["email"],
                nonce=data["nonce"],
                files=kept,
            ),
            authority=authority,
        )
    except Refused as refused:
        form.add_error(
            "attachments" if refused.code in ("disk_full", "file_too_large") else None,
            REFUSED.get(refused.code, refused.code),
        )
        return None


def _keep(file: object) -> tuple[Blob, str]:
    blob = files.keep_stream(file.chunks(), filename=file.name or "", media_type=file.content_type or "")  # type: ignore[attr-defined]
    return blob, clean_filename(file.name or "")  # type: ignore[attr-defined]


FRAGMENT = "conversations/_public_messages.html"


@lru_cache(maxsize=1)
def _fragment_digest() -> str:
    """The fragment's template, digested: a changed template never meets an old fragment."""
    from pathlib import Path

    origin = get_template(FRAGMENT).template.origin.name  # type: ignore[attr-defined]
    return sha256(Path(origin).read_bytes()).hexdigest()[:12]


def _fragment(conversation: Conversation) -> SafeString:
    """The messages as HTML, stored by version, language and template, never by time alone."""
    name = Organisation.current().name
    stamp = sha256(f"{name}:{_fragment_digest()}".encode()).hexdigest()[:16]
    key = f"public:{conversation.pk}:{conversation.public_version}:{get_language()}:{stamp}"
    pieces = caches["process"]
    html: str | None = pieces.get(key)
    if html is None:
        html = render_to_string(FRAGMENT, {"messages": messages_of(conversation), "organisation_name": name})
        pieces.set(key, html, None)
    return mark_safe(html)  # nosec B308, B703  # noqa: S308  our own template's output, escaped there


@public("a conversation that staff have published on purpose", stored=True)
def conversation(request: HttpRequest, number: int) -> HttpResponse:
    """`/samtal/<number>/`. Errors: 404 for what does not exist and for what is not published, alike."""
    found = (
        Conversation.objects.filter(number=number, published_at__isnull=False)
        .select_related("case__authority", "context")
        .first()
    )
    if found is None:
        raise Http404
    # Only in the social channels is the context surely our own post; elsewhere it is whatever a file said.
    ours = found.context is not None and found.channel in ("mastodon", "facebook")
    context = mask_identity_numbers(found.context.text)[:400] if ours and found.context else ""
    return render(
        request,
        "conversations/conversation.html",
        {"conversation": found, "messages_html": _fragment(found), "context_text": context},
    )
