"""Strings that break software, in every field of the form: never a fault, and the words come back as they were."""

import html
import re
from typing import Any
from urllib.parse import quote_from_bytes

import pytest
from django.test import Client

from tests.support.making import Town, everything, first
from torget.conversations import actions, rules
from torget.conversations.models import Message
from torget.core.testing import naughty_strings
from torget.register.rules import mask_identity_numbers

CHUNKS = 8


@pytest.fixture(autouse=True)
def _no_limit(settings: Any) -> None:
    settings.TORGET_POSTS_PER_MINUTE = 0


def _form(**fields: str) -> str:
    """Fields as a hostile client may send them, also with what is no text."""
    return "&".join(
        f"{name}={quote_from_bytes(text.encode('utf-8', 'surrogatepass'))}" for name, text in fields.items()
    )


def _as_read(text: str) -> str:
    """What a server reads: bytes that are no text are replaced, and a line ends in one way."""
    return text.encode("utf-8", "surrogatepass").decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n")


def _shown(pattern: str, page: Any) -> str:
    found = re.search(pattern, page.content.decode(), re.DOTALL)
    assert found
    return html.unescape(found[1])


def _post(client: Client, **fields: str) -> Any:
    return client.post("/skriv/", _form(**fields), content_type="application/x-www-form-urlencoded")


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_naughty_strings_are_kept_word_for_word(client: Client, town: Town, chunk: int) -> None:
    for text in naughty_strings()[chunk::CHUNKS]:
        before = Message.objects.count()
        response = _post(client, text=text, subject=text, name=text)
        if response.status_code == 400:
            # Refused, in plain words and with the text kept.
            kept = _shown(r'<textarea name="text"[^>]*>\n?(.*?)</textarea>', response)
            assert _as_read(kept) == _as_read(text), ascii(text)
            assert 'class="error-summary"' in response.content.decode()
            assert not text.strip() or "\x00" in text or len(text) > 120, f"refused without reason: {text!a}"
            response = _post(client, text=text)
        if response.status_code == 400:
            assert not text.strip() or "\x00" in text or len(text) > rules.MAX_TEXT, ascii(text)
            continue
        assert response.status_code == 303, ascii(text)
        assert Message.objects.count() == before + 1
        assert Message.objects.latest("pk").record.latest.whole == _as_read(text), ascii(text)


def _takable() -> list[str]:
    return [text for text in naughty_strings() if text.strip() and "\x00" not in text and len(text) < 1000]


def test_naughty_strings_come_back_unchanged_on_the_receipt(client: Client, town: Town) -> None:
    texts = _takable()
    for start in range(0, len(texts), 50):
        text = "\n|\n".join(texts[start : start + 50])
        response = _post(client, text=text, name=texts[start][:100], email="signe@exempel.se")
        receipt = client.get(response.headers["Location"])
        assert _shown(r'<blockquote class="written">(.*?)</blockquote>', receipt) == _as_read(text)


def test_naughty_strings_lie_on_the_desk_and_in_the_open_as_words(client: Client, town: Town) -> None:
    user = town.user()
    client.force_login(user)
    for text in _takable()[::40]:
        _, conversation = town.written(text, subject=text[:200], name=text[:100])
        address = f"/disk/{conversation.number}/"
        for deed, field in (("utkast", "text"), ("anteckna", "note"), ("publicera", "title")):
            response = client.post(f"{address}{deed}/", {field: text[:200].encode("utf-8", "replace")})
            assert response.status_code in (200, 302)
        actions.publish(conversation, title=text[:200], by=user)
        assert client.get(address).status_code == 200
        shown = _shown(r'<p class="written"[^>]*>(.*?)</p>', client.get(f"/samtal/{conversation.number}/"))
        # What is no text is replaced by one sign where the form's own reading gives three.
        expected = rules.storable(text).replace("\r\n", "\n").replace("\r", "\n").strip()
        assert shown.replace("\r\n", "\n").replace("\r", "\n") == mask_identity_numbers(expected), ascii(text)
    for address in ("/disk/", "/", "/diarium/"):
        assert client.get(address).status_code == 200


@pytest.mark.parametrize("sign", ["\x00", "\ud800"], ids=ascii)
def test_signs_that_no_database_takes_are_met_in_every_field_of_staff(client: Client, town: Town, sign: str) -> None:
    secret, conversation = town.written()
    client.force_login(town.user())
    text = f"a{sign}b"
    message = first(conversation).pk
    deeds = {
        "ta/": {"text": text}, "utkast/": {"text": text}, "anteckna/": {"note": text}, "publicera/": {"title": text},
        f"klassa/{message}/": {"state": "trivial", "subject": text}, "svara/": {"text": text, "seen": "1"},
        f"sekretess/{message}/": {"provision": text}, "avsluta/": {"reason": text},
    }  # fmt: skip
    for deed, fields in deeds.items():
        response = client.post(
            f"/disk/{conversation.number}/{deed}", _form(**fields), content_type="application/x-www-form-urlencoded"
        )
        assert response.status_code < 500, deed
    client.post(f"/kvitto/{secret}/tack/", _form(tack=text), content_type="application/x-www-form-urlencoded")
    # PostgreSQL takes no NUL, so none may be on its way there on SQLite either.
    assert "\x00" not in everything()
