"""Standard Webhooks: how a program signs what it sends us, and we what we send it. Pure; docs/rules/api.md

Source: the Standard Webhooks specification, version 1: HMAC-SHA256 over `id.timestamp.body`, base64 after `v1,`; a header
may hold several signatures, of which one that fits is enough (that is how a secret is changed without a lost message).
"""

import binascii
import hmac
import re
import secrets as random
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from hashlib import sha256

TOLERANCE = 300
"""Seconds that the moment in the head may lie from our clock, either way."""
PREFIX = "whsec_"
KEY = re.compile(r"[A-Za-z0-9_.:\-]{1,80}")
"""What a message may be called: it is a part of addresses and of what is signed, so no signs that mean something there."""


class NotSigned(Exception):
    """The signature does not hold. `why`: no_signature | bad_id | bad_time | too_old | too_new | bad_signature."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def new_secret() -> str:
    """A secret of 256 bits, as both sides write it."""
    return PREFIX + b64encode(random.token_bytes(32)).decode()


def _key(secret: str) -> bytes:
    return b64decode(secret.removeprefix(PREFIX) + "==")


def _signature(secret: str, name: str, at: str, body: bytes) -> str:
    signed = hmac.digest(_key(secret), f"{name}.{at}.".encode() + body, sha256)
    return f"v1,{b64encode(signed).decode()}"


def sign(secrets: Iterable[str], name: str, at: int, body: bytes) -> dict[str, str]:
    """The three heads of a message; a signature for each secret, newest first. `at`: seconds since 1970."""
    signatures = " ".join(_signature(secret, name, str(at), body) for secret in secrets)
    return {"webhook-id": name, "webhook-timestamp": str(at), "webhook-signature": signatures}


def verify(secrets: Iterable[str], heads: Mapping[str, str], body: bytes, now: float) -> str:
    """The id of a message that one of the secrets has signed. Errors: NotSigned."""
    name, at, given = (heads.get(f"webhook-{part}", "") for part in ("id", "timestamp", "signature"))
    if not (name and at and given):
        raise NotSigned("no_signature")
    if not KEY.fullmatch(name):
        raise NotSigned("bad_id")
    if not re.fullmatch(r"[0-9]{1,12}", at):
        raise NotSigned("bad_time")
    if int(at) < now - TOLERANCE:
        raise NotSigned("too_old")
    if int(at) > now + TOLERANCE:
        raise NotSigned("too_new")
    offered = [part.encode("utf-8", "replace") for part in given[:2000].split(" ") if part.startswith("v1,")]
    # Every secret against every signature, in a time that tells nothing of where they differ.
    fits = [
        hmac.compare_digest(_signature(secret, name, at, body).encode(), one) for secret in secrets for one in offered
    ]
    if not any(fits):
        raise NotSigned("bad_signature")
    return name


def is_secret(text: str) -> bool:
    """Whether a text is a secret that can be signed with: at least 24 bytes, in base64."""
    try:
        return len(_key(text)) >= 24
    except (binascii.Error, ValueError):
        return False
