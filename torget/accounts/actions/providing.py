"""How people log in: the policy, the providers, the table of roles."""

from collections.abc import Iterable

from django.db import transaction

from torget.accounts import oidc, rules, sealing
from torget.accounts.actions.auditing import note
from torget.accounts.models import Identity, Policy, Provider, RoleRule
from torget.core import clock
from torget.core.errors import Refused
from torget.organisations.models import User
from torget.organisations.rules import Role


def why_passwords_stay() -> str:
    """Why log-in by password cannot be turned off now; "" when it can."""
    works = Provider.objects.filter(
        purpose=rules.Purpose.STAFF.value, on=True, tested_at__isnull=False, problem=""
    ).first()
    by_provider = Identity.objects.filter(
        issuer=works.issuer if works else "", user__role=Role.ADMINISTRATOR.value, user__is_active=True,
        shut_at__isnull=True,
    ).count()  # fmt: skip
    return rules.why_passwords_stay(provider_works=works is not None, administrators_by_provider=by_provider)


@transaction.atomic
def change_policy(*, second_factor: str, passwords: bool, saml_owns_addresses: bool | None = None, by: User) -> None:
    """Say of whom a second factor is asked, whether passwords open, and whether SAML's addresses are ours (None: as before).

    Errors: Refused("no_provider" | "no_administrator").
    """
    policy, _ = Policy.objects.select_for_update().get_or_create(pk=1)
    if policy.passwords and not passwords and (why := why_passwords_stay()):
        raise Refused(why)
    policy.second_factor, policy.passwords = second_factor, passwords
    if saml_owns_addresses is not None:
        policy.saml_owns_addresses = saml_owns_addresses
    policy.save(update_fields=["second_factor", "passwords", "saml_owns_addresses"])
    said = [second_factor, "passwords" if passwords else "no passwords"]
    if policy.saml_owns_addresses:
        said.append("saml addresses")
    note("login.policy_changed", user=by, detail=", ".join(said))


@transaction.atomic
def passwords_on() -> bool:
    """Let passwords open again, from the machine itself, when the provider is gone; False when they did."""
    changed = Policy.objects.filter(pk=1, passwords=False).update(passwords=True)
    if changed:
        note("login.policy_changed", user=None, detail="passwords, torget passwords")
    return bool(changed)


def change_provider(provider: Provider, *, secret: str, by: User) -> None:
    """Save a provider; an empty secret leaves the one that is there. It counts as untested until it is tested.

    The secret goes with the issuer: another one never gets what was written for the one before. While passwords are off the
    staff's provider stays who it is. Errors: Refused("not_web" | "not_https" | "has_more" | "last_way_in").
    """
    if why := rules.why_no_issuer(provider.issuer, plain_allowed=oidc.plain_allowed()):
        raise Refused(why)
    with transaction.atomic():
        staff = provider.purpose == rules.Purpose.STAFF.value
        # Held, so that passwords are not turned off at the same moment (change_policy).
        policy, _ = Policy.objects.select_for_update().get_or_create(pk=1)
        old = Provider.objects.filter(pk=provider.pk).first()
        other = old is None or (old.issuer, old.client_id) != (provider.issuer, provider.client_id)
        if staff and not policy.passwords and (other or not provider.on):
            raise Refused("last_way_in")
        if other:
            provider.tested_at, provider.problem = None, ""
        provider.save()
        # Before the commit: a file too many does no harm, a provider without its secret does.
        if secret:
            sealing.keep_secret(provider.pk, secret)
        elif old is not None and old.issuer != provider.issuer:
            sealing.forget_secret(provider.pk)
        note("login.provider_changed", user=by, detail=provider.purpose)
    oidc.forget(provider.issuer)


def test_provider(provider: Provider, *, by: User) -> str:
    """Ask the provider what it is, and write down how it went: a code, "" when all is well."""
    problem = ""
    try:
        oidc.discover(provider.issuer, fresh=True)
        if not sealing.secret_of(provider.pk):
            problem = "no_secret"
    except Refused as refused:
        problem = refused.code
    with transaction.atomic():
        Provider.objects.filter(pk=provider.pk).update(tested_at=None if problem else clock.now(), problem=problem[:40])
        note("login.provider_tested", user=by, detail=f"{provider.purpose} {problem}".strip())
    return problem


@transaction.atomic
def change_rules(rows: Iterable[RoleRule], *, by: User) -> None:
    """Put these rows in the place of the table, in their order."""
    RoleRule.objects.all().delete()
    for place, row in enumerate(rows):
        row.pk, row.place = None, place
        row.save(force_insert=True)
    note("login.roles_changed", user=by)
