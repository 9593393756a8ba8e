"""Getting about: the lift at the travel centre, school transport, parking permits."""

from __future__ import annotations

from torget.demo.texts.kinds import CASE, QUESTION, VIEW, Ask, Subject

LIFT = Subject(
    "Hiss, resecentrum",
    "KS",
    "registered",
    VIEW,
    21,
    (
        Ask("Kommer det att finnas hiss ner till spåren på nya resecentrum?"),
        Ask("Går det hiss på båda sidor eller måste man runt hela torget?", 0, "MF"),
        Ask("fint på bild men hur kommer jag från bussen till perrong 2 med rullstol?", 0, "MF"),
        Ask(
            (
                "Jag läser att det ska bli ett nytt resecentrum. Jag har permobil och undrar om hissarna är stora nog. I "
                "den gamla får jag backa ut."
            ),
            1,
        ),
        Ask("Ryms en tvillingvagn i hissen? I gamla stationen får man fälla ihop den och bära två barn 😅", 1),
        Ask("Vem lagar hissen när den går sönder? Förra vintern stod den still i tre veckor!!", 2),
        Ask(
            (
                "Hissen vid gamla stationen är trasig IGEN. Fick bära min mammas rullator nedför trapporan. Vem har "
                "ansvaret egentligen?"
            ),
            6,
        ),
        Ask(
            (
                "Hur långt är det mellan buss och tåg på det nya resecentrumet? Min man går dåligt men vill inte ha "
                "rullstol."
            ),
            3,
        ),
        Ask("Får man ta med cykeln i hissen ner till tågen?", 4),
        Ask("Två hissar, står det. Men vad händer om den ena är trasig, finns det någon annan väg utan trappor?", 7),
        Ask(
            (
                "Bra att ni bygger hiss på båda sidor, men sätt en bänk vid varje. Det är det man behöver när man väntar."
            ),
            5,
        ),
    ),
    (
        (
            (
                "Ja, på båda sidor om spåren. Från busstorget är det 140 meter till perrong 2, under tak och utan "
                "trappsteg. Hissarna finns i ruta E2 på ritningen: ekevik.example/resecentrum. Tyck till där till och "
                "med 4 december."
            ),
            (
                "Ja. Det blir två hissar, en på varje sida. Hela vägen från bussen är utan trappsteg. Se ruta E2 på "
                "ritningen på ekevik.example/resecentrum."
            ),
        ),
        (
            (
                "Ja, de är större än den gamla. En permobil och en person till får plats, och du kör in på ena sidan och "
                "ut på den andra. En tvillingvagn går också bra."
            ),
        ),
        (
            (
                "Trafikbolaget lagar den, och från och med det nya avtalet ska det vara gjort inom ett dygn. Fram till "
                "dess kör en ersättningsbuss mellan perrongerna. Ring 0000-00 00 01 dygnet runt om hissen står still."
            ),
        ),
        ("140 meter från hållplats A till perrong 2. Det finns tak hela vägen och tre bänkar att vila på.",),
        ("Ja, men den som behöver hissen går före. Det finns också en ränna för cykeln i trappan.",),
        (
            (
                "Tack, det tar vi med. Förslaget om bänkar är registrerat i samrådet, och du kan läsa vad vi gör med det "
                "i redogörelsen i januari."
            ),
        ),
        (
            (
                "Trafikbolaget har ansvaret. Vi har ringt dem nu, och hissen ska gå igen inom ett par timmar. Det är "
                "fjärde gången i år. I det nya resecentrumet ska en hiss vara lagad inom ett dygn, och då finns alltid "
                "den andra."
            ),
        ),
        (
            (
                "Ja. Då tar du hissen på den andra sidan och rampen under spåren. Det är 90 meter längre, men utan "
                "trappsteg. Den hiss som står ska vara lagad inom ett dygn."
            ),
        ),
    ),
    (
        "Två hissar, en på varje sida om spåren. 140 meter från hållplats A till perrong 2, tak hela vägen, inga "
        "trappsteg. Fel åtgärdas inom 24 timmar."
    ),
    "vera",
)

