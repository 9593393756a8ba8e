"""Fetching: stored with the cursor, once; a dead channel delays nobody; gaps are seen and ended; secrets lie outside."""

import os
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.serializers import serialize
from django.db import connection
from pytest_django import DjangoCaptureOnCommitCallbacks

from tests.support.making import MONDAY, Town, everything
from torget.channels import live
from torget.channels.base import Raw
from torget.conversations import actions, health, keyring
from torget.conversations.actions import connecting, fetching
from torget.conversations.models import Account, Gap, Message, RawEvent
from torget.conversations.tests.standin import StandIn, standing_in
from torget.core import clock
from torget.core.errors import Refused
from torget.organisations.models import User
from torget.organisations.rules import Role


@pytest.fixture
def user(town: Town) -> User:
    town.organisation.demo = False
    town.organisation.save()
    return town.user(Role.ADMINISTRATOR)


@pytest.fixture
def account(town: Town, user: User, service: StandIn) -> Account:
    """A connected account; what it fetches is read as JSON lines."""
    return actions.connect(
        "jsonl", "@ekevik", name="Ekevik", authority=town.authority, settings={"host": "social.example"},
        secrets={"token": "hemlig-nyckel"}, by=user,
    )  # fmt: skip


def _page(*numbers: int, more: bool = False, gap: str = "", **health_says: Any) -> live.Fetched:
    raws = tuple(
        Raw(body=b'{"id": "%d", "text": "Fr\\u00e5ga %d"}' % (n, n), source=f"n{n}", key=f"n:{n}", verdict="tls")
        for n in numbers
    )
    return live.Fetched(raws, {"last": max(numbers, default=0)}, more=more, gap=gap, health=live.Health(**health_says))


def _fetch(account: Account, minutes: float = 0) -> int:
    with clock.at(MONDAY + timedelta(minutes=minutes)):
        return fetching.fetch_once(account)


def test_secrets_lie_in_a_file_that_only_we_read_and_nowhere_else(account: Account) -> None:
    path = Path(settings.TORGET_HOME) / "keys" / "kanaler" / f"{account.pk}.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert keyring.secrets_of(account) == {"token": "hemlig-nyckel"}
    assert "hemlig-nyckel" not in everything()
    assert "hemlig-nyckel" not in serialize("json", [account])


