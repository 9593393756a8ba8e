"""The crash drill: kill -9 of web and worker at random moments under load, then everything is counted.

Which moments come is said by the seed; what the machine does at that moment is not. What time does (a sender's lease of
two minutes runs out, the next attempt is due) is not waited for: with all workers stopped, the ends of the leases are
moved into the past.
"""

import json
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import Any

from tests.crash.loading import Known, Poster, Receiver, Weather, ask, spawn
from tests.crash.social import Social
from tests.crash.social import faults as social_faults
from tests.support.mastodon import Mastodon
from tests.support.server import Torget
from tests.support.smtp import SMTPServer
from torget.journal import verifier

POSTERS = 3
VERIFIED = 40
PATIENCE = 240.0
# A worker is up in a second or two, the web in three: the cheaper one is killed more often.
VICTIMS = ["worker"] * 7 + ["web"] * 3


@dataclass
class Report:
    """What a drill found. `faults` is empty when nothing was lost, doubled or half."""

    engine: str
    seed: int
    kills: Counter[str] = field(default_factory=Counter)
    also_killed: Counter[str] = field(default_factory=Counter)
    acknowledged: int = 0
    given_up: int = 0
    filed: int = 0
    answered: int = 0
    lost: int = 0
    doubled: int = 0
    answers: Counter[str] = field(default_factory=Counter)
    posted: Counter[str] = field(default_factory=Counter)
    posts: int = 0
    said: int = 0
    mails: int = 0
    abandoned: int = 0
    messages: int = 0
    entries: int = 0
    stumbles: Counter[str] = field(default_factory=Counter)
    seconds: float = 0
    faults: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        states = ", ".join(f"{number} {state}" for state, number in sorted(self.answers.items()))
        cut = ", ".join(f"{number} × {what}" for what, number in sorted(self.stumbles.items()))
        lines = [
            f"{self.engine}, seed {self.seed}: {sum(self.kills.values())} kills {dict(self.kills)},"
            f" beside them {dict(self.also_killed)}, {self.seconds:.0f} s",
            f"  acknowledged {self.acknowledged} forms, {self.filed} items of files, {self.answered} answers;"
            f" {self.given_up} forms given up by their sender",
            f"  lost {self.lost}, doubled {self.doubled}; {self.messages} messages, {self.entries} journal entries",
            f"  mailed answers: {states or 'none'}; {self.mails} mails at the server;"
            f" {self.abandoned} were in a killed worker's hand at the end",
            f"  answers in the channel: {dict(sorted(self.posted.items())) or 'none'}; {self.posts} posts there;"
            f" {self.said} messages written there",
            f"  cut off for people: {cut or 'nothing'}",
        ]
        return "\n".join([*lines, *(f"  FAULT {fault}" for fault in self.faults)])


