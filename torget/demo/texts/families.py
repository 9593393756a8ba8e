"""Families and leisure: the pre-school queue, the swimming hall, the library."""

from __future__ import annotations

from torget.demo.texts.kinds import QUESTION, Ask, Subject

PRESCHOOL = Subject(
    "Förskolekö",
    "BUN",
    "ordered",
    QUESTION,
    18,
    (
        Ask("Hur lång är kön till förskolan i Norrby? Vi behöver plats i mars."),
        Ask("Vi står i kö till Lindängens förskola sedan i maj och har inte hört något. Var i kön är vi?", 1),
        Ask("när kan man tidigast ställa sitt barn i förskolekö?", 2),
        Ask("Fick erbjudande om plats på andra sidan stan. Om vi tackar nej, hamnar vi sist då?", 3),
        Ask("Stämmer det att man har rätt till plats inom fyra månader? Vi sökte i juni och nu är det november 😡", 4),
        Ask("Syskonförtur – finns det? Storebror går redan på Ekorren.", 5),
        Ask("Kan man se sin köplats nånstans på nätet eller måste man ringa?", 1),
        Ask("vad kostar förskolan för två barn? hittar bara en gammal tabell från 2023", 6),
        Ask("Vi är arbetslösa båda två, hur många timmar får barnet gå?", 7),
        Ask("Kan vi byta förskola mitt i terminen? Trivs inte riktigt där vi är.", 8),
    ),
    (
        (
            (
                "Just nu är det ungefär fyra månaders kö i Norrby, och till mars räknar vi med 14 lediga platser. Sök i "
                "dag på ekevik.example/forskola, så är ni med när platserna delas ut i december."
            ),
            (
                "Fyra månader i Norrby, tre i centrum och knappt två i Sjövik. Söker ni flera områden går det oftast "
                "fortare."
            ),
        ),
        (
            (
                "Du ser din köplats när du loggar in på ekevik.example/forskola. Den räknas om varje måndag. Kan du inte "
                "logga in, ring 0000-00 00 00, så tittar vi åt dig."
            ),
        ),
        ("Tidigast när barnet är sex månader. Kötiden räknas från den dag du söker.",),
        (
            (
                "Nej, ni hamnar inte sist. Tackar ni nej behåller ni er plats i kön till den förskola ni helst vill ha, "
                "men garantin om plats inom fyra månader börjar om."
            ),
        ),
        (
            (
                "Ja, det stämmer. Plats ska erbjudas inom fyra månader, och det har vi inte klarat för er. Vår placerare "
                "ringer dig i dag. Säg vilken tid som passar, så ringer vi då."
            ),
        ),
        (
            (
                "Ja. Syskon på samma förskola går före andra i kön. Kryssa i rutan när du söker, annars syns det inte "
                "hos oss."
            ),
        ),
        (
            (
                "Högst 1 725 kronor i månaden för det yngsta barnet och 1 150 för det andra. Det beror på inkomsten. "
                "Räkna på ekevik.example/avgift. Den gamla tabellen är borttagen nu."
            ),
        ),
        ("15 timmar i veckan. Börjar någon av er arbeta eller studera får barnet gå så länge ni är borta.",),
        ("Ja, det går att byta. Sök den nya förskolan som vanligt. Ni behåller platsen ni har tills den nya är klar.",),
    ),
)

POOL = Subject(
    "Simhallens tider",
    "KS",
    "ordered",
    QUESTION,
    15,
    (
        Ask("Vilka tider har simhallen öppet i jul?"),
        Ask("Är simhallen öppen på söndagar? På dörren står det ett och på webben något annat", 1),
        Ask("när är det lugnt i badet? vill simma längder utan bollar i huvudet 🏊", 2, "MF"),
        Ask("Har ni fortfarande damsim på torsdagar?", 3),
        Ask("Stängde ni tidigare i tisdags? Vi kom 19.15 med tre barn och det var låst.", 4),
        Ask("Vad är det för temperatur i lilla bassängen och när är det babysim", 5),
        Ask("Kan man ha barnkalas i simhallen en lördag i december?", 6),
        Ask("öppet på julafton?", 7, "MF"),
    ),
    (
        (
            (
                "Vi har stängt 24–26 december, 31 december och 1 januari. Övriga dagar i jul är det öppet 9–18. Sista "
                "insläpp är en timme före stängning."
            ),
        ),
        ("Ja, söndagar 10–17. Lappen på dörren var gammal och är borta nu. Tack för att du såg det.",),
        ("Vardagar 6.30–8 och 13–15. Då är två banor avsatta för den som simmar längder.",),
        ("Ja, torsdagar 18–20. Då är det bara kvinnlig personal, och fönstren mot caféet är täckta.",),
        (
            (
                "Ja. Vi stängde klockan 19 för att reningen gick sönder, och det sa vi för sent. Visa det här svaret i "
                "kassan, så får ni komma in gratis nästa gång."
            ),
        ),
        (
            (
                "32 grader. Babysim är måndagar och onsdagar 9.30–11. Nästa kurs börjar 18 januari, och den bokar du "
                "från 1 december."
            ),
        ),
        (
            (
                "Ja. Lördagar 12–14 finns plats för tolv barn. Det kostar 95 kronor per barn med saft och bulle. Boka på "
                "ekevik.example/bada."
            ),
        ),
        ("Nej, inte på julafton, juldagen eller annandagen. Från den 27 december är det öppet 9–18.",),
    ),
)

LIBRARY = Subject(
    "Bibliotekets öppettider",
    "KS",
    "ordered",
    QUESTION,
    8,
    (
        Ask("Hur länge är biblioteket öppet på fredagar?"),
        Ask("Är meröppet bara för dom med kort? Hur skaffar man det", 1),
        Ask("Går det att låna dator på bibblan utan lånekort?", 2),
        Ask("kan man lämna böcker när det är stängt?", 3, "MF"),
    ),
    (
        ("Till klockan 18 på fredagar. Med meröppet kommer du in till 22.",),
        ("Ja. Kom in med legitimation en gång, så får du en kod. Det tar fem minuter och är gratis från 18 år.",),
        ("Ja. Säg till i disken, så får du en tillfällig kod för två timmar. Du behöver inte visa legitimation.",),
        ("Ja, i luckan till vänster om entrén. Den är öppen dygnet runt.",),
    ),
)

SUBJECTS = (PRESCHOOL, POOL, LIBRARY)
