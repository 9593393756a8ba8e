"""What goes back and forth: mails with quoted text, the rumour that is put right, answers that wait."""

from __future__ import annotations

from torget.demo.happenings import (
    Answered,
    Closed,
    Confirmed,
    Drafted,
    Edited,
    Event,
    Noted,
    Published,
    Said,
    Took,
    Waited,
)
from torget.demo.hours import local
from torget.demo.texts.kinds import CASE, QUESTION, VIEW
from torget.demo.texts.storm import TITLE as LINE_14

_OUTLOOK = (
    "Från: Ekeviks kommun <kontakt@ekevik.example>\nSkickat: den {when}\nTill: {to}\nÄmne: SV: {subject}\n\n{text}"
)

THREADS: tuple[Event, ...] = (
    Said(
        local("2026-11-03 09.02"),
        "thread-1",
        "mail",
        "märta-testinger",
        "Dop i Ekparken",
        ("Hej!\n\nFår man hålla ett dop i Ekparken? Vi blir ungefär 40 och har egna stolar.\n\nMärta Testinger"),
        "Dop i Ekparken",
        "KS",
        "ordered",
        QUESTION,
    ),
    Took(local("2026-11-03 10.12"), "thread-1", "sten"),
    Answered(
        local("2026-11-03 11.20"),
        "thread-1",
        "sten",
        (
            "Hej Märta! Ja, det går bra och kostar inget. Ställ inte stolarna på rabatterna.\n\nSten Exempelsson, "
            "Ekeviks kommun"
        ),
    ),
    Said(
        local("2026-11-03 19.44"),
        "thread-2",
        "mail",
        "märta-testinger",
        "SV: Dop i Ekparken",
        "Tack! Finns det el i musikpaviljongen också?",
        "Dop i Ekparken",
        "KS",
        "ordered",
        QUESTION,
        thread="thread-1",
        reply_to="thread-1",
        quoted=(
            "Den 3 nov. 2026 kl. 11:20 skrev Ekeviks kommun <kontakt@ekevik.example>:\n> Hej Märta! Ja, det går bra "
            "och kostar inget. Ställ inte stolarna på\n> rabatterna.\n>\n> Sten Exempelsson, Ekeviks kommun"
        ),
    ),
    Took(local("2026-11-04 08.15"), "thread-2", "sten"),
    Answered(
        local("2026-11-04 08.33"),
        "thread-2",
        "sten",
        (
            "Hej! Ja, ett uttag med 16 ampere. Nyckeln lånar du i receptionen samma dag.\n\nSten Exempelsson, "
            "Ekeviks kommun"
        ),
    ),
    Said(
        local("2026-11-11 13.08"),
        "thread-3",
        "mail",
        "henrik-fabelsson",
        "Uteservering",
        ("Vi vill ha kvar uteserveringen med värmare över vintern. Behövs nytt tillstånd?\n\nHenrik Fabelsson"),
        "Uteservering på vintern",
        "SBN",
        "registered",
        CASE,
    ),
    Took(local("2026-11-11 13.35"), "thread-3", "elsa"),
    Confirmed(local("2026-11-11 13.38"), "thread-3", "elsa", "registered", CASE, "Uteservering på vintern", "SBN"),
    Answered(
        local("2026-11-11 15.02"),
        "thread-3",
        "elsa",
        (
            "Hej Henrik! Ja, tillståndet går ut den 30 november. Skicka en skiss med måtten, så räcker det som "
            "ansökan.\n\nElsa Fingerad, Ekeviks kommun"
        ),
    ),
    Said(
        local("2026-11-12 07.31"),
        "thread-4",
        "mail",
        "henrik-fabelsson",
        "SV: Uteservering",
        "Perfekt, skissen kommer i veckan. Får värmarna gå på gasol?",
        "Uteservering på vintern",
        "SBN",
        "registered",
        CASE,
        thread="thread-3",
        reply_to="thread-3",
        quoted=_OUTLOOK.format(
            when="11 november 2026 15:02",
            to="Henrik Fabelsson <henrik.fabelsson@exempel.se>",
            subject="Uteservering",
            text=(
                "Hej Henrik! Ja, tillståndet går ut den 30 november. Skicka en skiss med måtten, så räcker det som "
                "ansökan."
            ),
        ),
    ),
    Took(local("2026-11-12 08.44"), "thread-4", "elsa"),
    Answered(
        local("2026-11-12 09.20"),
        "thread-4",
        "elsa",
        "Hej! Nej, inte gasol under tak. El går bra.\n\nElsa Fingerad, Ekeviks kommun",
    ),
    Said(
        local("2026-11-13 10.40"),
        "thread-5",
        "mail",
        "lena-låtsaslind",
        "Hyra släpkärra",
        "Går det att hyra släpkärra på återvinningscentralen?\n/Lena",
        "Hyra släp",
        "SBN",
        "ordered",
        QUESTION,
    ),
    Took(local("2026-11-13 11.05"), "thread-5", "amina"),
    Answered(
        local("2026-11-13 11.32"),
        "thread-5",
        "amina",
        "Hej Lena! Ja, gratis i tre timmar. Ta med körkort.\n\nAmina Provdal, Ekeviks kommun",
    ),
    Said(
        local("2026-11-13 11.58"),
        "thread-6",
        "mail",
        "lena-låtsaslind",
        "SV: Hyra släpkärra",
        "Toppen, tack!!",
        "Hyra släp",
        "SBN",
        "trivial",
        "Tack utan ny fråga.",
        thread="thread-5",
        reply_to="thread-5",
        quoted=(
            "-----Ursprungligt meddelande-----\nFrån: Ekeviks kommun\nSkickat: fredag 13 november 2026 11:32\nÄmne: "
            "SV: Hyra släpkärra\n\nHej Lena! Ja, gratis i tre timmar. Ta med körkort."
        ),
    ),
    Closed(local("2026-11-13 13.10"), "thread-6", "amina", "Tack utan ny fråga."),
)

