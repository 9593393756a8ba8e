"""The organisation's own form: it writes straight into conversations, so only its name is known here."""

from collections.abc import Iterator

from django.utils.translation import gettext

from torget.channels.base import Ignored, Item, Raw, Visibility


class Web:
    """The channel of `/skriv/`: nothing is fetched or read from a file."""

    name = "web"
    mark = "W"
    default_visibility = Visibility.DIRECT

    @property
    def label(self) -> str:
        """What people call it."""
        return gettext("Webben")

    def split(self, body: bytes, source: str) -> Iterator[Raw]:
        """A file is one delivery, which `read` refuses."""
        yield Raw(body=body, source=source)

    def read(self, raw: Raw, *, own: str) -> list[Item]:
        """The form has no files to receive."""
        return [Ignored("not_a_message", detail="web")]
