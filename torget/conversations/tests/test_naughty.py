"""Strings that break software, in every field of the form: never a fault, and the words come back as they were."""

import html
import re
from typing import Any
from urllib.parse import quote_from_bytes

import pytest
from django.test import Client

from tests.support.making import Town
from torget.conversations import rules
from torget.core.testing import naughty_strings

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


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_naughty_strings_come_back_unchanged(client: Client, town: Town, chunk: int) -> None:
    for text in naughty_strings()[chunk::CHUNKS]:
        given = {"text": text, "subject": text, "name": text, "nonce": "a"}
        response = client.post("/skriv/", _form(**given), content_type="application/x-www-form-urlencoded")
        if response.status_code == 400:
            # Refused, in plain words and with the text kept.
            kept = _shown(r'<textarea name="text"[^>]*>\n?(.*?)</textarea>', response)
            assert kept.replace("\r\n", "\n").replace("\r", "\n") == _as_read(text), ascii(text)
            assert 'class="error-summary"' in response.content.decode()
            why = (not text.strip(), "\x00" in text, len(text) > 120)
            assert any(why), f"refused without reason: {text!a}"
            response = client.post(
                "/skriv/",
                _form(**(given | {"subject": "", "name": ""})),
                content_type="application/x-www-form-urlencoded",
            )
        if response.status_code == 400:
            assert not text.strip() or "\x00" in text or len(text) > rules.MAX_TEXT, ascii(text)
            continue
        assert response.status_code == 303, ascii(text)
        receipt = client.get(response.headers["Location"])
        assert _shown(r'<blockquote class="written">(.*?)</blockquote>', receipt) == _as_read(text), ascii(text)


@pytest.mark.parametrize("chunk", range(2))
def test_naughty_strings_lie_on_the_desk_as_words(client: Client, town: Town, chunk: int) -> None:
    client.force_login(town.user())
    for text in naughty_strings()[chunk::40]:
        if not text.strip() or "\x00" in text or len(text) > rules.MAX_TEXT:
            continue
        body = _form(text=text)
        assert client.post("/skriv/", body, content_type="application/x-www-form-urlencoded").status_code == 303
    for address in ("/disk/", "/diarium/", *(f"/disk/{number}/" for number in range(1, 14))):
        assert client.get(address).status_code in (200, 404)
