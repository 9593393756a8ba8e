"""How every operation answers: JSON with an entity tag, problems by RFC 9457 in Swedish or English, open to all origins."""

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

from torget.api.words import PROBLEMS
from torget.core import limits

View = Callable[..., HttpResponseBase]
CORS = {
    # No cookie and no log-in is ever asked for here: what anyone may read, any page may read.
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag, Link, Retry-After",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "X-Robots-Tag": "noindex",
}
METHODS = "GET, HEAD, OPTIONS"


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


def answer(document: Mapping[str, Any], *, link: str = "") -> HttpResponse:
    """A document as JSON. `link`: where the next page is."""
    body = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    response = HttpResponse(body, content_type="application/json; charset=utf-8")
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
    if status == 405:
        response.headers["Allow"] = METHODS
    if status == 429:
        response.headers["Retry-After"] = "60"
    return response


def operation(view: View, *, kept: Callable[[HttpRequest], bool] = lambda request: False) -> View:
    """What holds for every operation: methods, CORS, the limit, problems, entity tags.

    `kept` says whether an answer lies ready: then it is not counted.
    """

    @wraps(view)
    def inner(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        response = _answered(view, request, kwargs, kept)
        for name, value in CORS.items():
            response.headers[name] = value
        return response

    return inner


def _answered(
    view: View, request: HttpRequest, kwargs: dict[str, Any], kept: Callable[[HttpRequest], bool]
) -> HttpResponseBase:
    if request.method == "OPTIONS":
        allowed = {"Allow": METHODS, "Access-Control-Allow-Methods": METHODS, "Access-Control-Max-Age": "86400"}
        allowed["Access-Control-Allow-Headers"] = "Accept, Accept-Language, If-None-Match"
        return HttpResponse(status=204, headers=allowed)
    if request.method not in ("GET", "HEAD"):
        return problem(request, "method")
    address = request.META.get("REMOTE_ADDR", "")
    if not kept(request) and not limits.reading.allowed(address, settings.TORGET_API_PER_MINUTE):
        return problem(request, "too_many")
    try:
        return _tagged(request, view(request, **kwargs))
    except Problem as wrong:
        return problem(request, wrong.code, wrong.about)


def _tagged(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """The answer with its entity tag; 304 for who has it already."""
    if not isinstance(response, HttpResponse) or response.status_code != 200:
        return response
    tag = f'"{sha256(response.content).hexdigest()[:20]}"'
    given = [part.strip().removeprefix("W/") for part in request.headers.get("If-None-Match", "")[:2000].split(",")]
    if tag in given or "*" in given:
        return HttpResponse(status=304, headers={"ETag": tag})
    response.headers["ETag"] = tag
    response.headers.setdefault("Cache-Control", "public, max-age=0, must-revalidate")
    return response
