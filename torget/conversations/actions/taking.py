"""Turns parsed items of one delivery into records, messages and conversations, many at a time."""

from collections.abc import Sequence, Set
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from hashlib import sha256

from django.db import connection
from django.db.models import F, Q

from torget.channels.base import Deleted, Incoming, Visibility
from torget.conversations import ordering, priority, rules
from torget.conversations.actions.contexts import context_of, contexts_of
from torget.conversations.actions.mailing import answered
from torget.conversations.models import Account, Context, Conversation, Message, NumberSeries
from torget.core import clock
from torget.core.models import PublicVersion
from torget.core.rows import insert
from torget.core.series import advance
from torget.files.models import Blob
from torget.journal import actions as journal
from torget.organisations.models import ClosedDay, Organisation
from torget.organisations.rules import due_moment
from torget.people import actions as people
from torget.people.models import Contact
from torget.register import actions as register
from torget.register.models import Case, Circle, Record, RecordVersion

NOTHING = bytes(32)
"""The digest of a journal entry that concerns no words."""


@dataclass(slots=True)
class _New:
    """A message on its way in, with the conversation it belongs to (saved or not)."""

    incoming: Incoming
    external_id: str
    conversation: Conversation
    files: Sequence[tuple[Blob, str]] = ()


PIECE = 5_000
"""Items that are looked up together: no database takes a statement with a hundred thousand names in it."""


