"""A real mail house on loopback: dovecot (IMAP, LMTP, who may log in) and postfix (SMTP) in a temporary folder of their own.

Any user of any domain has a mailbox, all with one password. Needs root, since postfix does; starts in about a second.
Postfix bounces what is for `okand…@`, defers what is for `sen…@`, and refuses `nej…@` for good and `snart…@` for now.
"""

import grp
import os
import pwd
import re
import secrets
import shutil
import signal
import smtplib
import subprocess
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.support.mailconfig import DOVECOT_CONF, MAIN_CF, MAPS, MASTER_CF, TOKENS_CONF
from tests.support.ports import LOOPBACK, answers, free_port
from tests.support.tokens import Tokens
from torget.channels.live import Connection

DOVECOT, DOVEADM = "/usr/sbin/dovecot", "/usr/bin/doveadm"
POSTFIX, PARTS = "/usr/sbin/postfix", Path("/usr/lib/postfix/sbin")
NO_IMAP = "No dovecot here. As root:  apt-get install -y --no-install-recommends dovecot-imapd dovecot-lmtpd"
NO_LMTP = "dovecot has no LMTP here. As root:  apt-get install -y --no-install-recommends dovecot-lmtpd"
NO_SMTP = "No postfix here. As root:  apt-get install -y --no-install-recommends postfix"
NO_ROOT = "The mail servers of the tests need root: postfix starts as nobody else."


def dovecot() -> str:
    """The path of dovecot with IMAP. Raises RuntimeError where there is none."""
    if Path(DOVECOT).exists() and Path("/usr/lib/dovecot/imap").exists():
        return DOVECOT
    raise RuntimeError(NO_IMAP)


def lmtp() -> str:
    """The path of dovecot's LMTP server. Raises RuntimeError where there is none."""
    if Path("/usr/lib/dovecot/lmtp").exists():
        return "/usr/lib/dovecot/lmtp"
    raise RuntimeError(NO_LMTP)


def postfix() -> str:
    """The path of postfix. Raises RuntimeError where there is none."""
    if Path(POSTFIX).exists() and (PARTS / "master").exists():
        return POSTFIX
    raise RuntimeError(NO_SMTP)


