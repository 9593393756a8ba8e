"""Write a post, change it, copy it, throw it away. Each save is a version; approval holds for one version only."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from torget.channels.text import clean, line
from torget.conversations.rules import Sending
from torget.core import clock
from torget.core.errors import Refused
from torget.files.models import Blob
from torget.files.rules import clean_filename
from torget.journal.rules import record_digest
from torget.organisations.models import User
from torget.posts.actions import rows
from torget.posts.actions.deciding import move
from torget.posts.actions.ready import chosen_accounts, shape_for
from torget.posts.models import Delivery, Post, PostPicture, PostVersion
from torget.posts.rules import fitting, planning
from torget.posts.rules.planning import Stage

LANGUAGES = ("sv", "en", "fi", "se", "ar", "uk", "so", "fa", "de", "pl")


@dataclass(frozen=True, slots=True)
class Chosen:
    """A picture as it was chosen, with its words."""

    blob: Blob
    filename: str
    alt: str = ""


@dataclass(frozen=True, slots=True)
class Written:
    """A post as somebody wrote it. `accounts` are keys; `variants` holds another text for some of them."""

    text: str
    title: str = ""
    link: str = ""
    link_title: str = ""
    warning: str = ""
    language: str = "sv"
    accounts: tuple[int, ...] = ()
    variants: Mapping[int, str] = field(default_factory=dict)
    pictures: Sequence[Chosen] = ()
    planned_at: datetime | None = None


def _different(pictures: Sequence[Chosen]) -> list[Chosen]:
    """Each picture once, where it first stands."""
    found: dict[str, Chosen] = {}
    for one in pictures:
        found.setdefault(one.blob.pk, one)
    return list(found.values())


@transaction.atomic
def write(written: Written, *, by: User) -> Post:
    """Begin a post: a draft. Errors: Refused("too_long" | "unknown_account" | "too_many_pictures")."""
    now, pictures = clock.now(), _different(written.pictures)
    post = Post.objects.create(author=by, planned_at=written.planned_at, created_at=now, changed_at=now)
    _save_version(post, _version(post, written, pictures, by, 1), pictures)
    rows.enter("post.written", post, by, bytes(post.now.digest))
    return post


@transaction.atomic
def edit(post: Post, written: Written, *, seen: int, by: User) -> Post:
    """Save changes as a new version; `seen` is the number of the version that was on the screen.

    What was approved is approved no more when its words change; a change of time alone leaves the words' approval as it
    is (`deciding.move`). Errors: Refused("changed_since" | "already_out" | "partly_out" | "deleted"), and those of write.
    """
    post = rows.lock(post)
    if post.deleted_at:
        raise Refused("deleted")
    if seen != post.now.number:
        raise Refused("changed_since", post.now.author.name)
    if reason := planning.why_not_edit(Stage(post.stage), rows.sendings(post)):
        raise Refused(reason)
    pictures = _different(written.pictures)
    version = _version(post, written, pictures, by, post.now.number + 1)
    approved = post.stage in (Stage.PLANNED, Stage.TROUBLE)
    if _same(post.now, version, pictures):
        if approved and post.planned_at != written.planned_at:
            return move(post, written.planned_at, by=by)
    else:
        if approved:
            _take_back(post)
        _save_version(post, version, pictures)
        rows.enter("post.edited", post, by, bytes(version.digest))
    if not approved or post.stage == Stage.DRAFT:
        post.planned_at = written.planned_at
    post.changed_at = clock.now()
    post.save()
    return post


def _take_back(post: Post) -> None:
    """An approved post becomes a draft again. Errors: Refused("partly_out") when a worker was quicker."""
    rows.stop(post)
    # What a channel has said no to surely did not get out; it is not tried again with the old words.
    old = Delivery.objects.filter(post=post, state__in=[Sending.REFUSED.value, Sending.BOUNCED.value])
    old.update(state=Sending.WITHDRAWN.value)
    if reason := planning.why_not_edit(Stage.DRAFT, rows.sendings(post)):
        raise Refused(reason)
    post.stage = Stage.DRAFT.value
    post.approved_by = post.approved_at = post.submitted_by = None


def _version(post: Post, written: Written, chosen: Sequence[Chosen], by: User, number: int) -> PostVersion:
    """The version, not saved yet. Errors: Refused("too_long" | "unknown_account" | "too_many_pictures")."""
    variants = {str(key): clean(text).strip() for key, text in written.variants.items() if text.strip()}
    text = clean(written.text).strip()
    if max(len(text), *(len(one) for one in variants.values()), 0) > fitting.MAX_TEXT:
        raise Refused("too_long")
    if len(chosen) > fitting.MAX_PICTURES:
        raise Refused("too_many_pictures")
    accounts = chosen_accounts(list(dict.fromkeys(written.accounts)))
    if len(accounts) != len(set(written.accounts)) or any(shape_for(account) is None for account in accounts):
        raise Refused("unknown_account")
    version = PostVersion(
        post=post,
        number=number,
        title=planning.title_of(line(written.title, 100), text)[:120],
        text=text,
        link=line(written.link, 1000),
        link_title=line(written.link_title, 200),
        warning=line(written.warning, 200),
        language=written.language if written.language in LANGUAGES else "sv",
        accounts=[account.pk for account in accounts],
        # A text of its own for an account that was not chosen is forgotten.
        variants={key: value for key, value in variants.items() if int(key) in {a.pk for a in accounts}},
        author=by,
        at=clock.now(),
        salt=os.urandom(16),
    )
    pictures = [{"sha256": one.blob.pk, "alt": _alt(one)} for one in chosen]
    version.digest = record_digest(bytes(version.salt), {**version.document(), "pictures": pictures})
    return version


def _alt(picture: Chosen) -> str:
    return clean(picture.alt, 2000).strip()


def _save_version(post: Post, version: PostVersion, pictures: Sequence[Chosen]) -> None:
    version.save()
    PostPicture.objects.bulk_create(
        PostPicture(
            version=version, blob=one.blob, filename=clean_filename(one.filename)[:200], alt=_alt(one), place=place
        )
        for place, one in enumerate(pictures)
    )
    post.current = version
    post.save()


def _same(old: PostVersion, new: PostVersion, pictures: Sequence[Chosen]) -> bool:
    """Whether nothing would be changed."""
    had = [(picture.blob_id, picture.alt) for picture in old.pictures_in_order()]
    return (
        old.document() == new.document()
        and old.link_title == new.link_title
        and had == [(one.blob.pk, _alt(one)) for one in pictures]
    )


@transaction.atomic
def duplicate(post: Post, *, by: User) -> Post:
    """A new draft with the same words and pictures, without a time."""
    old = post.now
    written = Written(
        text=old.text,
        title=old.title,
        link=old.link,
        link_title=old.link_title,
        warning=old.warning,
        language=old.language,
        accounts=tuple(account.pk for account in chosen_accounts(old.accounts)),
        variants={int(key): text for key, text in old.variants.items()},
        pictures=[Chosen(one.blob, one.filename, one.alt) for one in old.pictures_in_order()],
    )
    copy = write(written, by=by)
    Post.objects.filter(pk=copy.pk).update(copied_from=post)
    copy.copied_from = post
    return copy


@transaction.atomic
def delete(post: Post, *, by: User) -> None:
    """Throw a draft away; it can be taken back. Errors: Refused("is_approved") for what is planned or out."""
    post = rows.lock(post)
    if post.stage not in (Stage.DRAFT, Stage.WAITING):
        raise Refused("is_approved")
    if post.deleted_at is None:
        post.deleted_at, post.stage, post.submitted_by = clock.now(), Stage.DRAFT.value, None
        post.save()
        rows.enter("post.deleted", post, by)


@transaction.atomic
def restore(post: Post, *, by: User) -> None:
    """Take a draft back that was thrown away."""
    post = rows.lock(post)
    if post.deleted_at is not None:
        post.deleted_at, post.changed_at = None, clock.now()
        post.save()
        rows.enter("post.restored", post, by)
