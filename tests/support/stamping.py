"""A real time stamp service (RFC 3161): `openssl ts` behind a small HTTP server, with authorities made for the test."""

import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.support.ports import LOOPBACK

CONFIG = """
[req]
distinguished_name = dn
prompt = no
[dn]
CN = {name}
[ca]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[tsa]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[tsa_config]
serial = {folder}/serial
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha384, sha512
accuracy = secs:1
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""


class StampService:
    """`with StampService(folder) as service:` answers at `service.url`; `service.ca` is the authority's certificate.

    `mood` is "right", "silent" (500), "refuses" (a proper refusal), "other" (a stamp of something else) or "rubbish".
    """

    def __init__(self, folder: Path) -> None:
        self.folder, self.mood = folder, "right"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "serial").write_text("01\n")
        self._authority()
        handler = self._handler()
        self._server = ThreadingHTTPServer((LOOPBACK, 0), handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://{LOOPBACK}:{self._server.server_port}/tsr"

    @property
    def ca(self) -> Path:
        """The authority that its certificate leads to."""
        return self.folder / "ca.pem"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=10)

    def openssl(self, *arguments: str) -> bytes:
        """Run openssl in the folder; AssertionError with its words when it says no."""
        done = subprocess.run(["openssl", *arguments], cwd=self.folder, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode(errors="replace")
        return done.stdout

    def _authority(self) -> None:
        for name, words in (("ca", "Test Authority"), ("tsa", "Test Time Stamps")):
            (self.folder / f"{name}.conf").write_text(CONFIG.format(name=words, folder=self.folder))
            self.openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", f"{name}.key")
        self.openssl(
            "req", "-x509", "-new", "-key", "ca.key", "-config", "ca.conf", "-extensions", "ca", "-days", "3650",
            "-sha256", "-out", "ca.pem",
        )  # fmt: skip
        self.openssl("req", "-new", "-key", "tsa.key", "-config", "tsa.conf", "-out", "tsa.csr")
        self.openssl(
            "x509", "-req", "-in", "tsa.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-set_serial", "2", "-days", "3650",
            "-sha256", "-extfile", "tsa.conf", "-extensions", "tsa", "-out", "tsa.pem",
        )  # fmt: skip

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                query = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                status, answer = service.answer(query)
                self.send_response(status)
                self.send_header("Content-Type", "application/timestamp-reply")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, format: str, *args: object) -> None:
                pass

        return Handler

    def answer(self, query: bytes) -> tuple[int, bytes]:
        """What the service says to a query, in its mood."""
        if self.mood == "silent":
            return 500, b""
        if self.mood == "rubbish":
            return 200, b"\x30\x03\x02\x01"
        if self.mood == "other":
            (self.folder / "other").write_bytes(b"something else")
            query = self.openssl("ts", "-query", "-data", "other", "-sha256", "-cert")
        if self.mood == "refuses":
            query = b"\x30\x00"
        (self.folder / "query.tsq").write_bytes(query)
        return 200, self.openssl(
            "ts", "-reply", "-config", "tsa.conf", "-section", "tsa_config", "-queryfile", "query.tsq"
        )
