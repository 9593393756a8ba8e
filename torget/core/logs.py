"""What a log may say: events with stable names and figures, never a person's words, name, address or path.

A line of ours is `log.warning("event.name key=%s other=%s", value, value)`: the name and the keys stand in the code, and
each value is let through only where it is a figure or a plain code. Of what others log (Django, uvicorn, a library) only
their logger, their template and the kind of error are kept, since their words quote what people wrote. An error is its
kind and the places in the code that it passed: its message and its variables are never written.
"""

import json
import logging
import os
import re
import sys
import threading
import traceback
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

PLAIN, JSON = "plain", "json"
FORMS = (PLAIN, JSON)
EVENT = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)+")
"""The stable name that a line of ours begins with."""
FIELD = re.compile(r"([a-z][a-z0-9_]*)=%[sd]")
CODE = re.compile(r"[A-Za-z][A-Za-z0-9_.:-]{0,79}")
"""A value that may stand in a log as text: a kind of error, a state, a channel; no sign of an address, no space."""
LOOKS_LIKE_A_NUMBER = re.compile(r"(?:\d{2})?\d{6}[-+]?\d{4}")
HIDDEN = "…"
OTHERS = {
    "django.request": "request.failed",
    "django.security": "request.suspicious",
    "uvicorn": "server.said",
    "asyncio": "server.said",
    "py.warnings": "python.warned",
}
"""The events of what others log, by their logger; all else is `other.said`."""
MOST_PLACES = 20
_PACKAGE = Path(__file__).resolve().parent.parent.parent


@dataclass(slots=True)
class Around:
    """What is known of the request that a line belongs to: its id, its view, and who (`user:7`, never a name)."""

    request: str = ""
    view: str = ""
    user: str = ""


around: ContextVar[Around | None] = ContextVar("around", default=None)


def safe(value: object) -> object:
    """A value as it may stand in a log: figures and plain codes as they are, an error as its kind, else `…`."""
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int):
        # An identity number is a figure too; our own row numbers have no ten digits for a long time.
        return value if abs(value) < 1_000_000_000 else HIDDEN
    if isinstance(value, BaseException):
        return type(value).__name__
    if isinstance(value, type):
        return value.__name__
    text = str(value)
    if CODE.fullmatch(text) and not LOOKS_LIKE_A_NUMBER.search(text):
        return text
    return HIDDEN


def places(trace: TracebackType | None) -> list[str]:
    """Where an error came by, innermost last: `torget/desk/views/deeds.py:41 reply`. No source, no variables."""
    found = []
    for frame, line in traceback.walk_tb(trace):
        path = Path(frame.f_code.co_filename)
        found.append(f"{_short(path)}:{line} {frame.f_code.co_name}")
    return found[-MOST_PLACES:]


def _short(path: Path) -> str:
    """A file's path from the package on, or from the folder of libraries: never where this machine keeps them."""
    if path.is_relative_to(_PACKAGE / "torget"):
        return path.relative_to(_PACKAGE).as_posix()
    for folder in ("site-packages", "dist-packages"):
        if folder in path.parts:
            return Path(*path.parts[path.parts.index(folder) + 1 :]).as_posix()
    return path.name


def kinds(error: BaseException) -> list[str]:
    """The kind of an error and of those behind it, the last first."""
    found: list[str] = []
    seen: BaseException | None = error
    while seen is not None and len(found) < 6:
        kind = type(seen)
        found.append(kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}")
        seen = seen.__cause__ or (None if seen.__suppress_context__ else seen.__context__)
    return found


def told(record: logging.LogRecord) -> dict[str, Any]:
    """A record as the fields that may be written."""
    line: dict[str, Any] = {
        "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
        "level": record.levelname.lower(),
        **_event(record),
    }
    here = around.get()
    if here is not None:
        line |= {key: value for key in ("request", "view", "user") if (value := getattr(here, key)) and key not in line}
    if record.exc_info and isinstance(record.exc_info[1], BaseException):
        line["error"] = kinds(record.exc_info[1])
        line["places"] = places(record.exc_info[2])
    return line


def _event(record: logging.LogRecord) -> dict[str, Any]:
    template = record.msg if isinstance(record.msg, str) else ""
    if record.name.split(".")[0] == "torget" and (name := EVENT.match(template)):
        given = record.args if isinstance(record.args, tuple) else ()
        keys = FIELD.findall(template)
        return {"event": name[0], **{key: safe(value) for key, value in zip(keys, given, strict=False)}}
    # Of others: a template with places for values was written by a programmer; a ready text may hold anything.
    first, second = [*record.name.split("."), ""][:2]
    said = {"event": OTHERS.get(f"{first}.{second}") or OTHERS.get(first, "other.said"), "logger": safe(record.name)}
    return said | ({"template": template.strip()[:200]} if record.args and "%" in template else {})


class Lines(logging.Formatter):
    """One line for each record: JSON, or `time level event key=value …` for people."""

    def __init__(self, form: str = PLAIN) -> None:
        super().__init__()
        self.form = form

    def format(self, record: logging.LogRecord) -> str:
        """Write the line; see the docstring of the module for what may stand in it."""
        line = told(record)
        if self.form == JSON:
            return json.dumps(line, ensure_ascii=False, separators=(",", ":"))
        head = f"{line.pop('at')} {line.pop('level')} {line.pop('event')}"
        where = line.pop("places", [])
        rest = " ".join(f"{key}={'<'.join(value) if isinstance(value, list) else value}" for key, value in line.items())
        return "\n  ".join([f"{head} {rest}".rstrip(), *where])


class Stderr(logging.StreamHandler[Any]):
    """Writes to standard error as it is now; a line that cannot be written is lost without a word of what it held."""

    def __init__(self) -> None:
        super().__init__(sys.stderr)

    def handleError(self, record: logging.LogRecord) -> None:
        """Say nothing: logging's own words would quote the record."""


def config(form: str) -> dict[str, Any]:
    """Django's LOGGING: everything goes through one handler, also what Django and uvicorn have handlers of their own for."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"lines": {"()": "torget.core.logs.Lines", "form": form}},
        "handlers": {"stderr": {"class": "torget.core.logs.Stderr", "formatter": "lines"}},
        "root": {"handlers": ["stderr"], "level": "WARNING"},
        "loggers": {
            "torget": {"level": "INFO"},
            "django": {"handlers": [], "level": "WARNING", "propagate": True},
            "django.server": {"handlers": [], "level": "WARNING", "propagate": True},
            # A page that is not there is no fault of ours, and its address may be a secret.
            "django.request": {"handlers": [], "level": "ERROR", "propagate": True},
        },
    }


def take_over() -> None:
    """Have all that a serving process says on standard error go through the log: uncaught errors, threads, warnings."""
    log = logging.getLogger("torget.process")

    def uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            return
        log.critical("process.ended error=%s", kind, exc_info=(kind, error, trace))

    def in_thread(given: threading.ExceptHookArgs) -> None:
        if given.exc_value is not None and not issubclass(given.exc_type, SystemExit):
            log.error("thread.ended", exc_info=(given.exc_type, given.exc_value, given.exc_traceback))

    def unraisable(given: "sys.UnraisableHookArgs") -> None:
        if given.exc_value is not None:
            log.error("process.unraisable", exc_info=(given.exc_type, given.exc_value, given.exc_traceback))

    sys.excepthook, threading.excepthook, sys.unraisablehook = uncaught, in_thread, unraisable
    logging.captureWarnings(True)
    logging.raiseExceptions = False


def new_request() -> str:
    """An id for a request: random, so that it says nothing about who asks."""
    return os.urandom(8).hex()
