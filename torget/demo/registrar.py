"""What Rut, who keeps Ekevik's register, does on the morning after: joins, corrects, guards and protects. Invented people."""

from datetime import timedelta

from torget.conversations import actions
from torget.conversations.models import Message
from torget.core import clock
from torget.demo.founding import Town
from torget.organisations.models import User
from torget.register import actions as register
from torget.register.models import Case, Record
from torget.register.rules import Field


def play(town: Town) -> None:
    """Join two cases, link two, correct a record, give a secret one its circle, protect an identity. Errors: Refused."""
    rut = town.staff["rut"]
    _cases(rut)
    _correct(rut)
    _guard(rut, town.staff["siv"])


def _cases(rut: User) -> None:
    """The newest open cases of the first authority, that hold one confirmed record each and nothing secret."""
    found = Case.objects.filter(records__confirmed_at__isnull=False, records__secret=False, closed_at=None)
    cases = list(found.select_related("authority").order_by("authority", "-pk").distinct()[:4])
    if len(cases) == 4 and cases[0].authority_id == cases[1].authority_id:
        actions.merge_cases(cases[0], into=cases[1], by=rut)
        register.link_cases(cases[2], cases[3], by=rut)


def _correct(rut: User) -> None:
    record = (
        Record.objects.filter(confirmed_at__isnull=False, secret=False, case__isnull=False, kind="received")
        .select_related("authority", "case__authority")
        .order_by("-pk")
        .first()
    )
    if record is None:
        return
    earlier = record.occurred_at - timedelta(hours=3)
    register.correct(
        record, field=Field.OCCURRED_AT, value=min(earlier, clock.now()), why="Brevet lämnades i receptionen.", by=rut
    )


def _guard(rut: User, siv: User) -> None:
    """The secret record is read by Rut and Siv; somebody who wrote by the form has a protected identity."""
    secret = Message.objects.filter(record__secret=True, direction=Message.IN).select_related("conversation").first()
    if secret is not None:
        actions.set_circle(secret, register.Chosen(users=[rut.pk, siv.pk]), by=rut)
    written = Message.objects.filter(
        direction=Message.IN, sender__isnull=False, conversation__channel="web", record__secret=False,
        conversation__published_at=None, conversation__state="closed",
    )  # fmt: skip
    if (message := written.order_by("pk").first()) is not None:
        actions.protect(message, by=rut, chosen=register.Chosen(users=[rut.pk]))
