"""The sentences of moderation: grounds, hints, states, refusals, and what is written to those concerned."""

from django.utils.functional import Promise
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from torget.moderation.rules.grounds import LAW, UNLAWFUL, Ground, How
from torget.moderation.rules.notices import OTHER, Decision

LINK = "[länk till beslutet]"
"""Stands in a proposed statement until the decision has an address."""

# The word, and what it means for the one who reads the list.
GROUNDS: dict[str, tuple[str | Promise, str | Promise]] = {
    Ground.THREAT: (_("Olaga hot"), _("Hot om brott, så att den som hotas har skäl att vara rädd.")),
    Ground.PRIVACY: (_("Olaga integritetsintrång"), _("Bilder eller uppgifter som röjer någons privatliv.")),
    Ground.INCITEMENT: (_("Uppvigling"), _("Uppmaning till brott eller upplopp.")),
    Ground.AGITATION: (_("Hets mot folkgrupp"), _("Hot eller missaktning mot en folkgrupp.")),
    Ground.CHILD_ABUSE: (_("Barnpornografi"), _("Bilder av övergrepp på barn. Vi anmäler till polisen.")),
    Ground.VIOLENCE: (_("Olaga våldsskildring"), _("Närgången skildring av grovt våld.")),
    Ground.TERRORISM: (_("Uppmaning till terrorism"), _("Offentlig uppmaning till terroristbrott.")),
    Ground.COPYRIGHT: (_("Upphovsrätt"), _("Någon annans verk utan lov.")),
    Ground.PERSONAL_DATA: (_("Andras personuppgifter"), _("Uppgifter om någon annan som inte ska visas öppet.")),
    Ground.INSULTS: (_("Personangrepp"), _("Kränkande ord om en person. Kritik i sak står kvar.")),
    Ground.OFF_TOPIC: (_("Hör inte till ämnet"), _("Rör inte det som inlägget handlar om.")),
    Ground.SPAM: (_("Reklam eller skräp"), _("Reklam, bedrägeri eller samma sak om och om igen.")),
    OTHER: (_("Något annat som är olagligt"), _("Berätta vad, så prövar vi det.")),
}
HINTS = {
    "threat": _("Orden kan vara ett hot."),
    "agitation": _("Orden kan vara hets mot en grupp."),
    "insult": _("Orden kan vara ett personangrepp."),
    "identity_number": _("Ser ut att innehålla ett personnummer."),
}
HOW = {"hide": _("Dölj"), "remove": _("Ta bort")}
DID = {"hide": _("Dolt"), "remove": _("Borttaget")}
# Icon and words of how far a removal has come.
STATES: dict[str, tuple[str, str, str | Promise]] = {
    "asked": ("st-assigned", "hourglass", _("Väntar på kanalen")),
    "by_hand": ("st-approval", "person", _("Gör det i kanalen")),
    "doing": ("st-assigned", "hourglass", _("Pågår")),
    "done": ("st-answered", "check", _("Klart")),
    "refused": ("st-unknown", "close", _("Kanalen gjorde det inte")),
    "unknown": ("st-unknown", "unknown", _("Okänt utfall")),
    "undone": ("st-closed", "undo", _("Visas igen")),
}
DECISIONS = {
    Decision.REMOVED: _("Borttaget eller dolt"),
    Decision.KEPT: _("Får vara kvar"),
    Decision.NOT_FOUND: _("Finns inte hos oss"),
}
REFUSED = {
    "already_removed": _("En kollega hann före. Det är redan borta."),
    "gone_already": _("Den som skrev har redan tagit bort det."),
    "nobody_sees_it": _("Ingen utanför ser det, så det finns inget att ta bort."),
    "changed_since": _("Texten ändrades medan du läste. Läs den nya först."),
    "disk_full": _("Kopian gick inte att spara, så inget togs bort. Det är ont om plats på servern."),
    "file_too_large": _("Kopian blev för stor för att sparas, så inget togs bort. Be den som sköter servern om hjälp."),
    "in_hand": _("Kanalen tar bort det just nu. Vänta några sekunder och försök igen."),
    "undone_already": _("Det visas redan igen."),
    "not_the_asker": _(
        "Samtalet har flera som skrivit, så ett svar når inte säkert rätt person. Lämna länken i stället."
    ),
    "same_person": _("Du fattade beslutet. En annan person prövar invändningen."),
    "decided": _("Det är redan avgjort."),
    "nothing_removed": _(
        "Inget är borttaget på grund av anmälan än. Ta bort det först, eller välj att det får vara kvar."
    ),
    "empty": _("Skriv varför, så kan vi pröva det."),
    "too_long": _("Texten är längre än 20 000 tecken. Korta den."),
    "needs_target": _("Skriv adressen till sidan, eller samtalets nummer."),
    "needs_good_faith": _("Kryssa i att uppgifterna stämmer, så vitt du vet."),
    "needs_name": _("Skriv namn och e-postadress. Lagen kräver det för den här sortens anmälan."),
    "complained_already": _("Din invändning har kommit fram. Någon annan än den som beslutade prövar den."),
    "not_found": _("Beslutet finns inte."),
    "too_fast": _("Det kom många meddelanden på kort tid. Din text är kvar. Vänta en minut och skicka igen."),
    "nothing_open_there": _("I den kanalen skriver ingen öppet, så det finns inget att bevaka."),
    "interval_out_of_bounds": _("Välj mellan 15 minuter och fem dygn."),
    "unknown_ground": _("Välj en grund."),
    "draft_in_the_way": _("Du har ett eget utkast i samtalet. Skicka eller töm det först."),
}
JOURNAL = {
    "conversation.is_spam": _("Lade samtalet bland skräp"),
    "note.moved": _("Anteckningen flyttades till ett annat samtal"),
    "message.hidden": _("Dolde meddelandet, med kopia"),
    "message.removed": _("Tog bort meddelandet, med kopia"),
    "message.shown_again": _("Visade meddelandet igen"),
    "removal.done": _("Borta i kanalen"),
    "removal.refused": _("Kanalen tog inte bort det"),
    "removal.unknown": _("Okänt om kanalen tog bort det"),
    "removal.found_gone": _("Såg att det är borta i kanalen"),
    "removal.asked_again": _("Ber kanalen igen"),
    "notice.received": _("Anmälan kom in"),
    "notice.removed": _("Avgjorde anmälan: borttaget"),
    "notice.kept": _("Avgjorde anmälan: får vara kvar"),
    "notice.not_found": _("Avgjorde anmälan: finns inte hos oss"),
    "complaint.received": _("Invändning kom in"),
    "complaint.upheld": _("Invändningen godtogs"),
    "complaint.rejected": _("Beslutet står fast"),
    "account.watch_set": _("Ändrade hur ofta kontot ska bevakas"),
    "account.looked_at": _("Tittade igenom kontot"),
}
PROBLEMS = {
    "not_connected": _("Kontot är inte anslutet."),
    "needs_login": _("Kontot behöver anslutas på nytt."),
    "worker_stopped": _("Torget avbröts mitt i borttagningen."),
    "other": _("Kanalen svarade inte som väntat."),
}


