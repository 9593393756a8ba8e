"""The sentences of working together: refusals, notices, states of an asking, entries of the journal."""

from django.utils.translation import gettext_lazy as _

REFUSED = {
    "field_left": _("Fyll i eller ta bort fältet i svaret innan det går ut."),
    "needs_approval": _("En kollega ska godkänna svaret innan det går ut. Be om godkännande."),
    "already_decided": _("Det är redan avgjort. Läs hur det gick."),
    "own_draft": _("Någon annan än du behöver godkänna det."),
    "not_asked": _("Du är inte den som ska godkänna det."),
    "draft_changed": _("Utkastet har ändrats sedan godkännandet begärdes. Be om ett nytt."),
    "too_many_views": _("Du har redan tolv vyer. Ta bort en som du inte använder."),
    "shift_backwards": _("Passet slutar innan det börjar."),
    "shift_when": _("Välj antingen en veckodag eller ett datum."),
}
NOTICES = {
    "mentioned": _("Du är nämnd i en anteckning"),
    "assigned": _("Du har fått ett samtal"),
    "approval_asked": _("Ett svar väntar på godkännande"),
    "approved": _("Ditt svar är godkänt"),
    "change_wanted": _("Ditt svar behöver ändras"),
    "draft_retired": _("Ett annat svar gick ut, ditt utkast är undanlagt"),
    "taken_over": _("Någon tog över ditt samtal"),
    "expert_answered": _("En expert har svarat"),
    "unknown_outcome": _("Ett svar kom inte fram som det skulle"),
}
ASKED = {
    "open": _("Väntar på godkännande"),
    "approved": _("Godkänt"),
    "change": _("Ska ändras"),
    "withdrawn": _("Taget tillbaka"),
    "changed": _("Ändrat efter att godkännande begärdes"),
    "retired": _("Undanlagt, ett annat svar gick ut"),
}
WEEKDAYS = (
    _("Måndag"),
    _("Tisdag"),
    _("Onsdag"),
    _("Torsdag"),
    _("Fredag"),
    _("Lördag"),
    _("Söndag"),
)
JOURNAL = {
    "approval.asked": _("Bad om godkännande"),
    "approval.given": _("Godkände och skickade svaret"),
    "approval.change_wanted": _("Bad om ändring av svaret"),
    "approval.withdrawn": _("Tog tillbaka frågan om godkännande"),
    "approval.changed": _("Ändrade svaret efter frågan om godkännande"),
    "saved_reply.changed": _("Ändrade en svarsmall"),
    "saved_reply.removed": _("Tog bort en svarsmall"),
    "saved_view.added": _("Sparade en vy"),
    "saved_view.removed": _("Tog bort en vy"),
    "shift.added": _("Lade till ett pass"),
    "shift.removed": _("Tog bort ett pass"),
    "preferences.changed": _("Ändrade sina inställningar"),
}
