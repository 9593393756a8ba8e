"""The receipt shows what is so now, to each reader their own, in few statements."""

import html
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.support.making import FORM_SENDER, MONDAY, Town, first, fresh, incoming
from torget.conversations import actions
from torget.conversations.models import Conversation, Message, Outbox, Receipt
from torget.core import clock
from torget.files import actions as files
from torget.journal import actions as journal
from torget.journal.models import Entry
from torget.organisations.models import Authority, Organisation, User
from torget.people.models import Contact
from torget.register import actions as register
from torget.register.models import Attachment, Case, Record
from torget.register.rules import State

PREFIXES = ["", "/en", "/stor", "/stor/en"]


def _page(client: Client, secret: str, prefix: str = "", query: str = "") -> str:
    response: Any = client.get(f"{prefix}/kvitto/{secret}/{query}")
    assert response.status_code == 200 and response.headers["Cache-Control"] == "no-store"
    return html.unescape(response.content.decode())


def _moved(town: Town, conversation: Conversation, by: User) -> None:
    other = Authority.objects.create(name="Miljönämnden", prefix="MN", archive_creator="Miljönämnden")
    case = register.open_case(other, subject="Annat", by=by)
    Conversation.objects.filter(pk=conversation.pk).update(case=case)


CHANGES: list[Any] = [
    pytest.param(lambda t, c, u: User.objects.filter(pk=u.pk).update(name="Ny Namnsson"), "Ny Namnsson", id="a name"),
    pytest.param(lambda t, c, u: Organisation.objects.update(name="Nya kommunen"), "Nya kommunen", id="who we are"),
    pytest.param(lambda t, c, u: Organisation.objects.update(phone="099-1"), "099-1", id="our number"),
    pytest.param(lambda t, c, u: t.answered(fresh(c), u, "Ett svar till."), "Ett svar till.", id="another answer"),
    pytest.param(lambda t, c, u: Receipt.objects.update(helped="partly"), "btn quiet", id="whether it helped"),
    pytest.param(lambda t, c, u: journal.sequence(), "bevis.json", id="the seal"),
    pytest.param(
        lambda t, c, u: Record.objects.filter(pk=first(c).record_id).update(
            state=State.ORDERED.value, confirmed_at=MONDAY
        ),
        "reg-ordered", id="how it is kept",
    ),
    pytest.param(lambda t, c, u: Contact.objects.update(address="ny@exempel.se"), "ny@exempel.se", id="one's address"),
    pytest.param(lambda t, c, u: Authority.objects.update(name="Nya nämnden"), "Nya nämnden", id="whose account it came to"),
    pytest.param(lambda t, c, u: Case.objects.update(year=2031), "KS 2031/0001-1", id="its number"),
    pytest.param(_moved, "MN ", id="handed on"),
    pytest.param(
        lambda t, c, u: register.erase(first(c).record, mandate="Beslut 7", reason="Prov", by=u), "Beslut 7", id="erased"
    ),
    pytest.param(
        lambda t, c, u: Attachment.objects.create(
            record=first(c).record, blob=files.keep(b"x", filename="brygga.txt", media_type="text/plain"), filename="brygga.txt"
        ),
        "brygga.txt", id="a file",
    ),
]  # fmt: skip


@pytest.mark.parametrize("prefix", PREFIXES, ids=["sv", "en", "large", "large en"])
@pytest.mark.parametrize(("change", "shown"), CHANGES)
def test_what_is_changed_shows_at_once(
    client: Client,
    town: Town,
    settings: Any,
    tmp_path: Any,
    prefix: str,
    change: Callable[[Town, Conversation, User], object],
    shown: str,
) -> None:
    settings.TORGET_HOME = tmp_path
    secret, conversation = town.written(name="Signe Testsson", email=FORM_SENDER)
    user = town.user()
    town.answered(conversation, user, "På måndag.")
    before = [_page(client, secret, prefix) for _ in range(2)]
    assert before[0] == before[1] and shown not in before[0]
    change(town, conversation, user)
    after = _page(client, secret, prefix)
    assert shown in after
    if shown == "Beslut 7":
        assert "När öppnar badet?" in before[0] and "När öppnar badet?" not in after


