"""Every write of moderation: removing (hide, remove, show again), notices and complaints, watching."""

from torget.moderation.actions.notices import Noticed, complain, decide_complaint, decide_notice, post_notice
from torget.moderation.actions.removing import (
    address_of,
    decide,
    find_removal,
    is_the_asker,
    remove,
    remove_waiting,
    secret_of,
    tell,
    undo,
)
from torget.moderation.actions.watching import looked, set_watch

__all__ = [
    "Noticed",
    "address_of",
    "complain",
    "decide",
    "decide_complaint",
    "decide_notice",
    "find_removal",
    "is_the_asker",
    "looked",
    "post_notice",
    "remove",
    "remove_waiting",
    "secret_of",
    "set_watch",
    "tell",
    "undo",
]
