"""Stands for a connected channel: it removes what it is asked to, or says what the test told it to say."""

from collections.abc import Mapping
from typing import ClassVar

from torget.channels.live import Connection


class Told:
    """A connected channel in which nothing is sent; `says` is what the next removals meet, in order."""

    name = "mastodon"
    repeats_safely = True
    limits: ClassVar[Mapping[str, int]] = {}
    says: ClassVar[list[Exception | None]] = []
    asked: ClassVar[list[str]] = []

    def remove(self, connection: Connection, external_id: str) -> None:
        """Note it, and raise what the test said."""
        self.asked.append(external_id)
        problem = self.says.pop(0) if self.says else None
        if problem is not None:
            raise problem
