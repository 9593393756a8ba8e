"""What is hard: the late answer, the harassment, a child's secrecy, identity numbers in a text."""

from __future__ import annotations

from torget.demo.happenings import (
    Answered,
    Closed,
    Confirmed,
    Event,
    Helped,
    MarkedSecret,
    Noted,
    Said,
    Took,
)
from torget.demo.hours import local
from torget.demo.texts.kinds import CASE, QUESTION

# The only two numbers in the demo that look like identity numbers. The first is the well-known fictitious person
# Tolvan Tolvansson, who stands in the test series and is nobody; the second has a month that does not exist.
FICTITIOUS_NUMBERS = ("19121212-1212", "641923-3234")

LATE: tuple[Event, ...] = (
    Said(
        local("2026-10-21 10.12"),
        "late",
        "web",
        "ylva-provdotter",
        "Bullerplank vid Norrbyleden",
        (
            "Vi som bor på Stigen 14–22 fick i våras löfte om ett bullerplank mot Norrbyleden. Nu har det gått ett "
            "halvår. När byggs det, och om det inte byggs, varför?"
        ),
        "Bullerplank vid Norrbyleden",
        "SBN",
        "registered",
        CASE,
        answer_by_mail=True,
    ),
    Took(local("2026-10-21 13.20"), "late", "sten"),
    Noted(
        local("2026-10-21 13.31"),
        "late",
        "sten",
        "Frågat projektavdelningen. Ingen vet vem som har det efter omorganisationen.",
    ),
    Confirmed(local("2026-10-22 08.40"), "late", "rut", "registered", CASE, "Bullerplank vid Norrbyleden", "SBN"),
    Noted(
        local("2026-11-17 09.05"),
        "late",
        "amina",
        "Den här har legat sedan 21 oktober. Jag ringer Vera i dag, den ska ut i morgon.",
    ),
    Noted(
        local("2026-11-18 09.40"),
        "late",
        "vera",
        ("Planket är upphandlat. Byggstart vecka 14, klart i maj. Förseningen beror på att marken måste provtas."),
    ),
    Answered(
        local("2026-11-18 10.26"),
        "late",
        "amina",
        (
            "Hej! Förlåt att du har fått vänta i nästan en månad. Din fråga blev liggande mellan två avdelningar, "
            "och det är vårt fel.\n\nPlanket byggs. Arbetet börjar vecka 14 nästa år och är klart i maj. Det blev "
            "ett halvår sent för att marken måste provtas först. Ni på Stigen får ett brev i februari med "
            "ritningen.\n\nAmina Provdal, Ekeviks kommun"
        ),
    ),
    Helped(
        local("2026-11-18 17.48"),
        "late",
        "partly",
        "Bättre sent än aldrig. Tack för att ni inte skyllde på någon annan.",
    ),
)

