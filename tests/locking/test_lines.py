"""Threads that wait hold no connection to the database: those of many accounts share a process's twenty."""

import threading

import pytest

from torget.channels.base import Raw
from torget.conversations import actions
from torget.conversations.actions.fetching import Runner
from torget.conversations.models import Message
from torget.organisations.models import User

pytestmark = pytest.mark.django_db(transaction=True)
LISTENERS = 25


def test_listeners_hold_no_line_between_what_they_hear(staff: list[User]) -> None:
    account, done, stop = actions.account_for("jsonl", ""), threading.Barrier(LISTENERS + 1), threading.Event()
    wrong: list[Exception] = []

    def listen(number: int) -> None:
        try:
            raw = Raw(body=b'{"id": "%d", "text": "Hej"}' % number, source="prov", key=f"prov:{number}")
            Runner(account.pk, stop)._heard(account, raw)
        except Exception as error:
            wrong.append(error)
        done.wait(60)
        # As between two pushes, which may be hours.
        stop.wait(60)

    threads = [threading.Thread(target=listen, args=(number,), daemon=True) for number in range(LISTENERS)]
    for thread in threads:
        thread.start()
    done.wait(60)
    assert not wrong
    assert Message.objects.filter(account=account).count() == LISTENERS
    stop.set()
    for thread in threads:
        thread.join(10)
