"""When a resident's message is erased, what colleagues were asked and answered about it goes under the same decision."""

from typing import Any

import pytest
from django.db import connection

from tests.support import making
from torget.core.errors import Refused
from torget.experts import actions
from torget.experts.models import ExpertRequest, Word
from torget.experts.tests.conftest import Asking
from torget.organisations.rules import Role
from torget.register import actions as register
from torget.register.models import Erasure, RecordVersion

SECRET = "Kräftskiva vid Ankdammen"


@pytest.fixture(autouse=True)
def _home(settings: Any, tmp_path: Any) -> None:
    settings.TORGET_HOME = tmp_path
    settings.TORGET_BACKUP_FOLDER = ""


@pytest.mark.django_db(transaction=True)
def test_the_question_the_answer_and_what_was_learnt_go_with_the_message(asking: Asking) -> None:
    conversation = asking.town.given(f"Får vi ha {SECRET}?")
    asked = asking.ask(conversation, f"Vad sägs om {SECRET}?")
    answer = actions.answer(asked, text=f"{SECRET} går bra, säg till i tid.", seen=0)
    open_one = asking.ask(conversation, f"Och du, {SECRET}?", to="bo@exempel.se")
    ExpertRequest.objects.filter(pk=answer.request_id).update(proposal=SECRET)
    assert Word.objects.filter(request=answer.request).exists()
    record = making.first(conversation).record
    by = asking.town.user(Role.REGISTRAR)
    erasure = register.erase(record, mandate="Beslut 1", reason="Prov", by=by)
    assert erasure.record_id == record.pk
    assert SECRET not in making.everything() and not Word.objects.filter(request=answer.request).exists()
    gone = {record.pk, answer.record_id, answer.request.question_id, open_one.question_id}
    assert set(Erasure.objects.values_list("record", flat=True)) == gone
    open_one.refresh_from_db()
    assert open_one.state == "revoked"
    with pytest.raises(Refused, match="already_erased"):
        register.erase(record, mandate="Beslut 1", reason="Prov", by=by)
    # After a restore all of it goes again, by the ledger alone.
    Erasure.objects.all().delete()
    RecordVersion.objects.filter(record=answer.record).update(text=SECRET)
    assert register.replay() == 4 and SECRET not in making.everything()


@pytest.mark.django_db(transaction=True)
def test_a_hold_on_an_answer_stops_the_whole(asking: Asking) -> None:
    conversation = asking.town.given(f"Får vi ha {SECRET}?")
    answer = asking.answered(conversation=conversation)
    by = asking.town.user(Role.REGISTRAR)
    register.hold(record=answer.record, reason="Begärd", by=by)
    with pytest.raises(Refused, match="legal_hold"):
        register.erase(making.first(conversation).record, mandate="Beslut 1", reason="Prov", by=by)
    assert not Erasure.objects.exists() and SECRET in making.everything()
    assert connection.in_atomic_block is False
