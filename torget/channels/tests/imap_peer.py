"""An IMAP server on loopback that says of its mails what a test makes it say; only as much of RFC 3501 as fetching needs."""

import re
import socketserver
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from tests.support.ports import LOOPBACK
from torget.channels.live import Connection

Say = Callable[[int, bytes], bytes]


@dataclass
class Imap:
    """`with Imap({3: b"From: …"}) as imap: MailLive().fetch(imap.connection(), {})`. `say` changes the answer for a mail."""

    mails: dict[int, bytes]
    say: Say = lambda uid, answer: answer
    refused: frozenset[int] = frozenset()
    has_uidnext: bool = True
    opened: list[bytes] = field(default_factory=list)
    _server: socketserver.ThreadingTCPServer | None = None

    def __enter__(self) -> Self:
        outer = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                self.wfile.write(b"* OK hej\r\n")
                while (line := self.rfile.readline()) and outer.answered(line, self.wfile.write):
                    pass

        self._server = socketserver.ThreadingTCPServer((LOOPBACK, 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.02,), name="imap", daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()

    def connection(self, **settings: object) -> Connection:
        """How to reach it."""
        assert self._server is not None
        port = self._server.server_address[1]
        told = {"host": LOOPBACK, "port": port, "tls": "none", **settings}
        return Connection("info@ekevik.example", told, {"password": "hemligt"}, 5.0)

    def answered(self, line: bytes, write: Callable[[bytes], object]) -> bool:
        """Answer one command; whether to go on."""
        tag, _, command = line.strip().partition(b" ")
        rows: list[bytes] = []
        verdict = b"OK klart"
        if command.startswith(b"CAPABILITY"):
            rows = [b"CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR"]
        elif command.startswith(b"EXAMINE"):
            self.opened.append(command)
            rows = [b"%d EXISTS" % len(self.mails), b"0 RECENT", b"FLAGS ()", b"OK [UIDVALIDITY 7] x"]
            rows += [b"OK [UIDNEXT %d] x" % (max(self.mails) + 1)] if self.has_uidnext else []
        elif command.startswith(b"UID SEARCH"):
            rows = [b"SEARCH " + b" ".join(b"%d" % uid for uid in self._range(command.rpartition(b" ")[2]))]
        elif command.startswith(b"UID FETCH"):
            uids = [uid for part in command.split()[2].split(b",") for uid in self._range(part)]
            if self.refused & set(uids):
                verdict = b"NO [SERVERBUG] x"
            else:
                rows = [self.say(uid, self._fetched(uid, b"RFC822.SIZE" in command)) for uid in uids]
        write(b"".join(b"* " + row + b"\r\n" for row in rows) + tag + b" " + verdict + b"\r\n")
        return not command.startswith(b"LOGOUT")

    def _range(self, said: bytes) -> list[int]:
        ends = [max(self.mails) if end == b"*" else int(end) for end in re.split(rb":", said)]
        return [uid for uid in sorted(self.mails) if ends[0] <= uid <= ends[-1]]

    def _fetched(self, uid: int, is_size: bool) -> bytes:
        place, body = sorted(self.mails).index(uid) + 1, self.mails[uid]
        if is_size:
            when = b'"16-Nov-2026 10:00:00 +0100"'
            return b"%d FETCH (UID %d RFC822.SIZE %d INTERNALDATE %s)" % (place, uid, len(body), when)
        return b"%d FETCH (UID %d BODY[] {%d}\r\n%s)" % (place, uid, len(body), body)
