"""Connect a program, hand out and take back its tokens, change its signing secrets."""

import re
import secrets as random
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

from django.db import transaction
from django.db.models import Q

from torget.api.actions.forgetting import end_all
from torget.api.models import Program, Token
from torget.api.rules import Event, Scope
from torget.channels import outside, signing
from torget.conversations import actions as conversations
from torget.conversations import keyring
from torget.conversations.models import Account
from torget.core import clock
from torget.core.errors import Refused
from torget.journal import actions as journal
from torget.journal.models import Entry
from torget.organisations.models import Authority, User

NOTHING = bytes(32)
SAME_FOR = 600
"""Seconds in which "new secret" pressed again (twice, or by two people) is one change."""
MOST_SECRETS = 10
"""So many secrets of one way are valid at once; each is a signature in the head of what we send."""
BEGINS = "torget_"
"""So that people and the scanners of code stores know one when they see it."""


def _handle(name: str) -> str:
    """A short name for addresses: `/api/v1/webhooks/<handle>`."""
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower().translate(str.maketrans("åäöé", "aaoe"))).strip("-")
    return f"{plain[:30] or 'system'}-{random.token_hex(3)}"


def _checked(endpoint: str) -> str:
    """The address, where it may be asked. Errors: Refused("endpoint_…")."""
    if endpoint and (why := outside.why_not(endpoint)):
        raise Refused(f"endpoint_{why}")
    return endpoint


@transaction.atomic
def connect(name: str, *, authority: Authority, endpoint: str, events: Sequence[Event], by: User) -> Program:
    """A new program with its account and its two signing secrets. Errors: Refused("endpoint_…")."""
    account = conversations.connect(
        "api",
        _handle(name),
        name=name,
        authority=authority,
        settings={"endpoint": _checked(endpoint)},
        secrets={"in": signing.new_secret(), "out": signing.new_secret()},
        by=by,
    )
    return Program.objects.create(
        account=account,
        events=[event.value for event in events],
        # What was before it was connected is nothing that it is told of.
        seen_until=_newest(),
        made_by=by,
        made_at=clock.now(),
    )


def _newest() -> int:
    last = Entry.objects.filter(sequence__isnull=False).order_by("-sequence").values_list("sequence", flat=True).first()
    return -1 if last is None else last


@transaction.atomic
def change(
    program: Program, *, endpoint: str, events: Sequence[Event], tells_all: bool, must_sign: bool, by: User
) -> None:
    """Where its webhooks go, what it is told of, whether it has to sign. Errors: Refused("endpoint_…")."""
    _checked(endpoint)
    told_before = bool(program.endpoint and program.events)
    account = Account.objects.select_for_update().get(pk=program.account_id)
    account.settings = account.settings | {"endpoint": endpoint}
    account.save(update_fields=["settings"])
    program.account = account
    program.events, program.tells_all, program.must_sign = [event.value for event in events], tells_all, must_sign
    # Its place in the journal is the worker's, who may have moved it since the row was read.
    fields = ["events", "tells_all", "must_sign"]
    if not told_before:
        program.seen_until = _newest()
        fields.append("seen_until")
    program.save(update_fields=fields)
    journal.enter("program.changed", actor_ref=by.ref, object_ref=program.ref, digest=NOTHING)


@transaction.atomic
def retire(program: Program, *, by: User) -> None:
    """The program sends and takes nothing more: its tokens stop, its secrets go, what waits for it has failed.

    What came by it stays.
    """
    now = clock.now()
    Token.objects.filter(program=program, revoked_at=None).update(revoked_at=now)
    conversations.disconnect(program.account, by=by)
    end_all(now, program)


@transaction.atomic
def make_token(
    program: Program, *, name: str, scopes: Sequence[Scope], expires_at: datetime | None, by: User
) -> tuple[Token, str]:
    """A new token and its secret of 256 bits, which is given once and stored hashed. Errors: Refused("no_scope")."""
    if not scopes:
        raise Refused("no_scope")
    secret = BEGINS + random.token_urlsafe(32)
    token = Token.objects.create(
        program=program,
        name=name[:80],
        secret_hash=sha256(secret.encode()).hexdigest(),
        hint=secret[:12],
        scopes=sorted({scope.value for scope in scopes}),
        expires_at=expires_at,
        made_by=by,
        made_at=clock.now(),
    )
    journal.enter("token.made", actor_ref=by.ref, object_ref=token.ref, digest=NOTHING)
    return token, secret


@transaction.atomic
def revoke_token(token: Token, *, by: User) -> None:
    """The token opens nothing more. Twice changes nothing."""
    if Token.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=clock.now()):
        journal.enter("token.revoked", actor_ref=by.ref, object_ref=token.ref, digest=NOTHING)


def token_used(token: Token) -> None:
    """Note the day; one write a day."""
    today = clock.now().astimezone(clock.STOCKHOLM).date()
    other_day = Q(last_used_on=None) | ~Q(last_used_on=today)
    if token.last_used_on != today:
        Token.objects.filter(other_day, pk=token.pk).update(last_used_on=today)


# ---- the signing secrets --------------------------------------------------------------------------------------------


def secrets_for(program: Program, way: str) -> list[str]:
    """The secrets of one way ("in": it signs, "out": we sign), newest first. Errors: Refused("key_broken")."""
    return keyring.secrets_of(program.account).get(way, "").split()


def _held(program: Program) -> dict[str, str]:
    """The secrets that are to be changed: one at a time, or two would each write over what the other has shown."""
    return keyring.secrets_of(Account.objects.select_for_update().get(pk=program.account_id))


@transaction.atomic
def rotate_secret(program: Program, way: str, *, by: User) -> str:
    """A new secret for one way; those before it go on being valid until `drop_old_secret`, so nobody is cut off.

    Within ten minutes of a change this is the same one again: what was handed over first must not be overtaken unseen.
    Errors: Refused("key_broken").
    """
    held, now = _held(program), int(clock.now().timestamp())
    given, made = held.get(way, "").split(), held.get(f"{way}_made", "")
    if given and made.isdecimal() and 0 <= now - int(made) < SAME_FOR:
        return given[0]
    new = signing.new_secret()
    keyring.keep(program.account, held | {way: " ".join([new, *given][:MOST_SECRETS]), f"{way}_made": str(now)})
    journal.enter("program.secret_changed", actor_ref=by.ref, object_ref=program.ref, digest=NOTHING)
    return new


@transaction.atomic
def drop_old_secret(program: Program, way: str, *, by: User) -> None:
    """Only the newest secret is valid from now on, and the next change is a new one. Errors: Refused("key_broken")."""
    held = _held(program)
    given = held.get(way, "").split()
    if len(given) > 1:
        keyring.keep(program.account, held | {way: given[0], f"{way}_made": ""})
        journal.enter("program.old_secret_dropped", actor_ref=by.ref, object_ref=program.ref, digest=NOTHING)