def ground_word(ground: str) -> str:
    """What a ground is called, in the language in use."""
    return str(GROUNDS.get(ground, (ground, ""))[0])


def notice_subject() -> str:
    """What the register calls a notice until it is confirmed."""
    return _now("Anmälan av innehåll")


def complaint_subject(number: int) -> str:
    """What the register calls a complaint until it is confirmed."""
    return _now("Invändning mot borttagning i samtal %(number)s") % {"number": number}


def notice_text(ground: str, target: str, why: str) -> str:
    """The whole notice as its record holds it (DSA 16(2))."""
    return "\n\n".join(
        (
            why,
            _now("Gäller: %(target)s") % {"target": target},
            _now("Grund: %(ground)s") % {"ground": ground_word(ground)},
            _now("Den som anmäler har intygat att uppgifterna stämmer, så vitt den vet."),
        )
    )


def statement(*, ground: Ground, how: How, by_notice: bool) -> str:
    """The statement of reasons to the writer, in Swedish (DSA 17(3)); staff change it before it is sent."""
    with override("sv"):
        did = _now("Vi har dolt det du skrev.") if how is How.HIDE else _now("Vi har tagit bort det du skrev.")
        if ground in UNLAWFUL:
            why = _now("Vi bedömer att det uppenbart är %(ground)s. Då måste vi ta bort det: %(law)s.") % {
                "ground": ground_word(ground).lower(),
                "law": LAW[ground],
            }
        else:
            why = _now("Det bryter mot våra regler för kommentarer: %(ground)s. %(meaning)s") % {
                "ground": ground_word(ground).lower(),
                "meaning": GROUNDS[ground][1],
            }
        found = (
            _now("Någon anmälde texten till oss. En medarbetare har läst den och fattat beslutet, ingen maskin.")
            if by_notice
            else _now("Vi såg det när vi läste kommentarerna. En medarbetare fattade beslutet, ingen maskin.")
        )
        kept = _now("Originalet finns kvar i vårt register.")
        if ground is Ground.CHILD_ABUSE:
            kept = _now("Vi anmäler det till polisen.")
        wrong = _now(
            "Tycker du att vi har fel? Skriv det på %(link)s, så prövar en annan person hos oss beslutet. "
            "Du kan också vända dig till Justitieombudsmannen (JO) eller till domstol."
        ) % {"link": LINK}
        return "\n\n".join((did, why, found, kept, wrong))


def decision_text(decision: Decision, ground: str) -> str:
    """What the notifier is told (DSA 16(5)), in Swedish; staff change it before it is sent."""
    with override("sv"):
        said = {
            Decision.REMOVED: _now("Tack. Vi har tagit bort eller dolt det du anmälde."),
            Decision.KEPT: _now("Vi har läst det du anmälde och låter det vara kvar. Det är inte uppenbart olagligt."),
            Decision.NOT_FOUND: _now("Vi hittar inte det du anmälde hos oss."),
        }[decision]
        ground_line = _now("Du angav: %(ground)s.") % {"ground": ground_word(ground).lower()}
        machine = _now("En medarbetare fattade beslutet, ingen maskin.")
        wrong = _now(
            "Tycker du att vi har fel? Skriv till oss igen, så prövar en annan person det. "
            "Du kan också vända dig till Justitieombudsmannen (JO), till polisen eller till domstol."
        )
        return "\n\n".join((said, ground_line, machine, wrong))


def complaint_text(*, upheld: bool) -> str:
    """What the one who complained is told, in Swedish; staff change it before it is sent."""
    with override("sv"):
        if upheld:
            return _now("Du hade rätt. Vi visar texten igen.")
        return _now(
            "Nej. En annan person än den som beslutade har läst texten och kommit fram till samma sak. "
            "Du kan vända dig till Justitieombudsmannen (JO) eller till domstol."
        )
