"""How every operation answers: JSON with an entity tag, problems by RFC 9457 in Swedish or English, what is left of the limit.

What is public is open to all origins; what takes a token is no business of any web page.
"""

import json
from collections.abc import Callable, Mapping
from functools import wraps
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation.trans_real import parse_accept_lang_header
from django.views.decorators.csrf import csrf_exempt

from torget.api.words import PROBLEMS
from torget.core import limits

View = Callable[..., HttpResponseBase]
CORS = {
    # No cookie and no log-in is ever asked for here: what anyone may read, any page may read.
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag, Link, Retry-After, RateLimit, RateLimit-Policy",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "X-Robots-Tag": "noindex",
}
PRIVATE = {
    "Cache-Control": "no-store", "Cross-Origin-Resource-Policy": "same-origin", "X-Robots-Tag": "noindex",
    "Vary": "Authorization, Accept-Language",
}  # fmt: skip
READS = ("GET", "HEAD")
MINUTE = 60


class Problem(Exception):
    """What goes wrong in an operation; `code` is a key of `words.PROBLEMS`, `about` what it is about."""

    def __init__(self, code: str, about: str = "") -> None:
        super().__init__(code)
        self.code, self.about = code, about


def language_of(request: HttpRequest) -> str:
    """Swedish, unless the client would rather have English."""
    for language, _quality in parse_accept_lang_header(request.headers.get("Accept-Language", "")[:200]):
        if language[:2] in ("sv", "en"):
            return str(language[:2])
    return "sv"


def answer(document: Mapping[str, Any], *, link: str = "", status: int = 200) -> HttpResponse:
    """A document as JSON. `link`: where the next page is."""
    body = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    response = HttpResponse(body, status=status, content_type="application/json; charset=utf-8")
    if link:
        response.headers["Link"] = f'<{link}>; rel="next"'
    return response


def problem(request: HttpRequest, code: str, about: str = "") -> HttpResponse:
    """A problem document (RFC 9457) in the client's language."""
    status, title, detail = PROBLEMS[code]
    with translation.override(language_of(request)):
        document = {"type": "about:blank", "code": code, "status": status, "title": _(title), "detail": _(detail)}
        if about:
            document["about"] = about[:200]
        body = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
        response = HttpResponse(body, status=status, content_type="application/problem+json; charset=utf-8")
        response.headers["Content-Language"] = str(translation.get_language())
    response.headers["Vary"], response.headers["Cache-Control"] = "Accept-Language", "no-store"
    if status in (429, 503):
        response.headers["Retry-After"] = "60"
    if status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="Torget"'
    return response


def limit_heads(name: str, quota: int, left: limits.Left) -> dict[str, str]:
    """What is left, as draft-ietf-httpapi-ratelimit-headers says it; nothing where there is no limit."""
    if not quota:
        return {}
    policy, now = f'"{name}";q={quota};w={MINUTE}', f'"{name}";r={left.remaining};t={left.seconds}'
    return {"RateLimit-Policy": policy, "RateLimit": now}


def operation(
    view: View,
    *,
    kept: Callable[[HttpRequest], bool] = lambda request: False,
    methods: tuple[str, ...] = READS,
    private: bool = False,
) -> View:
    """What holds for every operation: methods, CORS, the limit, problems, entity tags.

    `kept` says whether an answer lies ready: then it is not counted. `private`: it takes a token or a signature.
    """

    @wraps(view)
    def inner(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        response = _answered(view, request, kwargs, kept, methods, private)
        for name, value in (PRIVATE if private else CORS).items():
            response.headers[name] = value
        return response

    # The door is its token or its signature (door.py), never a cookie: another site's page has neither.
    return csrf_exempt(inner)


def _answered(
    view: View,
    request: HttpRequest,
    kwargs: dict[str, Any],
    kept: Callable[[HttpRequest], bool],
    methods: tuple[str, ...],
    private: bool,
) -> HttpResponseBase:
    allowed = ", ".join((*methods, "OPTIONS"))
    if request.method == "OPTIONS":
        response = HttpResponse(status=204, headers={"Allow": allowed})
        if not private:
            response.headers["Access-Control-Allow-Methods"], response.headers["Access-Control-Max-Age"] = (
                allowed,
                "86400",
            )
            response.headers["Access-Control-Allow-Headers"] = "Accept, Accept-Language, If-None-Match"
        return response
    if request.method not in methods:
        refused = problem(request, "method")
        refused.headers["Allow"] = allowed
        return refused
    heads: dict[str, str] = {}
    if not kept(request):
        quota = settings.TORGET_API_PER_MINUTE
        left = limits.reading.take(request.META.get("REMOTE_ADDR", ""), quota)
        heads = limit_heads("address", quota, left)
        if not left.allowed:
            return _with(problem(request, "too_many"), heads)
    try:
        return _with(_tagged(request, view(request, **kwargs), private), heads)
    except Problem as wrong:
        return _with(problem(request, wrong.code, wrong.about), heads)


def _with(response: HttpResponseBase, heads: Mapping[str, str]) -> HttpResponseBase:
    for name, value in heads.items():
        response.headers.setdefault(name, value)
    return response


def _tagged(request: HttpRequest, response: HttpResponseBase, private: bool) -> HttpResponseBase:
    """The answer with its entity tag; 304 for who has it already."""
    if not isinstance(response, HttpResponse) or response.status_code != 200 or private:
        return response
    tag = f'"{sha256(response.content).hexdigest()[:20]}"'
    given = [part.strip().removeprefix("W/") for part in request.headers.get("If-None-Match", "")[:2000].split(",")]
    if tag in given or "*" in given:
        return HttpResponse(status=304, headers={"ETag": tag})
    response.headers["ETag"] = tag
    response.headers.setdefault("Cache-Control", "public, max-age=0, must-revalidate")
    return response
