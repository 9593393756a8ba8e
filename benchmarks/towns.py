"""The databases that are measured on: `make(name, home)` builds one in a process of its own."""

import random
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.serving import ROOT, environment

if TYPE_CHECKING:
    from torget.organisations.models import User

WORDS = (
    "vägen skolan bussen hissen parken lampan snön vattnet biblioteket simhallen bygglov avgiften förskolan cykel "
    "trottoaren kvarteret barnen kvällen morgonen kommunen svaret frågan tiden platsen skylten korsningen gatan"
).split()


def sentence(chance: random.Random, words: int = 45) -> str:
    """Some words with the length of a message: 45 of them are about 300 signs."""
    return " ".join(chance.choice(WORDS) for _ in range(words)).capitalize() + "."


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

    Organisation.objects.create(name="Ekeviks kommun", short_name="Ekevik", phone="0000-00 00 00", register_public=True, demo=True)
    Authority.objects.create(name="Kommunstyrelsen", prefix="KS", archive_creator="Ekevik", is_default=True)
    actions.add_default_costs()
    actions.add_public_holidays(2026)
    return User.objects.create(email="amina@exempel.se", name="Amina Exempel", title="Kommunikatör", role="communicator")


def empty() -> str:
    """A town in which nobody has written yet."""
    found()
    return ""


def square() -> str:
    """A published conversation of 50 messages, half of them our answers, and more records than a page of the register."""
    from torget.channels.base import Incoming, Sender
    from torget.conversations import actions
    from torget.conversations.actions.intake import account_for
    from torget.conversations.actions.taking import Taking
    from torget.register.rules import State

    chance, user, account = random.Random(50), found(), account_for("mastodon", "ekevik")
    for place in range(25):
        taking = Taking(account)
        text = sentence(chance)
        incoming = Incoming(
            external_id=f"bench:{place}", sender=Sender("ada@exempel.se", "Ada Exempel"), text=text, whole=text,
            in_reply_to=f"bench:{place - 1}" if place else "",
        )  # fmt: skip
        taking.take([(incoming, ())])
        message = taking.known(incoming.external_id)
        actions.classify(message, state=State.REGISTERED, subject=f"Fråga {place} om snöröjning", by=user)
        conversation = message.conversation
        conversation.refresh_from_db()
        actions.reply(conversation, text=sentence(chance), seen=conversation.message_count, by=user)
    for place in range(10):
        actions.post_form(actions.Written(text=sentence(chance), nonce=str(place)))
    conversation.refresh_from_db()
    actions.publish(conversation, title="När plogas gång- och cykelvägarna?", by=user)
    return str(conversation.number)


TOWNS = {"empty": empty, "square": square}


def main() -> None:
    """Build the town that is named, in the database that the environment names."""
    import django
    from django.core.management import call_command
    from django.db import transaction

    django.setup()
    call_command("migrate", verbosity=0)
    with transaction.atomic():
        said = TOWNS[sys.argv[1]]()
    print(said)


if __name__ == "__main__":
    main()
