"""Tell colleagues what they should know: notices, and at most one mail a day about those that nobody has read."""

import logging
import smtplib
from collections.abc import Iterable

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from torget.conversations.models import Conversation, Outbox
from torget.conversations.rules import Sending
from torget.core import clock
from torget.organisations.models import ClosedDay, Organisation, User
from torget.team import rules
from torget.team.models import Digest, Notice, Preferences

log = logging.getLogger("torget.digest")
FOLDER = "django.core.mail.backends.filebased.EmailBackend"
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
    server = _server()
    try:
        server.open()
    except (OSError, smtplib.SMTPException) as error:
        # Nothing was said to the server yet: the day is free again.
        log.warning("no digest yet: %s", type(error).__name__)
        digest.delete()
        return 0
    digest.state, digest.notices = Digest.SENT, len(notices)
    try:
        _mail(user, notices, server).send()
    except Exception as error:
        # It may have gone out: not again today.
        digest.state, digest.problem = Digest.FAILED, type(error).__name__
    finally:
        server.close()
    with transaction.atomic():
        digest.save()
        Notice.objects.filter(pk__in=[notice.pk for notice in notices]).update(mailed_at=now)
    return 1


def _server() -> BaseEmailBackend:
    """The mail server; in a demo town always the folder."""
    if Organisation.current().demo:
        return get_connection(FOLDER, file_path=str(settings.MAIL_FOLDER))
    return get_connection(fail_silently=False)


def _mail(user: User, notices: list[Notice], server: BaseEmailBackend) -> EmailMessage:
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
            connection=server,
        )
