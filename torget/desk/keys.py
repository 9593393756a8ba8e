"""The single keys of the desk: one list for the dialog under `?`, the page `/disk/genvagar/`, and the marks in the pages.

A key acts on the element of the page that has it as `data-key`: a link or button is pressed, what is folded is opened and
its first field gets the cursor. J and K move in the queue; desk.js knows them itself.
"""

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
        _("I kön"),
        (
            Key("J", _("Nästa i kön")),
            Key("K", _("Förra i kön")),
            Key("↵", _("Öppna samtalet")),
            Key("V", _("Välj flera")),
            Key("X", _("Markera raden")),
            Key("1", _("Att göra nu")),
            Key("2", _("Mina")),
            Key("3", _("Lediga")),
            Key("G", _("Fler köer, vyer och filter")),
            Key("/", _("Sök")),
        ),
    ),
    (
        _("I samtalet"),
        (
            Key("R", _("Till svarsrutan")),
            Key("T", _("Ta samtalet, eller ta över det")),
            Key("M", _("Svarsmallar")),
            Key("N", _("Intern anteckning")),
            Key("B", _("Be om godkännande, eller om ändring")),
            Key("E", _("Fråga expert")),
            Key("L", _("Lämna vidare: person, enhet eller myndighet")),
            Key("U", _("Taggar")),
            Key("S", _("Snooza")),
            Key("H", _("Slå ihop eller dela")),
            Key("A", _("Avsluta utan svar, eller skräp")),
            Key("O", _("Ta upp samtalet igen")),
            Key("Z", _("Ångra svaret som väntar")),
            Key("P", _("Öppen sida")),
        ),
    ),
    (
        _("Överallt"),
        (
            Key("Ctrl ↵", _("Lämna in det du skriver")),
            Key("Esc", _("Ut ur rutan")),
            Key("I", _("Notiser")),
            Key("?", _("Visa den här listan")),
        ),
    ),
)
