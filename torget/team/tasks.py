"""The worker's part: see actions.notices and actions.approvals."""

from torget.team.actions import mail_digests, notice_unknown, retire_stale

NEVER_AT_ONCE = 10_000
"""A batch that is never reached: these look at all there is each time."""

__all__ = ["NEVER_AT_ONCE", "mail_digests", "notice_unknown", "retire_stale"]
