"""Turns a chapter of the plan into rows, in the order and with the values that the actions give them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from hashlib import sha256
from json import JSONEncoder
from typing import Any
from uuid import uuid4

from django.db import transaction

from torget.channels.base import Visibility
from torget.conversations import ordering, priority, rules
from torget.conversations.models import Account, Message, NumberSeries
from torget.core import clock
from torget.core.models import PublicVersion
from torget.demo.bulk import keeping, tables
from torget.demo.bulk.plan import Answered, Came, Closed, Confirmed, Event
from torget.demo.bulk.rows import Kept, Rows, Thread
from torget.journal import actions as journal
from torget.journal.actions import sequencing
from torget.journal.rules import fold, grow, place_key
from torget.organisations.models import ClosedDay, Organisation, User
from torget.organisations.rules import due_moment
from torget.people.models import Contact
from torget.register import rules as register
from torget.register.looking import facet_of, place_of
from torget.register.models import DiarySeries

PER_CHAPTER = 10_000
"""Messages in a transaction."""
_canonical = JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode
"""The journal's own canonical form for what holds only texts (journal.rules.canonical), made once."""


def write(
    chapters: Iterable[Sequence[Event]],
    *,
    accounts: Mapping[str, Account],
    staff: Sequence[User],
    say: Callable[[int], None] | None = None,
) -> int:
    """Write the chapters, a transaction each, and number and sign their journal entries; how many messages there are.

    For a database that nobody else writes to meanwhile. Errors: Refused, where the journal's key cannot be used.
    """
    writer, done = Writer(accounts, staff), 0
    with tables.roomy():
        for chapter in chapters:
            with transaction.atomic():
                done += writer.write(chapter)
            if say:
                say(done)
    tables.reset_series(writer.all)
    return done


@lru_cache(maxsize=20_000)
def judged(subject: str, body: str, addressed: bool, in_case: bool) -> register.Proposal:
    """The proposal for a text. What the plan adds to a text changes nothing in it."""
    return register.propose(f"{subject}\n{body}", addressed=addressed, in_case=in_case)


@lru_cache(maxsize=20_000)
def signs(subject: str, body: str) -> priority.Signs:
    """What a text shows of how much it presses."""
    return priority.signs_of(f"{subject}\n{body}")


@lru_cache(maxsize=20_000)
def named(subject: str, body: str) -> tuple[str, str]:
    """What a conversation is called, and by what that recurs."""
    title = rules.subject_of(subject, body)
    return title, rules.subject_key(title)


@lru_cache(maxsize=20_000)
def _numbers_in(text: str) -> bool:
    return bool(register.find_identity_numbers(text))


