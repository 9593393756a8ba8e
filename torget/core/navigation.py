"""Navigation is a list to which modules add their entry when they start."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.urls import get_script_prefix, reverse
from django.utils.functional import Promise
from django.utils.translation import get_language

REGISTRAR = "registrar:queue"
"""The entry of the staff's bar under which the registrar's pages stand."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One link: label (lazy translated), route name, place in the list, and who may see it (None: everyone)."""

    label: str | Promise
    url_name: str
    order: int
    shown_to: Callable[[Any], bool] | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """An entry as the template needs it."""

    label: str | Promise
    url: str
    current: bool


_public: dict[str, Entry] = {}
_staff: dict[str, Entry] = {}
_registrar: dict[str, Entry] = {}


def public(label: str | Promise, url_name: str, order: int, shown_to: Callable[[Any], bool] | None = None) -> None:
    """Add an entry to the public pages; `shown_to` takes the organisation."""
    _public[url_name] = Entry(label, url_name, order, shown_to)


def staff(label: str | Promise, url_name: str, order: int, shown_to: Callable[[Any], bool] | None = None) -> None:
    """Add an entry to the staff's bar; `shown_to` takes the user."""
    _staff[url_name] = Entry(label, url_name, order, shown_to)


def registrar(label: str | Promise, url_name: str, order: int, shown_to: Callable[[Any], bool]) -> None:
    """Add an entry to the registrar's pages: what is done now and then, and has no place in everyone's bar."""
    _registrar[url_name] = Entry(label, url_name, order, shown_to)


def address(url_name: str, *args: str) -> str:
    """A page's address in the language and the size of type that one reads in; looked up once for each."""
    return _address(url_name, args, get_language(), get_script_prefix())


@lru_cache(maxsize=1000)
def _address(url_name: str, args: tuple[str, ...], language: str | None, prefix: str) -> str:
    return reverse(url_name, args=args)


def _links(entries: dict[str, Entry], path: str, who: Any) -> list[Link]:
    shown = [e for e in sorted(entries.values(), key=lambda e: e.order) if e.shown_to is None or e.shown_to(who)]
    urls = [address(entry.url_name) for entry in shown]
    # The square in both languages: every address begins with it.
    roots = (get_script_prefix(), f"{get_script_prefix()}en/")
    # Of /disk/ and /disk/inlagg/ one is where we are: the longer.
    here = max((url for url in urls if path == url or (url not in roots and path.startswith(url))), key=len, default="")
    return [Link(entry.label, url, url == here) for entry, url in zip(shown, urls, strict=True)]


def public_links(path: str, organisation: Any) -> list[Link]:
    """The public navigation as seen from `path`."""
    return _links(_public, path, organisation)


def staff_links(path: str, user: Any) -> list[Link]:
    """The staff's navigation as seen from `path` by `user`; what is reached from the registrar's pages belongs to them."""
    if REGISTRAR in _staff and any(link.current for link in registrar_links(path, user)):
        path = address(REGISTRAR)
    return _links(_staff, path, user)


def registrar_links(path: str, user: Any) -> list[Link]:
    """What other modules add to the registrar's pages, as seen from `path` by `user`."""
    return _links(_registrar, path, user)