MISTAKE: tuple[Event, ...] = (
    Said(
        local("2026-11-10 11.20"),
        "rumour-1",
        "mastodon",
        "wilma-testhed",
        "",
        "Nu tar de skolbussen också!! Läste precis att skolskjutsen i Sjövik försvinner med linje 14. Dela!",
        LINE_14,
        "BUN",
        "registered",
        VIEW,
        context="post-line14-ma",
        visibility="public",
    ),
    Said(
        local("2026-11-10 11.41"),
        "rumour-2",
        "facebook",
        "stig-provmark",
        "",
        "är det sant att skolskjutsen dras in???",
        LINE_14,
        "BUN",
        "registered",
        VIEW,
        context="post-line14-fb",
        visibility="public",
    ),
    Took(local("2026-11-10 11.46"), "rumour-1", "amina"),
    Confirmed(
        local("2026-11-10 11.48"),
        "rumour-1",
        "amina",
        "registered",
        VIEW,
        LINE_14,
        "BUN",
        "Länsbussarnas beslut om linje 14",
    ),
    Noted(
        local("2026-11-10 11.52"),
        "rumour-1",
        "siv",
        "Nej. Skolskjutsen är ett eget avtal med ett annat bolag och ändras inte.",
    ),
    Answered(
        local("2026-11-10 11.57"),
        "rumour-1",
        "amina",
        (
            "Hej! Nej, skolskjutsen är kvar precis som den är. Den körs av ett annat bolag och har inget med linje "
            "14 att göra. Det som slutar gå den 13 december är Länsbussarnas linje 14."
        ),
    ),
    Published(local("2026-11-10 13.05"), "rumour-1", "amina"),
    Took(local("2026-11-10 11.59"), "rumour-2", "amina"),
    Answered(
        local("2026-11-10 13.02"),
        "rumour-2",
        "amina",
        (
            "Hej Stig! Nej. Skolskjutsen är kvar som den är, den har ett eget avtal. Det gick ett rykte på "
            "förmiddagen, och det var fel."
        ),
    ),
    Said(
        local("2026-11-10 13.26"),
        "rumour-3",
        "mastodon",
        "wilma-testhed",
        "",
        "Ok, då läste jag fel. Förlåt alla. Har ändrat i mitt inlägg. Men bussen är fortfarande borta!",
        LINE_14,
        "BUN",
        "ordered",
        QUESTION,
        thread="rumour-1",
        reply_to="rumour-1",
        visibility="public",
    ),
    Edited(
        local("2026-11-10 13.28"),
        "rumour-1",
        "RÄTTELSE: skolskjutsen är kvar, jag läste fel. Men linje 14 i Sjövik försvinner.",
    ),
    Closed(local("2026-11-10 14.10"), "rumour-3", "amina", "Rättad av avsändaren själv."),
)

WAITING: tuple[Event, ...] = (
    Said(
        local("2026-11-17 14.22"),
        "waiting-1",
        "web",
        "mona-exempelvik",
        "Gågata på Storgatan",
        (
            "Är det bestämt att Storgatan ska bli gågata nästa sommar? Vi har butik där och måste planera våra "
            "leveranser."
        ),
        "Gågata på Storgatan",
        "SBN",
        "registered",
        CASE,
        answer_by_mail=True,
    ),
    Took(local("2026-11-17 15.01"), "waiting-1", "amina"),
    Noted(
        local("2026-11-18 10.50"),
        "waiting-1",
        "vera",
        "Inte beslutat. Nämnden tar det den 9 december. Leveranser 6–10 i förslaget.",
    ),
    Drafted(
        local("2026-11-18 11.20"),
        "waiting-1",
        "amina",
        (
            "Hej! Nej, det är inte bestämt. Nämnden beslutar den 9 december. I förslaget får leveranser köra in "
            "mellan 6 och 10 varje dag."
        ),
    ),
    Waited(local("2026-11-18 11.22"), "waiting-1", "amina", "Väntar på att Jonas godkänner."),
    Said(
        local("2026-11-17 19.05"),
        "waiting-2",
        "web",
        "",
        "Varför fälldes björkarna",
        "Varför fälldes alla björkar på Kvarngatan i går? Ingen hade sagt något till oss som bor där.",
        "Fällda björkar",
        "SBN",
        "registered",
        VIEW,
    ),
    Took(local("2026-11-18 09.10"), "waiting-2", "elsa"),
    Noted(
        local("2026-11-18 09.25"), "waiting-2", "elsa", "Frågat parkenheten vem som beslutade. Svar väntas på måndag."
    ),
    Waited(local("2026-11-18 09.26"), "waiting-2", "elsa", "Väntar på uppgifter från parkenheten."),
)
SCENES = (THREADS, MISTAKE, WAITING)
