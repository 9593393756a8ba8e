"""Hand something over to a connected channel, once, and say what is known of it. No rows: the caller keeps those."""

import json
import logging
from dataclasses import asdict, dataclass
from pathlib import Path
from uuid import uuid4

from django.conf import settings

from torget.channels import live
from torget.channels.registry import live as live_channel
from torget.conversations import keyring
from torget.conversations.actions import connecting
from torget.conversations.models import Account
from torget.conversations.rules import Sending
from torget.core.errors import Refused
from torget.organisations.models import Organisation

log = logging.getLogger("torget.delivering")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is known: SENT with what the channel calls it, APPROVED (surely not out, try again after so many seconds),
    REFUSED (surely not, and never), UNKNOWN (out or not). `problem` is a code without personal data.
    """

    state: Sending
    problem: str = ""
    sent: live.Sent | None = None
    retry_after: float = 0.0


def new_key(account: Account) -> str:
    """Our own name for something to be sent, fixed before the first attempt, in the form that the channel wants."""
    make = getattr(live_channel(account.channel), "new_key", None)
    return str(make(account.handle)) if make else uuid4().hex


def repeats_safely(account: Account) -> bool:
    """Whether the channel makes one message of two attempts under one key."""
    channel = live_channel(account.channel)
    return channel is not None and channel.repeats_safely


def deliver(account: Account, outgoing: live.Outgoing) -> Outcome:
    """Send once. Never raises; outside any transaction, since it may take as long as the network does."""
    if Organisation.current().demo:
        return Outcome(Sending.SENT, sent=_to_folder(account, outgoing))
    if not account.is_live:
        return Outcome(Sending.REFUSED, "not_connected")
    if account.state == Account.NEEDS_LOGIN:
        return Outcome(Sending.APPROVED, "needs_login", retry_after=60.0)
    try:
        sent = connecting.channel_of(account).send(connecting.connection(account), outgoing)
    except live.Retry as problem:
        return Outcome(Sending.APPROVED, problem.why, retry_after=problem.after)
    except live.NeedsLogin as problem:
        # The answer waits, surely not out, until a person has connected the account again.
        connecting.note_problem(account, problem)
        return Outcome(Sending.APPROVED, "needs_login", retry_after=60.0)
    except live.GiveUp as problem:
        return Outcome(Sending.REFUSED, problem.why)
    except live.Unknown as problem:
        return Outcome(Sending.UNKNOWN, problem.why)
    except Refused as refused:
        return Outcome(Sending.APPROVED, refused.code, retry_after=60.0)
    except Exception as error:
        log.warning("outbox.send_failed channel=%s error=%s", account.channel, type(error).__name__)
        return Outcome(Sending.UNKNOWN, type(error).__name__)
    _noted(account, sent)
    if not sent.remote_id:
        return Outcome(Sending.UNKNOWN, "said_nothing")
    return Outcome(Sending.SENT, sent=sent)


def look_for(account: Account, outgoing: live.Outgoing) -> live.Sent | None:
    """Look for our message at the source; None: surely not there.

    Errors: live.Unknown where it cannot be seen just now or never, live.NeedsLogin, live.Retry.
    """
    if Organisation.current().demo:
        raise live.Unknown("demo")
    try:
        sent = connecting.channel_of(account).look(connecting.connection(account), outgoing)
    except live.Problem:
        raise
    except Exception as error:
        raise live.Unknown(type(error).__name__) from None
    if sent:
        _noted(account, sent)
    return sent


def _noted(account: Account, sent: live.Sent) -> None:
    """Health and renewed tokens of an answer; a message that is out stays out whatever becomes of these."""
    try:
        connecting.note_health(account, sent.health)
        if sent.renewed and (held := keyring.secrets_of(account)):
            keyring.keep(account, held | dict(sent.renewed))
    except Exception as error:
        log.warning("account.health_not_noted account=%s error=%s", account.pk, type(error).__name__)


def _to_folder(account: Account, outgoing: live.Outgoing) -> live.Sent:
    """In a demo town nothing leaves the machine: what would have is a file in the folder of outgoing mail."""
    folder = Path(settings.MAIL_FOLDER)
    folder.mkdir(parents=True, exist_ok=True)
    words = asdict(outgoing)
    words.pop("pictures")
    name = "".join(sign if sign.isalnum() else "-" for sign in outgoing.key)[:80]
    text = json.dumps({"channel": account.channel, "account": account.handle, **words}, ensure_ascii=False, default=str)
    (folder / f"{account.channel}-{name}.json").write_text(text, encoding="utf-8")
    return live.Sent(remote_id=f"demo:{outgoing.key}"[:200])
