"""What modules above put first on the settings' page: functions that give a card, or None when there is nothing to say."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise


@dataclass(frozen=True, slots=True)
class Card:
    """A word and where it leads."""

    title: str | Promise
    text: str | Promise
    url: str
    link: str | Promise


on_settings: list[Callable[[], Card | None]] = []
