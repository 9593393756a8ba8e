"""Those who use Torget while it is being killed: people at the form, files that come in, and one who answers."""

import http.client
import json
import re
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from random import Random
from typing import IO

from tests.support.ports import LOOPBACK
from tests.support.server import Torget
from tests.support.smtp import Mood, SMTPServer

NONCE = re.compile(r'name="nonce" value="([^"]+)"')
BOUNDARY = "drill-boundary-5f1c"


def spawn(torget: Torget, *arguments: str, log: IO[bytes]) -> subprocess.Popen[bytes]:
    """`python …` with the installation's environment; ended by its own id only."""
    return subprocess.Popen(
        [sys.executable, *arguments],
        cwd=torget.home,
        env=torget.variables(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=log,
        start_new_session=True,
    )


@dataclass
class Known:
    """What the people outside know, shared by all threads; `pace` is how many times as long they take between two messages."""

    pace: float = 1.0
    receipts: dict[str, str] = field(default_factory=dict)
    """Token of an acknowledged post, and the address of its receipt."""
    perhaps: set[str] = field(default_factory=set)
    """Posts whose sender gave up without an answer: there once, or not at all."""
    filed: set[str] = field(default_factory=set)
    """Items of files that `receive` has said are in."""
    stumbles: Counter[str] = field(default_factory=Counter)
    """How it went wrong for people in between: connections cut, answers that were no receipt."""
    faults: list[str] = field(default_factory=list)
    killed: Counter[str] = field(default_factory=Counter)
    stop: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _next: int = 0

    def token(self, kind: str) -> str:
        """A word that stands in one message only."""
        with self._lock:
            self._next += 1
            return f"{kind}-{self._next:05d}"


def multipart(fields: dict[str, str], attachment: bytes = b"") -> bytes:
    """A form as a browser sends it."""
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    if attachment:
        head = 'Content-Disposition: form-data; name="attachments"; filename="bilaga.txt"\r\nContent-Type: text/plain'
        parts.append(f"--{BOUNDARY}\r\n{head}\r\n\r\n".encode() + attachment + b"\r\n")
    return b"".join([*parts, f"--{BOUNDARY}--\r\n".encode()])


def ask(
    torget: Torget, method: str, path: str, body: bytes = b"", *, timeout: float = 20
) -> tuple[int, dict[str, str], str]:
    """One request on a connection of its own: status, headers (names in lower case), text."""
    connection = http.client.HTTPConnection(LOOPBACK, torget.port, timeout=timeout)
    try:
        headers = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"} if body else {}
        connection.request(method, path, body=body or None, headers=headers)
        answer = connection.getresponse()
        text = answer.read().decode("utf-8", "replace")
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, text
    finally:
        connection.close()


class Poster(threading.Thread):
    """Writes by the form; sends the same form again until it has its receipt, or in one case of ten gives up."""

    def __init__(self, torget: Torget, known: Known, seed: str) -> None:
        super().__init__(name=f"poster {seed}", daemon=True)
        self.torget, self.known, self.random = torget, known, Random(seed)

    def run(self) -> None:
        """Write until told to stop; the last one is carried through."""
        while not self.known.stop.is_set():
            if nonce := self._nonce():
                self._post(nonce)
            self.known.stop.wait(self.random.uniform(0.02, 0.3) * self.known.pace)

    def _nonce(self) -> str:
        try:
            found = NONCE.search(ask(self.torget, "GET", "/skriv/")[2])
        except (OSError, http.client.HTTPException):
            return ""
        return found[1] if found else ""

    def _post(self, nonce: str) -> None:
        random, known = self.random, self.known
        token = known.token("post")
        fields = {"nonce": nonce, "text": f"{token} Hur blir det med gatan?", "subject": random.choice(["Gatan", ""])}
        # One address each: a person who writes twice is not what is tried here.
        fields["email"] = random.choice([f"{token}@example.se", ""])
        body = multipart(fields, random.choice([b"", b"", f"{token} bilaga\n".encode() * random.randint(1, 4000)]))
        patient = random.random() < 0.9
        known.perhaps.add(token)
        until = time.monotonic() + 180
        while time.monotonic() < until:
            try:
                status, headers, text = ask(self.torget, "POST", "/skriv/", body)
            except (OSError, http.client.HTTPException) as error:
                known.stumbles[type(error).__name__] += 1
                if not patient:
                    return
                time.sleep(random.uniform(0.05, 0.4))
                continue
            if status == 303 and headers["location"].startswith("/kvitto/"):
                known.receipts[token] = headers["location"]
                return
            known.stumbles[f"answer {status}"] += 1
            known.faults.append(f"{token}: answer {status}: {' '.join(re.sub('<[^>]+>', ' ', text).split())[:300]}")
            time.sleep(random.uniform(0.1, 0.5))
        known.faults.append(f"{token}: no receipt within three minutes")


class Receiver(threading.Thread):
    """Runs `torget receive` on files of its own making, again after each kill until it has succeeded."""

    def __init__(self, torget: Torget, known: Known, seed: str) -> None:
        super().__init__(name="receiver", daemon=True)
        self.torget, self.known, self.random = torget, known, Random(seed)
        self.before: list[dict[str, object]] = []
        self.mail_before = ""

    def run(self) -> None:
        """Take in one file after another until told to stop; the last one is carried through."""
        folder = self.torget.home / "given"
        folder.mkdir()
        number = 0
        while not self.known.stop.is_set():
            number += 1
            channel = self.random.choice(["mail", "mastodon", "jsonl"])
            path, tokens, given = getattr(self, f"_{channel}")(folder / f"{number:04d}")
            while not self._receive(path, channel, given):
                pass
            self.known.filed.update(tokens)
            self.known.stop.wait(self.random.uniform(0, 0.3) * self.known.pace)

    def _receive(self, path: Path, channel: str, given: int) -> bool:
        """Once; whether it came to its end. Every second one is killed on the way."""
        with self.torget.log.open("ab") as log:
            child = spawn(self.torget, "-m", "torget", "receive", str(path), "--channel", channel, "--json", log=log)
            try:
                said, _ = child.communicate(timeout=self.random.choice([self.random.uniform(0.4, 3), 120]))
            except subprocess.TimeoutExpired:
                child.kill()
                child.communicate()
                self.known.killed["receive"] += 1
                return False
        if child.returncode:
            self.known.stumbles[f"receive ended with {child.returncode}"] += 1
            self.known.faults.append(f"receive {path.name} ended with {child.returncode}")
            return self.known.stop.is_set()
        counts = json.loads(said)
        if counts["given"] != given or sum(counts.values()) != 2 * given or counts["quarantined"]:
            self.known.faults.append(f"receive {path.name} ({given} items) says {counts}")
        return True

    def _tokens(self, most: int) -> list[str]:
        return [self.known.token("fil") for _ in range(self.random.randint(1, most))]

    def _jsonl(self, path: Path) -> tuple[Path, list[str], int]:
        tokens = self._tokens(40)
        rows = [{"id": token, "text": f"{token} Tack!", "name": f"Prov {token}"} for token in tokens]
        path = path.with_suffix(".jsonl")
        path.write_text("\n".join(json.dumps(row) for row in rows))
        return path, tokens, len(rows)

    def _mastodon(self, path: Path) -> tuple[Path, list[str], int]:
        """A page of statuses: the last ones of the page before come again, and some answer one another."""
        tokens = self._tokens(20)
        rows: list[dict[str, object]] = [
            {
                "id": token,
                "uri": f"https://social.example.org/s/{token}",
                "content": f"<p>{token} Hej</p>",
                "visibility": "public",
                "created_at": "2026-11-16T13:00:00Z",
                "in_reply_to_id": self.random.choice([None, tokens[0] if token != tokens[0] else None]),
                "account": {
                    "id": "7",
                    "acct": self.random.choice(["alva", "bo", "cia"]),
                    "url": "https://social.example.org/@x",
                },
            }
            for token in tokens
        ]
        page = [*self.before[-3:], *rows]
        self.before = rows
        path = path.with_suffix(".json")
        path.write_text(json.dumps(page))
        return path, tokens, len(page)

    def _mail(self, path: Path) -> tuple[Path, list[str], int]:
        """A mail with a file, in every second case an answer to the mail before."""
        token = self.known.token("fil")
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = "Prov <prov@example.se>", "info@example.se", "Gatan"
        mail["Message-ID"] = f"<{token}@example.se>"
        if self.mail_before and self.random.random() < 0.5:
            mail["In-Reply-To"] = f"<{self.mail_before}@example.se>"
        mail.set_content(f"{token} Hur blir det?\n")
        mail.add_attachment(f"{token} fil\n".encode() * self.random.randint(1, 3000), "text", "plain", filename="f.txt")
        self.mail_before = token
        path = path.with_suffix(".eml")
        path.write_bytes(bytes(mail))
        return path, [token], 1


class Weather(threading.Thread):
    """The mail server's moods: mostly well, at times slow, busy, or hanging up with the mail in its hand."""

    def __init__(self, server: SMTPServer, known: Known, seed: str) -> None:
        super().__init__(name="weather", daemon=True)
        self.server, self.known, self.random = server, known, Random(seed)

    def run(self) -> None:
        """Change the mood until told to stop; then it is well."""
        moods = [Mood.WELL] * 4 + [Mood.SLOW] * 4 + [Mood.DROPS_AFTER_DATA, Mood.BUSY, Mood.REFUSES_MAIL]
        self.server.delay = 0.5
        while not self.known.stop.wait(self.random.uniform(0.1, 0.8)):
            self.server.mood = self.random.choice(moods)
        self.server.mood = Mood.WELL
