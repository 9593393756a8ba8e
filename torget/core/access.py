"""The door: every view is either for some staff (`@allow`) or public on purpose (`@public`); a test reads that all are."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, TypeVar
from urllib.parse import urlencode, urlsplit

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from torget.core import unsent
from torget.core.stored import searched
from torget.core.stored import stored as stored_pages

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


# Modules above add what is asked at the staff's door; one that answers is the answer. Set at start.
checks: dict[str, Callable[[HttpRequest], HttpResponseBase | None]] = {}


class StaffRequest(HttpRequest):
    """A request whose user is staff; `allow` has seen to it."""

    user: Any


def allow(
    predicate: Callable[..., bool], model: Any = None, *, extra: tuple[str, ...] = ()
) -> Callable[[Callable[Concatenate[Any, ...], HttpResponseBase]], Callable[..., HttpResponseBase]]:
    """Guard a staff view: log-in first, then the object through `visible_to(user)` (404), then the predicate (403).

    The URL's keyword arguments find the object, except those named in `extra`, which are passed on to the view.
    """

    def guard(view: Callable[Concatenate[Any, ...], HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def inner(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
            user: Any = request.user
            if not user.is_authenticated:
                # Whoever was writing when the log-in ended gets the words back, and not just the way to the log-in.
                if (given_back := unsent.page(request)) is not None:
                    return given_back
                following = f"?{urlencode({'next': request.get_full_path()})}" if request.method == "GET" else ""
                return redirect(reverse("account_login") + following)
            for check in checks.values():
                if (answer := check(request)) is not None:
                    return no_store(answer)
            if user.must_set_up_totp():
                return redirect("mfa_activate_totp")
            passed_on = {key: kwargs.pop(key) for key in extra if key in kwargs}
            if model is None:
                if not predicate(user):
                    raise PermissionDenied
                return no_store(view(request, **kwargs, **passed_on))
            thing = get_object_or_404(model.objects.visible_to(user), **kwargs)
            if not predicate(user, thing):
                raise PermissionDenied
            return no_store(view(request, thing, **passed_on))

        inner.guard = f"allow:{predicate.__module__}.{predicate.__name__}"  # type: ignore[attr-defined]
        return inner

    return guard


def no_store(response: HttpResponseBase) -> HttpResponseBase:
    """Keep staff pages out of every cache, the browser's own included (a shared desk computer)."""
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def same_origin(request: HttpRequest) -> bool:
    """Whether a POST comes from our own pages, by Origin and Sec-Fetch-Site; no cookie and no token needed.

    A browser always sends Origin with a cross-site POST. A client that sends neither header is no browser that a
    third page could steer, and there is no session on public forms to steal.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None and site not in ("same-origin", "none"):
        return False
    origin = request.headers.get("Origin")
    if origin is None:
        return True
    if origin == "null":
        # With `Referrer-Policy: no-referrer` (the receipt) browsers send "null"; Sec-Fetch-Site then decides.
        return site == "same-origin"
    try:
        return urlsplit(origin).netloc == request.get_host()
    except ValueError:
        # No address at all.
        return False


def public(
    why: str,
    *,
    stored: bool | Callable[[HttpRequest], bool] = False,
    reads: tuple[str, ...] = (),
    from_elsewhere: bool = False,
) -> Callable[[View], View]:
    """Mark a view as open to everyone, and say why. POSTs are guarded by `same_origin`, not by cookie or token.

    `stored`: the page is the same for everyone and hangs only on the public version, so that it may be kept, here and by
    the front; `reads` names the parameters of the address that it hangs on too. Where only some addresses of a view are
    few enough to be kept, `stored` says whether this one is: what anybody can make up without end lies in a small store
    of its own, where it pushes out nothing else, if the view says what it `reads`, and never lies with the front.
    `from_elsewhere`: another site sends the form on purpose, and what it sends is signed (SAML).
    """

    def keeps(request: HttpRequest) -> bool:
        return stored(request) if callable(stored) else stored

    def mark(view: View) -> View:
        @wraps(view)
        def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.method not in ("GET", "HEAD") and not from_elsewhere and not same_origin(request):
                return HttpResponse(
                    _("Formuläret kom från en annan webbplats. Öppna sidan hos oss och skicka igen."), status=403
                )
            if not keeps(request):
                if callable(stored) and reads and request.method == "GET":
                    return searched.serve(request, reads, lambda: view(request, *args, **kwargs))
                return view(request, *args, **kwargs)
            if request.method == "GET":
                return stored_pages.serve(request, reads, lambda: marked(view(request, *args, **kwargs)))
            return marked(view(request, *args, **kwargs))

        def marked(response: HttpResponseBase) -> HttpResponseBase:
            if response.status_code == 200:
                response.headers["X-Torget-Stored"] = "1"
                response.headers.setdefault("Cache-Control", "public, max-age=0, must-revalidate")
            return response

        inner.guard = f"public:{why}"  # type: ignore[attr-defined]
        return csrf_exempt(inner)  # type: ignore[return-value]

    return mark
