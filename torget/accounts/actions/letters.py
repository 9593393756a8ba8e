"""Letters: a log-in on a new device with "it was not me", and the link to one's own conversations."""

import secrets
from datetime import timedelta
from uuid import uuid4

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import get_language

from torget.accounts import mails, rules, sealing
from torget.accounts.actions.auditing import NOTHING
from torget.accounts.actions.sessions import end_all
from torget.accounts.models import Letter
from torget.conversations import actions as conversations
from torget.conversations.models import Conversation
from torget.core import clock, mailing
from torget.core.errors import Refused
from torget.core.mailing import Handed, new_message_id
from torget.journal import actions as journal
from torget.organisations.models import Organisation, User

STATES = {
    Handed.SENT: rules.Posting.SENT,
    Handed.LATER: rules.Posting.WAITING,
    Handed.REFUSED: rules.Posting.REFUSED,
    Handed.UNKNOWN: rules.Posting.UNKNOWN,
}
AN_HOUR = 3
"""Letters with a link that one address gets in an hour at most."""
SHOWN = 50


def _write(kind: rules.Letters, to: str, *, lasts: timedelta, user: User | None = None, detail: str = "") -> Letter:
    nonce, now = secrets.token_bytes(16), clock.now()
    return Letter.objects.create(
        kind=kind.value,
        to=to,
        user=user,
        language=(get_language() or "sv")[:2],
        detail=detail,
        nonce=nonce,
        secret_hash=sealing.hash_of(sealing.derived(kind.value, nonce)),
        expires_at=now + lasts,
        mail_id=new_message_id(),
        made_at=now,
    )


def tell_new_device(user: User, where: str) -> Letter:
    """Tell the owner of an account that somebody has logged in where nobody had before."""
    return _write(rules.Letters.NEW_DEVICE, user.email, lasts=rules.NOT_ME, user=user, detail=where[:120])


@transaction.atomic
def ask_for_cases(address: str) -> None:
    """Ask for the link to the conversations of an address. Nothing that can be seen tells whether there are any."""
    address = address.strip().lower()
    recent = Letter.objects.filter(
        kind=rules.Letters.MY_CASES.value, to=address, made_at__gt=clock.now() - timedelta(hours=1)
    ).count()
    if recent < AN_HOUR:
        # Whether there is anything to lead to is asked by the worker, so that it takes the same time for all.
        _write(rules.Letters.MY_CASES, address, lasts=rules.MY_CASES)


def find_letter(kind: rules.Letters, secret: str) -> Letter | None:
    """The letter whose link somebody has, as long as it is good."""
    found = Letter.objects.select_related("user").filter(kind=kind.value, secret_hash=sealing.hash_of(secret)).first()
    return found if found and found.used_at is None and clock.now() < found.expires_at else None


def _use_up(letter: Letter) -> None:
    if not Letter.objects.filter(pk=letter.pk, used_at__isnull=True).update(used_at=clock.now()):
        raise Refused("used")


@transaction.atomic
def open_cases(letter: Letter) -> list[tuple[Conversation, str]]:
    """The conversations of the letter's address with the secrets of their receipts; the link is used up. Refused("used")."""
    _use_up(letter)
    found = list(of_address(letter.to)[:SHOWN])
    journal.enter("my_cases.opened", actor_ref="resident", object_ref=f"letter:{letter.pk}", digest=NOTHING)
    return [(conversation, conversations.receipt_again(conversation)) for conversation in found]


def of_address(address: str) -> QuerySet[Conversation]:
    """The conversations that an address has begun by form or mail; never those of a protected identity or under secrecy."""
    return (
        Conversation.objects.filter(
            contact__channel__in=("web", "mail"), contact__address=address, contact__protected_identity=False,
            merged_into__isnull=True, sealed=False,
        )
        .select_related("case__authority", "account__authority")
        .order_by("-pk")
    )  # fmt: skip


@transaction.atomic
def say_not_me(letter: Letter) -> int:
    """End every log-in of the account, since its owner says that one was not theirs. Returns how many. Refused("used")."""
    _use_up(letter)
    if letter.user is None:
        raise Refused("used")
    return end_all(letter.user, kind="staff.not_me")


def send_letters(limit: int = 20) -> int:
    """Worker's job: mark what a dead worker left, then send what waits and is due. Returns how many were handled."""
    now = clock.now()
    # A lease, and a next attempt, further ahead than any can be was set before the clock was moved back.
    dead = Q(lease_until__lte=now) | Q(lease_until__gt=now + 2 * rules.LETTER_LEASE)
    done = Letter.objects.filter(dead, state=rules.Posting.SENDING.value).update(
        state=rules.Posting.UNKNOWN.value, problem="worker_stopped", lease_owner="", lease_until=None
    )
    due = Q(next_attempt_at=None) | Q(next_attempt_at__lte=now) | Q(next_attempt_at__gt=now + 2 * rules.LONGEST_PAUSE)
    waiting = Letter.objects.filter(due, state=rules.Posting.WAITING.value).order_by("id")
    for pk in list(waiting.values_list("pk", flat=True)[:limit]):
        done += _send(pk)
    return done


def _send(pk: int) -> int:
    """Send one: claim it, hand it over outside any transaction, note the outcome. 1 when this worker handled it."""
    owner = uuid4().hex
    claimed = Letter.objects.filter(pk=pk, state=rules.Posting.WAITING.value).update(
        state=rules.Posting.SENDING.value, lease_owner=owner, lease_until=clock.now() + rules.LETTER_LEASE
    )
    if not claimed:
        return 0
    letter = Letter.objects.select_related("user").get(pk=pk)
    if clock.now() >= letter.expires_at:
        handed, problem = Handed.REFUSED, "too_late"
    elif letter.kind == rules.Letters.MY_CASES and not of_address(letter.to).exists():
        handed, problem = Handed.REFUSED, "nothing_to_show"
    else:
        handed, problem = mailing.hand_over(lambda: mails.write(letter), demo=Organisation.current().demo)
    again = handed is Handed.LATER
    attempts = letter.attempts + 1
    pause = min(rules.LONGEST_PAUSE, timedelta(minutes=2 ** min(attempts, 5)))
    Letter.objects.filter(pk=pk, state=rules.Posting.SENDING.value, lease_owner=owner).update(
        state=STATES[handed].value, attempts=attempts, problem=problem[:200], lease_owner="", lease_until=None,
        next_attempt_at=clock.now() + pause if again else None,
    )  # fmt: skip
    return 1


def forget_letters() -> int:
    """Worker's job: take away letters whose link has long ceased to work; an address is not kept for its own sake."""
    return Letter.objects.filter(expires_at__lt=clock.now() - timedelta(days=1)).delete()[0]
