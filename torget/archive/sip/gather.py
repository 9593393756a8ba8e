"""What of a case lies in its package, read a few hundred records at a time: the case's size never stands in memory."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Q

from torget.conversations.models import Message
from torget.core.errors import Refused
from torget.journal.models import Entry
from torget.organisations.models import User
from torget.register.models import Attachment, Case, CaseLink, Correction, FormerNumber, Record, RecordVersion
from torget.register.rules import Kind

CHUNK = 400


@dataclass(slots=True)
class Kept:
    """A record with all that is kept of it. `message` is None for what no conversation holds."""

    record: Record
    versions: list[RecordVersion]
    attachments: list[Attachment]
    message: Message | None
    entries: list[Entry] = field(default_factory=list)
    protected: bool = False
    corrections: list[Correction] = field(default_factory=list)
    former: list[str] = field(default_factory=list)

    @property
    def latest(self) -> RecordVersion:
        """The version in force."""
        return self.versions[-1]


def records_of(case: Case) -> "list[int]":
    """Keys of the case's records in order: all but working material, which is weeded when a case is closed (TF 2:12)."""
    rows = Record.objects.filter(case=case).exclude(kind=Kind.WORKING.value)
    return list(rows.order_by("number", "pk").values_list("pk", flat=True))


def chunks(case: Case) -> Iterator[Sequence[Kept]]:
    """The case's records with their versions, files, messages and journal entries."""
    keys = records_of(case)
    for start in range(0, len(keys), CHUNK):
        yield _read(case, keys[start : start + CHUNK])


def _read(case: Case, keys: Sequence[int]) -> Sequence[Kept]:
    found = Record.objects.select_related("authority", "confirmed_by").in_bulk(keys)
    kept = {}
    for key in keys:
        if key in found:  # a record that was moved to another case since belongs there
            found[key].case = case
            kept[key] = Kept(found[key], [], [], None)
    for version in RecordVersion.objects.filter(record__in=list(found)).order_by("record", "number"):
        version.record = found[version.record_id]
        kept[version.record_id].versions.append(version)
    for attachment in Attachment.objects.filter(record__in=list(found)).select_related("blob").order_by("record", "id"):
        kept[attachment.record_id].attachments.append(attachment)
    messages = Message.objects.filter(record__in=list(found)).select_related(
        "account", "sender", "author", "conversation"
    )
    for message in messages:
        kept[message.record_id].message = message
    for correction in Correction.objects.filter(record__in=list(found)).select_related("by").order_by("record", "id"):
        kept[correction.record_id].corrections.append(correction)
    for former in FormerNumber.objects.filter(record__in=list(found)).select_related("case__authority").order_by("id"):
        kept[former.record_id].former.append(former.dnr)
    refs: dict[str, Kept] = {}
    for one in kept.values():
        if not one.versions:
            raise Refused("record_without_version", one.record.ref)
        one.protected = one.record.protected_identity
        refs[one.record.ref] = one
        if one.message is not None:
            refs[one.message.ref] = one
    for entry in entries_about(list(refs)):
        refs[entry.object_ref].entries.append(entry)
    return list(kept.values())


def related(case: Case) -> list[tuple[str, str]]:
    """The cases that this one has to do with: (kind of relation in ERMS, diary number)."""
    found = [("is_replaced_with", case.merged_into.dnr)] if case.merged_into is not None else []
    found += [("replaces", one.dnr) for one in case.merged.select_related("authority").order_by("pk")]
    links = CaseLink.objects.filter(Q(one=case) | Q(other=case)).select_related("one__authority", "other__authority")
    for link in links.order_by("pk"):
        found.append(("reference", (link.other if link.one_id == case.pk else link.one).dnr))
    return found


def entries_about(refs: Sequence[str]) -> Iterator[Entry]:
    """Journal entries about the objects, oldest first within each few hundred."""
    for start in range(0, len(refs), 500):
        yield from (
            Entry.objects.filter(object_ref__in=refs[start : start + 500]).order_by("pk").iterator(chunk_size=1000)
        )


def taken_in(case: Case) -> Iterator[tuple[Message, datetime]]:
    """Each message of the case with each moment at which a version of it was taken in, and that of its deletion."""
    rows = RecordVersion.objects.filter(record__case=case, record__message__direction=Message.IN)
    rows = rows.exclude(record__kind=Kind.WORKING.value).exclude(record__message__account__channel="web")
    ordered = rows.select_related("record__message__account").order_by("record__number", "number")
    for version in ordered.iterator(chunk_size=500):
        message = version.record.message
        yield message, version.created_at
        if version.number == 1 and message.deleted_at is not None:
            # Not the time that the source gives, but when we were told.
            told = Entry.objects.filter(object_ref=message.ref, kind="message.deleted_by_sender").order_by("pk").first()
            yield message, told.at + timedelta(milliseconds=1) if told else message.deleted_at


@dataclass
class Staff:
    """The names behind the journal's references; asked for once each."""

    known: dict[str, str] = field(default_factory=dict)

    def name(self, ref: str) -> str:
        """What the actor is called: a colleague's name, or the journal's own word."""
        if ref not in self.known:
            kind, _, key = ref.partition(":")
            user = User.objects.filter(pk=int(key)).first() if kind == "user" and key.isdecimal() else None
            self.known[ref] = user.name if user else ref
        return self.known[ref]
