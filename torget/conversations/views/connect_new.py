"""Connecting an account: fill in, try, look at what would come, connect. Mastodon by way of its own page (OAuth)."""

import hmac
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from torget.channels import live, mastodonlogin
from torget.channels.registry import CHANNELS
from torget.conversations import keyring, pending, trying, words_connect
from torget.conversations.actions import connecting
from torget.conversations.forms_connect import FORMS, CodeForm, ConnectForm
from torget.conversations.models import Account
from torget.core.access import StaffRequest, allow
from torget.core.errors import Refused
from torget.organisations.models import Authority, Organisation
from torget.organisations.permissions import can_change_settings


@allow(can_change_settings, extra=("channel",))
def begin(request: StaffRequest, channel: str) -> HttpResponse:
    """The form of a channel; sent in, the connection is tried, and nothing is connected before that went well.

    `?konto=<id>` fills in an account that is connected again.
    """
    if channel not in FORMS:
        raise Http404
    account = _again(request, channel)
    if request.method != "POST":
        form = FORMS[channel](initial=_initial(request, channel, account), secrets=_secrets(request, channel, account))
        return _form(request, form, account)
    form = FORMS[channel](request.POST, secrets=_secrets(request, channel, account))
    if not form.is_valid():
        return _once_more(request, form, account)
    if channel == "mastodon":
        return _to_mastodon(request, form, account)
    words = asdict(form.parts()) | {"account": account.pk if account else None}
    seen = trying.try_out(channel, _connection(words))
    if seen.problem:
        return _once_more(request, form, account, problem=words_connect.problem(seen.problem, seen.kind))
    return _went_well(request, words, seen)


def _again(request: HttpRequest, channel: str) -> Account | None:
    given = request.GET.get("konto", "") or request.POST.get("konto", "")
    if not given.isdecimal() or len(given) > 15:
        return None
    return Account.objects.filter(pk=int(given), channel=channel).first()


def _secrets(request: HttpRequest, channel: str, account: Account | None) -> dict[str, str]:
    """What an empty password stands for: what was filled in a moment ago, else what the account has."""
    words, password = pending.kept(request.session), FORMS[channel].base_fields.get("password")
    same = (words.get("channel"), words.get("account")) == (channel, account.pk if account else None)
    # Where none is needed, an empty field is none.
    if same and password is not None and password.required:
        given = words.get("secrets") or {}
        if typed := {name: given[name] for name in ("password", "smtp_password") if name in given}:
            return typed
    try:
        return keyring.secrets_of(account) if account else {}
    except Refused:
        return {}


def _initial(request: HttpRequest, channel: str, account: Account | None) -> dict[str, Any]:
    """What the form shows first: the account's own words, or what was filled in a moment ago. Never a secret."""
    words = pending.kept(request.session)
    if account is None and words.get("channel") != channel:
        return {"authority": Authority.default().pk}
    if account is not None:
        words = {"handle": account.handle, "name": account.name, "authority": account.authority_id}
        words["settings"] = account.settings
    held = dict(words.get("settings") or {})
    handle = str(words.get("handle") or "")
    initial = {**held, "name": words.get("name"), "authority": words.get("authority")}
    if channel == "mail":
        user = held.get("smtp_user")
        initial |= {"address": handle, "smtp_login": "same" if user is None else "own" if user else "none"}
    listed = held.get("words")
    initial["words"] = ", ".join(str(word) for word in listed) if isinstance(listed, list) else ""
    return initial | {"handle_name": handle, "url": held.get("url") or handle}


def _once_more(request: HttpRequest, form: ConnectForm, account: Account | None, *, problem: str = "") -> HttpResponse:
    """The form again as it was filled in. Its passwords are kept, sealed, and never written into the page."""
    words = asdict(form.parts()) if form.is_valid() else {"channel": form.channel}
    words |= {"account": account.pk if account else None, "secrets": form.keys()}
    pending.keep(request.session, words)
    again = type(form)(request.POST, secrets=_secrets(request, form.channel, account))
    return _form(request, again, account, status=400, problem=problem)


def _form(
    request: HttpRequest, form: ConnectForm, account: Account | None, *, status: int = 200, problem: str = ""
) -> HttpResponse:
    label = CHANNELS[form.channel].label if form.channel in CHANNELS else form.channel
    context = {"form": form, "channel": form.channel, "label": label, "account": account, "problem": problem}
    context["title"] = words_connect.CONNECT.get(form.channel, label)
    return render(request, "conversations/connect_form.html", context, status=status)


def _connection(words: dict[str, Any]) -> live.Connection:
    return live.Connection(handle=words["handle"], settings=words["settings"], secrets=words["secrets"])


def _went_well(request: HttpRequest, words: dict[str, Any], tried: trying.Tried) -> HttpResponse:
    """Keep what was tried, with what was seen, until a person says yes to it."""
    seen = [[one.sender, one.sent_at.isoformat() if one.sent_at else "", one.words] for one in tried.newest]
    found = {"name": tried.name, "messages": tried.messages, "more": tried.more, "newest": seen}
    words = words | {"secrets": {**words["secrets"], **tried.renewed}, "tried": found}
    pending.keep(request.session, words)
    # An address of its own: to load it again tries nothing again, and no code stays in the browser's list of pages.
    return redirect("conversations:tried")


@allow(can_change_settings)
def tried(request: StaffRequest) -> HttpResponse:
    """What was found when the connection was tried, and the question whether to connect it."""
    words = pending.kept(request.session)
    if "tried" not in words:
        return _too_late(request)
    found = words["tried"]
    newest = [
        trying.Seen(one[0], datetime.fromisoformat(one[1]) if one[1] else None, one[2]) for one in found["newest"]
    ]
    context = {
        "words": words,
        "tried": found | {"newest": newest},
        "authority": Authority.objects.filter(pk=words["authority"]).first(),
        "known": Account.objects.filter(channel=words["channel"], handle=words["handle"]).first(),
    }
    return render(request, "conversations/connect_tried.html", context)


