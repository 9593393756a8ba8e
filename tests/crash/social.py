"""A Mastodon server in the drill: people write there, and it lies, hangs up and says nothing while answers are sent to it."""

import threading
from collections import Counter
from random import Random
from typing import Any

from tests.crash.loading import Known
from tests.support.mastodon import TOKEN, Mastodon
from tests.support.mastodonwords import Mood, Request

STATUSES, NOTIFICATIONS = "/api/v1/statuses", "/api/v1/notifications"
MOODS = [Mood.FAILS_AFTER, Mood.FAILS_AFTER, Mood.CUTS_AFTER, Mood.SAYS_NOTHING, Mood.FAILS_BEFORE, Mood.CUTS_BEFORE]
PULLS = [Mood.BUSY, Mood.FAILS_BEFORE, Mood.CUTS_AFTER, Mood.A_PAGE]


class Social(threading.Thread):
    """People who write to us, and trouble with every third answer of ours, until told to stop."""

    def __init__(self, server: Mastodon, known: Known, seed: str) -> None:
        super().__init__(name="social", daemon=True)
        self.server, self.known, self.random = server, known, Random(seed)
        self.chance = Random(f"{seed} weather")
        server.quota, server.weather = 1_000_000, self._trouble
        self.said: set[str] = set()

    def settings(self) -> dict[str, Any]:
        """How Torget is to be connected."""
        return {"handle": "@ekevik", "settings": {"server": self.server.url, "every": 1}, "secrets": {"token": TOKEN}}

    def run(self) -> None:
        """Write, and make trouble; at the end all is well."""
        number = 0
        while not self.known.stop.wait(self.random.uniform(0.2, 1.0)):
            number += 1
            token = f"ton-{number:05d}"
            self.server.says(f"person{number % 40}@annan.example", f"@ekevik Hur går det med bron? {token}")
            self.said.add(token)
            if self.random.random() < 0.1:
                self.server.cut_streams()
        self.server.weather = None

    def _trouble(self, request: Request) -> Mood | None:
        """Chance meets each request by itself: what is kept in store would meet a seldom pull every time."""
        for method, path, share, moods in (("POST", STATUSES, 0.35, MOODS), ("GET", NOTIFICATIONS, 0.2, PULLS)):
            if request.method == method and path in request.path and self.chance.random() < share:
                return self.chance.choice(moods)
        return None

    def posts(self) -> Counter[str]:
        """How often each answer of ours stands there, by its token."""
        found: Counter[str] = Counter()
        for status in self.server.own():
            words = [
                word for word in str(status["content"]).replace("<", " ").replace(">", " ").split() if "svar-" in word
            ]
            found.update(words[:1])
        return found


def faults(outbox: list[dict[str, Any]], posts: Counter[str]) -> tuple[list[str], Counter[str], int, int]:
    """What is wrong with the answers that left by the channel: faults, states, how many were lost and doubled."""
    rows = [row for row in outbox if row["way"] == "channel"]
    found = [f"{number} times there: {token}" for token, number in posts.items() if number > 1]
    doubled, lost = len(found), 0
    for row in rows:
        number = posts[f"svar-{row['conversation']:05d}"]
        if row["state"] == "sent" and number != 1:
            lost += not number
            found.append(
                f"the answer to conversation {row['conversation']} is sent, and stands {number} times in the channel"
            )
        elif row["state"] == "refused" and number:
            found.append(f"the answer to conversation {row['conversation']} is refused, and stands in the channel")
        elif row["state"] == "unknown" and not row["shown"]:
            found.append(f"the answer to conversation {row['conversation']} is unknown, and nobody is shown it")
        elif row["state"] in ("approved", "sending"):
            found.append(f"the answer to conversation {row['conversation']} never left: {row['problem']}")
    return found, Counter(row["state"] for row in rows), lost, doubled
