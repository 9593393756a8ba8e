"""What an administrator has filled in and not connected yet: in the session, sealed, for half an hour.

Passwords and tokens do not lie in the database (docs/rules/live-channels.md), and sessions do: the words are sealed with a
key that follows from the installation's secret, which lies outside it.
"""

import base64
import json
from hashlib import sha256
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings

from torget.core import clock

NAME = "connecting"
SECONDS = 30 * 60


def _seal() -> Fernet:
    key = sha256(b"torget connecting\x00" + settings.SECRET_KEY.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))


def keep(session: Any, words: dict[str, Any]) -> None:
    """Keep what may be connected; what was kept before goes. `session` is the request's."""
    now = int(clock.now().timestamp())
    session[NAME] = _seal().encrypt_at_time(json.dumps(words).encode(), now).decode()


def kept(session: Any) -> dict[str, Any]:
    """What is kept, {} where there is nothing or it is too old."""
    held = session.get(NAME)
    if not isinstance(held, str):
        return {}
    try:
        opened = _seal().decrypt_at_time(held.encode(), SECONDS, int(clock.now().timestamp()))
    except InvalidToken:
        drop(session)
        return {}
    found = json.loads(opened)
    return found if isinstance(found, dict) else {}


def drop(session: Any) -> None:
    """Forget it."""
    session.pop(NAME, None)
