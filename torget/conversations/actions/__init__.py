"""Every write about conversations: intake (in), handling (handle), sending (out), receipts."""

from torget.conversations.actions.handling import (
    classify,
    close,
    decide_unknown,
    keep_draft,
    lift_secret,
    mark_secret,
    note,
    publish,
    release,
    reopen,
    reply,
    take,
    unpublish,
    wait,
)
from torget.conversations.actions.intake import account_for, parse, parse_waiting, receive_file, set_aside, store
from torget.conversations.actions.receipts import Written, find_receipt, make_receipt, post_form, say_helped, say_thanks
from torget.conversations.actions.sending import send_waiting

__all__ = [
    "Written",
    "account_for",
    "classify",
    "close",
    "decide_unknown",
    "find_receipt",
    "keep_draft",
    "lift_secret",
    "make_receipt",
    "mark_secret",
    "note",
    "parse",
    "parse_waiting",
    "post_form",
    "publish",
    "receive_file",
    "release",
    "reopen",
    "reply",
    "say_helped",
    "say_thanks",
    "send_waiting",
    "set_aside",
    "store",
    "take",
    "unpublish",
    "wait",
]
