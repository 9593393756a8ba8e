"""Servers with certificates, good and bad, of an authority of the test's own; and one that answers with a clock of its own."""

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from tests.support.ports import LOOPBACK


class Authority:
    """Makes certificates for names; `trusted` is a context that believes in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "The tests' own authority")])
        made = self._certificate(self.name, self.name, self.key.public_key(), 3650, authority=True)
        self.pem = made.public_bytes(Encoding.PEM).decode()
        self.trusted = ssl.create_default_context(cadata=self.pem)

    def _certificate(
        self, subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, days: int, *, authority: bool
    ) -> x509.Certificate:
        now = datetime.now(UTC)
        builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key)
        builder = builder.serial_number(x509.random_serial_number())
        builder = builder.not_valid_before(now - timedelta(days=400)).not_valid_after(now + timedelta(days=days))
        builder = builder.add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        if not authority:
            names = x509.SubjectAlternativeName([x509.DNSName(str(subject.rdns[0].rfc4514_string()[3:]))])
            builder = builder.add_extension(names, critical=False)
        return builder.sign(self.key, hashes.SHA256())

    @contextmanager
    def serving(self, *, name: str = "localhost", days: int = 90, known: bool = True) -> Iterator[int]:
        """A TLS server on loopback with a certificate for `name`; its port. `known` is for whoever asks, not for us."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        made = self._certificate(subject, self.name, key.public_key(), days, authority=False)
        file = self.folder / f"{name}-{days}-{known}.pem"
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
        file.write_text(private + made.public_bytes(Encoding.PEM).decode() + self.pem)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        with socket.create_server((LOOPBACK, 0)) as door:
            thread = threading.Thread(target=_greet, args=(door, context), daemon=True)
            thread.start()
            yield int(door.getsockname()[1])


def _greet(door: socket.socket, context: ssl.SSLContext) -> None:
    """Shake hands with whoever comes, until the door is shut."""
    while True:
        try:
            line, _ = door.accept()
        except OSError:
            return
        try:
            with context.wrap_socket(line, server_side=True) as secure:
                secure.recv(1)
        except OSError:
            pass  # the other side does not believe us: that is what is tested


@contextmanager
def answering(status: int, *, seconds_off: float) -> Iterator[int]:
    """A web server on loopback that gives one status, and a Date that is so many seconds off; its port."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response_only(status)
            self.send_header("Date", formatdate(time.time() + seconds_off, usegmt=True))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *given: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer((LOOPBACK, 0), Answer) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield int(server.server_address[1])
        server.shutdown()
