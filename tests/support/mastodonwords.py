"""What is said to and by the stand-in Mastodon (mastodon.py), and the moods it may be in."""

import json
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from urllib.parse import parse_qsl


class Mood(StrEnum):
    """How a request is met that the server was told to make trouble with."""

    BUSY = "busy"  # 429 with the time when it is over
    FAILS_BEFORE = "fails before"  # 500, and nothing was done
    FAILS_AFTER = "fails after"  # 500, and it was done all the same
    SAYS_NOTHING = "says nothing"  # 200 with an empty body, and nothing was done
    CUTS_BEFORE = "cuts before"  # the line breaks, and nothing was done
    CUTS_AFTER = "cuts after"  # the line breaks in the middle of the answer
    EXPIRED = "expired"  # 401: the token is no longer taken
    REFUSES = "refuses"  # 422
    NOT_THERE = "not there"  # 404
    A_PAGE = "a page"  # 200 with the HTML of a proxy


@dataclass
class Request:
    """A request as it came."""

    method: str
    path: str
    query: list[tuple[str, str]]
    headers: dict[str, str]
    body: bytes

    @property
    def words(self) -> dict[str, Any]:
        """The body's fields, from JSON or a form."""
        if "json" in self.headers.get("content-type", ""):
            held = json.loads(self.body or b"{}")
            return held if isinstance(held, dict) else {}
        return dict(parse_qsl(self.body.decode(errors="replace")))

    def one(self, name: str) -> str:
        """A parameter of the address, "" without it."""
        return dict(self.query).get(name, "")


@dataclass
class Answer:
    """What the server says."""

    body: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    media_type: str = "application/json; charset=utf-8"
