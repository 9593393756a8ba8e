"""Tell colleagues what they should know: notices, and at most one mail a day about those that nobody has read."""

import logging
from collections.abc import Iterable

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from torget.conversations.models import Conversation, Outbox
from torget.conversations.rules import Sending
from torget.core import clock, mailing
from torget.core.mailing import Handed
from torget.organisations.models import ClosedDay, Organisation, User
from torget.team import rules
from torget.team.models import Digest, Notice, Preferences

log = logging.getLogger("torget.digest")
WANT_A_PERSON = (Sending.UNKNOWN.value, Sending.BOUNCED.value, Sending.REFUSED.value)
"""States of an answer on its way out that wait for somebody's decision."""


def tell(
    users: Iterable[int],
    kind: rules.Kind,
    *,
    conversation: Conversation | None = None,
    by: User | None = None,
    about: str = "",
) -> int:
    """Give people (keys) a notice; never oneself, never a kind they have muted, the same `about` once. How many were told.

    Without `about` it is told each time it happens.
    """
    keys = {key for key in users if by is None or key != by.pk}
    if not keys:
        return 0
    now = clock.now()
    about = about or f"{conversation.ref if conversation else ''}@{int(now.timestamp() * 1000)}"
    muted = {row.user_id for row in Preferences.objects.filter(user__in=keys) if kind.value in row.muted}
    # Who has left is told nothing more.
    keys = set(User.objects.filter(pk__in=keys - muted, is_active=True).values_list("pk", flat=True))
    rows = [
        Notice(user_id=key, kind=kind.value, conversation=conversation, by=by, about=about, at=now)
        for key in sorted(keys)
    ]
    Notice.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def mark_read(user: User, *, conversation: Conversation | None = None, notice: Notice | None = None) -> int:
    """Note that somebody has seen their notices: one, those about a conversation, or all. How many there were."""
    rows = Notice.objects.filter(user=user, read_at=None)
    if conversation is not None:
        rows = rows.filter(conversation=conversation)
    if notice is not None:
        rows = rows.filter(pk=notice.pk)
    # Asked first: a page that is only read shall not wait for the database's one writer.
    return rows.update(read_at=clock.now()) if rows.exists() else 0


def notice_unknown(limit: int = 50) -> int:
    """Worker's job: answers whose outcome wants a person are told to who wrote them and who has the conversation, once."""
    waiting = (
        Outbox.objects.filter(state__in=WANT_A_PERSON).select_related("message__conversation").order_by("-pk")[:limit]
    )
    count = 0
    for outbox in waiting:
        conversation = outbox.message.conversation
        # Each attempt by itself: sent again after a decision, it may fail anew.
        about = f"outbox:{outbox.pk}:{outbox.attempts}"
        people = {key for key in (outbox.message.author_id, conversation.assigned_to_id) if key}
        known = Notice.objects.filter(kind=rules.Kind.UNKNOWN_OUTCOME.value, about=about, user__in=people)
        missing = people - set(known.values_list("user", flat=True))
        count += tell(missing, rules.Kind.UNKNOWN_OUTCOME, conversation=conversation, about=about)
    return count


# ---- the digest -------------------------------------------------------------------------------------------------


def mail_digests(limit: int = 20) -> int:
    """Worker's job: one mail a day to each who has unread notices, within the desk's hours. How many mails were handled."""
    now, organisation = clock.now(), Organisation.current()
    today = now.astimezone(rules.STOCKHOLM).date()
    rested = Notice.objects.filter(read_at=None, mailed_at=None, at__lte=now - rules.REST)
    if not rested.exists():
        return 0
    hours = organisation.hours
    if not rules.may_mail(now, opens=hours.opens, closes=hours.closes, closed_days=ClosedDay.days(today)):
        return 0
    people = User.objects.filter(
        Exists(rested.filter(user=OuterRef("pk"))),
        ~Exists(Digest.objects.filter(user=OuterRef("pk"), day=today)),
        ~Exists(Preferences.objects.filter(user=OuterRef("pk"), digest=False)),
        is_active=True,
    )
    return sum(_mail_one(user) for user in people.order_by("pk")[:limit])


def _mail_one(user: User) -> int:
    """Claim the day, mail, note the outcome. A worker that dies in between leaves a claimed day: no mail, never two."""
    now = clock.now()
    try:
        with transaction.atomic():
            digest = Digest.objects.create(user=user, day=now.astimezone(rules.STOCKHOLM).date(), at=now)
    except IntegrityError:
        return 0
    notices = list(
        Notice.objects.filter(user=user, read_at=None, mailed_at=None)
        .select_related("conversation")
        .order_by("pk")[:200]
    )
    handed, problem = mailing.hand_over(lambda: _mail(user, notices), demo=Organisation.current().demo)
    if handed is Handed.LATER:
        # Surely not sent: the day is free again.
        log.warning("digest.waits why=%s", problem)
        digest.delete()
        return 0
    # What may have gone out, and what is refused, is not tried again today.
    digest.state = Digest.SENT if handed is Handed.SENT else Digest.FAILED
    digest.notices, digest.problem = len(notices), problem
    with transaction.atomic():
        digest.save()
        Notice.objects.filter(pk__in=[notice.pk for notice in notices]).update(mailed_at=now)
    return 1


def _mail(user: User, notices: list[Notice]) -> EmailMessage:
    """Numbers and addresses only: a mailbox is no place for what residents have written."""
    from torget.team.words import NOTICES

    with override("sv"):
        count = len(notices)
        lines = []
        for notice in notices[:30]:
            number = notice.conversation.number if notice.conversation else None
            where = f" {settings.TORGET_URL}/disk/{number}/" if number else ""
            lines.append(f"- {NOTICES.get(notice.kind, notice.kind)}{where}")
        if count > 30:
            lines.append(_("och %(n)s till") % {"n": count - 30})
        ending = _("Ställ in vad du vill veta: %(url)s") % {"url": f"{settings.TORGET_URL}/disk/notiser/"}
        return EmailMessage(
            subject=ngettext("Torget: %(n)s sak att se", "Torget: %(n)s saker att se", count) % {"n": count},
            body="\n".join([_("Hej %(name)s!") % {"name": user.first_name}, "", *lines, "", ending]),
            to=[user.email],
            headers={"Auto-Submitted": "auto-generated"},
        )
