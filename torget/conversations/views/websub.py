"""Where the hubs of web feeds reach us: they ask whether we meant to subscribe, and bring what is new (WebSub)."""

import logging
from hashlib import sha256
from hmac import compare_digest

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from torget.channels import feedlive
from torget.channels.feed import LARGEST
from torget.conversations import keyring
from torget.conversations.actions import connecting, fetching
from torget.conversations.models import Account
from torget.core.access import public
from torget.core.errors import Refused

log = logging.getLogger("torget.websub")
REFUSED_KEY = "websub-refused-%s"


@public("a hub of a web feed: known by the secret in the address, its deliveries by their signature")
def websub(request: HttpRequest, pk: int, token: str) -> HttpResponse:
    """GET: the hub asks whether we want this feed. POST: it brings it, and is answered at once."""
    account = get_object_or_404(Account.objects.exclude(state=Account.OFF), pk=pk, channel="feed")
    try:
        secrets = keyring.secrets_of(account)
    except Refused:
        return HttpResponse(status=503)
    if not compare_digest(secrets.get("websub_token", "").encode() or b"\0", token.encode()):
        return HttpResponse(status=404)
    if request.method == "POST":
        return _delivered(request, account, secrets.get("websub_secret", ""))
    if request.method not in ("GET", "HEAD"):
        return HttpResponse(status=405)
    return _asked(request, account)


def _asked(request: HttpRequest, account: Account) -> HttpResponse:
    """Say yes to the subscription that we asked for, and to no other."""
    mode, topic = request.GET.get("hub.mode", ""), request.GET.get("hub.topic", "")
    if mode == "denied":
        log.info("websub.denied account=%s", account.pk)
        return HttpResponse(status=200)
    hub = account.cursor.get("websub") if isinstance(account.cursor, dict) else None
    wanted = hub.get("topic") if isinstance(hub, dict) else None
    if mode != "subscribe" or not topic or topic != wanted:
        # Also to "unsubscribe": as long as the account is connected, nobody of us has asked for it.
        return HttpResponse(status=404)
    return HttpResponse(request.GET.get("hub.challenge", "")[:1_000], content_type="text/plain; charset=utf-8")


def _delivered(request: HttpRequest, account: Account, secret: str) -> HttpResponse:
    """Keep what was brought, as it came; it is parsed by the worker."""
    body = request.read(LARGEST + 1)
    if len(body) > LARGEST:
        return HttpResponse(status=413)
    if not feedlive.proved(body, request.headers.get("X-Hub-Signature", ""), secret):
        cache.add(REFUSED_KEY % account.pk, 0, timeout=None)
        count = cache.incr(REFUSED_KEY % account.pk)
        log.warning("websub.unsigned account=%s so_far=%s", account.pk, count)
        return HttpResponse(status=403)
    kind = request.headers.get("Content-Type", "")
    key = sha256(body).hexdigest()
    raw = feedlive.delivery(body, kind, connecting.connection(account), key=key, verdict="signed")
    fetching.store_live(account, (raw,))
    return HttpResponse(status=202)
