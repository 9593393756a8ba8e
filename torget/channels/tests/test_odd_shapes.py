"""Answers and mails of a shape that nobody foresaw: the odd part is kept or counted, and the rest goes on."""

import base64
import gzip
import json
import zlib
from typing import Any

import pytest

from torget.channels import payload
from torget.channels.base import Broken, Ignored, Incoming, Item, Raw
from torget.channels.feed import MOST_ENTRIES
from torget.channels.registry import CHANNELS

STATUS: dict[str, Any] = {
    "id": "5", "uri": "https://a.example/5", "content": "<p>Hej</p>", "visibility": "public", "in_reply_to_id": None,
    "account": {"id": "1", "acct": "bo"},
}  # fmt: skip
COMMENT: dict[str, Any] = {"message": "Hej", "created_time": "2026-11-16T10:00:00+0000", "comment_count": 0}


def _read(channel: str, body: Any, *, own: str = "", url: str = "") -> list[Item]:
    held = body if isinstance(body, bytes) else json.dumps(body).encode()
    return CHANNELS[channel].read(Raw(held, "a", "application/json", url=url), own=own)


def _told(items: list[Item]) -> list[str]:
    return [item.reason if isinstance(item, (Ignored, Broken)) else type(item).__name__ for item in items]


def _without(node: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in node.items() if name not in names}


# ---- JSON that is only nearly so ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b'[{"text": "a\nb", "odd": 1}]', id="a line end inside words"),
        pytest.param(b'[{"text": "a\nb", "odd": ' + b"9" * 5_000 + b"}]", id="a number without end"),
        pytest.param(b'[{"text": "a\\nb"}]\x00', id="a NUL after it"),
        pytest.param(b'\xef\xbb\xbf[{"text": "a\\nb"}]', id="a byte order mark"),
        pytest.param('[{"text": "a\\nb"}]'.encode("utf-16"), id="UTF-16"),
        pytest.param(gzip.compress(b'[{"text": "a\\nb"}]'), id="packed"),
    ],
)
def test_json_that_is_nearly_so_is_read(body: bytes) -> None:
    assert payload.loads(body)[0]["text"] == "a\nb"


