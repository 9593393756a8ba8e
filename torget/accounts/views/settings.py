"""How the organisation logs in: the policy, the providers, the table of roles, colleagues' log-ins. For administrators."""

from typing import Any

from django.contrib import messages
from django.db.models import Count, Exists, OuterRef, Q
from django.forms import formset_factory
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from torget.accounts import actions, rules, saml, sealing, words
from torget.accounts.forms import PolicyForm, ProviderForm, RoleRuleForm
from torget.accounts.models import Identity, Policy, Provider, RoleRule
from torget.accounts.permissions import can_manage_accounts
from torget.accounts.views.own import rows_of
from torget.core.access import StaffRequest, allow
from torget.core.errors import Refused
from torget.organisations.models import User

PEOPLE = 200
_SHUT = Identity.objects.filter(shut_at__isnull=False)
RoleRules = formset_factory(RoleRuleForm, extra=3, max_num=200, absolute_max=220)


def _said(refused: Refused) -> str:
    return str(words.REFUSED.get(refused.code, words.FAILED))


def _overview(request: StaffRequest, form: PolicyForm | None = None, status: int = 200) -> HttpResponse:
    providers = {provider.purpose: provider for provider in Provider.objects.all()}
    people = (
        User.objects.annotate(open_log_ins=Count("log_ins"), shut_by_claims=Exists(_SHUT.filter(user=OuterRef("pk"))))
        .filter(Q(is_active=True) | Q(shut_by_claims=True))
        .order_by("name")[:PEOPLE]
    )
    context: dict[str, Any] = {
        "form": form or PolicyForm.of(Policy.current()),
        "providers": [
            {"purpose": purpose.value, "provider": provider, "problem": _problem(provider)}
            for purpose in rules.Purpose
            for provider in [providers.get(purpose.value)]
        ],
        "rules": RoleRule.objects.select_related("unit")[:200],
        "people": people,
        "saml": saml.name() if saml.on() else "",
    }
    return render(request, "accounts/overview.html", context, status=status)


def _problem(provider: Provider | None) -> str:
    return str(words.REFUSED.get(provider.problem, words.FAILED)) if provider and provider.problem else ""


@require_safe
@allow(can_manage_accounts)
def overview(request: StaffRequest) -> HttpResponse:
    """`/installningar/konton/`: how people log in, and who is logged in."""
    return _overview(request)


@require_POST
@allow(can_manage_accounts)
def policy(request: StaffRequest) -> HttpResponse:
    """Save the policy."""
    form = PolicyForm(request.POST)
    if form.is_valid():
        try:
            actions.change_policy(**form.cleaned_data, by=request.user)
            messages.success(request, _("Sparat. Det gäller från nästa inloggning."))
            return redirect("accounts:overview")
        except Refused as refused:
            form.add_error("passwords", _said(refused))
    return _overview(request, form, 400)


def _provider(purpose: str) -> Provider:
    if purpose not in set(rules.Purpose):
        raise Http404
    found = Provider.objects.filter(purpose=purpose).first()
    if found is not None:
        return found
    claim = "https://id.oidc.se/claim/personalIdentityNumber"
    fresh = Provider(purpose=purpose)
    if purpose == rules.Purpose.RESIDENTS:
        fresh.scopes, fresh.number_claim = "openid profile https://id.oidc.se/scope/naturalPersonNumber", claim
    return fresh


@allow(can_manage_accounts, extra=("purpose",))
def provider(request: StaffRequest, purpose: str) -> HttpResponse:
    """`/installningar/konton/leverantor/<purpose>/`: a provider's facts."""
    held = _provider(purpose)
    form = ProviderForm(request.POST or None, instance=held)
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_provider(form.save(commit=False), secret=form.cleaned_data["secret"], by=request.user)
            messages.success(request, _("Sparat. Prova anslutningen innan någon annan gör det."))
            return redirect("accounts:provider", purpose=purpose)
        except Refused as refused:
            form.add_error("on" if refused.code == "last_way_in" else "issuer", _said(refused))
    held = Provider.objects.filter(purpose=purpose).first() or held
    context = {
        "form": form, "purpose": purpose, "provider": held, "problem": _problem(held),
        "has_secret": bool(held.pk and _has_secret(held)), "redirect": actions.redirect_address(),
    }  # fmt: skip
    return render(request, "accounts/provider.html", context, status=400 if form.errors else 200)


def _has_secret(held: Provider) -> bool:
    try:
        return bool(sealing.secret_of(held.pk))
    except Refused:
        return False


@require_POST
@allow(can_manage_accounts, extra=("purpose",))
def test(request: StaffRequest, purpose: str) -> HttpResponse:
    """Ask the provider what it is."""
    held = _provider(purpose)
    if held.pk:
        problem = actions.test_provider(held, by=request.user)
        if problem:
            messages.error(request, str(words.REFUSED.get(problem, words.FAILED)))
        else:
            messages.success(request, _("Leverantören svarar och är den som den säger. Prova nu att logga in."))
    return redirect("accounts:provider", purpose=purpose)


@allow(can_manage_accounts)
def role_rules(request: StaffRequest) -> HttpResponse:
    """`/installningar/konton/roller/`: the table from claims to roles."""
    held = [{"claim": r.claim, "value": r.value, "role": r.role, "unit": r.unit_id} for r in RoleRule.objects.all()]
    forms = RoleRules(request.POST or None, initial=held, prefix="rad")
    error = ""
    if request.method == "POST" and forms.is_valid():
        given = [data for data in (form.cleaned_data for form in forms) if data.get("claim") and data.get("value")]
        if len({(data["claim"], data["value"]) for data in given}) < len(given):
            error = _("Samma uppgift och värde står på två rader. Ta bort den ena.")
        else:
            rows = [
                RoleRule(claim=d["claim"].strip(), value=d["value"].strip(), role=d["role"], unit=d["unit"])
                for d in given
            ]
            actions.change_rules(rows, by=request.user)
            messages.success(request, _("Sparat. Det gäller från nästa inloggning."))
            return redirect("accounts:rules")
    bad = bool(error) or (request.method == "POST")
    return render(request, "accounts/rules.html", {"forms": forms, "error": error}, status=400 if bad else 200)


@require_safe
@allow(can_manage_accounts, extra=("pk",))
def colleague(request: StaffRequest, pk: int) -> HttpResponse:
    """`/installningar/konton/medarbetare/<id>/`: where a colleague is logged in, and whether claims have shut the account."""
    person = get_object_or_404(User, pk=pk)
    here = request.session.session_key if person.pk == request.user.pk else None
    shut = not person.is_active and _SHUT.filter(user=person).exists()
    context = {"person": person, "rows": rows_of(person, here), "shut_by_claims": shut}
    return render(request, "accounts/colleague.html", context)


@require_POST
@allow(can_manage_accounts, extra=("pk",))
def end_colleague(request: StaffRequest, pk: int) -> HttpResponse:
    """Log a colleague out everywhere."""
    person = get_object_or_404(User, pk=pk)
    actions.end_all(person, by=request.user)
    messages.success(request, _("%(name)s är utloggad överallt.") % {"name": person.name})
    return redirect("accounts:colleague", pk=pk)
