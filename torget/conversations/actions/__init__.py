"""Every write about conversations: intake (in), handling (handle), answering and sending (out), receipts, connections."""

from torget.conversations.actions.answering import (
    Answered,
    decide_unknown,
    reply,
    reply_many,
    send_at_once,
    withdraw,
)
from torget.conversations.actions.connecting import connect, disconnect, gap_looked_at, note_gaps
from torget.conversations.actions.deliveries import deliveries_of
from torget.conversations.actions.guarding import (
    hide_from,
    lift_secret,
    mark_secret,
    protect,
    reseal,
    set_circle,
    unprotect,
)
from torget.conversations.actions.handling import (
    classify,
    close,
    keep_draft,
    note,
    publish,
    release,
    reopen,
    take,
    unpublish,
    wait,
)
from torget.conversations.actions.intake import account_for, parse, parse_waiting, receive_file, set_aside, store
from torget.conversations.actions.joining import of_the_writer, read_at
from torget.conversations.actions.keeping import classify_many, correct, declassify_many, merge_cases, move_records
from torget.conversations.actions.organising import wake_snoozed
from torget.conversations.actions.reading import thread_of_the_writer
from torget.conversations.actions.receipts import (
    Written,
    find_receipt,
    make_receipt,
    post_form,
    receipt_again,
    say_helped,
    say_thanks,
)
from torget.conversations.actions.sending import look_at_source, send_waiting

__all__ = [
    "Answered",
    "Written",
    "account_for",
    "classify",
    "classify_many",
    "close",
    "connect",
    "correct",
    "decide_unknown",
    "declassify_many",
    "deliveries_of",
    "disconnect",
    "find_receipt",
    "gap_looked_at",
    "hide_from",
    "keep_draft",
    "lift_secret",
    "look_at_source",
    "make_receipt",
    "mark_secret",
    "merge_cases",
    "move_records",
    "note",
    "note_gaps",
    "of_the_writer",
    "parse",
    "parse_waiting",
    "post_form",
    "protect",
    "publish",
    "read_at",
    "receipt_again",
    "receive_file",
    "release",
    "reopen",
    "reply",
    "reply_many",
    "reseal",
    "say_helped",
    "say_thanks",
    "send_at_once",
    "send_waiting",
    "set_aside",
    "set_circle",
    "store",
    "take",
    "thread_of_the_writer",
    "unprotect",
    "unpublish",
    "wait",
    "wake_snoozed",
    "withdraw",
]
