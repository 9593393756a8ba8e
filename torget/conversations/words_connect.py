"""How an account is, and what went wrong with a connection, in words for the administrator."""

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from torget.conversations.models import Account, Gap
from torget.core import clock, dates

# By the code of a problem, or by how it begins; the longest that fits is taken.
PROBLEMS: dict[str, str | Promise] = {
    "demo": gettext_lazy("Det här är en demostad. Den når ingen utanför den här datorn."),
    "not_a_live_channel": gettext_lazy("Den kanalen går inte att ansluta. Läs in den från filer i stället."),
    "no_connection": gettext_lazy("Vi når inte servern. Kontrollera adressen, eller försök igen om en stund."),
    "cut_": gettext_lazy("Servern bröt förbindelsen mitt i svaret. Försök igen om en stund."),
    "http_3": gettext_lazy("Servern hänvisar till en annan adress. Skriv den i stället."),
    "http_401": gettext_lazy(
        "Servern tar inte emot inloggningen. Kontrollera namn och lösenord, eller anslut kontot igen."
    ),
    "http_403": gettext_lazy(
        "Kontot får inte göra det vi bad om. Anslut det igen och godkänn det som servern frågar om."
    ),
    "http_404": gettext_lazy("Det finns inget på den adressen."),
    "http_429": gettext_lazy("Servern säger att vi har frågat för ofta. Vänta en kvart."),
    "http_5": gettext_lazy("Servern har ett fel hos sig. Försök igen om en stund."),
    "odd_answer": gettext_lazy("Servern svarade med något annat än väntat. Kontrollera att adressen är rätt."),
    "not_mastodon": gettext_lazy("Där finns ingen Mastodon-server som släpper in oss. Kontrollera adressen."),
    "code_refused": gettext_lazy(
        "Koden gick inte att använda. Den gäller en gång och några minuter. Börja om från början."
    ),
    "address_": gettext_lazy("Adressen får inte användas. Bara adresser på det öppna nätet går att ansluta."),
    "inside": gettext_lazy("Adressen leder in i vårt eget nät. Bara adresser på det öppna nätet går att ansluta."),
    "no_such_host": gettext_lazy("Vi hittar ingen server med det namnet. Kontrollera stavningen."),
    "no_password": gettext_lazy("Lösenordet saknas."),
    "imap_login_refused": gettext_lazy("Servern för inkommande post tar inte emot namnet och lösenordet."),
    "imap_no_password": gettext_lazy("Lösenordet till brevlådan saknas."),
    "imap_no_folder": gettext_lazy("Mappen finns inte i brevlådan. Kontrollera stavningen."),
    "imap_certificate": gettext_lazy("Servern för inkommande post har ett certifikat som vi inte litar på."),
    "imap_": gettext_lazy("Vi når inte servern för inkommande post. Kontrollera namn, port och kryptering."),
    "smtp_login_refused": gettext_lazy("Servern för utgående post tar inte emot namnet och lösenordet."),
    "smtp_no_password": gettext_lazy("Lösenordet för utgående post saknas."),
    "smtp_takes_no_login": gettext_lazy(
        "Servern för utgående post tar inte emot någon inloggning. Välj Ingen inloggning."
    ),
    "smtp_certificate": gettext_lazy("Servern för utgående post har ett certifikat som vi inte litar på."),
    "smtp_": gettext_lazy("Vi når inte servern för utgående post. Kontrollera namn, port och kryptering."),
    "key_broken": gettext_lazy("Filen med kontots lösenord går inte att läsa. Anslut kontot igen."),
}
_KINDS: dict[str, str | Promise] = {
    "Retry": gettext_lazy("Det gick inte just nu. Försök igen om en stund."),
    "NeedsLogin": gettext_lazy("Kontot måste anslutas igen."),
    "GiveUp": gettext_lazy("Servern sade nej."),
}
GAPS: dict[str, str | Promise] = {
    "silent": gettext_lazy("Inget hämtades."),
    "uidvalidity_changed": gettext_lazy("Servern har numrerat om brevlådan. Allt i den hämtas på nytt."),
    "thread_unreadable": gettext_lazy("En tråd gick inte att hämta."),
    "too_much_at_once": gettext_lazy("Det kom mer än servern lämnar ut i efterhand."),
}
CONNECT: dict[str, str | Promise] = {
    "mail": gettext_lazy("Anslut en brevlåda"),
    "mastodon": gettext_lazy("Anslut Mastodon"),
    "bluesky": gettext_lazy("Anslut Bluesky"),
    "feed": gettext_lazy("Anslut ett webbflöde"),
}
SETTINGS: dict[str, str | Promise] = {
    "server": gettext_lazy("Server"),
    "service": gettext_lazy("Server"),
    "url": gettext_lazy("Adress"),
    "host": gettext_lazy("Inkommande post"),
    "smtp_host": gettext_lazy("Utgående post"),
    "folder": gettext_lazy("Mapp"),
    "junk_folder": gettext_lazy("Mapp för skräppost"),
}


