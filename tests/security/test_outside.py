"""Where the server may be sent: never into our own network, however the address is written, and no further by a redirect."""

import http.server
import threading
from collections.abc import Iterator

import pytest

from torget.channels import outside

INSIDE = (
    "http://127.0.0.1/", "http://localhost:8000/", "http://0.0.0.0/", "http://10.0.0.8/", "http://172.16.0.1/", "http://192.168.1.1/",
    "http://169.254.169.254/latest/meta-data/", "http://100.64.0.1/", "http://[::1]/", "http://[::ffff:127.0.0.1]/", "http://[fe80::1]/",
    "http://[fc00::1]/", "http://[fec0::1]/", "http://[64:ff9b::7f00:1]/", "http://[2002:7f00:1::]/", "http://2130706433/", "http://0x7f000001/",
    "http://0177.0.0.1/", "http://127.1/", "http://224.0.0.1/", "http://255.255.255.255/", "http://[::]/",
)  # fmt: skip
NO_ADDRESS = (
    "file:///etc/passwd",
    "gopher://127.0.0.1/",
    "ftp://example.se/",
    "javascript:alert(1)",
    "http://",
    "//a",
    "http://[::1",
    "a",
)


@pytest.fixture(autouse=True)
def _nothing_private(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TORGET_ALLOW_PRIVATE", raising=False)


@pytest.mark.parametrize("address", INSIDE)
def test_our_own_network_is_never_asked(address: str) -> None:
    assert outside.why_not(address) in ("inside", "no_such_host")
    with outside.client(2) as client, pytest.raises(outside.FAILURES):
        client.get(address)


@pytest.mark.parametrize("address", NO_ADDRESS)
def test_only_the_web_is_asked(address: str) -> None:
    assert outside.why_not(address) == "not_web"


def test_no_password_in_an_address() -> None:
    assert outside.why_not("https://anna:hemligt@example.se/") == "has_password"


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, list[str]]]:
    """A server that sends everyone on, and what was asked of it."""
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(302)
            self.send_header("Location", "/further")
            self.end_headers()

        def log_message(self, *given: object) -> None: ...

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}", asked
    server.shutdown()
    server.server_close()


def test_a_redirect_is_not_followed_by_itself(
    elsewhere: tuple[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    address, asked = elsewhere
    monkeypatch.setenv("TORGET_ALLOW_PRIVATE", "1")
    with outside.client(5) as client:
        assert client.get(f"{address}/first").status_code == 302
    assert asked == ["/first"]