HARASSMENT: tuple[Event, ...] = (
    Said(
        local("2026-11-02 21.14"),
        "harass-1",
        "mail",
        "rolf-sagolund",
        "Avslaget",
        (
            "Tore Exempelberg har avslagit min ansökan om garage. Han har inte ens varit här och tittat. Jag vill ha "
            "en annan handläggare."
        ),
        "Klagomål på handläggning",
        "SBN",
        "registered",
        CASE,
    ),
    Took(local("2026-11-03 08.35"), "harass-1", "amina"),
    Confirmed(
        local("2026-11-03 09.10"),
        "harass-1",
        "rut",
        "registered",
        CASE,
        "Klagomål på handläggning",
        "SBN",
        "Klagomål på handläggning",
    ),
    Answered(
        local("2026-11-03 10.52"),
        "harass-1",
        "amina",
        (
            "Hej Rolf! Nej, vi byter inte handläggare. Men enhetschefen läser beslutet en gång till och ringer dig "
            "senast på fredag. Du kan överklaga inom tre veckor, så här: ekevik.example/overklaga.\n\nAmina Provdal, "
            "Ekeviks kommun"
        ),
    ),
    Said(
        local("2026-11-04 22.40"),
        "harass-2",
        "mail",
        "rolf-sagolund",
        "SV: Avslaget",
        (
            "Enhetschefen är lika värdelös som han. Exempelberg är en nolla som aldrig haft ett riktigt jobb. Hälsa "
            "honom det."
        ),
        "Klagomål på handläggning",
        "SBN",
        "registered",
        CASE,
        thread="harass-1",
        reply_to="harass-1",
        quoted=(
            "Den 3 nov. 2026 kl. 10:52 skrev Ekeviks kommun <kontakt@ekevik.example>:\n> Hej Rolf! Nej, vi byter "
            "inte handläggare. Men enhetschefen läser beslutet\n> en gång till och ringer dig senast på fredag."
        ),
    ),
    Noted(
        local("2026-11-05 08.22"),
        "harass-2",
        "amina",
        ("Otrevligt men inget att svara på. Enhetschefen ringde i går, som vi lovade. Jag svarar inte på det här."),
    ),
    Said(
        local("2026-11-06 01.07"),
        "harass-3",
        "mail",
        "rolf-sagolund",
        "SV: Avslaget",
        (
            "Tror han att man kan gömma sig i kommunhuset? Jag vet hur han ser ut. Alla i stan ska få veta vilken "
            "fegis Tore Exempelberg är."
        ),
        "Klagomål på handläggning",
        "SBN",
        "registered",
        CASE,
        thread="harass-1",
        reply_to="harass-1",
    ),
    Noted(
        local("2026-11-06 08.15"),
        "harass-3",
        "amina",
        (
            "Det här riktar sig mot en person. Tore och hans chef vet. Allt sparas som det kom. Svara inte utan att "
            "prata med Jonas."
        ),
    ),
    Said(
        local("2026-11-09 23.55"),
        "harass-4",
        "mail",
        "rolf-sagolund",
        "Exempelberg igen",
        (
            "Såg Tore Exempelberg i affären i dag. Han tittade bort. Det skulle jag också göra om jag vore han. Jag "
            "skriver tills han slutar."
        ),
        "Klagomål på handläggning",
        "SBN",
        "registered",
        CASE,
        thread="harass-1",
        reply_to="harass-1",
    ),
    Confirmed(
        local("2026-11-10 08.20"),
        "harass-4",
        "rut",
        "registered",
        "Trakasseri mot en medarbetare. Bevaras oförändrat som bevis.",
        "Trakasserande meddelanden",
        "SBN",
        "Klagomål på handläggning",
    ),
    Noted(
        local("2026-11-10 08.31"),
        "harass-4",
        "jonas",
        (
            "Anmält som hot och våld på arbetsplatsen. Tore får stöd och svarar inte i fler ärenden från avsändaren. "
            "Polisanmälan bedöms i dag."
        ),
    ),
    Said(
        local("2026-11-12 02.18"),
        "harass-5",
        "mail",
        "rolf-sagolund",
        "Sista gången jag är snäll",
        (
            "Ni svarar inte. Då kommer jag dit i stället och väntar utanför tills Exempelberg går hem. Han ska få se "
            "hur det känns."
        ),
        "Klagomål på handläggning",
        "SBN",
        "registered",
        CASE,
        thread="harass-1",
        reply_to="harass-1",
    ),
    Noted(
        local("2026-11-12 08.06"),
        "harass-5",
        "amina",
        "Kom i natt. Säkerhetssamordnaren och Jonas är informerade, Tore arbetar hemifrån i dag.",
    ),
    Confirmed(
        local("2026-11-12 08.25"),
        "harass-5",
        "rut",
        "registered",
        "Trakasseri mot en medarbetare. Bevaras oförändrat som bevis.",
        "Trakasserande meddelanden",
        "SBN",
        "Klagomål på handläggning",
    ),
    Noted(
        local("2026-11-12 11.30"),
        "harass-5",
        "jonas",
        (
            "Polisanmält 11.10. Kopior av alla fem mejl med kvitton lämnade. Ingen svarar på fler mejl, nya sparas "
            "och skickas till mig."
        ),
    ),
    Closed(local("2026-11-12 11.34"), "harass-5", "jonas", "Trakasserier. Polisanmält, besvaras inte."),
)

