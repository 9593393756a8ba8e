"""What changes or is private: other languages, edits, deletion, the same mail twice, messages to few."""

from __future__ import annotations

from torget.demo.happenings import (
    Answered,
    Confirmed,
    Deleted,
    Edited,
    Event,
    Helped,
    Noted,
    Repeated,
    Said,
    Took,
)
from torget.demo.hours import local
from torget.demo.texts.kinds import QUESTION, REQUEST

LANGUAGES: tuple[Event, ...] = (
    Said(
        local("2026-10-28 16.05"),
        "english",
        "mail",
        "jane-sampleton",
        "School start for our daughter",
        (
            "Hello,\n\nWe move to Ekevik in January from Leeds. Our daughter is nine. Which school will she go to, "
            "and does she need to speak Swedish from the first day? We are a bit nervous!\n\nBest wishes,\nJane "
            "Sampleton"
        ),
        "Skolstart för nyinflyttad",
        "BUN",
        "ordered",
        QUESTION,
        language="en",
    ),
    Took(local("2026-10-29 08.30"), "english", "sten"),
    Answered(
        local("2026-10-29 10.15"),
        "english",
        "sten",
        (
            "Hello Jane,\n\nNo, she does not need any Swedish on the first day. She will go to the school nearest to "
            "your home, and a teacher who speaks English meets her there. She gets extra lessons in Swedish from "
            "week one.\n\nSend us your new address when you have it, and we will book a visit for the three of "
            "you.\n\nSten Exempelsson, Ekevik"
        ),
    ),
    Helped(local("2026-10-29 20.41"), "english", "yes", "Thank you, that is a huge relief."),
    Said(
        local("2026-11-03 12.20"),
        "finnish",
        "mail",
        "mikko-esimerkki",
        "Kotihoito suomeksi",
        (
            "Hei! Äitini on 87-vuotias ja puhuu nykyään vain suomea. Voiko hän saada kotihoitoa suomeksi Ekevikissä? "
            "Terveisin Mikko Esimerkki"
        ),
        "Hemtjänst på finska",
        "SN",
        "ordered",
        QUESTION,
        language="fi",
    ),
    Took(local("2026-11-03 13.15"), "finnish", "elsa"),
    Noted(
        local("2026-11-03 13.40"),
        "finnish",
        "elsa",
        "Han frågar om hemtjänst på finska åt sin mamma. Fick svaret översatt av finska samordnaren.",
    ),
    Answered(
        local("2026-11-03 15.50"),
        "finnish",
        "elsa",
        (
            "Hei Mikko! Kyllä voi. Soita numeroon 0000-00 00 08, siellä vastataan suomeksi. Kotihoidossa on kuusi "
            "suomenkielistä työntekijää.\n\nElsa Fingerad, Ekevik"
        ),
    ),
    Said(
        local("2026-11-09 09.26"),
        "easy",
        "web",
        "rita-fiktivgren",
        "Lätt att läsa",
        ("Jag vill rösta på ritningen. Jag kan inte läsa så bra. Finns det lätt text? Kan någon läsa för mig?"),
        "Lättläst om resecentrum",
        "KS",
        "registered",
        REQUEST,
        answer_by_mail=True,
    ),
    Took(local("2026-11-09 09.40"), "easy", "amina"),
    Confirmed(
        local("2026-11-09 09.42"),
        "easy",
        "amina",
        "registered",
        REQUEST,
        "Lättläst om resecentrum",
        "KS",
        "Samråd resecentrum Ekevik",
    ),
    Answered(
        local("2026-11-09 10.31"),
        "easy",
        "amina",
        (
            "Hej! Ja. Du kan få lätt text.\nDen finns här: ekevik.example/lattlast\n\nVi kan läsa för dig.\nRing "
            "0000-00 00 00.\nDå läser vi i telefonen.\n\nDu kan också komma till biblioteket.\nVi är där på torsdag "
            "klockan 14.\n\nAmina Provdal, Ekeviks kommun"
        ),
    ),
    Helped(local("2026-11-09 11.05"), "easy", "yes", "Bra. Jag kommer på torsdag."),
)