class MailServers:
    """`with MailServers() as servers: servers.deliver("ida@example.org", mail)`; both are ended with the block."""

    def __init__(self) -> None:
        self.folder = Path()
        self.password = secrets.token_hex(12)
        self.host = LOOPBACK
        self.imap = self.imaps = self.lmtp = self.smtp = self._auth = 0
        self.tokens: Tokens | None = None
        self._dovecot: subprocess.Popen[bytes] | None = None
        self._postfix: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start both and wait until they answer. Raises RuntimeError with the servers' own words, or what is missing."""
        for check in (dovecot, lmtp, postfix):
            check()
        if os.geteuid() != 0:
            raise RuntimeError(NO_ROOT)
        self.folder = Path(tempfile.mkdtemp(prefix="torget-mail-"))
        # Their helpers run as users of their own, which must be able to walk in.
        self.folder.chmod(0o755)
        try:
            self.tokens = Tokens()
            self._write(self.tokens.port)
            self.start_dovecot()
            self.start_postfix()
        except BaseException:
            self.stop()
            raise

    def start_dovecot(self) -> None:
        """Start dovecot, also after it was ended: on the same ports, with the mails that it had."""
        ports, until = (self.imap, self.imaps, self.lmtp), time.monotonic() + 20
        # The helpers of one that was ended at once hold on to its ports for a moment.
        while any(answers(port) for port in ports) and time.monotonic() < until:
            time.sleep(0.05)
        with (self.folder / "dovecot.out").open("ab") as out:
            self._dovecot = subprocess.Popen(
                [dovecot(), "-F", "-c", self.folder / "dovecot.conf"],
                stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True,
            )  # fmt: skip
        self._wait(self._dovecot, ports, "dovecot")

    def start_postfix(self) -> None:
        """Start postfix, also after it was ended."""
        with (self.folder / "postfix.out").open("ab") as out:
            self._postfix = subprocess.Popen(
                [PARTS / "master", "-c", self.folder / "postfix", "-d"],
                stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True,
                env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "MAIL_LOGTAG": "postfix", "LC_ALL": "C"},
            )  # fmt: skip
        self._wait(self._postfix, (self.smtp,), "postfix")

    def stop_dovecot(self, *, at_once: bool = False) -> None:
        """End dovecot and its lines; `at_once` as when the machine loses power."""
        _end(self._dovecot, at_once=at_once)
        self._dovecot = None

    def stop_postfix(self, *, at_once: bool = False) -> None:
        """End postfix and its lines."""
        _end(self._postfix, at_once=at_once)
        self._postfix = None

    def stop(self) -> None:
        """End both and take the folder away."""
        self.stop_postfix()
        self.stop_dovecot()
        if self.tokens:
            self.tokens.stop()
        if self.folder != Path():
            shutil.rmtree(self.folder, ignore_errors=True)

    def log(self) -> str:
        """What both have said."""
        names = ("dovecot.out", "dovecot.log", "postfix.out", "postfix.log")
        found = [self.folder / name for name in names]
        return "\n".join(path.read_text(errors="replace") for path in found if path.exists())

    def connection(self, handle: str, *, password: str | None = None, **settings: Any) -> Connection:
        """How Torget reaches a mailbox here, over TLS both ways unless the settings say otherwise."""
        mine = {
            "host": self.host, "port": self.imaps, "tls": "tls", "user": handle, "address": handle,
            "smtp_host": self.host, "smtp_port": self.smtp, "smtp_tls": "starttls", "ca": self.authority,
        }  # fmt: skip
        secret = self.password if password is None else password
        return Connection(handle=handle, settings=mine | settings, secrets={"password": secret}, timeout=10)

    def with_token(self, handle: str, token: str, *, good: bool = True) -> Connection:
        """The same by a token of OAuth 2 (XOAUTH2) and without a password; one that is not good is refused."""
        if good and self.tokens:
            self.tokens.good[token] = handle
        plain = self.connection(handle)
        return Connection(handle=handle, settings=plain.settings, secrets={"xoauth2": token}, timeout=10)

    @property
    def authority(self) -> str:
        """The certificate that both show, as PEM."""
        return (self.folder / "cert.pem").read_text()

    def deliver(self, address: str, *mails: bytes, sender: str = "ida@example.org") -> None:
        """Put mails into a mailbox by LMTP, as they are, with the header fields that dovecot adds on top."""
        with smtplib.LMTP(self.host, self.lmtp, timeout=20) as line:
            for mail in mails:
                line.sendmail(sender, [address], re.sub(rb"\r?\n", b"\r\n", mail))

    def put(self, address: str, mails: Iterable[bytes], *, folder: str = "INBOX", seen: bool = False) -> None:
        """Put mails into a folder by IMAP, byte for byte."""
        from imapclient import IMAPClient

        with IMAPClient(self.host, self.imap, ssl=False, timeout=20) as client:
            client.login(address, self.password)
            if not client.folder_exists(folder):
                client.create_folder(folder)
            for mail in mails:
                client.append(folder, mail, flags=[b"\\Seen"] if seen else [])

    def submit(self, sender: str, address: str, mail: bytes) -> None:
        """Hand a mail to postfix, as another mail server would."""
        with smtplib.SMTP(self.host, self.smtp, "elsewhere.example.org", timeout=20) as line:
            line.sendmail(sender, [address], mail)

    def _wait(self, server: "subprocess.Popen[bytes]", ports: Iterable[int], name: str) -> None:
        until = time.monotonic() + 90
        for port in ports:
            while not answers(port):
                if server.poll() is not None or time.monotonic() > until:
                    raise RuntimeError(f"{name} did not start:\n{self.log()}")
                time.sleep(0.02)

    def _write(self, tokens: int) -> None:
        self.imap, self.imaps, self.lmtp, self._auth, self.smtp = _ports(5)
        _certificate(self.folder)
        nobody, queue = pwd.getpwnam("nobody"), pwd.getpwnam("postfix")
        own = {"folder": self.folder, "host": self.host, "lmtp": self.lmtp, "auth": self._auth}
        conf = DOVECOT_CONF.format(
            **own, name=self.folder.name, imap=self.imap, imaps=self.imaps, password=self.password, uid=nobody.pw_uid,
            gid=nobody.pw_gid, internal="dovecot", login="dovenull", internal_group="dovecot",
        )  # fmt: skip
        (self.folder / "dovecot.conf").write_text(conf)
        (self.folder / "tokens.conf").write_text(TOKENS_CONF.format(host=self.host, tokens=tokens))
        config = self.folder / "postfix"
        for name in ("postfix", "queue", "data", "mail", "state", "run"):
            (self.folder / name).mkdir()
        os.chown(self.folder / "mail", nobody.pw_uid, nobody.pw_gid)
        os.chown(self.folder / "data", queue.pw_uid, queue.pw_gid)
        (config / "main.cf").write_text(MAIN_CF.format(**own, parts=PARTS, owner="postfix", group="postdrop"))
        (config / "master.cf").write_text(MASTER_CF.format(port=f"{self.host}:{self.smtp}"))
        for name, words in MAPS.items():
            (self.folder / name).write_text(words)
        _queue(self.folder / "queue", queue.pw_uid)


def _queue(folder: Path, owner: int) -> None:
    """The folders of postfix's queue with their owners, which its own start script would make."""
    drop = grp.getgrnam("postdrop").gr_gid
    for name in (
        "active",
        "bounce",
        "corrupt",
        "defer",
        "deferred",
        "flush",
        "hold",
        "incoming",
        "private",
        "saved",
        "trace",
    ):
        (folder / name).mkdir(mode=0o700)
        os.chown(folder / name, owner, -1)
    (folder / "pid").mkdir()
    for name, mode in (("maildrop", 0o730), ("public", 0o710)):
        (folder / name).mkdir()
        os.chown(folder / name, owner, drop)
        (folder / name).chmod(mode)


def _ports(count: int) -> list[int]:
    """So many different free ports."""
    found: list[int] = []
    while len(found) < count:
        port = free_port()
        if port not in found:
            found.append(port)
    return found


def _end(server: "subprocess.Popen[bytes] | None", *, at_once: bool) -> None:
    """End a server that we started, with the helpers in its own session, by its id."""
    if server is None:
        return
    if server.poll() is None and not at_once:
        server.send_signal(signal.SIGTERM)
        try:
            server.wait(timeout=10)
        except subprocess.TimeoutExpired:
            pass
    # Helpers that outlive their master are of the session that was made for it.
    try:
        os.killpg(server.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    server.wait()


def _certificate(folder: Path) -> None:
    """A certificate for this house alone, good for a day."""
    from datetime import UTC, datetime, timedelta
    from ipaddress import ip_address

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mx.example.org")])
    now = datetime.now(UTC)
    names = x509.SubjectAlternativeName([x509.IPAddress(ip_address(LOOPBACK)), x509.DNSName("localhost")])
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1)).add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True).sign(key, hashes.SHA256())
    )  # fmt: skip
    (folder / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "key.pem").write_bytes(private)
    (folder / "key.pem").chmod(0o600)