SCHOOL_RIDE = Subject(
    "Skolskjuts",
    "BUN",
    "registered",
    CASE,
    10,
    (
        Ask("Hur långt ska man ha till skolan för att få skolskjuts? Vi har 3,4 km och barnet går i tvåan."),
        Ask("Vi flyttar till Sjövik i januari. Hur söker vi skolskjuts till Ekebyskolan?", 1),
        Ask("Skolskjutsen kom inte i morse. Barnen stod i regnet i 40 minuter. Ingen svarade i telefon.", 2),
        Ask("min son åker växelvis från mig och pappan, får han skjuts från båda adresserna", 3),
        Ask(
            (
                "Taxin till skolan har bytt tid tre gånger på två veckor utan att vi fått veta nåt. Hur ska man kunna "
                "planera?"
            ),
            2,
        ),
        Ask(
            (
                "Får man skolskjuts om vägen är farlig fast det bara är 1,5 km? Det finns ingen trottoar på Sjöviksvägen."
            ),
            4,
        ),
        Ask(
            ("Ringde 08.20. Pappa till flicka i åk 1, Sjövik. Bussen kom inte. Vill bli uppringd. Har kört själv."),
            2,
            "C",
        ),
    ),
    (
        (
            (
                "I årskurs 1–3 är gränsen 2 kilometer, så ditt barn har rätt till skolskjuts. Sök på "
                "ekevik.example/skolskjuts. Beslutet kommer inom två veckor."
            ),
            (
                "2 kilometer i förskoleklass till årskurs 3, 3 kilometer i årskurs 4–6 och 4 kilometer i årskurs 7–9. Vi "
                "mäter den kortaste vägen som går att gå året runt."
            ),
        ),
        (
            (
                "Sök så snart du vet adressen, på ekevik.example/skolskjuts. Då är skjutsen klar till vårterminens "
                "första dag, den 11 januari."
            ),
        ),
        (
            (
                "Så ska det inte vara. Bolaget har haft två bilar för lite och har satt in en till från och med i "
                "morgon. Ring 0000-00 00 02 från klockan 6.30 om bilen inte har kommit inom tio minuter, så skickar vi "
                "en annan."
            ),
        ),
        (
            (
                "Ja, om båda adresserna ligger i Ekevik och båda är längre bort än gränsen. Ni söker en gång, "
                "tillsammans, och bifogar schemat."
            ),
        ),
        (
            (
                "Ja, det kan man få. Vi bedömer trafiken på vägen, inte bara avståndet. Skriv Sjöviksvägen i ansökan, så "
                "tar vi med mätningen från i september."
            ),
        ),
    ),
)

PERMIT = Subject(
    "Parkeringstillstånd",
    "SBN",
    "ordered",
    QUESTION,
    9,
    (
        Ask("Hur ansöker man om parkeringstillstånd för rörelsehindrade? Det är till min pappa som inte har dator."),
        Ask("Mitt boendeparkeringstillstånd går ut 30 november, måste jag söka nytt eller förlängs det?", 1),
        Ask("hur lång tid tar det att få p-tillstånd?? sökte för 3 v sen", 2),
        Ask("Gäller mitt parkeringstillstånd från grannkommunen även hos er?", 3),
        Ask("Kan jag få boendeparkering för två bilar på Storgatan?", 4),
        Ask(
            (
                "Ringde 10.05. Man, 80+. Vill ha blankett för p-tillstånd hemskickad. Adress lämnad muntligt, inte "
                "antecknad."
            ),
            5,
            "C",
        ),
    ),
    (
        (
            (
                "Ring 0000-00 00 00, så skickar vi blanketten hem. Ett intyg från läkare och ett foto ska med. Det "
                "kostar ingenting."
            ),
        ),
        (
            (
                "Du behöver söka nytt. Det tar fem minuter på ekevik.example/parkera, och gör du det före den 25 "
                "november hinner det bli klart."
            ),
        ),
        (
            (
                "Högst fyra veckor från det att läkarintyget har kommit in. Har det gått längre, svara här med ditt "
                "ärendenummer, inte med personnummer."
            ),
        ),
        (
            (
                "Ja, om det är ett tillstånd för rörelsehindrade. Det gäller i hela landet. Boendeparkering gäller bara "
                "i den egna zonen."
            ),
        ),
        (
            (
                "Nej, det är ett tillstånd per hushåll på Storgatan. Den andra bilen kan stå på Hamnparkeringen för 350 "
                "kronor i månaden."
            ),
        ),
        ("Blanketten ligger på posten i dag. Ett intyg från läkare och ett foto ska med tillbaka.",),
    ),
)

SUBJECTS = (LIFT, SCHOOL_RIDE, PERMIT)
