"""When a message of a thread that was handed over is erased, the letters between the authorities that repeat it go as well."""

from typing import Any

import pytest

from tests.support import making
from torget.conversations.actions import joining, organising
from torget.conversations.models import Conversation
from torget.core.errors import Refused
from torget.organisations.models import Authority, User
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


def test_short_words_that_stand_in_an_older_letter_by_chance_take_none_with_them() -> None:
    town = making.town()
    by, account = town.user(Role.REGISTRAR), town.account()
    conversation = town.given("Får vi bygga? Ja tack", account=account)
    organising.forward(making.fresh(conversation), authority=_board("SKN"), text="Er fråga", by=by)
    parent = making.first(conversation).external_id
    for number, words in enumerate(("Ja", "")):
        said = making.incoming(f"kort-{number}", words, in_reply_to=parent, thread=(parent,))
        town.take(said, account=account)
        later = Record.objects.get(message__external_id=f"kort-{number}")
        assert list(letters_of(later)) == [], words


def test_a_letter_that_holds_a_short_message_among_others_goes_with_it_and_not_with_its_neighbours_words() -> None:
    town = making.town()
    by, account = town.user(Role.REGISTRAR), town.account()
    conversation = town.given("Jaha, och sedan då?", account=account)
    parent = making.first(conversation).external_id
    town.take(making.incoming("kort", "Ja", in_reply_to=parent, thread=(parent,)), account=account)
    organising.forward(making.fresh(conversation), authority=_board("SKN"), text="Er fråga", by=by)
    assert len(list(letters_of(Record.objects.get(message__external_id="kort")))) == 2
    assert len(list(letters_of(making.first(conversation).record))) == 2


def _forwarded_with_a_part(town: making.Town, by: User) -> tuple[Conversation, Record]:
    """A thread that was handed over, and the record of its second message."""
    conversation = town.given("Hur går det med bron?", account=town.account())
    parent = making.first(conversation).external_id
    said = making.incoming("del", f"Får vi ha {SECRET}?", in_reply_to=parent, thread=(parent,))
    town.take(said, account=conversation.account)
    organising.forward(making.fresh(conversation), authority=_board("SKN"), text="Er fråga", by=by)
    return making.fresh(conversation), Record.objects.get(message__external_id="del")


def test_letters_are_found_of_a_message_that_was_parted_off() -> None:
    town = making.town()
    by = town.user(Role.REGISTRAR)
    conversation, record = _forwarded_with_a_part(town, by)
    joining.split(conversation, messages=[record.message], by=by)
    assert len(list(letters_of(record))) == 2
    actions.erase(record, mandate="Beslut 1", reason="Prov", by=by)
    assert SECRET not in making.everything()


def test_letters_are_found_of_a_message_that_was_joined_handed_over_and_parted_again() -> None:
    town = making.town()
    by, account = town.user(Role.REGISTRAR), town.account()
    into, other = town.given("Hur går det med bron?", account=account), town.given(f"{SECRET}?", account=account)
    record = making.first(other).record
    joining.merge(making.fresh(other), into=making.fresh(into), by=by, same_person=True)
    organising.forward(making.fresh(into), authority=_board("SKN"), text="Er fråga", by=by)
    joining.unmerge(making.fresh(other), by=by)
    assert len(list(letters_of(record))) == 2
    actions.erase(record, mandate="Beslut 1", reason="Prov", by=by)
    assert SECRET not in making.everything()
