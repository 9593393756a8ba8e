"""What becomes of deliveries that have ended, and of those whose program is gone."""

import re
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from tests.support.making import MONDAY, Town
from tests.support.web import Said, Web
from torget.api import actions, tasks
from torget.api.actions import forgetting
from torget.api.models import Delivery
from torget.api.tests.conftest import Connected, connect, deliveries
from torget.core import worker
from torget.organisations.rules import Role

DAY = timedelta(days=1)
BY_TURN = (
    r"delivery_turn \(program_id=\? AND state=\? AND next_at<\?\)"
    r"|delivery_turn on api_delivery[^\n]*\n\s*Index Cond: \(\(?program_id = [^\n]*state[^\n]*next_at <"
)
"""Found by all three of the index, as SQLite and as PostgreSQL put it."""


@pytest.mark.parametrize(
    ("state", "days", "kept"),
    [
        pytest.param("sent", 31, False, id="sent 31 days ago"),
        pytest.param("sent", 29, True, id="sent 29 days ago"),
        pytest.param("failed", 91, False, id="failed 91 days ago"),
        pytest.param("failed", 89, True, id="failed 89 days ago"),
        pytest.param("waiting", 400, True, id="it waits, however long"),
        pytest.param("sending", 400, True, id="in hand, and its worker died"),
    ],
)
def test_what_has_ended_is_kept_for_a_while(connected: Connected, state: str, days: int, kept: bool) -> None:
    deliveries(connected.program, MONDAY - days * DAY, state=state)
    assert actions.forget_old() == (0 if kept else 1)
    assert Delivery.objects.exists() == kept


def test_what_was_sent_late_is_kept_from_then_on(connected: Connected) -> None:
    deliveries(connected.program, MONDAY - 60 * DAY, state="sent", ended=MONDAY - DAY)
    assert actions.forget_old() == 0


def test_much_is_forgotten_in_bounded_rounds(connected: Connected, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forgetting, "BATCH", 3)
    deliveries(connected.program, *[MONDAY - 40 * DAY] * 4, state="sent")
    deliveries(connected.program, *[MONDAY - 100 * DAY] * 3, state="failed")
    assert [actions.forget_old() for _ in range(4)] == [3, 3, 1, 0]


def test_the_worker_forgets_each_hour_and_comes_again_when_there_is_more() -> None:
    job = worker.jobs["api.forget"]
    assert (job.run, job.every, job.batch) == (tasks.forget_old, 3600.0, forgetting.BATCH)


def test_what_waits_for_a_program_that_goes_is_never_sent(real: Town) -> None:
    by = real.user(Role.ADMINISTRATOR)
    with Web(lambda asked: Said(status=204)) as web:
        gone, stays = connect(real, endpoint=web.url).program, connect(real, endpoint=web.url).program
        for program in (gone, stays):
            deliveries(program, MONDAY, MONDAY)
        deliveries(gone, MONDAY, state="sending")
        actions.retire(gone, by=by)
        said = gone.deliveries.order_by("pk").values_list("state", "problem", "attempts")
        assert list(said) == [("failed", "disconnected", 0)] * 2 + [("sending", "", 0)]
        assert actions.send_due() == 2
        assert {one.headers["webhook-id"] for one in web.asked} == set(stays.deliveries.values_list("key", flat=True))
        # What was in hand at that moment, by a worker that died, ends within the hour and is shown as failed.
        Delivery.objects.filter(program=gone, state="sending").update(lease_until=MONDAY)
        assert actions.forget_old() == 1
        assert set(gone.deliveries.values_list("state", flat=True)) == {"failed"}
        assert actions.send_due() == 0


def _plan(sql: str) -> list[str]:
    """How the database would read it; PostgreSQL, which reads three rows as they lie, is told not to."""
    postgres = connection.vendor == "postgresql"
    with transaction.atomic(), connection.cursor() as cursor:
        if postgres:
            cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {'' if postgres else 'QUERY PLAN '}{sql}")
        return [str(row[-1]) for row in cursor.fetchall()]


def test_due_and_old_rows_are_found_by_an_index(real: Town) -> None:
    with Web(lambda asked: Said(status=204)) as web:
        program = connect(real, endpoint=web.url).program
        deliveries(program, MONDAY)
        deliveries(program, MONDAY - 40 * DAY, state="sent")
        deliveries(program, MONDAY - 100 * DAY, state="failed")
        with CaptureQueriesContext(connection) as asked:
            assert (actions.send_due(), actions.forget_old()) == (1, 2)
    reads = [one["sql"] for one in asked if "api_delivery" in one["sql"] and not one["sql"].startswith("INSERT")]
    by_turn = 0
    for sql in reads:
        plan = _plan(sql)
        assert not [step for step in plan if re.search(r"SCAN (api_delivery|U0)|Seq Scan on api_delivery", step)], (
            sql,
            plan,
        )
        by_turn += bool(re.search(BY_TURN, "\n".join(plan)))
    # The programs' turns, the share of the one, and its old rows of both kinds.
    assert by_turn >= 4
