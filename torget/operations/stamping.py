"""Time stamps (RFC 3161) of the journal's head, by a service that is not ours: TORGET_TIMESTAMP_URL, TORGET_TIMESTAMP_CA.

Once a day the last checkpoint of the day before is stamped; the very first one at once. What a service answers is kept
only when it checks: it is about this checkpoint, fresh, and signed by a certificate under the given authorities.
"""

import os
from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from pathlib import Path

import httpx
from cryptography import x509
from rfc3161_client import (
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from torget.channels import deadline, outside
from torget.core import clock
from torget.core.errors import Refused
from torget.journal.models import Checkpoint, Day, Stamp
from torget.operations import asking

LARGEST = 100_000
PATIENCE = 30.0
"""Seconds for one stamp."""
HEADERS = {"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"}
DAYS = 7
"""So far back are days stamped that a service has missed."""


def service() -> str:
    """The address of the time stamp service; "" when none is set."""
    return os.environ.get("TORGET_TIMESTAMP_URL", "").strip()


def authorities() -> list[x509.Certificate]:
    """The certificates that a stamp must lead to: TORGET_TIMESTAMP_CA (a PEM file), else the web's own authorities.

    Refused("no_ca_file") when the file cannot be read.
    """
    return list(_read_authorities(os.environ.get("TORGET_TIMESTAMP_CA", "").strip()))


@lru_cache(maxsize=2)
def _read_authorities(path: str) -> tuple[x509.Certificate, ...]:
    if not path:
        return tuple(_known(httpx.create_ssl_context().get_ca_certs(binary_form=True)))
    try:
        return tuple(x509.load_pem_x509_certificates(Path(path).read_bytes()))
    except (OSError, ValueError):
        raise Refused("no_ca_file", path) from None


def _known(found: list[bytes]) -> Iterator[x509.Certificate]:
    for one in found:
        try:
            yield x509.load_der_x509_certificate(one)
        except ValueError:
            continue  # among the old authorities of the web are some that no longer count as well formed


def stamp_waiting() -> int:
    """Have the service stamp what waits; returns how many stamps were kept. Refused as `ask`."""
    if not service():
        return 0
    done = 0
    for checkpoint in waiting():
        response = ask(checkpoint)
        at = verified_time(response, checkpoint)
        # Another process may have been first; one stamp is enough.
        _, new = Stamp.objects.get_or_create(
            checkpoint=checkpoint, defaults={"service": service(), "response": response, "at": at}
        )
        done += new
    return done


def waiting() -> list[Checkpoint]:
    """The checkpoints to stamp: the last of each finished day, or the newest of all before any is stamped."""
    today = clock.now().astimezone(clock.STOCKHOLM).date()
    days = Day.objects.select_related("checkpoint").order_by("-day")
    if not Stamp.objects.exists():
        return [day.checkpoint for day in days[:1]]
    return [day.checkpoint for day in days.filter(day__lt=today, checkpoint__stamp=None)[:DAYS]]


def ask(checkpoint: Checkpoint) -> bytes:
    """Ask the service to stamp the checkpoint's signed note; its answer, DER. Refused: service_silent, service_no."""
    request = TimestampRequestBuilder().data(checkpoint.note.encode()).nonce(nonce=True).cert_request(cert_request=True)
    query = request.build()
    try:
        status, data = asking.ask(
            service(), seconds=PATIENCE, largest=LARGEST, content=query.as_bytes(), headers=dict(HEADERS)
        )
    except asking.TooLarge:
        raise Refused("service_no", "too large") from None
    except (deadline.TooSlow, *outside.FAILURES) as failure:
        raise Refused("service_silent", type(failure).__name__) from None
    if status != 200:
        raise Refused("service_silent", str(status))
    if _decoded(data).tst_info.nonce != query.nonce:
        raise Refused("service_no", "an answer to another question")
    return data


def _decoded(data: bytes) -> TimeStampResponse:
    try:
        response = decode_timestamp_response(data)
        time = response.tst_info.gen_time  # a refusal has no token, and says so only here
    except Exception as error:
        # The library raises ValueError and its own kinds, whichever layer of DER is wrong.
        raise Refused("service_no", type(error).__name__) from None
    if time.tzinfo is None:
        raise Refused("service_no", "a time without a zone")
    return response


def verified_time(data: bytes, checkpoint: Checkpoint) -> datetime:
    """The time in a stamp that is about this checkpoint and signed under our authorities; Refused("service_no")."""
    response = _decoded(data)
    try:
        VerifierBuilder(roots=authorities()).build().verify_message(response, checkpoint.note.encode())
    except (VerificationError, ValueError) as error:
        raise Refused("service_no", str(error)[:200]) from None
    return response.tst_info.gen_time


def broken_stamps(limit: int = 30) -> list[Stamp]:
    """Of the newest stamps those that do not check (any more)."""
    found = []
    for stamp in Stamp.objects.select_related("checkpoint").order_by("-at")[:limit]:
        try:
            right = verified_time(bytes(stamp.response), stamp.checkpoint) == stamp.at
        except Refused:
            right = False
        if not right:
            found.append(stamp)
    return found
