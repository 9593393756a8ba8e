"""House and home: waste at Christmas, building permits for decks, water."""

from __future__ import annotations

from torget.demo.texts.kinds import CASE, QUESTION, REQUEST, Ask, Subject

WASTE = Subject(
    "Sopor i jul",
    "SBN",
    "ordered",
    QUESTION,
    17,
    (
        Ask("Vilken dag hämtar ni soporna i jul? Vi har torsdagar och julafton är ju en torsdag i år."),
        Ask("Hej när töms kärlen mellan jul och nyår, står inget i almanackan", 6),
        Ask("Var lämnar man julgranen sen?", 1),
        Ask("Får man ställa ut extra säckar i jul? Vi blir 19 personer.", 2),
        Ask(
            ("soptunnan har inte tömts på tre veckor. locket går inte igen längre. vad betalar man för egentligen"),
            3,
            "",
            ("bin",),
        ),
        Ask("Julpapper, är det papper eller restavfall? Grannen påstår restavfall", 4),
        Ask("Är återvinningscentralen öppen på annandagen?", 5),
        Ask("Kärlet vid Björkvägen 21 ej tömt. Andra gången i rad.", 3, "J", ("bin",)),
        Ask("Hämtas matavfallet som vanligt i helgerna? Det börjar lukta fort med räkskal 🦐", 6, "MF"),
    ),
    (
        (
            (
                "Ni som har torsdagar får tömt onsdagen den 23 december. Veckan efter kommer vi torsdag som vanligt, men "
                "ställ ut kärlet redan på kvällen. Alla dagar står på ekevik.example/sopor."
            ),
        ),
        ("Vid Folkets hus, Norrbytorg och Sjöviks hamn, 7–20 januari. Ta bort ljus och pynt först.",),
        ("Ja, två genomskinliga säckar bredvid kärlet, mellan 21 december och 8 januari. Det kostar inget extra.",),
        (
            (
                "Så ska det inte vara. Bilen kommer i morgon förmiddag. Vi drar av de missade tömningarna på nästa "
                "faktura, du behöver inte göra något."
            ),
            (
                "Tack för att du säger till. Grinden var låst när bilen kom, säger föraren. Vi kommer tillbaka på "
                "fredag, låt grinden stå öppen från klockan 6."
            ),
        ),
        (
            (
                "Grannen har rätt. Glansigt julpapper är restavfall. Vanligt brunt papper lägger du i "
                "pappersåtervinningen. Knyckla det: fjädrar det tillbaka är det restavfall."
            ),
        ),
        ("Nej, den är stängd 24–26 december. Den 27 december öppnar vi klockan 10.",),
        (
            (
                "Mellan jul och nyår tömmer vi en dag tidigare för torsdagar och en dag senare för fredagar. Övriga har "
                "sin vanliga dag. Matavfallet går på samma tur."
            ),
        ),
    ),
)

DECK = Subject(
    "Bygglov, altan",
    "SBN",
    "registered",
    CASE,
    11,
    (
        Ask("Behöver man bygglov för en altan? Den blir 40 cm hög och går längs hela baksidan."),
        Ask("Jag fick avslag på bygglov för altan och förstår inte varför. Grannen har en likadan.", 1),
        Ask("Vi vill bygga tak över vår altan, 14 kvm. Räcker det med en anmälan?", 2),
        Ask("hur lång tid tar ett bygglov hos er just nu, sökte för altan i september", 3),
        Ask("Vad kostar det att söka bygglov för en altan på 25 kvm?", 4),
        Ask("Kan jag börja bygga altanen medan jag väntar på besked?", 5),
        Ask("Bifogar skiss på altanen. Räcker den eller måste det vara en riktig ritning?", 6, "WE", ("deck",)),
    ),
    (
        (
            (
                "Nej, en altan som är lägre än 1,2 meter och ligger minst 4,5 meter från tomtgränsen kräver inte "
                "bygglov. Är huset särskilt värdefullt kan det gälla annat. Skriv adressen, så ser vi efter."
            ),
        ),
        (
            (
                "Det står i beslutet, men vi kan förklara. Skriv ärendenumret, så ringer handläggaren. Du kan överklaga "
                "inom tre veckor från den dag du fick beslutet. Grannens altan kan ha prövats mot en äldre plan."
            ),
        ),
        (
            (
                "Du behöver varken lov eller anmälan för 14 kvadratmeter, om taket ligger minst 4,5 meter från "
                "tomtgränsen. Över 15 kvadratmeter behövs bygglov."
            ),
        ),
        (
            (
                "Åtta veckor från det att allt har kommit in. Just nu klarar vi det för nio av tio. Skriv ärendenumret, "
                "så ser vi om något saknas i din ansökan."
            ),
        ),
        ("4 300 kronor. Tar vi mer än tio veckor på oss sänks avgiften med en femtedel för varje vecka.",),
        (
            (
                "Nej. Vänta på startbeskedet. Den som börjar före får betala en sanktionsavgift, och den är dyrare än "
                "altanen."
            ),
        ),
        (
            (
                "Skissen räcker för att vi ska kunna säga om det behövs lov, och det gör det inte. Spara skissen, om "
                "någon frågar senare."
            ),
        ),
    ),
    "Kolla planbestämmelsen för Norrby 3:12 innan du svarar om höjd. Lägre än 1,2 m gäller i hela kommunen.",
    "tore",
)

WATER = Subject(
    "Vattnet avstängt",
    "SBN",
    "registered",
    REQUEST,
    5,
    (
        Ask("Vi har inget vatten på Hamngatan sedan klockan 5. Vad händer?"),
        Ask("brunt vatten i kranen, kan man dricka det?", 1),
        Ask("Hur länge är vattnet avstängt på Kvarngatan? Har småbarn och ingen lapp har vi fått.", 0),
    ),
    (
        (
            (
                "En läcka på Hamngatan. Vi lagar den nu, och vattnet är tillbaka före klockan 14. En tank med "
                "dricksvatten står vid Folkets hus. Ta med egen dunk."
            ),
        ),
        (
            (
                "Nej, vänta med att dricka det. Spola kallvattnet i tio minuter. Är det fortfarande brunt, ring 0000-00 "
                "00 00, så kommer vi och tar ett prov i dag."
            ),
        ),
    ),
)

SUBJECTS = (WASTE, DECK, WATER)
