"""Every page that is there to be looked at, by name: where it is and who may open it."""

import re
from dataclasses import dataclass

from playwright.sync_api import Page

from tests.journeys.town import SHOTS, Town, Visit

AMINA, APPROVER, ADMINISTRATOR, REGISTRAR = "Kommunikatör", "Godkännare", "Administratör", "Registrator"
# A week of which the town is full, in as much of it as is built.
WEEK = "2026-W46" if SHOTS else "2026-W44"


@dataclass(frozen=True, slots=True)
class Shown:
    """A page: its name (also that of its picture), its address as `address` fills it in, and the role that opens it."""

    name: str
    path: str
    role: str = ""
    status: int = 200


PAGES = (
    Shown("square", "/"),
    Shown("skriv", "/skriv/"),
    Shown("kvitto", "{receipt}"),
    Shown("kvitto-svar", "{answered}"),
    Shown("samtal", "{published}"),
    Shown("diarium", "/diarium/"),
    Shown("diarium-sok", "/diarium/?q=snö&lage=registered"),
    Shown("diarium-tomt", "/diarium/?q=zyxomatik"),
    Shown("diarium-namnd", "/diarium/KS/"),
    Shown("diarium-arende", "/diarium/KS/2026/0001/"),
    Shown("diarier", "/diarium/diarier/"),
    Shown("begar-ut", "/skriv/?handling=KS+2026/0001-1"),
    Shown("kanaler", "/kanaler/"),
    Shown("journal", "/journal/"),
    Shown("journal-samma", "/journal/samma/"),
    Shown("components", "/components/"),
    Shown("moderering", "/moderering/"),
    Shown("anmal", "/anmal/"),
    Shown("tillganglighet", "/tillganglighet/"),
    Shown("lattlast", "/lattlast/"),
    Shown("lattlast-skriva", "/lattlast/skriva/"),
    Shown("lattlast-sen", "/lattlast/sen/"),
    Shown("lattlast-diariet", "/lattlast/diariet/"),
    Shown("lattlast-tillganglighet", "/lattlast/tillganglighet/"),
    Shown("oppna-data", "/oppna-data/"),
    Shown("login", "/konto/login/"),
    Shown("glomt", "/konto/password/reset/"),
    Shown("mina-arenden", "/mina-arenden/"),
    Shown("finns-inte", "/finns-inte/", status=404),
    Shown("square-en", "/en/"),
    Shown("skriv-en", "/en/skriv/"),
    Shown("kvitto-en", "/en{answered}"),
    Shown("diarium-en", "/en/diarium/"),
    Shown("anmal-en", "/en/anmal/"),
    Shown("tillganglighet-en", "/en/tillganglighet/"),
    Shown("lattlast-skriva-en", "/en/lattlast/skriva/"),
    Shown("disk", "/disk/", AMINA),
    Shown("disk-nya", "/disk/?ko=new", AMINA),
    Shown("disk-mina", "/disk/?ko=mine", AMINA),
    Shown("disk-vantar", "/disk/?ko=waiting", AMINA),
    Shown("disk-besvarade", "/disk/?ko=answered", AMINA),
    Shown("disk-alla", "/disk/?ko=all", AMINA),
    Shown("disk-timme", "/disk/?timme=1", AMINA),
    Shown("disk-valj", "/disk/?ko=all&valj=1", AMINA),
    Shown("disk-samtal", "{open}#samtal", AMINA),
    Shown("disk-underlag", "{open}#underlag", AMINA),
    Shown("disk-besvarat", "{done}", AMINA),
    Shown("disk-expert", "{open}", "Expert"),
    Shown("fraga-expert", "/disk/expert/fraga{number}", AMINA),
    Shown("expert-sida", "/disk/expert/min-sida/", "Expert"),
    Shown("karantan", "/disk/karantan/", AMINA),
    Shown("registrator", "/disk/registrator/", REGISTRAR),
    Shown("registrator-handling", "/disk/registrator/?skal=may_be_secret#samtal", REGISTRAR),
    Shown("registrator-arenden", "/disk/registrator/arenden/", REGISTRAR),
    Shown("registrator-arende", "/disk/registrator/arenden/1/", REGISTRAR),
    Shown("registrator-handling-sida", "/disk/registrator/handling/1/", REGISTRAR),
    Shown("registrator-nytt-arende", "/disk/registrator/arenden/nytt/", REGISTRAR),
    Shown("registrator-beslut", "/disk/registrator/beslut/", REGISTRAR),
    Shown("registrator-bestammelser", "/disk/registrator/bestammelser/", REGISTRAR),
    Shown("sok", "/disk/sok/?q=snö", AMINA),
    Shown("sok-tom", "/disk/sok/", AMINA),
    Shown("inlagg", "/disk/inlagg/", AMINA),
    Shown("inlagg-manad", "/disk/inlagg/?vy=manad", AMINA),
    Shown("inlagg-lista", "/disk/inlagg/lista/", AMINA),
    Shown("inlagg-nytt", "/disk/inlagg/nytt/", AMINA),
    Shown("min-kalender", "/disk/inlagg/min-kalender/", AMINA),
    Shown("disk-moderering", "/disk/moderering/", AMINA),
    Shown("anmalningar", "/disk/moderering/anmalningar/", AMINA),
    Shown("bevakning", "/disk/moderering/bevakning/", AMINA),
    Shown("genvagar", "/disk/genvagar/", AMINA),
    Shown("svarsmallar", "/disk/svarsmallar/", AMINA),
    Shown("svarsmall-ny", "/disk/svarsmallar/ny/", AMINA),
    Shown("notiser", "/disk/notiser/", AMINA),
    Shown("schema", "/disk/schema/", AMINA),
    Shown("schema-chef", "/disk/schema/", ADMINISTRATOR),
    Shown("logg", "/disk/logg/", ADMINISTRATOR),
    Shown("resultat", f"/resultat/?vecka={WEEK}", AMINA),
    Shown("resultat-kronor", "/resultat/?vecka=2026-W44&enhet=kronor", AMINA),
    Shown("resultat-tom", "/resultat/?vecka=2026-W30", AMINA),
    Shown("diarium-export", "/diarium/export/", ADMINISTRATOR),
    Shown("installningar", "/installningar/", ADMINISTRATOR),
    Shown("komigang", "/installningar/komigang/", ADMINISTRATOR),
    Shown("komigang-utseende", "/installningar/komigang/utseende/", ADMINISTRATOR),
    Shown("komigang-namnder", "/installningar/komigang/namnder/", ADMINISTRATOR),
    Shown("komigang-oppettider", "/installningar/komigang/oppettider/", ADMINISTRATOR),
    Shown("komigang-medarbetare", "/installningar/komigang/medarbetare/", ADMINISTRATOR),
    Shown("komigang-kanaler", "/installningar/komigang/kanaler/", ADMINISTRATOR),
    Shown("komigang-kostnader", "/installningar/komigang/kostnader/", ADMINISTRATOR),
    Shown("komigang-gallring", "/installningar/komigang/gallring/", ADMINISTRATOR),
    Shown("komigang-texter", "/installningar/komigang/texter/", ADMINISTRATOR),
    Shown("komigang-exempel", "/installningar/komigang/exempel/", ADMINISTRATOR),
    Shown("vara-konton", "/installningar/vara-konton/", ADMINISTRATOR),
    Shown("medarbetare", "/installningar/medarbetare/", ADMINISTRATOR),
    Shown("medarbetare-lista", "/installningar/medarbetare/lista/", ADMINISTRATOR),
    Shown("inbjudan-stangd", "/inbjudan/finns-inte/", status=404),
    Shown("kanaler-anslutna", "/installningar/kanaler/", ADMINISTRATOR),
    Shown("ordning", "/installningar/ordning/", ADMINISTRATOR),
    Shown("anslutna-system", "/installningar/api/", ADMINISTRATOR),
    Shown("bevakning-tider", "/installningar/bevakning/", ADMINISTRATOR),
    Shown("drift", "/installningar/drift/", ADMINISTRATOR),
    Shown("gallring", "/installningar/gallring/", ADMINISTRATOR),
    Shown("halsa", "/installningar/halsa/", ADMINISTRATOR),
    Shown("vittnen", "/installningar/vittnen/", ADMINISTRATOR),
    Shown("tillganglighet-installningar", "/installningar/tillganglighet/", ADMINISTRATOR),
    Shown("sakerhet", "/konto/2fa/", ADMINISTRATOR),
    Shown("inloggningar", "/konto/inloggningar/", AMINA),
    Shown("passkey-ny", "/konto/2fa/webauthn/add/", AMINA),
    Shown("passkeys", "/konto/2fa/webauthn/", AMINA),
    Shown("konton", "/installningar/konton/", ADMINISTRATOR),
    Shown("konton-leverantor", "/installningar/konton/leverantor/staff/", ADMINISTRATOR),
    Shown("konton-legitimering", "/installningar/konton/leverantor/residents/", ADMINISTRATOR),
    Shown("konton-roller", "/installningar/konton/roller/", ADMINISTRATOR),
    Shown("kontologg", "/installningar/konton/logg/", ADMINISTRATOR),
    Shown("forbjudet", "/installningar/", AMINA, status=403),
    Shown("disk-en", "/en{open}", AMINA),
    Shown("resultat-en", "/en/resultat/?vecka=2026-W44", AMINA),
)
BY_NAME = {shown.name: shown for shown in PAGES}
# Those that anyone may open, without the log-in, which has to set a cookie.
OPEN = tuple(shown for shown in PAGES if not shown.role and not shown.path.startswith("/konto/"))


