"""Mastodon, live: what goes out, once, never wider than what it answers, and what is known when something fails."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support.mastodon import TOKEN, Mastodon
from tests.support.mastodonwords import Mood
from torget.channels import mastodonsend
from torget.channels.live import Connection, GiveUp, NeedsLogin, Outgoing, Picture, Problem, Retry, Unknown
from torget.channels.tests.mastodon_peer import ALVA, LIVE, to


def answer(question: dict[str, Any], text: str = "Den går 7.40.", **more: Any) -> Outgoing:
    return Outgoing("nyckel-1", text, reply_to=question["uri"], made_at=datetime.now(UTC), **more)


def test_an_answer_names_whom_it_answers_and_says_what_it_is_called(server: Mastodon) -> None:
    question = server.says(ALVA, "@ekevik När går bussen?")
    sent = LIVE.send(to(server), answer(question))
    (posted,) = server.own()
    assert posted["text"] == f"@{ALVA} Den går 7.40."
    assert (posted["in_reply_to_id"], posted["visibility"], posted["language"]) == (question["id"], "public", "sv")
    assert (sent.remote_id, sent.url) == (f"mastodon-id:{posted['id']}", posted["url"])
    assert sent.health.quota_left == server.quota


@pytest.mark.parametrize("text", [f"Hej @{ALVA}, den går 7.40.", f"@{ALVA.upper()} Den går 7.40."])
def test_who_is_named_already_is_not_named_twice(server: Mastodon, text: str) -> None:
    LIVE.send(to(server), answer(server.says(ALVA, "@ekevik När?"), text))
    assert server.own()[0]["text"] == text


@pytest.mark.parametrize("form", ["uri", "alias", "local"])
def test_what_is_answered_is_found_by_every_name_it_has(server: Mastodon, form: str) -> None:
    question = server.says("bo" if form == "local" else ALVA, "@ekevik När?")
    name = f"mastodon-id:{question['id']}" if form == "alias" else question["uri"]
    LIVE.send(to(server), replace(answer(question), reply_to=name))
    assert server.own()[0]["in_reply_to_id"] == question["id"]
    assert any(one.path == "/api/v2/search" for one in server.requests) is (form == "uri")


@pytest.mark.parametrize(
    ("answered", "wanted", "width"),
    [
        ("public", "public", "public"),
        ("public", "unlisted", "unlisted"),
        ("public", "direct", "direct"),
        ("unlisted", "public", "unlisted"),
        ("private", "public", "private"),
        ("private", "followers", "private"),
        ("direct", "public", "direct"),
        ("direct", "followers", "direct"),
        ("circle", "public", "direct"),
        ("public", "circle", "direct"),
    ],
)
def test_an_answer_is_never_wider_than_the_question(server: Mastodon, answered: str, wanted: str, width: str) -> None:
    question = server.says(ALVA, "@ekevik Hej", visibility=answered)
    LIVE.send(to(server), answer(question, visibility=wanted))
    assert server.own()[0]["visibility"] == width


@pytest.mark.parametrize(
    ("text", "goes"),
    [
        ("Fråga @bo om det.", False),
        ("Skriv till @helen@annan.exempel.se", False),
        ("Mejla kontakt@exempel.se eller se https://exempel.se/@bo", True),
        ("@ekevik svarar här.", True),
    ],
)
def test_nobody_else_is_drawn_into_what_is_private(server: Mastodon, text: str, goes: bool) -> None:
    question = server.says(ALVA, "@ekevik Det gäller min son.", visibility="direct")
    if goes:
        LIVE.send(to(server), answer(question, text))
    else:
        with pytest.raises(GiveUp, match="mentions_others"):
            LIVE.send(to(server), answer(question, text))
    assert len(server.own()) == goes


def test_a_warning_and_pictures_with_their_words(server: Mastodon, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mastodonsend, "_PAUSE", 0.0)
    server.slow_media = 3
    pictures = (
        Picture("karta.png", "image/png", b"\x89PNG1", "Karta över linje 4"),
        Picture("", "", b"2", "Tidtabell"),
    )
    LIVE.send(to(server), Outgoing("k", "Nya tider", pictures=pictures, warning="Buss", language="sv-SE"))
    (posted,) = server.own()
    assert [one["description"] for one in posted["media_attachments"]] == ["Karta över linje 4", "Tidtabell"]
    assert posted["spoiler_text"] == "Buss"
    assert posted["language"] == "sv"


def test_a_picture_that_is_never_ready_is_tried_again_later(server: Mastodon, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mastodonsend, "_PAUSE", 0.0)
    server.slow_media = 1000
    with pytest.raises(Retry, match="picture_not_ready"):
        LIVE.send(to(server), Outgoing("k", "Nya tider", pictures=(Picture("a.png", "image/png", b"1", "A"),)))
    assert server.own() == []


# What happens, what is said of it, and whether it is out all the same.
FAULTS = [
    (Mood.BUSY, Retry, False),
    (Mood.FAILS_BEFORE, Unknown, False),
    (Mood.FAILS_AFTER, Unknown, True),
    (Mood.SAYS_NOTHING, Unknown, False),
    (Mood.CUTS_BEFORE, Unknown, False),
    (Mood.CUTS_AFTER, Unknown, True),
    (Mood.A_PAGE, Unknown, False),
    (Mood.EXPIRED, NeedsLogin, False),
    (Mood.REFUSES, GiveUp, False),
    (Mood.NOT_THERE, GiveUp, False),
]


@pytest.mark.parametrize(("mood", "problem", "out"), FAULTS, ids=lambda value: getattr(value, "value", ""))
def test_what_is_known_of_an_answer_that_failed_and_no_answer_twice(
    server: Mastodon, mood: Mood, problem: type[Problem], out: bool
) -> None:
    outgoing = answer(server.says(ALVA, "@ekevik När går bussen?"))
    server.trouble("POST", "/statuses$", mood)
    with pytest.raises(Problem) as caught:
        LIVE.send(to(server), outgoing)
    assert type(caught.value) is problem
    assert len(server.own()) == out
    found = LIVE.look(to(server), outgoing)
    assert (found is not None) is out
    if found:
        assert found.remote_id == f"mastodon-id:{server.own()[0]['id']}"
    # The same key again within the hour is the same post.
    assert LIVE.repeats_safely
    again = LIVE.send(to(server), outgoing)
    assert [f"mastodon-id:{one['id']}" for one in server.own()] == [again.remote_id]


@pytest.mark.parametrize("mood", [Mood.FAILS_BEFORE, Mood.CUTS_BEFORE, Mood.CUTS_AFTER, Mood.SAYS_NOTHING])
def test_what_fails_before_the_post_itself_is_surely_not_out(server: Mastodon, mood: Mood) -> None:
    question = server.says(ALVA, "@ekevik Hej")
    pictures = (Picture("a.png", "image/png", b"1", "A"),)
    for method, path in (("GET", "/search$"), ("GET", r"/statuses/\d+$"), ("POST", "/media$")):
        server.trouble(method, path, mood)
        with pytest.raises(Retry):
            LIVE.send(to(server), answer(question, pictures=pictures))
    assert server.own() == []


def test_too_many_posts_says_when_to_come_again(server: Mastodon) -> None:
    server.trouble("POST", "/statuses$", Mood.BUSY)
    with pytest.raises(Retry) as caught:
        LIVE.send(to(server), Outgoing("k", "Hej"))
    assert 5 < caught.value.after < 40


def test_a_server_that_is_down_is_surely_not_reached(server: Mastodon) -> None:
    with Mastodon() as gone:
        connection = Connection("ekevik", {"server": gone.url}, {"token": TOKEN}, timeout=2.0)
    with pytest.raises(Retry, match="no_connection"):
        LIVE.send(connection, Outgoing("k", "Hej"))


def test_an_answer_to_what_has_been_deleted_is_for_a_person(server: Mastodon) -> None:
    question = server.says(ALVA, "@ekevik När?")
    server.deletes(question)
    with pytest.raises(GiveUp, match="reply_to_gone"):
        LIVE.send(to(server), answer(question))


def test_too_long_is_refused_by_the_server(server: Mastodon) -> None:
    with pytest.raises(GiveUp, match="http_422"):
        LIVE.send(to(server), Outgoing("k", "x" * 501))
    assert LIVE.limits["text"] == 500


# ---- looking and removing ----------------------------------------------------------------------------------------


def test_an_answer_with_a_long_address_and_two_paragraphs_is_found(server: Mastodon) -> None:
    text = "Se https://exempel.se/en/lang/adress?med=fragor&och=svar\n\nHälsningar\nEkevik"
    outgoing = answer(server.says(ALVA, "@ekevik När?"), text)
    LIVE.send(to(server), outgoing)
    for _ in range(60):
        server.says("ekevik", "Annat")
    assert LIVE.look(to(server), outgoing) is not None


def test_the_same_words_to_somebody_else_or_long_ago_are_another_answer(server: Mastodon) -> None:
    first, second = server.says(ALVA, "@ekevik När?"), server.says("bo", "@ekevik När?")
    LIVE.send(to(server), answer(first))
    assert LIVE.look(to(server), answer(second)) is None
    later = replace(answer(first), made_at=datetime.now(UTC) + timedelta(hours=1))
    assert LIVE.look(to(server), later) is None


def test_where_it_cannot_be_seen_nobody_says_that_it_is_not_there(server: Mastodon) -> None:
    outgoing = answer(server.says(ALVA, "@ekevik När?"))
    for mood in (Mood.FAILS_BEFORE, Mood.A_PAGE, Mood.NOT_THERE, Mood.BUSY):
        server.trouble("GET", r"/accounts/\d+/statuses$", mood)
        with pytest.raises(Unknown):
            LIVE.look(to(server), outgoing)
    for number in range(300):
        server.says("ekevik", f"Inlägg {number}")
    with pytest.raises(Unknown, match="too_many_posts"):
        LIVE.look(to(server), outgoing)


def test_our_own_post_is_taken_away_and_no_one_elses(server: Mastodon) -> None:
    sent = LIVE.send(to(server), Outgoing("k", "Fel tider"))
    LIVE.remove(to(server), sent.remote_id)
    assert server.own() == []
    LIVE.remove(to(server), sent.remote_id)
    with pytest.raises(GiveUp, match="not_ours"):
        LIVE.remove(to(server), server.says("bo", "Hej")["uri"])
