"""Passwords that anyone who knows the organisation would try first. Docs: docs/operate/security.md."""

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from torget.matching.rules import fold
from torget.organisations.models import Authority, Organisation

LEFT = 8
"""So many signs must be left of a password when the words of the house are taken out of it."""
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