@dataclass(slots=True)
class Taking:
    """Takes the items of one delivery for one account; `counts` says what became of them. Use inside a transaction.

    Rows are locked in one order by all, so that two deliveries never wait for each other: the conversations that are
    here already, contacts and contexts, the series of diary numbers and cases, of conversation numbers, the public version.
    """

    account: Account
    # The caller knows that nothing of this is here yet and that it joins no thread (the own form): no look-up.
    fresh: bool = False
    counts: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys(("new", "had", "changed", "deleted", "ignored"), 0)
    )
    # What became of each item, in their order.
    said: list[str] = field(default_factory=list)
    # The conversations that this delivery opened, each with the message that did, in order.
    opened: list[tuple[Conversation, Incoming]] = field(default_factory=list)
    _known: dict[str, Message] = field(default_factory=dict)
    _new: dict[str, _New] = field(default_factory=dict)
    # The latest version of what is here already, by record.
    _latest: dict[int, RecordVersion] = field(default_factory=dict)
    _contacts: dict[str, Contact] = field(default_factory=dict)
    # Those of them whose identity is protected, with who may read what they write.
    _circles: dict[int, Circle | None] = field(default_factory=dict)
    _contexts: dict[str, Context] = field(default_factory=dict)
    _is_news: bool = False
    # When this delivery was taken and when its answers are due: worked out once for all its items.
    _opened: tuple[datetime, datetime] | None = None
    _order: "ordering.Order | None" = None
    _organisation: Organisation = field(default_factory=Organisation)
    _closed: Set[date] = frozenset()

    def take(
        self, items: Sequence[tuple[Incoming | Deleted, Sequence[tuple[Blob, str]]]], *, tell: bool = True
    ) -> dict[str, int]:
        """Take items in their order; edits and deletions of what the same delivery brought come after it.

        Without `tell` the caller bumps the public version, last in its transaction.
        """
        for start in range(0, len(items), PIECE):
            self._take_some(items[start : start + PIECE])
        if self._is_news and tell:
            PublicVersion.bump()
        return self.counts

    def _take_some(self, items: Sequence[tuple[Incoming | Deleted, Sequence[tuple[Blob, str]]]]) -> None:
        self._look_up([item for item, _ in items])
        incoming = [item for item, _ in items if isinstance(item, Incoming)]
        self._contacts = people.know(self.account.channel, {i.sender.address: i.sender.name for i in incoming})
        self._circles = register.circles_of(self._contacts.values())
        self._contexts = contexts_of(self.account, incoming)
        for item, files in items:
            if isinstance(item, Deleted):
                self._flush()
                self.said.append(self._delete(item))
            else:
                self.said.append(self._take_one(item, files))
            self.counts[self.said[-1]] += 1
        self._flush()

    def known(self, external_id: str) -> Message:
        """A message that was taken or was here before. Errors: KeyError."""
        return self._known[external_id]

    def _look_up(self, items: Sequence[Incoming | Deleted]) -> None:
        """Load the messages that the items are, or answer; the usual answer, none, costs one narrow query.

        They are read once their conversations are locked: what another changed meanwhile is not overlooked.
        """
        wanted: set[str] = set()
        for item in items:
            wanted.add(item.external_id)
            if isinstance(item, Incoming):
                wanted.update((item.in_reply_to, *item.thread, *item.aliases))
        wanted.discard("")
        if not wanted or self.fresh:
            return
        found = Message.objects.filter(Q(external_id__in=wanted) | Q(alias__in=wanted), account=self.account)
        mailed = answered(one for one in items if isinstance(one, Incoming)) if self.account.channel == "mail" else {}
        keys = [*found.values_list("pk", flat=True), *mailed]
        if not keys:
            return
        if connection.features.has_select_for_update:
            held = Conversation.objects.filter(pk__in=Message.objects.filter(pk__in=keys).values("conversation"))
            list(held.order_by("pk").select_for_update().values_list("pk"))
        for message in Message.objects.filter(pk__in=keys).select_related(
            "conversation__case__authority", "record__authority"
        ):
            self._know(message)
            if message.pk in mailed:
                self._known[mailed[message.pk]] = message
        records = {message.record_id for message in self._known.values()}
        for version in RecordVersion.objects.filter(record__in=records).order_by("number"):
            self._latest[version.record_id] = version

    def _know(self, message: Message) -> None:
        self._known[message.external_id] = message
        if message.alias:
            self._known[message.alias] = message

    def _take_one(self, item: Incoming, files: Sequence[tuple[Blob, str]]) -> str:
        external_id = item.external_id
        if external_id in self._new:
            self._flush()
        known = self._known.get(external_id)
        if known and _is_another(known, item):
            # It is kept as a message of its own, never lost.
            external_id = f"{external_id}#{(item.body_hash or _hash_of(item))[:8]}"
            known = (
                self._known.get(external_id)
                or Message.objects.filter(account=self.account, external_id=external_id).first()
            )
        if known:
            return "changed" if self._edit(known, item, files) else "had"
        parents = [parent for parent in (item.in_reply_to, *reversed(item.thread)) if parent]
        if any(parent in self._new for parent in parents):
            self._flush()
        parent = next((self._known[parent] for parent in parents if parent in self._known), None)
        conversation = parent.conversation if parent else self._open(item)
        self._new[external_id] = _New(item, external_id, conversation, files)
        if alias := _alias(item):
            self._new[alias] = self._new[external_id]
        return "new"

    def _moments(self) -> tuple[datetime, datetime]:
        """Now, and when what comes in now is to be answered; worked out once for a delivery."""
        if self._opened is None:
            now, organisation = clock.now(), Organisation.current()
            self._organisation = organisation
            # From as far back as what is late may have been due: the order of the desk counts by the same days.
            self._closed = closed = ClosedDay.days(now.date() - timedelta(days=60))
            due = due_moment(now, working_days=organisation.answer_days, hours=organisation.hours, closed_days=closed)
            self._opened = now, due
        return self._opened

    def _open(self, item: Incoming) -> Conversation:
        """A conversation that is not saved yet and has no number yet."""
        now, due = self._moments()
        subject = rules.subject_of(item.subject, item.text)
        signs = priority.signs_of(f"{item.subject}\n{item.text}")
        return Conversation(
            account=self.account,
            channel=self.account.channel,
            subject=subject,
            subject_key=rules.subject_key(subject),
            state=(rules.State.CLOSED if item.spam else rules.State.NEW).value,
            closed_reason="spam" if item.spam else "",
            first_received_at=now,
            answer_due=due,
            first_at=self._first_at(signs, due),
            urgency=signs.urgency,
            is_question=signs.is_question,
            is_vulnerable=signs.is_vulnerable,
            last_message_at=now,
            message_count=0,
            changed_at=now,
        )

    def _first_at(self, signs: priority.Signs, due: datetime, same: int = 0) -> datetime:
        """Where it comes in the order of the desk; worked out once for all of a delivery that press as much."""
        if self._order is None:
            self._order = ordering.Order(self._organisation, self._closed)
        return self._order.first_at(signs, due, same)

    def _edit(self, known: Message, item: Incoming, files: Sequence[tuple[Blob, str]]) -> bool:
        """A new version where the words differ from the latest; whether there was one."""
        latest = self._latest.get(known.record_id)
        if latest is None:
            latest = RecordVersion.objects.filter(record_id=known.record_id).order_by("-number")[0]
        if known.deleted_at or not rules.is_new_version(
            latest=f"{latest.subject}\n{latest.whole}",
            new=f"{item.subject[:300]}\n{item.whole or item.text}",
            latest_edited=latest.edited_at,
            new_edited=item.edited_at,
        ):
            return False
        self._latest[known.record_id] = register.add_version(
            known.record, text=item.text, whole=item.whole, subject=item.subject, edited_at=item.edited_at, files=files
        )
        Conversation.objects.filter(pk=known.conversation_id).update(changed_at=clock.now())
        return True

    def _delete(self, item: Deleted) -> str:
        """Note that the sender took the message away; the record stays."""
        known = self._known.get(item.external_id)
        if known is None:
            return "ignored"
        if known.deleted_at:
            return "had"
        now = clock.now()
        Message.objects.filter(pk=known.pk).update(deleted_at=item.at or now)
        known.deleted_at = item.at or now
        journal.enter("message.deleted_by_sender", actor_ref="system", object_ref=known.ref, digest=NOTHING)
        Conversation.objects.filter(pk=known.conversation_id).update(
            changed_at=now, public_version=F("public_version") + 1
        )
        self._is_news = True
        return "deleted"

    def _flush(self) -> None:
        """Write what is waiting: records, conversations and messages in a constant number of statements."""
        new = list({id(entry): entry for entry in self._new.values()}.values())
        self._new.clear()
        if not new:
            return
        contacts, contexts = self._contacts, self._contexts
        opened = list({id(e.conversation): e.conversation for e in new if e.conversation._state.adding}.values())
        records = register.receive([self._arrival(entry) for entry in new], authority=self.account.authority)
        # As late as may be: all that take a number after us wait until we have committed.
        first_number = advance(NumberSeries, len(opened), id=1) if opened else 0
        for place, conversation in enumerate(opened):
            conversation.number = first_number + place
        now = clock.now()
        for entry, record in zip(new, records, strict=True):
            conversation = entry.conversation
            if conversation._state.adding:
                conversation.case = record.case
                conversation.contact = contacts.get(entry.incoming.sender.address)
                conversation.context = context_of(entry.incoming, contexts)
                conversation.message_count += 1
                conversation.sealed = conversation.sealed or record.protected_identity
        joined = [(e, r) for e, r in zip(new, records, strict=True) if not e.conversation._state.adding]
        insert(Conversation, opened)
        messages = insert(Message, (self._message(e, record, now) for e, record in zip(new, records, strict=True)))
        for message in messages:
            self._know(message)
        first = {id(entry.conversation): entry for entry in reversed(new)}
        self.opened += [(conversation, first[id(conversation)].incoming) for conversation in opened]
        self._join_all(joined)
        if guarded := {entry.conversation.pk for entry, record in joined if record.protected_identity}:
            Conversation.objects.filter(pk__in=guarded).update(sealed=True)
        self._is_news = True

    def _join_all(self, joined: Sequence[tuple[_New, Record]]) -> None:
        """Further messages of conversations that were here, each conversation written once: a storm is one thread."""
        together: dict[int, list[tuple[_New, Record]]] = {}
        for entry, record in joined:
            together.setdefault(entry.conversation.pk, []).append((entry, record))
        for pairs in together.values():
            now, due = self._moments()
            people = [entry for entry, _ in pairs if not entry.incoming.automatic]
            words = (f"{entry.incoming.subject}\n{entry.incoming.text}" for entry in people)
            signs = [priority.signs_of(text) for text in words]
            # What presses most of what came is why the conversation is worked on again.
            most = min(signs, key=lambda one: self._first_at(one, due), default=None)
            case = next((record.case for _, record in pairs if record.case_id), None)
            conversation = pairs[0][0].conversation
            first = self._first_at(most, due, conversation.same_count) if most else due
            _join(conversation, case, now, due, first, count=len(pairs), signs=most)

    def _message(self, entry: _New, record: Record, now: datetime) -> Message:
        incoming = entry.incoming
        return Message(
            conversation=entry.conversation,
            record=record,
            account=self.account,
            external_id=entry.external_id,
            alias=_alias(incoming),
            direction=Message.IN,
            sender=self._contacts.get(incoming.sender.address),
            visibility=incoming.visibility.value,
            url=incoming.url,
            body_hash=incoming.body_hash,
            authenticated=incoming.authenticated[:10],
            automatic=incoming.automatic,
            warning=incoming.warning[:300],
            language=rules.other_language(incoming.language),
            sent_at=_sent(incoming, now),
            captured_at=now,
        )

    def _arrival(self, entry: _New) -> register.Arrival:
        incoming = entry.incoming
        contact = self._contacts.get(incoming.sender.address)
        return register.Arrival(
            text=incoming.text,
            whole=incoming.whole,
            channel=self.account.channel,
            correspondent=incoming.sender.name or incoming.sender.address,
            subject=incoming.subject[:300],
            title=entry.conversation.subject,
            occurred_at=_sent(incoming, clock.now()),
            addressed=incoming.visibility in (Visibility.DIRECT, Visibility.FOLLOWERS),
            case=entry.conversation.case,
            automatic=incoming.automatic or incoming.spam,
            edited_at=incoming.edited_at,
            files=entry.files,
            protected=contact is not None and contact.protected_identity,
            circle=self._circles.get(contact.pk) if contact else None,
        )