def address(shown: Shown, town: Town, visit: Visit) -> str:
    """The page's address with its numbers and secrets filled in; they are looked up once for a town."""
    if not town.addresses:
        staff = visit(role=AMINA)
        town.addresses.update(
            receipt=town.post("Hej! När öppnar isbanan på Ekevallen i vinter?"),
            answered=town.receipt,
            published=_first(staff, "/", r"/samtal/\d+/"),
            open=_first(staff, "/disk/?ko=new", r"/disk/\d+/"),
            number=_first(staff, "/disk/?ko=new", r"/disk/\d+/").removeprefix("/disk"),
            done=_first(staff, "/disk/?ko=answered", r"/disk/\d+/"),
        )
    return shown.path.format(**town.addresses)


def _first(page: Page, path: str, pattern: str) -> str:
    page.goto(path)
    found = re.search(pattern, page.locator("main").inner_html())
    assert found, f"{path} links to nothing like {pattern}"
    return found[0]


def open_page(name: str, town: Town, visit: Visit, width: int = 1440, height: int = 900, **options: object) -> Page:
    """Open a page by its name, and see that it answered as it should."""
    shown = BY_NAME[name]
    path = address(shown, town, visit)
    if shown.status != 200:
        options["expected"] = (f"status of {shown.status}",)
    page = visit(width, height, role=shown.role, **options)
    answer = page.goto(path)
    assert answer is not None
    assert answer.status == shown.status, f"{path} answered {answer.status}"
    return page
