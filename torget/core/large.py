"""Large type without a cookie: every public page once more under /stor/, where each link leads on under /stor/.

The prefix is the address's script prefix, as if the site were mounted there: what `reverse` and `site_path` make carries it,
so no template says anything about it. docs/decisions/0038 has the ways that were not taken.
"""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import get_script_prefix, set_script_prefix

PREFIX = "/stor/"


def is_large() -> bool:
    """Whether the page that is being made is one of large type."""
    return get_script_prefix().endswith(PREFIX)


def other_size(request: HttpRequest) -> str:
    """The same page in the other size, or nothing where it comes in one only.

    An address without its parameters, since pages are stored by those they read.
    """
    match = request.resolver_match
    if match is not None and not is_public(match.func):
        return ""
    if is_large():
        return get_script_prefix().removesuffix(PREFIX) + request.path_info
    return get_script_prefix().removesuffix("/") + PREFIX + request.path_info.lstrip("/")


def is_public(view: Callable[..., Any]) -> bool:
    """Whether a view is one of ours for everyone."""
    return str(getattr(view, "guard", "")).startswith("public:")


class LargeType:
    """Middleware that takes /stor/ off the path and makes it the prefix of all addresses of this one request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith(PREFIX):
            return self.get_response(request)
        before = get_script_prefix()
        request.path_info = "/" + request.path_info[len(PREFIX) :].lstrip("/")
        set_script_prefix(before.removesuffix("/") + PREFIX)
        try:
            response = self.get_response(request)
        finally:
            # It lies with the thread, which answers others next.
            set_script_prefix(before)
        # One page is for search engines; the other is the same words.
        response.headers.setdefault("X-Robots-Tag", "noindex")
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        """The staff's pages are laid out for the browser's own zoom: who comes to one by a public page's link is led on."""
        if is_large() and not is_public(view):
            query = request.META.get("QUERY_STRING", "")
            return HttpResponseRedirect(request.path_info + (f"?{query}" if query else ""))
        return None
