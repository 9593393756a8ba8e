"""What is true of every page: its headers, its context, versioned static files."""

import re
from collections.abc import Callable
from contextlib import suppress
from functools import cached_property, lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import StaticFilesStorage
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, get_script_prefix, reverse
from django.utils.encoding import escape_uri_path
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from torget.core import large, navigation
from torget.core.stored import stored

CSP = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; object-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
MAX_BODY = 200_000_000
HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), interest-cohort=()",
}


class Headers:
    """Middleware that puts the security headers on every response that has not set its own."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        # Far above what the form takes, so that a file that is only too large gets the form's own words with the text kept.
        length = request.META.get("CONTENT_LENGTH") or "0"
        if length.isdecimal() and int(length) > MAX_BODY:
            text = _("Det du skickade är för stort för att tas emot. Gå tillbaka: din text är kvar i formuläret.")
            return self._with_headers(request, HttpResponse(text, status=413, content_type="text/plain; charset=utf-8"))
        if request.method not in METHODS:
            # TRACE and what anyone can make up: a view that asks for nothing but log-in would take it for a GET.
            refused = HttpResponse(status=405, content_type="text/plain; charset=utf-8")
            refused.headers["Allow"] = ", ".join(METHODS)
            return self._with_headers(request, refused)
        response = self.get_response(request)
        if response.status_code == 405 and request.method == "GET":
            response = _only_by_a_button(response)
        if SECRET.match(request.path) or SECRET.match(urlsplit(response.headers.get("Location", "")).path):
            # Also the redirects to and from a receipt: its address is a secret.
            response.headers["Cache-Control"], response.headers["Referrer-Policy"] = "no-store", "no-referrer"
        if request.method == "POST" and LOGGED_OUT.fullmatch(request.path):
            # On a desk that several share, nothing that was shown stays in the browser.
            response.headers["Clear-Site-Data"] = '"cache"'
        return self._with_headers(request, response)

    def _with_headers(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if request.is_secure():
            below = "; includeSubDomains" if settings.SECURE_HSTS_INCLUDE_SUBDOMAINS else ""
            response.headers.setdefault("Strict-Transport-Security", f"max-age={settings.SECURE_HSTS_SECONDS}{below}")
        return response


def _only_by_a_button(refused: HttpResponseBase) -> HttpResponse:
    """What is reached by pressing a button has an address too; who opens that is told, instead of being shown nothing."""
    page = HttpResponse(render_to_string("405.html"), status=405)
    page.headers["Allow"] = refused.headers.get("Allow", "POST")
    return page


@lru_cache(maxsize=500)
def _version(name: str) -> str:
    path = finders.find(name)
    return sha256(Path(str(path)).read_bytes()).hexdigest()[:10] if path else "missing"


@lru_cache(maxsize=500)
def _address(of: Callable[[str], str], name: str) -> str:
    return f"{of(name)}?v={_version(name)}"


class VersionedStatic(StaticFilesStorage):
    """Static addresses carry a digest of their content, so that a new version is never an old one from a cache."""

    def url(self, name: str | None) -> str:
        """`/static/<name>?v=<digest>`."""
        return _address(super().url, str(name))


# Modules above give what every page shows without core importing them: `providers["organisation"]` is set at start.
providers: dict[str, Callable[[], Any]] = {}


def organisation_of(request: HttpRequest) -> Any:
    """The organisation as a page for everyone has read it first: once for its own needs, the menu and the frame."""
    if not hasattr(request, "organisation_read"):
        request.organisation_read = stored.part(request, "organisation", providers["organisation"])  # type: ignore[attr-defined]
    return request.organisation_read  # type: ignore[attr-defined]


def context(request: HttpRequest) -> dict[str, Any]:
    """Context for every page: organisation, navigation, the other language's address."""
    # Made when it is asked for: a page that has read it for its own needs gives its own.
    organisation = SimpleLazyObject(lambda: organisation_of(request)) if "organisation" in providers else None
    language = get_language() or "sv"
    path = request.path
    user = getattr(request, "user", None)
    return {
        "organisation": organisation,
        "public_nav": _Lazy(lambda: navigation.public_links(path, organisation)),
        "staff_nav": _Lazy(lambda: navigation.staff_links(path, user)),
        "registrar_nav": _Lazy(lambda: navigation.registrar_links(path, user)),
        "other_language_url": _Lazy(lambda: _in_language(request, "en" if language == "sv" else "sv")),
        "other_size_url": _Lazy(lambda: large.other_size(request)),
    }


def _in_language(request: HttpRequest, language: str) -> str:
    """The address of this page in another language, without resolving it once more; also of a page that is not there."""
    if match := request.resolver_match:
        with override(language), suppress(NoReverseMatch):
            return reverse(match.view_name, args=match.args, kwargs=match.kwargs)
    # Whatever was typed: an address that began with two slashes would lead to another server.
    rest = request.path_info.removeprefix(_beginning(get_language() or "")).lstrip("/")
    return escape_uri_path(get_script_prefix().rstrip("/") + _beginning(language) + rest)


def _beginning(language: str) -> str:
    """What the addresses of a language begin with."""
    return "/" if language in ("", settings.LANGUAGE_CODE) else f"/{language}/"


class _Lazy:
    """Made when the template first asks: a public page never touches the session, a staff page never the square."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self.make = make

    @cached_property
    def made(self) -> Any:
        return self.make()

    def __iter__(self) -> Any:
        return iter(self.made)

    def __str__(self) -> str:
        return str(self.made)

    def __bool__(self) -> bool:
        return bool(self.made)


LOGGED_OUT = re.compile(r"(?:/stor)?(?:/en)?/konto/logout/")
SECRET = re.compile(
    r"(?:/stor)?(?:/en)?/(?:kvitto|expert|inbjudan|moderering/beslut|inlagg/kalender|mina-arenden/[^/]+|konto/inte-jag)/"
)
"""Addresses that hold a secret: their pages are no business of caches, referrers and search engines. Staff pages under
/disk/ are not meant: without a referrer a browser sends no Origin with their forms, and those are then refused."""
