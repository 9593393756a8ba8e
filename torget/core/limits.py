"""A rate limit without tracking: addresses are counted under a key that is thrown away each hour, in memory or in Redis."""

import hmac
import secrets
import threading
import time
from hashlib import sha256
from typing import Any, NamedTuple

from torget.core import shared

MAX_ADDRESSES = 50_000
KEY_LASTS = 3600


class Left(NamedTuple):
    """What is left of a limit: whether this one was within it, how many more there may be, and in how many seconds all."""

    allowed: bool
    remaining: int
    seconds: int


class Limit:
    """Counts what comes from each address in a minute; what it remembers tells nobody which addresses they were.

    With a `name` and TORGET_REDIS_URL all processes count together. While Redis is away each counts by itself again.
    """

    def __init__(self, name: str = "") -> None:
        self.name = name
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
        # An IPv6 subscriber has 2^64 addresses: the network counts as one.
        source = ":".join(address.split(":")[:4]) if address.count(":") > 3 and "." not in address else address
        if self.name:
            count = shared.tried(lambda redis: self._count_together(redis, source), lambda: self._count(source))
        else:
            count = self._count(source)
        return Left(count <= per_minute, max(per_minute - count, 0), 60 - int(time.monotonic() % 60))

    def _count(self, source: str) -> int:
        minute = int(time.monotonic() // 60)
        with self._lock:
            if time.monotonic() - self._made > KEY_LASTS or len(self.counts) > MAX_ADDRESSES:
                self._key, self._made = secrets.token_bytes(32), time.monotonic()
                self.counts.clear()
            name = hmac.digest(self._key, source.encode(), sha256)
            since, count = self.counts.get(name, (minute, 0))
            count = count + 1 if since == minute else 1
            self.counts[name] = (minute, count)
            return count

    def _count_together(self, redis: Any, source: str) -> int:
        """The same in Redis: the key is made by whoever comes first in an hour and ends with it, the count with its minute."""
        place = f"{shared.PREFIX}limit:key"
        key = redis.get(place)
        if key is None:
            redis.set(place, secrets.token_bytes(32), nx=True, ex=KEY_LASTS)
            key = redis.get(place) or b""
        name = hmac.digest(key, source.encode(), sha256).hex()
        # The machines' clocks may differ by a little: the minute is Redis's own, from when the count began.
        counter = f"{shared.PREFIX}limit:{self.name}:{name}"
        steps = redis.pipeline(transaction=True)
        steps.set(counter, 0, nx=True, ex=60)
        steps.incr(counter)
        return int(steps.execute()[1])


reading = Limit("reading")
"""Answers of the API; pages that people read are never counted."""
files = Limit("files")
"""Files of the register, which are made anew each time."""
