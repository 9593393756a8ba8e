"""Writes of the set-up: marks of the guide, look, texts, retention, units, a list of staff, a trial mail."""

import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import IO

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction

from torget.core import clock
from torget.core.errors import Refused
from torget.core.mailing import Handed, hand_over
from torget.files import actions as files
from torget.files import rules as file_rules
from torget.files import tasks as pictures
from torget.files.models import Blob
from torget.journal import actions as journal
from torget.organisations import actions as organisations
from torget.organisations.models import Authority, Organisation, Unit, User
from torget.organisations.rules import Role
from torget.register.models import Case
from torget.setup.models import Mark
from torget.setup.rules import contrast, guide
from torget.setup.rules.staff_list import Row

MAX_PICTURE = 2 * 1024 * 1024
"""Bytes: a logo is no photograph."""


@transaction.atomic
def mark(step: str, state: guide.Standing, *, by: User) -> None:
    """Say that a step is done or skipped, or (with FINISHED) put the guide away. Errors: ValueError for an unknown step."""
    if step != guide.FINISHED:
        guide.Step(step)
    Mark.objects.update_or_create(step=step, defaults={"state": state.value, "at": clock.now(), "by": by})
    journal.enter("setup.marked", actor_ref=by.ref, object_ref="organisation:1", digest=bytes(32))


@transaction.atomic
def take_up_again(*, by: User) -> None:
    """Show the guide again."""
    if Mark.objects.filter(step=guide.FINISHED).delete()[0]:
        journal.enter("setup.marked", actor_ref=by.ref, object_ref="organisation:1", digest=bytes(32))


def picture(source: IO[bytes], size: int) -> Blob:
    """A picture made anew from what was uploaded: WebP without metadata, by the child process that decodes all pictures.

    What was uploaded is not kept. Errors: Refused("file_too_large" | "not_a_picture" | "picture_failed" | "disk_full").
    """
    if size > MAX_PICTURE:
        raise Refused("file_too_large")
    body = source.read(MAX_PICTURE + 1)
    form = file_rules.RENDERED.get(file_rules.sniff(body).media_type)
    if form is None:
        raise Refused("not_a_picture")
    with tempfile.TemporaryFile() as file:
        file.write(body)
        file.seek(0)
        outcome = pictures.run_child(file, form)
    if outcome.code:
        raise Refused("picture_failed")
    return files.keep(outcome.body, shown=True)


@transaction.atomic
def change_look(
    *, name: str, short_name: str, colour: str, logo: Blob | None, icon: Blob | None, drop: Iterable[str] = (), by: User
) -> None:
    """Save name, colour and pictures; `drop` names pictures to take away. Errors: Refused("colour" | "contrast")."""
    organisation = Organisation.objects.select_for_update().get()
    if colour:
        if contrast.parse(colour) != colour:
            raise Refused("colour")
        if not contrast.judge(colour).enough:
            raise Refused("contrast")
    organisation.name, organisation.short_name, organisation.colour = name, short_name, colour
    organisation.logo = None if "logo" in drop else logo or organisation.logo
    organisation.icon = None if "icon" in drop else icon or organisation.icon
    organisations.change_organisation(organisation, by=by)


@transaction.atomic
def change_texts(texts: Mapping[str, str], *, by: User) -> None:
    """Save the organisation's own words, by `<place>_<language>`; empty ones go, and ours stand there again."""
    organisation = Organisation.objects.select_for_update().get()
    organisation.texts = {key: text for key, text in texts.items() if text}
    organisations.change_organisation(organisation, by=by)


@transaction.atomic
def change_retention(*, trivial_days: int | None, spam_days: int | None, mandate: str, by: User) -> None:
    """Save after how many days what may go, by which decision. Errors: Refused("no_mandate")."""
    if (trivial_days is not None or spam_days is not None) and not mandate:
        raise Refused("no_mandate")
    organisation = Organisation.objects.select_for_update().get()
    organisation.trivial_days, organisation.spam_days = trivial_days, spam_days
    organisation.retention_mandate = mandate
    organisations.change_organisation(organisation, by=by)


@transaction.atomic
def change_authority(authority: Authority, *, by: User) -> None:
    """Rename an authority. Where there is a case its prefix stands in numbers, and stays. Errors: Refused("prefix_used")."""
    before = Authority.objects.select_for_update().get(pk=authority.pk)
    if before.prefix != authority.prefix and Case.objects.filter(authority=before).exists():
        raise Refused("prefix_used")
    organisations.change_authority(authority, by=by)


@dataclass(frozen=True, slots=True)
class Invited:
    """What became of a list: how many were asked in, and the addresses that were here before."""

    new: int
    had: int


def invite_all(rows: Iterable[Row], *, by: User) -> Invited:
    """Ask in everyone whose row is right; who is here already is left as they are. The same list twice changes nothing."""
    new = had = 0
    units = {unit.name: unit for unit in Unit.objects.all()}
    for row in rows:
        if row.problem:
            continue
        try:
            organisations.invite(
                email=row.email, name=row.name, title=row.title, role=Role(row.role), unit=units.get(row.unit), by=by
            )
            new += 1
        except Refused:
            had += 1
    return Invited(new, had)


def try_mail(*, by: User) -> tuple[Handed, str]:
    """Send a short mail to oneself and say what the server said. Outside any transaction: it waits on the network."""
    organisation = Organisation.current()
    text = (
        f"Hej {by.first_name}!\n\nDet här är ett provmejl från Torget hos {organisation.name}. "
        "Har du fått det fungerar den utgående posten."
    )

    def write() -> EmailMessage:
        return EmailMessage("Provmejl från Torget", text, settings.TORGET_MAIL_FROM, [by.email])

    return hand_over(write, demo=organisation.demo)
