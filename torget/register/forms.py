"""What a reader of the public register asks for, read from an address; nonsense is no error, it is not asked for."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from torget.organisations.models import Authority
from torget.register import looking
from torget.register.looking import Filters

LONGEST = 60


@dataclass(frozen=True, slots=True)
class Asked:
    """The filters, and the words of the form as they are shown again."""

    filters: Filters
    given: Mapping[str, str]


NAMES = ("q", "period", "fran", "till", "kanal", "lage", "riktning", "nummer")
"""The parameters of the pages, the feed and the file."""


def read(parameters: Mapping[str, str], authority: str = "") -> Asked:
    """Read the parameters of a page's address."""
    given = {name: clean(parameters.get(name, ""), looking.MAX_QUERY if name == "q" else LONGEST) for name in NAMES}
    since, until = looking.day_of(given["fran"]), looking.day_of(given["till"])
    if span := looking.month(given["period"]):
        since, until = _later(since, span[0]), _earlier(until, span[1])
    filters = Filters(
        text=given["q"], authority=authority, channel=given["kanal"], state=given["lage"],
        direction=given["riktning"], number=given["nummer"], since=since, until=until,
    )  # fmt: skip
    return Asked(filters, {name: value for name, value in given.items() if value})


def clean(text: str, longest: int) -> str:
    """A parameter without what no database takes, cut, white space as one space."""
    text = text[: 4 * longest].encode("utf-8", "ignore").decode().replace("\x00", " ")
    return " ".join(text.split())[:longest]


def _later(first: date | None, second: date) -> date:
    return max(first, second) if first else second


def _earlier(first: date | None, second: date) -> date:
    return min(first, second) if first else second


class ExportForm(forms.Form):
    """Which part of the register to hand out."""

    authority = forms.ChoiceField(label=_("Myndighet"), required=False)
    since = forms.DateField(
        label=_("Från och med"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={"invalid": _("Skriv dagen så här: 2026-11-16.")},
    )
    until = forms.DateField(
        label=_("Till och med"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={"invalid": _("Skriv dagen så här: 2026-11-16.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", _("Alla")), *Authority.objects.values_list("prefix", "name")]
        self.fields["authority"].choices = choices  # type: ignore[attr-defined]
