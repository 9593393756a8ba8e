"""Icons, state labels, channel marks, and times and numbers in the house style.

A state is always an icon and a word, never a colour alone, and the word is the same everywhere.
"""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from typing import Final

from django import template
from django.conf import settings
from django.urls import get_script_prefix
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from torget.core import clock, dates, languages, large, pages
from torget.core.icons import ICONS

register = template.Library()


@register.simple_tag
def log_in_ways() -> dict[str, object]:
    """By what staff log in, as the module that knows has said when it started: links to providers, and passwords."""
    ways: dict[str, object] = pages.providers.get("log_in_ways", lambda: {"links": [], "passwords": True})()
    return ways


# code → (colour class, icon, word)
STATES: Final[dict[str, tuple[str, str, str | Promise]]] = {
    "new": ("st-new", "new", _("Ny")),
    "assigned": ("st-assigned", "person", _("Tilldelad")),
    "waiting": ("st-approval", "hourglass", _("Väntar")),
    "answered": ("st-answered", "check", _("Besvarad")),
    "closed": ("st-closed", "box", _("Avslutad")),
    "quarantine": ("st-approval", "warning", _("Karantän")),
    "snoozed": ("st-closed", "clock", _("Snoozad")),
    "expert": ("st-expert", "expert", _("Hos expert")),
    "approval": ("st-approval", "hourglass", _("Väntar på godkännande")),
    "draft": ("st-draft", "pencil", _("Utkast")),
    "approved": ("st-assigned", "check", _("Godkänt")),
    "no_way_out": ("st-approval", "no", _("Godkänt, ingen väg ut")),
    "sending": ("st-assigned", "hourglass", _("Skickas")),
    "sent": ("st-answered", "out", _("Skickat")),
    "bounced": ("st-unknown", "undo", _("Studsade")),
    "refused": ("st-unknown", "close", _("Nekades")),
    "unknown": ("st-unknown", "unknown", _("Okänt utfall")),
    "withdrawn": ("st-closed", "undo", _("Taget tillbaka")),
}
"""States of conversations, drafts and answers on their way out."""

REGISTER_STATES: Final[dict[str, tuple[str, str, str | Promise]]] = {
    "registered": ("reg-registered", "stamp", _("Registrerad")),
    "ordered": ("reg-ordered", "folder", _("Hålls ordnad")),
    "trivial": ("reg-trivial", "trivial", _("Ringa betydelse")),
    "unclassified": ("reg-unclassified", "hourglass", _("Inte klassad än")),
    "secret": ("reg-secret", "shield", _("Sekretess")),
}
"""States of records in the register."""

CHANNEL_MARKS: Final[dict[str, tuple[str, str | Promise]]] = {
    "web": ("W", _("Webben")),
    "mail": ("E", _("E-post")),
    "mastodon": ("Ma", "Mastodon"),
    "facebook": ("Fb", "Facebook"),
    "bluesky": ("Bl", "Bluesky"),
    "feed": ("Fl", _("Flöde")),
    "csv": ("Fil", _("Fil (csv)")),
    "jsonl": ("Fil", _("Fil (jsonl)")),
    "api": ("Pg", _("Anslutet system")),
}
"""Channel → (mark of two or three letters, full name for screen readers)."""


@register.simple_tag
def icon(name: str) -> SafeString:
    """The drawing by that name, hidden from screen readers; raises KeyError for a name that is not in `ICONS`."""
    return mark_safe(f'<svg class="i" viewBox="0 0 20 20" aria-hidden="true">{ICONS[name]}</svg>')  # nosec B308, B703  # noqa: S308  our own drawings, by a name from the templates


def _label(kinds: dict[str, tuple[str, str, str | Promise]], code: object, name: str) -> SafeString:
    # A state this table does not know is still shown, as its own code: a page must not fall over on a new state.
    css, drawing, word = kinds.get(str(code), ("st-assigned", "unknown", str(code)))
    text = f"{word} {name}" if name else str(word)
    return format_html('<span class="st {}">{}{}</span>', css, icon(drawing), text)


@register.simple_tag
def state(code: object, name: str = "") -> SafeString:
    """The label of a conversation's or an answer's state; `name` follows the word: "Tilldelad Amina"."""
    return _label(STATES, code, name)


@register.simple_tag
def register_state(code: object) -> SafeString:
    """The label of a record's state in the register."""
    return _label(REGISTER_STATES, code, "")


