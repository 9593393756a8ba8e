"""The design system: every part in every state, light and dark side by side."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from torget.core.access import public
from torget.core.icons import ICONS
from torget.core.templatetags.torget import CHANNEL_MARKS, REGISTER_STATES, STATES

MOMENT = datetime(2026, 11, 16, 13, 7, tzinfo=UTC)
LONG_WORD = "Spårvägsaktiebolagsskensmutsskjutarefackföreningspersonalbeklädnadsmagasinsförrådsförvaltaren"


class ExampleForm(forms.Form):
    """One of each kind of question."""

    text = forms.CharField(
        label=gettext_lazy("Vad vill du säga?"),
        help_text=gettext_lazy("Skriv som du pratar."),
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": gettext_lazy("Skriv vad du tycker, så kan vi ta emot det.")},
    )
    email = forms.EmailField(
        label=gettext_lazy("Din e-post"),
        required=False,
        error_messages={
            "invalid": gettext_lazy("Adressen saknar @. Så här kan den se ut: namn@exempel.se"),
        },
    )
    subject = forms.ChoiceField(
        label=gettext_lazy("Vad gäller det?"),
        choices=[("traffic", gettext_lazy("Resa och trafik")), ("school", gettext_lazy("Skola och förskola"))],
    )
    answer_by = forms.ChoiceField(
        label=gettext_lazy("Hur vill du ha svaret?"),
        help_text=gettext_lazy("Kvittot får du alltid."),
        choices=[("receipt", gettext_lazy("På kvittot")), ("mail", gettext_lazy("Med e-post också"))],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Välj hur du vill ha svaret.")},
    )
    attachments = forms.FileField(
        label=gettext_lazy("Bilagor"), help_text=gettext_lazy("Högst 10 filer, 25 MB var."), required=False
    )
    open_answer = forms.BooleanField(label=gettext_lazy("Andra får läsa frågan och svaret"), required=False)


def _forms(theme: str) -> dict[str, ExampleForm]:
    empty = ExampleForm(auto_id=f"{theme}_%s", initial={"subject": "traffic", "answer_by": "receipt"})
    given = {f"{theme}-email": "kim", f"{theme}-subject": "traffic"}
    wrong = ExampleForm(given, auto_id=f"{theme}_fel_%s", prefix=theme)
    wrong.is_valid()
    return {"form": empty, "bad_form": wrong}


def _way() -> dict[str, list[dict[str, str]]]:
    return {
        "steps": [
            {"label": _("Inkom och registrerades"), "when": _("I dag, 16 november 2026 kl. 14.07"), "state": "done"},
            {"label": _("Vi läser det du skrev"), "when": _("Senast onsdag 18 november"), "state": "now"},
            {"label": _("Du får svar"), "when": _("Senast måndag 23 november, här på kvittot"), "state": "later"},
        ],
        "mini_steps": [
            {"label": _("In"), "state": "done"},
            {"label": _("Handlägg"), "state": "done"},
            {"label": _("Ut"), "state": "now"},
            {"label": _("Bevara"), "state": "done"},
            {"label": _("Räkna"), "state": "later"},
        ],
    }


def _examples() -> dict[str, Any]:
    return {
        "moment": MOMENT,
        "long_word": LONG_WORD,
        "states": list(STATES),
        "register_states": list(REGISTER_STATES),
        "channels": list(CHANNEL_MARKS),
        "icons": list(ICONS),
        "files": [
            {"name": _("hållplats-a.jpg"), "size": 482_113, "url": "#lists"},
            {"name": _("protokoll.zip"), "size": 31_004, "why": _("Visas inte: vi öppnar inte packade filer.")},
            {"name": LONG_WORD + ".pdf", "size": 1_204_998, "url": "#lists"},
        ],
        **_way(),
    }


PARTS = [
    ("labels", gettext_lazy("Märken och lägen")),
    ("words", gettext_lazy("Besked och knappar")),
    ("forms", gettext_lazy("Formulär")),
    ("lists", gettext_lazy("Listor och bilagor")),
    ("receipt", gettext_lazy("Kvitto")),
    ("conversation", gettext_lazy("Öppet samtal")),
    ("desk", gettext_lazy("Arbetsbordet")),
    ("register", gettext_lazy("Diariet")),
    ("results", gettext_lazy("Resultat")),
    ("settings", gettext_lazy("Inställningar och inloggning")),
]
"""Template in `core/parts/` → heading."""


@public("the design system shows example data only", stored=True)
def components(request: HttpRequest) -> HttpResponse:
    """`/components/`: each part in each state, in light and dark; a test holds it to the list of templates."""
    examples = _examples()
    parts = [
        {
            "id": name,
            "title": title,
            "template": f"core/parts/{name}.html",
            "looks": [{"theme": theme, **_forms(theme)} for theme in ("light", "dark")],
        }
        for name, title in PARTS
    ]
    response = render(request, "core/components.html", {**examples, "parts": parts})
    # The staff's parts ask for a form token, which would set a cookie; on this page nothing is ever posted.
    request.META.pop("CSRF_COOKIE_NEEDS_UPDATE", None)
    return response
