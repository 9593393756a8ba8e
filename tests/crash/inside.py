"""What the drill does inside an installation, as a process of its own: `python -m tests.crash.inside COMMAND`.

prepare: an authority, one of the staff, and the channel that standard input tells of, connected.
answer LOG: answers new conversations until it is killed; LOG is what it
began and what was acknowledged. finish LOG: answers again what it had begun, as one does who saw no receipt.
pass_time: makes two hours pass for the outbox, with all workers stopped. quiet: waits until nothing waits.
count: see `counting`; reads what the drill knows from standard input.
"""

import json
import os
import sys
import time
from datetime import timedelta
from pathlib import Path
from random import Random

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "torget.settings")
django.setup()

from django.db.models import Q  # noqa: E402  (needs Django set up)

from torget.conversations import actions, rules  # noqa: E402
from torget.conversations.models import Account, Conversation, Outbox, RawEvent  # noqa: E402
from torget.core import clock  # noqa: E402
from torget.core.errors import Refused  # noqa: E402
from torget.files.models import Blob  # noqa: E402
from torget.journal.models import Entry  # noqa: E402
from torget.organisations import actions as organisations  # noqa: E402
from torget.organisations.models import Organisation, User  # noqa: E402

STAFF = "drill@example.se"
QUIET_SECONDS = 180


def prepare() -> None:
    """An organisation with one authority and one who answers."""
    organisations.ensure_authority()
    Organisation.objects.create(name="Drillköping", short_name="Drillköping")
    by = User.objects.create_user(STAFF, "drill-without-log-in", name="Dagny Drill", role="communicator")
    if connection := json.load(sys.stdin):
        actions.connect(
            "mastodon", connection["handle"], name="Drillköping", authority=organisations.ensure_authority(),
            settings=connection["settings"], secrets=connection["secrets"], by=by,
        )  # fmt: skip


def _note(log: Path, word: str, number: int) -> None:
    # One write of one line, appended: a kill leaves the line there or not, never half of it.
    with log.open("ab", buffering=0) as file:
        file.write(f"{word} {number}\n".encode())


def _begun(log: Path) -> list[int]:
    """The conversations whose answer was begun and never acknowledged, in order."""
    lines = log.read_text().split("\n") if log.exists() else []
    words = [line.split(" ") for line in lines if line]
    done = {int(number) for word, number in words if word == "done"}
    return [number for number in dict.fromkeys(int(n) for _, n in words) if number not in done]


def _answer(number: int, log: Path) -> None:
    conversation = Conversation.objects.get(number=number)
    _note(log, "began", number)
    try:
        actions.reply(conversation, text=f"svar-{number:05d}", seen=1, by=User.objects.get(email=STAFF))
    except Refused as refused:
        # What the page tells who sends the same answer again: it is there already.
        if refused.code != "thread_moved":
            raise
    _note(log, "done", number)


def finish(log: Path) -> None:
    """Send again what was begun and not acknowledged."""
    for number in _begun(log):
        _answer(number, log)


def answer(log: Path) -> None:
    """Answer new conversations from the form, one after another, until killed."""
    finish(log)
    random = Random(os.getpid())
    asked = Q(channel="web", contact__address__contains="@") | Q(
        channel="mastodon", account__state__in=[Account.GOOD, Account.FAILING]
    )
    while True:
        found = Conversation.objects.filter(asked, message_count=1)
        # Those of the channel first: there are fewer of them.
        for number in found.order_by("channel", "number").values_list("number", flat=True)[:3]:
            _answer(number, log)
            time.sleep(random.uniform(0, 0.3))
        time.sleep(random.uniform(0, 0.3))


def pass_time() -> int:
    """Two hours later: leases have run out and the next attempts are due. How many were in a dead worker's hand."""
    past = clock.now() - 2 * rules.SENDING_LEASE
    Outbox.objects.filter(state__in=[rules.Sending.APPROVED.value, rules.Sending.UNKNOWN.value]).update(
        next_attempt_at=past
    )
    Account.objects.update(lease_until=past, next_fetch_at=None)
    Blob.objects.exclude(leased_until=None).update(leased_until=past)
    return Outbox.objects.filter(state=rules.Sending.SENDING.value).update(lease_until=past)


STARTED = clock.now()


def waits() -> dict[str, int]:
    """What still waits for a worker, by its name."""
    sending = Q(state__in=[rules.Sending.APPROVED.value, rules.Sending.SENDING.value])
    return {
        # Pulled from twice since we began to wait: the first pull may have found the trouble that was still about.
        "accounts": Account.objects.exclude(state=Account.OFF)
        .exclude(fetched_at__gt=STARTED + timedelta(seconds=4))
        .count(),
        "raw events": RawEvent.objects.filter(state=RawEvent.WAITING).count(),
        "answers": Outbox.objects.filter(sending).count(),
        "answers to look for": Outbox.objects.filter(
            state=rules.Sending.UNKNOWN.value, way="channel", looked_at=None
        ).count(),
        "entries": Entry.objects.waiting().count(),
        "files": Blob.objects.filter(showing="waiting").count(),
    }


def quiet() -> dict[str, int]:
    """Wait until nothing waits; what does all the same after `QUIET_SECONDS`."""
    until = time.monotonic() + QUIET_SECONDS
    while any(left := waits().values()) and time.monotonic() < until:
        time.sleep(0.2)
    return {name: count for name, count in zip(waits(), left, strict=True) if count}


def main() -> None:
    """Run the command; what it found goes to standard output as JSON."""
    command, rest = sys.argv[1], [Path(given) for given in sys.argv[2:]]
    said: object = None
    if command == "prepare":
        prepare()
    elif command == "answer":
        answer(*rest)
    elif command == "finish":
        finish(*rest)
    elif command == "pass_time":
        said = pass_time()
    elif command == "quiet":
        said = quiet()
    elif command == "count":
        from tests.crash import counting

        said = counting.count(json.load(sys.stdin))
    else:
        raise SystemExit(f"unknown command {command}")
    print(json.dumps(said))


if __name__ == "__main__":
    main()