@register.simple_tag
def channel_mark(channel: object, name: bool = False) -> SafeString:
    """The channel's two or three letters; its full name for screen readers, and with `name` for all."""
    code = str(channel)
    letters, full = CHANNEL_MARKS.get(code, (code[:2].capitalize(), code))
    shown = format_html("<span>{}</span>", full) if name else format_html('<span class="sr">{}</span>', full)
    return format_html('<span class="src"><span class="chan" aria-hidden="true">{}</span> {}</span>', letters, shown)


@register.simple_tag
def site_path(path: str) -> str:
    """A page of ours in the language being read: "/kanaler/" is "/en/kanaler/" in English."""
    language = get_language() or "sv"
    prefix = "en/" if language.startswith("en") else ""
    return get_script_prefix() + prefix + path.lstrip("/")


@register.filter
def sprak(text: object) -> str:
    """The language that words seem to be in, where it is another than the page's: `sv` or `en`; else nothing."""
    guessed = languages.guess(str(text or ""))
    return "" if not guessed or guessed == _reading()[:2] else guessed


@register.simple_tag
def lang_of(text: object) -> SafeString:
    """For the tag around what people have written: ` lang="sv"` where the page is in another language than the words.

    A screen reader then changes its voice (WCAG 2.2, 3.1.2).
    """
    guessed = sprak(text)
    return format_html(' lang="{}"', guessed) if guessed else SafeString()  # safe: nothing at all


@register.simple_tag
def is_large() -> bool:
    """Whether this page is one of large type."""
    return large.is_large()


def _reading() -> str:
    return get_language() or "sv"


@register.filter
def klock(moment: datetime | time | None) -> str:
    """`14.07`, in English `14:07`; nothing for None."""
    if isinstance(moment, time):
        return dates.clock_time(moment, _reading())
    return dates.time_of_day(moment, _reading()) if moment else ""


@register.filter
def sekund(moment: datetime | None) -> str:
    """`14.07.31`: a time that is counted down to."""
    return dates.to_the_second(moment, _reading()) if moment else ""


@register.filter
def datum(day: date | None) -> str:
    """`16 november 2026`."""
    return dates.long_date(day, _reading()) if day else ""


@register.filter
def datum_kort(day: date | None) -> str:
    """`16 nov`."""
    return dates.short_date(day, _reading()) if day else ""


@register.filter
def datumtid(moment: datetime | None) -> str:
    """`16 november 2026 kl. 14.07`."""
    return dates.date_and_time(moment, _reading()) if moment else ""


@register.filter
def nar(moment: datetime | None) -> str:
    """A row's age in few letters: `13.21`, `fre` or `16 nov`."""
    return dates.when_in_list(moment, clock.now(), _reading()) if moment else ""


@register.filter
def frist(moment: datetime | None) -> str:
    """A time limit in words: `i dag 16.00`."""
    return dates.due(moment, clock.now(), _reading()) if moment else ""


@register.filter
def snart(moment: datetime | None) -> bool:
    """Whether a time limit has passed or is less than four hours away."""
    return bool(moment) and dates.is_soon(moment, clock.now())  # type: ignore[arg-type]


@register.filter
def heltal(number: int | float | Decimal | None) -> str:
    """`18 204`; nothing for None."""
    return "" if number is None else dates.whole(number, _reading())


@register.filter
def decimal(number: int | float | Decimal | None, decimals: int = 1) -> str:
    """`3,2`, or with more decimals when asked: `|decimal:2`."""
    return "" if number is None else dates.fraction(number, _reading(), decimals)


@register.filter
def iso(moment: datetime | None) -> str:
    """For `<time datetime="…">`: the moment on our clock with its offset, to the second."""
    return dates.local(moment).isoformat(timespec="seconds") if moment else ""


@register.filter
def tel(phone: str) -> str:
    """What a phone dials: the digits of `0000-00 00 00`, with a leading plus sign kept."""
    return ("+" if phone.strip().startswith("+") else "") + "".join(mark for mark in phone if mark.isdigit())


@register.simple_tag
def oembed_link(number: int) -> str:
    """Where others' pages find how to embed a published conversation (oEmbed's discovery)."""
    return f"{settings.TORGET_URL}/oembed?{urlencode({'url': f'{settings.TORGET_URL}/samtal/{number}/'})}"
