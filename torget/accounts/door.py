"""What is asked at the staff's door besides who it is: whether the log-in still lasts, and whether a factor is wanted."""

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from torget.accounts import actions, rules, saml
from torget.accounts.models import Identity, Policy, Provider
from torget.core import unsent
from torget.organisations.models import User
from torget.organisations.rules import Role

ENDED = {
    "idle": _("Du har varit borta en stund, så vi loggade ut dig. Dina utkast ligger kvar."),
    "absolute": _("Du har varit inloggad länge, så vi ber dig logga in igen. Dina utkast ligger kvar."),
}


def check(request: HttpRequest) -> HttpResponseBase | None:
    """Note that somebody is here; the way to the log-in when it has ended."""
    why = actions.touch(request)
    if not why:
        return None
    messages.warning(request, ENDED[why])
    if (given_back := unsent.page(request)) is not None:
        return given_back
    following = f"?{urlencode({'next': request.get_full_path()})}" if request.method == "GET" else ""
    return redirect(reverse("account_login") + following)


def factor_asked(user: User) -> bool:
    """Whether a second factor is asked of somebody who has none: by the policy, unless their provider asks for one itself."""
    if Policy.current().second_factor == rules.Factor.ADMINISTRATORS and user.role != Role.ADMINISTRATOR:
        return False
    if user.has_usable_password():
        return True
    issuers = Provider.objects.filter(on=True, has_factor=True).values("issuer")
    return not Identity.objects.filter(user=user, issuer__in=issuers).exists()


def log_in_ways() -> dict[str, object]:
    """By what the log-in page lets people in: links to providers that are on, whether passwords open, whether anyone is there."""
    links = []
    if provider := Provider.of(rules.Purpose.STAFF):
        links.append({"name": provider.name, "url": reverse("accounts:oidc")})
    if saml.on():
        links.append({"name": saml.name(), "url": reverse("accounts:saml")})
    return {"links": links, "passwords": Policy.current().passwords, "empty": not User.objects.exists()}