def problem(code: str, kind: str = "") -> str:
    """A sentence for a code; the code itself in brackets where there are no words of its own for it."""
    found = [beginning for beginning in PROBLEMS if code.startswith(beginning)]
    if found:
        return str(PROBLEMS[max(found, key=len)])
    return f"{_KINDS.get(kind, _KINDS['Retry'])} ({code})"


def gap_reason(gap: Gap) -> str:
    """Why nothing came."""
    return str(GAPS[gap.reason]) if gap.reason in GAPS else problem(gap.reason)


def state(account: Account) -> dict[str, str]:
    """How an account is: `level` good, warn, bad or off; `word` in a word or two; `says` the rest."""
    language, now = get_language() or "sv", clock.now()

    def when(moment: Any) -> str:
        return dates.when_in_list(moment, now, language)

    if account.state == Account.OFF:
        return {"level": "off", "word": _("Inte ansluten"), "says": _("Inget hämtas och inget skickas.")}
    if account.state == Account.NEEDS_LOGIN:
        says = problem(account.problem, "NeedsLogin") if account.problem else ""
        return {"level": "bad", "word": _("Måste anslutas igen"), "says": says}
    if account.state == Account.FAILING:
        since = when(account.problem_since) if account.problem_since else ""
        says = _("Sedan %(when)s. Inget är borta, vi hämtar när det går.") % {"when": since} if since else ""
        return {"level": "bad", "word": _("Når inte kanalen"), "says": f"{says} {problem(account.problem)}".strip()}
    if not account.fetched_at and account.channel == "api":
        return {
            "level": "good",
            "word": _("Ansluten"),
            "says": _("Det andra systemet skickar hit. Inget har kommit än."),
        }
    if not account.fetched_at:
        return {"level": "good", "word": _("Ansluten"), "says": _("Första hämtningen börjar inom en minut.")}
    says = _("Senast hämtat %(when)s.") % {"when": when(account.fetched_at)}
    return {"level": "good", "word": _("Ansluten"), "says": says}


def facts(account: Account) -> list[tuple[str, str]]:
    """What is known of an account, as pairs of label and words."""
    language, now = get_language() or "sv", clock.now()
    found = [(_("Myndighet"), str(account.authority.name)), (_("Konto"), account.handle)]
    found += [(str(SETTINGS[key]), str(value)) for key, value in account.settings.items() if key in SETTINGS and value]
    if account.next_fetch_at and account.next_fetch_at > now:
        found.append((_("Nästa försök"), dates.when_in_list(account.next_fetch_at, now, language)))
    if account.quota_left is not None and account.quota_limit:
        told = {"left": account.quota_left, "limit": account.quota_limit}
        words = _("%(left)s av %(limit)s anrop kvar") % told
        if account.quota_resets_at and account.quota_resets_at > now:
            words += ", " + _("nya %(when)s") % {"when": dates.time_of_day(account.quota_resets_at, language)}
        found.append((_("Kvot"), words))
    if account.token_expires_at:
        found.append((_("Inloggningen gäller till"), dates.long_date(account.token_expires_at, language)))
    elif account.state != Account.OFF:
        found.append((_("Inloggningen gäller till"), _("tills den tas tillbaka")))
    found.append((_("Pengar"), _money(account, language)))
    found.append((_("Bevakning"), _watch(account, language)))
    return found


def _money(account: Account, language: str) -> str:
    if account.spent_ore is None:
        return _("kostar inget att använda")
    spent = dates.fraction(account.spent_ore / 100, language, 2)
    if account.spend_limit_ore is None:
        return _("%(spent)s kr den här månaden, utan tak") % {"spent": spent}
    limit = dates.whole(account.spend_limit_ore // 100, language)
    return _("%(spent)s kr av %(limit)s kr den här månaden") % {"spent": spent, "limit": limit}


def _watch(account: Account, language: str) -> str:
    if account.watch_minutes is None:
        return _("ingen har lovat att titta")
    often = ngettext("varje minut", "var %(n)s:e minut", account.watch_minutes) % {"n": account.watch_minutes}
    if account.watched_at is None:
        return _("någon tittar %(often)s, inte än i dag") % {"often": often}
    seen = dates.when_in_list(account.watched_at, clock.now(), language)
    return _("någon tittar %(often)s, senast %(when)s") % {"often": often, "when": seen}