def _too_late(request: HttpRequest) -> HttpResponse:
    messages.warning(request, _("Det har gått för lång tid sedan du provade. Börja om."))
    return redirect("conversations:channels")


@require_POST
@allow(can_change_settings)
def connect(request: StaffRequest) -> HttpResponse:
    """Connect what was tried."""
    words = pending.kept(request.session)
    authority = Authority.objects.filter(pk=words.get("authority") or 0).first()
    if "tried" not in words or authority is None:
        return _too_late(request)
    account = connecting.connect(
        words["channel"],
        words["handle"],
        name=words["name"],
        authority=authority,
        settings=words["settings"],
        secrets=words["secrets"],
        by=request.user,
    )
    pending.drop(request.session)
    messages.success(request, _("Kontot är anslutet. Första hämtningen börjar inom en minut."))
    return redirect("conversations:channel", pk=account.pk)


# ---- Mastodon's own page ---------------------------------------------------------------------------------------------


def _to_mastodon(request: HttpRequest, form: ConnectForm, account: Account | None) -> HttpResponse:
    """Make ourselves known to the server, and show the way to its page."""
    if not trying.may_go_out():
        return _form(request, form, account, status=400, problem=words_connect.problem("demo"))
    organisation = Organisation.current()
    try:
        begun = mastodonlogin.begin(
            form.cleaned_data["server"],
            redirect_uri=settings.TORGET_URL + reverse("conversations:mastodon_back"),
            name=f"Torget {organisation.short_name}",
            website=settings.TORGET_URL,
        )
    except live.Problem as problem:
        words = words_connect.problem(problem.why, type(problem).__name__)
        return _form(request, form, account, status=400, problem=words)
    data = form.cleaned_data
    words_kept = {"channel": "mastodon", "name": data.get("name") or "", "authority": data["authority"].pk}
    pending.keep(request.session, words_kept | {"settings": {"server": begun.server}, "begun": asdict(begun)})
    return redirect("conversations:mastodon_way")


def _begun(request: HttpRequest) -> tuple[dict[str, Any], mastodonlogin.Begun | None]:
    words = pending.kept(request.session)
    try:
        return words, mastodonlogin.Begun(**words["begun"])
    except (KeyError, TypeError):
        return words, None


@allow(can_change_settings)
def mastodon_way(request: StaffRequest) -> HttpResponse:
    """The link to the server's page, and the code as another way back."""
    _words, begun = _begun(request)
    return _start_over(request) if begun is None else _way(request, begun, CodeForm())


def _way(
    request: HttpRequest, begun: mastodonlogin.Begun, form: CodeForm, *, problem: str = "", status: int = 200
) -> HttpResponse:
    context = {
        "server": begun.server.partition("://")[2],
        "agree_url": begun.agree_url(),
        "code_url": begun.agree_url(out_of_band=True),
        "form": form,
        "problem": problem,
    }
    return render(request, "conversations/connect_mastodon.html", context, status=status)


def _start_over(request: HttpRequest) -> HttpResponse:
    messages.warning(request, _("Det har gått för lång tid. Börja om med serverns adress."))
    return redirect("conversations:connect", channel="mastodon")


@allow(can_change_settings)
def mastodon_back(request: StaffRequest) -> HttpResponse:
    """Back from the server's page: the code becomes a token, and what would come is shown. Nothing is connected yet."""
    words, begun = _begun(request)
    if begun is None:
        return _start_over(request)
    if not hmac.compare_digest(request.GET.get("state", "").encode(), begun.state.encode()):
        problem = _("Svaret hör inte ihop med det du började här. Börja om från den här sidan.")
        return _way(request, begun, CodeForm(), problem=problem, status=400)
    if request.GET.get("error") or not request.GET.get("code"):
        problem = _("Du godkände inte Torget på servern. Inget är anslutet.")
        return _way(request, begun, CodeForm(), problem=problem, status=400)
    return _logged_in(request, words, begun, request.GET["code"], out_of_band=False)


@require_POST
@allow(can_change_settings)
def mastodon_code(request: StaffRequest) -> HttpResponse:
    """The code that the server showed."""
    words, begun = _begun(request)
    if begun is None:
        return _start_over(request)
    form = CodeForm(request.POST)
    if not form.is_valid():
        return _way(request, begun, form, status=400)
    return _logged_in(request, words, begun, form.cleaned_data["code"], out_of_band=True)


def _logged_in(
    request: HttpRequest, words: dict[str, Any], begun: mastodonlogin.Begun, code: str, *, out_of_band: bool
) -> HttpResponse:
    try:
        found = mastodonlogin.finish(begun, code, out_of_band=out_of_band)
    except live.Problem as problem:
        said = words_connect.problem(problem.why, type(problem).__name__)
        return _way(request, begun, CodeForm(), problem=said, status=400)
    words = {
        "channel": "mastodon",
        "handle": found.handle,
        "name": words.get("name") or found.handle,
        "authority": words["authority"],
        "settings": {"server": found.server, "account_id": found.account_id, "limits": found.limits},
        "secrets": {"token": found.token, "client_id": begun.client_id, "client_secret": begun.client_secret},
    }
    seen = trying.try_out("mastodon", _connection(words))
    if seen.problem:
        said = words_connect.problem(seen.problem, seen.kind)
        return _way(request, begun, CodeForm(), problem=said, status=400)
    return _went_well(request, words, seen)
