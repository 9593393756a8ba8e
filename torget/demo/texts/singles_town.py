"""Questions that come up once in the month, each with its answer."""

from __future__ import annotations

from torget.demo.texts.kinds import DISCLOSURE, QUESTION, REQUEST, VIEW, Ask, single

SUBJECTS = (
    single(
        "Laddstolpar vid badhuset",
        "KS",
        "registered",
        VIEW,
        Ask("Blir det fler laddstolpar vid simhallen? Det finns två och en av dem är alltid trasig."),
        "Ja, sex till. De sätts upp i mars. Den trasiga lagas på måndag.",
    ),
    single(
        "Hundrastgård i Sjövik",
        "SBN",
        "registered",
        VIEW,
        Ask(
            "Önskar en hundrastgård i Sjövik. Vi är minst 20 hundägare här och ingen vill gå i koppel på isen.",
            0,
            "",
            ("dogs",),
        ),
        (
            "Nej, inte nästa år. Pengarna räcker till en ny rastgård, och den byggs i Norrby. Din önskan är "
            "registrerad och tas upp igen i september, när vi planerar 2028."
        ),
    ),
    single(
        "Avtal för skolmat",
        "KS",
        "registered",
        DISCLOSURE,
        Ask("Jag vill läsa avtalet om skolmaten. Gärna som pdf.", 0, "E"),
        (
            "Här är avtalet. Två rader om priser är dolda, eftersom de är företagets affärshemligheter (31 kap. 16 § "
            "OSL). Vill du ha ett beslut som du kan överklaga, säg till."
        ),
    ),
    single(
        "Protokoll från nämnden",
        "SBN",
        "registered",
        DISCLOSURE,
        Ask(
            "Kan ni skicka protokollet från samhällsbyggnadsnämnden i oktober? Paragrafen om Hamngatan räcker.", 0, "WE"
        ),
        "Det är bifogat, paragraf 112. Hela protokollet ligger på ekevik.example/protokoll.",
    ),
    single(
        "Färdtjänst till Lucia",
        "SN",
        "ordered",
        QUESTION,
        Ask("Hur långt i förväg måste man beställa färdtjänst till luciatåget? Mormor vill så gärna."),
        (
            "Senast klockan 18 dagen före. Den 13 december är en söndag med många resor, så beställ gärna redan nu: "
            "0000-00 00 03."
        ),
    ),
    single(
        "Hemtjänstens julmat",
        "SN",
        "ordered",
        QUESTION,
        Ask("Kan man beställa julmat genom hemtjänsten? Pappa är ensam i år."),
        "Ja. Säg till personalen senast den 11 december. Julbordslådan kostar 89 kronor och kommer den 23.",
    ),
    single(
        "Allergi i skolan",
        "BUN",
        "ordered",
        QUESTION,
        Ask("Min dotter har fått nötallergi konstaterad. Vem pratar jag med i skolan, rektor eller köket?", 0, "WE"),
        (
            "Prata med skolsköterskan först. Hon skriver specialkosten och köket följer den från nästa dag. Numret "
            "får du av skolan, eller av oss på 0000-00 00 00. Skriv inga hälsouppgifter här."
        ),
    ),
    single(
        "Mobilförbud i skolan",
        "BUN",
        "ordered",
        QUESTION,
        Ask("gäller mobilförbudet även på fritids?", 0, "MF"),
        (
            "Ja. Mobilen lämnas in på morgonen och hämtas när barnet går hem. Behöver du nå barnet ringer du "
            "avdelningen."
        ),
    ),
    single(
        "Lovskola i jul",
        "BUN",
        "ordered",
        QUESTION,
        Ask("Finns det lovskola i jul för nior? Sonen ligger efter i matte."),
        ("Ja, 21–22 december och 4–5 januari på Ekebyskolan. Anmäl till mentorn före den 4 december. Lunch ingår."),
    ),
    single(
        "Öppen förskola",
        "BUN",
        "ordered",
        QUESTION,
        Ask("Är öppna förskolan öppen på fredagar? Och måste man anmäla sig"),
        "Ja, fredagar 9–12. Du behöver inte anmäla dig.",
    ),
    single(
        "Sommarjobb 2027",
        "KS",
        "ordered",
        QUESTION,
        Ask("När kan man söka sommarjobb hos kommunen? Går i tvåan på gymnasiet 😊", 0, "MF"),
        ("Från den 1 februari till den 15 mars på ekevik.example/sommarjobb. Alla som går i tvåan får ett erbjudande."),
    ),
    single(
        "Flagga på fel dag",
        "KS",
        "ordered",
        QUESTION,
        Ask("Varför var det flaggat utanför kommunhuset i onsdags? Hittar inget i almanackan."),
        "Ett medborgarskapsfirande. Vi flaggar då också, även om dagen inte står i almanackan.",
    ),
    single(
        "Cykelställ vid biblioteket",
        "SBN",
        "registered",
        REQUEST,
        Ask("Cykelställen utanför bibblan är så trånga att styret fastnar. Går det att byta?", 0, "", ("bikes",)),
        "Ja. De byts i april mot ställ där man kan låsa fast ramen. Det blir 24 platser i stället för 30.",
    ),
    single(
        "Gungan i Ekparken",
        "SBN",
        "registered",
        REQUEST,
        Ask("En gunga i Ekparken har en kedja som är nästan av!! Någon kan skada sig", 0, "", ("swing",)),
        "Den är nedtagen nu. En ny sätts upp på tisdag. Bra att du skrev direkt.",
    ),
    single(
        "Övergångsställe Storgatan",
        "SBN",
        "registered",
        VIEW,
        Ask("Det behövs ett övergångsställe vid apoteket på Storgatan. Bilarna kör i 50 och barnen springer över."),
        (
            "Nej, inget övergångsställe just där, eftersom sikten är för dålig för att det ska vara tryggt. I "
            "stället bygger vi ett farthinder och en mittrefug 40 meter bort i maj."
        ),
    ),
    single(
        "Hastighet på Sjöviksvägen",
        "SBN",
        "registered",
        VIEW,
        Ask("Kan ni inte sänka till 40 på Sjöviksvägen? Långtradarna dånar förbi köksfönstret."),
        (
            "Vi mäter trafiken vecka 48. Om fler än 15 av 100 kör fortare än 50 föreslår vi 40. Du får veta hur det "
            "gick senast den 18 december."
        ),
    ),
    single(
        "Höga häckar i korsning",
        "SBN",
        "registered",
        REQUEST,
        Ask("Häcken i korsningen Stigen/Kvarngatan skymmer helt. Man måste ut med halva bilen för att se."),
        ("Vi har skrivit till ägaren i dag. Häcken ska ner till 80 centimeter inom tre veckor. Annars klipper vi den."),
    ),
    single(
        "Klotter i gångtunneln",
        "SBN",
        "registered",
        REQUEST,
        Ask("klotter i tunneln igen. inte så kul att gå förbi med barn när man ser vad det står", 0, "MF"),
        "Det är bort i morgon före klockan 9. Fula ord tar vi inom ett dygn, annat inom en vecka.",
    ),
    single(
        "Julmarknaden",
        "KS",
        "ordered",
        QUESTION,
        Ask("Hur bokar man bord på julmarknaden? Säljer egen honung 🍯"),
        ("Mejla marknad@ekevik.example senast den 25 november. Ett bord kostar 200 kronor, och det finns elva kvar."),
    ),
    single(
        "Lokal för körövning",
        "KS",
        "ordered",
        QUESTION,
        Ask("Vår kör letar lokal på onsdagskvällar, ca 30 personer. Finns någon aula att hyra?"),
        (
            "Ja, aulan i Ekebyskolan är ledig onsdagar från klockan 18. En förening betalar 60 kronor i timmen. Boka "
            "på ekevik.example/lokaler."
        ),
    ),
    single(
        "Föreningsbidrag",
        "KS",
        "ordered",
        QUESTION,
        Ask("Sista dag för att söka föreningsbidrag? Kassören har slutat och ingen vet något…", 0, "WE"),
        ("Den 30 november. Vi har skickat er ny inloggning till ordförandens adress, som står i föreningsregistret."),
    ),
    single(
        "Studiebesök i kommunhuset",
        "KS",
        "ordered",
        QUESTION,
        Ask("Klass 5B vill komma på studiebesök och ställa frågor till kommunalrådet. Går det?", 0, "WE"),
        (
            "Ja, gärna. Fredagar klockan 10 går bra, och kommunalrådet är med i en halvtimme. Skicka tre datum, så "
            "väljer vi ett."
        ),
    ),
    single(
        "Vad kostar resecentrum",
        "KS",
        "registered",
        VIEW,
        Ask("Vad kostar hela resecentrumet egentligen? Det står olika i tidningen varje gång."),
        (
            "184 miljoner kronor. Kommunen betalar 61, regionen och staten resten. De 210 miljoner som stod i "
            "tidningen räknade med garaget, och det är ett eget beslut."
        ),
    ),
    single(
        "När är resecentrum klart",
        "KS",
        "ordered",
        QUESTION,
        Ask("När är resecentrum klart? Orkar inte med fler avspärrningar"),
        (
            "Hösten 2029, om planen antas i vår. Bygget börjar tidigast i april 2027, så avspärrningarna du ser nu "
            "hör till fjärrvärmen. De är borta före jul."
        ),
    ),
)
