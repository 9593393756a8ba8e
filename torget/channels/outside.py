"""The way out to a web address that a person gave us: http(s) only, and never into our own network unless it is allowed.

The check is made where the connection is made, on the very address that is connected to: a name that answers with one
address when it is looked at and another when it is used (DNS rebinding), or a redirect, leads nowhere either.
"""

import ipaddress
import os
import socket
import ssl
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import httpcore
import httpx

AGENT = "Torget"
# What a failed request raises, whichever of the two libraries it comes from.
FAILURES = (
    httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, httpcore.TimeoutException, httpcore.NetworkError,
    httpcore.ProtocolError, httpcore.UnsupportedProtocol, OSError,
)  # fmt: skip
# Of these, the ones in which surely nothing was said to the other side yet.
NOT_BEGUN: tuple[type[Exception], ...] = (
    httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.InvalidURL, httpx.UnsupportedProtocol,
    httpcore.ConnectError, httpcore.ConnectTimeout, httpcore.PoolTimeout, httpcore.UnsupportedProtocol,
)  # fmt: skip


class Inside(httpcore.ConnectError):
    """The address lies in our own network, or is none that the whole world can reach."""


def private_allowed() -> bool:
    """Whether addresses of our own network may be used: TORGET_ALLOW_PRIVATE=1, for the demo, tests and a peer next door."""
    return os.environ.get("TORGET_ALLOW_PRIVATE") == "1"


def why_not(url: str) -> str:
    """Why an address is not asked at all: "not_web", "has_password", "inside", "no_such_host"; "" when it may be.

    This looks the name up, so that a person hears it at once; the guard that counts is the one in `client`.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "not_web"
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return "not_web"
    if parts.username is not None or parts.password is not None:
        return "has_password"
    try:
        _allowed(parts.hostname, port or 443)
    except Inside:
        return "inside"
    except (OSError, UnicodeError):
        return "no_such_host"
    return ""


def _allowed(host: str, port: int) -> list[str]:
    """The addresses of a name, all of which may be reached. Errors: Inside, OSError, UnicodeError."""
    found = [str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    if not private_allowed() and any(_is_inside(address) for address in found):
        # One that is ours is enough: whoever mixes them wants us to pick the wrong one.
        raise Inside("inside")
    return found


# What Python calls global and what may lead into our own network all the same: site-local addresses, NAT64 of one's own
# (RFC 8215), IPv4 written as IPv6 in the old way, relays of 6to4 (RFC 7526).
_INSIDE_TOO = tuple(map(ipaddress.ip_network, ("fec0::/10", "64:ff9b:1::/48", "::/96", "192.88.99.0/24")))


def _is_inside(address: str) -> bool:
    ip = ipaddress.ip_address(address.partition("%")[0])
    # An IPv4 address may be wrapped in an IPv6 one, and is judged by what it leads to.
    held = getattr(ip, "ipv4_mapped", None) or getattr(ip, "sixtofour", None)
    if held is None and isinstance(ip, ipaddress.IPv6Address) and ip in ipaddress.ip_network("64:ff9b::/96"):
        held = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    ip = held or ip
    if any(ip in network for network in _INSIDE_TOO if network.version == ip.version):
        return True
    return not ip.is_global or ip.is_multicast


class _Guard(httpcore.NetworkBackend):
    """Opens connections to addresses that are allowed, and to no others."""

    def __init__(self) -> None:
        self._open = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first of a name's addresses that answers."""
        try:
            addresses = _allowed(host, port)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(type(error).__name__) from None
        problem: Exception = httpcore.ConnectError("no address")
        for address in addresses[:4]:
            try:
                return self._open.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                problem = error
        raise problem


@cache
def _trust() -> ssl.SSLContext:
    """Whom we believe: the certificate authorities of the machine or certifi; read once, it takes 20 ms."""
    return httpx.create_ssl_context()


class _Stream(httpx.SyncByteStream):
    def __init__(self, held: httpcore.Response) -> None:
        self._held = held

    def __iter__(self) -> Iterator[bytes]:
        yield from self._held.iter_stream()

    def close(self) -> None:
        self._held.close()


class _Transport(httpx.BaseTransport):
    """httpx over connections that are guarded; its own transport has no door for that."""

    def __init__(self) -> None:
        self._pool = httpcore.ConnectionPool(ssl_context=_trust(), network_backend=_Guard(), max_connections=10)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        answer = self._pool.handle_request(
            httpcore.Request(
                method=request.method,
                url=httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        return httpx.Response(
            answer.status, headers=answer.headers, stream=_Stream(answer), extensions=answer.extensions
        )

    def close(self) -> None:
        self._pool.close()


def client(timeout: float = 20.0, **options: Any) -> httpx.Client:
    """A client for addresses that people gave us; `options` go to httpx. Redirects are not followed unless asked for.

    No proxy of the environment is used: what is behind one cannot be judged.
    """
    headers = {"User-Agent": AGENT} | dict(options.pop("headers", {}))
    return httpx.Client(transport=_Transport(), timeout=timeout, headers=headers, trust_env=False, **options)
