"""What the colleague does: answer, change the answer until it is used, say that somebody else is the right one."""

from collections.abc import Collection, Sequence

from django.db import transaction

from torget.conversations.rules import storable
from torget.core import clock
from torget.core.errors import Refused
from torget.experts import reading, rules
from torget.experts.actions.asking import come_back, enter, lock_request, touch
from torget.experts.models import Answer, ExpertRequest, Word
from torget.files.models import Blob
from torget.files.rules import MAX_FILES
from torget.matching.rules import content
from torget.organisations.models import ClosedDay, Organisation, User
from torget.register import actions as register
from torget.register.models import Attachment, RecordVersion
from torget.team.actions.notices import tell as notify
from torget.team.rules import Kind


def _current(request: ExpertRequest) -> Answer | None:
    return getattr(request, "answer", None)


@transaction.atomic
def answer(
    request: ExpertRequest,
    *,
    text: str,
    seen: int,
    files: Sequence[tuple[Blob, str]] = (),
    without: Collection[int] = (),
    by: User | None = None,
) -> Answer:
    """Take the answer, or a change of it; working material until staff have made an answer of their own from it.

    `seen` is the version that the page showed (0: none). `without` are the keys of files of the answer to take away. `by`
    is who is logged in; None: whoever has the link. The same words sent twice are one answer.
    Errors: Refused revoked | expired | used | declined | empty | too_long | changed_since | too_many_files.
    """
    request = lock_request(request)
    now = clock.now()
    text = storable(text.replace("\r\n", "\n").strip())
    there = _current(request)
    same_again = there is not None and seen == there.version - 1 and there.text == text
    version = seen if same_again else (there.version if there else 0)
    if reason := rules.why_no_answer(
        request.state, text=text, expires=request.expires_at, now=now, seen=seen, version=version
    ):
        raise Refused(reason)
    if there is not None and same_again:
        return there
    actor = by.ref if by else request.expert.ref
    if there is None:
        there = _first(request, text, by)
        _attach(there, files)
        enter("expert.answered", request.conversation, actor, bytes(there.record.latest.digest))
        come_back(request.conversation)
        about = f"expert_request:{request.pk}"
        notify([request.asked_by_id], Kind.EXPERT_ANSWERED, conversation=request.conversation, about=about)
    else:
        there.record.attachments.filter(pk__in=without).delete()
        _attach(there, files)
        register.revise_working(there.record, text)
        there.version, there.changed_at, there.by = there.version + 1, now, by
        there.save(update_fields=["version", "changed_at", "by"])
        digest = RecordVersion.objects.values_list("digest", flat=True).get(record=there.record)
        enter("expert.answer_changed", request.conversation, actor, bytes(digest))
    touch(request.conversation)
    # Read anew: what the row carried along was as it was before.
    return Answer.objects.select_related("request__conversation", "request__expert", "record").get(pk=there.pk)


def _first(request: ExpertRequest, text: str, by: User | None) -> Answer:
    now, conversation = clock.now(), request.conversation
    hours, closed_days = Organisation.current().hours, ClosedDay.days(request.asked_at.date())
    record = register.write_working(authority=conversation.account.authority, text=text, channel=conversation.channel)
    made = Answer.objects.create(
        request=request,
        record=record,
        at=now,
        by=by,
        minutes=rules.minutes_between(request.asked_at, now, hours, closed_days),
    )
    request.state, request.closed_at, request.remind_at = rules.State.ANSWERED.value, now, None
    request.save(update_fields=["state", "closed_at", "remind_at"])
    _learn(request)
    return made


def _attach(there: Answer, files: Sequence[tuple[Blob, str]]) -> None:
    if there.record.attachments.count() + len(files) > MAX_FILES:
        raise Refused("too_many_files")
    for blob, name in files:
        Attachment.objects.create(record=there.record, version=1, blob=blob, filename=name)


def _learn(request: ExpertRequest) -> None:
    """Keep the words of the question that was answered, and of the messages that went along; nothing under secrecy."""
    if reading.is_secret(request):
        return
    along = dict(request.along.values_list("message__record_id", "version"))
    versions = RecordVersion.objects.filter(record__in=along).values_list("record_id", "number", "text")
    names = reading.names_in(request.conversation)
    texts = [text for record, number, text in versions if number == along[record]]
    whole = rules.masked("\n".join([request.text, request.conversation.subject, *texts])[:20_000], names)
    # Figures and addresses name somebody or something, and say nothing of what is known.
    words = [word for word in content(whole).words if word.isalpha() and len(word) <= 40]
    Word.objects.bulk_create(Word(request=request, word=word) for word in words[: rules.MAX_WORDS])


@transaction.atomic
def decline(request: ExpertRequest, *, proposal: str, by: User | None = None) -> ExpertRequest:
    """Say that one is not the right person, and who may be; nobody else is asked until staff do it.

    Errors: Refused revoked | expired | used | not_open (it is answered already, or declined).
    """
    request = lock_request(request)
    if shut := rules.why_shut(request.state, expires=request.expires_at, now=clock.now()):
        raise Refused(shut)
    if request.state != rules.State.ASKED:
        raise Refused("used" if request.state == rules.State.USED else "not_open")
    request.state, request.closed_at, request.remind_at = rules.State.DECLINED.value, clock.now(), None
    request.proposal = " ".join(storable(proposal).split())[:320]
    request.save(update_fields=["state", "closed_at", "remind_at", "proposal"])
    come_back(request.conversation)
    touch(request.conversation)
    enter("expert.declined", request.conversation, by.ref if by else request.expert.ref)
    return request
