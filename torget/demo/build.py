"""Builds Ekevik in an empty database: the town is founded, its month is played, and the worker has done its part.

Everything that belongs together is one transaction: a build that is broken off leaves an empty database, which can be
built again, and never half a town.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from torget.core import clock, worker
from torget.demo import colleagues, founding, story
from torget.demo.bulk import past
from torget.demo.happenings import Delivered, Event, Posted, Said
from torget.demo.hours import local
from torget.demo.playing import Player
from torget.search import actions as search

FOUNDED = local("2026-10-16 09.00")
# Whose receipt is shown as an example, the best first: it has a way of words, an answer and a thanks.
EXAMPLES = ("late", "easy")


def ekevik(messages: int | None, say: Callable[[str], None]) -> None:
    """Build the town; with `messages` only the first so many messages of the month and what hangs on them.

    More than the month has makes the town older: the rest, messages and answers, is its past (`bulk`). The database is
    migrated and empty. `say` is given lines of progress in Swedish, last of all how to log in.
    Errors: Refused, playing.OutOfStory; then nothing has been built, unless there is a past, which stays.
    """
    whole = story.events()
    events = chosen(whole, messages)
    earlier = max(0, (messages or 0) - sum(isinstance(event, Said) for event in whole))
    say("Ekevik grundas: organisation, nämnder, medarbetare och konton.")
    mail_folder = settings.MAIL_FOLDER
    old = _with_a_past(earlier, say) if earlier else None
    with _outgoing() as post_out:
        with transaction.atomic():
            with clock.at(FOUNDED):
                town = old or founding.found()
            player = Player(town, events, after_mail=post_out)
            say("Månaden spelas upp, från 19 oktober till 20 november 2026.")
            player.play(say)
            if messages is None:
                say("Kollegorna hjälps åt: kanaler ansluts, svar godkänns, experter frågas, inlägg planeras.")
                with clock.at(story.NOW):
                    colleagues.together(town)
            # Before the commit: there is never a town that nobody can log in to.
            logins = _keep_logins(town, player, mail_folder)
        # Outside the transaction: pictures are decoded here, which takes its time.
        say("Bilder ritas om för visning, och resultaten räknas.")
        with clock.at(story.NOW):
            worker.sweep()
    say("")
    say(logins)


def _with_a_past(messages: int, say: Callable[[str], None]) -> founding.Town:
    """Found the town earlier and write what was said and answered since: in parts that are each a transaction.

    A million messages in one transaction would lie twice on the disk. A build that is broken off here has to be begun
    again with another folder or database.
    """
    with clock.at(FOUNDED - past.length(messages)), transaction.atomic():
        town = founding.found()
    past.write(town, messages, until=FOUNDED, say=_progress("Tidigare år skrivs", messages, messages // 20, say))
    with clock.at(FOUNDED):
        search.rebuild(say=_progress("Sökregistret görs", messages, messages // 20, say))
    return town


def _progress(what: str, total: int, step: int, say: Callable[[str], None]) -> Callable[[int], None]:
    """What tells how far something has come, at each `step`, and about how long the rest takes at the pace so far."""
    began, told = time.monotonic(), 0

    def tell(done: int) -> None:
        nonlocal told
        if done - told < step and done < total:
            return
        told = done
        left = (time.monotonic() - began) / max(1, done) * max(0, total - done)
        rest = f"{left / 60:.0f} min kvar" if left >= 90 else f"{left:.0f} s kvar"
        say(f"{what}: {done} av {total}, ungefär {rest}.")

    return tell


def chosen(events: Sequence[Event], messages: int | None) -> list[Event]:
    """The first so many messages (None: all) and whatever happens to them; posts and odd deliveries as long as they last."""
    said = [event for event in events if isinstance(event, Said)][:messages]
    if messages is None or not said:
        return list(events) if messages is None else []
    keys, last = {event.key for event in said}, said[-1].at
    return [
        event for event in events if event.key in keys or (isinstance(event, Posted | Delivered) and event.at <= last)
    ]


@contextmanager
def _outgoing() -> Iterator[Callable[[], None]]:
    """Send mail to the demo's folder, whatever the settings say: nobody outside may get mail from an invented town.

    Gives what to call after each sending: the mail is named by the town's clock, and reaches the folder when all is built.
    """
    settings.TORGET_HOME.mkdir(parents=True, exist_ok=True)
    before = settings.MAIL_FOLDER
    with tempfile.TemporaryDirectory(dir=settings.TORGET_HOME, prefix=".demo-") as folder:
        given, named = Path(folder, "given"), Path(folder, "named")
        named.mkdir()
        # A demo town's mail always goes to the folder (conversations.actions.sending).
        settings.MAIL_FOLDER = given

        def post_out() -> None:
            # Django names the file by the second, so two mails could end in one.
            for number, mail in enumerate(sorted(given.glob("*.log")), start=1):
                mail.rename(named / f"{clock.now().astimezone(clock.STOCKHOLM):%Y%m%d-%H%M%S}-{number}.log")

        try:
            yield post_out
        finally:
            settings.MAIL_FOLDER = before
        settings.MAIL_FOLDER.mkdir(parents=True, exist_ok=True)
        for mail in sorted(named.iterdir()):
            shutil.move(mail, settings.MAIL_FOLDER / mail.name)


def _keep_logins(town: founding.Town, player: Player, mail_folder: Path) -> str:
    """Write down, for its owner alone, how to log in and what to look at; the text."""
    lines = ["Logga in i Ekevik på /disk/. Lösenorden är gjorda för den här demoorten.", ""]
    for login in town.logins:
        lines.append(f"{login.role:<15} {login.name:<18} {login.email:<25} {login.password}")
    lines += [
        "",
        "Demoorten frågar inte efter engångskod (TOTP). Det gör en riktig installation.",
        f"Utgående e-post ligger som filer i {mail_folder}",
    ]
    key = next((key for key in (*EXAMPLES, *player.secrets) if key in player.secrets), "")
    if key:
        address = reverse("conversations:receipt", args=[player.secrets[key]])
        lines.append(f"Ett kvitto att titta på: {settings.TORGET_URL}{address}")
    text = "\n".join(lines) + "\n"
    path = settings.TORGET_HOME / "demo-inloggning.txt"
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    return text
