"""What is out becomes a record of its account's authority, and the context that comments on it come back under."""

from django.db import transaction

from torget.channels.live import Sent
from torget.conversations.models import Context
from torget.conversations.rules import Sending, subject_of
from torget.core import clock
from torget.organisations.models import User
from torget.posts.actions import rows
from torget.posts.models import Delivery
from torget.posts.rules import fitting
from torget.register import actions as register
from torget.register.models import Record


def shape_of(delivery: Delivery) -> fitting.Shape:
    """What the account's channel takes."""
    return fitting.SHAPES[delivery.account.channel]


def text_of(delivery: Delivery) -> str:
    """The words as they leave by this account."""
    content = delivery.version.content()
    return fitting.compose(content.text_for(delivery.account_id), content, shape_of(delivery))


@transaction.atomic
def is_out(delivery: Delivery, sent: Sent | None, *, url: str = "", by: User | None = None) -> None:
    """Note that it is out, keep it in the register, and let what is said about it find its way here.

    The caller holds the post's lock. Without `sent` a person has seen it; what the channel calls it is then not known.
    """
    now = clock.now()
    delivery.state, delivery.problem = Sending.SENT.value, ""
    delivery.remote_id = sent.remote_id[:500] if sent else delivery.remote_id
    delivery.remote_url = (sent.url if sent else url)[:2000] or delivery.remote_url
    delivery.sent_at = now
    delivery.lease_owner, delivery.lease_until, delivery.next_attempt_at = "", None, None
    text = text_of(delivery)
    record = delivery.record = delivery.record or _draw_up(delivery, text)
    delivery.save()
    _tell_context(delivery, text)
    rows.enter("post.out", delivery.post, by, bytes(record.latest.digest))
    # Last, since it holds the public version's lock: who takes in a comment has the context's first and this one after.
    register.dispatch(record, by=by.ref if by else "system")


def _tell_context(delivery: Delivery, text: str) -> None:
    """The post as what is said about it comes back under: by its id, or the row that a quick comment has made already."""
    account, url = delivery.account, delivery.remote_url
    told = {"text": text, "author": str(account)[:200], "url": url, "posted_at": delivery.sent_at}
    # A channel may name the post otherwise in its comments (Mastodon: by its uri); its address is the same.
    known = Context.objects.filter(account=account, url=url).exclude(external_id=delivery.remote_id) if url else None
    if known is not None and known.update(text=text):
        return
    if delivery.remote_id:
        Context.objects.update_or_create(account=account, external_id=delivery.remote_id, defaults=told)


def _draw_up(delivery: Delivery, text: str) -> Record:
    """The record of what left: its words, with the pictures and their alternative texts."""
    account, post = delivery.account, delivery.post
    files = [(picture.blob.shown or picture.blob, picture) for picture in delivery.version.pictures_in_order()]
    return register.publish_post(
        account.authority,
        channel=account.channel,
        text=text,
        whole="\n\n".join([text, *(f"{picture.filename}: {picture.alt}" for _, picture in files)]),
        subject=subject_of("", text),
        files=[(blob, picture.filename) for blob, picture in files],
        approved_by=post.approved_by,
        approved_at=post.approved_at,
    )
