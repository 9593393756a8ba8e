"""The page for a form that we cannot trust."""

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from torget.core import unsent
from torget.core.access import public


@public("says why a form was refused; reached only through the guard itself")
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A staff form without its token (403). `reason` is Django's own English one and is shown to nobody."""
    # Without the request: what is said must not depend on a session that may be the very thing that broke.
    return unsent.page(request) or HttpResponse(render_to_string("403_csrf.html"), status=403)
