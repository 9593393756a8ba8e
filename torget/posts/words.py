"""The sentences for the codes of posts: stages, refusals, faults, cautions, problems, what the journal says."""

from django.utils.translation import gettext_lazy as _

# stage → (colour class, icon, word)
STAGES = {
    "draft": ("st-draft", "pencil", _("Utkast")),
    "waiting": ("st-approval", "hourglass", _("Väntar på godkännande")),
    "planned": ("st-assigned", "clock", _("Planerat")),
    "out": ("st-answered", "out", _("Ute")),
    "trouble": ("st-unknown", "unknown", _("Behöver en titt")),
    "deleted": ("st-closed", "trash", _("Borttaget")),
}
SENDINGS = {
    "approved": ("st-assigned", "clock", _("Väntar på sin tid")),
    "sending": ("st-assigned", "hourglass", _("Skickas nu")),
    "sent": ("st-answered", "out", _("Ute")),
    "bounced": ("st-unknown", "undo", _("Studsade")),
    "refused": ("st-unknown", "close", _("Kanalen sa nej")),
    "unknown": ("st-unknown", "unknown", _("Okänt utfall")),
    "no_way_out": ("st-approval", "person", _("Läggs ut för hand")),
    "withdrawn": ("st-closed", "no", _("Stoppat")),
}
LISTS = {
    "draft": _("Utkast"),
    "waiting": _("Väntar på godkännande"),
    "planned": _("Planerade"),
    "out": _("Ute"),
    "trouble": _("Behöver en titt"),
}
EMPTY = {
    "draft": _("Inga utkast."),
    "waiting": _("Inget väntar på godkännande."),
    "planned": _("Inget är planerat."),
    "out": _("Inget inlägg har gått ut härifrån än."),
    "trouble": _("Allt som skulle ut har gått ut."),
}
VIEWS = {"week": _("Vecka"), "month": _("Månad"), "list": _("Lista")}
PARTS = {
    "night": _("Natt"),
    "morning": _("Förmiddag"),
    "afternoon": _("Eftermiddag"),
    "evening": _("Kväll"),
}
LANGUAGES = {
    "sv": _("Svenska"),
    "en": _("Engelska"),
    "fi": _("Finska"),
    "se": _("Nordsamiska"),
    "ar": _("Arabiska"),
    "uk": _("Ukrainska"),
    "so": _("Somaliska"),
    "fa": _("Persiska"),
    "de": _("Tyska"),
    "pl": _("Polska"),
}
REFUSED = {
    "empty": _("Skriv vad som ska ändras."),
    "own_post": _("Du har skrivit det här. En kollega godkänner."),
    "own_time": _("Inlägget är godkänt, så en kollega flyttar det. Eller stoppa det och ändra."),
    "changed_since": _("Inlägget har ändrats sedan du öppnade det. Läs det nya först."),
    "already_approved": _("En kollega hann före. Inlägget är redan godkänt."),
    "not_ready": _("Inlägget är inte klart."),
    "partly_out": _("En del har redan gått ut. Kopiera inlägget och välj de kanaler som är kvar."),
    "already_out": _("Inlägget är ute. Kopiera det om du vill skriva något nytt."),
    "already_leaving": _("Det hann gå ut. Titta i kanalen."),
    "is_approved": _("Stoppa inlägget först. Sedan kan du ta bort det."),
    "deleted": _("Inlägget är borttaget. Hämta tillbaka det först."),
    "unknown_decision": _("Välj vad som hände."),
    "unknown_account": _("Ett av kontona finns inte längre. Välj igen."),
    "too_long": _("Texten är längre än någon kanal tar emot. Korta den till 5 000 tecken."),
    "too_many_pictures": _("Högst 4 bilder i ett inlägg."),
    "file_too_large": _("Bilden är för stor. Den får vara högst 20 MB."),
    "disk_full": _("Vi kan inte spara filer just nu. Din text är kvar. Försök igen om en stund."),
    "not_a_picture": _("Filen är ingen bild som går att visa. Spara den som JPEG eller PNG."),
}
FAULTS = {
    "no_account": _("Välj minst ett konto."),
    "empty": _("Skriv en text."),
    "needs_alt": _("En bild saknar alternativ text. Skriv vad den visar, för den som inte ser den."),
    "alt_too_long": _("En alternativ text är längre än kanalen tar emot."),
    "picture_unreadable": _("En bild går inte att läsa. Ta bort den eller välj en annan."),
    "bad_link": _("Länken ser inte ut som en webbadress. Så här kan den se ut: https://exempel.se/sida"),
    "too_long": _("Texten är för lång här."),
    "too_many_pictures": _("Fler bilder än kanalen visar."),
}
PROBLEMS = {
    "restored": _("Kom tillbaka ur en säkerhetskopia och kan redan ha gått ut."),
    "worker_stopped": _("Torget avbröts mitt i sändningen."),
    "needs_login": _("Kontot behöver logga in igen. Inlägget väntar så länge."),
    "not_connected": _("Kontot är inte anslutet."),
    "pictures_waiting": _("Väntar på att bilderna blir klara."),
    "picture_unreadable": _("En bild går inte att läsa."),
    "file_missing": _("En bild saknas på disken. Återställ den från säkerhetskopian."),
    "file_damaged": _("En bild är skadad på disken. Återställ den från säkerhetskopian."),
    "picture_too_large": _("En bild är större än kanalen tar emot."),
    "too_long": _("Texten är längre än kanalen tar emot."),
    "said_nothing": _("Kanalen svarade utan att säga vad inlägget heter."),
}
FOUND = {
    "not_there": _("Vi har letat i kanalen och inte hittat det."),
    "cannot_see": _("Vi kan inte se i kanalen om det finns där. Titta själv."),
}
JOURNAL = {
    "calendar_link.made": _("Gjorde en kalenderadress"),
    "calendar_link.revoked": _("Tog bort sin kalenderadress"),
    "post.written": _("Började skriva"),
    "post.edited": _("Ändrade"),
    "post.submitted": _("Bad om godkännande"),
    "post.approved": _("Godkände"),
    "post.sent_back": _("Bad om en ändring"),
    "post.withdrawn": _("Stoppade"),
    "post.moved": _("Ändrade tiden"),
    "post.deleted": _("Tog bort"),
    "post.restored": _("Hämtade tillbaka"),
    "post.out": _("Gick ut och blev en handling"),
    "post.unknown": _("Utfallet är okänt"),
    "post.refused": _("Kanalen sa nej"),
    "post.found_sent": _("Såg att det hade gått ut"),
    "post.sent_again": _("Lät det skickas igen"),
    "post.left": _("Lät det vara"),
    "post.looked_for": _("Bad om en titt i kanalen"),
}
