"""What somebody had written in a form that could not be taken: shown to them, since it lies nowhere else."""

import re
from urllib.parse import urlencode, urlsplit

from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.template.loader import render_to_string
from django.urls import reverse

MOST = 20
_SECRET = re.compile("password|secret|token|code|losenord", re.IGNORECASE)


def words_of(request: HttpRequest) -> list[str]:
    """The texts of a form, the longest first: what has several words, and is no password."""
    if request.method != "POST":
        return []
    try:
        given = list(request.POST.lists())
    except (UnreadablePostError, MultiPartParserError):
        return []  # it was broken off on the way
    found = [text.strip() for name, texts in given if not _SECRET.search(name) for text in texts]
    return sorted((text for text in dict.fromkeys(found) if len(text.split()) > 1), key=len, reverse=True)[:MOST]


def page(request: HttpRequest) -> HttpResponse | None:
    """The page (403) that gives back what was written, with the way to the log-in; None where nothing was."""
    words = words_of(request)
    if not words:
        return None
    try:
        where = urlsplit(request.headers.get("Referer", ""))
        came_from = where.path + (f"?{where.query}" if where.query else "")
    except ValueError:
        came_from = ""
    following = f"?{urlencode({'next': came_from})}" if came_from.startswith("/") else ""
    # Without the request: what is said must not depend on a session that may be the very thing that broke.
    html = render_to_string("403_csrf.html", {"words": words, "log_in": reverse("account_login") + following})
    return HttpResponse(html, status=403, headers={"Cache-Control": "no-store"})