@pytest.mark.parametrize("prefix", PREFIXES, ids=["sv", "en", "large", "large en"])
def test_each_reader_sees_their_own(client: Client, town: Town, prefix: str) -> None:
    written = {
        name: town.written(f"Frågan som {name} har", name=f"{name} Testsson", email=f"{name.lower()}@exempel.se")
        for name in ("Signe", "Olle")
    }
    user = town.user()
    for name, (_, conversation) in written.items():
        town.answered(conversation, user, f"Svaret till {name}.")
    journal.sequence()
    pages = {name: _page(client, secret, prefix) for name, (secret, _) in (*written.items(), *written.items())}
    for name, other in (("Signe", "Olle"), ("Olle", "Signe")):
        page = pages[name]
        for words in (
            f"Frågan som {name} har",
            f"{name} Testsson",
            f"{name.lower()}@exempel.se",
            f"Svaret till {name}.",
        ):
            assert words in page
        assert other not in page and f"{other.lower()}@" not in page
        assert written[name][0] in page and written[other][0] not in page
        assert f'lang="{"en" if prefix.endswith("en") else "sv"}"' in page
        assert ('class="stor"' in page) == prefix.startswith("/stor")


def test_it_shows_the_newest_words_and_proves_the_first(client: Client, town: Town) -> None:
    conversation = town.given("Ordet ett")
    message = first(conversation)
    for number, words in enumerate(("Ordet två", "Ordet tre"), 1):
        edited = MONDAY + timedelta(hours=number)
        town.take(incoming(message.external_id, words, edited_at=edited), account=message.account)
    journal.sequence()
    secret = actions.make_receipt(conversation, by=town.user())
    page = _page(client, secret)
    assert "Ordet tre" in page and "Ordet ett" not in page and "Ordet två" not in page
    proof: Any = client.get(f"/kvitto/{secret}/bevis.json").json()
    assert proof["record"]["text"] == "Ordet ett" and proof["digest"] in page


def test_what_rests_or_was_taken_back_is_not_told(client: Client, town: Town) -> None:
    secret, conversation = town.written(email=FORM_SENDER)
    answer = town.answered(conversation, town.user(), "Ett svar som vilar.")
    row = Outbox.objects.filter(message=answer)
    later = clock.now() + timedelta(hours=1)
    seen = []
    for state, moment in (("approved", later), ("approved", None), ("sending", later), ("sent", later)):
        row.update(state=state, not_before=moment)
        seen.append("Ett svar som vilar." in _page(client, secret))
    Message.objects.filter(pk=answer.pk).update(removed_at=MONDAY)
    assert (row.exists(), seen) == (True, [False, True, True, True])
    assert "Ett svar som vilar." not in _page(client, secret)


def test_it_costs_few_statements_and_none_of_many_tables(client: Client, town: Town) -> None:
    secret, conversation = town.written(email=FORM_SENDER)
    town.answered(conversation, town.user())
    journal.sequence()
    _page(client, secret)
    with CaptureQueriesContext(connection) as asked:
        _page(client, secret)
    assert len(asked) <= 7
    # PostgreSQL looks at each order of joined tables: it took five milliseconds to plan one of seven.
    assert all(one["sql"].count(" JOIN ") <= 3 for one in asked)


def test_a_receipt_writes_no_endless_journal(client: Client, town: Town) -> None:
    secret, conversation = town.written()
    town.answered(conversation, town.user())
    said = [client.post(f"/kvitto/{secret}/hjalpte/", {"svar": ("yes", "no")[n % 2]}).status_code for n in range(20)]
    assert said == [302] * 10 + [429] * 10
    assert client.post(f"/kvitto/{secret}/tack/", {"tack": "Tack!"}).status_code == 429
    assert Entry.objects.filter(kind__startswith="answer.").count() == 10
