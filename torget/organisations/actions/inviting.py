"""Colleagues are asked in: a one-time link by mail, or to hand over where there is no mail server (docs/rules/set-up.md).

As with the experts' links the secret is derived from the installation's key and a nonce of the row: it lies in no database,
queue or log, and the mail can be written when it leaves.
"""

import hmac
import secrets
from base64 import urlsafe_b64encode
from datetime import timedelta
from hashlib import sha256

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.mail import EmailMessage
from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from torget.core import clock, dates
from torget.core.errors import Refused
from torget.core.kept import kept
from torget.core.mailing import Handed, can_send, hand_over
from torget.journal import actions as journal
from torget.organisations import rules
from torget.organisations.models import Invitation, Organisation, Unit, User
from torget.organisations.rules import Role

LEASE = timedelta(minutes=2)
ATTEMPTS = 8


def _secret_of(nonce: bytes | memoryview) -> str:
    mac = hmac.new(settings.SECRET_KEY.encode(), b"invitation:" + bytes(nonce), sha256).digest()
    return urlsafe_b64encode(mac[:16]).rstrip(b"=").decode()


def _hash_of(secret: str) -> str:
    return sha256(secret.encode("utf-8", "replace")).hexdigest()


def link_of(invitation: Invitation) -> str:
    """The whole address, always under TORGET_URL: never what a request claimed as its host."""
    return f"{settings.TORGET_URL}/inbjudan/{_secret_of(invitation.nonce)}/"


def can_mail() -> bool:
    """Whether invitations leave by mail: not without a way out, and never from a demo town."""
    return not Organisation.current().demo and can_send()


def _renew(invitation: Invitation) -> None:
    """A new secret, a new fortnight, and a mail to send."""
    now = clock.now()
    invitation.nonce = secrets.token_bytes(16)
    invitation.secret_hash = _hash_of(_secret_of(invitation.nonce))
    invitation.made_at = invitation.due_at = now
    invitation.expires_at = now + timedelta(days=rules.INVITED_DAYS)
    invitation.attempts, invitation.mail = 0, Invitation.WAITING if can_mail() else Invitation.NONE
    invitation.save()


def invite(*, email: str, name: str, role: Role, unit: Unit | None = None, title: str = "", by: User) -> Invitation:
    """Ask a colleague in. Errors: Refused("already_staff" | "already_invited")."""
    email = email.strip().lower()
    try:
        with transaction.atomic():
            if User.objects.filter(email__iexact=email).exists():
                raise Refused("already_staff")
            if Invitation.objects.filter(email=email, used_at=None, revoked_at=None).exists():
                raise Refused("already_invited")
            made = Invitation(email=email, name=name.strip(), title=title.strip(), role=role.value, unit=unit, by=by)
            _renew(made)
            journal.enter("staff.invited", actor_ref=by.ref, object_ref=f"invitation:{made.pk}", digest=bytes(32))
            return made
    except IntegrityError:
        # Somebody else was quicker; the constraint is the judge.
        raise Refused("already_invited") from None


def _held(invitation: Invitation) -> Invitation:
    """The row, held until the transaction ends. Errors: Refused("used" | "revoked")."""
    held = Invitation.objects.select_for_update().get(pk=invitation.pk)
    if held.used_at or held.revoked_at:
        raise Refused("used" if held.used_at else "revoked")
    return held


@transaction.atomic
def resend(invitation: Invitation, *, by: User) -> Invitation:
    """A new link for a new fortnight; the former opens nothing any more. Errors: Refused("used" | "revoked")."""
    held = _held(invitation)
    _renew(held)
    journal.enter("staff.invited_again", actor_ref=by.ref, object_ref=f"invitation:{held.pk}", digest=bytes(32))
    return held


@transaction.atomic
def revoke(invitation: Invitation, *, by: User) -> None:
    """The link opens nothing any more. Errors: Refused("used" | "revoked")."""
    held = _held(invitation)
    held.revoked_at, held.mail = clock.now(), Invitation.NONE
    held.save()
    journal.enter("staff.invitation_revoked", actor_ref=by.ref, object_ref=f"invitation:{held.pk}", digest=bytes(32))


