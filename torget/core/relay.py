"""The desk's news between machines: one process reads the database and tells all others by Redis.

The database stays the truth. Redis only saves the others from reading and rendering the same: whoever does not hear from
it reads for itself, and whoever begins reads once what is new. So what is told may be told twice, and never not at all.
"""

import json
import logging
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db import connections

from torget.core import shared

log = logging.getLogger("torget.streams")
CHANNEL = f"{shared.PREFIX}news"
READER = f"{shared.PREFIX}news:reader"
READS_FOR = 3000
"""Milliseconds for which a process that says nothing more is still taken for the reader. Well within what News looks back."""

News = Callable[[set[str]], dict[str, bytes]]


class Relay:
    """Takes the place of a reader of news (`make()`) for a `streams.Hub`; without Redis, or on SQLite, it is that reader."""

    def __init__(self, make: Callable[[], News], groups: set[str]) -> None:
        self._make, self._groups = make, groups
        self._me = uuid4().hex
        self._news: News | None = None
        self._heard: Any = None
        self._was_alone = False

    def __call__(self, groups: set[str]) -> dict[str, bytes]:
        """What has changed since it was last called, a message for each group. Runs in a thread, one call at a time."""
        if not settings.TORGET_REDIS_URL or connections["default"].vendor == "sqlite":
            return self._read(groups)
        return shared.tried(lambda redis: self._together(redis, groups), lambda: self._alone(groups))

    def _together(self, redis: Any, groups: set[str]) -> dict[str, bytes]:
        self._change(alone=False)
        if self._is_reader(redis):
            self._stop_hearing()
            found = self._read(self._groups)
            if found:
                redis.publish(CHANNEL, json.dumps({group: text.decode() for group, text in found.items()}))
            return found
        if self._heard is not None:
            self._news = None
            return self._listen()
        # First hear, then read what is new by now: nothing lies between the two.
        self._heard = redis.pubsub(ignore_subscribe_messages=True)
        self._heard.subscribe(CHANNEL)
        self._heard.get_message(timeout=shared.WAIT)
        return self._read(groups)

    def _is_reader(self, redis: Any) -> bool:
        if redis.set(READER, self._me, nx=True, px=READS_FOR):
            return True
        if redis.get(READER) != self._me.encode():
            return False
        return bool(redis.pexpire(READER, READS_FOR))

    def _listen(self) -> dict[str, bytes]:
        found: dict[str, bytes] = {}
        while (message := self._heard.get_message(timeout=0)) is not None:
            for group, text in json.loads(message["data"]).items():
                found[group] = found.get(group, b"") + str(text).encode()
        return found

    def _change(self, *, alone: bool) -> None:
        # What was read and could not be told is read again, for those here and, when Redis is back, for all: twice is allowed.
        if alone != self._was_alone:
            self._news, self._was_alone = None, alone

    def _alone(self, groups: set[str]) -> dict[str, bytes]:
        self._change(alone=True)
        self._stop_hearing()
        return self._read(groups)

    def _read(self, groups: set[str]) -> dict[str, bytes]:
        # One that is new looks back some seconds, so that whoever takes over tells what nobody told.
        self._news = self._news or self._make()
        return self._news(groups)

    def _stop_hearing(self) -> None:
        if self._heard is not None:
            try:
                self._heard.close()
            except OSError:
                pass  # the line was broken already
            self._heard = None
