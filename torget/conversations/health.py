"""How each channel is, in the words of the foot of the desk: last fetched, quota, money, token, gaps, what is unknown."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count, Q, QuerySet
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from torget.channels.registry import CHANNELS
from torget.conversations.models import Account
from torget.core import clock, dates
from torget.core.kept import kept

LOW = 0.1
"""A quota with less than this share left is said to be nearly used up."""
TOKEN = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class ChannelHealth:
    """One account in the foot: `level` is good, warn or bad."""

    pk: int
    channel: str
    name: str
    level: str
    says: str


def footer(limit: int = 12) -> list[ChannelHealth]:
    """The connected accounts, the troubled first; two statements."""
    found = [_of(account) for account in _connected()]
    return sorted(found, key=lambda one: ("bad", "warn", "good").index(one.level))[:limit]


@kept
def _connected() -> QuerySet[Account]:
    gaps = Count("gaps", filter=Q(gaps__filled_at=None))
    return Account.objects.exclude(state=Account.OFF).annotate(open_gaps=gaps).order_by("channel", "handle")[:50]


def _of(account: Account) -> ChannelHealth:
    language, now = get_language() or "sv", clock.now()
    level, says = "good", ""
    if account.state == Account.NEEDS_LOGIN:
        level, says = "bad", _("måste anslutas igen")
    elif account.state == Account.FAILING and account.problem_since:
        since = dates.when_in_list(account.problem_since, now, language)
        level, says = "bad", _("når inte kanalen sedan %(when)s") % {"when": since}
    elif gaps := getattr(account, "open_gaps", 0):
        level, says = "warn", ngettext("%(n)s lucka att titta på", "%(n)s luckor att titta på", gaps) % {"n": gaps}
    elif account.token_expires_at and account.token_expires_at < now + TOKEN:
        day = dates.short_date(account.token_expires_at, language)
        level, says = "warn", _("anslutningen slutar gälla %(day)s") % {"day": day}
    elif account.quota_limit and account.quota_left is not None and account.quota_left < account.quota_limit * LOW:
        used = round(100 * (1 - account.quota_left / account.quota_limit))
        level, says = "warn", _("%(n)s %% av kvoten") % {"n": used}
    elif account.spend_limit_ore and (account.spent_ore or 0) > account.spend_limit_ore * (1 - LOW):
        level, says = "warn", _("%(n)s kr i månaden") % {"n": dates.whole((account.spent_ore or 0) / 100, language)}
    elif account.fetched_at:
        says = _("hämtat %(when)s") % {"when": dates.when_in_list(account.fetched_at, now, language)}
    else:
        says = _("inte hämtat än")
    label = str(CHANNELS[account.channel].label) if account.channel in CHANNELS else account.channel
    return ChannelHealth(account.pk, account.channel, account.name or label, level, says)
