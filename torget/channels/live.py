"""What a channel with a connection can do besides reading files: fetch, listen, send, look, remove. No models, no Django.

Every method may block on the network and is called outside any transaction, in a thread of its account's own.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import wraps
from threading import Event
from typing import Any, ParamSpec, Protocol, TypeVar

from torget.channels.base import Raw

P = ParamSpec("P")
T = TypeVar("T")


class Problem(Exception):
    """Something the network or the service said. `why` is a short code for logs and health, never personal data."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why[:100]


class Retry(Problem):
    """Surely not done, and it may go later; `after` seconds, where the service said when (429, 503)."""

    def __init__(self, why: str, after: float = 0.0) -> None:
        super().__init__(why)
        self.after = after


class NeedsLogin(Problem):
    """The service no longer takes our key: a person must connect again. Surely not done."""


class GiveUp(Problem):
    """Surely not done, and it never will be: refused for good."""


class Unknown(Problem):
    """It may have been done or not: cut off in the middle, 500 or a 200 that holds nothing."""


def only_problems(otherwise: type[Problem]) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """A method that raises one of the four problems and nothing else: what nobody foresaw is `otherwise`."""

    def guard(method: Callable[P, T]) -> Callable[P, T]:
        @wraps(method)
        def inner(*args: P.args, **kwargs: P.kwargs) -> T:
            try:
                return method(*args, **kwargs)
            except Problem:
                raise
            except Exception as error:
                raise otherwise(f"failed_{type(error).__name__}") from None

        return inner

    return guard


@dataclass(frozen=True, slots=True)
class Connection:
    """How to reach an account. `settings` may be shown to an administrator, `secrets` never and to nobody."""

    handle: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    timeout: float = 20.0
    since: datetime | None = None
    """When it was connected: a first look back is bounded, but what has come since then is fetched whole."""


@dataclass(frozen=True, slots=True)
class Health:
    """What an answer said of quota, money and token; None where it said nothing."""

    quota_left: int | None = None
    quota_limit: int | None = None
    quota_resets_at: datetime | None = None
    token_expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Fetched:
    """Deliveries since a cursor, in the order in which they are to be parsed, and the cursor after them.

    The cursor moves in the transaction that stores the deliveries. `more`: there is another page at once. `gap`: the
    service cannot give all there was since the cursor (a changed UIDVALIDITY, a cursor too old).
    """

    raws: tuple[Raw, ...]
    cursor: Mapping[str, Any]
    more: bool = False
    gap: str = ""
    health: Health = Health()
    # Secrets that the service renewed on the way (an access token), to be kept in place of the old ones.
    renewed: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture to be posted, with its alternative text."""

    filename: str
    media_type: str
    body: bytes
    alt: str


@dataclass(frozen=True, slots=True)
class Outgoing:
    """An answer or a post on its way out. `key` is fixed before the first attempt and is ours: Message-ID, rkey,
    Idempotency-Key; the same key twice is one message wherever the channel allows it.

    `reply_to` is the external id of what is answered ("" for a post), `thread` those before it, oldest first; `address`
    whom it is for (mail address, handle).
    """

    key: str
    text: str
    reply_to: str = ""
    thread: tuple[str, ...] = ()
    address: str = ""
    subject: str = ""
    visibility: str = "public"
    warning: str = ""
    language: str = "sv"
    pictures: tuple[Picture, ...] = ()
    sender_name: str = ""
    # Mail: an automatic acknowledgement (RFC 3834 auto-replied).
    automatic: bool = False
    made_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """It is out: the channel's own id (what replies to it will name) and address."""

    remote_id: str
    url: str = ""
    health: Health = Health()
    renewed: Mapping[str, str] = field(default_factory=dict)


class Live(Protocol):
    """A channel with a connection. All raise Retry, NeedsLogin, GiveUp or Unknown and nothing else."""

    @property
    def name(self) -> str:
        """The key in the registries."""

    @property
    def repeats_safely(self) -> bool:
        """Whether sending the same key again within the hour surely makes no second message."""

    @property
    def limits(self) -> Mapping[str, int]:
        """What the channel takes: "text" (signs), "pictures" (how many), "alt" (signs); absent: no limit known."""

    def check(self, connection: Connection) -> str:
        """Try the connection without changing anything; what the account is called there."""

    def fetch(self, connection: Connection, cursor: Mapping[str, Any]) -> Fetched:
        """One page of what has come since the cursor; {} is the first time: a bounded backfill, newest first."""

    def listen(
        self, connection: Connection, cursor: Mapping[str, Any], give: Callable[[Raw | None], None], stop: Event
    ) -> None:
        """Wait for what comes until `stop` is set or the line breaks: give(raw) hands over, give(None) says "fetch now".

        Returns at once where the channel has nothing to listen to.
        """

    def send(self, connection: Connection, outgoing: Outgoing) -> Sent:
        """Send once."""

    def look(self, connection: Connection, outgoing: Outgoing) -> Sent | None:
        """Look for our message at the source by its key; None: surely not there. Unknown where it cannot be seen."""

    def remove(self, connection: Connection, external_id: str) -> None:
        """Take our own post away, or hide another's comment where the channel lets us. GiveUp where it does not."""
