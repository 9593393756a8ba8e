"""Each request that reaches Django: its id, its view, how long it took; told to the log and to whoever counts."""

import logging
import time
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from torget.core import logs

log = logging.getLogger("torget.request")
SLOW = 2.0
"""Seconds after which a page is told of though it only was read."""
Observer = Callable[[str, str, int, float], None]
observers: list[Observer] = []
"""Called after each request with view, method, status and seconds; the metrics add theirs when they are turned on."""
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


class Observed:
    """The outermost middleware. The log hears of what was done, of what failed, was refused or slow: nobody's reading is
    ours to log, unless the operator asks for it (TORGET_LOG_REQUESTS=1). The path is never told: it may be a secret.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self.all = bool(settings.TORGET_LOG_REQUESTS)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        here = logs.Around(request=logs.new_request())
        token = logs.around.set(here)
        began = time.perf_counter()
        try:
            response = self.get_response(request)
            seconds = time.perf_counter() - began
            here.view = view_of(request)
            method = request.method if request.method in METHODS else "OTHER"
            for observe in observers:
                observe(here.view, str(method), response.status_code, seconds)
            refused = response.status_code in (401, 403, 413, 429)
            if self.all or refused or response.status_code >= 500 or seconds > SLOW or method not in ("GET", "HEAD"):
                here.user = user_of(request)
                level = logging.ERROR if response.status_code >= 500 else logging.INFO
                log.log(
                    level, "request.done method=%s status=%s ms=%s", method, response.status_code, round(seconds * 1000)
                )
            return response
        finally:
            logs.around.reset(token)

    def process_view(self, request: HttpRequest, view: object, args: object, kwargs: object) -> None:
        """Know the view before it runs, so that the lines in between say it too."""
        if here := logs.around.get():
            here.view = view_of(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> None:
        """Django tells of the error itself; who asked is known only here."""
        if here := logs.around.get():
            here.user = user_of(request)


def view_of(request: HttpRequest) -> str:
    """The view's name (`conversations:receipt`), which is the same for all receipts; `static` or `none` without one."""
    match = request.resolver_match
    if match is not None and match.view_name:
        return match.view_name
    return "static" if request.path.startswith(str(settings.STATIC_URL)) else "none"


def user_of(request: HttpRequest) -> str:
    """`user:7` for staff who were looked up already, else nothing: the log never asks the database who it is."""
    held = request.__dict__.get("_cached_user")
    return f"user:{held.pk}" if held is not None and held.is_authenticated else ""
