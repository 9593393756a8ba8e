"""The demo month holds together: counts, order, working hours, answers after questions, and nobody real in it."""

from __future__ import annotations

import re
from collections import Counter
from datetime import datetime, timedelta
from statistics import median
from typing import TypeVar

import pytest
from personnummer.personnummer import valid

from torget.demo import arrivals, hours, story, town
from torget.demo.happenings import (
    Answered,
    Closed,
    Confirmed,
    Deleted,
    Delivered,
    Drafted,
    Edited,
    Event,
    Helped,
    MarkedSecret,
    Noted,
    Posted,
    Published,
    Repeated,
    Said,
    Took,
    Waited,
)
from torget.demo.people import PEOPLE
from torget.demo.texts import posts, storm
from torget.demo.texts.scenes_hard import FICTITIOUS_NUMBERS

STORY = story.events()
SAID = {event.key: event for event in STORY if isinstance(event, Said)}
BY_STAFF = (Took, Noted, Drafted, Waited, Answered, Confirmed, MarkedSecret, Published, Closed)
Kind = TypeVar("Kind", bound=Event)
ROLES = {staff.key: staff.role for staff in town.STAFF}


def of(kind: type[Kind]) -> list[Kind]:
    return [event for event in STORY if isinstance(event, kind)]


def first_answers() -> dict[str, datetime]:
    found: dict[str, datetime] = {}
    for event in of(Answered):
        found.setdefault(event.key, event.at)
    return found


def week(moment: datetime) -> int:
    return moment.astimezone(hours.ZONE).isocalendar().week


def test_about_three_hundred_messages_in_the_right_channels() -> None:
    counts = Counter(said.channel for said in SAID.values())
    assert 290 <= sum(counts.values()) <= 310
    for channel, about in (("web", 90), ("mail", 80), ("mastodon", 70), ("facebook", 55), ("csv", 5), ("jsonl", 4)):
        assert abs(counts[channel] - about) <= 4, channel


def test_events_come_in_order_of_time_within_the_month() -> None:
    moments = [event.at for event in STORY]
    assert moments == sorted(moments)
    assert moments[0] >= story.START
    assert moments[-1] < story.NOW
    assert all(moment.utcoffset() == timedelta() for moment in moments)


def test_the_same_seed_tells_the_same_story_and_another_another() -> None:
    assert story.events(46) == STORY
    assert story.events(47) != STORY


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_other_seeds_keep_the_numbers(seed: int) -> None:
    other = story.events(seed)
    assert sum(isinstance(event, Said) for event in other) == len(SAID)


def test_whatever_happens_to_a_message_happens_after_it_came() -> None:
    known: set[str] = set()
    for event in STORY:
        if isinstance(event, Said | Posted | Delivered):
            assert event.key not in known
            known.add(event.key)
        else:
            assert event.key in known, event


def test_follow_ups_belong_to_what_was_said_before() -> None:
    for said in SAID.values():
        for earlier in (said.thread, said.reply_to):
            assert earlier is None or SAID[earlier].at < said.at
    assert sum(said.thread is not None for said in SAID.values()) >= 9


def test_comments_stand_under_a_post_that_was_up() -> None:
    up = {event.key: event for event in of(Posted)}
    under = [said for said in SAID.values() if said.context]
    assert len(under) >= 40
    assert all(
        up[said.context].at < said.at and up[said.context].channel == said.channel for said in under if said.context
    )


def test_staff_work_in_working_hours_and_within_their_role() -> None:
    for event in STORY:
        if isinstance(event, BY_STAFF):
            assert hours.at_work(event.at), event
        if isinstance(event, Answered | Took | Published):
            assert ROLES[event.by] in ("communicator", "approver")
        if isinstance(event, Confirmed | MarkedSecret):
            assert ROLES[event.by] in ("communicator", "registrar")


def test_staff_take_a_message_before_they_answer_it_and_answer_it_once() -> None:
    taken: set[str] = set()
    for event in STORY:
        if isinstance(event, Took):
            taken.add(event.key)
        elif isinstance(event, Answered):
            assert event.key in taken
    assert all(count == 1 for count in Counter(event.key for event in of(Answered)).values())


def test_most_are_answered_and_those_that_are_not_are_new_or_waiting() -> None:
    answered = set(first_answers())
    assert 230 <= len(answered) <= 250
    closed = {event.key for event in of(Closed)}
    threads = {said.thread for said in SAID.values() if said.thread}
    left = [
        said for key, said in SAID.items() if key not in answered | closed | threads and said.thread is None
    ]  # fmt: skip
    assert 23 <= len(left) <= 27
    today = story.NOW.astimezone(hours.ZONE).date()
    assert sum(said.at.astimezone(hours.ZONE).date() == today for said in left) == 6
    assert {event.key for event in of(Waited)} <= {said.key for said in left}


def _open_hours(start: datetime, end: datetime) -> float:
    """Open hours from start to end; lunch counts, since the desk as such is open."""
    total, day = timedelta(), start.astimezone(hours.ZONE).date()
    while day <= end.astimezone(hours.ZONE).date():
        if hours.is_open_day(day):
            total += max(timedelta(), min(end, hours.on(day, hours.CLOSES)) - max(start, hours.on(day, hours.OPENS)))
        day += timedelta(days=1)
    return total / timedelta(hours=1)


