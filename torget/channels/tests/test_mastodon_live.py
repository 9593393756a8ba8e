"""Mastodon, live, against a server on loopback: what comes in by pull."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.support.mastodon import TOKEN, Mastodon
from tests.support.mastodonwords import Mood
from torget.channels import mastodonpull
from torget.channels.base import Deleted, Ignored, Incoming, Item, Visibility
from torget.channels.live import Connection, NeedsLogin, Retry
from torget.channels.mastodon import Mastodon as Reader
from torget.channels.mastodonserver import Server
from torget.channels.tests.mastodon_peer import ALVA, BO, LIVE, Pull, messages, to
from torget.core.testing import data_files, shared_data


def test_check_says_who_we_are(server: Mastodon) -> None:
    assert LIVE.check(to(server)) == f"@ekevik@{server.host}"
    with pytest.raises(NeedsLogin, match="http_401"):
        LIVE.check(to(server, token="old"))


def test_a_mention_comes_once_and_nothing_new_stores_nothing(server: Mastodon, pull: Pull) -> None:
    server.says(ALVA, "@ekevik När går linje 4?")
    assert pull.texts() == ["@ekevik När går linje 4?"]
    kept, asked = len(pull.kept), len(server.requests)
    for _ in range(25):
        assert pull() == []
    # Somebody is followed by more people and liked by more: that is no news.
    server.account(ALVA)["followers_count"] = 9
    assert pull() == []
    assert len(pull.kept) == kept
    assert len(server.requests) - asked <= 26 * 2 + 3, "a pull without news is two requests"


def test_the_first_pull_begins_with_the_newest_and_goes_back_so_far(server: Mastodon, pull: Pull) -> None:
    for number in range(300):
        server.says(ALVA, f"@ekevik fråga {number}")
    first = LIVE.fetch(to(server), {})
    newest = messages(Reader().read(first.raws[-1], own="ekevik"))
    assert newest[0].text == "@ekevik fråga 299"
    found = pull.texts()
    assert len(found) == mastodonpull.BACKFILL
    assert set(found) == {f"@ekevik fråga {number}" for number in range(100, 300)}


def test_what_has_come_since_the_account_was_connected_is_never_left_out(server: Mastodon, pull: Pull) -> None:
    """The first pull may come late: the service was down, or the worker was killed again and again."""
    for number in range(250):
        server.says(ALVA, f"@ekevik förr {number}")
    pull.since = datetime.now(UTC)
    for number in range(450):
        server.says(ALVA, f"@ekevik sedan {number}")
    found = pull.texts()
    assert {text for text in found if "sedan" in text} == {f"@ekevik sedan {number}" for number in range(450)}
    assert sum("förr" in text for text in found) == mastodonpull.BACKFILL
    assert pull.gaps == []


def test_more_than_can_be_fetched_since_then_is_a_gap(
    server: Mastodon, pull: Pull, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mastodonpull, "MOST_SINCE", 200)
    pull.since = datetime.now(UTC)
    for number in range(400):
        server.says(ALVA, f"@ekevik {number}")
    assert len(pull.texts()) == 240, "whole pages of eighty"
    assert pull.gaps == ["too_much_at_once"]


def test_a_storm_of_a_thousand_comes_whole(server: Mastodon, pull: Pull) -> None:
    post = server.says("ekevik", "Bron stängs.")
    pull()
    for number in range(1000):
        server.says(ALVA, f"@ekevik svar {number}", to=post)
    asked = len(server.requests)
    assert len(set(pull.texts())) == 1000
    assert len(server.requests) - asked < 60
    assert sum("/context" in one.path for one in server.requests[asked:]) <= 4


@pytest.mark.parametrize("page_size", [7, 20, 40])
def test_a_server_with_small_pages_of_its_own_gives_all(server: Mastodon, pull: Pull, page_size: int) -> None:
    server.page_size = page_size
    server.says(ALVA, "@ekevik först")
    pull.texts()
    for number in range(90):
        server.says(ALVA, f"@ekevik {number}")
    assert set(pull.texts()) == {f"@ekevik {number}" for number in range(90)}


def test_reordered_pages_change_nothing(server: Mastodon, pull: Pull) -> None:
    server.shuffled = True
    for number in range(120):
        server.says(ALVA, f"@ekevik {number}")
    assert len(set(pull.texts())) == 120
    server.says(ALVA, "@ekevik sist")
    assert pull.texts() == ["@ekevik sist"]


def test_a_server_that_repeats_its_newest_page_is_no_endless_loop(server: Mastodon, pull: Pull) -> None:
    server.stubborn = True
    for number in range(5):
        server.says(ALVA, f"@ekevik {number}")
    assert len(set(pull.texts())) == 5
    server.says(ALVA, "@ekevik till")
    assert pull.texts() == ["@ekevik till"]


def test_min_id_taken_as_newer_than_leaves_no_hole(
    server: Mastodon, pull: Pull, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.page_size = 20
    server.says(ALVA, "@ekevik först")
    pull.texts()
    plain = Server.get

    def since(self: Server, path: str, parameters: Any = ()) -> Any:
        return plain(self, path, [("since_id" if name == "min_id" else name, value) for name, value in parameters])

    monkeypatch.setattr(Server, "get", since)
    for number in range(90):
        server.says(ALVA, f"@ekevik {number}")
    assert set(pull.texts()) == {f"@ekevik {number}" for number in range(90)}


@pytest.mark.parametrize("pages", range(1, 9))
def test_a_stretch_that_was_cut_off_is_not_forgotten_for_a_later_one(
    server: Mastodon, pull: Pull, monkeypatch: pytest.MonkeyPatch, pages: int
) -> None:
    """Killed while it goes back, it meets so much news the next time that it goes back from there as well."""
    server.page_size = 20
    server.says(ALVA, "@ekevik först")
    pull.texts()
    plain = Server.get

    def since(self: Server, path: str, parameters: Any = ()) -> Any:
        return plain(self, path, [("since_id" if name == "min_id" else name, value) for name, value in parameters])

    monkeypatch.setattr(Server, "get", since)
    for turn in range(3):
        for number in range(90):
            server.says(ALVA, f"@ekevik {turn}.{number}")
        pull(pages)
    # One round may end with what lay behind, and the next one begins with news again.
    pull()
    pull()
    texts = {item.text for raw in pull.kept.values() for item in messages(list(Reader().read(raw, own="ekevik")))}
    assert texts >= {f"@ekevik {turn}.{number}" for turn in range(3) for number in range(90)}


def test_the_whole_thread_comes_with_a_mention_and_before_it(server: Mastodon, pull: Pull) -> None:
    root = server.says(BO, "Vet någon när badet öppnar?")
    post = server.says("ekevik", "Vi svarar här.", to=root)
    silent = server.says(ALVA, "Undrar jag med.", to=post)
    server.says(BO, "@ekevik Är det öppet i dag?", to=silent)
    found = {item.text: item for item in pull.new()}
    assert [raw.key[0] for raw in pull.kept.values()][:2] == ["t", "n"]
    assert set(found) == {"Undrar jag med.", "@ekevik Är det öppet i dag?"}
    context = found["Undrar jag med."].context
    assert context is not None and context.text == "Vi svarar här."
    assert silent["uri"] in found["@ekevik Är det öppet i dag?"].thread
    items = Reader().read(next(iter(pull.kept.values())), own=f"ekevik@{server.host}")
    assert [item.reason for item in items if isinstance(item, Ignored)] == ["context", "own_post"]


def test_answers_to_our_posts_that_do_not_name_us_are_found(server: Mastodon, pull: Pull) -> None:
    post = server.says("ekevik", "Biblioteket har nya tider.")
    pull()
    server.says(ALVA, "Gäller det lördagar?", to=post)
    assert pull.texts() == ["Gäller det lördagar?"]
    assert pull.texts() == []


def test_an_edit_is_found_by_a_later_pull(server: Mastodon, pull: Pull) -> None:
    question = server.says(ALVA, "@ekevik Nr går bussen?")
    pull()
    server.edits(question, "@ekevik När går bussen?")
    (item,) = messages(pull())
    assert item.text == "@ekevik När går bussen?" and item.edited_at is not None


def test_a_deletion_is_found_by_a_later_pull(server: Mastodon, pull: Pull) -> None:
    first = server.says(ALVA, "@ekevik Jag tar bort det här.")
    for number in range(3):
        server.says(BO, f"@ekevik {number}")
    pull()
    server.deletes(first)
    items = [item for item in pull() if isinstance(item, Deleted)]
    assert items == [Deleted(f"mastodon-id:{first['id']}")]
    assert pull() == []


def test_a_notification_that_was_only_cleared_is_no_deletion(server: Mastodon, pull: Pull) -> None:
    server.says(ALVA, "@ekevik Är det öppet?")
    server.says(BO, "@ekevik Hej")
    pull()
    del server.notifications[0]
    assert pull() == []


def test_a_private_message_with_a_warning_stays_private(server: Mastodon, pull: Pull) -> None:
    server.says(ALVA, "@ekevik Det gäller min son.", visibility="direct", spoiler_text="Hälsa")
    (item,) = messages(pull())
    assert (item.visibility, item.warning) == (Visibility.DIRECT, "Hälsa")
    query = next(one.query for one in server.requests if one.path == "/api/v1/notifications")
    assert ("include_filtered", "true") in query, "what strangers write in private is kept back by servers since 4.3"


def test_a_thread_that_cannot_be_had_stops_no_news_and_is_told_of_in_the_end(server: Mastodon, pull: Pull) -> None:
    post = server.says("ekevik", "Vägen stängs.")
    server.trouble("GET", r"/context$", Mood.FAILS_BEFORE, times=1000)
    server.says(ALVA, "@ekevik Hur länge?", to=post)
    assert pull.texts() == ["@ekevik Hur länge?"]
    for number in range(4):
        server.says(ALVA, f"@ekevik {number}")
        assert pull.texts() == [f"@ekevik {number}"]
    assert pull.gaps == ["thread_unreadable"]


def test_few_calls_left_are_kept_for_answers(server: Mastodon, pull: Pull) -> None:
    for number in range(30):
        post = server.says("ekevik", f"Inlägg {number}")
        server.says(ALVA, "Jaha.", to=post)
    server.quota = 50
    pull()
    assert server.quota > 30
    server.quota = 300
    assert len([one for one in pull() if isinstance(one, Incoming)]) > 10


def test_health_is_what_the_headers_say(server: Mastodon) -> None:
    health = LIVE.fetch(to(server), {}).health
    assert (health.quota_left, health.quota_limit) == (server.quota, 300)
    assert health.quota_resets_at is not None


@pytest.mark.parametrize(
    ("mood", "why"),
    [
        (Mood.FAILS_BEFORE, "http_500"),
        (Mood.CUTS_BEFORE, "cut_"),
        (Mood.CUTS_AFTER, "cut_"),
        (Mood.SAYS_NOTHING, "odd_answer"),
        (Mood.A_PAGE, "odd_answer"),
    ],
)
def test_a_pull_that_fails_moves_nothing_and_loses_nothing(server: Mastodon, pull: Pull, mood: Mood, why: str) -> None:
    pull()
    server.says(ALVA, "@ekevik Hej")
    before = dict(pull.cursor)
    server.trouble("GET", "/notifications$", mood)
    with pytest.raises(Retry, match=why):
        LIVE.fetch(to(server), before)
    assert pull.texts() == ["@ekevik Hej"]


def test_too_many_requests_says_when_to_come_again(server: Mastodon) -> None:
    server.trouble("GET", "/notifications$", Mood.BUSY)
    with pytest.raises(Retry) as caught:
        LIVE.fetch(to(server), {})
    assert 5 < caught.value.after < 40


def test_a_token_that_expires_between_two_pages(server: Mastodon, pull: Pull) -> None:
    for number in range(120):
        server.says(ALVA, f"@ekevik {number}")
    first = LIVE.fetch(to(server), {})
    server.tokens.clear()
    with pytest.raises(NeedsLogin):
        LIVE.fetch(to(server), first.cursor)


def test_recorded_answers_are_fetched_and_read(server: Mastodon) -> None:
    files = data_files("payloads/mastodon", "cassettes/test_notifications*.yaml", "cassettes/test_status_context.yaml")
    if shared_data() is None:
        pytest.skip("no recorded data beside this checkout")
    assert server.replay(files), "there is recorded data, and none of these answers in it"
    connection = Connection("mastodonpy_test_2", {"server": server.url}, {"token": TOKEN})
    cursor: dict[str, Any] = {}
    items: list[Item] = []
    for _ in range(30):
        fetched = LIVE.fetch(connection, cursor)
        cursor = dict(fetched.cursor)
        for raw in fetched.raws:
            items += Reader().read(raw, own="")
        if not fetched.more:
            break
    assert messages(items), "what was recorded holds mentions"
