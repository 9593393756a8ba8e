"""Every view is guarded, or public on purpose with its reason."""

from collections.abc import Callable, Iterator
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

from tests.architecture import source

# Views of others that carry their own guard. Each line says what guards it; a view that is not under one of these prefixes
# and has no guard of ours fails.
GUARDED_BY_OTHERS = {
    "allauth.": "logging in is where one is not logged in; account pages ask for log-in themselves (login_required)",
    "django.conf.urls.i18n": "changes the language of the page only",
    "django.views.i18n": "the catalogue for scripts: the same for all",
    "django.views.static": "files that are the same for all",
    "django.contrib.staticfiles": "files that are the same for all",
    "django.views.generic.base.RedirectView": "sends on to another address, which has its own guard",
}


def views() -> Iterator[tuple[str, Callable[..., Any]]]:
    """(address, view) of everything that the root urls lead to."""

    def walk(resolver: URLResolver, prefix: str) -> Iterator[tuple[str, Callable[..., Any]]]:
        for pattern in resolver.url_patterns:
            address = prefix + str(pattern.pattern)
            if isinstance(pattern, URLResolver):
                yield from walk(pattern, address)
            elif isinstance(pattern, URLPattern):
                yield address, pattern.callback

    yield from walk(get_resolver(), "/")


def full_name(view: Callable[..., Any]) -> str:
    """The dotted name of a view, a class-based one by its class."""
    kind = getattr(view, "view_class", view)
    return f"{kind.__module__}.{getattr(kind, '__qualname__', type(kind).__name__)}"


def is_guarded(view: Callable[..., Any]) -> bool:
    """Whether a view has passed through @allow or @public with a reason, or is one of others with its own guard."""
    guard = str(getattr(view, "guard", ""))
    kind, _, reason = guard.partition(":")
    if kind in ("allow", "public") and reason.strip():
        return True
    return any(full_name(view).startswith(prefix) for prefix in GUARDED_BY_OTHERS)


def test_every_view_is_guarded_or_public_on_purpose() -> None:
    found = [f"{address} ({full_name(view)})" for address, view in views() if not is_guarded(view)]
    source.report(found, 'Put @allow(predicate, Model) on the view, or @public("why it is for everyone"), outermost.')


def test_the_check_sees_a_view_that_nobody_guards() -> None:
    def bare(request: object) -> None: ...

    assert not is_guarded(bare)
    bare.guard = "public:"  # type: ignore[attr-defined]
    assert not is_guarded(bare), "a reason that says nothing is no reason"
    assert sum(1 for _ in views()) > 10, "the root urls lead almost nowhere: is the walk still right?"


def test_desk_pages_send_strangers_to_the_log_in(client: Any, db: None) -> None:
    for address in ("/disk/", "/resultat/", "/installningar/"):
        response = client.get(address)
        assert response.status_code in (301, 302), f"{address} answered {response.status_code} to a stranger"
        assert "/konto/login/" in response["Location"]