@pytest.mark.parametrize("told", ["", "application/json; charset=iso-8859-1"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_json_in_latin_letters(told: str, mark: bytes) -> None:
    assert payload.loads(mark + '{"a": "på ön"}'.encode("latin-1"), told) == {"a": "på ön"}


@pytest.mark.parametrize("body", [b"", b"{", b"[" * 200_000, b"<html>"])
def test_what_is_no_json_is_said_to_be_none(body: bytes) -> None:
    with pytest.raises(ValueError):
        payload.loads(body)


def test_one_odd_number_does_not_take_its_page_with_it() -> None:
    page = json.dumps([STATUS, STATUS | {"id": "6", "uri": "u", "odd": 0}]).replace('"odd": 0', f'"odd": {"9" * 5_000}')
    assert _told(_read("mastodon", page.encode())) == ["Incoming", "Incoming"]


# ---- recordings -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "pack",
    [zlib.compress, lambda body: zlib.compress(body)[2:-4], lambda body: body],
    ids=["deflate", "bare", "unpacked"],
)
def test_a_recorded_answer_that_was_deflated(pack: Any) -> None:
    held = base64.b64encode(pack(json.dumps(STATUS).encode())).decode()
    answer = {"headers": {"Content-Encoding": ["deflate"]}, "body": {"base64_string": held}}
    [raw] = CHANNELS["mastodon"].split(json.dumps({"interactions": [{"response": answer}]}).encode(), "a")
    assert _told(CHANNELS["mastodon"].read(raw, own="")) == ["Incoming"]


def test_a_recording_by_rubys_recorder() -> None:
    held = "http_interactions:\n- request: {method: get, uri: 'https://a.example/x'}\n  response:\n    body: {string: '"
    body = f"{held}{json.dumps(STATUS)}'}}\n".encode()
    assert [_told(CHANNELS["mastodon"].read(raw, own="")) for raw in CHANNELS["mastodon"].split(body, "a")] == [
        ["Incoming"]
    ]


def test_many_interactions_made_of_one_by_references_take_no_more_room_than_their_file() -> None:
    items = "".join(
        f"- &{name} [{', '.join([f'*{before}'] * 9)}]\n" for before, name in zip("abcde", "bcdef", strict=True)
    )
    body = f"interactions:\n- &a [{', '.join(['x'] * 9)}]\n{items}{'- *f' + chr(10)}".encode() + b"- *f\n" * 50
    kept = list(CHANNELS["mastodon"].split(body, "a"))
    assert len(kept) == 57
    # Each of the last would be 2 MB, written out. One that begins when there is no more room says what it is.
    assert sum(len(raw.body) for raw in kept) < 2 * len(body) + 10_000 + 57 * 100
    assert all(raw.body.startswith(b"no answer: ") for raw in kept)


def test_an_interaction_that_is_no_answer_is_kept_whole_and_quarantined() -> None:
    words = {f"field{number}": "ord " * 200 for number in range(60)}
    body = json.dumps({"interactions": [{"odd": words}]}).encode()
    [raw] = CHANNELS["mastodon"].split(body, "a")
    assert all(f'"field{number}"'.encode() in raw.body for number in range(60))
    assert _told(CHANNELS["mastodon"].read(raw, own="")) == ["not_json"]


# ---- Mastodon -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "told"),
    [
        pytest.param(STATUS | {"account": None}, "Incoming", id="of an account that is gone"),
        pytest.param(_without(STATUS, "account"), "Incoming", id="that names no account"),
        pytest.param(STATUS | {"reblog": {}}, "Incoming", id="that spreads nothing"),
        pytest.param(STATUS | {"content": None}, "no_text", id="without its words"),
        pytest.param(_without(STATUS, "content"), "no_text", id="with no place for words"),
        pytest.param(
            STATUS | {"content": None, "media_attachments": [{"type": "image"}]}, "Incoming", id="of a picture alone"
        ),
    ],
)
def test_an_odd_status_is_a_message_or_lies_in_quarantine(status: dict[str, Any], told: str) -> None:
    assert _told(_read("mastodon", status)) == [told]
    assert _told(_read("mastodon", [STATUS | {"id": "1", "uri": "u"}, status])) == ["Incoming", told]
    mention = {"type": "mention", "account": {"acct": "bo"}, "status": status}
    assert _told(_read("mastodon", mention | {"id": "7"})) == [told]
    assert _told(_read("mastodon", mention)) == [told]


def test_what_is_no_object_in_a_list_is_counted() -> None:
    groups = [None, {"type": "mention", "status_id": "5"}]
    assert _told(_read("mastodon", {"notification_groups": groups, "statuses": [STATUS]})) == [
        "not_a_message",
        "Incoming",
    ]
    assert _told(_read("mastodon", {"ancestors": [7], "descendants": [STATUS, "x"]})) == [
        "not_a_message", "Incoming", "not_a_message",
    ]  # fmt: skip
    assert _told(_read("bluesky", {"posts": [None, {"notFound": True, "uri": "at://a/b/c"}]})) == [
        "not_a_message",
        "context",
    ]


# ---- Facebook and Instagram -----------------------------------------------------------------------------------------


def test_one_node_of_a_map_that_is_gone_takes_no_other_with_it() -> None:
    assert _told(_read("facebook", {"1_1": COMMENT | {"id": "1_1"}, "1_2": None})) == ["Incoming", "not_a_message"]


def test_an_error_beside_comments_does_not_hide_them() -> None:
    page = {"error": {"code": 1}, "data": [COMMENT | {"id": "1_1"}]}
    assert _told(_read("facebook", page)) == ["Incoming"]
    assert _told(_read("facebook", _without(page, "data"))) == ["error_answer"]


def test_a_visitor_who_posts_a_picture_alone_has_written_to_us() -> None:
    attachments = {"data": [{"type": "photo", "url": "https://a.example/b.jpg"}]}
    node = {"id": "1_2", "from": {"id": "9", "name": "Bo"}, "attachments": attachments, "created_time": "2026-11-16"}
    [item] = _read("facebook", {"data": [node]}, own="1", url="https://graph.facebook.com/1/feed")
    assert isinstance(item, Incoming)
    assert item.text == "[photo] https://a.example/b.jpg"


@pytest.mark.parametrize("own", ["", "9"])
def test_words_that_nothing_says_where_they_stand_are_for_a_person_to_look_at(own: str) -> None:
    node = {"message": "Hej", "from": {"id": "9", "name": "Bo"}, "new_field": 1}
    assert _told(_read("facebook", node, own=own)) == ["own_post" if own else "unreadable"]
    assert _told(_read("facebook", {"message": "Done.", "success": True})) == ["not_a_message"]


