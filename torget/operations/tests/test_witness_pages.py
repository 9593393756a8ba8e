"""The page of witnesses: added, asked, trusted and taken away by an administrator in a browser; nothing else by anyone else."""

from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from django.test import Client
from django.urls import reverse

from tests.support import making
from torget.channels import outside
from torget.journal.models import Entry, Witness
from torget.journal.tests.logs import Log
from torget.operations import witnessing
from torget.organisations.rules import Role

pytestmark = pytest.mark.django_db
PLACE = "https://torget.granne.example/journal/"


@pytest.fixture
def client(settings: Any, tmp_path: Path) -> Client:
    """An administrator, where no neighbour answers unless the test says so."""
    settings.TORGET_HOME = tmp_path / "home"
    settings.TORGET_ORIGIN = "ekevik.example/journal"
    logged_in = Client()
    logged_in.force_login(making.town().user(Role.ADMINISTRATOR))
    return logged_in


@pytest.fixture(autouse=True)
def _nobody_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outside, "why_not", lambda address: "inside" if "127.0.0.1" in address else "")
    monkeypatch.setattr(witnessing, "look", mock.Mock(return_value=False))


def _post(client: Client, name: str, *, pk: int = 0, **words: str) -> str:
    where = reverse(f"operations:{name}", kwargs={"pk": pk} if pk else None)
    return client.post(where, words, follow=True).content.decode()


def test_a_neighbour_is_added_seen_and_taken_away(client: Client) -> None:
    assert "Ingen bevakar journalen" in client.get(reverse("operations:witnesses")).content.decode()
    assert "/installningar/vittnen/" in client.get(reverse("operations:health")).content.decode()
    body = _post(client, "witnesses", role="by", place="https://torget.granne.example")
    assert PLACE in body and "De bevakar oss" in body and "Har inte svarat än" in body
    _post(client, "witnesses", role="of", place=PLACE, key=Log(3).key.text())
    assert list(Witness.objects.order_by("role").values_list("role", "place")) == [("by", PLACE), ("of", PLACE)]
    actor = Entry.objects.filter(kind="witness.added").values_list("actor_ref", flat=True)
    assert all(ref.startswith("user:") for ref in actor), "the journal names who added it"
    # Of the two at one address only the one whose button it was goes.
    body = _post(client, "witness_forget", pk=Witness.objects.get(role="by").pk)
    assert "Borttagen" in body and Witness.objects.get().role == "of"
    assert "tillfrågade" in _post(client, "witness_look")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        pytest.param({"place": ""}, "Fyll i ”Adress”", id="nothing"),
        pytest.param({"place": "/var/lib"}, "börjar med https://", id="a folder of the server's"),
        pytest.param({"place": "ftp://granne.example/"}, "börjar med https://", id="another kind of address"),
        pytest.param({"place": "http://127.0.0.1/"}, "egna nätet", id="the inside"),
        pytest.param({"place": PLACE, "key": "nonsense"}, "Nyckeln går inte att läsa", id="no key"),
    ],
)
def test_what_cannot_be_is_said_and_what_was_written_stays(client: Client, words: dict[str, str], says: str) -> None:
    answer = client.post(reverse("operations:witnesses"), {"role": "by", **words})
    body = answer.content.decode()
    assert answer.status_code == 400 and says in body
    assert not words["place"] or words["place"] in body
    assert not Witness.objects.exists()


def test_evidence_of_a_fork_is_saved_before_it_goes(client: Client) -> None:
    row = Witness.objects.create(role="of", place=PLACE, problem="forked", evidence="{}", size=7)
    body = client.get(reverse("operations:witnesses")).content.decode()
    assert f"/journal/gaffel/{row.pk}.json" in body and "två versioner" in body
    assert "Spara beviset först" in _post(client, "witness_forget", pk=row.pk)
    assert Witness.objects.exists()
    _post(client, "witness_forget", pk=row.pk, sparat="1")
    assert not Witness.objects.exists()


def test_a_new_key_is_trusted_when_it_is_one(client: Client) -> None:
    row = Witness.objects.create(role="of", place=PLACE, key=Log(1).key.text(), problem="key_lost")
    assert "Nyckeln går inte att läsa" in _post(client, "witness_trust", pk=row.pk, new_key="")
    assert "Nyckeln går inte att läsa" in _post(client, "witness_trust", pk=row.pk, new_key="nonsense")
    assert "Den nya nyckeln gäller" in _post(client, "witness_trust", pk=row.pk, new_key=Log(2).key.text())
    row.refresh_from_db()
    assert row.key == Log(2).key.text()
    assert "Borttagen" not in _post(client, "witness_forget", pk=row.pk + 100)


def test_only_administrators_say_who_watches() -> None:
    town = making.town()
    row = Witness.objects.create(role="by", place=PLACE)
    for role in set(Role) - {Role.ADMINISTRATOR}:
        client = Client()
        client.force_login(town.user(role))
        assert client.get(reverse("operations:witnesses")).status_code == 403
        for name in ("witness_forget", "witness_trust"):
            assert client.post(reverse(f"operations:{name}", kwargs={"pk": row.pk})).status_code == 403
    assert Witness.objects.exists()
