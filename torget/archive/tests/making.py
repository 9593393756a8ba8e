"""Cases for tests: records with any text, name and file, by the register's own actions."""

from collections.abc import Sequence
from datetime import datetime
from itertools import count
from pathlib import Path

from django.db import transaction

from tests.support.making import MONDAY, Town, incoming
from torget.archive import actions
from torget.archive.rules import Csip, Erms
from torget.archive.sip.build import Made
from torget.channels.base import Visibility
from torget.conversations.models import Message
from torget.core import clock
from torget.files import actions as files
from torget.files.models import Blob
from torget.organisations.models import Authority
from torget.register.actions import receiving
from torget.register.models import Case, Record

_numbers = count(1)


def case(subject: str = "Gatlyktan vid skolan", *, closed: bool = True) -> Case:
    """A case without records."""
    (made,) = receiving.open_cases(Authority.default(), [subject], MONDAY)
    if closed:
        Case.objects.filter(pk=made.pk).update(closed_at=MONDAY)
    return Case.objects.select_related("authority").get(pk=made.pk)


def record(into: Case, text: str = "Lyktan är trasig.", *, files: Sequence[tuple[Blob, str]] = (), correspondent: str = "Signe",
           subject: str = "Lyktan", title: str = "Lyktan") -> Record:  # fmt: skip
    """A received record in the case, whatever its words would propose."""
    arrival = receiving.Arrival(
        text=text, channel="web", correspondent=correspondent, subject=subject, title=title, occurred_at=MONDAY,
        addressed=True, files=files,
    )  # fmt: skip
    with transaction.atomic():
        (made,) = receiving.receive([arrival], authority=into.authority)
        if made.case_id:
            made.case, made.number = None, None
        receiving.give_number(made, into)
        made.save()
    return made


def file(body: bytes = b"", name: str = "ritning.txt") -> tuple[Blob, str]:
    """A file of these bytes, or of some that no other has, under any name."""
    return files.keep(body or f"fil {next(_numbers)}".encode()), name


def commented(town: Town, into: Case, text: str, *, name: str, delivery: bytes, visibility: Visibility = Visibility.PUBLIC,
              secret: bool = False) -> Message:  # fmt: skip
    """A message that came in a delivery, moved into the case; `delivery` are the bytes that the test's channel reads."""
    town.take(incoming(name, text, visibility=visibility))
    message = Message.objects.select_related("record", "account").get(external_id=name)
    receiving.give_number(message.record, into)
    message.record.secret, message.record.secrecy_provision = secret, "OSL 26:1" if secret else ""
    message.record.state = "registered"
    message.record.save()
    return message


def packed(into: Case, folder: Path, *, csip: Csip = Csip.V2_1, erms: Erms = Erms.V2_1, at: datetime = MONDAY) -> Made:
    """The case's package, made at a time of the test's choice."""
    with clock.at(at):
        return actions.pack(Case.objects.select_related("authority").get(pk=into.pk), folder, csip=csip, version=erms)
