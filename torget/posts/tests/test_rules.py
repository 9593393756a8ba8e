"""Policy of posts as tables, without a database."""

from datetime import UTC, date, datetime, time, timedelta

import icalendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.making import MONDAY
from torget.conversations.rules import Sending
from torget.posts import words
from torget.posts.rules import calendar, fitting, planning, spans
from torget.posts.rules.planning import Stage

MASTODON, BLUESKY = fitting.SHAPES["mastodon"], fitting.SHAPES["bluesky"]
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"


@pytest.mark.parametrize(
    ("text", "signs"),
    [
        pytest.param("", 0, id="nothing"),
        pytest.param("Åäö", 3, id="our own letters"),
        pytest.param("A\u030a", 1, id="a letter with its ring apart"),
        pytest.param(FAMILY, 1, id="a family is one sign"),
        pytest.param("\U0001f44d\U0001f3fd", 1, id="a thumb with its colour"),
        pytest.param("\u2764\ufe0f", 1, id="a heart that wants to be red"),
        pytest.param("\U0001f1f8\U0001f1ea\U0001f1eb\U0001f1ee", 2, id="two flags of four halves"),
        pytest.param("\U0001f1f8\U0001f1ea\U0001f1eb", 2, id="a flag and a half"),
        pytest.param("\r\n", 1, id="a line end of two is one"),
        pytest.param("\n\u0301", 2, id="no mark sits on a line end"),
        pytest.param("\uac01\u1100\u1161\u11a8", 2, id="Hangul, whole and in parts"),
        pytest.param("a\u200db", 2, id="a joiner joins no letters"),
    ],
)
def test_signs_are_counted_as_people_count_them(text: str, signs: int) -> None:
    assert len(list(fitting.graphemes(text))) == signs


@given(st.text())
def test_no_sign_is_lost_when_counting_or_taking_apart(text: str) -> None:
    assert "".join(fitting.graphemes(text)) == text
    assert "".join(part.text for part in fitting.parts(text)) == text


@pytest.mark.parametrize(
    ("text", "mastodon", "bluesky"),
    [
        pytest.param("Hej", 3, 3, id="plain words"),
        pytest.param("https://a.se", 23, 12, id="a short address costs more in Mastodon"),
        pytest.param("https://ekevik.example/" + "x" * 100, 23, 123, id="a long one costs less"),
        pytest.param("Se https://a.se.", 27, 16, id="the full stop is not the address"),
        pytest.param("(https://a.se/b_(c))", 25, 20, id="a bracket that it opened is"),
        pytest.param("@kim@social.example", 4, 19, id="the server of a mention is free in Mastodon"),
        pytest.param("kim@social.example", 18, 18, id="a mail address is no mention"),
    ],
)
def test_each_channel_counts_in_its_own_way(text: str, mastodon: int, bluesky: int) -> None:
    assert (fitting.counted(text, MASTODON), fitting.counted(text, BLUESKY)) == (mastodon, bluesky)


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        pytest.param("Se https://a.se nu", ["text", "link", "text"], id="an address between words"),
        pytest.param("#isbana", ["tag"], id="a tag"),
        pytest.param("C# och nr #1", ["text"], id="neither of these is a tag"),
        pytest.param("@kim och @bo@b.se", ["mention", "text", "mention"], id="mentions near and far"),
        pytest.param("https://", ["text"], id="no address without a place"),
    ],
)
def test_a_text_in_pieces(text: str, kinds: list[str]) -> None:
    assert [part.kind for part in fitting.parts(text)] == kinds


