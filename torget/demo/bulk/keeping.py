"""What becomes of rows on their way in: a receipt is given, an answer judged, records confirmed, a case closed."""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256

from torget.conversations import rules as conversations
from torget.conversations.actions.receipts import _hash, _secret
from torget.demo.bulk.plan import Came, Closed, Confirmed, Judged
from torget.demo.bulk.rows import Kept, Rows, Thread
from torget.register import looking, rules

NOTHING = bytes(32)


def give_receipt(writer: Rows, thread: Thread, event: Came) -> None:
    """The receipt of what came by the form, with the secret that the form would have shown."""
    secret = _secret(event.incoming.external_id.removeprefix("form:"))
    thread.receipt = writer.receipts.add(
        secret_hash=_hash(secret), conversation_id=thread.row[writer.conversations.key], made_at=writer.when(event.at)
    )


def close(writer: Rows, thread: Thread, event: Closed) -> None:
    """Close the conversation without an answer."""
    row, place, at = thread.row, writer.conversations.place, writer.when(event.at)
    row[place["state"]], row[place["closed_reason"]] = conversations.State.CLOSED.value, "no_question"
    row[place["taken_at"]] = row[place["taken_at"]] or at
    row[place["changed_at"]] = at
    ref = f"conversation:{row[place['number']]}"
    writer.enter("conversation.closed", writer.staff[event.by].ref, ref, NOTHING, event.at)


def judge(writer: Rows, thread: Thread, event: Judged) -> None:
    """Note on the receipt whether the answer helped."""
    if thread.receipt is None:
        raise ValueError(f"nobody has a receipt of {event.of}")
    at, place = writer.when(event.at), writer.receipts.place
    thread.receipt[place["helped"]], thread.receipt[place["helped_at"]] = event.helped, at
    thread.row[writer.conversations.place["changed_at"]] = at
    number = thread.row[writer.conversations.place["number"]]
    writer.enter(f"answer.helped_{event.helped}", "resident", f"conversation:{number}", NOTHING, event.at)


def confirm(writer: Rows, thread: Thread, event: Confirmed) -> None:
    """Confirm each record of the conversation as it was proposed; close its case where the plan says so."""
    by = writer.staff[event.by]
    for kept in thread.kept:
        _confirm(writer, thread, kept, event)
        state = kept.row[writer.records.place["state"]]
        writer.enter(f"record.{state}", by.ref, f"record:{kept.row[writer.records.key]}", kept.digest, event.at)
        writer.bumps += 1
    if event.shut and thread.case:
        case, place = thread.case, writer.cases.place
        case[place["closed_at"]] = writer.when(event.at)
        prefix = writer.accounts[event.channel].authority.prefix
        dnr = rules.dnr(prefix, case[place["year"]], case[place["number"]])
        # As register.actions.cases has it: nothing was weeded, and nothing kept.
        digest = sha256(f"case.closed:{dnr}:0:0".encode()).digest()
        writer.enter("case.closed", by.ref, f"case:{case[writer.cases.key]}", digest, event.at)
        writer.bumps += 1


def _confirm(writer: Rows, thread: Thread, kept: Kept, event: Confirmed) -> None:
    row, place = kept.row, writer.records.place
    state, subject = row[place["proposed_state"]], masked(row[place["subject"]])
    row[place["state"]], row[place["subject"]] = state, subject
    row[place["confirmed_by_id"]], row[place["confirmed_at"]] = writer.staff[event.by].pk, writer.when(event.at)
    if thread.case and row[place["number"]] == 1:
        named = writer.cases.place["subject"]
        thread.case[named] = subject or thread.case[named]
    authority, channel, case = row[place["authority_id"]], row[place["channel"]], row[place["case_id"]]
    from_us = row[place["kind"]] != rules.Kind.RECEIVED
    shown, found = kept.shown, writer.shown.place
    shown[found["facet"]] = looking.facet_of(authority, channel, state, from_us=from_us)
    shown[found["words"]], shown[found["parts"]] = terms(subject)
    if shown[found["words"]]:
        shown[found["marks"]] = looking.marks_of(authority, channel, state, from_us=from_us, case=case)


@lru_cache(maxsize=20_000)
def masked(subject: str) -> str:
    """A subject as it is shown."""
    return rules.mask_identity_numbers(subject)


@lru_cache(maxsize=20_000)
def terms(subject: str) -> tuple[str, str]:
    """What a subject is found by; nothing where there is none."""
    return looking.terms_of(masked(subject)) if subject else ("", "")
