"""Every write to the register; one transaction and one journal entry each."""

from torget.register.actions.cases import (
    close_case,
    link_cases,
    merge_cases,
    move_records,
    open_case,
    reopen_case,
    unlink_cases,
)
from torget.register.actions.correcting import correct
from torget.register.actions.deciding import confirm, confirm_many, unconfirm_many
from torget.register.actions.drawing import (
    acknowledge,
    dispatch,
    draw_up,
    follow,
    publish_post,
    revise_working,
    withdraw,
    write_working,
)
from torget.register.actions.receiving import Arrival, add_version, open_cases, receive
from torget.register.actions.secrecy import (
    Chosen,
    circles_of,
    lift_secret,
    mark_secret,
    note_reading,
    protect,
    set_circle,
    unprotect,
)

__all__ = [
    "Arrival",
    "Chosen",
    "acknowledge",
    "add_version",
    "circles_of",
    "close_case",
    "confirm",
    "confirm_many",
    "correct",
    "dispatch",
    "draw_up",
    "follow",
    "lift_secret",
    "link_cases",
    "mark_secret",
    "merge_cases",
    "move_records",
    "note_reading",
    "open_case",
    "open_cases",
    "protect",
    "publish_post",
    "receive",
    "reopen_case",
    "revise_working",
    "set_circle",
    "unconfirm_many",
    "unlink_cases",
    "unprotect",
    "withdraw",
    "write_working",
]
