"""The drill of many processes: two web and two workers on PostgreSQL, Valkey and S3, killed at random, then counted.

Beside them Valkey is killed with all that it holds, and lines to the database are cut in the middle of what they do.
"""

import re
import subprocess
import time

from tests.crash.drill import Drill
from tests.crash.loading import Poster, Receiver, Weather
from tests.support.fleet import SERVES, Fleet
from tests.support.mastodon import Mastodon
from tests.support.s3 import S3
from tests.support.smtp import SMTPServer
from tests.support.valkey import Valkey

WEBS = WORKERS = 2
POSTERS = 3
VICTIMS = ["web"] * 5 + ["worker"] * 5 + ["valkey"] * 2 + ["database line"] * 3


class ManyDrill(Drill):
    """`Drill` on a fleet; its report counts the kills of each kind."""

    def __init__(
        self, fleet: Fleet, server: SMTPServer, mastodon: Mastodon, valkey: Valkey, s3: S3, *, kills: int, seed: int,
        pause: float = 4.0,
    ) -> None:  # fmt: skip
        super().__init__(fleet, server, mastodon, kills=kills, seed=seed)
        self.fleet, self.valkey, self.pause = fleet, valkey, pause
        self.report.engine = f"PostgreSQL, {WEBS} web, {WORKERS} workers, Valkey, S3 by {s3.kind}"
        fleet.environment |= {"TORGET_REDIS_URL": valkey.url, **s3.settings()}

    def _under_load(self) -> None:
        self.fleet.start(webs=WEBS, workers=WORKERS)
        self._start_answerer()
        seed = self.report.seed
        posters = [Poster(self.fleet, self.known, f"{seed} {number}") for number in range(POSTERS)]
        receiver, weather = Receiver(self.fleet, self.known, f"{seed} r"), Weather(self.server, self.known, f"{seed} w")
        threads = [*posters, receiver, weather, self.social]
        for thread in threads:
            thread.start()
        for turn in range(self.kills):
            # Each kind at least once, also where the kills are few.
            once = list(dict.fromkeys(VICTIMS))
            self._kill(once[turn] if turn < len(once) and self.kills < 20 else self.random.choice(VICTIMS))
        self.known.stop.set()
        for thread in threads:
            thread.join(timeout=240)
            if thread.is_alive():
                self.report.faults.append(f"{thread.name} never came to its end")

    def _kill(self, victim: str) -> None:
        time.sleep(self.random.uniform(0.05, self.pause))
        # Whose line to the database was cut while it started has said so and ended.
        self.known.killed["started anew"] += self.fleet.revive()
        if victim == "web":
            # Not waited for: the other one goes on, and now and then it is killed before this one is up.
            self.fleet.kill_web(self.random.randrange(WEBS))
        elif victim == "worker":
            self.fleet.kill_worker(self.random.randrange(WORKERS))
        elif victim == "valkey":
            self.valkey.kill()
            time.sleep(self.random.uniform(0, 1.0))
            self.valkey.start()
        else:
            self._cut_a_line()
        self.report.kills[victim] += 1
        if self.answerer is not None and self.random.random() < 0.5:
            self.torget.kill(self.answerer)
            self.known.killed["answering"] += 1
            self._start_answerer()

    def _cut_a_line(self) -> None:
        """End a backend of the database that serves one of ours, most likely one in the middle of something."""
        import psycopg

        with psycopg.connect(self.fleet.database_url, autocommit=True) as line:
            line.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
                " AND application_name = %s ORDER BY state = 'idle', random() LIMIT 1",
                [SERVES],
            )

    def _count(self) -> None:
        # Whose request met a cut line was told that something went wrong, and sent the same form again: that is no fault
        # as long as the receipt came in the end. It is among the stumbles.
        told = re.compile(r"(post-\d+): answer 50\d:")
        self.known.faults = [
            fault
            for fault in self.known.faults
            if not ((match := told.match(fault)) and match[1] in self.known.receipts)
        ]
        super()._count()

    def _come_to_rest(self) -> None:
        if self.answerer is not None:
            # A cut line ends it, as it ends any program that does not ask again: it is started anew by the next kill.
            self.torget.kill(self.answerer)
        for child in [*self.fleet.workers, *self.fleet.webs]:
            self.fleet.kill(child)
        self.fleet.workers.clear()
        self._inside("finish", str(self.log))
        self.report.abandoned = self._inside("pass_time")
        self.fleet.webs = [self.fleet._start_one(number) for number in range(WEBS)]
        workers: list[subprocess.Popen[bytes]] = [self.fleet.start_worker() for _ in range(WORKERS)]
        for number in range(WEBS):
            self.fleet.wait_for(number)
        for name, count in self._inside("quiet").items():
            self.report.faults.append(f"{count} {name} wait all the same")
        assert all(worker.poll() is None for worker in workers)
