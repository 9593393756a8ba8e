"""Rows of the public register as HTML. What many rows share is made once, and of each only its number, subject and links.

No template: fifty rows by one cost 16 milliseconds of CPU, by this one and a half.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from html import escape
from urllib.parse import quote_plus

from django.template.loader import render_to_string
from django.urls import get_script_prefix
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from torget.core import dates
from torget.core.navigation import address
from torget.core.templatetags.torget import channel_mark, register_state
from torget.register import reading
from torget.register.public import Found, state_of


def register_of(prefix: str) -> str:
    """The address of an authority's register, "" for that of all."""
    return address("register:authority", prefix) if prefix else address("register:public")


@dataclass(frozen=True, slots=True)
class _Shared:
    """What rows in one language and size of type have in common, as HTML."""

    language: str
    write: str
    without_number: SafeString
    hidden: SafeString
    ask_secret: str
    ask: str
    message: str
    private: SafeString
    not_told: SafeString


def rows_of(found: Iterable[Found], organisation: str, *, in_case: bool = False) -> SafeString:
    """All of them. `in_case`: on the page of their case, where each has a place of its own and none leads to it."""
    shared, us, found = _shared(get_language() or "sv", get_script_prefix()), escape(organisation), list(found)
    # Where a row's case lies; on the page of the case none leads to it.
    homes = {} if in_case else {prefix: register_of(prefix) for prefix in {one.prefix for one in found}}
    rows = "".join([_row(one, us, shared, homes) for one in found])
    return mark_safe(rows)  # nosec B308, B703  # noqa: S308  each word is escaped where it is put in, just below


def _row(found: Found, us: str, shared: _Shared, homes: Mapping[str, str]) -> str:
    row, language = found.row, shared.language
    place = "" if homes else f' id="handling-{found.number}"'
    sender = us if row.from_us else shared.not_told if row.secret else shared.private
    return (
        f'<tr{place}><th scope="row">{_day(row.day, language)}</th><td class="dnr">{escape(row.number) or shared.without_number}'
        f'</td>\n<td>{_subject(found, shared, homes)} <span class="sr">{escape(row.authority)}</span></td>\n<td>{sender}</td>'
        f"\n<td>{_channel(row.channel, language)}</td><td>{_state(state_of(row), language)}</td></tr>"
    )


def _subject(found: Found, shared: _Shared, homes: Mapping[str, str]) -> str:
    """What it is about, as far as that is shown, and the way on: to its case, or to ask for it."""
    row, number = found.row, f'<span class="sr"> {escape(found.row.number)}</span>'
    about = f'<span lang="sv">{escape(row.subject)}</span>' if row.subject else ""
    if homes and found.case and not row.secret:
        case = escape(f"{homes[found.prefix]}{found.year:04d}/{found.case:04d}/#handling-{found.number}")
        return f'<a href="{case}">{about or shared.message + number}</a>'
    # The key matters only where the row has no number to be asked for by.
    asked = escape(f"{shared.write}?handling={quote_plus(row.number or reading.hide(found.key))}")
    if row.secret:
        return f'{shared.hidden} <a href="{asked}">{shared.ask_secret}{number}</a>'
    return f'{about or shared.message} <a class="ask" href="{asked}">{shared.ask}{number}</a>'


@lru_cache(maxsize=20)
def _shared(language: str, script_prefix: str) -> _Shared:
    return _Shared(
        language=language,
        write=address("conversations:write"),
        without_number=format_html('<span class="none">{}</span>', _("Utan nummer")),
        hidden=format_html('<span class="none">{}</span>', _("Ämnet visas inte.")),
        ask_secret=escape(_("Fråga om du får läsa den")),
        ask=escape(_("Begär ut")),
        message=escape(_("Meddelande")),
        private=render_to_string("components/masked.html", {"text": ""}),
        not_told=render_to_string("components/masked.html", {"text": _("Uppgiften visas inte")}),
    )


@lru_cache(maxsize=2000)
def _day(day: date, language: str) -> SafeString:
    return format_html('<time datetime="{}">{} {}</time>', day.isoformat(), dates.short_date(day, language), day.year)


@lru_cache(maxsize=500)
def _channel(code: str, language: str) -> SafeString:
    return channel_mark(code, name=True)


@lru_cache(maxsize=500)
def _state(code: str, language: str) -> SafeString:
    return register_state(code)
