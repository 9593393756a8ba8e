"""The sentences for each code that the actions of conversations refuse with, and for the queues' reasons."""

from django.utils.translation import gettext_lazy as _

REFUSED = {
    "empty": _("Skriv något, så kan vi ta emot det."),
    "too_long": _("Texten är längre än 20 000 tecken. Dela upp den, eller bifoga den som fil."),
    "locked_by_other": _("En kollega svarar nu. Ditt utkast är kvar."),
    "thread_moved": _("Det har hänt något i samtalet sedan du började. Läs det nya. Ditt utkast är kvar."),
    "needs_title": _("Skriv en rubrik, så att andra hittar svaret."),
    "secret": _("Samtalet har en sekretessmarkering och kan inte publiceras."),
    "protected": _(
        "Den som skrev har skyddad identitet. Läs igenom texten och kryssa i att inget röjer vem eller var det är."
    ),
    "not_in_circle": _("Den personen är inte i kretsen som får läsa samtalet. Utöka kretsen först."),
    "not_theirs": _("Skyddad identitet gäller den som har skrivit till oss, inte våra egna svar."),
    "changed_since": _("Samtalet har ändrats sedan du öppnade det. Läs igenom det igen innan du publicerar."),
    "nothing_to_publish": _("Det finns inget kvar att publicera."),
    "unknown_reason": _("Välj varför samtalet avslutas."),
    "unknown_answer": _("Välj ja, delvis eller nej."),
    "no_answer_yet": _("Du har inte fått något svar än."),
    "unknown_channel": _("Den kanalen finns inte."),
    "file_too_large": _("Filen är för stor. Den får vara högst 25 MB."),
    "too_many_files": _("Det är för många filer. Du kan bifoga högst 10."),
    "files_too_large": _("Filerna är för stora tillsammans. De får vara högst 50 MB."),
    "disk_full": _("Vi kan inte spara filer just nu. Din text är kvar. Försök igen om en stund, eller ring oss."),
    "too_fast": _("Det kom många meddelanden på kort tid. Din text är kvar. Vänta en minut och skicka igen."),
}
QUARANTINE = {
    "bad_row": _("En rad i filen gick inte att läsa."),
    "no_header": _("Första raden har inget kolumnnamn som vi känner igen."),
    "no_id": _("Meddelandet saknar id."),
    "no_text": _("Meddelandet saknar text."),
    "not_a_mail": _("Filen är inget mejl."),
    "not_json": _("Svaret är inte JSON, eller avklippt på mitten."),
    "outlook_msg": _("Filen är i Outlooks eget format (.msg). Spara den som .eml och läs in den igen."),
    "file_too_large": _("En bilaga är större än vi tar emot."),
    "too_large": _("Meddelandet eller en bilaga är större än vi tar emot."),
    "too_many_parts": _("Mejlet har fler delar än vi tar emot."),
    "unreadable": _("Meddelandet gick inte att läsa."),
    "could_not_be_kept": _("Meddelandet gick inte att spara."),
}
CLOSED = {
    "no_question": _("Ingen fråga att svara på"),
    "already_answered": _("Redan besvarat på annat håll"),
    "not_for_us": _("Inte till oss"),
    "harassment": _("Trakasseri, bevarat utan svar"),
}

# Why a conversation lies where it does in the queue (priority.reasons).
FIRST = {
    "late": _("Svaret är försenat"),
    "danger": _("Kan vara farligt"),
    "disclosure": _("Skyndsamt: begär ut en handling"),
    "soon": _("Brådskar enligt den som skrev"),
    "vulnerable": _("Kan röra någon som är utsatt"),
    "same": _("Flera frågar samma sak"),
    "question": _("En fråga"),
    "waited": _("Har väntat mer än två dagar"),
}
