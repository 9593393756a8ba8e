"""The crash drill: twenty random kills in `make test`, two hundred in `make drill`, half of them on each engine.

TORGET_DRILL_KILLS and TORGET_DRILL_SEED choose others; the seed is in the message of a red test.
"""

import os
import secrets
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from tests.crash.drill import Drill, Report
from tests.support.mastodon import Mastodon
from tests.support.smtp import SMTPServer

if TYPE_CHECKING:
    from tests.support.postgres import Cluster
    from tests.support.server import Torget

SHORT, LONG = 20, 200
CALM = 8
"""How much slower people write in the short one: it shares its cores with two other tests, and all must be counted."""


def _drilled(torget: "Torget", *, kills: int, pace: float = 1) -> Report:
    kills = int(os.environ.get("TORGET_DRILL_KILLS", kills)) // 2
    seed = int(os.environ.get("TORGET_DRILL_SEED", secrets.randbelow(10**6)))
    print(f"seed {seed}", flush=True)
    with SMTPServer() as server, Mastodon() as mastodon:
        report = Drill(torget, server, mastodon, kills=kills, seed=seed, pace=pace).run()
    print(report)
    # A drill in which nothing happened proves nothing.
    assert sum(report.kills.values()) == kills
    assert report.acknowledged and report.filed and report.mails and report.posts
    assert not report.faults, f"{report}\n{torget.said(2000)}"
    assert (report.lost, report.doubled) == (0, 0)
    return report


def test_ten_kills_on_sqlite_lose_and_double_nothing(installation_on: "Callable[..., Torget]") -> None:
    _drilled(installation_on(), kills=SHORT, pace=CALM)


def test_ten_kills_on_postgresql_lose_and_double_nothing(
    installation_on: "Callable[..., Torget]", cluster: "Cluster"
) -> None:
    _drilled(installation_on(cluster.create("drill_short")), kills=SHORT, pace=CALM)


@pytest.mark.drill
def test_a_hundred_kills_on_sqlite_lose_and_double_nothing(installation_on: "Callable[..., Torget]") -> None:
    _drilled(installation_on(), kills=LONG)


@pytest.mark.drill
def test_a_hundred_kills_on_postgresql_lose_and_double_nothing(
    installation_on: "Callable[..., Torget]", cluster: "Cluster"
) -> None:
    _drilled(installation_on(cluster.create("drill_long")), kills=LONG)
