"""The public list of official accounts, and the first start."""

from typing import cast

from allauth.account.internal.flows.login import record_authentication
from allauth.account.utils import perform_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from torget.core.access import public
from torget.core.errors import Refused
from torget.organisations import actions
from torget.organisations.forms import FirstStartForm
from torget.organisations.models import OfficialAccount, Organisation, User

CODE = {
    "code_wrong": _("Koden stämmer inte. Den står i fönstret där Torget startade."),
    "code_used": _("Torget är redan igång. Logga in i stället."),
    "code_spent": _("För många försök. Starta om Torget, så får du en ny kod."),
}


@public("E-delegationens riktlinjer 2010: the public list of official accounts", stored=True)
def accounts(request: HttpRequest) -> HttpResponse:
    """`/kanaler/`: each official account with its rules."""
    listed = OfficialAccount.objects.select_related("authority").order_by("channel", "name")[:200]
    return render(request, "organisations/accounts.html", {"accounts": listed})


@public("the first start, guarded by the one-time code that `torget run` prints")
def first_start(request: HttpRequest) -> HttpResponse:
    """Ask for the code, make the organisation and the administrator, log in. 404 once there is staff."""
    if User.objects.exists():
        raise Http404
    form = FirstStartForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            actions.try_code(data["code"])
            user = actions.start(
                organisation=Organisation(
                    name=data["organisation"], short_name=data["short_name"], email=data["email"]
                ),
                authority={
                    "name": data["authority"],
                    "prefix": data["diary_prefix"].upper(),
                    "archive_creator": data["authority"],
                },
                email=data["email"],
                name=data["name"],
                password=data["password"],
            )
        except Refused as refused:
            form.add_error("code", CODE.get(refused.code, refused.code))
        else:
            record_authentication(request, user, "password")
            # By allauth's whole way in: the log-in is in the log, and this browser is known from the start.
            answer = perform_login(request, user, email_verification="none", redirect_url=reverse("desk:queue"))
            # Where the second factor leads on to, when it is set up.
            request.session["onward"] = "/installningar/komigang/"
            return cast(HttpResponse, answer)
    response = render(request, "organisations/first_start.html", {"form": form}, status=400 if form.errors else 200)
    response.headers["Cache-Control"] = "no-store"
    return response
