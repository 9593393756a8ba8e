"""What staff write: the post, another time, what should be changed."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from torget.channels.registry import CHANNELS
from torget.conversations.forms import FilesField
from torget.conversations.models import Account
from torget.core import clock
from torget.core.forms import PlainErrors
from torget.posts import words
from torget.posts.models import Post, PostPicture
from torget.posts.rules import fitting, spans

NOW, LATER = "now", "later"


def label_of(account: Account) -> str:
    """An account as one chooses it: its channel, what it is called, and its name there where that is another."""
    channel = CHANNELS.get(account.channel)
    where = channel.label if channel else account.channel.title()
    name = str(account)
    return f"{where}: {name}" if name == account.handle or not account.handle else f"{where}: {name} ({account.handle})"


class WhenForm(forms.Form):
    """When a post leaves: as soon as it is approved, or at a time on the wall in Stockholm."""

    when = forms.ChoiceField(
        label=_("När ska det gå ut?"),
        choices=[(NOW, _("Så fort det är godkänt")), (LATER, _("Vid en viss tid"))],
        widget=forms.RadioSelect,
        initial=NOW,
        error_messages={"required": _("Välj när det ska gå ut."), "invalid_choice": _("Välj när det ska gå ut.")},
    )
    day = forms.DateField(
        label=_("Dag"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": _("Skriv dagen som 2026-11-24.")},
    )
    clock = forms.TimeField(
        label=_("Klockslag"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        input_formats=["%H:%M", "%H.%M", "%H:%M:%S"],
        error_messages={"invalid": _("Skriv klockslaget som 14.00.")},
    )

    def clean(self) -> dict[str, Any]:
        """Day and time together, as `planned_at` (None: at once)."""
        data: dict[str, Any] = super().clean() or {}
        data["planned_at"] = None
        if data.get("when") == LATER and not {"day", "clock"} & set(self.errors):
            day, time = data.get("day"), data.get("clock")
            if day is None:
                self.add_error("day", _("Välj vilken dag."))
            elif not 2000 <= day.year <= 2100:
                self.add_error("day", _("Året ser fel ut. Skriv dagen som 2026-11-24."))
            elif time is None:
                self.add_error("clock", _("Välj ett klockslag."))
            elif (planned := spans.moment(day, time)) is None:
                self.add_error("clock", _("Den timmen finns inte: klockan ställs fram den natten."))
            else:
                data["planned_at"] = planned
        return data

    @staticmethod
    def initial_of(planned_at: datetime | None) -> dict[str, Any]:
        """The fields as they stand for a post."""
        if planned_at is None:
            return {"when": NOW}
        local = planned_at.astimezone(clock.STOCKHOLM)
        return {"when": LATER, "day": local.date(), "clock": local.time().replace(second=0, microsecond=0)}


class PostForm(PlainErrors, WhenForm):
    """A post. Fields for each account's own text and each picture's words come on top: `variants()`, `pictures()`."""

    text = forms.CharField(
        label=_("Text"),
        widget=forms.Textarea(attrs={"rows": 7, "maxlength": fitting.MAX_TEXT}),
        max_length=fitting.MAX_TEXT,
        strip=False,
        error_messages={"required": _("Skriv en text."), "max_length": words.REFUSED["too_long"]},
    )
    accounts = forms.MultipleChoiceField(
        label=_("Konton"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": words.REFUSED["unknown_account"]},
    )
    link = forms.CharField(
        label=_("Länk"),
        help_text=_("Läggs sist i texten, om den inte redan står där."),
        required=False,
        max_length=1000,
    )
    link_title = forms.CharField(
        label=_("Sidans rubrik"),
        help_text=_("Så att ni ser hur kortet blir. Kanalen hämtar själv rubriken från sidan."),
        required=False,
        max_length=200,
    )
    upload = FilesField(
        label=_("Lägg till bilder"),
        help_text=_("Högst 4. Spara, så får varje bild en ruta för vad den visar."),
        required=False,
    )
    warning = forms.CharField(
        label=_("Innehållsvarning"),
        help_text=_("Det man ser innan man öppnar. Till exempel: bilder från olyckan."),
        required=False,
        max_length=200,
    )
    language = forms.ChoiceField(label=_("Språk"), choices=list(words.LANGUAGES.items()), initial="sv", required=False)
    title = forms.CharField(
        label=_("Rubrik i planen"), help_text=_("Syns bara för er."), required=False, max_length=100
    )
    seen = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, accounts: Sequence[Account], pictures: Iterable[PostPicture] = (), **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.to_choose, self.kept_pictures = list(accounts), list(pictures)
        choices = [(str(account.pk), label_of(account)) for account in accounts]
        self.fields["accounts"].choices = choices  # type: ignore[attr-defined]
        self.fields["upload"].widget.attrs["accept"] = "image/*"
        for account in accounts:
            self.fields[f"variant_{account.pk}"] = forms.CharField(
                label=_("Egen text för %(account)s") % {"account": label_of(account)},
                required=False,
                strip=False,
                max_length=fitting.MAX_TEXT,
                widget=forms.Textarea(attrs={"rows": 4}),
                error_messages={"max_length": words.REFUSED["too_long"]},
            )
        for number, picture in enumerate(self.kept_pictures, start=1):
            self.fields[f"alt_{_name(picture)}"] = forms.CharField(
                label=_("Vad visar bild %(number)s?") % {"number": number},
                help_text=_("För den som inte ser bilden. Skriv det som har betydelse, också text som står i den."),
                required=False,
                initial=picture.alt,
                max_length=2000,
                widget=forms.Textarea(attrs={"rows": 2}),
                error_messages={"max_length": words.FAULTS["alt_too_long"]},
            )
            self.fields[f"drop_{_name(picture)}"] = forms.BooleanField(
                label=_("Ta bort bild %(number)s") % {"number": number}, required=False
            )

    @classmethod
    def initial_for(cls, post: Post) -> dict[str, Any]:
        """The fields as they stand."""
        version = post.now
        return {
            "text": version.text,
            "title": version.title,
            "accounts": [str(key) for key in version.accounts],
            "link": version.link,
            "link_title": version.link_title,
            "warning": version.warning,
            "language": version.language,
            "seen": version.number,
            **{f"variant_{key}": text for key, text in version.variants.items()},
            **cls.initial_of(post.planned_at),
        }

    def variant_fields(self) -> list[forms.BoundField]:
        """The boxes for texts of accounts' own, those in use first."""
        fields = [self[f"variant_{account.pk}"] for account in self.to_choose]
        return sorted(fields, key=lambda field: not field.value())

    def picture_rows(self) -> list[dict[str, Any]]:
        """Each kept picture with its boxes."""
        return [
            {"picture": picture, "alt": self[f"alt_{_name(picture)}"], "drop": self[f"drop_{_name(picture)}"]}
            for picture in self.kept_pictures
        ]

    def given(self) -> dict[str, Any]:
        """What was given in the fields that are in order, whether the whole form is or not."""
        self.is_valid()
        return getattr(self, "cleaned_data", {})

    def variants(self) -> dict[int, str]:
        """Texts of accounts' own."""
        data = self.given()
        return {
            account.pk: text for account in self.to_choose if (text := data.get(f"variant_{account.pk}", "")).strip()
        }

    def pictures(self) -> list[tuple[PostPicture, str]]:
        """The pictures that stay, with their words; one that came after the page was shown keeps its own."""
        data, found = self.given(), []
        for picture in self.kept_pictures:
            name = f"alt_{_name(picture)}"
            if not data.get(f"drop_{_name(picture)}"):
                found.append((picture, str(data.get(name, "")) if name in self.data else picture.alt))
        return found


def _name(picture: PostPicture) -> str:
    """What a picture is called in the form: the same in each version, so that a save beside another's loses nothing."""
    return picture.blob_id[:16]


class SendBackForm(forms.Form):
    """What a colleague wants changed."""

    wanted = forms.CharField(
        label=_("Vad ska ändras?"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": words.REFUSED["empty"]},
    )
