"""Out: our answers, drawn up and dispatched, and the working material they come from."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from torget.core import clock
from torget.core.errors import Refused
from torget.core.models import PublicVersion
from torget.core.rows import insert
from torget.files.models import Blob
from torget.journal import actions as journal
from torget.organisations.models import Authority
from torget.register import rules
from torget.register.actions.receiving import enter_now, give_number, lock, version_of
from torget.register.actions.showing import show, show_new
from torget.register.models import Attachment, Case, Record, RecordVersion

if TYPE_CHECKING:
    from torget.organisations.models import User

SYSTEM = "system"

Files = Sequence[tuple[Blob, str]]


@transaction.atomic
def draw_up(*, question: Record, case: Case | None, text: str, by: "User", files: Files = ()) -> Record:
    """Keep an answer of ours beside the record that it answers: same authority, channel, subject and secrecy.

    Its subject is public only as far as the question's is: what nobody has confirmed may be the resident's own words.
    """
    now = clock.now()
    record = Record(
        authority=case.authority if case else question.authority,
        kind=rules.Kind.DRAWN_UP.value,
        occurred_at=now,
        captured_at=now,
        correspondent=question.correspondent,
        subject=question.subject,
        channel=question.channel,
        proposed_state=(rules.State.REGISTERED if case else rules.State.ORDERED).value,
        proposed_reason=rules.Why.OUR_ANSWER.value,
        has_identity_number=bool(rules.find_identity_numbers(text)),
    )
    if case:
        give_number(record, case)
    record.protected_identity, record.circle_id = question.protected_identity, question.circle_id
    if question.confirmed_at:
        _follow(record, question, by)
    record.save()
    show_new([record])
    version = version_of(record, text=text, subject=question.subject, files=files)
    version.save()
    insert(Attachment, [Attachment(record=record, blob=blob, filename=name) for blob, name in files])
    journal.enter("record.drawn_up", actor_ref=by.ref, object_ref=record.ref, digest=bytes(version.digest))
    PublicVersion.bump()
    return record


def _follow(answer: Record, question: Record, by: "User") -> None:
    """Give an answer the confirmed facts of its question (not saved)."""
    answer.subject, answer.protected_identity = question.subject, question.protected_identity
    # A mark that the answer had from its question goes with the question's; one of its own is lifted by itself alone.
    of_its_own = answer.secret and answer.secrecy_marked_at != question.secrecy_marked_at
    if question.secret or not of_its_own:
        answer.secret, answer.secrecy_provision = question.secret, question.secrecy_provision
        answer.secrecy_marked_at = question.secrecy_marked_at
        answer.secrecy_authority_id, answer.circle_id = question.secrecy_authority_id, question.circle_id
    if answer.case is None and question.case is not None and question.state == rules.State.REGISTERED:
        give_number(answer, question.case)
    answer.state = (rules.State.REGISTERED if answer.case else rules.State.ORDERED).value
    answer.confirmed_by, answer.confirmed_at = (by, clock.now()) if question.confirmed_at else (None, None)


@transaction.atomic
def follow(answers: Sequence[Record], question: Record, *, by: "User") -> None:
    """Let our answers follow what staff have said of their question: subject, number, secrecy. One taken back is no answer."""
    for answer in answers:
        answer = lock(answer)
        if answer.kind == rules.Kind.WORKING:
            continue
        _follow(answer, question, by)
        answer.save()
        enter_now(f"record.{answer.state}", answer, by)
    PublicVersion.bump()


@transaction.atomic
def dispatch(record: Record, *, by: str = SYSTEM) -> None:
    """Mark our answer as dispatched (TF 2:10: it has left us). Twice changes nothing."""
    changed = Record.objects.filter(pk=record.pk, kind=rules.Kind.DRAWN_UP.value).update(
        kind=rules.Kind.DISPATCHED.value, occurred_at=clock.now()
    )
    if changed:
        show([record.pk])
        version = record.versions.order_by("-number")[0]
        journal.enter("record.dispatched", actor_ref=by, object_ref=record.ref, digest=bytes(version.digest))
        PublicVersion.bump()


@transaction.atomic
def withdraw(record: Record, *, by: "User") -> None:
    """Our answer was taken back before it left: it is working material again and gives its number back if it was the last."""
    record = lock(record)
    if record.kind != rules.Kind.DRAWN_UP:
        raise Refused("already_dispatched")
    if record.case_id and record.number:
        Case.objects.filter(pk=record.case_id, last_record=record.number).update(last_record=record.number - 1)
    Record.objects.filter(pk=record.pk).update(
        kind=rules.Kind.WORKING.value, state=rules.State.UNCLASSIFIED.value, number=None, case=None
    )
    enter_now("record.withdrawn", record, by)
    PublicVersion.bump()


@transaction.atomic
def acknowledge(question: Record, *, text: str) -> Record:
    """Keep our automatic word that a message has come in: of no lasting value, beside the record it is about."""
    record = _ours(question.authority, question.channel, text, rules.State.TRIVIAL, rules.Why.AUTOMATIC)
    record.correspondent = question.correspondent
    return _keep(record, text=text, whole=text, files=(), actor=SYSTEM)


@transaction.atomic
def publish_post(
    authority: Authority,
    *,
    channel: str,
    text: str,
    whole: str,
    subject: str,
    files: Files,
    approved_by: "User | None",
    approved_at: datetime | None,
) -> Record:
    """Keep a post of ours to everyone: drawn up and kept in order without a number; `whole` has the pictures' words too.

    What we say in public is nobody's secret, and somebody has approved it: the subject is confirmed by them.
    """
    record = _ours(authority, channel, text, rules.State.ORDERED, rules.Why.OUR_POST)
    record.subject, record.confirmed_by, record.confirmed_at = subject[:300], approved_by, approved_at
    return _keep(record, text=text, whole=whole, files=files, actor=approved_by.ref if approved_by else SYSTEM)


def _ours(authority: Authority, channel: str, text: str, state: rules.State, why: rules.Why) -> Record:
    now = clock.now()
    return Record(
        authority=authority,
        kind=rules.Kind.DRAWN_UP.value,
        occurred_at=now,
        captured_at=now,
        channel=channel,
        state=state.value,
        proposed_state=state.value,
        proposed_reason=why.value,
        has_identity_number=bool(rules.find_identity_numbers(text)),
    )


def _keep(record: Record, *, text: str, whole: str, files: Files, actor: str) -> Record:
    record.save()
    show_new([record])
    version = version_of(record, text=text, whole=whole, subject=record.subject, files=files)
    version.save()
    insert(Attachment, [Attachment(record=record, blob=blob, filename=name) for blob, name in files])
    journal.enter("record.drawn_up", actor_ref=actor, object_ref=record.ref, digest=bytes(version.digest))
    PublicVersion.bump()
    return record


def write_working(*, authority: Authority, text: str, channel: str) -> Record:
    """A note or a draft: working material (TF 2:12), outside the register's numbers and every public view."""
    now = clock.now()
    record = Record.objects.create(
        authority=authority, kind=rules.Kind.WORKING.value, occurred_at=now, captured_at=now, channel=channel
    )
    version_of(record, text=text).save()
    return record


def revise_working(record: Record, text: str) -> None:
    """Change working material in place: a draft has no history that anyone is owed."""
    version = version_of(record, text=text)
    RecordVersion.objects.filter(record=record, record__kind=rules.Kind.WORKING.value).update(
        text=text, salt=version.salt, digest=version.digest, created_at=version.created_at
    )
