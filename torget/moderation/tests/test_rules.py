"""Grounds, ways, notices and intervals: pure rules."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from torget.moderation.rules import grounds, notices, watching
from torget.moderation.rules.grounds import Ground, How, Shown, Way
from torget.moderation.rules.notices import Target
from torget.moderation.rules.watching import Watch
from torget.organisations.rules import Hours

MONDAY = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)
OPEN = Hours(time(8, 0), time(16, 30))


def test_every_ground_is_law_or_our_own_and_dislike_is_none() -> None:
    assert set(Ground) > grounds.UNLAWFUL
    assert all("1998:112" in law for law in grounds.LAW.values())
    assert not [ground for ground in Ground if ground in ("dislike", "criticism", "other")]


@pytest.mark.parametrize(
    ("ground", "how"),
    [
        pytest.param(Ground.THREAT, How.REMOVE, id="what is unlawful goes"),
        pytest.param(Ground.COPYRIGHT, How.REMOVE, id="copyright too"),
        pytest.param(Ground.OFF_TOPIC, How.HIDE, id="what breaks our rules is hidden"),
    ],
)
def test_what_is_proposed(ground: Ground, how: How) -> None:
    assert grounds.proposed(ground) is how


@pytest.mark.parametrize(
    ("shown", "removed", "deleted", "reason"),
    [
        pytest.param(Shown(True, False, True), False, False, None, id="open in its channel"),
        pytest.param(Shown(False, True, False), False, False, None, id="open on our page"),
        pytest.param(Shown(False, False, True), False, False, "nobody_sees_it", id="said to us alone"),
        pytest.param(Shown(True, True, True), True, False, "already_removed", id="once is enough"),
        pytest.param(Shown(True, True, True), False, True, "gone_already", id="its writer was first"),
    ],
)
def test_what_may_not_be_taken_away(shown: Shown, removed: bool, deleted: bool, reason: str | None) -> None:
    assert grounds.why_not(shown, removed=removed, deleted=deleted) == reason


@pytest.mark.parametrize(
    ("shown", "way"),
    [
        pytest.param(Shown(True, True, True), Way.CHANNEL, id="a connected channel is asked"),
        pytest.param(Shown(True, True, False), Way.BY_HAND, id="else a person does it"),
        pytest.param(Shown(False, True, True), Way.HERE, id="what was not open there is ours alone"),
    ],
)
def test_where_it_is_taken_away(shown: Shown, way: Way) -> None:
    assert grounds.way_of(shown) is way


@pytest.mark.parametrize(
    ("attempts", "asked", "seconds"),
    [
        pytest.param(1, 0.0, 10.0, id="soon"),
        pytest.param(1, 90.0, 90.0, id="never before the channel said"),
        pytest.param(5, 0.0, 7200.0, id="later and later"),
        pytest.param(6, 0.0, None, id="then a person decides"),
    ],
)
def test_when_it_is_tried_again(attempts: int, asked: float, seconds: float | None) -> None:
    assert grounds.next_attempt(attempts, asked) == seconds


# ---- notices --------------------------------------------------------------------------------------------------------

HOSTS = frozenset({"torget.exempel.se"})


@pytest.mark.parametrize(
    ("text", "target"),
    [
        pytest.param("412", Target(number=412), id="a number"),
        pytest.param(" samtal 412 ", Target(number=412), id="a number with its word"),
        pytest.param("#412", Target(number=412), id="a number with a sign"),
        pytest.param("https://torget.exempel.se/samtal/412/", Target(number=412), id="our page"),
        pytest.param("https://torget.exempel.se/en/samtal/412/#m3", Target(number=412), id="our page in English"),
        pytest.param("torget.exempel.se/samtal/412", Target(number=412), id="without its scheme"),
        pytest.param("/samtal/412/", Target(number=412), id="the path alone"),
        pytest.param(
            "https://annan.example/samtal/412/", Target(url="https://annan.example/samtal/412/"), id="another's page"
        ),
        pytest.param("https://social.example/@a/1", Target(url="https://social.example/@a/1"), id="a post"),
        pytest.param("https://torget.exempel.se/", Target(url="https://torget.exempel.se/"), id="our front page"),
        pytest.param("", Target(), id="nothing"),
        pytest.param("http://[", Target(), id="no address at all"),
        pytest.param("9" * 40, Target(url="9" * 40), id="too long a number is no number of ours"),
    ],
)
def test_what_a_notice_points_at(text: str, target: Target) -> None:
    assert notices.target_of(text, hosts=HOSTS) == target


def test_a_name_is_asked_for_except_where_the_law_says_not_to() -> None:
    assert notices.needs_a_name(Ground.THREAT)
    assert notices.needs_a_name(notices.OTHER)
    assert not notices.needs_a_name(Ground.CHILD_ABUSE)


def test_the_median_is_the_middle_one() -> None:
    spans = [(MONDAY, MONDAY + timedelta(hours=hours)) for hours in (1, 3, 40)]
    assert notices.median_hours(spans) == 3.0
    assert notices.median_hours([]) is None


@pytest.mark.parametrize(
    ("decider", "reviewer", "open_", "reason"),
    [
        pytest.param(1, 2, True, None, id="another person"),
        pytest.param(1, 1, True, "same_person", id="not the one who decided"),
        pytest.param(1, 2, False, "decided", id="once"),
    ],
)
def test_who_may_judge_a_complaint(decider: int, reviewer: int, open_: bool, reason: str | None) -> None:
    assert notices.why_not_review(decider=decider, reviewer=reviewer, open_=open_) == reason


# ---- intervals ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("minutes", "watched", "now", "word", "left"),
    [
        pytest.param(None, None, MONDAY, Watch.NONE, 0, id="nobody has promised"),
        pytest.param(120, None, MONDAY, Watch.NEVER, 0, id="promised and never looked"),
        pytest.param(120, MONDAY, MONDAY + timedelta(minutes=120), Watch.ON_TIME, 0, id="on the minute"),
        pytest.param(120, MONDAY, MONDAY + timedelta(minutes=121), Watch.OVERDUE, -1, id="a minute late"),
        pytest.param(
            120, MONDAY + timedelta(hours=6), MONDAY + timedelta(hours=22, minutes=30), Watch.ON_TIME, 60,
            id="the night does not count",
        ),
        pytest.param(
            120, MONDAY + timedelta(hours=6), MONDAY + timedelta(days=1), Watch.OVERDUE, -30, id="the next morning does"
        ),
    ],
)  # fmt: skip
def test_when_somebody_has_to_look(
    minutes: int | None, watched: datetime | None, now: datetime, word: Watch, left: int
) -> None:
    found = watching.standing(minutes=minutes, watched=watched, now=now, hours=OPEN, closed_days=set[date]())
    assert (found.word, found.left) == (word, left)


@pytest.mark.parametrize(
    ("channel", "minutes", "reason"),
    [
        pytest.param("mastodon", 120, None, id="an open channel"),
        pytest.param("mastodon", 5, "interval_out_of_bounds", id="nobody looks that often"),
        pytest.param("mastodon", 10_000, "interval_out_of_bounds", id="a week is no oversight"),
        pytest.param("mail", 120, "nothing_open_there", id="no timer on addressed mail"),
        pytest.param("web", 120, "nothing_open_there", id="nor on the form"),
        pytest.param("api", 120, "nothing_open_there", id="nor on what another system hands over"),
        pytest.param("mail", None, None, id="none is always right"),
    ],
)
def test_which_intervals_there_are(channel: str, minutes: int | None, reason: str | None) -> None:
    assert watching.why_not(channel, minutes) == reason
