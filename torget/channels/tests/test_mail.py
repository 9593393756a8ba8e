"""Mail, on mails of our own making (invented people): what is read, what is kept, what is told apart."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from torget.channels import mailtext
from torget.channels.base import Broken, Ignored, Incoming, Item, Visibility
from torget.channels.mail import Mail

DATA = Path(__file__).parent / "data"


def _read(body: bytes, *, own: str = "") -> list[Item]:
    return [item for raw in Mail().split(body, "a.eml") for item in Mail().read(raw, own=own)]


def _one(body: bytes) -> Incoming:
    (item,) = _read(body)
    assert isinstance(item, Incoming)
    return item


def test_a_reply() -> None:
    mail = _one((DATA / "reply.eml").read_bytes())
    assert mail.external_id == "b2@mail.example.org"
    assert (mail.sender.address, mail.sender.name) == ("greta@example.org", "Greta Öberg")
    assert mail.subject == "Sv: Lampan på Storgatan"
    assert mail.text == "Nu är den trasig igen."
    assert "Lampan är lagad." in mail.whole
    assert mail.sent_at == datetime(2026, 11, 16, 13, 7, tzinfo=UTC)
    assert mail.in_reply_to == "a1@ekevik.example.org"
    assert mail.thread == ("z0@mail.example.org", "a1@ekevik.example.org")
    assert mail.visibility is Visibility.DIRECT
    assert not mail.automatic
    (picture,) = mail.files
    assert (picture.filename, picture.media_type, picture.body[:3]) == ("lampa å.jpg", "image/jpeg", b"\xff\xd8\xff")


def test_our_own_mail_is_not_a_message() -> None:
    items = _read((DATA / "reply.eml").read_bytes(), own="Kontakt <GRETA@example.org>")
    assert items == [Ignored("own_post", "b2@mail.example.org")]


def test_html_becomes_words() -> None:
    mail = _one((DATA / "html-only.eml").read_bytes())
    assert mail.subject == "Snö"
    assert mail.text == "Plogbilen kom inte.\n\nSe bilden <https://example.org/bild>"
    assert "> Vi plogar klockan sex." in mail.whole
    assert "alert" not in mail.whole
    assert "\ue000" not in mail.whole


def test_an_mbox_is_taken_apart_between_mails_only() -> None:
    body = (DATA / "two.mbox").read_bytes()
    raws = list(Mail().split(body, "two.mbox"))
    assert [raw.source for raw in raws] == ["two.mbox#1", "two.mbox#2"]
    one, two = _read(body)
    assert isinstance(one, Incoming)
    assert isinstance(two, Incoming)
    assert one.text.endswith("From now on, too.")
    assert two.subject == "Två"
    assert two.external_id == f"sha256:{two.body_hash}"


def test_a_mail_with_an_envelope_line_is_one_mail() -> None:
    body = b"From ida@example.org Mon Nov 16 10:00:00 2026\nFrom: ida@example.org\nMessage-ID: <x@y.z>\n\nHej\n"
    assert [raw.source for raw in Mail().split(body, "a.eml")] == ["a.eml"]
    assert _one(body).external_id == "x@y.z"


def test_a_bounce_is_automatic_and_its_files_are_found() -> None:
    mail = _one((DATA / "report.eml").read_bytes())
    assert mail.automatic
    assert "Action: failed" in mail.whole
    assert [file.filename for file in mail.files] == ["bilaga-1.eml", "beslut.pdf"]
    assert mail.files[1].body == b"%PDF-"


@pytest.mark.parametrize(
    "header",
    [
        "Auto-Submitted: auto-generated",
        "Precedence: bulk",
        "List-Id: <a.example.org>",
        "Return-Path: <>",
        "X-Autoreply: yes",
    ],
)
def test_mail_by_machine(header: str) -> None:
    assert _one(f"From: a@example.org\n{header}\n\nHej".encode()).automatic
    assert not _one(b"From: a@example.org\nAuto-Submitted: no\n\nHej").automatic


@pytest.mark.parametrize(
    ("body", "item"),
    [
        pytest.param(b"", Ignored("empty_answer"), id="nothing"),
        pytest.param(b"\r\n \n", Ignored("empty_answer"), id="blank"),
        pytest.param(b"Hej, det h\xe4r \xe4r ingen mail.\n\nEller: hur?", Broken("not_a_mail", "40 bytes"), id="prose"),
        pytest.param(b"Obs: inget\n\nbrev", Broken("not_a_mail", "16 bytes"), id="a word with a colon"),
        pytest.param(
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 50, Broken("outlook_msg"), id="Outlook's own format"
        ),
        pytest.param(b"PK\x03\x04zip", Broken("not_a_mail", "7 bytes"), id="an archive"),
    ],
)
def test_no_mail(body: bytes, item: Item) -> None:
    assert _read(body) == [item]


def test_two_mails_with_one_message_id_differ_in_their_hash() -> None:
    head = b"From: a@example.org\nMessage-ID: <same@example.org>\n"
    one, two = _one(head + b"\nEtt"), _one(head + b"\nTv\xc3\xa5")
    again = _one(b"Received: from x\r\n" + head.replace(b"\n", b"\r\n") + b"\r\nEtt\r\n")
    assert one.external_id == two.external_id == again.external_id
    assert one.body_hash != two.body_hash
    assert one.body_hash == again.body_hash


def test_without_message_id_the_same_mail_has_the_same_id() -> None:
    one, two = _one(b"From: a@example.org\n\nEtt"), _one(b"Received: by b\nFrom: a@example.org\n\nEtt\n")
    assert one.external_id == two.external_id
    assert one.external_id != _one(b"From: a@example.org\n\nTv\xc3\xa5").external_id


@pytest.mark.parametrize(
    ("header", "body"),
    [
        pytest.param("text/plain; charset=utf-8", "Åsa".encode(), id="UTF-8"),
        pytest.param("text/plain; charset=utf-8", "Åsa".encode("cp1252"), id="Latin that claims UTF-8"),
        pytest.param("text/plain; charset=us-ascii", "Åsa".encode(), id="UTF-8 that claims ASCII"),
        pytest.param("text/plain; charset=iso-8859-1", "Åsa".encode("cp1252"), id="Latin"),
        pytest.param("text/plain; charset=x-okand", "Åsa".encode(), id="an unknown one"),
        pytest.param('text/plain; charset="', "Åsa".encode(), id="a broken one"),
        pytest.param("text/plain; charset=utf-16", "Åsa".encode("utf-16"), id="UTF-16"),
        pytest.param("text/plain; charset=zlib", "Åsa".encode(), id="a codec that is no charset"),
        pytest.param("text/plain; charset=idna", "Åsa".encode(), id="a codec that is slow"),
        pytest.param("", "Åsa".encode(), id="none"),
    ],
)
def test_charsets(header: str, body: bytes) -> None:
    kind = f"Content-Type: {header}\n".encode() if header else b""
    assert _one(b"From: a@example.org\n" + kind + b"Content-Transfer-Encoding: 8bit\n\n" + body).text == "Åsa"


def test_a_boundary_that_is_misspelt_hides_nothing() -> None:
    body = (
        b'From: a@example.org\nContent-Type: multipart/mixed; boundary="FEL"\n\n--RATT\nContent-Type: text/plain\n\nHej\n'
        b'--RATT\nContent-Type: application/pdf; name="a.pdf"\n\n%PDF-\n--RATT--\n'
    )
    mail = _one(body)
    assert mail.text == "Hej"
    assert [file.filename for file in mail.files] == ["a.pdf"]


def test_parts_after_the_end_are_found() -> None:
    body = (
        b'From: a@example.org\nContent-Type: multipart/mixed; boundary="B"\n\n--B\nContent-Type: text/plain\n\nHej\n--B--\n\n'
        b'--B\nContent-Type: application/pdf; name="a.pdf"\n\n%PDF-\n--B--\n'
    )
    assert [file.filename for file in _one(body).files] == ["a.pdf"]


def test_files_in_the_text_itself() -> None:
    mail = _one(b"From: a@example.org\n\nSe bild\n\nbegin 644 ../bild.txt\n#2&5J\n`\nend\n")
    assert (mail.text, mail.files[0].filename, mail.files[0].body) == ("Se bild\n\n[bild.txt]", "bild.txt", b"Hej")


def test_more_parts_than_a_mail_has_go_to_quarantine() -> None:
    body = b"From: a@example.org\nContent-Type: multipart/mixed; boundary=B\n\n" + b"--B\n\nx\n" * 1_200 + b"--B--\n"
    assert _read(body) == [Broken("too_many_parts", "1000 parts")]


def test_mails_within_mails_end() -> None:
    body = b"From: a@example.org\n" + b"Content-Type: message/rfc822\n\n" * 500 + b"\nHej"
    (item,) = _read(body)
    assert isinstance(item, (Incoming, Broken))


@pytest.mark.parametrize(
    ("value", "address", "name"),
    [
        pytest.param("Bo Ek <BO@Example.org>", "bo@example.org", "Bo Ek", id="plain"),
        pytest.param("=?iso-8859-1?Q?=D6rjan_=C5?= <o@example.org>", "o@example.org", "Örjan Å", id="encoded"),
        pytest.param('"Ek, Bo" <bo@example.org>', "bo@example.org", "Ek, Bo", id="comma"),
        pytest.param("=?utf-8?B?ZXZpbEBleGFtcGxlLm9yZw==?= <bo@example.org>", "bo@example.org", "evil@example.org",
                     id="a name that looks like an address"),
        pytest.param("bo@example.org (Bo)", "bo@example.org", "Bo", id="comment"),
        pytest.param("Bo Ek", "", "Bo Ek", id="no address"),
        pytest.param("", "", "", id="nothing"),
        pytest.param("<<bo@example.org>", "bo@example.org", "", id="broken"),
    ],
)  # fmt: skip
def test_senders(value: str, address: str, name: str) -> None:
    sender = mailtext.sender(value)
    assert (sender.address, sender.name) == (address, name)


@pytest.mark.parametrize(
    ("value", "decoded"),
    [
        pytest.param("=?utf-8?q?Hej_p=C3=A5?= =?utf-8?q?_er?=", "Hej på er", id="neighbours"),
        pytest.param("=?utf-8?b?w6U=?= =?utf-8?b?w?= x", "å x", id="a broken end"),
        pytest.param("=?utf-8?q?=C3?= =?utf-8?q?=A5?=", "å", id="a letter split in two"),
        pytest.param("=?nej?q?abc?=", "abc", id="unknown charset"),
        pytest.param("Re: =?x", "Re: =?x", id="none at all"),
    ],
)
def test_encoded_words(value: str, decoded: str) -> None:
    assert mailtext.words(value) == decoded


@pytest.mark.parametrize("value", ["", "nej", "Mon, 99 Foo 2026 99:99", "Mon, 16 Nov 3609 10:00:00 +0000", "\x00"])
def test_dates_that_cannot_be_believed(value: str) -> None:
    assert mailtext.date(value) is None


def test_a_mail_without_date_came_when_it_was_received() -> None:
    body = b"Received: from a by b; Mon, 16 Nov 2026 14:07:00 +0100\nFrom: a@example.org\nDate: nyss\n\nHej"
    assert _one(body).sent_at == datetime(2026, 11, 16, 13, 7, tzinfo=UTC)


def test_flowed_text_is_joined() -> None:
    assert _one(
        b"From: a@example.org\nContent-Type: text/plain; format=flowed\n\nEn \nrad\n> citat \n> mer\n"
    ).whole == ("En rad\n> citat \n> mer\n")
