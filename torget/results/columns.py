"""The columns of the results as data, explained."""

from django.utils.translation import gettext_lazy as _

from torget.core.columns import Column

DAYS = (
    Column("day", _("Dagen samtalen började, svensk tid."), "day"),
    Column("channel", _("Kanalen de kom genom, som en kod.")),
    Column("received", _("Samtal som började den dagen."), "count"),
    Column("answered", _("Hur många av dem som har fått svar hittills."), "count"),
    Column("helped_yes", _("Svar på frågan om svaret hjälpte, den dagen: ja."), "count"),
    Column("helped_partly", _("Svar på frågan om svaret hjälpte, den dagen: delvis."), "count"),
    Column("helped_no", _("Svar på frågan om svaret hjälpte, den dagen: nej."), "count"),
)
WEEK = (
    Column("week", _("Veckan, till exempel 2026-W46.")),
    Column("received", _("Samtal som började under veckan."), "count"),
    Column("answered", _("Hur många av dem som har fått svar hittills."), "count"),
    Column("unreached", _("Svar under veckan som den som frågade inte kan läsa än."), "count"),
    Column("people_helped", _("Personer som fick ett svar i veckan. Varje person räknas en gång."), "count"),
    Column("meetings", _("Så många möten vid disken som det motsvarar."), "count"),
)
"""The columns of a week that are whole numbers or text; figures with their reckoning are described in openapi.py."""
