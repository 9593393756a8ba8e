"""The results: the page, and what it costs to keep the sums up to date, with 100,000 messages in a year."""

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from benchmarks.base import Row, cost

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from torget.conversations.models import Account, Conversation

CONVERSATIONS = 50_000
NOW = datetime(2026, 11, 16, 8, 0, tzinfo=UTC)
PAGE = "/resultat/?vecka=2026-W46"
stored_page = b""


def run() -> list[Row]:
    """Measure in a process of its own, on SQLite, in a folder that goes away afterwards."""
    with tempfile.TemporaryDirectory(prefix="torget-bench-results-") as home:
        environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
        environment |= {"TORGET_HOME": home, "DJANGO_SETTINGS_MODULE": "torget.settings"}
        command = [sys.executable, "-m", "benchmarks.bench_results", "measure"]
        done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True)
    return [Row(**row) for row in json.loads(done.stdout)]


def _measure() -> list[Row]:
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    from torget.core import clock
    from torget.results import tasks

    with clock.at(NOW):
        _fill()
        began = time.perf_counter()
        changed = tasks.roll_up()
        first = time.perf_counter() - began
        if not changed or tasks.roll_up():
            raise RuntimeError("the first count did not settle")
    # Later than the overlap in which changes are looked for twice: the minute in which nothing happens.
    with clock.at(NOW + timedelta(minutes=10)):
        tasks.roll_up()
        quiet = cost(tasks.roll_up, rounds=10)
        page, limit = _page()
    note = f"{2 * CONVERSATIONS:,} messages in a year"
    return [
        Row("results: the page of a week", page, "ms CPU", bar=60, limit=limit, note=note),
        Row("results: a minute in which nothing happened", quiet.wall, "ms", note=f"{note}; the worker, each minute"),
        Row("results: counting everything anew", first, "s", note=f"{note}; sums of 365 days and 53 weeks"),
    ]


def _page() -> tuple[float, float]:
    """CPU of the page through Django's client, and of the same bytes handed over by a view that does nothing else."""
    from django.http import HttpResponse
    from django.test import Client, override_settings
    from django.urls import path

    from torget.organisations.models import User

    global stored_page
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(User.objects.create(email="chef@exempel.se", name="Sten Exempelsson", role="manager"))
    response = client.get(PAGE)
    if response.status_code != 200 or b"<svg" not in response.content:
        raise RuntimeError(f"the page answered {response.status_code}")
    stored_page = response.content

    def bare(request: "HttpRequest") -> "HttpResponse":
        return HttpResponse(stored_page)

    full = cost(lambda: client.get(PAGE))
    # The client takes any object with `urlpatterns` for a list of addresses.
    addresses = type("addresses", (), {"urlpatterns": [path("resultat/", bare)]})
    with override_settings(ROOT_URLCONF=addresses):
        limit = cost(lambda: client.get(PAGE))
    return full.cpu, limit.cpu


def _fill() -> None:
    from torget.conversations.models import Account, Conversation, Message, Outbox
    from torget.organisations.actions import add_default_costs
    from torget.organisations.models import Authority, Organisation
    from torget.people.models import Contact
    from torget.register.models import Record

    chance = random.Random(46)
    Organisation.objects.create(name="Ekeviks kommun", short_name="Ekevik", demo=True)
    authority = Authority.objects.create(name="Kommunstyrelsen", prefix="KS", archive_creator="Ekevik", is_default=True)
    add_default_costs()
    account = Account.objects.create(channel="mail", authority=authority)
    people = [Contact(channel="mail", address=f"{n}@exempel.se", first_seen_at=NOW) for n in range(CONVERSATIONS // 5)]
    Contact.objects.bulk_create(people, batch_size=2000)
    conversations = [_conversation(number, account, chance) for number in range(1, CONVERSATIONS + 1)]
    for conversation in conversations:
        conversation.contact = chance.choice(people)
    Conversation.objects.bulk_create(conversations, batch_size=2000)
    pairs = [(one, direction) for one in conversations for direction in (Message.IN, Message.OUT)]
    records = [
        Record(
            authority=authority, kind="received", occurred_at=one.changed_at, captured_at=one.changed_at, channel="mail"
        )
        for one, _direction in pairs
    ]  # fmt: skip
    Record.objects.bulk_create(records, batch_size=2000)
    messages = [
        Message(
            conversation=one, record=record, account=account, direction=direction, visibility="direct",
            external_id=str(record.pk), sent_at=one.changed_at, captured_at=one.changed_at,
        )
        for (one, direction), record in zip(pairs, records, strict=True)
    ]  # fmt: skip
    Message.objects.bulk_create(messages, batch_size=2000)
    out = [Outbox(message=one, way="email", state="sent") for one in messages if one.direction == Message.OUT]
    Outbox.objects.bulk_create(out, batch_size=2000)


def _conversation(number: int, account: "Account", chance: random.Random) -> "Conversation":
    from torget.conversations.models import Conversation
    from torget.conversations.rules import subject_key

    began = NOW - timedelta(minutes=chance.randrange(365 * 24 * 60))
    answered = min(NOW, began + timedelta(minutes=chance.randrange(3 * 24 * 60)))
    subject = chance.choice([f"Fråga {number}", "Snöröjning", "Hissen vid resecentrum", "Förskolekö"])
    return Conversation(
        number=number, account=account, channel=chance.choice(["mail", "web", "facebook", "mastodon"]), subject=subject,
        subject_key=subject_key(subject), state="answered", first_received_at=began, first_answered_at=answered,
        answer_due=answered, first_at=answered, last_message_at=answered, changed_at=answered,
    )  # fmt: skip


if __name__ == "__main__":
    if sys.argv[1:] == ["measure"]:
        rows: list[dict[str, Any]] = [asdict(row) for row in _measure()]
        print(json.dumps(rows))
    else:
        for row in run():
            print(f"{row.name}: {row.value:.4g} {row.unit}; {row.note}")
