"""Where messages come from: accounts with their connection, deliveries as they came, what could not be understood."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from torget.organisations.models import Authority


class Account(models.Model):
    """An account, mailbox or form through which people reach us. `handle` says which posts are our own; may be empty."""

    # Not connected; fetched from without trouble; failing, tried again; wants a person to log in again.
    OFF, GOOD, FAILING, NEEDS_LOGIN = "off", "good", "failing", "needs_login"
    channel = models.CharField(max_length=20)
    handle = models.CharField(max_length=200, blank=True)
    name = models.CharField(max_length=200, blank=True)
    authority = models.ForeignKey(Authority, on_delete=models.PROTECT)
    cursor = models.JSONField(default=dict, blank=True)
    fetched_at = models.DateTimeField(null=True, blank=True)
    # The connection: how to reach it (no secrets: those lie outside the database, see keyring.py), and how it is.
    state = models.CharField(max_length=12, default=OFF)
    connected_at = models.DateTimeField(null=True, blank=True)
    settings = models.JSONField(default=dict, blank=True)
    tried_at = models.DateTimeField(null=True, blank=True)
    next_fetch_at = models.DateTimeField(null=True, blank=True)
    problem = models.CharField(max_length=100, blank=True)
    problem_since = models.DateTimeField(null=True, blank=True)
    lease_owner = models.CharField(max_length=40, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    quota_left = models.IntegerField(null=True, blank=True)
    quota_limit = models.IntegerField(null=True, blank=True)
    quota_resets_at = models.DateTimeField(null=True, blank=True)
    token_expires_at = models.DateTimeField(null=True, blank=True)
    # Money that sending has cost this month, and what it may cost, in öre; null: it costs nothing.
    spent_ore = models.PositiveIntegerField(null=True, blank=True)
    spend_limit_ore = models.PositiveIntegerField(null=True, blank=True)
    # How often a person has promised to look (minutes); null: nobody has.
    watch_minutes = models.PositiveIntegerField(null=True, blank=True)
    watched_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["channel", "handle"], name="one_account")]

    def __str__(self) -> str:
        return self.name or self.handle or self.channel

    @property
    def is_live(self) -> bool:
        """Whether it is connected: fetched from and sent to, in order or not just now."""
        return self.state != self.OFF

    @property
    def ref(self) -> str:
        """How the journal names this account."""
        return f"account:{self.pk}"


class Gap(models.Model):
    """A time that an account was not fetched from, or that the service could not give: shown until it is filled."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="gaps")
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=100, blank=True)
    noticed_at = models.DateTimeField()
    # All that was said in it has been fetched since, or a person has looked and says that nothing is missing.
    filled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["account"], condition=Q(filled_at=None), name="gap_open")]


class RawEvent(models.Model):
    """A delivery as it came, committed before anything is parsed. `outcome` counts what became of its items."""

    WAITING, PARSED, QUARANTINED = "waiting", "parsed", "quarantined"
    account = models.ForeignKey(Account, on_delete=models.PROTECT)
    delivery = models.CharField(max_length=90)
    body = models.BinaryField()
    source = models.CharField(max_length=300)
    media_type = models.CharField(max_length=100, blank=True)
    method = models.CharField(max_length=10, blank=True)
    url = models.TextField(blank=True)
    verdict = models.CharField(max_length=20, default="file")
    state = models.CharField(max_length=12, default=WAITING)
    outcome = models.JSONField(default=dict)
    attempts = models.PositiveSmallIntegerField(default=0)
    captured_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["account", "delivery"], name="one_delivery")]
        indexes: ClassVar = [models.Index(fields=["id"], condition=Q(state="waiting"), name="raw_waiting")]


class Quarantined(models.Model):
    """An item that could not be understood: kept, shown and counted until a person has decided."""

    OPEN, SOLVED, DISMISSED = "open", "solved", "dismissed"
    raw = models.ForeignKey(RawEvent, on_delete=models.PROTECT, related_name="quarantined")
    item = models.PositiveIntegerField()
    reason = models.CharField(max_length=40)
    detail = models.CharField(max_length=300, blank=True)
    state = models.CharField(max_length=10, default=OPEN)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["raw", "item"], name="one_quarantine")]
        indexes: ClassVar = [models.Index(fields=["state", "-id"], name="quarantine_state")]


class Context(models.Model):
    """What a message was said about: a post of ours, a page, an address."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT)
    external_id = models.CharField(max_length=500)
    text = models.TextField(blank=True)
    author = models.CharField(max_length=200, blank=True)
    url = models.TextField(blank=True)
    posted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["account", "external_id"], name="one_context")]
