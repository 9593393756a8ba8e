"""The doctor's look at the channels: each connected account, answers of unknown outcome, what was not understood."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, Q

from torget.channels import mailbox
from torget.channels.live import Connection, Retry
from torget.conversations import keyring
from torget.conversations.models import Account, Outbox, Quarantined, RawEvent
from torget.conversations.rules import Sending
from torget.core import clock
from torget.core.doctor import Check, doors
from torget.core.errors import Refused
from torget.organisations.models import Organisation

LATE = timedelta(minutes=15)
TOKEN = timedelta(days=7)
LOW = 0.1
MOST = 200
"""Accounts looked at; nobody has more."""


def examine() -> Iterable[Check]:
    """Accounts, the outbox and quarantine."""
    gaps, demo = Count("gaps", filter=Q(gaps__filled_at=None)), Organisation.current().demo
    for account in Account.objects.exclude(state=Account.OFF).annotate(open_gaps=gaps).order_by("channel", "pk")[:MOST]:
        found = _account(account, getattr(account, "open_gaps", 0))
        # The troubles of a demo town are part of its story.
        yield replace(found, ok=True, warn=not found.ok or found.warn) if demo else found
    yield _unknown()
    if not demo:
        yield _overdue()
    yield _quarantine()


def _account(account: Account, gaps: int) -> Check:
    """One account; its worst trouble is the one that is told. Its handle is the organisation's own, not a person's."""
    name = f"kanal {account.channel} {account.name or account.handle}".strip()
    page = f"{settings.TORGET_URL}/installningar/kanaler/{account.pk}/"
    try:
        keyring.secrets_of(account)
    except Refused:
        return Check(name, False, "kontots nyckelfil är trasig", f"Anslut igen på {page}")
    if account.state == Account.NEEDS_LOGIN:
        return Check(name, False, "måste anslutas igen: tjänsten säger nej till inloggningen", f"Anslut igen på {page}")
    if account.state == Account.FAILING:
        since = _when(account.problem_since)
        return Check(name, False, f"når inte kanalen sedan {since} ({account.problem})", f"Se {page}; inget är borta.")
    if not Organisation.current().demo and account.fetched_at and clock.now() - account.fetched_at > LATE:
        says = f"hämtades senast {_when(account.fetched_at)}"
        return Check(name, False, says, "Kör arbetaren? systemctl status torget (eller torget-worker)")
    return _soon(account, name, gaps, page)


def _soon(account: Account, name: str, gaps: int, page: str) -> Check:
    """What is not wrong yet."""
    if gaps:
        return Check(
            name,
            True,
            f"{gaps} {'lucka' if gaps == 1 else 'luckor'} som ingen har tittat på",
            f"Titta på {page}",
            warn=True,
        )
    if account.token_expires_at and account.token_expires_at < clock.now() + TOKEN:
        return Check(
            name, True, f"anslutningen går ut {_when(account.token_expires_at)}", f"Anslut igen på {page}", warn=True
        )
    if account.quota_limit and account.quota_left is not None and account.quota_left < account.quota_limit * LOW:
        says = f"{account.quota_left} av {account.quota_limit} frågor kvar av kvoten"
        return Check(name, True, says, "Vänta tills kvoten fylls på, eller be tjänsten om en större.", warn=True)
    return Check(name, True, f"hämtad {_when(account.fetched_at)}" if account.fetched_at else "inte hämtad än")


def _when(moment: datetime | None) -> str:
    return moment.astimezone(clock.STOCKHOLM).strftime("%Y-%m-%d %H.%M") if moment else "okänd tid"


def _unknown() -> Check:
    count = Outbox.objects.filter(state=Sending.UNKNOWN).count()
    if count:
        remedy = f"Titta i kanalen och avgör på {settings.TORGET_URL}/disk/"
        return Check("utkorgen", True, f"{count} svar har okänt utfall: ingen vet om de gick ut", remedy, warn=True)
    return Check("utkorgen", True, "inget svar har okänt utfall")


def _overdue() -> Check:
    """Answers that should have left and have not: the one who waits sees nothing of it."""
    now = clock.now()
    held = Q(not_before__gt=now - LATE) | Q(next_attempt_at__gt=now - LATE)
    late = Outbox.objects.filter(state=Sending.APPROVED, message__sent_at__lt=now - LATE).exclude(held).count()
    if late:
        says = f"{late} svar har väntat i mer än en kvart"
        return Check(
            "svar på väg ut", False, says, "Kör arbetaren? systemctl status torget. Annars står skälet i loggen."
        )
    return Check("svar på väg ut", True, "inget har fastnat")


def _quarantine() -> Check:
    count = Quarantined.objects.filter(state=Quarantined.OPEN)[:100].count()
    waiting = RawEvent.objects.filter(state=RawEvent.WAITING, captured_at__lt=clock.now() - LATE)[:100].count()
    if waiting:
        says = f"{waiting} leveranser har väntat på inläsning i mer än en kvart"
        return Check("inläsning", False, says, "Kör arbetaren? systemctl status torget. Annars står skälet i loggen.")
    if count:
        remedy = f"Läs igen eller lägg åt sidan på {settings.TORGET_URL}/disk/karantan/"
        return Check(
            "karantän", True, f"{count} {'post' if count == 1 else 'poster'} som inte gick att tolka", remedy, warn=True
        )
    return Check("karantän", True, "tom")


def certificates() -> Iterator[Check]:
    """The certificates of the mail servers of connected mailboxes."""
    if Organisation.current().demo:
        return
    for account in Account.objects.exclude(state=Account.OFF).filter(channel="mail").order_by("pk")[:MOST]:
        given = account.settings
        host, tls = str(given.get("host") or ""), str(given.get("tls") or "tls")
        if host and tls in ("tls", "starttls"):
            port = int(given.get("port") or (993 if tls == "tls" else 143))
            name = f"certifikat för brevlådan {account.name or account.handle}"
            try:
                context = mailbox.tls_context(Connection(handle=account.handle, settings=given, secrets={}))
            except Retry:
                remedy = (
                    f"Anslut den igen med ett helt rotcertifikat (PEM): {settings.TORGET_URL}/installningar/kanaler/"
                )
                yield Check(name, False, "det egna rotcertifikatet går inte att läsa", remedy)
                continue
            yield doors.certificate(
                name, host, port,
                starttls="imap" if tls == "starttls" else "", context=context,
                remedy="Den som sköter mejlservern förnyar det. Under tiden hämtas inget, och inget blir borta.",
            )  # fmt: skip
