"""What holds for everything under `/diarium/`: off until it is turned on, and no business of search engines."""

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from django.http import Http404, HttpRequest, HttpResponseBase

from torget.core.pages import organisation_of
from torget.organisations.models import Authority
from torget.register.forms import NAMES

READS = (*NAMES, "efter")
"""All that a page of the register hangs on besides its path."""
View = TypeVar("View", bound=Callable[..., HttpResponseBase])


def is_plain(request: HttpRequest) -> bool:
    """Whether the address asks for nothing that anybody could make up without end: such a page is kept."""
    return not any(request.GET.get(name) for name in READS)


def when_open(view: View) -> View:
    """404 while the register is turned off; and a word to search engines on everything."""

    @wraps(view)
    def inner(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        if not organisation_of(request).register_public:
            raise Http404
        response = view(request, *args, **kwargs)
        response.headers["X-Robots-Tag"] = "noindex, noarchive"
        return response

    return inner  # type: ignore[return-value]


def authority_of(prefix: str) -> Authority | None:
    """The authority whose register is meant; None for all of them. Errors: 404 for one that is not."""
    if not prefix:
        return None
    found = Authority.objects.filter(prefix=prefix).first()
    if found is None:
        raise Http404
    return found