SECRECY: tuple[Event, ...] = (
    Said(
        local("2026-11-04 07.52"),
        "child",
        "mail",
        "",
        "Orolig",
        (
            "Jag är granne till en familj på Påhittsgatan 99 och är orolig för pojken där, han heter Låtsas-Pelle i "
            "mitt brev. Han står ofta utan jacka på gården sent på kvällen och säger att han inte får gå in. Vem "
            "pratar jag med? Skriv inte ut mitt namn."
        ),
        "Oro för ett barn",
        "SN",
        "registered",
        "Oro för ett barn. Sekretess och registreras alltid.",
    ),
    Took(local("2026-11-04 08.04"), "child", "amina"),
    MarkedSecret(
        local("2026-11-04 08.06"),
        "child",
        "amina",
        "26 kap. 1 § OSL",
        "Uppgift om ett barns personliga förhållanden i socialtjänsten.",
        "SN",
    ),
    Noted(
        local("2026-11-04 08.09"),
        "child",
        "amina",
        "Ringde mottagningen direkt. De tar över nu. Svara kort och utan att upprepa något.",
    ),
    Confirmed(
        local("2026-11-04 08.14"), "child", "rut", "registered", "Orosanmälan. Registreras alltid.", "Anmälan", "SN"
    ),
    Answered(
        local("2026-11-04 08.20"),
        "child",
        "amina",
        (
            "Hej! Bra att du skrev. Vår mottagning har tagit emot det och läser det nu. Vill du berätta mer, ring "
            "dem på 0000-00 00 07. Händer något akut, ring 112. Skriv inte mer här, så är uppgifterna bättre "
            "skyddade.\n\nAmina Provdal, Ekeviks kommun"
        ),
    ),
)

NUMBERS: tuple[Event, ...] = (
    Said(
        local("2026-10-27 14.31"),
        "number-1",
        "mail",
        "torsten-fingersson",
        "Byta adress",
        (
            f"Hej, jag ska byta adress för fakturorna. Mitt personnummer är {FICTITIOUS_NUMBERS[0]} och nya adressen "
            "är Påhittsgatan 1. Räcker det så?\n\nTorsten Fingersson"
        ),
        "Adress för fakturor",
        "KS",
        "ordered",
        QUESTION,
    ),
    Took(local("2026-10-27 14.58"), "number-1", "elsa"),
    Noted(local("2026-10-27 15.00"), "number-1", "elsa", "Personnummer i texten. Publiceras inte."),
    Answered(
        local("2026-10-27 15.22"),
        "number-1",
        "elsa",
        (
            "Hej Torsten! Ja, adressen är ändrad från nästa faktura. Skriv inte ditt personnummer i mejl nästa gång. "
            "Fakturanumret räcker.\n\nElsa Fingerad, Ekeviks kommun"
        ),
    ),
    Said(
        local("2026-11-05 19.02"),
        "number-2",
        "web",
        "",
        "Fel i skolskjutsen",
        f"Fel barn står på skolskjutsen. Det ska vara {FICTITIOUS_NUMBERS[1]} och inte hans syster.",
        "Skolskjuts",
        "BUN",
        "registered",
        CASE,
    ),
    Took(local("2026-11-06 08.12"), "number-2", "sten"),
    Confirmed(local("2026-11-06 08.20"), "number-2", "rut", "registered", CASE, "Skolskjuts", "BUN"),
    Answered(
        local("2026-11-06 09.44"),
        "number-2",
        "sten",
        (
            "Hej! Nu är det rättat och gäller från måndag. Numret du skrev går inte att läsa som ett personnummer, "
            "så vi hittade rätt barn i skolans lista i stället. Skriv inga personnummer här, vi ringer om vi behöver."
        ),
    ),
    Helped(local("2026-11-06 12.10"), "number-2", "yes", "Tack snälla"),
)

SCENES = (LATE, HARASSMENT, SECRECY, NUMBERS)
