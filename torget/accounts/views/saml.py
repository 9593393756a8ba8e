"""Log-in by SAML: out to the provider, its answer, and the browser's own return."""

import json

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_POST, require_safe

from torget.accounts import actions, saml
from torget.accounts.models import Policy
from torget.accounts.views.entering import busy, enter, failed, following, keep_browser, kept, note_refused
from torget.core.access import no_store, public
from torget.core.errors import Refused


def _refused(request: HttpRequest, refused: Refused) -> HttpResponse:
    note_refused(request, refused.code, str(refused))
    return failed(request, refused.code)


@public("whoever wants to log in by SAML is sent to the provider")
@require_safe
def start(request: HttpRequest) -> HttpResponseBase:
    """`/konto/saml/`: out to the provider."""
    if not saml.on():
        raise Http404
    if (answer := busy(request)) is not None:
        return answer
    try:
        address, request_id = saml.request()
    except Refused as refused:
        return failed(request, refused.code)
    begun = actions.begin(None, following=following(request), state=request_id)
    return keep_browser(no_store(redirect(address)), begun.browser)  # type: ignore[arg-type]


@public("the provider's answer comes by the browser from the provider's page; it is signed", from_elsewhere=True)
@require_POST
def answer(request: HttpRequest) -> HttpResponseBase:
    """`/konto/saml/svar/`: check the answer and keep it until the browser comes by itself, with its cookie."""
    if not saml.on():
        raise Http404
    if (waits := busy(request, coming_back=True)) is not None:
        return waits
    response = request.POST.get("SAMLResponse", "")
    try:
        request_id = saml.answers(response)
        claims = saml.read(response, request_id)
        # Used up only now: an answer that is not the provider's must not take the place of the one that is.
        actions.keep_arrived(request_id, json.dumps(claims))
    except Refused as refused:
        return _refused(request, refused)
    # 303: the browser fetches the next page by itself, and then its own cookie goes along.
    there = reverse("accounts:saml_done") + "?" + urlencode({"svar": request_id})
    return HttpResponse(status=303, headers={"Location": there})


@public("the browser comes back with what it kept; only then is anybody logged in")
@require_safe
def done(request: HttpRequest) -> HttpResponseBase:
    """`/konto/saml/klart/`: log in whoever the answer was about."""
    if not saml.on():
        raise Http404
    if (waits := busy(request, coming_back=True)) is not None:
        return waits
    browser, _ = kept(request)
    try:
        found, told = actions.take_arrived(request.GET.get("svar", ""), browser)
        user = actions.arrive(
            json.loads(told),
            issuer=saml.issuer(),
            name_claim="displayName",
            email_claim="mail",
            trusts_address=Policy.current().saml_owns_addresses,
        )
        return enter(request, user, "saml", found.following)
    except Refused as refused:
        return _refused(request, refused)


@public("what the provider has to know of us")
@require_safe
def metadata(request: HttpRequest) -> HttpResponseBase:
    """`/konto/saml/metadata/`: our metadata, signed where there is a key."""
    if not saml.on():
        raise Http404
    try:
        return HttpResponse(saml.metadata(), content_type="application/samlmetadata+xml")
    except Refused as refused:
        return failed(request, refused.code)