CHANGES: tuple[Event, ...] = (
    # A, then B, then A again: three versions, and the last is not the same entry as the first.
    Said(
        local("2026-11-05 18.12"),
        "edit",
        "mastodon",
        "ek-påhittsson",
        "",
        "Får man parkera utanför biblioteket på kvällar?",
        "Parkering vid biblioteket",
        "SBN",
        "ordered",
        QUESTION,
        visibility="public",
    ),
    Edited(local("2026-11-05 18.15"), "edit", "Får man parkera utanför simhallen på kvällar?"),
    Edited(local("2026-11-05 18.21"), "edit", "Får man parkera utanför biblioteket på kvällar?"),
    Took(local("2026-11-06 08.50"), "edit", "elsa"),
    Answered(
        local("2026-11-06 09.05"),
        "edit",
        "elsa",
        "Hej! Ja, gratis från klockan 18 till 8. På dagen får du stå två timmar med p-skiva.",
    ),
    Said(
        local("2026-10-23 20.33"),
        "deleted",
        "facebook",
        "vidar-uppdiktberg",
        "",
        "Vet ni vem som äger den gula bilen på Norrbytorg, den har stått där i veckor. Regnr slutar på 00X",
        "Fordon på Norrbytorg",
        "SBN",
        "registered",
        REQUEST,
        visibility="public",
    ),
    Took(local("2026-10-26 08.20"), "deleted", "sten"),
    Answered(
        local("2026-10-26 09.11"),
        "deleted",
        "sten",
        (
            "Hej Vidar! Det kan vi inte säga, men vi har satt en lapp på bilen. Står den kvar om sju dagar flyttar "
            "vi den."
        ),
    ),
    Deleted(local("2026-10-26 11.47"), "deleted"),
    Noted(
        local("2026-10-26 13.10"),
        "deleted",
        "sten",
        "Han tog bort sin kommentar och vårt svar försvann med den. Båda finns kvar här.",
    ),
    Said(
        local("2026-10-29 11.03"),
        "twice",
        "mail",
        "dagny-testfors",
        "Boka biblioteksrummet",
        "Kan man boka studierummet på biblioteket för ett helt halvår? Vi är en bokcirkel, 8 personer.",
        "Boka studierum",
        "KS",
        "ordered",
        QUESTION,
    ),
    Repeated(local("2026-10-29 11.09"), "twice"),
    Took(local("2026-10-29 13.12"), "twice", "elsa"),
    Answered(
        local("2026-10-29 13.41"),
        "twice",
        "elsa",
        (
            "Hej Dagny! Nej, fyra veckor åt gången, så att fler får plats. Säg till i disken, så lägger vi in er "
            "nästa period samtidigt.\n\nElsa Fingerad, Ekeviks kommun"
        ),
    ),
)

PRIVATE: tuple[Event, ...] = (
    Said(
        local("2026-10-22 21.30"),
        "direct",
        "mastodon",
        "lo-testson",
        "",
        "Skriver hellre här än öppet. Min hyresvärd säger att kommunen betalar hans parkering, stämmer det?",
        "Parkering hos hyresvärd",
        "SBN",
        "ordered",
        QUESTION,
        visibility="direct",
    ),
    Took(local("2026-10-23 09.20"), "direct", "amina"),
    Answered(
        local("2026-10-23 09.55"),
        "direct",
        "amina",
        (
            "Hej Lo! Nej, det gör vi inte. Vi betalar bara för parkeringar som vi äger, och listan finns på "
            "ekevik.example/parkera."
        ),
    ),
    Said(
        local("2026-11-06 17.45"),
        "followers",
        "mastodon",
        "hedda-uppdiktsson",
        "",
        "Någon på kommunen som vet om det finns plats på keramikkursen? (bara för er som följer mig)",
        "Keramikkurs",
        "KS",
        "ordered",
        QUESTION,
        visibility="followers",
    ),
    Took(local("2026-11-09 08.40"), "followers", "sten"),
    Answered(
        local("2026-11-09 08.52"),
        "followers",
        "sten",
        "Hej Hedda! Ja, två platser. Anmäl dig på ekevik.example/kurser.",
    ),
    # Over a weekend: asks again because nobody answers.
    Said(
        local("2026-10-24 10.02"),
        "again-1",
        "mastodon",
        "otto-exempelfors",
        "",
        "Är det någon som har sett en kvarglömd ryggsäck på buss 9?",
        "Hittegods på bussen",
        "SBN",
        "ordered",
        QUESTION,
        visibility="public",
    ),
    Said(
        local("2026-10-24 18.40"),
        "again-2",
        "mastodon",
        "otto-exempelfors",
        "",
        "Hallå?",
        "Hittegods på bussen",
        "SBN",
        "ordered",
        QUESTION,
        thread="again-1",
        reply_to="again-1",
        visibility="public",
    ),
    Said(
        local("2026-10-25 12.15"),
        "again-3",
        "mastodon",
        "otto-exempelfors",
        "",
        "Jobbar ingen hos er på helgen 😅",
        "Hittegods på bussen",
        "SBN",
        "ordered",
        QUESTION,
        thread="again-1",
        reply_to="again-2",
        visibility="public",
    ),
    Took(local("2026-10-26 08.05"), "again-3", "amina"),
    Answered(
        local("2026-10-26 08.17"),
        "again-3",
        "amina",
        (
            "Hej Otto! Nej, inte på helgen, förlåt att du fick ropa. Hittegods på buss 9 finns hos Länsbussarna: "
            "0000-00 00 09. De har öppet 7–18."
        ),
    ),
)

SCENES = (LANGUAGES, CHANGES, PRIVATE)
