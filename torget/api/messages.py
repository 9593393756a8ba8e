"""What a program's message has to look like. Pure. openapi.py says the same in JSON Schema, and a test holds the two together."""

import binascii
import json
import re
from base64 import b64decode
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

MOST_FILES, LONGEST_FILE = 5, 1_000_000
LARGEST = 2 * 1024 * 1024
"""Bytes of a whole message. What is larger is left where it is, and its address is sent instead."""
# Something else than space: what is nothing but space is no message.
HOLDS = r"[^\t\n\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]"
KEY = r"^[A-Za-z0-9_.:\-]{1,80}$"
LANGUAGE = r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8}){0,3}$"
MEDIA_TYPE = r"^[A-Za-z0-9!#$&^_.+\-]{1,60}/[A-Za-z0-9!#$&^_.+\-]{1,60}$"
CONTENT = r"^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$"
MOMENT = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?([Zz]|[+\-][0-9]{2}:[0-9]{2})$"

Check = Callable[[Any], bool]


def _text(longest: int, pattern: str = "", least: int = 0) -> Check:
    sought = re.compile(pattern)
    return lambda value: isinstance(value, str) and least <= len(value) <= longest and bool(sought.search(value))


def is_moment(value: Any) -> bool:
    """Whether a value is a time with its zone (RFC 3339)."""
    if not isinstance(value, str) or not re.search(MOMENT, value) or value.endswith("\n"):
        return False
    try:
        datetime.fromisoformat(re.sub(r"\.[0-9]+", "", value.upper()).replace(":60", ":59"))
    except ValueError:
        return False
    return True


def _content(value: Any) -> bool:
    if not isinstance(value, str) or len(value) > LONGEST_FILE * 4 // 3 + 4:
        return False
    try:
        return bool(value) and bool(b64decode(value, validate=True))
    except (binascii.Error, ValueError):
        return False


def _whole(text: str) -> str:
    # Python's $ also fits before a line break at the end; what is meant is the end.
    return text.removesuffix("$") + r"\Z"


SENDER: Final[Mapping[str, Check]] = {"name": _text(200), "address": _text(320)}
ATTACHMENT: Final[Mapping[str, Check]] = {
    "filename": _text(200, HOLDS, 1), "media_type": _text(121, _whole(MEDIA_TYPE)), "content": _content,
}  # fmt: skip
MESSAGE: Final[Mapping[str, Check]] = {
    "text": _text(100_000, HOLDS, 1),
    "subject": _text(300),
    "sent_at": is_moment,
    "in_reply_to": _text(80, _whole(KEY)),
    "language": _text(20, _whole(LANGUAGE)),
    "url": _text(2000, r"\Ahttps?://"),
}


def wrong_in(message: Any) -> str:
    """The first part of a message that is not as it should be ("sender.name"); "" when all of it is."""
    if not isinstance(message, dict):
        return "message"
    if "text" not in message:
        return "text"
    given: dict[str, Any] = message
    for name, value in given.items():
        if name in MESSAGE:
            if not MESSAGE[name](value):
                return name
        elif name == "sender":
            if wrong := _wrong_in(value, SENDER, required=()):
                return f"sender{wrong}"
        elif name == "attachments":
            if not isinstance(value, list) or len(value) > MOST_FILES:
                return name
            for place, one in enumerate(value):
                if wrong := _wrong_in(one, ATTACHMENT, required=("filename", "content")):
                    return f"attachments[{place}]{wrong}"
        else:
            return name[:60]
    return ""


def _wrong_in(value: Any, checks: Mapping[str, Check], required: tuple[str, ...]) -> str:
    if not isinstance(value, dict):
        return "."
    for name in required:
        if name not in value:
            return f".{name}"
    held: dict[str, Any] = value
    return next((f".{name[:60]}" for name in held if name not in checks or not checks[name](held[name])), "")


def parse(body: bytes) -> Any:
    """The body as JSON. Errors: ValueError for what is none, NaN and the like and endless depth among it."""

    def no_constant(name: str) -> None:
        raise ValueError(name)

    try:
        return json.loads(body.decode("utf-8"), parse_constant=no_constant)
    except RecursionError:
        raise ValueError("too deep") from None
