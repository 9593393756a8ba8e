"""Residents: the link to one's own conversations, and showing who one is in one conversation; and the desk's part of that."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from torget.accounts import actions, rules, words
from torget.accounts.forms import AddressForm
from torget.accounts.models import IdentityRequest, Provider
from torget.accounts.permissions import can_ask_identity, can_handle_identity
from torget.accounts.views.entering import keep_browser
from torget.conversations import actions as conversations
from torget.conversations.models import Conversation
from torget.core.access import StaffRequest, allow, public
from torget.core.errors import Refused
from torget.core.limits import Limit

asking, opening = Limit("my-cases"), Limit("my-cases-open")
ASKED_A_MINUTE = 5
TRIES_A_MINUTE = 30
HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
}


def _secretly(page: HttpResponse) -> HttpResponse:
    for name, value in HEADERS.items():
        page.headers[name] = value
    return page


def _too_often(request: HttpRequest, limit: Limit, most: int) -> bool:
    return not limit.allowed(request.META.get("REMOTE_ADDR", ""), most)


@public(
    "anyone may ask for the link to what they have written; the answer is the same for all",
    stored=lambda request: request.method in ("GET", "HEAD"),
)
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """`/mina-arenden/`: ask for the link."""
    form = AddressForm(request.POST if request.method == "POST" else None)
    if request.method != "POST":
        return render(request, "accounts/ask_cases.html", {"form": form})
    if not form.is_valid():
        return render(request, "accounts/ask_cases.html", {"form": form}, status=400)
    if _too_often(request, asking, ASKED_A_MINUTE):
        form.add_error(None, _("Det kom många försök på kort tid. Vänta en minut och försök igen."))
        return render(request, "accounts/ask_cases.html", {"form": form}, status=429)
    actions.ask_for_cases(form.cleaned_data["email"])
    return render(request, "accounts/ask_cases.html", {"form": None})


@public("whoever has the secret link of the letter may see what was written from its address, once")
@require_http_methods(["GET", "HEAD", "POST"])
def cases(request: HttpRequest, secret: str) -> HttpResponse:
    """`/mina-arenden/<secret>/`: a button, and then the list. A GET changes nothing: scanners open links."""
    if _too_often(request, opening, TRIES_A_MINUTE):
        return _secretly(HttpResponse(_("Vänta en minut och öppna länken igen."), status=429))
    letter = actions.find_letter(rules.Letters.MY_CASES, secret)
    rows = None
    if letter is not None and request.method == "POST":
        try:
            rows = actions.open_cases(letter)
        except Refused:
            letter = None
    page = render(
        request,
        "accounts/cases.html",
        {"letter": letter, "rows": rows, "secret": secret},
        status=200 if letter is not None else 410,
    )
    return _secretly(page)


@public("whoever has the secret address of the receipt may show who they are, where staff have asked")
@require_safe
def identify(request: HttpRequest, secret: str) -> HttpResponse:
    """`/kvitto/<secret>/legitimera/`: what is fetched and who sees it, and the way to the provider."""
    receipt = conversations.find_receipt(secret)
    provider = Provider.of(rules.Purpose.RESIDENTS)
    asked = (
        IdentityRequest.objects.filter(conversation=receipt.conversation_id, state=rules.Asking.ASKED.value).first()
        if receipt and provider
        else None
    )
    if receipt is None or provider is None or asked is None or _too_often(request, opening, TRIES_A_MINUTE):
        raise Http404
    context = {"receipt": receipt, "provider": provider, "secret": secret}
    try:
        begun = actions.begin(provider, asking=asked)
    except Refused:
        return _secretly(render(request, "accounts/identify.html", context | {"down": True}, status=503))
    page = render(request, "accounts/identify.html", context | {"address": begun.address})
    return _secretly(keep_browser(page, begun.browser, back=request.path.removesuffix("legitimera/")))


@require_POST
@allow(can_ask_identity, Conversation)
def ask_identity(request: StaffRequest, conversation: Conversation) -> HttpResponse:
    """Ask the one who wrote to show who they are."""
    try:
        actions.ask_identity(conversation, by=request.user)
        messages.success(request, _("Frågan står nu på kvittot. Skriv också i svaret att du behöver veta vem det är."))
    except Refused as refused:
        messages.error(request, str(words.REFUSED.get(refused.code, words.FAILED)))
    return redirect("desk:conversation", number=conversation.number)


@require_POST
@allow(can_handle_identity, IdentityRequest)
def withdraw(request: StaffRequest, asked: IdentityRequest) -> HttpResponse:
    """Take the question back."""
    try:
        actions.withdraw_identity(asked, by=request.user)
        messages.success(request, _("Frågan är tillbakatagen."))
    except Refused as refused:
        messages.error(request, str(words.REFUSED.get(refused.code, words.FAILED)))
    return redirect("desk:conversation", number=asked.conversation.number)


@require_POST
@allow(can_handle_identity, IdentityRequest)
def number(request: StaffRequest, asked: IdentityRequest) -> HttpResponse:
    """Show the whole number once; the journal says who read it."""
    try:
        read = actions.read_number(asked, by=request.user)
    except Refused as refused:
        messages.error(request, str(words.REFUSED.get(refused.code, words.FAILED)))
        return redirect("desk:conversation", number=asked.conversation.number)
    return render(request, "accounts/number.html", {"asked": asked, "number": read})