@pytest.mark.parametrize(
    ("text", "over"),
    [
        pytest.param("å" * 300, "", id="just enough"),
        pytest.param("å" * 300 + "b", "b", id="a sign too many"),
        pytest.param("å" * 299 + FAMILY, "", id="a family has room as one"),
        pytest.param(
            "å" * 290 + " https://ekevik.example", "https://ekevik.example", id="an address is whole on one side"
        ),
        pytest.param(FAMILY * 200, FAMILY * (200 - 3000 // 18), id="few signs of many bytes"),
    ],
)
def test_what_would_be_cut(text: str, over: str) -> None:
    assert fitting.cut(text, BLUESKY) == (text.removesuffix(over) if over else text, over)


@given(st.text(max_size=600))
def test_what_fits_is_within_the_limit_and_nothing_is_lost(text: str) -> None:
    within, over = fitting.cut(text, BLUESKY)
    assert within + over == text
    assert fitting.counted(within, BLUESKY) <= 300


@pytest.mark.parametrize(
    ("limits", "own", "text"),
    [
        pytest.param(None, None, 500, id="what we know ourselves"),
        pytest.param({"text": 1000}, None, 1000, id="what the connection says"),
        pytest.param({"text": 1000}, {"text": 5000}, 5000, id="what this very server says"),
        pytest.param({}, {"text": "5000"}, 500, id="a setting that is no number"),
        pytest.param({"text": 0}, {"text": True}, 500, id="limits that are none"),
    ],
)
def test_the_nearest_word_on_a_limit_counts(
    limits: dict[str, int] | None, own: dict[str, object] | None, text: int
) -> None:
    shape = fitting.shape_of("mastodon", limits, own)
    assert shape is not None
    assert shape.text == text


def test_nothing_can_be_posted_by_mail_or_feed() -> None:
    assert [fitting.shape_of(name) for name in ("mail", "feed", "web", "csv")] == [None] * 4


@pytest.mark.parametrize(
    ("content", "mastodon", "bluesky"),
    [
        pytest.param(
            fitting.Content("Hej", "https://a.se"), "Hej\n\nhttps://a.se", "Hej\n\nhttps://a.se", id="the link last"
        ),
        pytest.param(
            fitting.Content("https://a.se!", "https://a.se"), "https://a.se!", "https://a.se!", id="not twice"
        ),
        pytest.param(
            fitting.Content("Hej", warning="Is"), "Hej", "[Is]\n\nHej", id="a warning where there is no field"
        ),
        pytest.param(fitting.Content("Hej", variants={1: "Hallå"}), "Hallå", "Hej", id="a text of its own"),
    ],
)
def test_the_text_as_it_leaves(content: fitting.Content, mastodon: str, bluesky: str) -> None:
    assert (fitting.fit(content, 1, MASTODON).text, fitting.fit(content, 2, BLUESKY).text) == (mastodon, bluesky)


def test_a_warning_takes_of_the_same_room() -> None:
    fit = fitting.fit(fitting.Content("å" * 490, warning="x" * 20), 1, MASTODON)
    assert (fit.count, fit.left, [fault.code for fault in fit.faults]) == (510, -10, ["too_long"])


@pytest.mark.parametrize(
    ("alt", "says"),
    [
        pytest.param("", False, id="nothing"),
        pytest.param(" \n", False, id="blanks"),
        pytest.param("ok", False, id="a word that says nothing"),
        pytest.param("IMG_2041.JPG", False, id="the name of the file"),
        pytest.param("En isbana i sol.", True, id="what the picture shows"),
    ],
)
def test_an_alternative_text_says_what_the_picture_shows(alt: str, says: bool) -> None:
    assert fitting.says_something(alt) is says
    image = fitting.Image("a.jpg", alt)
    assert [fault.code for fault in fitting.faults(fitting.Content("Hej", images=(image,)), [1])] == (
        [] if says else ["needs_alt"]
    )


# ---- the way of a post ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sendings", "stage"),
    [
        pytest.param("approved", Stage.PLANNED, id="not out yet"),
        pytest.param("sent approved", Stage.PLANNED, id="out in one of two"),
        pytest.param("sent sent", Stage.OUT, id="out in both"),
        pytest.param("sent withdrawn", Stage.OUT, id="out in one, left in the other"),
        pytest.param("withdrawn", Stage.DRAFT, id="stopped before it left"),
        pytest.param("sent unknown", Stage.TROUBLE, id="nobody knows of one"),
        pytest.param("approved refused", Stage.TROUBLE, id="a person is asked for before the rest is out"),
        pytest.param("no_way_out sent", Stage.PLANNED, id="a hand is still to do its part"),
    ],
)
def test_the_stage_follows_from_the_deliveries(sendings: str, stage: Stage) -> None:
    assert planning.stage_of([Sending(one) for one in sendings.split()]) == stage


@pytest.mark.parametrize(
    ("me", "needs", "stage", "seen", "why"),
    [
        pytest.param(3, True, Stage.WAITING, 2, None, id="a colleague approves"),
        pytest.param(3, True, Stage.DRAFT, 2, None, id="also what nobody has asked for"),
        pytest.param(1, True, Stage.WAITING, 2, "own_post", id="who began it does not"),
        pytest.param(2, True, Stage.WAITING, 2, "own_post", id="nor who wrote last"),
        pytest.param(1, False, Stage.DRAFT, 2, None, id="one alone does"),
        pytest.param(3, True, Stage.WAITING, 1, "changed_since", id="not an older version"),
        pytest.param(3, True, Stage.PLANNED, 2, "already_approved", id="not twice"),
    ],
)
def test_who_may_approve(me: int, needs: bool, stage: Stage, seen: int, why: str | None) -> None:
    said = planning.why_not_approve(stage, me=me, author=1, writer=2, needs_approval=needs, seen=seen, version=2)
    assert said == why
    assert why is None or why in words.REFUSED


@pytest.mark.parametrize(
    ("planned", "leaves"),
    [
        pytest.param(None, timedelta(seconds=30), id="at once, after it could be taken back"),
        pytest.param(timedelta(hours=1), timedelta(hours=1), id="at its time"),
        pytest.param(timedelta(seconds=5), timedelta(seconds=30), id="a time too near waits too"),
        pytest.param(timedelta(hours=-1), timedelta(seconds=30), id="a time that has gone"),
    ],
)
def test_when_it_leaves(planned: timedelta | None, leaves: timedelta) -> None:
    at = MONDAY + planned if planned is not None else None
    assert planning.leaves_at(at, MONDAY, 30) == MONDAY + leaves


HOUR = timedelta(hours=1)
ALL_SAINTS = date(2026, 11, 17)


@pytest.mark.parametrize(
    ("at", "codes"),
    [
        pytest.param(MONDAY + 4 * HOUR, [], id="a quiet afternoon"),
        pytest.param(MONDAY + HOUR, ["same_channel"], id="another in the same channel within the hour"),
        pytest.param(MONDAY + timedelta(hours=7, minutes=30), ["same_hour"], id="another in another channel"),
        pytest.param(MONDAY + 9.5 * HOUR, [], id="an hour and more between"),
        pytest.param(MONDAY - HOUR, ["past"], id="a time that has gone"),
        pytest.param(MONDAY + timedelta(days=1), ["closed_day"], id="a day the desk is shut"),
        pytest.param(MONDAY + timedelta(days=5), ["weekend"], id="a Saturday"),
        pytest.param(MONDAY + 11 * HOUR, ["late"], id="nine in the evening"),
        pytest.param(MONDAY + 20.5 * HOUR, ["closed_day", "late"], id="half past six in the morning"),
    ],
)
def test_what_to_think_of(at: datetime, codes: list[str]) -> None:
    neighbours = [
        planning.Neighbour(MONDAY + HOUR + timedelta(minutes=40), frozenset({1}), "Isbanan"),
        planning.Neighbour(MONDAY + 8 * HOUR, frozenset({2}), "Biblioteket"),
    ]
    found = planning.cautions(
        at, now=MONDAY, accounts={1}, neighbours=neighbours, closed={ALL_SAINTS: "Lov"}, storms={"Ekevik": 29}
    )
    assert [one.code for one in found] == codes


def test_a_storm_in_an_account_is_told() -> None:
    found = planning.cautions(None, now=MONDAY, accounts={1}, neighbours=[], closed={}, storms={"Ekevik": 30})
    assert [(one.code, one.detail, one.number) for one in found] == [("storm", "Ekevik", 30)]


# ---- days -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "clock", "moment"),
    [
        pytest.param(date(2026, 11, 23), time(14), datetime(2026, 11, 23, 13, tzinfo=UTC), id="winter"),
        pytest.param(date(2026, 7, 1), time(14), datetime(2026, 7, 1, 12, tzinfo=UTC), id="summer"),
        pytest.param(date(2026, 3, 29), time(2, 30), None, id="the hour that is not there in spring"),
        pytest.param(
            date(2026, 10, 25), time(2, 30), datetime(2026, 10, 25, 0, 30, tzinfo=UTC), id="the first of two in autumn"
        ),
    ],
)
def test_a_moment_on_the_wall(day: date, clock: time, moment: datetime | None) -> None:
    assert spans.moment(day, clock) == moment


