"""Who an account is let in as, how long a log-in lasts, what a device is called: pure policy."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit


class Factor(StrEnum):
    """Of whom a second factor is asked."""

    EVERYONE = "everyone"
    ADMINISTRATORS = "administrators"


class Purpose(StrEnum):
    """What a provider of identities is for."""

    STAFF = "staff"
    RESIDENTS = "residents"


class Asking(StrEnum):
    """How far a question to a resident, who they are, has come."""

    ASKED = "asked"
    GIVEN = "given"
    WITHDRAWN = "withdrawn"


class Letters(StrEnum):
    """What a letter is about."""

    NEW_DEVICE = "new_device"
    MY_CASES = "my_cases"


class Posting(StrEnum):
    """How far a letter has come."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    REFUSED = "refused"
    UNKNOWN = "unknown"


HANDSHAKE = timedelta(minutes=10)
"""How long somebody may be at their provider before they have to begin anew."""
MY_CASES = timedelta(minutes=30)
NOT_ME = timedelta(days=7)
LETTER_LEASE = timedelta(minutes=3)
LONGEST_PAUSE = timedelta(minutes=30)
MAX_CLAIMS = 200
"""Values of one claim that are looked at; a directory may know a person's every group."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A row of the table: who has `value` in `claim` works as `role`, in the unit of the key `unit` where one is named."""

    claim: str
    value: str
    role: str
    unit: int | None = None


@dataclass(frozen=True, slots=True)
class Grant:
    """What the claims give: a role, and a unit where one is named."""

    role: str
    unit: int | None = None


def values(claims: Mapping[str, Any], name: str) -> list[str]:
    """The values of a claim as texts: one, a list, or one deeper down by dots (`realm_access.roles`); [] for anything else.

    A name that is itself a claim goes before its parts: those of Sweden Connect are addresses, with dots in them.
    """
    found: Any = claims.get(name)
    if found is None and "." in name and not name.startswith("http"):
        found = claims
        for part in name.split("."):
            found = found.get(part) if isinstance(found, Mapping) else None
    if isinstance(found, str):
        return [found]
    if isinstance(found, bool):
        return ["true" if found else "false"]
    if isinstance(found, int):
        return [str(found)]
    if isinstance(found, Sequence):
        return [one for one in found[:MAX_CLAIMS] if isinstance(one, str)]
    return []


def grant(claims: Mapping[str, Any], table: Iterable[Rule]) -> Grant | None:
    """What the first row that fits gives, with the unit of the first that names one; None where none fits.

    Values are compared sign by sign: what differs in case is another group.
    """
    fitting = [rule for rule in table if rule.value and rule.value in values(claims, rule.claim)]
    if not fitting:
        return None
    return Grant(fitting[0].role, next((rule.unit for rule in fitting if rule.unit is not None), None))


def why_ended(*, began: datetime, seen: datetime, now: datetime, idle: timedelta, absolute: timedelta) -> str:
    """Why a log-in has come to its end: "idle", "absolute"; "" while it lasts. A limit of nothing is no limit."""
    if absolute and now - began >= absolute:
        return "absolute"
    if idle and now - seen >= idle:
        return "idle"
    return ""


_SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("CrOS", "Chromebook"), ("Windows", "Windows"),
    ("Mac OS X", "Mac"), ("Linux", "Linux"),
)  # fmt: skip
_BROWSERS = (
    ("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("FxiOS/", "Firefox"), ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"), ("Safari/", "Safari"),
)  # fmt: skip


def device(user_agent: str) -> tuple[str, str]:
    """The browser and the kind of device that a User-Agent names, in words people use; "" for what it does not name."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    return browser, system


def why_no_issuer(url: str, *, plain_allowed: bool = False) -> str:
    """Why an address is no issuer's: "not_web", "not_https", "has_more"; "" when it may be (OpenID Connect Discovery 1.0, 3)."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return "not_web"
    if parts.scheme not in ("https", "http") or not parts.hostname:
        return "not_web"
    if parts.query or parts.fragment or parts.username is not None or "/.well-known/" in parts.path:
        return "has_more"
    if parts.scheme == "http" and not plain_allowed:
        return "not_https"
    return ""


def why_passwords_stay(*, provider_works: bool, administrators_by_provider: int) -> str:
    """Why log-in by password cannot be turned off: "no_provider", "no_administrator"; "" when it can."""
    if not provider_works:
        return "no_provider"
    return "" if administrators_by_provider else "no_administrator"


_NUMBER = re.compile(r"(\d{6}|\d{8})[-+ ]?(\d{4})")


def tidy_number(given: str) -> str:
    """A personal or coordination number as twelve or ten digits; "" for what is none (SKV 704)."""
    found = _NUMBER.fullmatch(given.strip())
    return "".join(found.groups()) if found else ""


def masked(number: str) -> str:
    """A number as staff first see it: the day of birth and no more."""
    return f"{number[:-4]}-****" if number else ""
