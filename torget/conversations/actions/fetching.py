"""Fetch: pages of a connected account, stored with their cursor in one transaction, then parsed; a thread per account.

A channel that is slow or dead holds up its own thread and nobody else's.
"""

import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from hashlib import sha256
from uuid import uuid4

from django.db import close_old_connections, connection, transaction
from django.db.models import Q

from torget.channels import live, text
from torget.channels.base import Raw
from torget.conversations import keyring
from torget.conversations.actions import connecting, sending
from torget.conversations.actions.intake import parse_page
from torget.conversations.models import Account, RawEvent
from torget.core import clock
from torget.organisations.models import Organisation

log = logging.getLogger("torget.fetching")
LEASE = timedelta(seconds=20)
"""How long an account stays with a worker that gives no sign of life; its sending thread renews it every few seconds."""
RENEW = 5.0
EVERY = 60.0
"""Seconds between pulls, also where there is a stream: a push that was lost is found by the next pull."""
LONGEST_PAUSE = 600.0
MOST_PAGES = 2000
_HOST = sha256(socket.gethostname().encode()).hexdigest()[:8]


def fetch_page(account: Account) -> bool:
    """Fetch one page, store it with the cursor in one transaction, and parse it; whether there is more at once.

    Errors: live.Problem, Refused("key_broken").
    """
    account.refresh_from_db()
    fetched = connecting.channel_of(account).fetch(connecting.connection(account), account.cursor)
    if fetched.renewed:
        _renew(account, fetched.renewed)
    events = store_live(account, fetched.raws, fetched=fetched)
    _parse(events)
    return fetched.more


def _renew(account: Account, renewed: Mapping[str, str]) -> None:
    # Disconnected meanwhile: nothing is kept of it.
    if held := keyring.secrets_of(account):
        keyring.keep(account, held | dict(renewed))


def _name(raw: Raw) -> str:
    return raw.key[:80] or sha256(raw.body).hexdigest()


@transaction.atomic
def store_live(account: Account, raws: tuple[Raw, ...], *, fetched: live.Fetched | None = None) -> list[RawEvent]:
    """Commit live deliveries, and with a fetched page its cursor and health; returns those that still wait to be parsed."""
    now = clock.now()
    made = [
        RawEvent(
            account=account,
            delivery=_name(raw),
            body=raw.body,
            source=text.line(raw.source, 300),
            media_type=raw.media_type[:100],
            method=raw.method[:10],
            url=raw.url,
            verdict=raw.verdict[:20],
            captured_at=now,
        )
        for raw in raws
    ]
    RawEvent.objects.bulk_create(made, ignore_conflicts=True, batch_size=100)
    if fetched is not None:
        connecting.end_gaps(account, lost=fetched.gap)
        Account.objects.filter(pk=account.pk).exclude(state=Account.OFF).update(
            cursor=dict(fetched.cursor),
            fetched_at=now,
            tried_at=now,
            state=Account.GOOD,
            problem="",
            problem_since=None,
        )
        connecting.note_health(account, fetched.health)
        account.cursor, account.fetched_at = dict(fetched.cursor), now
    names = [event.delivery for event in made]
    waiting = RawEvent.objects.filter(account=account, delivery__in=names, state=RawEvent.WAITING)
    return list(waiting.select_related("account__authority").order_by("pk"))


def _parse(events: list[RawEvent]) -> None:
    """Parse at once; what fails waits for the worker's own round, which gives up on it in the end."""
    try:
        parse_page(events)
    except Exception as error:
        # One bad delivery stalls nothing: the worker tries it again and puts it in quarantine the fifth time.
        log.warning("intake.page_waits events=%d error=%s", len(events), type(error).__name__)


def fetch_once(account: Account) -> int:
    """Fetch all that there is now; how many pages. Errors: live.Problem, Refused."""
    pages = 1
    while fetch_page(account) and pages < MOST_PAGES:
        pages += 1
    return pages


