"""What is stored of posts: the post, its versions as working material, one delivery for each account, and calendar links."""

from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from torget.conversations.models import Account
from torget.conversations.rules import Sending
from torget.files.models import Blob
from torget.organisations.rules import Right
from torget.posts.rules import fitting
from torget.posts.rules.planning import Stage
from torget.register.models import Record

if TYPE_CHECKING:
    from torget.organisations.models import User


class PostQuerySet(models.QuerySet["Post"]):
    """Reads of posts."""

    def visible_to(self, user: "User") -> "PostQuerySet":
        """Everyone with a place at the desk sees the whole plan, also what was thrown away, so that it can come back."""
        return self if user.may(Right.SEE_DESK) else self.none()

    def kept(self) -> "PostQuerySet":
        """Those that nobody has thrown away."""
        return self.filter(deleted_at=None)

    def in_stage(self, stage: Stage) -> "PostQuerySet":
        """A list of its own; what is planned comes by its time, all else newest first."""
        order = ("planned_at", "pk") if stage is Stage.PLANNED else ("-changed_at", "-pk")
        return self.kept().filter(stage=stage.value).order_by(*order)

    def between(self, start: datetime, end: datetime) -> "PostQuerySet":
        """Those with a time in the span, in order of time."""
        return self.kept().filter(planned_at__gte=start, planned_at__lt=end).order_by("planned_at", "pk")


class Post(models.Model):
    """A post of ours: written once, in versions, and fitted to each account it goes out by."""

    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    stage = models.CharField(
        max_length=10, default=Stage.DRAFT.value, choices=[(stage.value, stage.value) for stage in Stage]
    )
    # The version in force; null only inside the transaction that makes the post.
    current = models.ForeignKey("PostVersion", null=True, on_delete=models.PROTECT, related_name="+")
    # When it is meant to go out; null: as soon as it is approved.
    planned_at = models.DateTimeField(null=True, blank=True)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    approved_at = models.DateTimeField(null=True, blank=True)
    # What a colleague wants changed, until it is asked for again.
    wanted = models.TextField(blank=True)
    wanted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    copied_from = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="copies")
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True, blank=True)

    objects = PostQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            # Nothing leaves without somebody's name on it.
            models.CheckConstraint(
                condition=Q(stage__in=[Stage.DRAFT.value, Stage.WAITING.value]) | Q(approved_by__isnull=False),
                name="post_leaves_approved",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["planned_at", "id"], condition=Q(deleted_at=None), name="post_planned"),
            models.Index(fields=["stage", "changed_at", "id"], condition=Q(deleted_at=None), name="post_stage"),
            models.Index(fields=["stage", "planned_at", "id"], condition=Q(deleted_at=None), name="post_stage_time"),
        ]

    def __str__(self) -> str:
        return self.now.title

    @property
    def ref(self) -> str:
        """How the journal names this post."""
        return f"post:{self.pk}"

    @property
    def now(self) -> "PostVersion":
        """The version in force."""
        if self.current is None:
            raise ValueError("a post without a version")
        return self.current


class PostVersion(models.Model):
    """A post as somebody saved it. Working material: what has gone out is the record's, in the register."""

    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    title = models.CharField(max_length=120)
    text = models.TextField(blank=True)
    link = models.CharField(max_length=1000, blank=True)
    # What the card under the post is expected to say; the channel asks the page itself.
    link_title = models.CharField(max_length=200, blank=True)
    warning = models.CharField(max_length=200, blank=True)
    language = models.CharField(max_length=10, default="sv")
    # Keys of the accounts it goes out by, and another text for some of them, by key (as text, since JSON has no others).
    accounts = models.JSONField(default=list)
    variants = models.JSONField(default=dict)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    salt = models.BinaryField(max_length=16)
    digest = models.BinaryField(max_length=32)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["post", "number"], name="one_post_version")]
        ordering: ClassVar = ["post", "number"]

    def pictures_in_order(self) -> list["PostPicture"]:
        """Its pictures as they are to be shown. Uses what was prefetched."""
        return sorted(self.pictures.all(), key=lambda picture: (picture.place, picture.pk))

    def content(self) -> fitting.Content:
        """The version as the rules take it."""
        images = (
            fitting.Image(picture.filename, picture.alt, picture.blob.showing) for picture in self.pictures_in_order()
        )
        variants = {int(key): str(text) for key, text in self.variants.items() if str(key).isdecimal()}
        return fitting.Content(self.text, self.link, self.warning, tuple(images), variants)

    def document(self) -> dict[str, Any]:
        """The fields that the digest covers."""
        return {
            "title": self.title,
            "text": self.text,
            "link": self.link,
            "warning": self.warning,
            "language": self.language,
            "accounts": self.accounts,
            "variants": self.variants,
        }


class PostPicture(models.Model):
    """A picture of one version, with the words for who does not see it."""

    version = models.ForeignKey(PostVersion, on_delete=models.CASCADE, related_name="pictures")
    blob = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="+")
    filename = models.CharField(max_length=200)
    alt = models.CharField(max_length=2000, blank=True)
    place = models.PositiveSmallIntegerField(default=0)


class Delivery(models.Model):
    """A post on its way out by one account. It leaves at most once; `conversations.rules.Sending` says how far it is."""

    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="deliveries")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    version = models.ForeignKey(PostVersion, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=12, choices=[(state.value, state.value) for state in Sending])
    # Our own name for it, fixed before the first attempt (Idempotency-Key, rkey).
    key = models.CharField(max_length=200)
    not_before = models.DateTimeField()
    next_attempt_at = models.DateTimeField(null=True, blank=True)
    lease_owner = models.CharField(max_length=40, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    first_attempt_at = models.DateTimeField(null=True, blank=True)
    problem = models.CharField(max_length=200, blank=True)
    # When it was last looked for in the channel, and what that gave: not_there, cannot_see; "" where it is to be looked for.
    looked_at = models.DateTimeField(null=True, blank=True)
    found = models.CharField(max_length=20, blank=True)
    remote_id = models.CharField(max_length=500, blank=True)
    remote_url = models.TextField(blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    # One record for each account: the words may differ, and so may the authority whose register it is.
    record = models.OneToOneField(Record, null=True, blank=True, on_delete=models.PROTECT, related_name="post_delivery")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["post", "account"], name="one_delivery_an_account"),
            models.UniqueConstraint(fields=["account", "key"], name="one_delivery_key"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["account", "not_before"], condition=Q(state__in=["approved", "sending"]), name="delivery_open"
            ),
            models.Index(fields=["id"], condition=Q(state="unknown"), name="delivery_unknown"),
            models.Index(fields=["account", "remote_id"], condition=~Q(remote_id=""), name="delivery_remote"),
        ]

    @property
    def sending(self) -> Sending:
        """How far it is."""
        return Sending(self.state)


class CalendarLink(models.Model):
    """The address under which one member of staff reads the plan in a calendar of their own; only its hash is stored."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    secret_hash = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()

    @classmethod
    def of(cls, secret: str) -> "CalendarLink | None":
        """The link with that secret, where its owner still has a place at the desk."""
        found = cls.objects.select_related("user").filter(secret_hash=sha256(secret.encode()).hexdigest()).first()
        return found if found and found.user.may(Right.SEE_DESK) else None
