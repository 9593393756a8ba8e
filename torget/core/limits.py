"""A rate limit without tracking: addresses are counted in memory under a key that is thrown away each hour."""

import hmac
import secrets
import threading
import time
from hashlib import sha256
from typing import NamedTuple

MAX_ADDRESSES = 50_000


class Left(NamedTuple):
    """What is left of a limit: whether this one was within it, how many more there may be, and in how many seconds all."""

    allowed: bool
    remaining: int
    seconds: int


class Limit:
    """Counts what comes from each address in a minute; what it remembers tells nobody which addresses they were."""

    def __init__(self) -> None:
        self.counts: dict[bytes, tuple[int, int]] = {}
        self._lock = threading.Lock()
        self._key, self._made = secrets.token_bytes(32), time.monotonic()

    def allowed(self, address: str, per_minute: int) -> bool:
        """Whether one more from `address` in this minute is within the limit. 0 means no limit."""
        return self.take(address, per_minute).allowed

    def take(self, address: str, per_minute: int) -> Left:
        """Count one more from `address`, and say what is left of the minute. 0 means no limit."""
        if not per_minute:
            return Left(True, 0, 0)
        now = time.monotonic()
        minute = int(now // 60)
        with self._lock:
            if time.monotonic() - self._made > 3600 or len(self.counts) > MAX_ADDRESSES:
                self._key, self._made = secrets.token_bytes(32), time.monotonic()
                self.counts.clear()
            # An IPv6 subscriber has 2^64 addresses: the network counts as one.
            source = ":".join(address.split(":")[:4]) if address.count(":") > 3 and "." not in address else address
            name = hmac.digest(self._key, source.encode(), sha256)
            since, count = self.counts.get(name, (minute, 0))
            count = count + 1 if since == minute else 1
            self.counts[name] = (minute, count)
        return Left(count <= per_minute, max(per_minute - count, 0), 60 - int(now % 60))


reading = Limit()
"""Files, feeds and API answers that are made anew each time; pages that people read are never counted."""
