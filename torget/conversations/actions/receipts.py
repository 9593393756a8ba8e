"""The own form and the receipt: what a resident does without an account."""

import hmac
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from torget.channels.base import Incoming, Sender, Visibility
from torget.conversations import rules
from torget.conversations.actions.intake import account_for
from torget.conversations.actions.joining import of_the_writer
from torget.conversations.actions.taking import NOTHING, Taking
from torget.conversations.models import Account, Conversation, Message, Receipt
from torget.core import clock, rows
from torget.core.errors import Refused
from torget.core.kept import prepared
from torget.files.models import Blob
from torget.journal import actions as journal
from torget.organisations.models import Authority, User


@dataclass(frozen=True, slots=True)
class Written:
    """What the form gave. `nonce` came with the page: the same page sent twice is one message."""

    text: str
    subject: str = ""
    name: str = ""
    email: str = ""
    nonce: str = ""
    files: Sequence[tuple[Blob, str]] = ()


def _hash(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()


def post_form(written: Written, *, authority: Authority | None = None) -> str:
    """Take in what a resident wrote by the own form, with record, journal entry and receipt; the receipt's secret.

    The secret follows from the installation's key and what was sent, so that a form sent twice leads to one receipt.
    Errors: Refused("empty" | "too_long").
    """
    written = replace(
        written,
        text=rules.storable(written.text),
        subject=rules.storable(written.subject),
        name=rules.storable(written.name),
        email=rules.storable(written.email),
        nonce=rules.storable(written.nonce),
    )
    if not written.text.strip():
        raise Refused("empty")
    if len(written.text) > rules.MAX_TEXT:
        raise Refused("too_long")
    nonce = written.nonce or secrets.token_hex(16)
    fields = (
        nonce,
        written.text,
        written.subject,
        written.name,
        written.email,
        *(blob.pk for blob, _ in written.files),
    )
    identity = sha256("\x1f".join(fields).encode()).hexdigest()
    secret = _secret(identity)
    account = _form_account(authority)
    incoming = Incoming(
        external_id=f"form:{identity}",
        sender=Sender(address=written.email.strip().lower(), name=written.name.strip()),
        text=written.text.strip(),
        whole=written.text,
        subject=written.subject.strip(),
        visibility=Visibility.DIRECT,
    )
    try:
        with transaction.atomic():
            taking = Taking(account, fresh=True)
            taking.take([(incoming, list(written.files))])
            message = taking.known(incoming.external_id)
            receipt = Receipt(secret_hash=_hash(secret), conversation=message.conversation, made_at=clock.now())
            rows.insert(Receipt, [receipt])
    except IntegrityError:
        # The same form again, or at the same time in another connection: the other one won, and its receipt is ours.
        if not Message.objects.filter(account=account, external_id=incoming.external_id).exists():
            raise
    return secret


def _secret(identity: str) -> str:
    """128 bits that only this installation can derive, as 22 URL-safe signs."""
    mac = hmac.new(settings.SECRET_KEY.encode(), b"receipt:" + identity.encode(), sha256).digest()
    return urlsafe_b64encode(mac[:16]).rstrip(b"=").decode()


def _form_account(authority: Authority | None) -> Account:
    """The form's account: one for each authority that a form is addressed to."""
    if authority is None or authority.is_default:
        return account_for("web")
    account, _ = Account.objects.select_related("authority").get_or_create(
        channel="web", handle=authority.prefix, defaults={"name": authority.name, "authority": authority}
    )
    return account


def find_receipt(secret: str) -> Receipt | None:
    """The receipt of a secret, by its hash."""
    return next(iter(_by_hash(_hash(secret))), None)


@prepared
def _by_hash(secret_hash: str) -> QuerySet[Receipt]:
    return Receipt.objects.select_related("conversation").filter(secret_hash=secret_hash)[:1]


@transaction.atomic
def make_receipt(conversation: Conversation, *, by: User) -> str:
    """A new receipt to a conversation, for staff to hand over (a phone call, a post that came from a file)."""
    secret = secrets.token_urlsafe(16)
    Receipt.objects.create(secret_hash=_hash(secret), conversation=conversation, made_at=clock.now())
    Conversation.objects.filter(pk=conversation.pk).update(changed_at=clock.now())
    journal.enter("receipt.handed_over", actor_ref=by.ref, object_ref=conversation.ref, digest=NOTHING)
    return secret


def receipt_again(conversation: Conversation) -> str:
    """The secret of a conversation's receipt for the one who began it: the form's own, else one that is the same each time.

    Whoever asks has to have shown that the address is theirs.
    """
    first = conversation.messages.filter(direction=Message.IN).order_by("pk").first()
    if first is not None and first.external_id.startswith("form:"):
        secret = _secret(first.external_id.removeprefix("form:"))
        if Receipt.objects.filter(secret_hash=_hash(secret), conversation=conversation).exists():
            return secret
    secret = _secret(f"again:{conversation.pk}")
    Receipt.objects.get_or_create(
        secret_hash=_hash(secret), defaults={"conversation": conversation, "made_at": clock.now()}
    )
    return secret


@transaction.atomic
def say_helped(receipt: Receipt, answer: str) -> None:
    """Note whether the answer helped; the last word counts. Errors: Refused("unknown_answer" | "no_answer_yet")."""
    if answer not in (Receipt.YES, Receipt.PARTLY, Receipt.NO):
        raise Refused("unknown_answer")
    if not of_the_writer(receipt.conversation).filter(direction=Message.OUT, automatic=False).exists():
        raise Refused("no_answer_yet")
    # The same once more says nothing new, and the journal keeps each entry for ever.
    if not Receipt.objects.filter(pk=receipt.pk).exclude(helped=answer).update(helped=answer, helped_at=clock.now()):
        return
    Conversation.objects.filter(pk=receipt.conversation_id).update(changed_at=clock.now())
    journal.enter(f"answer.helped_{answer}", actor_ref="resident", object_ref=receipt.conversation.ref, digest=NOTHING)


@transaction.atomic
def say_thanks(receipt: Receipt, text: str) -> None:
    """Keep a word of thanks for those who answered; the last one counts."""
    thanks = rules.storable(text.strip())[:1000]
    if not Receipt.objects.filter(pk=receipt.pk).exclude(thanks=thanks).update(thanks=thanks):
        return
    journal.enter("answer.thanked", actor_ref="resident", object_ref=receipt.conversation.ref, digest=NOTHING)
