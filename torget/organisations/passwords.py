"""Passwords that anyone who knows the organisation would try first. Docs: docs/operate/security.md."""

from typing import Any

from django.conf import settings
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from torget.matching.rules import fold
from torget.organisations.models import Authority, Organisation

LEFT = 8
"""So many signs must be left of a password when the words of the house are taken out of it."""
REST = 6
"""And so many when one of those that everyone has is taken out."""
LOOKED_AT = 64
WORDS = ("torget", "kommun", "myndighet", "region", "lösenord", "password", "välkommen", "sommar", "vinter")


class OwnWords:
    """Refuses what is little more than the name of the organisation, of its boards or of this program."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raise ValidationError when next to nothing is left without those words."""
        bare = "".join(sign for sign in fold(password) if sign.isalnum())
        for word in sorted(self._words(), key=len, reverse=True):
            bare = bare.replace(word, "")
        if len(bare.strip("0123456789")) < LEFT and bare != "".join(sign for sign in fold(password) if sign.isalnum()):
            raise ValidationError(self.get_help_text(), code="own_words")

    def _words(self) -> set[str]:
        organisation = Organisation.current()
        told = [organisation.name, organisation.short_name, settings.TORGET_URL.split("://", 1)[-1]]
        told += Authority.objects.values_list("name", flat=True)
        return {*WORDS, *(word for name in told for word in fold(name).replace(".", " ").split() if len(word) > 3)}

    def get_help_text(self) -> str:
        """What to do instead."""
        return _("Ta inte organisationens eller Torgets namn till lösenord. Fyra ord som inte hör ihop är bra.")


class LittleMore:
    """Refuses what is one of the passwords that everyone has, and a little more: at twelve signs few of a list are left whole."""

    def __init__(self) -> None:
        self.known = CommonPasswordValidator().passwords

    def validate(self, password: str, user: Any = None) -> None:
        """Raise ValidationError when next to nothing is left without the longest of the list in it."""
        bare = password.casefold()[:LOOKED_AT]
        size = len(bare)
        longest = max(
            (
                end - start
                for start in range(size)
                for end in range(start + 4, size + 1)
                if bare[start:end] in self.known
            ),
            default=0,
        )
        if longest and len(password) - longest < REST:
            raise ValidationError(self.get_help_text(), code="little_more")

    def get_help_text(self) -> str:
        """What to do instead."""
        return _("Ta inte ett lösenord som många har, inte heller med några tecken till.")
