"""Policy of the conversation, without a database."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.making import MONDAY
from torget.conversations import rules, words
from torget.conversations.rules import LEASE, Way

SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("owner", "until", "holder"),
    [
        pytest.param(None, None, None, id="nobody has taken it"),
        pytest.param(7, None, None, id="an owner without an end holds nothing"),
        pytest.param(None, MONDAY + LEASE, None, id="an end without an owner holds nothing"),
        pytest.param(7, MONDAY + LEASE, 7, id="a fresh lease holds"),
        pytest.param(7, MONDAY + SECOND, 7, id="to its last second"),
        pytest.param(7, MONDAY, None, id="and no longer"),
        pytest.param(7, MONDAY + 2 * LEASE, 7, id="a clock moved back a little does no harm"),
        pytest.param(7, MONDAY + 2 * LEASE + SECOND, None, id="set before the clock was moved back: holds nobody"),
        pytest.param(7, MONDAY + timedelta(days=365), None, id="however far it was moved"),
    ],
)
def test_lease_holder(owner: int | None, until: datetime | None, holder: int | None) -> None:
    assert rules.lease_holder(owner, until, MONDAY) == holder


@pytest.mark.parametrize(
    ("text", "holder", "seen", "reason"),
    [
        pytest.param("Ja.", None, 1, None, id="nobody holds it"),
        pytest.param("Ja.", 1, 1, None, id="I hold it"),
        pytest.param("Ja.", 2, 1, "locked_by_other", id="a colleague holds it"),
        pytest.param("Ja.", 1, 0, "thread_moved", id="something came in meanwhile"),
        pytest.param("Ja.", 1, 2, "thread_moved", id="more was seen than there is"),
        pytest.param("", 1, 1, "empty", id="nothing was written"),
        pytest.param(" \n\t\u00a0", 1, 1, "empty", id="only blanks were written"),
        pytest.param("x" * rules.MAX_TEXT, 1, 1, None, id="as long as can be"),
        pytest.param("x" * (rules.MAX_TEXT + 1), 1, 1, "too_long", id="a letter too long"),
        pytest.param("Ja.", 2, 0, "locked_by_other", id="the colleague is named before the thread"),
    ],
)
def test_why_no_reply(text: str, holder: int | None, seen: int, reason: str | None) -> None:
    assert rules.why_no_reply(text, holder=holder, me=1, seen=seen, messages=1) == reason
    assert reason is None or reason in words.REFUSED


@pytest.mark.parametrize(
    ("channel", "email", "way"),
    [
        pytest.param("web", "signe@exempel.se", Way.EMAIL, id="an address was left"),
        pytest.param("web", "", Way.RECEIPT, id="none was left: the receipt"),
        pytest.param("mail", "signe@exempel.se", Way.NONE, id="a mail from a file has no way out yet"),
        pytest.param("mastodon", "", Way.NONE, id="nor has a post"),
    ],
)
def test_way_out(channel: str, email: str, way: Way) -> None:
    assert rules.way_out(channel, email) is way


EARLY, LATE = MONDAY, MONDAY + timedelta(hours=1)


@pytest.mark.parametrize(
    ("latest", "new", "latest_edited", "new_edited", "is_new"),
    [
        pytest.param("A", "A", None, None, False, id="the same words"),
        pytest.param("A", "A", EARLY, LATE, False, id="the same words, said to be edited"),
        pytest.param("A", "B", None, None, True, id="other words, from a channel without times of edits"),
        pytest.param("A", "B", None, EARLY, True, id="the first edit"),
        pytest.param("B", "A", EARLY, LATE, True, id="A, B, A is three versions"),
        pytest.param("B", "C", EARLY, EARLY, True, id="two edits in one second"),
        pytest.param("B", "A", LATE, EARLY, False, id="a page recorded before the last edit"),
        pytest.param("B", "A", EARLY, None, False, id="a page recorded before any edit"),
    ],
)
def test_is_new_version(
    latest: str, new: str, latest_edited: datetime | None, new_edited: datetime | None, is_new: bool
) -> None:
    assert rules.is_new_version(latest=latest, new=new, latest_edited=latest_edited, new_edited=new_edited) is is_new


DUE = MONDAY + timedelta(days=2)


@pytest.mark.parametrize(
    ("taken", "answered", "closed", "names"),
    [
        pytest.param(None, None, False, ["received done", "reading now", "answer_due next"], id="just in"),
        pytest.param(EARLY, None, False, ["received done", "read done", "writing now"], id="somebody has it"),
        pytest.param(EARLY, LATE, False, ["received done", "read done", "answered done"], id="answered"),
        pytest.param(None, LATE, False, ["received done", "read done", "answered done"], id="answered without taking"),
        pytest.param(EARLY, None, True, ["received done", "read done", "closed done"], id="closed without an answer"),
        pytest.param(EARLY, LATE, True, ["received done", "read done", "answered done"], id="answered, then closed"),
    ],
)
def test_receipt_steps(taken: datetime | None, answered: datetime | None, closed: bool, names: list[str]) -> None:
    steps = rules.receipt_steps(received=MONDAY, taken=taken, answered=answered, due=DUE, closed=closed)
    assert [f"{step.name} {step.state}" for step in steps] == names
    promised = [step.when for step in steps if step.state != "done" and step.when]
    assert promised == ([] if answered or closed else [DUE])


@pytest.mark.parametrize(
    ("subject", "key"),
    [
        pytest.param("Badet", "badet", id="case does not count"),
        pytest.param("SV: Re:  Badet", "badet", id="nor do marks of a reply"),
        pytest.param("VB:Fwd: FW: badet!!", "badet", id="nor signs"),
        pytest.param("A\u030angbryggan", "ångbryggan", id="two ways to write å are one"),
        pytest.param("Vägen – åt  höger?", "vägen åt höger", id="å ä ö stay"),
        pytest.param("Resan", "resan", id="a word that begins as a mark stays"),
        pytest.param("👍", "", id="only signs: nothing to compare"),
    ],
)
def test_subject_key(subject: str, key: str) -> None:
    assert rules.subject_key(subject) == key


@pytest.mark.parametrize(
    ("subject", "text", "shown"),
    [
        pytest.param(" Badet \n nu ", "x", "Badet nu", id="the subject as given, on one line"),
        pytest.param("", "När öppnar\nbadet?", "När öppnar badet?", id="else the first words"),
        pytest.param("", "ord " * 40, "ord " * 16 + "ord…", id="cut between words"),
        pytest.param("", "x" * 100, "x" * 70 + "…", id="cut in the middle of a word that never ends"),
    ],
)
def test_subject_of(subject: str, text: str, shown: str) -> None:
    assert rules.subject_of(subject, text) == shown


@given(st.text(max_size=300), st.text(max_size=300))
def test_a_subject_is_one_short_line(subject: str, text: str) -> None:
    shown = rules.subject_of(subject, text)
    assert len(shown) <= 200 and len(shown.splitlines()) <= 1
    assert len(rules.subject_key(shown)) <= 120
    assert rules.subject_key(rules.subject_key(subject)) == rules.subject_key(subject)
