"""Every write to the register; one transaction and one journal entry each."""

from torget.register.actions.deciding import confirm, lift_secret, mark_secret
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
from torget.register.actions.receiving import Arrival, add_version, open_cases, receive

__all__ = [
    "Arrival",
    "acknowledge",
    "add_version",
    "confirm",
    "dispatch",
    "draw_up",
    "erase",
    "follow",
    "held",
    "hold",
    "lift",
    "lift_secret",
    "mark_secret",
    "open_cases",
    "publish_post",
    "receive",
    "replay",
    "revise_working",
    "unlink_erased",
    "withdraw",
    "write_working",
]
