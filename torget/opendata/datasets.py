"""What this installation gives away as open data: each set with its columns, its files and how often it changes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from torget.conversations.columns import DIALOGUES, MESSAGES
from torget.core.columns import Column
from torget.organisations.models import Organisation
from torget.register.columns import ROWS
from torget.results.columns import DAYS

CC0: Final = "http://creativecommons.org/publicdomain/zero/1.0/"
_EU: Final = "http://publications.europa.eu/resource/authority"


@dataclass(frozen=True, slots=True)
class File:
    """One way to get a set: its address here, media type, and what it is called."""

    path: str
    media_type: str
    label: str | Promise
    by_api: bool = False


@dataclass(frozen=True, slots=True)
class Dataset:
    """One set. `theme` and `often` are codes of the EU's authority tables (data-theme, frequency)."""

    code: str
    title: str | Promise
    about: str | Promise
    keywords: tuple[str | Promise, ...]
    columns: Sequence[Column]
    files: tuple[File, ...]
    page: str
    often: str
    often_words: str | Promise
    theme: str = "GOVE"
    is_open: bool = True

    @property
    def theme_uri(self) -> str:
        """The theme as an address."""
        return f"{_EU}/data-theme/{self.theme}"

    @property
    def often_uri(self) -> str:
        """How often it changes, as an address."""
        return f"{_EU}/frequency/{self.often}"

    @property
    def access_uri(self) -> str:
        """Whether anyone may have it, as an address."""
        return f"{_EU}/access-right/{'PUBLIC' if self.is_open else 'RESTRICTED'}"


def _api(name: str) -> str:
    return reverse(f"api:{name}")


def _dialogues() -> Dataset:
    return Dataset(
        code="samtal",
        title=_("Öppna frågor och svar"),
        about=_(
            "Frågor från invånare som organisationen har svarat på och publicerat. Vem som frågade finns inte med."
        ),
        keywords=(_("frågor och svar"), _("medborgardialog")),
        columns=DIALOGUES,
        files=(
            File(_api("dialogues"), "application/json", _("JSON, 50 i taget"), by_api=True),
            File(reverse("opendata:feed"), "application/atom+xml", _("Atom, de 50 nyaste")),
        ),
        page=reverse("conversations:square"),
        often="CONT",
        often_words=_("När ett samtal publiceras eller ändras"),
    )


def _register() -> Dataset:
    return Dataset(
        code="diarium",
        title=_("Det öppna diariet"),
        about=_(
            "Vilka handlingar som har kommit in och skickats: nummer, dag, kanal, myndighet, läge och bekräftat ämne."
        ),
        keywords=(_("diarium"), _("allmänna handlingar")),
        columns=ROWS,
        files=(
            File(_api("register"), "application/json", _("JSON, 50 rader i taget"), by_api=True),
            File(reverse("register:table"), "text/csv", _("CSV, högst 20 000 rader")),
            File(reverse("register:feed"), "application/atom+xml", _("Atom, de 50 nyaste raderna")),
        ),
        page=reverse("register:public"),
        often="CONT",
        often_words=_("När en handling kommer in, skickas eller bekräftas"),
    )


def _closed() -> Dataset:
    return Dataset(
        code="stangt",
        title=_("Stängda dagar"),
        about=_("Dagar då vi har stängt. De räknas inte i svarstider."),
        keywords=(_("öppettider"),),
        columns=(Column("DTSTART", _("Dagen."), "day"),),
        files=(File(reverse("opendata:calendar"), "text/calendar", _("Kalender att prenumerera på")),),
        page=reverse("opendata:page"),
        often="IRREG",
        often_words=_("När en stängd dag läggs till eller tas bort"),
    )


def _results() -> Dataset:
    return Dataset(
        code="resultat",
        title=_("Resultat per dag och kanal"),
        about=_(
            "Hur många samtal som började, hur många som är besvarade och om svaren hjälpte. Kräver en nyckel till API:et."
        ),
        keywords=(_("statistik"), _("svarstider")),
        columns=DAYS,
        files=(File(_api("days"), "application/json", _("JSON, högst 92 dagar i taget"), by_api=True),),
        page=reverse("opendata:page"),
        often="DAILY",
        often_words=_("Varje dag"),
        is_open=False,
    )


def datasets(organisation: Organisation) -> list[Dataset]:
    """The sets that there are here and now; the register only while it is public."""
    shown = [_dialogues()]
    if organisation.register_public:
        shown.append(_register())
    return [*shown, _closed(), _results()]


MESSAGE_COLUMNS = MESSAGES
