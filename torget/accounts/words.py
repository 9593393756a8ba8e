"""The words for codes: what was done with an account, why something was refused, by what somebody logged in."""

from django.utils.translation import gettext_lazy as _

EVENTS = {
    "staff.logged_in": _("Loggade in"),
    "staff.logged_out": _("Loggade ut"),
    "staff.log_in_failed": _("Inloggning misslyckades"),
    "staff.factor_failed": _("Fel kod eller nyckel"),
    "staff.provider_refused": _("Inloggning via leverantör nekades"),
    "staff.session_ended": _("En inloggning avslutades"),
    "staff.sessions_ended": _("Loggades ut överallt"),
    "staff.not_me": _("”Det var inte jag”: loggades ut överallt"),
    "staff.password_changed": _("Bytte lösenord"),
    "staff.factor_added": _("Lade till en andra faktor"),
    "staff.factor_removed": _("Tog bort en andra faktor"),
    "staff.codes_renewed": _("Gjorde nya reservkoder"),
    "staff.tied": _("Kontot knöts till leverantören"),
    "staff.made_by_claims": _("Kontot skapades av leverantörens uppgifter"),
    "staff.role_by_claims": _("Rollen ändrades av leverantörens uppgifter"),
    "staff.role_kept": _("Rollen behölls: den sista administratören"),
    "staff.shut_by_claims": _("Kontot stängdes: ingen roll i leverantörens uppgifter"),
    "staff.opened_by_claims": _("Kontot öppnades av leverantörens uppgifter"),
    "staff.invited": _("Bjöd in en kollega"),
    "staff.invited_again": _("Skickade en inbjudan igen"),
    "staff.invitation_revoked": _("Tog tillbaka en inbjudan"),
    "staff.joined": _("Började, genom en inbjudan"),
    "staff.changed": _("Ändrade en medarbetares roll eller uppgifter"),
    "staff.deactivated": _("Stängde av ett konto"),
    "staff.reactivated": _("Öppnade ett konto igen"),
    "login.policy_changed": _("Ändrade hur man loggar in"),
    "login.provider_changed": _("Ändrade en leverantör"),
    "login.provider_tested": _("Provade en leverantör"),
    "login.roles_changed": _("Ändrade tabellen med roller"),
    "login.log_exported": _("Hämtade kontologgen"),
    "register.exported": _("Lämnade ut diariet som fil"),
}
JOURNAL = EVENTS | {
    "identity.asked": _("Bad den som skrev att legitimera sig"),
    "identity.given": _("Den som skrev legitimerade sig"),
    "identity.withdrawn": _("Tog tillbaka frågan om legitimation"),
    "identity.read": _("Läste hela personnumret"),
    "my_cases.opened": _("Öppnade sina ärenden med en länk i e-post"),
}
REFUSED = {
    "not_web": _("Skriv en adress som börjar med https://"),
    "not_https": _("Adressen måste börja med https://"),
    "has_more": _("Skriv bara utfärdarens adress, utan frågetecken och utan .well-known."),
    "unreachable": _("Leverantören svarar inte. Ligger den i ert eget nät behövs TORGET_ALLOW_PRIVATE=1."),
    "not_json": _("Leverantören svarade med något vi inte kan läsa."),
    "no_document": _("Leverantören har ingen beskrivning på den adressen. Är utfärdarens adress rätt?"),
    "other_issuer": _("Leverantören säger att den heter något annat. Skriv adressen precis som leverantören gör."),
    "no_code_flow": _("Leverantören kan inte logga in på det sätt vi använder (authorization code)."),
    "no_secret": _("Klienthemligheten saknas."),
    "key_broken": _("Filen med klienthemligheten går inte att läsa. Skriv hemligheten på nytt."),
    "no_provider": _("Slå först på en leverantör och prova den."),
    "no_administrator": _("En administratör måste först ha loggat in via leverantören. Annars kan alla bli utelåsta."),
    "last_way_in": _("Lösenord är avstängda. Slå på dem innan du stänger av leverantören."),
    "asked": _("Ni har redan bett om legitimation."),
    "not_open": _("Ni ber inte längre om legitimation."),
    "no_number": _("Leverantören lämnade inget personnummer."),
    "seal_broken": _("Numret är förseglat med en annan nyckel än den som finns här."),
}
ENTERING = {
    "no_role": _("Ditt konto hos leverantören ger ingen roll i Torget. Be en administratör om hjälp."),
    "shut": _("Kontot är avstängt. Be en administratör öppna det igen om du behöver det."),
    "no_address": _("Leverantören lämnade ingen e-postadress, så vi vet inte vem du är."),
    "address_taken": _("Det finns redan ett konto med din e-postadress. Be en administratör om hjälp."),
    "late": _("Det tog för lång tid. Börja om."),
    "used": _("Den inloggningen är redan använd. Börja om."),
    "no_handshake": _("Inloggningen började inte här. Börja om."),
    "other_browser": _("Inloggningen började i en annan webbläsare. Börja om här."),
    "cancelled": _("Du avbröt. Försök igen när du vill."),
    "loa": _("Inloggningen hos leverantören var inte tillräckligt säker. Välj ett säkrare sätt där, och försök igen."),
}
BUSY = _("Det kom många försök på kort tid. Vänta en minut och försök igen.")
NOT_IDENTIFIED = _("Det gick inte att legitimera dig. Försök igen, eller ring oss.")
FAILED = _("Det gick inte att logga in via leverantören. Försök igen, eller säg till en administratör.")
METHODS = {
    "password": _("lösenord"), "passkey": _("passkey"), "totp": _("engångskod"), "webauthn": _("säkerhetsnyckel"),
    "recovery_codes": _("reservkod"), "oidc": _("leverantör"), "saml": _("leverantör"),
}  # fmt: skip


# The events whose detail is the device of a log-in, and after a point by what it was done.
AT_A_DEVICE = frozenset({"staff.logged_in", "staff.log_in_failed", "staff.factor_failed"})


def detail(kind: str, noted: str) -> str:
    """What was noted about an event, in the language of who reads it."""
    if kind not in AT_A_DEVICE:
        return noted
    device, point, ways = noted.partition(" · ")
    return str(device or _("okänd enhet")) + point + method(ways)


def method(code: str) -> str:
    """`password+totp` as `lösenord och engångskod`."""
    return str(_(" och ")).join(str(METHODS.get(part, part)) for part in code.split("+") if part)