@pytest.mark.parametrize(
    ("day", "weeks", "first"),
    [
        pytest.param(date(2026, 11, 22), 6, date(2026, 10, 26), id="a month over six weeks"),
        pytest.param(date(2027, 2, 1), 4, date(2027, 2, 1), id="a month of four whole weeks"),
        pytest.param(date(2026, 12, 31), 5, date(2026, 11, 30), id="the end of the year"),
    ],
)
def test_the_weeks_of_a_month(day: date, weeks: int, first: date) -> None:
    found = spans.month_of(day)
    assert (len(found), found[0][0]) == (weeks, first)


@pytest.mark.parametrize(
    "text", ["", "2026-13-01", "0001-01-01", "9999-12-31", "2026-11-2", "2026-W47-1", "x" * 10, "2026-11-231"]
)
def test_nonsense_is_no_day(text: str) -> None:
    assert spans.read_day(text) is None


# ---- files ----------------------------------------------------------------------------------------------------------


def _event(**more: object) -> calendar.Event:
    given: dict[str, object] = {
        "uid": "inlagg-1@torget.example", "at": MONDAY, "changed": MONDAY, "summary": "Isbanan", "description": "Ekevik",
        "url": "https://torget.example/disk/inlagg/1/", "status": "CONFIRMED",
    }  # fmt: skip
    return calendar.Event(**(given | more))  # type: ignore[arg-type]


TRICKY = "Is; bana, \\ å\n" + "ö" * 90 + FAMILY


def test_the_calendar_is_read_back_as_it_was_written() -> None:
    text = calendar.write(
        [_event(summary=TRICKY, sequence=3), _event(uid="inlagg-2@torget.example")], "Inlägg hos Ekevik"
    )
    read = icalendar.Calendar.from_ical(text)
    first, second = read.walk("VEVENT")
    assert str(first["SUMMARY"]) == TRICKY
    assert first.decoded("DTSTART") == MONDAY
    assert (first["SEQUENCE"], first["STATUS"], second["UID"]) == (3, "CONFIRMED", "inlagg-2@torget.example")
    assert str(read["X-WR-CALNAME"]) == "Inlägg hos Ekevik"


@given(st.text())
def test_every_line_is_folded_and_no_text_makes_a_line_of_its_own(text: str) -> None:
    written = calendar.write([_event(summary=text, description=text)], text)
    lines = written.split("\r\n")
    assert lines.pop() == ""
    assert all(len(line.encode()) <= 75 and "\n" not in line and "\r" not in line for line in lines)
    assert sum(line == "BEGIN:VEVENT" for line in lines) == 1
    assert all(line[0] == " " or line[0].isupper() for line in lines)