def test_a_reply_below_a_comment_is_counted_whatever_it_lacks() -> None:
    replies = {"data": [{"id": "2", "text": "Ja"}, {"id": "3", "text": "Nej", "like_count": 0}, None]}
    comment = {"id": "1", "text": "Hej", "username": "bo", "replies": replies}
    assert _told(_read("facebook", comment)) == ["Incoming", "not_a_message", "Incoming", "not_a_message"]


def test_a_webhook_with_something_odd_in_it() -> None:
    change = {"field": "feed", "value": {"item": "comment", "verb": "add", "comment_id": "1_2", "message": "Hej"}}
    body = {"object": "page", "entry": [None, {"id": "1", "changes": ["x", change], "messaging": [7]}]}
    assert _told(_read("facebook", body)) == ["not_a_message", "not_a_message", "Incoming", "not_a_message"]


# ---- Bluesky --------------------------------------------------------------------------------------------------------

POST = {"uri": "at://did:plc:a/app.bsky.feed.post/b", "cid": "c", "author": {"did": "did:plc:a", "handle": "a.example"}}


@pytest.mark.parametrize(
    ("more", "told"),
    [
        pytest.param({"record": {"$type": 5, "text": "Hej"}}, "Incoming", id="a type that is no word"),
        pytest.param({"record": None}, "no_text", id="no record"),
        pytest.param({}, "no_text", id="no place for a record"),
        pytest.param({"record": {"text": "Hej", "facets": [{"index": {"byteStart": -5}}, None, {"features": 7}]}}, "Incoming",
                     id="facets out of range"),
        pytest.param({"record": {"text": "", "embed": {"$type": "app.bsky.embed.tomorrow"}}}, "Incoming", id="a new embed"),
    ],
)  # fmt: skip
def test_an_odd_post(more: dict[str, Any], told: str) -> None:
    assert _told(_read("bluesky", {"thread": {"$type": "app.bsky.feed.defs#threadViewPost", "post": POST | more}})) == [
        told
    ]
    assert _told(_read("bluesky", {"posts": [POST | {"record": {"text": "x"}}, POST | more]})) == ["Incoming", told]


def test_a_record_without_its_value_is_no_answer_of_nothing() -> None:
    assert _told(_read("bluesky", {"uri": POST["uri"], "cid": "c", "value": None})) == ["no_text"]
    assert _told(_read("bluesky", {"uri": POST["uri"], "cid": "c"})) == ["not_a_message"]


def test_replies_are_read_where_the_post_that_they_answer_is_gone() -> None:
    reply = {"post": POST | {"record": {"text": "Hej"}}}
    assert _told(_read("bluesky", {"thread": {"post": None, "replies": [reply]}})) == ["not_a_message", "Incoming"]
    around = {"ancestors": [], "descendants": [STATUS]}
    assert _told(_read("mastodon", {"status": None, "context": around})) == ["Incoming"]


def test_an_event_and_a_webhook_that_do_not_say_what_they_are() -> None:
    commit = {"operation": "create", "collection": "app.bsky.feed.post", "rkey": "b", "record": {"text": "Hej"}}
    assert _told(_read("bluesky", {"did": "did:plc:a", "commit": commit})) == ["Incoming"]
    event = {"sender": {"id": "5"}, "message": {"mid": "m_1", "text": "Hej"}}
    assert _told(_read("facebook", {"entry": [{"id": "1", "messaging": [event]}]})) == ["Incoming"]


# ---- feeds ----------------------------------------------------------------------------------------------------------


def test_entries_beyond_what_is_taken_of_a_feed_are_told() -> None:
    entries = [{"id": str(number), "content_text": "Hej"} for number in range(MOST_ENTRIES + 3)]
    found = _read("feed", {"version": "https://jsonfeed.org/version/1.1", "items": entries})
    assert _told(found).count("Incoming") == MOST_ENTRIES
    assert found[-1] == Broken("too_large", "3 entries more")
    rows = "".join(f"<item><guid>{number}</guid><title>x</title></item>" for number in range(MOST_ENTRIES + 3))
    assert _read("feed", f'<rss version="2.0"><channel>{rows}</channel></rss>'.encode())[-1] == found[-1]


