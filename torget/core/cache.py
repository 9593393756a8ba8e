"""Django's cache in Redis, shared by all processes; in the process's own memory while Redis is away."""

import json
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.locmem import LocMemCache

from torget.core import shared

_AWAY: Any = object()


class Shared(LocMemCache):
    """What was set is found by every process until Redis loses it, as any cache may lose anything.

    Values are JSON: whoever can write in Redis can then make us believe a wrong number, and not run a program. What is
    no JSON stays in this process.
    """

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        """The value, or `default`."""
        name = self._name(key, version)
        found = shared.tried(lambda redis: redis.get(name), lambda: _AWAY)
        if found is _AWAY or found is None:
            return super().get(key, default, version)
        try:
            return json.loads(found)
        except ValueError:
            return default

    def set(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        """Keep a value for `timeout` seconds; None is until there is no more room."""
        self._put(key, value, timeout, version)

    def add(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        """Keep a value where there is none; whether it was kept."""
        return self._put(key, value, timeout, version, only_new=True)

    def _put(self, key: Any, value: Any, timeout: Any, version: int | None, *, only_new: bool = False) -> bool:
        seconds = self._seconds(timeout)

        def here() -> bool:
            if only_new:
                return bool(LocMemCache.add(self, key, value, seconds, version))
            LocMemCache.set(self, key, value, seconds, version)
            return True

        try:
            body = json.dumps(value)
        except (TypeError, ValueError):
            return here()
        if seconds is not None and seconds <= 0:
            return self.delete(key, version)
        ends = None if seconds is None else max(1, int(seconds * 1000))
        name = self._name(key, version)
        return bool(shared.tried(lambda redis: bool(redis.set(name, body, px=ends, nx=only_new)), here))

    def touch(self, key: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        """Give a value a new end; whether there was one."""
        seconds = self._seconds(timeout)
        name = self._name(key, version)

        def change(redis: Any) -> bool:
            if seconds is None:
                redis.persist(name)
                return bool(redis.exists(name))
            return bool(redis.pexpire(name, max(1, int(seconds * 1000))))

        return shared.tried(change, lambda: bool(LocMemCache.touch(self, key, seconds, version)))

    def delete(self, key: Any, version: int | None = None) -> bool:
        """Remove a value, here and there; whether there was one."""
        here = super().delete(key, version)
        name = self._name(key, version)
        return shared.tried(lambda redis: bool(redis.delete(name)), lambda: False) or here

    def incr(self, key: Any, delta: int = 1, version: int | None = None) -> int:
        """Add to a whole number, in one step for all processes; ValueError where there is none."""
        name = self._name(key, version)

        def there(redis: Any) -> int:
            if not redis.exists(name):
                raise ValueError(f"Key '{key}' not found")
            return int(redis.incrby(name, delta))

        return shared.tried(there, lambda: int(LocMemCache.incr(self, key, delta, version)))

    def has_key(self, key: Any, version: int | None = None) -> bool:
        """Whether there is a value."""
        name = self._name(key, version)
        return shared.tried(lambda redis: bool(redis.exists(name)), lambda: False) or super().has_key(key, version)

    def clear(self) -> None:
        """Forget all."""
        super().clear()

        def there(redis: Any) -> None:
            for name in redis.scan_iter(f"{shared.PREFIX}cache:*", count=500):
                redis.delete(name)

        shared.tried(there, lambda: None)

    def _name(self, key: Any, version: int | None) -> str:
        return f"{shared.PREFIX}cache:{self.make_and_validate_key(key, version=version)}"

    def _seconds(self, timeout: Any) -> float | None:
        given = self.default_timeout if timeout is DEFAULT_TIMEOUT else timeout
        return None if given is None else float(given)
