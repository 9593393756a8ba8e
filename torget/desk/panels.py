"""What other modules show beside a conversation and on the rows of the queue, as far as they have it.

A module's `panels.py` may have `panel(conversation, user, read) -> dict | None`, the context of its template `_panel.html`
(one `<section>` of the side pane; `read`: the messages on the page, oldest first, with account, record and versions),
and `marks(keys) -> {key: (state, words)}` for rows of the queue.
"""

from collections.abc import Iterable, Sequence
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any

from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from torget.conversations.models import Conversation, Message
from torget.organisations.models import User

MODULES = ("search", "experts", "accounts", "moderation", "posts", "team")
"""In the order of the side pane: what was answered before comes first."""


def _found() -> list[tuple[str, ModuleType]]:
    names = [(name, f"torget.{name}.panels") for name in MODULES]
    return [(name, import_module(path)) for name, path in names if find_spec(path)]


FOUND = _found()


def panels(
    request: HttpRequest, conversation: Conversation, user: User, read: Sequence[Message] = ()
) -> list[SafeString]:
    """The sections beside a conversation, as HTML; `read` are the messages on the page."""
    found: list[SafeString] = []
    # What a panel posts needs the page's token; without the request what every page shows is not read anew for each.
    page = {"conversation": conversation, "user": user, "csrf_token": get_token(request)}
    for name, module in FOUND:
        context: dict[str, Any] | None = module.panel(conversation, user, read) if hasattr(module, "panel") else None
        if context is not None:
            found.append(render_to_string(f"{name}/_panel.html", page | context))
    return found


def overdue() -> list[str]:
    """Accounts that somebody should have looked at by now, for the foot of the desk."""
    return [words for _, module in FOUND if hasattr(module, "overdue") for words in module.overdue()]


def marks(keys: Iterable[int]) -> dict[int, tuple[str, str]]:
    """States that other modules give rows of the queue, by the conversation's key."""
    given = list(keys)
    found: dict[int, tuple[str, str]] = {}
    for _, module in FOUND:
        if hasattr(module, "marks"):
            found |= module.marks(given)
    return found
