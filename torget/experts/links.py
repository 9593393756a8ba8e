"""The secrets of the links: 128 bits that only this installation can derive, of which only a hash is stored.

A letter is written when it leaves, and reminders lead to the same place: so the secret is derived anew each time from the
installation's key and a nonce of the row, and never lies in the database, in a queue or in a log.
"""

import hmac
from base64 import urlsafe_b64encode
from hashlib import sha256

from django.conf import settings
from django.urls import reverse

from torget.experts.models import Expert, ExpertRequest

QUESTION, PAGE, STOP = "question", "page", "stop"


def secret_of(purpose: str, nonce: bytes | memoryview) -> str:
    """The secret for a purpose, as 22 URL-safe signs."""
    mac = hmac.new(settings.SECRET_KEY.encode(), f"expert-{purpose}:".encode() + bytes(nonce), sha256).digest()
    return urlsafe_b64encode(mac[:16]).rstrip(b"=").decode()


def hash_of(secret: str) -> str:
    """What is stored of a secret. Anything may be asked about, also what is no text that can be encoded."""
    return sha256(secret.encode("utf-8", "replace")).hexdigest()


def request_link(request: ExpertRequest) -> str:
    """The whole address that answers one question."""
    return _address("experts:link", secret_of(QUESTION, request.nonce))


def page_link(expert: Expert) -> str:
    """The whole address of a colleague's own page, which changes nothing."""
    return _address("experts:worth", secret_of(PAGE, expert.nonce))


def stop_link(expert: Expert) -> str:
    """The whole address where a colleague asks for fewer letters, or for no more questions."""
    return _address("experts:stop", secret_of(STOP, expert.nonce))


def _address(name: str, secret: str) -> str:
    return str(settings.TORGET_URL) + reverse(name, kwargs={"secret": secret})


def find_request(secret: str) -> ExpertRequest | None:
    """The question of a secret, with what its page shows."""
    return ExpertRequest.objects.whole().filter(secret_hash=hash_of(secret)).first()


def find_by_page(secret: str) -> Expert | None:
    """The colleague of the secret of an own page."""
    return Expert.objects.filter(page_hash=hash_of(secret)).first()


def find_by_stop(secret: str) -> Expert | None:
    """The colleague of the secret that stops letters."""
    return Expert.objects.filter(stop_hash=hash_of(secret)).first()
