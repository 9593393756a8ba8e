"""What several processes share by Redis or Valkey. All of it may be lost at any moment: each user of it has a way without.

Where it does not answer it is left alone for two seconds, so that no page waits for it. docs/decisions/0041.
"""

import logging
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

from django.conf import settings

log = logging.getLogger("torget.shared")
T = TypeVar("T")
PAUSE = 2.0
"""Seconds for which it is not asked after it has failed."""
WAIT = 0.5
"""Seconds that a page waits for it at most."""
PREFIX = "torget:"

_lock = threading.Lock()
_client: Any = None
_rests_until = 0.0


def client() -> Any:
    """The connection; None where no TORGET_REDIS_URL is set, or while it is left alone."""
    global _client
    if not settings.TORGET_REDIS_URL or time.monotonic() < _rests_until:
        return None
    with _lock:
        if _client is None:
            import redis

            _client = redis.Redis.from_url(
                settings.TORGET_REDIS_URL, socket_timeout=WAIT, socket_connect_timeout=WAIT, health_check_interval=30,
                retry=None, max_connections=50,
            )  # fmt: skip
    return _client


def tried(ask: Callable[[Any], T], otherwise: Callable[[], T]) -> T:
    """What `ask(connection)` gives; what `otherwise()` gives where there is none or it does not answer."""
    global _rests_until
    connection = client()
    if connection is None:
        return otherwise()
    import redis

    try:
        return ask(connection)
    except (redis.RedisError, OSError) as error:
        _rests_until = time.monotonic() + PAUSE
        log.warning("shared.away error=%s", type(error).__name__)
        return otherwise()


def forget() -> None:
    """Let go of the connection; for tests, where the setting changes."""
    global _client, _rests_until
    with _lock:
        if _client is not None:
            _client.close()
        _client, _rests_until = None, 0.0