# ---- mail -----------------------------------------------------------------------------------------------------------

INNER = b"From: c@d.se\r\nSubject: inre\r\n\r\nDet inre brevet.\r\n"


def _mail(head: bytes, body: bytes) -> Incoming:
    [item] = _read("mail", b"Subject: x\r\nMIME-Version: 1.0\r\n" + head + b"\r\n\r\n" + body)
    assert isinstance(item, Incoming)
    return item


def test_a_mail_that_lies_in_base64_inside_another() -> None:
    head = b"From: a@b.se\r\nContent-Type: message/rfc822\r\nContent-Transfer-Encoding: base64"
    assert _mail(head, base64.encodebytes(INNER)).text == "Det inre brevet."
    inside = b"--q\r\nContent-Type: text/plain\r\n\r\nHej\r\n--q\r\n" + head.partition(b"\r\n")[2] + b"\r\n\r\n"
    head = b"From: a@b.se\r\nContent-Type: multipart/mixed; boundary=q"
    item = _mail(head, inside + base64.encodebytes(INNER) + b"\r\n--q--")
    assert (item.text, len(item.files)) == ("Hej", 1)
    assert b"Det inre brevet." in item.files[0].body


@pytest.mark.parametrize(
    "field", [b"Content-Disposition: attachment; filename=", b"Content-Type: application/pdf; name="]
)
@pytest.mark.parametrize("name", ["Åre då.pdf".encode(), "Åre då.pdf".encode("latin-1")])
def test_the_name_of_a_file_in_letters_that_may_not_stand_there(field: bytes, name: bytes) -> None:
    kind = b"" if field.startswith(b"Content-Type") else b"Content-Type: application/pdf\r\n"
    part = b"--q\r\n" + kind + field + b'"' + name + b'"\r\n\r\nx\r\n--q--'
    [file] = _mail(b"From: a@b.se\r\nContent-Type: multipart/mixed; boundary=q", part).files
    assert file.filename == "Åre då.pdf"


def test_plain_words_that_are_said_to_be_base64() -> None:
    head = b"From: a@b.se\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64"
    assert _mail(head, "Hej, när öppnar badet?".encode()).text == "Hej, när öppnar badet?"


def test_a_sender_that_is_encoded_with_its_address() -> None:
    item = _mail(b"From: =?utf-8?Q?=C3=85sa_=3Casa=40exempel=2Ese=3E?=", b"Hej")
    assert (item.sender.address, item.sender.name) == ("asa@exempel.se", "Åsa")
    # A name may still not bring an address of its own beside the one that is there.
    item = _mail(b"From: =?utf-8?Q?chef=40ekevik=2Eexample?= <bo@exempel.se>", b"Hej")
    assert item.sender.address == "bo@exempel.se"


def test_a_mail_that_was_saved_as_unicode() -> None:
    [item] = _read("mail", "From: a@b.se\nSubject: Åk\nContent-Type: text/plain\n\nHej på dig".encode("utf-16"))
    assert isinstance(item, Incoming)
    assert (item.subject, item.text) == ("Åk", "Hej på dig")


def test_a_boundary_whose_name_cannot_be_read() -> None:
    head = b"From: a@b.se\r\nContent-Type: multipart/mixed; boundary*=us\x00'y'z"
    assert _mail(head, b"--z\r\nContent-Type: text/plain\r\n\r\nHej\r\n--z--\r\n").text == "Hej"


def test_a_line_that_an_mbox_has_marked_is_no_quote() -> None:
    mark = b"From a@b Mon Nov 16 10:00:00 2026\n"
    body = mark + b"From: a@b.se\nSubject: x\n\nHej!\n>From nu vill jag veta mer.\n>>From oss alla.\n"
    [raw] = CHANNELS["mail"].split(body, "a.mbox")
    [item] = CHANNELS["mail"].read(raw, own="")
    assert isinstance(item, Incoming)
    assert item.text == "Hej!\nFrom nu vill jag veta mer."
    assert item.whole.strip() == "Hej!\nFrom nu vill jag veta mer.\n>From oss alla."


def test_a_little_that_unpacks_to_without_end_is_no_json() -> None:
    bomb = gzip.compress(b"[" + b"[]," * 8_000_000 + b"[]]")
    assert len(bomb) < 100_000
    with pytest.raises(ValueError, match="without end"):
        payload.loads(bomb)
