"""Addresses of links: looked up once, and in each language and size of type its own."""

from collections.abc import Iterator

import pytest
from django.urls import get_script_prefix, set_script_prefix
from django.utils.translation import override

from torget.core import navigation


@pytest.fixture
def _prefix() -> Iterator[None]:
    before = get_script_prefix()
    yield
    set_script_prefix(before)


@pytest.mark.usefixtures("_prefix")
def test_an_address_is_that_of_the_language_and_the_size_one_reads_in() -> None:
    found = []
    for prefix in ("/", "/stor/"):
        set_script_prefix(prefix)
        for language in ("sv", "en"):
            with override(language):
                found.append(navigation.address("core:components"))
    assert found == ["/components/", "/en/components/", "/stor/components/", "/stor/en/components/"]
