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
from torget.register.actions.exporting import export
from torget.register.actions.receiving import Arrival, add_version, open_cases, receive
from torget.register.actions.showing import mend, refresh, show, show_new

__all__ = [
    "Arrival",
    "acknowledge",
    "add_version",
    "confirm",
    "dispatch",
    "draw_up",
    "export",
    "follow",
    "lift_secret",
    "mark_secret",
    "mend",
    "open_cases",
    "publish_post",
    "receive",
    "refresh",
    "revise_working",
    "show",
    "show_new",
    "withdraw",
    "write_working",
]
