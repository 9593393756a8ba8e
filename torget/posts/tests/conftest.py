"""The town that these tests act on, at ten on a Monday morning, with two connected accounts."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

import pytest

from tests.support import making
from torget.channels import registry
from torget.conversations.actions import connecting, delivering
from torget.conversations.models import Account
from torget.core import clock
from torget.organisations.models import Organisation, User
from torget.organisations.rules import Role
from torget.posts import actions
from torget.posts.actions import Written
from torget.posts.models import Post
from torget.posts.tests.standin import StandIn


@dataclass
class Planning:
    """The town, its accounts and its people."""

    town: making.Town
    mastodon: Account
    bluesky: Account
    anna: User
    boel: User
    channels: dict[str, StandIn] = field(default_factory=dict)

    def post(
        self, text: str = "Isbanan öppnar på lördag.", *, accounts: tuple[Account, ...] = (), **more: object
    ) -> Post:
        """A draft of Anna's."""
        keys = tuple(account.pk for account in accounts or (self.mastodon,))
        return actions.write(Written(text=text, accounts=keys, **more), by=self.anna)  # type: ignore[arg-type]

    def approved(self, text: str = "Isbanan öppnar på lördag.", **more: object) -> Post:
        """A post that Boel has approved."""
        post = self.post(text, **more)  # type: ignore[arg-type]
        return actions.approve(post, seen=1, by=self.boel)

    def settings(self, **changed: object) -> None:
        """Change the organisation."""
        Organisation.objects.update(**changed)


@pytest.fixture
def town(db: None) -> Iterator[making.Town]:
    with clock.at(making.MONDAY):
        yield making.town()


@pytest.fixture
def plan(town: making.Town, monkeypatch: pytest.MonkeyPatch) -> Planning:
    """Not a demo town: what leaves goes to the stand-in."""
    channels = {name: StandIn(name) for name in ("mastodon", "bluesky")}
    channels["bluesky"].limits = {"text": 300, "pictures": 4, "alt": 2000}
    for module in (delivering, connecting):
        monkeypatch.setattr(module, "live_channel", channels.get)
    monkeypatch.setattr(registry, "live", channels.get)
    organisation = town.organisation
    organisation.demo, organisation.needs_approval, organisation.undo_seconds = False, True, 30
    organisation.save()

    def account(channel: str) -> Account:
        return Account.objects.create(
            channel=channel, handle=f"ekevik@{channel}.example", name="Ekeviks kommun", authority=town.authority,
            state=Account.GOOD,
        )  # fmt: skip

    return Planning(
        town,
        account("mastodon"),
        account("bluesky"),
        town.user(name="Anna Testsson"),
        town.user(Role.APPROVER, name="Boel Testberg"),
        channels,
    )


def later(moment: datetime, **more: float) -> datetime:
    """A moment so much later."""
    from datetime import timedelta

    return moment + timedelta(**more)
