"""What first: the signs, the order and its words; and that the stored order is the reckoned one."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from tests.support.making import MONDAY, Town
from torget.conversations import ordering, priority
from torget.conversations.models import Conversation
from torget.core import clock

OPENS, CLOSES = time(8, 0), time(16, 30)


def _local(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=priority.STOCKHOLM)


@pytest.mark.parametrize(("text", "signs"), [
    pytest.param("Det är blankis på Ekbacken, folk ramlar", (3, False, False), id="danger"),
    pytest.param("Jag begär ut avtalet om skolmaten", (2, False, False), id="a request for documents is urgent by law"),
    pytest.param("Kan ni svara i dag före lunch?", (1, True, False), id="soon, and a question"),
    pytest.param("Hur kommer jag fram med rullstol", (0, True, True), id="a question without its mark, somebody vulnerable"),
    pytest.param("Tack för fint bemötande.", (0, False, False), id="nothing"),
    pytest.param("Isabella sjöng fint på brandmuseet", (0, False, False), id="no word within another word"),
])  # fmt: skip
def test_signs(text: str, signs: tuple[int, bool, bool]) -> None:
    found = priority.signs_of(text)
    assert (found.urgency, found.is_question, found.is_vulnerable) == signs


@pytest.mark.parametrize(("due", "hours", "closed", "first"), [
    pytest.param(_local(18, 16, 30), 2, set(), _local(18, 14, 30), id="the same day"),
    pytest.param(_local(18, 16, 30), 10, set(), _local(17, 15, 0), id="a night does not count"),
    pytest.param(_local(16, 9, 0), 2, set(), _local(13, 15, 30), id="nor a weekend"),
    pytest.param(_local(16, 9, 0), 2, {date(2026, 11, 13)}, _local(12, 15, 30), id="nor a day the desk is shut"),
    pytest.param(_local(18, 16, 30), 0, set(), _local(18, 16, 30), id="nothing moves it"),
])  # fmt: skip
def test_earlier(due: datetime, hours: int, closed: set[date], first: datetime) -> None:
    assert priority.earlier(due, hours, opens=OPENS, closes=CLOSES, closed_days=closed) == first


def test_what_presses_comes_first_and_more_of_it_earlier() -> None:
    weights = priority.weights({})
    ahead = [
        priority.ahead(priority.Signs(urgency, question, vulnerable), same=same, weighing=weights)
        for urgency, question, vulnerable, same in (
            (0, False, False, 0), (0, False, False, 3), (0, True, False, 3), (1, True, False, 3), (1, True, True, 3),
            (2, True, True, 3), (3, True, True, 3),
        )
    ]  # fmt: skip
    assert ahead == sorted(set(ahead))


@pytest.mark.parametrize(("tuned", "danger"), [
    pytest.param({"danger": 80}, 80, id="tuned"),
    pytest.param({"danger": -5}, 0, id="never behind"),
    pytest.param({"danger": 10**9}, 400, id="within bounds"),
    pytest.param({"danger": "mycket"}, 40, id="nonsense is the default"),
    pytest.param({"danger": True}, 40, id="so is yes"),
])  # fmt: skip
def test_weights(tuned: dict[str, object], danger: int) -> None:
    assert priority.weights(tuned)["danger"] == danger


def test_reasons_are_few_and_the_strongest_first() -> None:
    now = datetime(2026, 11, 20, 12, tzinfo=UTC)
    weighed = priority.Weighed(
        priority.Signs(3, True, True), same=4, due=now - timedelta(hours=1), received=now - timedelta(days=4)
    )
    assert priority.reasons(weighed, now=now) == ("late", "danger", "vulnerable")
    calm = priority.Weighed(priority.Signs(), same=0, due=now + timedelta(days=1), received=now)
    assert priority.reasons(calm, now=now) == ()


def test_an_hour_says_what_is_then_left() -> None:
    now = datetime(2026, 11, 20, 12, tzinfo=UTC)
    queue = [(n, now - timedelta(hours=n), now + timedelta(hours=n)) for n in range(1, 9)]
    hour = priority.an_hour(queue, minutes=60, each=20, total=40)
    assert (hour.do, hour.left) == ((1, 2, 3), 37)
    assert hour.oldest_left == now - timedelta(hours=8)
    assert hour.next_due_left == now + timedelta(hours=4)


def test_the_stored_order_puts_the_dangerous_before_the_older(town: Town) -> None:
    with clock.at(MONDAY):
        older = town.given("En synpunkt på bänkarna.")
    with clock.at(MONDAY + timedelta(hours=2)):
        danger = town.given("Akut: det läcker gas vid skolan")
    user = town.user()
    assert [key for _, key in Conversation.objects.page_of("all", user, None, 10)] == [danger.pk, older.pk]
    with clock.at(MONDAY + timedelta(hours=2)):
        assert "danger" in ordering.words_of(danger)


def test_tuned_weights_move_what_waits(town: Town) -> None:
    with clock.at(MONDAY):
        one = town.given("Akut: det läcker gas vid skolan")
        assert one.first_at < one.answer_due
        town.organisation.weights = dict.fromkeys(priority.DEFAULT_WEIGHTS, 0)
        town.organisation.save()
        assert ordering.reorder() == 1
    one.refresh_from_db()
    assert one.first_at == one.answer_due


def test_how_many_ask_the_same_moves_it_ahead(town: Town) -> None:
    with clock.at(MONDAY):
        one = town.given("En synpunkt på bänkarna.")
        Conversation.objects.filter(pk=one.pk).update(same_count=5)
        assert ordering.reorder([one.pk]) == 1
        one.refresh_from_db()
        assert "same" in ordering.words_of(one)
    assert one.first_at < one.answer_due