class Runner(threading.Thread):
    """One account's thread: it pulls, and has a second one listen; under a lease, so that two workers never both pull."""

    def __init__(self, pk: int, stop: threading.Event) -> None:
        super().__init__(name=f"torget-account-{pk}", daemon=True)
        self.pk, self.stop = pk, stop
        self.owner = f"{_HOST}:{os.getpid()}:{uuid4().hex[:8]}"
        self.wake = threading.Event()
        self._failures = 0
        self._listener: threading.Thread | None = None
        self._sender: threading.Thread | None = None

    def run(self) -> None:
        """Pull, wait, pull, until the account is disconnected or the process stops."""
        try:
            self._sender = self._start(self._send, "send")
            while not self.stop.is_set():
                close_old_connections()
                pause = self._round()
                if pause is None:
                    return
                connection.close()
                self.wake.wait(pause)
                self.wake.clear()
        except Exception:
            # The worker's next round starts a new thread.
            log.exception("account.thread_ended account=%s", self.pk)
        finally:
            # Whoever listens and sends beside us ends with us: disconnected, or somebody else's now.
            self.stop.set()
            Account.objects.filter(pk=self.pk, lease_owner=self.owner).update(lease_owner="", lease_until=None)
            connection.close()

    def _hold(self) -> bool:
        now = clock.now()
        # A lease further ahead than any can be was set before the clock was moved back.
        too_far = now + 2 * LEASE
        free = Q(lease_owner__in=["", self.owner]) | Q(lease_until__lt=now) | Q(lease_until__gt=too_far)
        rows = Account.objects.filter(free, pk=self.pk).exclude(state__in=[Account.OFF, Account.NEEDS_LOGIN])
        return bool(rows.update(lease_owner=self.owner, lease_until=now + LEASE))

    def _round(self) -> float | None:
        """One pull; seconds to wait for the next, None to end."""
        if not self._hold():
            return None
        account = Account.objects.select_related("authority").get(pk=self.pk)
        try:
            while not self.stop.is_set() and fetch_page(account):
                if not self._hold():
                    return None
        except live.NeedsLogin as problem:
            connecting.note_problem(account, problem)
            return None
        except live.Problem as problem:
            return self._failed(account, problem, problem.after if isinstance(problem, live.Retry) else 0.0)
        except Exception as error:
            log.warning("account.fetch_failed account=%s error=%s", self.pk, type(error).__name__)
            return self._failed(account, live.Retry(type(error).__name__), 0.0)
        self._failures = 0
        if self._listener is None or not self._listener.is_alive():
            self._listener = self._start(lambda: self._hear(account), "listen")
        return float(account.settings.get("every", EVERY))

    def _failed(self, account: Account, problem: live.Problem, after: float) -> float:
        """Try again later and later; a service that said when is believed, within bounds."""
        self._failures = min(self._failures + 1, 10)
        pause: float = max(min(5.0 * 2 ** (self._failures - 1), LONGEST_PAUSE), min(after, LONGEST_PAUSE))
        connecting.note_problem(account, problem, next_try=clock.now() + timedelta(seconds=pause))
        return pause

    def _start(self, target: Callable[[], None], name: str) -> threading.Thread:
        thread = threading.Thread(target=target, name=f"torget-{name}-{self.pk}", daemon=True)
        thread.start()
        return thread

    def _send(self) -> None:
        """Send what leaves by this account, as long as its thread lives; pulling a large mailbox delays no answer.

        It also renews the lease: a pull may take long, a pause too, and a dead worker shall be noticed soon.
        """
        renewed = time.monotonic()
        while not self.stop.is_set() and self.is_alive():
            close_old_connections()
            try:
                if time.monotonic() - renewed > RENEW:
                    renewed = time.monotonic()
                    mine = Account.objects.filter(pk=self.pk, lease_owner=self.owner)
                    mine.update(lease_until=clock.now() + LEASE)
                sending.send_waiting(account=self.pk)
                sending.look_for_unknown(self.pk)
            except Exception as error:
                log.warning("account.send_failed account=%s error=%s", self.pk, type(error).__name__)
            # Who waits holds no line: on PostgreSQL all threads of a process share twenty.
            close_old_connections()
            self.stop.wait(1.0)
        connection.close()

    def _hear(self, account: Account) -> None:
        """Listen until the line breaks; the next pull starts it again."""
        try:
            channel = connecting.channel_of(account)
            channel.listen(
                connecting.connection(account), account.cursor, lambda raw: self._heard(account, raw), self.stop
            )
        except live.Problem as problem:
            log.info("account.not_listened account=%s why=%s", self.pk, problem.why)
        except Exception as error:
            log.warning("account.listen_failed account=%s error=%s", self.pk, type(error).__name__)
        finally:
            connection.close()

    def _heard(self, account: Account, raw: Raw | None) -> None:
        """Store and parse what was pushed; nothing pushed means: pull now."""
        if raw is None:
            self.wake.set()
            return
        close_old_connections()
        try:
            _parse(store_live(account, (raw,)))
        finally:
            # The next push may be hours away, and the line is wanted by others.
            close_old_connections()


def _free_what_the_dead_hold() -> None:
    """A worker of this machine that was killed holds its leases no longer than until the next one looks."""
    held = Account.objects.exclude(lease_owner="").values_list("pk", "lease_owner")
    for pk, owner in held:
        host, _, rest = owner.partition(":")
        process = rest.partition(":")[0]
        if host == _HOST and process.isdecimal() and not _is_alive(int(process)):
            Account.objects.filter(pk=pk, lease_owner=owner).update(lease_owner="", lease_until=None)


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True  # somebody else's process, so there is one
    return True


class Runners:
    """The threads of this process."""

    def __init__(self) -> None:
        self._threads: dict[int, Runner] = {}

    def sweep(self) -> int:
        """Worker's job: a thread for each connected account that nobody pulls from; how many were started."""
        if Organisation.current().demo:
            return 0  # a demo town reaches nobody
        _free_what_the_dead_hold()
        now, started = clock.now(), 0
        self._threads = {pk: thread for pk, thread in self._threads.items() if thread.is_alive()}
        too_far = now + 2 * LEASE
        idle = Q(lease_owner="") | Q(lease_until=None) | Q(lease_until__lt=now) | Q(lease_until__gt=too_far)
        wanted = Account.objects.filter(idle, state__in=[Account.GOOD, Account.FAILING]).exclude(pk__in=self._threads)
        for pk in list(wanted.values_list("pk", flat=True)):
            thread = self._threads[pk] = Runner(pk, threading.Event())
            thread.start()
            started += 1
        return started

    def stop(self, timeout: float = 5.0) -> None:
        """End the threads; what they were in the middle of is taken up by whoever comes next."""
        for thread in self._threads.values():
            thread.stop.set()
            thread.wake.set()
        for thread in self._threads.values():
            thread.join(timeout)
        self._threads.clear()

    def pull(self, pk: int) -> None:
        """Have an account pulled from now, where its thread is ours."""
        if thread := self._threads.get(pk):
            thread.wake.set()


runners = Runners()
