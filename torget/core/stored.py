"""Whole public pages that Django has made, for one public version: the shelf's second half, for addresses with a query too."""

import re
import secrets
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any, TypeVar

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.html import escape
from django.utils.translation import get_language

from torget.core.models import PublicVersion

MAX_BYTES, ASKED_BYTES = 32_000_000, 8_000_000
LONGEST = 60
"""A parameter longer than any place in a list is: such an address is made anew each time."""

Key = tuple[str, ...]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page:
    """An answer as the view gave it, and the version that was in force before it was made."""

    version: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


class Stored:
    """Pages by address, language and the parameters that the view reads; those longest unused make room."""

    def __init__(self, limit: int = MAX_BYTES) -> None:
        self.pages: OrderedDict[Key, Page] = OrderedDict()
        self.parts: dict[str, tuple[int, Any]] = {}
        self.limit, self.bytes = limit, 0
        self.lock = Lock()

    def serve(
        self, request: HttpRequest, reads: tuple[str, ...], make: Callable[[], HttpResponseBase], kind: str = ""
    ) -> HttpResponseBase:
        """The stored page, or the one that `make` gives, kept when it may be. `kind` tells pages of one address apart."""
        given = [request.GET.get(name, "") for name in reads]
        # Parameters that the view does not read make no entry, and nobody fills the store with long ones.
        if any(len(value) > LONGEST for value in given):
            return make()
        key = (request.scheme or "", request.get_host(), request.path, get_language() or "", kind, *given)
        version = PublicVersion.current()
        request.public_version = version  # type: ignore[attr-defined]
        with self.lock:
            page = self.pages.get(key)
            if page is not None and page.version == version:
                self.pages.move_to_end(key)
                return HttpResponse(page.body, headers=dict(page.headers))
        response = make()
        if isinstance(response, HttpResponse) and response.status_code == 200 and not response.cookies:
            self._keep(key, Page(version, tuple(response.headers.items()), response.content))
        return response

    def part(self, request: HttpRequest, name: str, make: Callable[[], T]) -> T:
        """What many pages begin with and hangs on the public version alone, made once for each version; nobody changes it.

        For pages that are kept (`serve` has read the version before); for others it is made each time.
        """
        version = getattr(request, "public_version", None)
        if version is None:
            return make()
        known = self.parts.get(name)
        if known is not None and known[0] == version:
            found: T = known[1]
            return found
        made = make()
        self.parts[name] = (version, made)
        return made

    def clear(self) -> None:
        """Forget all; for tests, where a version that was rolled back comes again with another content."""
        with self.lock:
            self.pages.clear()
            self.parts.clear()
            self.bytes = 0

    def _keep(self, key: Key, page: Page) -> None:
        with self.lock:
            former = self.pages.pop(key, None)
            self.bytes += len(page.body) - (len(former.body) if former else 0)
            self.pages[key] = page
            while self.bytes > self.limit:
                _, dropped = self.pages.popitem(last=False)
                self.bytes -= len(dropped.body)


stored = Stored()
searched = Stored(ASKED_BYTES)
"""Searches and places in lists, which anybody can make up without end: a flood of them pushes out its own kind alone."""
NONCE = f"nonce-{secrets.token_urlsafe(12)}"
"""What stands in a stored form where each visitor gets a nonce of their own: this process's, which nobody can write by aim."""


def form_page(
    request: HttpRequest, make: Callable[[dict[str, str]], HttpResponse], words: Mapping[str, str] | None = None
) -> HttpResponseBase:
    """The page of a form that hangs on nothing but the public version, its nonce and the first words of some questions.

    `make` takes what the questions begin with: the nonce, and a mark for each of `words`. The page is made once; each
    visitor gets a nonce and words of their own. The caller sees to it that the address says nothing else that is shown.
    """
    marks = {name: f"{NONCE}-{name}" for name in words or {}}
    page = stored.serve(request, (), lambda: make({"nonce": NONCE, **marks}), " ".join(marks))
    if isinstance(page, HttpResponse):
        given: dict[str, str] = {mark: escape((words or {})[name]) for name, mark in marks.items()}
        given[NONCE] = secrets.token_urlsafe(16)
        # All at once, so that nobody's words are taken for a mark; the longer marks first, since all begin alike.
        pattern = "|".join(map(re.escape, given))
        page.content = re.sub(pattern, lambda found: given[found[0]], page.content.decode()).encode()
    return page
