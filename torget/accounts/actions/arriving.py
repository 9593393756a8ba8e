"""Somebody comes from the staff's provider: which account that is, and what role the claims give it."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from allauth.mfa.models import Authenticator
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from torget.accounts import rules, saml
from torget.accounts.actions.auditing import note
from torget.accounts.models import Identity, Policy, Provider, RoleRule
from torget.conversations.rules import storable
from torget.core import clock
from torget.core.errors import Refused
from torget.organisations.models import Unit, User
from torget.organisations.rules import Role


def who_get_in(users: QuerySet[User]) -> QuerySet[User]:
    """Those of `users` who can log in as things are: without passwords by a provider that is on, or by a passkey alone.

    Within a transaction: passwords are not turned off or on before it is over (providing.change_policy).
    """
    policy = Policy.objects.select_for_update().filter(pk=1).first()
    if policy is None or policy.passwords:
        return users
    issuers = list(Provider.objects.filter(purpose=rules.Purpose.STAFF.value, on=True).values_list("issuer", flat=True))
    if saml.on():
        with suppress(Refused):
            issuers.append(saml.issuer())
    tied = Identity.objects.filter(user=OuterRef("pk"), issuer__in=issuers, shut_at__isnull=True)
    # A key that opens alone is one that is kept in the authenticator (allauth: WebAuthn.is_passwordless).
    keys = Authenticator.objects.filter(
        user=OuterRef("pk"), type="webauthn", data__credential__clientExtensionResults__credProps__rk=True
    )
    return users.filter(Exists(tied) | Exists(keys))


def _others_get_in(user: User) -> bool:
    others = User.objects.filter(role=Role.ADMINISTRATOR.value, is_active=True).exclude(pk=user.pk)
    return who_get_in(others).exists()


def is_last_administrator(user: User) -> bool:
    """Whether nobody else could log in and change settings if this account could not."""
    return user.is_active and user.role == Role.ADMINISTRATOR and not _others_get_in(user)


def decided(user: User) -> None:
    """An administrator has shut or opened the account: that claims shut it once opens it no more."""
    user.identities.filter(shut_at__isnull=False).update(shut_at=None)


def arrive(claims: Mapping[str, Any], *, issuer: str, name_claim: str, email_claim: str, trusts_address: bool) -> User:
    """The account of whoever has these claims (`sub` among them), with the role that they give now.

    Errors: Refused("no_role" | "shut" | "no_address" | "address_taken"). What a refusal has changed is kept.
    """
    with transaction.atomic():
        # One at a time, so that two administrators who lose their role at once do not both go.
        administrators = User.objects.select_for_update().filter(role=Role.ADMINISTRATOR.value, is_active=True)
        # In the order in which everybody takes them (organisations/actions/staffing.py).
        list(administrators.order_by("pk").values_list("pk"))
        user, refused = _arrive(claims, issuer, name_claim, email_claim, trusts_address)
    if refused or user is None:
        raise Refused(refused or "no_role")
    return user


def _arrive(
    claims: Mapping[str, Any], issuer: str, name_claim: str, email_claim: str, trusts_address: bool
) -> tuple[User | None, str]:
    given = rules.grant(claims, [row.as_rule() for row in RoleRule.objects.order_by("place", "pk")])
    subject = str(claims["sub"])
    identity = Identity.objects.select_for_update(of=("self",)).select_related("user").filter(
        issuer=issuer, subject=subject
    ).first()  # fmt: skip
    if identity is None:
        identity, refused = _first_time(claims, issuer, subject, given, name_claim, email_claim, trusts_address)
        if identity is None:
            return None, refused
    user = User.objects.select_for_update(of=("self",)).get(pk=identity.user_id)
    Identity.objects.filter(pk=identity.pk).update(last_at=clock.now())
    if given is None:
        return _without_role(user, identity)
    if not user.is_active:
        if identity.shut_at is None:
            # Somebody here has shut it; the provider does not open it again.
            return None, "shut"
        User.objects.filter(pk=user.pk).update(is_active=True)
        user.is_active = True
        note("staff.opened_by_claims", user=user)
    Identity.objects.filter(pk=identity.pk).update(shut_at=None)
    _follow(user, given)
    return user, ""


def _follow(user: User, given: rules.Grant) -> None:
    """Give the account the role and the unit that the claims give."""
    role = given.role
    if user.role != role:
        if role != Role.ADMINISTRATOR and is_last_administrator(user):
            note("staff.role_kept", user=user, detail=user.role)
        else:
            note("staff.role_by_claims", user=user, detail=f"{user.role} → {role}")
            user.role = role
    unit = given.unit if given.unit and Unit.objects.filter(pk=given.unit).exists() else user.unit_id
    User.objects.filter(pk=user.pk).update(role=user.role, unit_id=unit)
    user.unit_id = unit


def _without_role(user: User, identity: Identity) -> tuple[User | None, str]:
    """No row fits any more: the role is taken away, which shuts the account, unless nobody else could open it again."""
    if is_last_administrator(user):
        note("staff.role_kept", user=user, detail=user.role)
        return user, ""
    if user.is_active:
        User.objects.filter(pk=user.pk).update(is_active=False)
        Identity.objects.filter(pk=identity.pk).update(shut_at=clock.now())
        note("staff.shut_by_claims", user=user)
    return None, "no_role"


def _first_time(
    claims: Mapping[str, Any], issuer: str, subject: str, given: rules.Grant | None, name_claim: str,
    email_claim: str, trusts_address: bool,
) -> tuple[Identity | None, str]:  # fmt: skip
    """Tie the identity to the account of its address, or make one; only where a row of the table fits."""
    if given is None:
        return None, "no_role"
    email = next(iter(rules.values(claims, email_claim)), "").strip().lower()[:254]
    try:
        validate_email(email)
    except ValidationError:
        return None, "no_address"
    known = User.objects.filter(email__iexact=email).first()
    now = clock.now()
    if known is not None:
        # Whoever can choose an address at the provider must not get somebody's account by it; and what the provider has
        # verified is the claim `email`, whatever else it calls an address (OpenID Connect Core 5.1).
        verified = email_claim == "email" and claims.get("email_verified") is True
        if not trusts_address and not verified:
            return None, "address_taken"
        if known.identities.filter(issuer=issuer).exists():
            return None, "address_taken"
        if not known.is_active:
            return None, "shut"
        user = known
        note("staff.tied", user=user)
    else:
        name = storable(next(iter(rules.values(claims, name_claim)), "")).strip()[:120] or email.partition("@")[0]
        user = User.objects.create_user(email, None, name=name, role=given.role)
        note("staff.made_by_claims", user=user, detail=given.role)
    return Identity.objects.create(user=user, issuer=issuer, subject=subject, first_at=now, last_at=now), ""
