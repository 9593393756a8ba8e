"""When a message of a thread that was handed over is erased, the letters between the authorities that repeat it go as well."""

from typing import Any

import pytest

from tests.support import making
from torget.conversations.actions import organising
from torget.core.errors import Refused
from torget.organisations.models import Authority
from torget.organisations.rules import Role
from torget.register import actions
from torget.register.models import Case, Erasure, Record, RecordVersion
from torget.registrar.letters import letters_of

pytestmark = pytest.mark.django_db(transaction=True)
SECRET = "Kräftskiva vid Ankdammen"


@pytest.fixture(autouse=True)
def _home(settings: Any, tmp_path: Any) -> None:
    settings.TORGET_HOME = tmp_path
    settings.TORGET_BACKUP_FOLDER = ""


def _board(prefix: str) -> Authority:
    made: Authority = Authority.objects.create(name=f"Nämnd {prefix}", prefix=prefix, archive_creator=prefix)
    return made


def test_both_sides_of_every_forwarding_go_with_the_message_and_what_came_later_stays() -> None:
    town = making.town()
    by = town.user(Role.REGISTRAR)
    conversation = town.given(f"Får vi ha {SECRET}?")
    record = making.first(conversation).record
    for prefix in ("SKN", "KUN"):
        organising.forward(making.fresh(conversation), authority=_board(prefix), text="Er fråga", by=by)
    other = town.given("Hur går det med bron?")
    organising.forward(making.fresh(other), authority=_board("BYN"), text="Er fråga", by=by)
    letters = list(letters_of(record))
    assert sorted(letter.kind for letter in letters) == ["dispatched", "dispatched", "received", "received"]
    actions.erase(record, mandate="Beslut 1", reason="Prov", by=by)
    found = making.everything()
    assert SECRET not in found and "Hur går det med bron?" in found
    assert set(Erasure.objects.values_list("record", flat=True)) == {record.pk, *(letter.pk for letter in letters)}
    assert not Case.objects.filter(subject__contains="Kräft").exists()
    assert RecordVersion.objects.filter(text__contains="Hur går det med bron?").count() == 3


def test_a_message_that_came_after_the_forwarding_takes_no_letter_with_it() -> None:
    town = making.town()
    by = town.user(Role.REGISTRAR)
    account = town.account()
    conversation = town.given("Hur går det med bron?", account=account)
    organising.forward(making.fresh(conversation), authority=_board("SKN"), text="Er fråga", by=by)
    parent = making.first(conversation).external_id
    town.take(making.incoming("senare", f"Och {SECRET}?", in_reply_to=parent, thread=(parent,)), account=account)
    later = Record.objects.get(message__external_id="senare")
    assert list(letters_of(later)) == []
    actions.erase(later, mandate="Beslut 1", reason="Prov", by=by)
    assert SECRET not in making.everything() and Erasure.objects.count() == 1


def test_a_stop_on_the_other_authoritys_letter_stops_the_whole() -> None:
    town = making.town()
    by = town.user(Role.REGISTRAR)
    conversation = town.given(f"Får vi ha {SECRET}?")
    received = organising.forward(making.fresh(conversation), authority=_board("SKN"), text="Er fråga", by=by)
    actions.hold(record=received, reason="Begärd", by=by)
    with pytest.raises(Refused, match="legal_hold"):
        actions.erase(making.first(conversation).record, mandate="Beslut 1", reason="Prov", by=by)
    assert not Erasure.objects.exists()
