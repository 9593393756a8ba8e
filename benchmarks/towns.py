"""The databases that are measured on: `make(name, home)` builds one in a process of its own."""

import json
import random
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.serving import ROOT, environment
from benchmarks.statuses import POSTS, ROOT_POST, deliveries
from benchmarks.words import sentence

if TYPE_CHECKING:
    from django.test import Client

    from torget.organisations.models import User


def make(name: str, home: Path, database_url: str = "") -> str:
    """Build the town in an empty database; what it says of itself (a conversation's number, a session)."""
    home.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "benchmarks.towns", name]
    env = environment(home, database_url)
    done = subprocess.run(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, check=True, text=True)
    return done.stdout.strip()


def found() -> "User":
    """The organisation with its authority, its assumptions and one communicator; the register is open to the public."""
    from torget.organisations import actions
    from torget.organisations.models import Authority, Organisation, User

    Organisation.objects.create(
        name="Ekeviks kommun", short_name="Ekevik", phone="0000-00 00 00", register_public=True, demo=True
    )
    Authority.objects.create(name="Kommunstyrelsen", prefix="KS", archive_creator="Ekevik", is_default=True)
    actions.add_default_costs()
    actions.add_public_holidays(2026)
    return User.objects.create(
        email="amina@exempel.se", name="Amina Exempel", title="Kommunikatör", role="communicator"
    )


def empty() -> str:
    """A town in which nobody has written yet."""
    found()
    return ""


def square() -> str:
    """Two published conversations, of 50 and of 10 messages, half of them our answers; a page of the register and more."""
    from torget.conversations import actions

    chance, user = random.Random(50), found()
    numbers = [_published(half, user, chance) for half in (25, 5)]
    for place in range(10):
        actions.post_form(actions.Written(text=sentence(chance), nonce=str(place)))
    return " ".join(map(str, numbers))


def _published(questions: int, user: "User", chance: random.Random) -> int:
    """A conversation in which each of so many questions was answered; its number."""
    from torget.channels.base import Incoming, Sender
    from torget.conversations import actions
    from torget.conversations.actions.intake import account_for
    from torget.conversations.actions.taking import Taking
    from torget.register.rules import State

    account, sender = account_for("mastodon", "ekevik"), Sender("ada@exempel.se", "Ada Exempel")
    for place in range(questions):
        name, parent, text = (f"{questions}-{place}", f"{questions}-{place - 1}" if place else "", sentence(chance))
        taking = Taking(account)
        taking.take([(Incoming(external_id=name, sender=sender, text=text, whole=text, in_reply_to=parent), ())])
        message = taking.known(name)
        actions.classify(message, state=State.REGISTERED, subject=f"Fråga {place} om snöröjning", by=user)
        conversation = message.conversation
        conversation.refresh_from_db()
        actions.reply(conversation, text=sentence(chance), seen=conversation.message_count, by=user)
    conversation.refresh_from_db()
    actions.publish(conversation, title="När plogas gång- och cykelvägarna?", by=user)
    return conversation.number


def statements() -> str:
    """SQL statements of the square's pages, as JSON: [the first time after a change, the time after that] by address."""
    from django.test import Client

    from torget.conversations.models import Conversation
    from torget.core.models import PublicVersion

    client, found_counts = Client(SERVER_NAME="127.0.0.1"), {}
    numbers = Conversation.objects.filter(published_at__isnull=False).values_list("number", flat=True)
    for address in ["/diarium/", *(f"/samtal/{number}/" for number in numbers)]:
        client.get(f"{address}?x=1")
        PublicVersion.bump()
        found_counts[address] = [_count(client, f"{address}?x=1") for _ in range(2)]
    return json.dumps(found_counts)


def _count(client: "Client", address: str) -> int:
    from django.db import connection

    count = 0

    def counting(execute: Any, *arguments: Any) -> Any:
        nonlocal count
        count += 1
        return execute(*arguments)

    with connection.execute_wrapper(counting):
        client.get(address)
    return count


def messages() -> str:
    """How many messages, records, receipts and journal entries there are: they must be as many as were posted."""
    from torget.conversations.models import Message, Receipt
    from torget.journal.models import Entry
    from torget.register.models import Record

    counted = (Message.objects, Record.objects, Receipt.objects, Entry.objects.filter(kind="record.received"))
    return " ".join(str(rows.count()) for rows in counted)


SEEDS, COPIES, BASE = 100, 500, 10_000
"""A hundred conversations of two messages, each 500 times over; ids of a copy lie a multiple of `BASE` above its seed's."""