@kept
def _by_hash(secret_hash: str) -> QuerySet[Invitation]:
    return Invitation.objects.select_related("unit").filter(secret_hash=secret_hash)[:1]


def find_open(secret: str) -> Invitation:
    """The invitation of a link. Errors: Refused("unknown" | "used" | "revoked" | "expired")."""
    found = next(iter(_by_hash(_hash_of(secret))), None)
    if found is None:
        raise Refused("unknown")
    used, revoked = found.used_at is not None, found.revoked_at is not None
    if why := rules.why_not_accepted(used=used, revoked=revoked, expires=found.expires_at, now=clock.now()):
        raise Refused(why)
    return found


@transaction.atomic
def accept(secret: str, *, name: str, password: str | None) -> User:
    """Become staff by a link: role, unit and address are the invitation's, name and password one's own.

    Without a password one logs in by the organisation's provider, which knows one by the address.

    Errors: those of `find_open`, Refused("already_staff"), and ValidationError for the password.
    """
    # Held before it is looked at: of two who press at the same moment, one is told that it is used.
    list(Invitation.objects.select_for_update().filter(secret_hash=_hash_of(secret)).values_list("pk"))
    invitation = find_open(secret)
    if User.objects.filter(email__iexact=invitation.email).exists():
        raise Refused("already_staff")
    given = {"name": name.strip(), "title": invitation.title, "role": invitation.role, "unit": invitation.unit}
    if password is not None:
        validate_password(password, User(email=invitation.email, name=name))
    user = User.objects.create_user(invitation.email, password, **given)
    invitation.used_at, invitation.user, invitation.mail = clock.now(), user, Invitation.NONE
    invitation.save()
    journal.enter("staff.joined", actor_ref=user.ref, object_ref=f"invitation:{invitation.pk}", digest=bytes(32))
    return user


def mail_waiting(limit: int = 20) -> int:
    """Send the mails that wait; how many were settled. Sent twice does no harm: it is the same link."""
    settled = 0
    now = clock.now()
    waiting = Invitation.objects.filter(mail=Invitation.WAITING, used_at=None, revoked_at=None)
    for invitation in waiting.filter(due_at__lte=now).order_by("due_at")[:limit]:
        claim = waiting.filter(pk=invitation.pk, due_at=invitation.due_at, nonce=invitation.nonce)
        if claim.update(due_at=now + LEASE, attempts=invitation.attempts + 1):
            settled += _mail(invitation, invitation.attempts + 1)
    return settled


def _mail(invitation: Invitation, attempt: int) -> int:
    demo = Organisation.current().demo
    outcome, _why = hand_over(lambda: _letter(invitation), demo=demo)
    same = Invitation.objects.filter(pk=invitation.pk, nonce=invitation.nonce, mail=Invitation.WAITING)
    if outcome in (Handed.SENT, Handed.UNKNOWN):
        return same.update(mail=Invitation.SENT)
    if outcome is Handed.REFUSED or attempt >= ATTEMPTS:
        return same.update(mail=Invitation.REFUSED)
    same.update(due_at=clock.now() + timedelta(minutes=min(60, 2**attempt)))
    return 0


def _letter(invitation: Invitation) -> EmailMessage:
    organisation = Organisation.current()
    asker = invitation.by.name if invitation.by else organisation.name
    last = dates.long_date(dates.local(invitation.expires_at).date(), "sv")
    text = (
        f"Hej {invitation.name}!\n\n{asker} har lagt upp dig i Torget hos {organisation.name}. Där tar vi emot och "
        f"svarar på det som folk skriver till oss.\n\nÖppna länken och välj hur du loggar in:\n{link_of(invitation)}\n\n"
        f"Länken gäller en gång, till och med {last}. Ge den inte till någon annan. "
        "Väntade du dig inte det här mejlet kan du kasta det. Då händer ingenting."
    )
    subject = f"Inbjudan till Torget hos {' '.join(organisation.name.split())}"
    headers = {"Auto-Submitted": "auto-generated"}
    return EmailMessage(subject, text, settings.TORGET_MAIL_FROM, [invitation.email], headers=headers)
