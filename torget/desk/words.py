"""The desk's words for journal entries, outcomes and reasons."""

from importlib import import_module
from importlib.util import find_spec

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from torget.conversations.words import REFUSED as CONVERSATIONS
from torget.core.errors import Refused
from torget.register.words import REFUSED as REGISTER
from torget.team.words import JOURNAL as TEAM_JOURNAL
from torget.team.words import REFUSED as TEAM

JOURNAL = {
    "record.received": _("Kom in och fördes in"),
    "record.withdrawn": _("Svaret togs tillbaka innan det gick ut"),
    "register.exported": _("Diariet lämnades ut som fil"),
    "unit.changed": _("Ändrade en enhet"),
    "account.connected_again": _("Anslöt kanalen igen"),
    "account.gap_looked_at": _("Tittade på en lucka"),
    "record.edited": _("Ändrades av den som skrev"),
    "record.drawn_up": _("Godkände svaret"),
    "record.dispatched": _("Svaret gick ut"),
    "record.registered": _("Registrerades"),
    "record.ordered": _("Hålls ordnad"),
    "record.trivial": _("Ringa betydelse"),
    "record.secrecy_marked": _("Satte sekretessmarkering"),
    "record.secrecy_lifted": _("Tog bort sekretessmarkeringen"),
    "record.erased": _("Gallrade handlingen efter beslut"),
    "record.erased_again": _("Gallrades igen efter en återställning"),
    "hold.set": _("Stoppade gallring"),
    "hold.lifted": _("Hävde stoppet mot gallring"),
    "backup.restored": _("En säkerhetskopia återställdes"),
    "message.deleted_by_sender": _("Togs bort av den som skrev"),
    "conversation.taken": _("Tog samtalet"),
    "conversation.taken_over": _("Tog över samtalet"),
    "conversation.released": _("Lämnade ifrån sig samtalet"),
    "conversation.noted": _("Skrev en anteckning"),
    "conversation.waiting": _("Satte på vänt"),
    "conversation.closed": _("Avslutade utan svar"),
    "conversation.reopened": _("Tog upp samtalet igen"),
    "conversation.published": _("Publicerade samtalet"),
    "conversation.unpublished": _("Tog ner samtalet från de öppna sidorna"),
    "receipt.handed_over": _("Skapade ett kvitto att lämna ut"),
    "answer.helped_yes": _("”Ja, det hjälpte”"),
    "answer.helped_partly": _("”Det hjälpte delvis”"),
    "answer.helped_no": _("”Det hjälpte inte”"),
    "answer.thanked": _("Tackade för svaret"),
    "answer.found_sent": _("Såg att svaret hade gått ut"),
    "answer.sent_again": _("Skickar svaret igen"),
    "answer.withdrawn": _("Tog tillbaka svaret innan det gick ut"),
    "answer.sent_at_once": _("Skickade svaret på en gång"),
    "answer.bounced": _("Svaret studsade"),
    "conversation.assigned": _("Lämnade samtalet vidare"),
    "conversation.snoozed": _("Snoozade samtalet"),
    "conversation.woken": _("Samtalet kom tillbaka i kön"),
    "conversation.tagged": _("Satte taggar"),
    "conversation.untagged": _("Tog bort taggar"),
    "conversation.merged": _("Slog ihop med ett annat samtal"),
    "conversation.unmerged": _("Delade på det som var ihopslaget"),
    "conversation.split": _("Delade samtalet"),
    "conversation.split_off": _("Blev ett eget samtal"),
    "conversation.forwarded": _("Lämnade över till en annan myndighet"),
    "conversation.not_spam": _("Det var inte skräp"),
    "message.moved": _("Flyttades till ett annat samtal"),
    "quarantine.read_again": _("Läste in en leverans igen"),
    "quarantine.set_aside": _("Lade undan en leverans"),
    "organisation.started": _("Började använda Torget"),
    "organisation.changed": _("Ändrade organisationens inställningar"),
    "authority.changed": _("Ändrade en myndighet"),
    "closed_day.added": _("Lade till en stängd dag"),
    "closed_day.removed": _("Tog bort en stängd dag"),
    "unit_cost.changed": _("Ändrade ett antagande"),
    "account.connected": _("Anslöt en kanal"),
    "account.disconnected": _("Kopplade från en kanal"),
    "official_account.changed": _("Ändrade listan över officiella konton"),
    "official_account.removed": _("Tog bort ett konto ur listan över officiella konton"),
    "accessibility.shortcoming_added": _("Skrev upp en brist i tillgängligheten"),
    "accessibility.shortcoming_removed": _("Tog bort en brist i tillgängligheten"),
    "accessibility.statement_written": _("Ändrade tillgänglighetsredogörelsen"),
    "setup.marked": _("Gick vidare i komigång-guiden"),
    "program.changed": _("Ändrade ett anslutet system"),
    "program.secret_changed": _("Bytte hemlighet för ett anslutet system"),
    "program.old_secret_dropped": _("Slutade godta den gamla hemligheten"),
    "token.made": _("Skapade en nyckel till ett anslutet system"),
    "token.revoked": _("Drog in en nyckel till ett anslutet system"),
    "webhook.sent_again": _("Skickade en händelse igen till ett anslutet system"),
    "witness.added": _("Lade till ett vittne till journalen"),
    "witness.removed": _("Tog bort ett vittne till journalen"),
    "witness.key_trusted": _("Godtog ett vittnes nyckel"),
    "witness.fork_found": _("Ett vittne såg en annan journal än vår"),
} | TEAM_JOURNAL
REFUSED = {
    "already_leaving": _("Svaret är redan på väg ut och går inte att ta tillbaka."),
    "needs_approval": _("En kollega ska godkänna svaret innan det går ut. Be om godkännande."),
    "too_far_ahead": _("Det ligger för långt fram. Välj en dag inom ett år."),
    "in_the_past": _("Den tiden har redan passerat. Välj en senare."),
    "no_moment": _("Välj dag och klockslag."),
    "cannot_answer": _("Den personen svarar inte på samtal. Välj någon annan."),
    "tag_too_long": _("En tagg får vara högst 40 tecken."),
    "too_many_tags": _("Ett samtal får ha högst 20 taggar."),
    "answered": _("Samtalet är besvarat och kan inte läggas bland skräp."),
    "same_authority": _("Samtalet ligger redan hos den myndigheten."),
    "no_authority": _("Välj vilken myndighet som ska ta över."),
    "already_classified": _("En handling här är redan bekräftad. Be den som registrerar att ändra det."),
    "cannot_unpublish": _("Samtalet är publicerat. Be någon som får publicera att ta ner det först."),
    "is_merged": _("Samtalet är ihopslaget med ett annat. Gå dit."),
    "not_merged": _("Samtalet är inte ihopslaget med något."),
    "merged_further": _("Samtalet är ihopslaget i flera led. Dela på det senaste först."),
    "same_conversation": _("Det är samma samtal. Skriv ett annat nummer."),
    "has_asking": _("Samtalet väntar på godkännande. Godkänn eller ta tillbaka begäran, och slå ihop sedan."),
    "has_question": _("En kollega är frågad i samtalet. Vänta på svaret eller ta tillbaka frågan, och slå ihop sedan."),
    "has_notice": _("Samtalet är en anmälan eller en invändning, och slås inte ihop med andra."),
    "parted_already": _("Det som kom med är redan delat, så det finns inget att ta isär."),
    "other_person": _("Det kan vara en annan person som har skrivit. Slå bara ihop när du vet att det är samma."),
    "other_account": _("Samtalen kom till olika konton, och ett svar går bara till det ena."),
    "is_published": _("Samtalet är publicerat. Ta ner det först."),
    "other_authority": _("Samtalen hör till olika myndigheter. Lämna över det ena först."),
    "no_such_conversation": _("Det finns inget samtal med det numret."),
    "nothing_to_split": _("Välj minst ett meddelande som kom in."),
    "splits_all": _("Något som kom in måste vara kvar i det gamla samtalet."),
    "splits_joined": _(
        "Då blir det inget kvar av ett samtal som är ihopslaget. Välj ”Dela på dem” vid numret i stället."
    ),
    "unknown_verb": _("Välj vad du vill göra."),
    "too_many": _("Det är för många på en gång. Välj högst 100."),
    "none_chosen": _("Välj minst ett samtal."),
    "message_gone": _("Det meddelandet finns inte kvar."),
}
# The first word of the outbox's problem, or a file's reason code.
PROBLEMS = {
    "restored": _("Svaret kom tillbaka ur en säkerhetskopia och kan redan ha gått ut."),
    "worker": _("Torget avbröts mitt i sändningen."),
    "smtp": _("Mejlservern tog inte emot svaret."),
    "SMTPServerDisconnected": _("Förbindelsen med mejlservern bröts mitt i sändningen."),
    "other": _("Något gick fel i sändningen."),
    "bounced": _("Kontrollera adressen, eller nå den som frågade på annat sätt."),
    "needs": _("Kontot måste anslutas igen. Svaret väntar tills dess."),
    "thread": _("Den som frågade har skrivit igen sedan svaret planerades. Läs det nya först."),
    "said": _("Kanalen svarade utan att säga vad den gjorde."),
    "not": _("Svaret syntes inte i kanalen."),
    "file_missing": _("Filen saknas på servern. Återställ den från säkerhetskopian."),
    "file_empty": _("Filen är tom."),
    "active_content": _("Filen kan innehålla program och visas inte."),
    "archive_bomb": _("Arkivet packar upp till för mycket och visas inte."),
    "format_not_shown": _("Bilder i det formatet visas inte här. Ladda ner den."),
    "too_large": _("Bilden är för stor för att visas."),
    "decode_failed": _("Bilden gick inte att läsa och visas inte."),
    "timeout": _("Bilden tog för lång tid att läsa och visas inte."),
    "memory": _("Bilden krävde för mycket minne och visas inte."),
    "interrupted": _("Bilden gick inte att läsa och visas inte."),
}
QUEUES = {
    "now": _("Att göra nu"),
    "all": _("Alla"),
    "mine": _("Mina"),
    "free": _("Lediga"),
    "unit": _("Min enhet"),
    "others": _("Pågår hos andra"),
    "new": _("Nya"),
    "waiting": _("Väntar"),
    "snoozed": _("Snoozade"),
    "spam": _("Skräp"),
    "answered": _("Besvarade"),
}
GROUPS = {
    "you": _("Väntar på dig"),
    "first": _("Gör först"),
    "others": _("Pågår hos andra"),
}
WAITING = {
    "mentioned": _("Nämner dig"),
    "assigned": _("Till dig"),
    "expert_answered": _("Experten har svarat"),
    "change_wanted": _("Svaret ska ändras"),
}
EMPTY = {
    "now": _("Inget väntar på dig."),
    "all": _("Inget väntar på någon."),
    "mine": _("Inget väntar på dig."),
    "free": _("Allt har någon som svarar."),
    "unit": _("Inget ligger hos din enhet."),
    "others": _("Ingen annan håller på med något."),
    "new": _("Inget nytt har kommit."),
    "waiting": _("Inget väntar på svar utifrån."),
    "snoozed": _("Inget är snoozat."),
    "spam": _("Inget skräp har kommit."),
    "answered": _("Inget är besvarat än."),
    "filtered": _("Inget passar det du valde."),
}
BULK = {
    "assign": _("Lämna vidare"),
    "tag": _("Sätt taggar"),
    "snooze": _("Snooza"),
    "close": _("Avsluta utan svar"),
    "spam": _("Lägg bland skräp"),
    "not_spam": _("Det är inte skräp"),
    "wake": _("Lägg tillbaka i kön"),
    "answer": _("Svara alla med samma text"),
}
THREAD = (_("In"), _("Handlägg"), _("Ut"), _("Bevara"), _("Räkna"))


