"""What the assumptions are called."""

from django.utils.translation import gettext_lazy as _

COSTS = {
    "calls_per_officer_week": _("Telefonsamtal per handläggare och vecka"),
    "hours_per_officer_week": _("Arbetstid per handläggare och vecka"),
    "cost_per_call": _("Kostnad för ett telefonsamtal"),
    "reception_visits_per_day": _("Besök i receptionen per dag"),
    "calls_per_officer_day": _("Telefonsamtal per handläggare och dag"),
    "days_per_week": _("Arbetsdagar per vecka"),
    "minutes_per_call": _("Tid per telefonsamtal, med efterarbete"),
    "minutes_per_visit": _("Tid per besök"),
    "cost_per_visit": _("Kostnad för ett besök"),
    "cost_per_web": _("Kostnad för ett ärende på webben"),
    "cost_per_hour": _("Kostnad för en arbetstimme"),
}
UNITS = {
    "samtal": _("samtal"),
    "timmar": _("timmar"),
    "kronor": _("kronor"),
    "besök": _("besök"),
    "dagar": _("dagar"),
    "minuter": _("minuter"),
}