class Writer(Rows):
    """Writes chapters. What there is goes on; `kept` is the record made last."""

    kept: Kept

    def __init__(self, accounts: Mapping[str, Account], staff: Sequence[User]) -> None:
        super().__init__(accounts, staff)
        organisation = Organisation.current()
        self.organisation, self.order = organisation, ordering.Order(organisation, ClosedDay.days())
        self.known = {
            (channel, address): key for channel, address, key in Contact.objects.values_list("channel", "address", "pk")
        }
        self.number = NumberSeries.objects.filter(pk=1).values_list("last", flat=True).first() or 0
        self.diary = {(row.authority_id, row.year): row.last for row in DiarySeries.objects.all()}
        self.threads: dict[tuple[str, str], Thread] = {}
        self._due: dict[date, datetime] = {}

    def write(self, chapter: Sequence[Event]) -> int:
        """Write one chapter; how many messages it had."""
        self.threads.clear()
        latest = journal.latest_checkpoint()
        size = latest.size if latest else 0
        first_entry = self.entries.next
        for event in chapter:
            if isinstance(event, Came):
                self._come(event)
            elif isinstance(event, Answered):
                self._answer(event)
            elif isinstance(event, Closed):
                keeping.close(self, self.threads[event.channel, event.of], event)
            elif isinstance(event, Confirmed):
                keeping.confirm(self, self.threads[event.channel, event.of], event)
            else:
                keeping.judge(self, self.threads[event.channel, event.of], event)
        self._number(size)
        done = len(self.messages.rows)
        for table in self.all:
            table.write()
        self.shown.write()
        self._count()
        if self.entries.next > first_entry:
            self._sign(chapter[-1].at)
        return done

    # ---- what happens -----------------------------------------------------------------------------------------------

    def _come(self, event: Came) -> None:
        item, account, at = event.incoming, self.accounts[event.channel], self.when(event.at)
        contact = self._contact(event, at)
        thread = self.threads.get((event.channel, item.in_reply_to)) if item.in_reply_to else None
        addressed = item.visibility is Visibility.DIRECT
        proposal = judged(item.subject, event.body, addressed, thread is not None and thread.case is not None)
        title, key = named(item.subject, event.body) if thread is None else (str(self._of(thread, "subject")), "")
        sent = min(item.sent_at or event.at, event.at)
        case, number = self._case(proposal, thread, account, title, event.at)
        correspondent = item.sender.name or item.sender.address
        authority, name = account.authority_id, account.authority.name
        record = self._record(
            event.channel, register.Kind.RECEIVED, authority, name, case, number, sent, event.at, correspondent, title,
            item.subject, item.text, proposal, "record.received", "system",
        )  # fmt: skip
        due = self._due_of(event.at)
        if thread is None:
            thread = self._open(event, at, title, key, case, contact, due, correspondent)
        else:
            self._join(thread, event, at, case, due)
        self.threads[event.channel, item.external_id] = thread
        thread.kept.append(self.kept)
        if event.nonce:
            keeping.give_receipt(self, thread, event)
        self.messages.add(
            conversation_id=thread.row[self.conversations.key], record_id=record, account_id=account.pk,
            external_id=item.external_id, direction=Message.IN, sender_id=contact, visibility=item.visibility.value,
            sent_at=self.when(sent), captured_at=at,
        )  # fmt: skip
        self.bumps += 1

    def _answer(self, event: Answered) -> None:
        thread, account, by = self.threads[event.channel, event.to], self.accounts[event.channel], self.staff[event.by]
        at = self.when(event.at)
        text = rules.storable(event.text.strip())
        way = rules.way_out(event.channel, "", connected=account.is_live)
        state = register.State.REGISTERED if thread.case else register.State.ORDERED
        proposal = register.Proposal(state, register.Why.OUR_ANSWER)
        number = self._further(thread.case) if thread.case else None
        record = self._record(
            event.channel, register.Kind.DRAWN_UP, thread.authority, thread.authority_name, thread.case, number,
            event.at, event.at, thread.correspondent, thread.subject, thread.subject, text, proposal,
            "record.drawn_up", by.ref,
        )  # fmt: skip
        thread.kept.append(self.kept)
        self.bumps += 1
        row, place = thread.row, self.conversations.place
        message = self.messages.add(
            conversation_id=row[self.conversations.key], record_id=record, account_id=account.pk,
            external_id=f"torget:{uuid4()}", direction=Message.OUT, author_id=by.pk,
            visibility=Visibility.DIRECT.value, sent_at=at, captured_at=at,
        )  # fmt: skip
        there = way is rules.Way.RECEIPT
        self.outbox.add(
            message_id=message[self.messages.key], way=way.value, sent_at=at if there else None,
            state=(rules.Sending.SENT if there else rules.Sending.NO_WAY_OUT).value,
        )  # fmt: skip
        if there:
            self.records.rows[-1][self.records.place["kind"]] = register.Kind.DISPATCHED.value
            self.enter("record.dispatched", "system", f"record:{record}", self.kept.digest, event.at)
            self.bumps += 1
        for name in ("first_answered_at", "taken_at"):
            row[place[name]] = row[place[name]] or at
        row[place["assigned_to_id"]] = row[place["assigned_to_id"]] or by.pk
        row[place["state"]] = rules.State.ANSWERED.value
        row[place["message_count"]] += 1
        row[place["last_message_at"]] = row[place["changed_at"]] = at

    # ---- its rows ---------------------------------------------------------------------------------------------------

    def _of(self, thread: Thread, name: str) -> Any:
        return thread.row[self.conversations.place[name]]

    def _contact(self, event: Came, at: Any) -> int | None:
        sender = event.incoming.sender
        if not sender.address:
            return None
        where = event.channel, sender.address
        if where not in self.known:
            row = self.contacts.add(channel=event.channel, address=sender.address, name=sender.name, first_seen_at=at)
            self.known[where] = row[self.contacts.key]
        return self.known[where]

    def _case(
        self, proposal: register.Proposal, thread: Thread | None, account: Account, title: str, at: datetime
    ) -> tuple[list[Any] | None, int | None]:
        """The case a received record lies in and its number there."""
        if proposal.state is not register.State.REGISTERED:
            return None, None
        if thread and thread.case:
            return thread.case, self._further(thread.case)
        year = at.astimezone(clock.STOCKHOLM).year
        series = account.authority_id, year
        self.diary[series] = self.diary.get(series, 0) + 1
        case = self.cases.add(
            authority_id=account.authority_id, year=year, number=self.diary[series], subject=title[:300],
            opened_at=self.when(at), last_record=1,
        )  # fmt: skip
        return case, 1

    def _further(self, case: list[Any]) -> int:
        place = self.cases.place["last_record"]
        case[place] += 1
        return int(case[place])

    def _record(
        self, channel: str, kind: register.Kind, authority: int, name: str, case: list[Any] | None, number: int | None,
        occurred: datetime, at: datetime, correspondent: str, title: str, subject: str, text: str,
        proposal: register.Proposal, entered: str, actor: str,
    ) -> int:  # fmt: skip
        """A record with its first version and its entry; its key."""
        moment = self.when(at)
        row = self.records.add(
            authority_id=authority, case_id=case[self.cases.key] if case else None, number=number, kind=kind.value,
            occurred_at=self.when(occurred), captured_at=moment, correspondent=correspondent[:320],
            subject=title[:300], channel=channel, proposed_state=proposal.state.value,
            proposed_reason=proposal.why.value,
            has_identity_number=proposal.why is register.Why.IDENTITY_NUMBER
            or (kind is register.Kind.DRAWN_UP and _numbers_in(text)),
        )  # fmt: skip
        key: int = row[self.records.key]
        sealed: dict[str, Any] = {
            "authority": name, "kind": kind.value, "received_at": occurred.isoformat(timespec="milliseconds"),
            "channel": channel, "correspondent": correspondent[:320], "subject": subject[:300], "attachments": [],
        }  # fmt: skip
        salt = os.urandom(16)
        digest = sha256(salt + _canonical({**sealed, "text": text}).encode()).digest()
        self.versions.add(
            record_id=key, text=text, subject=subject[:300], sealed=self.json(sealed), salt=salt, digest=digest,
            created_at=moment,
        )  # fmt: skip
        self.enter(entered, actor, f"record:{key}", digest, at)
        from_us = kind is not register.Kind.RECEIVED
        shown = self.shown.add(
            record_id=key, case_id=row[self.records.place["case_id"]],
            facet=facet_of(authority, channel, register.State.UNCLASSIFIED.value, from_us=from_us),
        )  # fmt: skip
        # Until it is confirmed the public reads "Meddelande", and no word finds it.
        shown[self.shown.key] = place_of(occurred.astimezone(clock.STOCKHOLM).date(), key)
        self.kept = Kept(row, shown, digest)
        return key

    def _open(
        self, event: Came, at: Any, title: str, key: str, case: list[Any] | None, contact: int | None, due: datetime,
        correspondent: str,
    ) -> Thread:  # fmt: skip
        account, seen = self.accounts[event.channel], signs(event.incoming.subject, event.body)
        self.number += 1
        row = self.conversations.add(
            number=self.number, account_id=account.pk, channel=event.channel, subject=title, subject_key=key,
            case_id=case[self.cases.key] if case else None, contact_id=contact, first_received_at=at,
            answer_due=self.when(due), first_at=self.when(self.order.first_at(seen, due)), urgency=seen.urgency,
            is_question=seen.is_question, is_vulnerable=seen.is_vulnerable, last_message_at=at, message_count=1,
            changed_at=at,
        )  # fmt: skip
        return Thread(row, case, correspondent[:320], title[:300], account.authority_id, account.authority.name)

    def _join(self, thread: Thread, event: Came, at: Any, case: list[Any] | None, due: datetime) -> None:
        row, place = thread.row, self.conversations.place
        row[place["message_count"]] += 1
        row[place["last_message_at"]] = row[place["changed_at"]] = at
        if case and thread.case is None:
            thread.case, row[place["case_id"]] = case, case[self.cases.key]
        if row[place["state"]] in (rules.State.ANSWERED, rules.State.CLOSED):
            seen = signs(event.incoming.subject, event.body)
            row[place["answer_due"]] = self.when(due)
            row[place["first_at"]] = self.when(self.order.first_at(seen, due))
            held = row[place["assigned_to_id"]] is not None
            row[place["state"]] = (rules.State.ASSIGNED if held else rules.State.NEW).value

    def _due_of(self, at: datetime) -> datetime:
        """When an answer is due; the same for all that comes on a day."""
        day = at.astimezone(clock.STOCKHOLM).date()
        if day not in self._due:
            organisation = self.organisation
            self._due[day] = due_moment(
                at,
                working_days=organisation.answer_days,
                hours=organisation.hours,
                closed_days=ClosedDay.days(at.date()),
            )
        return self._due[day]

    # ---- journal and counters ---------------------------------------------------------------------------------------

    def _number(self, size: int) -> None:
        """Number the chapter's entries from `size` on and let the tree grow by them."""
        place = self.entries.place["sequence"]
        for number, row in enumerate(self.entries.rows, size):
            row[place] = number

    def _sign(self, at: datetime) -> None:
        """Grow the tree by the chapter's leaves and sign a checkpoint, as the sequencer does."""
        latest = journal.latest_checkpoint()
        size, edge = sequencing._right_edge(latest)
        edge, made = grow(edge, size, self.leaves)
        self.nodes.next = 0
        for node, value in made:
            row = self.nodes.add(hash=value)
            row[self.nodes.key] = place_key(node)
        self.nodes.write()
        with clock.at(at):
            sequencing._sign(journal.signing_key(), size + len(self.leaves), fold(edge), latest)
        self.leaves.clear()

    def _count(self) -> None:
        """Bring the running numbers and the public version to where the rows are."""
        NumberSeries.objects.update_or_create(pk=1, defaults={"last": self.number})
        for (authority, year), last in self.diary.items():
            DiarySeries.objects.update_or_create(authority_id=authority, year=year, defaults={"last": last})
        version = PublicVersion.current() + self.bumps
        PublicVersion.objects.update_or_create(pk=1, defaults={"version": version})
        self.bumps = 0
