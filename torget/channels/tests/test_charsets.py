"""Letters in whatever charset they come: names that Python does not know, names that lie, bytes that do not fit."""

import base64
import quopri

import pytest

from torget.channels import charsets
from torget.channels.base import Incoming, Raw
from torget.channels.feed import Feed
from torget.channels.mail import Mail

SWEDISH = "Hej, när öppnar badet på Åkervägen – “snart”?"
PLAIN = "Hej, när öppnar badet på Åkervägen?"
# As it is named, as it is written, and what it says.
NAMED = [
    ("windows-874", "cp874", "สวัสดีครับ"),
    ("macintosh", "mac_roman", SWEDISH),
    ("x-mac-roman", "mac_roman", PLAIN),
    ("x-mac-cyrillic", "mac_cyrillic", "Привет"),
    ("x-mac-ce", "mac_latin2", "Dobrý den"),
    ("iso-2022-kr", "iso2022_kr", "안녕하세요"),
    ("utf-7", "utf-7", PLAIN),
    ("x-unknown", "cp1252", SWEDISH),
    ("x-unknown", "utf-8", SWEDISH),
    ("unknown-8bit", "cp1252", SWEDISH),
    ("us-ascii", "utf-8", SWEDISH),
    ("utf-8", "cp1252", SWEDISH),
    ("iso-8859-1", "cp1252", SWEDISH),
    ("iso_8859-1:1987", "cp1252", SWEDISH),
    ("windows-1252http-equivcontent-type", "cp1252", SWEDISH),
    ("utf-16", "utf-16", PLAIN),
    ("utf-16", "utf-16-be", PLAIN),
    ("utf-8", "utf-16-le", PLAIN),
    ("utf-32", "utf-32", PLAIN),
    ("x-sjis", "cp932", "こんにちは"),
    ("windows-31j", "cp932", "①"),
    ("x-euc-jp", "euc_jp", "こんにちは"),
    ("gb_2312-80", "gb2312", "你好世界"),
    ("x-gbk", "gbk", "你好世界"),
    ("ks_c_5601-1987", "cp949", "안녕"),
    ("x-windows-949", "cp949", "안녕"),
    ("cp-1251", "cp1251", "Привет"),
    ("windows1251", "cp1251", "Привет"),
    ("koi8r", "koi8-r", "Привет"),
    ("'utf-8'", "utf-8", SWEDISH),
    ("utf8mb4", "utf-8", SWEDISH),
    ("idna", "cp1252", SWEDISH),
    ("hex", "utf-8", SWEDISH),
    ("\x00", "utf-8", SWEDISH),
    ("a" * 5_000, "cp1252", SWEDISH),
]


def _read(body: bytes) -> Incoming:
    [item] = Mail().read(Raw(body, "a.eml"), own="")
    assert isinstance(item, Incoming)
    return item


@pytest.mark.parametrize(("name", "codec", "words"), NAMED)
def test_it_is_read_whatever_it_is_called(name: str, codec: str, words: str) -> None:
    assert charsets.decode(words.encode(codec), name) == words


@pytest.mark.parametrize(
    ("name", "codec", "words"), [one for one in NAMED if one[0].isprintable() and len(one[0]) < 50]
)
def test_in_a_mail_and_in_its_header(name: str, codec: str, words: str) -> None:
    packed = base64.b64encode(words.encode(codec)).decode()
    mail = _read(
        f"From: a@b.se\nSubject: =?{name}?B?{packed}?=\nContent-Type: text/plain; charset={name}\n"
        f"Content-Transfer-Encoding: base64\n\n{packed}\n".encode()
    )
    assert (mail.text, mail.subject) == (words, words)


@pytest.mark.parametrize(
    ("name", "codec", "words"),
    [
        ("shift_jis", "cp932", "こんにちは世界"),
        ("gb2312", "gb18030", "你好世界你好世界"),
        ("euc-kr", "cp949", "안녕하세요"),
        ("iso-2022-jp", "iso2022_jp", "こんにちは世界"),
        ("utf-16", "utf-16", PLAIN),
        ("utf-8", "utf-8", PLAIN + "å"),
    ],
)
def test_a_mail_that_was_cut_off_in_a_letter_keeps_the_others(name: str, codec: str, words: str) -> None:
    assert charsets.decode(words.encode(codec)[:-1], name).startswith(words[:-1])


