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
from torget.register.actions.erasing import erase, held, hold, lift, replay, unlink_erased
from torget.register.actions.exporting import export
from torget.register.actions.receiving import Arrival, add_version, open_cases, receive
from torget.register.actions.secrecy import (
    Chosen,
    circles_of,
    guard_alike,
    lift_secret,
    mark_secret,
    note_reading,
    protect,
    set_circle,
    unprotect,
)
from torget.register.actions.showing import mend, refresh, show, show_new

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
    "erase",
    "export",
    "follow",
    "guard_alike",
    "held",
    "hold",
    "lift",
    "lift_secret",
    "link_cases",
    "mark_secret",
    "mend",
    "merge_cases",
    "move_records",
    "note_reading",
    "open_case",
    "open_cases",
    "protect",
    "publish_post",
    "receive",
    "refresh",
    "reopen_case",
    "replay",
    "revise_working",
    "set_circle",
    "show",
    "show_new",
    "unconfirm_many",
    "unlink_cases",
    "unlink_erased",
    "unprotect",
    "withdraw",
    "write_working",
]
