"""The words of the set-up: its steps with their why, refusals, and what is wrong with a row of a list."""

from django.utils.translation import gettext_lazy as _

from torget.setup.rules.guide import Standing, Step

STEPS = {
    Step.LOOK: (
        _("Namn och utseende"),
        _("Så att den som skriver ser att det är er. Färgen prövas så att alla kan läsa texten."),
    ),
    Step.AUTHORITIES: (
        _("Nämnder och enheter"),
        _("Varje nämnd är en egen myndighet med eget diarium. En enhet är en grupp som ni lämnar frågor till."),
    ),
    Step.HOURS: (
        _("Öppettider och stängda dagar"),
        _("De avgör när ett svar ska vara klart. Helgdagarna är redan inlagda."),
    ),
    Step.STAFF: (
        _("Medarbetare"),
        _("Var och en loggar in som sig själv. Då syns vem som svarar, och ingen svarar på samma sak."),
    ),
    Step.CHANNELS: (
        _("Kanaler"),
        _(
            "Därifrån kommer frågorna, och dit går svaren. Börja med e-posten. Inget hämtas förrän ni har sett vad det är."
        ),
    ),
    Step.COSTS: (
        _("Tider och kostnader"),
        _(
            "Av dem räknas vad arbetet var värt. Förvalen är inte era siffror, och det står det överallt där de används."
        ),
    ),
    Step.RETENTION: (
        _("Vad som får gallras"),
        _("Det som inte behövs ska inte sparas. Men inget gallras utan beslut, och inget försvinner av sig självt."),
    ),
    Step.TEXTS: (
        _("Texter"),
        _("Era egna ord där invånarna läser först. Det som måste stå där, som numret och tiden, står kvar."),
    ),
    Step.EXAMPLE: (
        _("Titta på ett exempel"),
        _("Så ser disken ut när det har kommit frågor. Allt på sidan är påhittat."),
    ),
}
STANDINGS = {Standing.OPEN: _("Att göra"), Standing.DONE: _("Klart"), Standing.SKIPPED: _("Hoppat över")}
REFUSED = {
    "already_staff": _("Den adressen har redan ett konto här."),
    "already_invited": _("Den adressen är redan inbjuden. Skicka inbjudan igen i stället."),
    "used": _("Inbjudan är redan använd."),
    "revoked": _("Inbjudan är återtagen."),
    "yourself": _("Du kan inte stänga av dig själv. Be en annan administratör."),
    "last_administrator": _("Ni måste ha minst en administratör. Gör någon annan till administratör först."),
    "prefix_used": _("Beteckningen står redan i diarienummer och går inte att ändra. Namnet går att ändra."),
    "file_too_large": _("Bilden är för stor. Högst 2 MB."),
    "not_a_picture": _("Filen är ingen bild som vi kan visa. Spara den som PNG, JPEG eller WebP. SVG kan innehålla program."),
    "picture_failed": _("Bilden går inte att läsa. Den är trasig eller har för många punkter. Pröva en annan."),
    "disk_full": _("Det finns inte plats att spara bilden. Be den som sköter servern om mer plats."),
    "no_mandate": _("Skriv vilket beslut som gäller. Utan beslut får inget gallras."),
}  # fmt: skip
CLOSED = {
    "unknown": _("Länken stämmer inte. Kontrollera att du fick med hela, eller be om en ny."),
    "used": _("Länken är redan använd. Logga in med den adress som du blev inbjuden med."),
    "revoked": _("Inbjudan är återtagen. Be den som bjöd in dig om en ny, om det var ett misstag."),
    "expired": _("Länken gällde i fjorton dagar och är för gammal. Be den som bjöd in dig att skicka en ny."),
    "already_staff": _("Du har redan ett konto här. Logga in i stället."),
}
FILE = {
    "too_large": _("Filen är för stor. Högst 500 kB. Dela den i flera."),
    "not_text": _("Filen är ingen textfil. Spara listan som CSV i kalkylprogrammet."),
    "not_csv": _("Filen går inte att läsa som en lista. Ett citattecken saknar nog sin andra hälft."),
    "empty": _("Det finns inga rader i listan."),
    "no_columns": _("Första raden ska namnge kolumnerna: namn; e-post; roll, och om ni vill enhet och titel."),
    "too_many": _("Högst 1 000 rader åt gången. Dela listan i flera."),
}
ROW = {
    "too_many_cells": _("Raden har fler rutor än första raden. Finns skiljetecknet i ett namn?"),
    "control": _("Raden har tecken som inte syns. Skriv om den."),
    "formula": _("En ruta börjar med =, +, - eller @, som kalkylprogram räknar med. Ta bort tecknet."),
    "no_name": _("Namnet saknas."),
    "long": _("En ruta har mer än 120 tecken."),
    "bad_mail": _("E-postadressen går inte att skicka till."),
    "no_role": _("Rollen saknas."),
    "bad_role": _("Rollen finns inte. Välj kommunikatör, expert, godkännare, registrator, chef eller administratör."),
    "bad_unit": _("Enheten finns inte. Lägg till den först, eller lämna rutan tom."),
    "twice": _("Adressen står redan längre upp i listan. Den raden gäller."),
    "known": _("Finns här redan och ändras inte."),
}
MAIL = {
    "waiting": _("Mejlet är på väg"),
    "sent": _("Mejlet är skickat"),
    "refused": _("Mejlet kom inte fram. Lämna länken på annat sätt"),
    "none": _("Lämna länken själv: Torget kunde inte skicka mejl"),
}
TRIED = {
    "sent": _("Mejlservern har tagit emot provmejlet. Titta i din brevlåda."),
    "later": _("Mejlservern svarar inte just nu. Inget är skickat."),
    "refused": _("Mejlservern säger nej. Inget är skickat."),
    "unknown": _("Förbindelsen bröts. Mejlet kan ha gått iväg. Titta i din brevlåda."),
}