def journal_words(kind: str) -> str:
    """What an entry of the journal says; the modules beside the desk have their own words (`JOURNAL` in their words.py)."""
    if kind in JOURNAL:
        return str(JOURNAL[kind])
    module = {"expert": "experts", "post": "posts"}.get(kind.split(".")[0], "moderation")
    for name in dict.fromkeys((module, "registrar", "experts", "posts", "moderation", "search", "archive", "accounts")):
        path = f"torget.{name}.words"
        found = getattr(import_module(path), "JOURNAL", {}) if find_spec(path) else {}
        if kind in found:
            return str(found[kind])
    return kind


def refusal(refused: Refused) -> str:
    """The sentence for what an action refused; never a bare code where there is a word for it."""
    code = refused.code
    if code == "locked_by_other" and refused.detail:
        return gettext("%(name)s hann före och svarar nu. Ditt utkast är kvar.") % {"name": refused.detail}
    if code == "already_decided" and refused.detail:
        return gettext("%(name)s hann före. Det är redan avgjort.") % {"name": refused.detail}
    if code == "field_left" and refused.detail:
        fields = ", ".join(f"{{{name}}}" for name in refused.detail.split(", "))
        return gettext("Fyll i eller ta bort %(fields)s i svaret innan det går ut.") % {"fields": fields}
    for words in (CONVERSATIONS, TEAM, REFUSED, REGISTER):
        if code in words:
            return str(words[code])
    return code
