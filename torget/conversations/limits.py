"""A rate limit without tracking: addresses are counted in memory under a key that is thrown away each hour."""

import hmac
import secrets
import threading
import time
from hashlib import sha256

MAX_ADDRESSES = 50_000
_lock = threading.Lock()
_counts: dict[bytes, tuple[int, int]] = {}
_key = secrets.token_bytes(32)
_key_made = time.monotonic()


def allowed(address: str, per_minute: int) -> bool:
    """Whether one more from `address` in this minute is within the limit. 0 means no limit."""
    global _key, _key_made
    if not per_minute:
        return True
    minute = int(time.monotonic() // 60)
    with _lock:
        if time.monotonic() - _key_made > 3600 or len(_counts) > MAX_ADDRESSES:
            _key, _key_made = secrets.token_bytes(32), time.monotonic()
            _counts.clear()
        # An IPv6 subscriber has 2^64 addresses: the network counts as one.
        source = ":".join(address.split(":")[:4]) if address.count(":") > 3 and "." not in address else address
        name = hmac.digest(_key, source.encode(), sha256)
        since, count = _counts.get(name, (minute, 0))
        count = count + 1 if since == minute else 1
        _counts[name] = (minute, count)
        return count <= per_minute
