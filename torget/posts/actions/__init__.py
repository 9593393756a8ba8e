"""Every write about posts: writing, deciding, sending (the worker's part), keeping (register and context), calendar links."""

from torget.posts.actions.deciding import (
    approve,
    ask_to_look,
    decide,
    move,
    send_back,
    submit,
    withdraw,
)
from torget.posts.actions.links import make_link, revoke_link
from torget.posts.actions.ready import Readiness, look_over, shape_for
from torget.posts.actions.sending import accounts_with_work, look_for_unknown, send_waiting
from torget.posts.actions.writing import Chosen, Written, delete, duplicate, edit, restore, write

__all__ = [
    "Chosen",
    "Readiness",
    "Written",
    "accounts_with_work",
    "approve",
    "ask_to_look",
    "decide",
    "delete",
    "duplicate",
    "edit",
    "look_for_unknown",
    "look_over",
    "make_link",
    "move",
    "restore",
    "revoke_link",
    "send_back",
    "send_waiting",
    "shape_for",
    "submit",
    "withdraw",
    "write",
]