def _is_another(known: Message, item: Incoming) -> bool:
    """Whether it is another message under a name that we have: another mail under its Message-ID, or one that comes under
    the name of an answer of ours, which nobody outside can change."""
    if known.direction == Message.OUT:
        return True
    return bool(item.body_hash and known.body_hash and known.body_hash != item.body_hash)


def _hash_of(item: Incoming) -> str:
    return sha256(f"{item.subject}\n{item.whole or item.text}".encode("utf-8", "replace")).hexdigest()


def _alias(incoming: Incoming) -> str:
    """What others call the message: its local id, or in private messages the name of the thread (Graph: t_…, with:…)."""
    thread = incoming.thread[0] if incoming.thread and incoming.thread[0].startswith(("t_", "with:")) else ""
    return next(iter(incoming.aliases), thread)[:200]


def _sent(incoming: Incoming, now: datetime) -> datetime:
    """When it was said: the channel's time, but never after now (a sender's clock may be wrong)."""
    return min(incoming.sent_at, now) if incoming.sent_at else now


def _join(
    conversation: Conversation,
    case: Case | None,
    now: datetime,
    due: datetime,
    first_at: datetime,
    *,
    count: int,
    signs: priority.Signs | None,
) -> None:
    """Further messages in a conversation: counted, woken, and brought back to work where it was answered or closed.

    A machine's message (somebody is away) shows no signs and is no work.
    """
    done = [rules.State.ANSWERED.value, rules.State.CLOSED.value, rules.State.WAITING.value]
    rows = Conversation.objects.filter(pk=conversation.pk)
    rows.update(message_count=F("message_count") + count, last_message_at=now, changed_at=now)
    if case is not None and conversation.case_id is None:
        rows.filter(case=None).update(case=case)
        conversation.case = case
    if signs is None:
        return
    rows.exclude(snoozed_until=None).update(snoozed_until=None)
    back = rows.filter(state__in=done).exclude(closed_reason="spam")
    # What was answered has a new day of answer; what only waited keeps its own.
    back.exclude(state=rules.State.WAITING.value).update(
        answer_due=due,
        first_at=first_at,
        urgency=signs.urgency,
        is_question=signs.is_question,
        is_vulnerable=signs.is_vulnerable,
    )
    back.filter(assigned_to=None).update(state=rules.State.NEW.value)
    back.update(state=rules.State.ASSIGNED.value)
