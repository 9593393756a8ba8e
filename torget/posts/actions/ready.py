"""Whether a version may go out: how it fits each of its accounts, and what stops it. Reads, writes nothing."""

from collections.abc import Sequence
from dataclasses import dataclass

from torget.channels import registry
from torget.conversations.models import Account
from torget.organisations.models import Organisation
from torget.posts.models import PostVersion
from torget.posts.rules import fitting


@dataclass(frozen=True, slots=True)
class InAccount:
    """A post in one account: `by_hand` where we have no way out and a person puts it there."""

    account: Account
    fit: fitting.Fit
    shape: fitting.Shape
    by_hand: bool


@dataclass(frozen=True, slots=True)
class Readiness:
    """How a version fits: each account, and the faults that hold for all of them."""

    accounts: tuple[InAccount, ...]
    faults: tuple[fitting.Fault, ...]

    @property
    def code(self) -> str:
        """The first fault there is, "" when it may go."""
        every = [*self.faults, *(fault for one in self.accounts for fault in one.fit.faults)]
        return every[0].code if every else ""


def shape_for(account: Account) -> fitting.Shape | None:
    """What an account takes: the channel's own limits, as its connection knows them, and those of its server where known."""
    try:
        channel = registry.live(account.channel)
    except ImportError:
        # A channel whose library is an extra that is not installed: what we know of it ourselves then holds.
        channel = None
    return fitting.shape_of(account.channel, channel.limits if channel else None, account.settings.get("limits"))


def has_way_out(account: Account, shape: fitting.Shape, *, demo: bool) -> bool:
    """Whether the worker can send by the account; in a demo town all that leaves is a file."""
    return shape.sends and (account.is_live or demo)


def accounts_to_post_by() -> list[Account]:
    """Accounts in channels where something can be posted, the connected ones first."""
    found = (
        Account.objects.filter(channel__in=fitting.SHAPES).select_related("authority").order_by("channel", "pk")[:60]
    )
    return sorted((account for account in found if account.handle or account.is_live), key=lambda a: not a.is_live)


def in_accounts(content: fitting.Content, accounts: Sequence[Account]) -> tuple[InAccount, ...]:
    """How what is written fits each account."""
    demo = Organisation.current().demo
    found = []
    for account in accounts:
        shape = shape_for(account)
        if shape is not None:
            by_hand = not has_way_out(account, shape, demo=demo)
            found.append(InAccount(account, fitting.fit(content, account.pk, shape), shape, by_hand))
    return tuple(found)


def chosen_accounts(keys: Sequence[int]) -> list[Account]:
    """The accounts with these keys, in their order; those that are gone are left out."""
    rows = Account.objects.select_related("authority").in_bulk(list(keys))
    return [rows[key] for key in keys if key in rows]


def look_over(version: PostVersion) -> Readiness:
    """How a version fits all its accounts."""
    content = version.content()
    accounts = in_accounts(content, chosen_accounts(version.accounts))
    return Readiness(accounts, tuple(fitting.faults(content, [one.account.pk for one in accounts])))