def test_disconnecting_takes_the_secrets_away_and_keeps_what_came(
    account: Account, user: User, service: StandIn, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    service.pages = [_page(1)]
    _fetch(account)
    with django_capture_on_commit_callbacks(execute=True):
        actions.disconnect(account, by=user)
        # Rolled back, the account would still be connected, and must still have them.
        assert keyring.secrets_of(account)
    account.refresh_from_db()
    assert (account.state, keyring.secrets_of(account), Message.objects.count()) == ("off", {}, 1)


def test_a_broken_key_file_is_said_and_stops_only_its_account(account: Account) -> None:
    path = Path(settings.TORGET_HOME) / "keys" / "kanaler" / f"{account.pk}.json"
    path.write_text('{"token": ')
    with pytest.raises(Refused, match="key_broken"):
        fetching.fetch_page(account)


def test_pages_are_stored_with_the_cursor_and_read(account: Account, service: StandIn) -> None:
    service.pages = [_page(1, 2, more=True), _page(3, quota_left=41, quota_limit=200)]
    assert _fetch(account) == 2
    account.refresh_from_db()
    assert (account.cursor, account.fetched_at, account.quota_left) == ({"last": 3}, MONDAY, 41)
    assert list(RawEvent.objects.order_by("pk").values_list("delivery", "verdict", "state")) == [
        ("n:1", "tls", "parsed"), ("n:2", "tls", "parsed"), ("n:3", "tls", "parsed"),
    ]  # fmt: skip
    assert Message.objects.count() == 3


def test_what_comes_again_by_an_overlap_or_in_another_order_is_not_doubled(account: Account, service: StandIn) -> None:
    service.pages = [_page(2, 1), _page(1, 2, 3), _page(3, 2)]
    for _ in range(3):
        _fetch(account)
    assert (RawEvent.objects.count(), Message.objects.count()) == (3, 3)


def test_a_renewed_token_is_kept(account: Account, service: StandIn) -> None:
    service.pages = [live.Fetched((), {}, renewed={"token": "ny"})]
    _fetch(account)
    assert keyring.secrets_of(account) == {"token": "ny"}


def test_a_killed_fetch_leaves_neither_cursor_nor_deliveries(
    account: Account, service: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(*_: object, **__: object) -> None:
        raise SystemExit

    service.pages = [_page(1)]
    monkeypatch.setattr(connecting, "note_health", dies)
    with pytest.raises(SystemExit):
        _fetch(account)
    account.refresh_from_db()
    assert (account.cursor, RawEvent.objects.count()) == ({}, 0)


def test_a_delivery_that_cannot_be_read_stalls_nothing(account: Account, service: StandIn) -> None:
    strange = Raw(body=b"\x00\xff{", source="trasig", key="trasig")
    service.pages = [live.Fetched((strange, *_page(1).raws), {"last": 1})]
    _fetch(account)
    assert Message.objects.count() == 1
    assert RawEvent.objects.get(delivery="trasig").state == "quarantined"


def test_a_silent_account_has_a_gap_within_fifteen_minutes_that_ends_when_it_is_fetched_from(
    account: Account, service: StandIn
) -> None:
    service.pages = [_page(1)]
    _fetch(account)
    for minute in range(1, 16):
        with clock.at(MONDAY + timedelta(minutes=minute)):
            actions.note_gaps()
    gap = Gap.objects.get()
    assert (gap.since, gap.until, gap.filled_at) == (MONDAY, None, None)
    assert gap.noticed_at - gap.since <= timedelta(minutes=15)
    _fetch(account, 20)
    gap.refresh_from_db()
    assert gap.filled_at == gap.until == MONDAY + timedelta(minutes=20)


def test_what_the_service_cannot_give_stays_a_gap_until_a_person_has_looked(
    account: Account, service: StandIn, user: User
) -> None:
    service.pages = [_page(1), _page(9, gap="uidvalidity")]
    _fetch(account)
    _fetch(account, 5)
    gap = Gap.objects.get()
    assert (gap.reason, gap.filled_at) == ("uidvalidity", None)
    assert health.footer()[0].level == "warn"
    actions.gap_looked_at(gap, by=user)
    assert health.footer()[0].level == "good"


def test_the_foot_says_how_each_account_is_the_troubled_first(account: Account, town: Town, user: User) -> None:
    other = actions.connect(
        "mail", "info@ekevik.example", name="Info", authority=town.authority, settings={}, secrets={}, by=user
    )
    with clock.at(MONDAY):
        connecting.note_problem(other, live.Retry("refused"))
        found = health.footer()
    assert [(one.channel, one.level) for one in found] == [("mail", "bad"), ("jsonl", "good")]
    connecting.note_problem(other, live.NeedsLogin("token"))
    assert health.footer()[0].says == "måste anslutas igen"


class Slow(StandIn):
    """One account never answers, the others do."""

    def __init__(self, hold: threading.Event) -> None:
        super().__init__()
        self.hold = hold
        self.asked: set[str] = set()
        self.stuck = threading.Event()

    def fetch(self, connection: live.Connection, cursor: Mapping[str, Any]) -> live.Fetched:
        """Waits for as long as the test wants where the account is the dead one."""
        if connection.handle == "dead":
            self.stuck.set()
            self.hold.wait(30)
        self.asked.add(connection.handle)
        return live.Fetched((), {"last": 1})


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_dead_channel_delays_no_other(town: Town, user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    hold = threading.Event()
    service = Slow(hold)
    with standing_in(monkeypatch):
        for module in (connecting,):
            monkeypatch.setattr(module, "live_channel", lambda name: service)
        for handle in ("dead", "a", "b"):
            actions.connect("jsonl", handle, name=handle, authority=town.authority, settings={}, secrets={}, by=user)
        runners = fetching.Runners()
        try:
            assert runners.sweep() == 3
            assert service.stuck.wait(10)
            until = time.monotonic() + 60
            while service.asked != {"a", "b"} and time.monotonic() < until:
                time.sleep(0.05)
            assert service.asked == {"a", "b"}
            # Each is somebody's: a second worker starts nothing. The threads go by the real clock, not the test's.
            with clock.at(datetime.now(UTC)):
                assert fetching.Runners().sweep() == 0
        finally:
            hold.set()
            runners.stop()
    connection.close()
    assert not Account.objects.exclude(lease_owner="").exists()


def test_the_lease_of_a_killed_worker_of_this_machine_is_free_at_once(account: Account) -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    alive, dead = (f"{fetching._HOST}:{pid}:abcd" for pid in (os.getpid(), child.pid))
    for owner, left in ((dead, ""), (alive, alive), ("elsewhere:1:abcd", "elsewhere:1:abcd")):
        Account.objects.filter(pk=account.pk).update(lease_owner=owner)
        fetching._free_what_the_dead_hold()
        account.refresh_from_db()
        assert account.lease_owner == left