def test_answers_are_faster_at_the_end_of_the_month() -> None:
    spans: dict[int, list[float]] = {}
    for key, at in first_answers().items():
        spans.setdefault(week(at), []).append(_open_hours(SAID[key].at, at))
    assert 4 <= median(spans[43]) <= 6
    assert 2.3 <= median(spans[46]) <= 3.5
    ninth = sorted(spans[46])[int(len(spans[46]) * 0.9)]
    assert 6 <= ninth <= 14


def test_the_contact_centre_types_its_notes_while_it_is_open() -> None:
    typed = [said for said in SAID.values() if said.channel == "csv"]
    assert typed
    assert all(hours.is_open_day(said.at.astimezone(hours.ZONE).date()) for said in typed)


def test_the_storm_is_about_forty_five_messages_in_thirty_six_hours() -> None:
    during = [said for said in SAID.values() if said.topic == storm.TITLE]
    assert 40 <= len(during) <= 48
    assert during[-1].at - during[0].at <= timedelta(hours=36)
    assert Counter(said.channel in ("mastodon", "facebook") for said in during)[True] >= 35


def test_the_late_answer_waited_nineteen_working_days() -> None:
    asked, answered = (moment.astimezone(hours.ZONE).date() for moment in (SAID["late"].at, first_answers()["late"]))
    days = [asked + timedelta(days=number) for number in range(1, (answered - asked).days + 1)]
    assert sum(hours.is_open_day(day) for day in days) == 19


def test_five_messages_of_harassment_are_kept_and_one_is_answered() -> None:
    keys = [key for key in SAID if key.startswith("harass-")]
    assert len(keys) == 5
    assert [key for key in keys if key in first_answers()] == ["harass-1"]
    assert not {event.key for event in of(Deleted)} & set(keys)


def test_published_conversations_are_answered_confirmed_and_named_by_nobody() -> None:
    published = of(Published)
    assert 23 <= len(published) <= 27
    confirmed, answered = {event.key: event.at for event in of(Confirmed)}, first_answers()
    secret = {event.key for event in of(MarkedSecret)}
    texts = {event.key: event.text for event in of(Answered)}
    for event in published:
        said = SAID[event.key]
        assert answered[event.key] < event.at
        assert confirmed[event.key] < event.at
        assert said.visibility == "public" or said.channel == "web"
        assert event.key not in secret
        assert not said.person or PEOPLE[said.person].first not in texts[event.key]


def test_a_to_b_to_a() -> None:
    edits = [event.text for event in of(Edited) if event.key == "edit"]
    assert edits[1] == SAID["edit"].text
    assert edits[0] != edits[1]


def test_the_rest_of_what_was_asked_for_happens() -> None:
    assert len(of(Deleted)) == len(of(Repeated)) == len(of(MarkedSecret)) == 1
    assert Counter(event.expect for event in of(Delivered)) == {"quarantined": 2, "ignored": 2}
    assert {said.language for said in SAID.values()} == {"sv", "en", "fi"}
    assert sum(bool(said.quoted) for said in SAID.values()) >= 4
    assert Counter(event.helped for event in of(Helped)).keys() == {"yes", "partly", "no"}
    assert {said.authority for said in SAID.values()} == {authority.prefix for authority in town.AUTHORITIES}


def test_ids_are_unique_and_keys_of_people_and_pictures_exist() -> None:
    ids = [said.external_id for said in SAID.values() if said.channel != "web"]
    assert "" not in ids
    assert len(ids) == len(set(ids))
    pictures = {picture.key for picture in posts.PICTURES}
    for said in SAID.values():
        assert not said.person or said.person in PEOPLE
        assert set(said.attachments) <= pictures
    assert {key for said in SAID.values() for key in said.attachments} == pictures


def test_people_are_many_and_told_apart() -> None:
    assert len(PEOPLE) >= 60
    assert len({person.handle for person in PEOPLE.values()}) == len(PEOPLE)
    assert len({person.mail for person in PEOPLE.values()}) == len(PEOPLE)
    assert all(person.mail.isascii() and person.handle.isascii() for person in PEOPLE.values())


def test_there_is_enough_to_read() -> None:
    assert len({said.text for said in SAID.values()}) >= 200
    assert len({event.text for event in of(Answered)}) >= 150


def test_every_way_of_asking_has_answers_that_fit() -> None:
    for subject in (*arrivals.SUBJECTS, *arrivals.SINGLES, storm.STORM):
        if subject.answers:
            assert {ask.fits for ask in subject.asks} == set(range(len(subject.answers))), subject.title


def test_no_number_in_any_text_is_somebodys() -> None:
    found: set[str] = set()
    for event in STORY:
        text = f"{getattr(event, 'text', '')} {getattr(event, 'quoted', '')} {getattr(event, 'thanks', '')}"
        found |= set(re.findall(r"(?<!\d)(?:\d{2})?\d{6}[-+ ]?\d{4}(?!\d)", text))
    assert found == set(FICTITIOUS_NUMBERS)
    assert [valid(number) for number in FICTITIOUS_NUMBERS] == [True, False]


def test_unit_costs_lie_within_their_range_and_name_their_source() -> None:
    for cost in town.UNIT_COSTS:
        assert cost.low <= cost.value <= cost.high, cost.key
        assert "påhittad" in cost.source
