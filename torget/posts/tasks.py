"""The worker's entry to posts: a thread for each account that has something to send, so that a slow channel delays no other."""

import logging
import threading

from django.db import close_old_connections, connection

from torget.organisations.models import Organisation
from torget.posts.actions import accounts_with_work, send_waiting

log = logging.getLogger("torget.posts")
_threads: dict[int, threading.Thread] = {}


def send_round() -> int:
    """Worker's job. In a demo town nothing asks the network, so it is done at once; how many were handled or begun."""
    if Organisation.current().demo:
        return send_waiting()
    begun = 0
    for pk in accounts_with_work():
        known = _threads.get(pk)
        if known is None or not known.is_alive():
            _threads[pk] = threading.Thread(target=_send_by, args=(pk,), name=f"torget-posts-{pk}", daemon=True)
            _threads[pk].start()
            begun += 1
    return begun


def _send_by(account: int) -> None:
    """Send what is due by one account, until there is no more."""
    close_old_connections()
    try:
        while send_waiting(account):
            pass
    except Exception:
        # What was claimed is taken up when its lease is out, as of unknown outcome.
        log.exception("posts.account_failed account=%s", account)
    finally:
        connection.close()
