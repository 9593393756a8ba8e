"""The single keys of the registrar's pages, for the list under `?`. J and K move, desk.js knows them itself."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Key:
    """A key as it is written and what it does."""

    key: str
    does: str | Promise


GROUPS: tuple[tuple[str | Promise, tuple[Key, ...]], ...] = (
    (
        _("Att bekräfta"),
        (
            Key("J", _("Nästa handling")),
            Key("K", _("Förra handlingen")),
            Key("↵", _("Öppna handlingen")),
            Key("B", _("Bekräfta som föreslaget, och gå till nästa")),
            Key("1", _("Registrera")),
            Key("2", _("Håll ordnad")),
            Key("3", _("Ringa betydelse")),
            Key("E", _("Ändra ärendemeningen")),
            Key("S", _("Markera sekretess")),
            Key("A", _("Alla med samma skäl")),
            Key("X", _("Kryssa för raden")),
            Key("G", _("Filter")),
        ),
    ),
    (
        _("I ett ärende"),
        (
            Key("M", _("Slå ihop")),
            Key("D", _("Flytta handlingar")),
            Key("L", _("Länka")),
            Key("C", _("Avsluta, eller öppna igen")),
            Key("R", _("Rätta en uppgift")),
            Key("P", _("Skyddad identitet")),
        ),
    ),
    (_("Överallt"), (Key("/", _("Sök")), Key("?", _("Visa den här listan")))),
)
