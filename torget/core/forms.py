"""What is true of every form of ours."""

from typing import Any

from django.utils.translation import gettext as _


class PlainErrors:
    """Names the question that was left empty, in our own words; for forms whose questions do not say it themselves."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():  # type: ignore[attr-defined]
            if field.label:
                field.error_messages["required"] = _("Fyll i ”%(question)s”.") % {"question": field.label}
