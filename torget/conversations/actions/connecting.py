"""Connect and disconnect accounts, and tell how they are: health, quota, gaps."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from torget.channels import live
from torget.channels.registry import live as live_channel
from torget.conversations import keyring
from torget.conversations.actions.taking import NOTHING
from torget.conversations.models import Account, Gap, Outbox
from torget.core import clock
from torget.core.errors import Refused
from torget.journal import actions as journal
from torget.organisations.models import Authority, Organisation, User

CLOCKS_DIFFER = timedelta(minutes=10)
"""What a service's clock may be from ours: that much before the moment of connecting is fetched as if it came after."""
SILENCE = timedelta(minutes=10)
"""An account that has not been fetched from for so long has a gap; it is looked for each minute, so seen within fifteen."""


def channel_of(account: Account) -> live.Live:
    """The connected side of an account's channel. Errors: Refused("not_a_live_channel")."""
    found = live_channel(account.channel)
    if found is None:
        raise Refused("not_a_live_channel", account.channel)
    return found


def connection(account: Account) -> live.Connection:
    """How to reach an account, with its secrets. Errors: Refused("key_broken")."""
    given = dict(account.settings)
    if account.channel == "feed" and settings.SECURE:
        # Where a feed's hub tells us of news; hubs reach nothing but an address that all can reach.
        given.setdefault("callback", f"{settings.TORGET_URL}/websub/{account.pk}/")
    since = account.connected_at - CLOCKS_DIFFER if account.connected_at else None
    return live.Connection(handle=account.handle, settings=given, secrets=keyring.secrets_of(account), since=since)


@transaction.atomic
def connect(
    channel: str,
    handle: str,
    *,
    name: str,
    authority: Authority,
    settings: Mapping[str, Any],
    secrets: Mapping[str, str],
    by: User,
) -> Account:
    """Connect an account, or connect it again: its cursor and all that has come by it stay.

    Errors: Refused("not_a_live_channel").
    """
    if live_channel(channel) is None:
        raise Refused("not_a_live_channel", channel)
    values = {"name": name[:200] or handle, "authority": authority, "settings": dict(settings), "state": Account.GOOD}
    clear = {"problem": "", "problem_since": None, "next_fetch_at": None}
    account, made = Account.objects.update_or_create(channel=channel, handle=handle[:200], defaults=values | clear)
    if account.connected_at is None:
        # Once: what has come since is never left out, however long it takes until the first pull succeeds.
        account.connected_at = clock.now()
        account.save(update_fields=["connected_at"])
    keyring.keep(account, dict(secrets))
    # What waited for the log-in leaves now, not when its pause is over.
    Outbox.objects.filter(account=account, problem="needs_login").update(next_attempt_at=None)
    kind = "account.connected" if made else "account.connected_again"
    journal.enter(kind, actor_ref=by.ref, object_ref=account.ref, digest=NOTHING)
    return account


@transaction.atomic
def disconnect(account: Account, *, by: User) -> None:
    """Fetch and send no more; its secrets are taken away, all that has come by it stays."""
    changed = Account.objects.filter(pk=account.pk).exclude(state=Account.OFF)
    if changed.update(state=Account.OFF, lease_owner="", lease_until=None, next_fetch_at=None):
        journal.enter("account.disconnected", actor_ref=by.ref, object_ref=account.ref, digest=NOTHING)
    transaction.on_commit(lambda: keyring.forget(account))


def check(account: Account) -> str:
    """Try the connection; what the account is called there. Errors: live.Problem."""
    return channel_of(account).check(connection(account))


def note_health(account: Account, health: live.Health) -> None:
    """Note what an answer said of quota and token; what it did not say stays."""
    said = {
        name: value
        for name in ("quota_left", "quota_limit", "quota_resets_at", "token_expires_at")
        if (value := getattr(health, name)) is not None
    }
    if said:
        Account.objects.filter(pk=account.pk).update(**said)


def note_problem(account: Account, problem: live.Problem, *, next_try: datetime | None = None) -> None:
    """Note that an account could not be reached; a token that is no longer taken stops it until a person logs in again."""
    now = clock.now()
    state = Account.NEEDS_LOGIN if isinstance(problem, live.NeedsLogin) else Account.FAILING
    rows = Account.objects.filter(pk=account.pk).exclude(state=Account.OFF)
    rows.filter(problem_since=None).update(problem_since=now)
    rows.update(state=state, problem=problem.why, tried_at=now, next_fetch_at=next_try)


def note_gaps() -> int:
    """Worker's job: a gap for each connected account that has been silent for too long; how many were opened."""
    if Organisation.current().demo:
        return 0  # nothing is fetched in a demo town
    now, found = clock.now(), 0
    silent = Q(fetched_at__lt=now - SILENCE) | Q(fetched_at=None, tried_at__lt=now - SILENCE)
    for account in Account.objects.filter(silent).exclude(state=Account.OFF):
        if not account.gaps.filter(until=None).exists():
            reason = account.problem or "silent"
            account.gaps.create(
                since=account.fetched_at or account.tried_at or now, reason=reason[:100], noticed_at=now
            )
            found += 1
    return found


def end_gaps(account: Account, *, lost: str = "") -> None:
    """The account is fetched from again, from where its cursor stood: what was said in the silence has come.

    `lost`: the service could not give all of it, so the gap stays open for a person. Use inside the fetch's transaction.
    """
    now = clock.now()
    silent = account.gaps.filter(until=None)
    if lost:
        if not silent.update(until=now, reason=lost[:100]):
            since = account.fetched_at or now
            account.gaps.create(since=since, until=now, reason=lost[:100], noticed_at=now)
    else:
        silent.update(until=now, filled_at=now)


@transaction.atomic
def gap_looked_at(gap: Gap, *, by: User) -> None:
    """A person has looked in the channel and says that nothing is missing any more."""
    if Gap.objects.filter(pk=gap.pk, filled_at=None).update(filled_at=clock.now()):
        journal.enter("account.gap_looked_at", actor_ref=by.ref, object_ref=gap.account.ref, digest=NOTHING)
