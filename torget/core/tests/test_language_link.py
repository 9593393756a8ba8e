"""The link to the same page in the other language, also where there is no page."""

import re

import pytest
from django.test import Client

from tests.support.making import Town


def _links(client: Client, path: str) -> set[str]:
    # By `path` as it came: two slashes at the front are a server to Client.get.
    body = client.generic("GET", "/", PATH_INFO=path).content.decode()
    return set(re.findall(r'<a href="([^"]*)" lang="(?:sv|en)"', body))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "other"),
    [
        ("/skriv/", "/en/skriv/"),
        ("/en/skriv/", "/skriv/"),
        ("/stor/skriv/", "/stor/en/skriv/"),
        ("/samtal/404/", "/en/samtal/404/"),
        ("/finns-inte/", "/en/finns-inte/"),
        ("/en/finns-inte/", "/finns-inte/"),
        ("/stor/finns-inte/", "/stor/en/finns-inte/"),
        ("/england/", "/en/england/"),
        ("//evil.example/", "/en/evil.example/"),
        ("/en//evil.example/", "/evil.example/"),
        ("/en/\\evil.example/", "/%5Cevil.example/"),
        ('/"><b>/', "/en/%22%3E%3Cb%3E/"),
    ],
)
def test_it_leads_to_the_same_page_and_to_no_other_server(client: Client, town: Town, path: str, other: str) -> None:
    assert _links(client, path) == {other}
