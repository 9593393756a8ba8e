"""The desk's words for journal entries, outcomes and reasons."""

from django.utils.translation import gettext_lazy as _

JOURNAL = {
    "record.received": _("Kom in och fördes in"),
    "record.edited": _("Ändrades av den som skrev"),
    "record.drawn_up": _("Godkände svaret"),
    "record.dispatched": _("Svaret gick ut"),
    "record.registered": _("Registrerades"),
    "record.ordered": _("Hålls ordnad"),
    "record.trivial": _("Ringa betydelse"),
    "record.secrecy_marked": _("Satte sekretessmarkering"),
    "record.secrecy_lifted": _("Tog bort sekretessmarkeringen"),
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
}
# The first word of the outbox's problem, or a file's reason code.
PROBLEMS = {
    "worker": _("Arbetaren stannade mitt i sändningen."),
    "smtp": _("Mejlservern tog inte emot svaret."),
    "SMTPServerDisconnected": _("Förbindelsen med mejlservern bröts mitt i."),
    "other": _("Något gick fel i sändningen."),
    "file_missing": _("Filen saknas på disken. Återställ den från säkerhetskopian."),
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
    "all": _("Alla"),
    "new": _("Nya"),
    "mine": _("Mina"),
    "waiting": _("Väntar"),
    "answered": _("Besvarade"),
}
EMPTY = {
    "all": _("Inget väntar på någon."),
    "new": _("Inget nytt har kommit."),
    "mine": _("Inget väntar på dig."),
    "waiting": _("Inget väntar på svar utifrån."),
    "answered": _("Inget är besvarat än."),
}
THREAD = (_("In"), _("Handlägg"), _("Ut"), _("Bevara"), _("Räkna"))