class Drill:
    """One drill on one installation that is prepared and empty; see `run`."""

    def __init__(
        self, torget: Torget, server: SMTPServer, mastodon: Mastodon, *, kills: int, seed: int, pace: float = 1
    ) -> None:
        self.torget, self.server, self.kills = torget, server, kills
        self.random = Random(seed)
        self.known = Known(pace)
        self.social = Social(mastodon, self.known, f"{seed} s")
        self.report = Report("PostgreSQL" if torget.database_url else "SQLite", seed)
        self.log = torget.home / "answers.log"
        self.worker: subprocess.Popen[bytes] | None = None
        self.answerer: subprocess.Popen[bytes] | None = None
        torget.environment |= {
            "TORGET_MAIL_HOST": server.host,
            "TORGET_MAIL_PORT": str(server.port),
            "TORGET_POSTS_PER_MINUTE": "0",
            "TORGET_ALLOW_PRIVATE": "1",
        }

    def run(self) -> Report:
        """Load, kill, let it come to rest, count."""
        began = time.monotonic()
        self.torget.prepare()
        self._inside("prepare", given=self.social.settings())
        try:
            self._under_load()
            self._come_to_rest()
            self._count()
        finally:
            self.known.stop.set()
            for child in (self.answerer, self.worker):
                if child is not None and child.poll() is None:
                    self.torget.kill(child)
            self.torget.stop()
        self.report.seconds = time.monotonic() - began
        return self.report

    # ---- killing ----------------------------------------------------------------------------------------------------

    def _under_load(self) -> None:
        self.torget.start_web()
        self.worker = self.torget.start_worker()
        self._start_answerer()
        seed = self.report.seed
        posters = [Poster(self.torget, self.known, f"{seed} {number}") for number in range(POSTERS)]
        receiver, weather = (
            Receiver(self.torget, self.known, f"{seed} r"),
            Weather(self.server, self.known, f"{seed} w"),
        )
        threads = [*posters, receiver, weather, self.social]
        for thread in threads:
            thread.start()
        for _ in range(self.kills):
            self._kill(self.random.choice(VICTIMS))
        self._see_something_done()
        self.known.stop.set()
        for thread in threads:
            thread.join(timeout=240)
            if thread.is_alive():
                self.report.faults.append(f"{thread.name} never came to its end")

    def _see_something_done(self) -> None:
        """On a slow machine ten kills leave no time for an answer: wait until one went out, by mail and in the channel."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until and not (self.server.mails and any(self.social.posts().values())):
            time.sleep(0.5)

    def _kill(self, victim: str) -> None:
        """Wait for the moment, kill, start again. A worker may die while it is still starting."""
        # Long enough at times for a worker to come up, pull from the channel and send an answer there.
        time.sleep(self.random.uniform(0.05, 7.0))
        if victim == "web" and self.torget.web is not None:
            self.torget.kill(self.torget.web)
            self.torget.start_web()
        elif self.worker is not None:
            self.torget.kill(self.worker)
            self.torget.workers.remove(self.worker)
            self.worker = self.torget.start_worker()
        self.report.kills[victim] += 1
        if self.answerer is not None and self.random.random() < 0.5:
            self.torget.kill(self.answerer)
            self.known.killed["answering"] += 1
            self._start_answerer()

    def _start_answerer(self) -> None:
        with self.torget.log.open("ab") as log:
            self.answerer = spawn(self.torget, "-m", "tests.crash.inside", "answer", str(self.log), log=log)

    # ---- rest -------------------------------------------------------------------------------------------------------

    def _inside(self, command: str, *rest: str, given: object = None) -> Any:
        """Run a command of `tests.crash.inside` to its end and return what it said."""
        done = subprocess.run(
            [sys.executable, "-m", "tests.crash.inside", command, *rest],
            cwd=self.torget.home,
            env=self.torget.variables(),
            input=json.dumps(given).encode(),
            capture_output=True,
            timeout=300,
            check=False,
        )
        if done.returncode:
            raise AssertionError(f"{command} inside ended with {done.returncode}:\n{done.stderr.decode()[-3000:]}")
        return json.loads(done.stdout)

    def _come_to_rest(self) -> None:
        """The last kill of all, two hours that pass, and a web and a worker that are left alone until nothing waits."""
        if self.answerer is not None:
            if self.answerer.poll() is not None:
                self.report.faults.append(f"answering ended by itself:\n{self.torget.said()}")
            self.torget.kill(self.answerer)
        for child in (self.worker, self.torget.web):
            if child is not None:
                self.torget.kill(child)
        self._inside("finish", str(self.log))
        self.report.abandoned = self._inside("pass_time")
        self.torget.start_web()
        self.worker = self.torget.start_worker()
        for name, count in self._inside("quiet").items():
            self.report.faults.append(f"{count} {name} wait all the same")

    # ---- counting ---------------------------------------------------------------------------------------------------

    def _count(self) -> None:
        known, report = self.known, self.report
        words = [line.split(" ") for line in self.log.read_text().split("\n") if line] if self.log.exists() else []
        answers = {int(number) for word, number in words if word == "done"}
        once = [*known.receipts, *known.filed, *self.social.said, *(f"svar-{number:05d}" for number in answers)]
        perhaps = known.perhaps - set(known.receipts)
        found = self._inside("count", given={"once": sorted(once), "perhaps": sorted(perhaps)})
        report.acknowledged, report.given_up = len(known.receipts), len(perhaps)
        report.filed, report.answered = len(known.filed), len(answers)
        report.lost, report.doubled = found["lost"], found["doubled"]
        report.messages, report.entries = found["messages"], found["entries"]
        report.stumbles, report.also_killed = known.stumbles, known.killed
        report.faults += [*known.faults, *found["faults"], *self._receipts(), *self._mails(found["outbox"])]
        posts = self.social.posts()
        wrong, report.posted, lost, doubled = social_faults(found["outbox"], posts)
        report.posts, report.said = sum(posts.values()), len(self.social.said)
        report.faults += wrong
        report.lost, report.doubled = report.lost + lost, report.doubled + doubled

    def _receipts(self) -> list[str]:
        """Every acknowledged address opens, with its own words; some are taken home and checked against the key."""
        faults = []
        trust = verifier.parse_key(ask(self.torget, "GET", "/journal/nyckel")[2].strip())
        addresses = list(self.known.receipts.items())
        for token, address in addresses:
            status, _, text = ask(self.torget, "GET", address)
            if status != 200 or token not in text:
                faults.append(f"the receipt of {token} answers {status} without its words")
        for token, address in self.random.sample(addresses, min(VERIFIED, len(addresses))):
            status, _, text = ask(self.torget, "GET", f"{address}bevis.json")
            said = verifier.check(text.encode(), trust)
            if status != 200 or said["code"] != "holds" or token not in text:
                faults.append(f"the receipt file of {token}: {status}, {said['code']}")
        return faults

    def _mails(self, outbox: list[dict[str, Any]]) -> list[str]:
        """Each answer's mail once or, where nobody can know, at most once and shown to a person."""
        received = Counter(str(mail.message["Message-ID"]) for mail in self.server.mails)
        faults = [f"{number} times the mail {mail}" for mail, number in received.items() if number > 1]
        self.report.doubled += len(faults)
        self.report.mails = len(self.server.mails)
        mailed = {row["mail_id"]: row for row in outbox if row["way"] == "email"}
        self.report.answers = Counter(row["state"] for row in mailed.values())
        faults += [f"a mail that is no answer of ours: {mail}" for mail in received if mail not in mailed]
        for mail, row in mailed.items():
            state, number = row["state"], received[mail]
            if state == "sent" and number != 1:
                self.report.lost += not number
                faults.append(f"the answer to conversation {row['conversation']} is sent, and {number} mails came")
            elif state in ("refused", "bounced") and number:
                faults.append(f"the answer to conversation {row['conversation']} is {state}, and {number} mails came")
            if state in ("unknown", "refused", "bounced") and not row["shown"]:
                faults.append(f"the answer to conversation {row['conversation']} is {state}, and nobody is shown it")
        return faults