def desk() -> str:
    """A year's work: 50,000 conversations of two messages (a fifth wait), one of 200; the numbers of two of them."""
    from torget.channels.base import Incoming, Sender
    from torget.conversations import actions
    from torget.conversations.actions.intake import account_for
    from torget.conversations.actions.taking import Taking

    chance, user, account = random.Random(100_000), found(), account_for("mastodon", "ekevik")

    def incoming(name: str, parent: str = "") -> tuple[Incoming, tuple[()]]:
        text, sender = sentence(chance), Sender(f"{name}@exempel.se", f"Namn {name}")
        return Incoming(external_id=name, sender=sender, text=text, whole=text, in_reply_to=parent), ()

    taking = Taking(account)
    taking.take([incoming(f"first-{place}") for place in range(SEEDS)])
    taking.take([incoming(f"second-{place}", f"first-{place}") for place in range(SEEDS // 5)])
    for place in range(SEEDS // 5, SEEDS):
        conversation = taking.known(f"first-{place}").conversation
        conversation.refresh_from_db()
        actions.reply(conversation, text=sentence(chance), seen=conversation.message_count, by=user)
    ordinary = conversation.number
    _multiply()
    # The long one comes last and is not multiplied.
    taking = Taking(account)
    taking.take([incoming("long-0")])
    taking.take([incoming(f"long-{place}", "long-0") for place in range(1, 200)])
    return f"{ordinary} {taking.known('long-0').conversation.number}"


def _multiply() -> None:
    """Copy every row of the seeds by SQL, as fast as the disk takes it; whatever columns there are come along."""
    from django.db import connection

    from torget.conversations.models import Conversation, Message, Outbox
    from torget.journal.models import Entry
    from torget.register.models import Case, Record, RecordVersion

    earlier = "strftime('%Y-%m-%d %H:%M:%f000', {}, '-' || (n * 11) || ' minutes')"
    moved = {
        name: earlier.format(name)
        for name in ("first_received_at", "answer_due", "first_at", "last_message_at", "changed_at")
    }
    other = {"number": f"number + n * {BASE}", "external_id": "external_id || '-' || n"}
    changes: dict[type, dict[str, str]] = {
        Case: other,
        Record: {"occurred_at": earlier.format("occurred_at"), "number": "number"}, RecordVersion: {"number": "number"},
        Conversation: other | moved, Message: other, Outbox: {},
        Entry: {"object_ref": f"'record:' || (substr(object_ref, 8) + n * {BASE})"},
    }  # fmt: skip
    linked = {name: f"{name} + n * {BASE}" for name in ("id", "case_id", "record_id", "conversation_id", "message_id")}
    for model, changed in changes.items():
        meta = model._meta  # type: ignore[attr-defined]
        names = [column.column for column in meta.local_concrete_fields]
        values = ", ".join((linked | other | changed).get(name, name) for name in names)
        only = "AND object_ref LIKE 'record:%%'" if model is Entry else ""
        with connection.cursor() as cursor:
            cursor.execute(
                f"WITH RECURSIVE k(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM k WHERE n < {COPIES - 1}) "
                f"INSERT INTO {meta.db_table} ({', '.join(names)}) "
                f"SELECT {values} FROM (SELECT * FROM {meta.db_table} WHERE id < {BASE} {only}), k"
            )


def storm() -> str:
    """Two threads by a connected Mastodon account, of ten posts and of a thousand: their numbers, and how long the large took."""
    import time

    from torget.channels.base import Raw
    from torget.conversations.actions.fetching import store_live
    from torget.conversations.actions.intake import account_for, parse_page
    from torget.conversations.models import Message

    account = account_for("mastodon", "ekevik")
    said: dict[str, float] = {}
    for name, count, root in (
        ("ten", 10, str(int(ROOT_POST) + 5000)),
        ("thousand", POSTS, str(int(ROOT_POST) + 10000)),
    ):
        raws = tuple(Raw(body=body, source="storm", media_type="application/json") for body in deliveries(count, root))
        began = time.perf_counter()
        for raw in raws:
            parse_page(store_live(account, (raw,)))
        said["seconds"] = round(time.perf_counter() - began, 2)
        found = (
            Message.objects.filter(account=account, alias=f"mastodon-id:{root}")
            .select_related("conversation")
            .get()
            .conversation
        )
        if found.message_count != count:
            raise RuntimeError(f"{count} posts became {found.message_count} messages in their thread")
        said[name] = found.number
    return json.dumps(said)


def login() -> str:
    """A session of the communicator, as the log-in would make it; the cookie's value."""
    from django.test import Client

    from torget.organisations.models import User

    client = Client()
    client.force_login(User.objects.get(role="communicator"))
    return client.cookies["sessionid"].value


def logins() -> str:
    """As many sessions as twenty colleagues have; the cookies' values."""
    return " ".join(login() for _ in range(20))


TOWNS = {
    "empty": empty, "square": square, "statements": statements, "messages": messages, "desk": desk, "login": login,
    "logins": logins, "storm": storm,
}  # fmt: skip


def main() -> None:
    """Build the town that is named, in the database that the environment names."""
    import django
    from django.core.management import call_command
    from django.db import transaction

    django.setup()
    call_command("migrate", verbosity=0)
    # What is timed commits as it would in use.
    with nullcontext() if sys.argv[1] == "storm" else transaction.atomic():
        said = TOWNS[sys.argv[1]]()
    print(said)


if __name__ == "__main__":
    main()