def test_one_foreign_byte_does_not_cost_the_others_their_letters() -> None:
    assert charsets.decode("“Hej” på ön".encode("cp1252") + b"\x9d", "windows-1252").startswith("“Hej” på ön")


@pytest.mark.parametrize(
    "tag", ['<meta charset="{}">', '<META HTTP-EQUIV="Content-Type" CONTENT="text/html; charset={}">']
)
def test_html_may_say_its_charset_by_itself(tag: str) -> None:
    page = f"<html><head>{tag.format('windows-1251')}</head><body>Привет</body></html>".encode("cp1251")
    head = b"From: a@b.se\nContent-Type: text/html\nContent-Transfer-Encoding: quoted-printable\n\n"
    assert _read(head + quopri.encodestring(page)).text == "Привет"


@pytest.mark.parametrize(
    ("told", "declared", "codec", "words"),
    [
        pytest.param("", "x-sjis", "cp932", "こんにちは", id="a name that Python does not know"),
        pytest.param("iso-8859-1", "koi8-r", "koi8-r", "Привет", id="a server that says Latin of whatever it has"),
        pytest.param("utf-8", "windows1251", "cp1251", "Привет", id="a server that is wrong"),
        pytest.param("", "utf-16", "utf-8", "Åkerväg på ön", id="a declaration that cannot be true"),
    ],
)
def test_a_feed(told: str, declared: str, codec: str, words: str) -> None:
    body = f'<?xml version="1.0" encoding="{declared}"?><rss version="2.0"><channel><item><title>{words}</title></item>'
    raw = Raw(f"{body}</channel></rss>".encode(codec), "a", f"text/xml; charset={told}" if told else "text/xml")
    [item] = Feed().read(raw, own="")
    assert isinstance(item, Incoming)
    assert item.text == words


def test_a_feed_may_not_choose_a_charset_in_which_markup_looks_like_none() -> None:
    body = b'<?xml version="1.0" encoding="utf-7"?><rss version="2.0"><channel><item><title>+AMU-</title></item></channel></rss>'
    [item] = Feed().read(Raw(body, "a", "text/xml; charset=utf-7"), own="")
    assert isinstance(item, Incoming)
    assert item.text == "+AMU-"


def test_one_nul_in_a_few_letters_is_no_sign_of_another_charset() -> None:
    assert charsets.decode(b"ab\x00cde", "utf-8") == "ab\x00cde"


@pytest.mark.parametrize("told", ["utf-16", "UTF-16LE", "utf-16be"])
@pytest.mark.parametrize(
    "words",
    [
        "hej hej!", "hejhej", "HEJ HEJ!", "Nej", "Hej\r\n", "\r\n", "", PLAIN, SWEDISH,
        "Order 12345: 100 kr", "Привет", "你好世界", "مرحبا بكم",
        "Zażółć gęślą jaźń", "2026-10-10 kl. 12.30", "<p>Hej</p>",
    ],
)  # fmt: skip
def test_what_is_plainly_no_utf_16_is_not_read_as_such(told: str, words: str) -> None:
    assert charsets.decode(words.encode(), told) == words
    assert charsets.exactly(words.encode(), charsets.known(told)) == words


WIDE = [
    SWEDISH, PLAIN, "Hå", "å", "a", "你好世界", "图书馆什么时候开门？", "我想知道公共汽车什么时候来。谢谢！",
    "中文 2026", "مرحبا", "متى تفتح المكتبة؟", "شكرا", "Привет",
    "Когда откроется бассейн?", "สวัสดีครับ", "안녕하세요", "언제 여나요?", "こんにちは", "いえお",
    "プールはいつ開きますか。", "ください", "שלום", "Γεια σας", "नमस्ते", "გამარჯობა", "😀 God morgon",
    "বাংলা", "ਪੰਜਾਬੀ", "മലയാളം",
]  # fmt: skip


@pytest.mark.parametrize("words", WIDE)
@pytest.mark.parametrize(("told", "codec"), [("utf-16", "utf-16-le"), ("utf-16", "utf-16-be"), ("utf-16", "utf-16"),
                                             ("utf-16le", "utf-16-le"), ("utf-16be", "utf-16-be")])  # fmt: skip
def test_true_utf_16_is_read_on_either_side_with_a_mark_or_without(words: str, told: str, codec: str) -> None:
    assert charsets.decode(words.encode(codec), told) == words
