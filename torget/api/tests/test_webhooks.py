"""Webhooks, received and verified by another program; and what becomes of those that nobody takes."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tests.support.making import MONDAY, Town, fresh
from tests.support.web import Said, Web
from torget.api import actions
from torget.api.actions.sending import body_of
from torget.api.models import Delivery
from torget.api.rules import Event
from torget.api.tests.conftest import Connected, connect
from torget.api.tests.test_messages import TEXT, send
from torget.conversations import actions as conversations
from torget.conversations.actions import send_waiting
from torget.conversations.actions.delivering import repeats_safely
from torget.conversations.models import Account, Message, Outbox, RawEvent
from torget.core import clock
from torget.journal import actions as journal
from torget.organisations.rules import Role

RECEIVER = Path(__file__).with_name("receiver.py")


@pytest.fixture
def program() -> Iterator[Callable[..., "subprocess.Popen[str]"]]:
    """Starts the other program; ended by its process."""
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: str) -> "subprocess.Popen[str]":
        command = [sys.executable, str(RECEIVER), *arguments]
        started.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
        return started[-1]

    yield start
    for one in started:
        one.kill()
        one.wait()


def line(process: "subprocess.Popen[str]") -> Any:
    """The next line that it says, as JSON."""
    assert process.stdout is not None
    return json.loads(process.stdout.readline())


def test_another_program_receives_and_verifies(client: Client, real: Town, program: Any) -> None:
    connected = connect(real)
    [secret] = actions.secrets_for(connected.program, "out")
    other = program(secret)
    actions.change(
        connected.program, endpoint=f"http://127.0.0.1:{line(other)}/in", events=list(Event), tells_all=False,
        must_sign=False, by=real.user(Role.ADMINISTRATOR),
    )  # fmt: skip
    journal.sequence()
    actions.make_events()
    send(client, TEXT, connected.heads)
    number = Message.objects.get().conversation.number
    journal.sequence()
    assert actions.make_events() == 1
    # Once: the place in the journal has moved with it.
    assert actions.make_events() == 0
    assert actions.send_due() == 1
    received = line(other)
    assert received["told"]["type"] == "message.received"
    assert received["told"]["data"] == {"conversation": number, "id": "fel-1"}
    # The answer goes by the outbox, as in every channel, with its words.
    real.answered(fresh(Message.objects.get().conversation), real.user(), "Den lagas på måndag.")
    send_waiting(account=connected.program.account_id)
    answered = line(other)
    out = Outbox.objects.get()
    assert (out.state, out.mail_id) == ("sent", answered["id"])
    assert answered["told"]["type"] == "answer.sent"
    assert answered["told"]["data"] == {"id": out.mail_id, "in_reply_to": "fel-1", "text": "Den lagas på måndag."}
    # While a secret is being changed, both signatures stand there, and the old one still fits.
    actions.rotate_secret(connected.program, "out", by=real.user(Role.ADMINISTRATOR))
    conversations.publish(fresh(out.message.conversation), title="Lampan", by=real.user())
    journal.sequence()
    assert actions.make_events() == 1
    actions.send_due()
    assert line(other)["told"]["type"] == "conversation.published"
    assert set(Delivery.objects.values_list("state", flat=True)) == {"sent"}


@pytest.mark.django_db(transaction=True)
def test_another_program_signs_and_sends_in(
    live_server: Any, settings: Any, tmp_path: Path, transactional_db: None
) -> None:
    from tests.support import making

    settings.TORGET_HOME = str(tmp_path)
    connected = connect(making.town())
    [secret] = actions.secrets_for(connected.program, "in")
    address = f"{live_server.url}/api/v1/webhooks/{connected.program.account.handle}"
    for status in ("201", "200"):
        said = subprocess.run(
            [sys.executable, str(RECEIVER), secret, address, "msg_7", json.dumps(TEXT)], capture_output=True, text=True
        )
        assert said.stdout.strip() == status, said.stderr
    assert RawEvent.objects.get().verdict == "signed"


def waiting(real: Town, url: str) -> tuple[Connected, Delivery]:
    """A program at `url`, and an event that is due to it."""
    connected = connect(real, endpoint=url)
    actions.receive(connected.program, key="m", body=json.dumps(TEXT).encode(), verdict="token")
    journal.sequence()
    actions.make_events()
    return connected, Delivery.objects.get(program=connected.program)


def test_what_nobody_takes_is_tried_later_and_later_under_the_same_id(real: Town) -> None:
    with Web(lambda asked: Said(status=500 if len(web.asked) < 3 else 204)) as web:
        _, delivery = waiting(real, web.url)
        for after in (0, 1, 3):
            with clock.at(MONDAY + timedelta(minutes=after)):
                assert actions.send_due() == 1
                assert actions.send_due() == 0, "it rests"
        delivery.refresh_from_db()
        assert (delivery.state, delivery.attempts, delivery.problem) == ("sent", 3, "")
        assert {asked.headers["webhook-id"] for asked in web.asked} == {delivery.key}


def test_a_worker_that_died_holds_nothing_up(real: Town) -> None:
    with Web(lambda asked: Said(status=204)) as web:
        _, delivery = waiting(real, web.url)
        Delivery.objects.update(state="sending", lease_until=MONDAY + timedelta(minutes=2))
        assert actions.send_due() == 0
        with clock.at(MONDAY + timedelta(minutes=3)):
            assert actions.send_due() == 1
        delivery.refresh_from_db()
        assert delivery.state == "sent"


def test_gone_is_gone_and_a_person_may_send_it_again(real: Town) -> None:
    with Web(lambda asked: Said(status=410 if len(web.asked) < 2 else 204)) as web:
        _, delivery = waiting(real, web.url)
        actions.send_due()
        delivery.refresh_from_db()
        assert (delivery.state, delivery.problem) == ("failed", "http_410")
        actions.send_again(delivery, by=real.user(Role.ADMINISTRATOR))
        actions.send_due()
        delivery.refresh_from_db()
        assert (delivery.state, [asked.headers["webhook-id"] for asked in web.asked]) == ("sent", [delivery.key] * 2)


def test_nothing_leads_into_our_own_network(real: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    with Web(lambda asked: Said(status=204)) as web:
        _, delivery = waiting(real, web.url)
        monkeypatch.delenv("TORGET_ALLOW_PRIVATE")
        actions.send_due()
        delivery.refresh_from_db()
        assert (delivery.state, delivery.problem, web.asked) == ("waiting", "Inside", [])


def test_a_program_hears_of_others_conversations_only_where_it_was_let(real: Town) -> None:
    connected = connect(real, endpoint="http://127.0.0.1:9/")
    real.given("Något som kom in på annat håll")
    journal.sequence()
    assert actions.make_events() == 0
    actions.change(
        connected.program, endpoint="http://127.0.0.1:9/", events=[Event.RECEIVED], tells_all=True, must_sign=False,
        by=real.user(Role.ADMINISTRATOR),
    )  # fmt: skip
    connected.program.refresh_from_db()
    real.given("En till")
    journal.sequence()
    assert actions.make_events() == 1
    told = json.loads(body_of(Delivery.objects.get()))
    assert set(told["data"]) == {"conversation"}


def test_an_answer_whose_worker_died_is_sent_again_under_the_same_id(real: Town) -> None:
    connected = connect(real, endpoint="")
    account = Account.objects.get(pk=connected.program.account_id)
    assert repeats_safely(account)
