"""Contacts: one for each address in a channel, and nothing that was not given."""

from datetime import timedelta

import pytest

from tests.support.making import MONDAY
from torget.core import clock
from torget.people.actions import know
from torget.people.models import Contact

pytestmark = pytest.mark.django_db


def test_an_address_is_one_contact_in_its_channel() -> None:
    with clock.at(MONDAY):
        made = know("mail", {"signe@exempel.se": "Signe", "else@exempel.se": ""})
    with clock.at(MONDAY + timedelta(days=1)):
        again = know("mail", {"signe@exempel.se": "Signe"})
    know("web", {"signe@exempel.se": "Signe"})
    assert again["signe@exempel.se"] == made["signe@exempel.se"]
    assert again["signe@exempel.se"].first_seen_at == MONDAY
    assert sorted(Contact.objects.values_list("channel", flat=True)) == ["mail", "mail", "web"]


def test_the_latest_name_holds_and_no_name_takes_none_away() -> None:
    for name, shown in (("Signe", "Signe"), ("", "Signe"), ("Signe Testsson", "Signe Testsson")):
        assert know("mail", {"signe@exempel.se": name})["signe@exempel.se"].name == shown
    assert str(Contact.objects.get()) == "Signe Testsson"


@pytest.mark.parametrize("address", ["", " ", "\n"], ids=repr)
def test_nobody_is_no_contact(address: str) -> None:
    assert know("mail", {address: "Signe"}) == {}
    assert not Contact.objects.exists()


def test_what_is_too_long_is_cut_and_found_again() -> None:
    long = "x" * 400
    first, second = (know("mail", {long: "y" * 300})[long] for _ in range(2))
    assert first == second
    assert (len(first.address), len(first.name)) == (320, 200)


def test_many_are_known_in_constant_statements() -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    counts = []
    for count in (2, 50):
        with CaptureQueriesContext(connection) as queries:
            know("mail", {f"{count}-{number}@exempel.se": "Signe" for number in range(count)})
        counts.append(len(queries))
    assert counts[0] == counts[1]
