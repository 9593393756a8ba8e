"""Questions that come up once in the month, each with its answer: the second half."""

from __future__ import annotations

from torget.demo.texts.kinds import CASE, QUESTION, REQUEST, VIEW, Ask, single

SUBJECTS = (
    single(
        "Träden i Ekparken",
        "KS",
        "registered",
        VIEW,
        Ask("Spara ekarna i Ekparken! De är äldre än hela stan. Flytta garaget istället.", 0, "", ("oaks",)),
        (
            "Fem av sju ekar står kvar i förslaget. De två andra är sjuka inuti, enligt mätningen i september. Din "
            "synpunkt är registrerad i samrådet och får svar i redogörelsen i januari."
        ),
    ),
    single(
        "Lastcykel i garaget",
        "KS",
        "registered",
        VIEW,
        Ask("Får lastcyklar plats i garaget? Vanliga cykelställ är för smala."),
        "Ja, sexton platser med en meters bredd på plan ett. De syns i ruta F4 på ritningen.",
    ),
    single(
        "Grillplats vid sjön",
        "SBN",
        "ordered",
        QUESTION,
        Ask("Finns det ved vid grillplatsen i Sjövik på vintern?"),
        "Ja, vi fyller på varje fredag till och med mars. Är det slut, säg till här.",
    ),
    single(
        "Skridskois",
        "KS",
        "ordered",
        QUESTION,
        Ask("när öppnar isbanan?? ⛸️", 0, "MF"),
        (
            "Så fort det har varit fem minusgrader tre nätter i rad. Förra året blev det den 6 december. Vi skriver "
            "här samma dag."
        ),
    ),
    single(
        "Hyra skidor",
        "KS",
        "ordered",
        QUESTION,
        Ask("Kan man låna skidor i fritidsförrådet även om man inte bor i kommunen?"),
        "Ja. Alla får låna, gratis i två veckor. Öppet tisdagar och torsdagar 15–19.",
    ),
    single(
        "Bredband på landet",
        "KS",
        "ordered",
        QUESTION,
        Ask("Blir det nånsin fiber i Västra Ekby? Alla utom vi fem gårdar har fått.", 0, "WE"),
        (
            "Ja, 2028. Ni ligger i den tredje och sista etappen. Vill ni ha det tidigare behöver minst fyra av er "
            "fem anmäla sig före den 31 januari."
        ),
    ),
    single(
        "Enskilt avlopp",
        "SBN",
        "registered",
        CASE,
        Ask("Har fått brev om att vårt avlopp är underkänt. Hur lång tid har vi på oss och finns det bidrag?", 0, "WE"),
        (
            "Två år från brevets datum. Något bidrag finns inte, men rotavdrag går att få för arbetet. Ring vår "
            "rådgivare på 0000-00 00 04 innan du köper något."
        ),
    ),
    single(
        "Radonmätning",
        "SBN",
        "ordered",
        QUESTION,
        Ask("Kan man få låna dosor för radonmätning? Vi har blåbetong."),
        (
            "Ja, du beställer dem av oss för 450 kronor. Mät i två månader mellan oktober och april. Är värdet över "
            "200 hjälper vi dig vidare."
        ),
    ),
    single(
        "Råttor vid återvinningen",
        "SBN",
        "registered",
        REQUEST,
        Ask("RÅTTOR vid återvinningen på Norrbytorg. Stora som katter. Gör något!", 0, "MF"),
        (
            "Vi sätter ut fällor i dag och tömmer kärlen varje dag i stället för var tredje. Ställ inga påsar "
            "bredvid, det är dem råttorna kommer för."
        ),
    ),
    single(
        "Bortsprungen katt",
        "KS",
        "ordered",
        QUESTION,
        Ask("Har nån lämnat in en grå katt hos er? Saknad sen i tisdags, vit tass fram", 0, "F"),
        ("Nej, inte hos oss. Det är polisen som tar emot anmälan om upphittade djur. Hoppas att den kommer hem."),
    ),
    single(
        "Vigsel i kommunhuset",
        "KS",
        "ordered",
        QUESTION,
        Ask("Vi vill gifta oss den 12/12. Går det i kommunhuset på en lördag?"),
        (
            "Ja, klockan 11.30 eller 13 är lediga. Ta med två vittnen och intyget om hindersprövning. Det kostar "
            "ingenting."
        ),
    ),
    single(
        "Skuldrådgivning",
        "SN",
        "ordered",
        QUESTION,
        Ask("Hur lång väntetid är det till skuldrådgivning? Behöver inte skriva varför va.", 0, "WE"),
        (
            "En vecka. Du behöver inte skriva varför. Ring 0000-00 00 05 eller boka en tid på ekevik.example/skuld, "
            "där du får vara anonym."
        ),
    ),
    single(
        "God man",
        "SN",
        "ordered",
        QUESTION,
        Ask("Hur blir man god man? Jag har gått i pension och har tid över.", 0, "WE"),
        (
            "Kom på kvällen den 2 december klockan 18 på biblioteket, eller anmäl dig på ekevik.example/godman. Vi "
            "söker 15 nya och du får en kurs."
        ),
    ),
    single(
        "Parkeringsbot",
        "SBN",
        "ordered",
        QUESTION,
        Ask("Fick böter på Hamngatan fast jag hade p-skiva. Vart överklagar man??"),
        (
            "Till Polisen, inte till oss. Du måste betala först och får tillbaka pengarna om du har rätt. Adressen "
            "står på baksidan av lappen."
        ),
    ),
    single(
        "Datumparkering",
        "SBN",
        "ordered",
        QUESTION,
        Ask("Gäller datumparkering även på helger i vinter?"),
        ("Ja, alla dagar 1 november–30 april, klockan 0–7. Jämna datum får du inte stå på sidan med jämna nummer."),
    ),
    single(
        "Lekplats stängd",
        "SBN",
        "ordered",
        QUESTION,
        Ask("Varför är lekplatsen på Björkvägen avspärrad? Ingen skylt eller nåt", 0, "", ("playground",)),
        (
            "Marken under rutschkanan har sjunkit. Vi fyller på och öppnar igen den 27 november. En skylt sätts upp "
            "i dag."
        ),
    ),
    single(
        "Skolfoto på Facebook",
        "BUN",
        "registered",
        CASE,
        Ask("Förskolan la ut en bild där mitt barn syns. Vi har sagt nej till det. Ta bort den idag.", 0, "WE"),
        (
            "Bilden är borttagen nu. Det skulle inte ha hänt. Förskolechefen ringer dig i dag och "
            "berättar hur det gick till och vad vi ändrar."
        ),
    ),
    single(
        "Musik på torget",
        "KS",
        "ordered",
        QUESTION,
        Ask("Behöver man tillstånd för att spela gitarr på torget? Bara jag och en hatt", 0, "MF"),
        "Nej, inte för att spela utan förstärkare mellan 8 och 22. Ställ dig så att folk kommer förbi.",
    ),
    single(
        "Valaffischer",
        "KS",
        "registered",
        REQUEST,
        Ask("Det sitter fortfarande valaffischer på stolparna vid rondellen. Valet var i september!"),
        "Partierna skulle ha tagit ner dem. Vi plockar bort resten i morgon och skickar räkningen till dem.",
    ),
    single(
        "Webbsidan om avgifter",
        "KS",
        "registered",
        REQUEST,
        Ask(
            "Länken till avgifterna på er hemsida går till en tom sida. Testat i två webbläsare.",
            0,
            "WE",
            ("screenshot",),
        ),
        ("Den fungerar nu. Sidan hade flyttat utan att länken följde med. Tack för att du testade två gånger."),
    ),
    single(
        "Teckenspråkstolk",
        "KS",
        "ordered",
        QUESTION,
        Ask("Finns teckenspråkstolk på samrådsmötet i Folkets hus? Jag är döv och vill kunna fråga.", 0, "WE"),
        (
            "Ja. Vi har bokat två tolkar till mötet den 25 november klockan 18. De sitter till vänster om scenen, "
            "och vi håller en plats på första raden åt dig."
        ),
    ),
    single(
        "Pensionärsrabatt på badet",
        "KS",
        "ordered",
        QUESTION,
        Ask("Ringde 13.40. Kvinna som undrar om pensionärer har rabatt i simhallen och om den gäller helger.", 0, "C"),
        "Ja, 45 kronor i stället för 70, alla dagar. Uppringd, fick beskedet.",
    ),
    single(
        "Snökanon",
        "KS",
        "ordered",
        QUESTION,
        Ask("Ringde 11.15. Man frågar om elljusspåret får konstsnö i år. Återkommer själv.", 0, "C"),
        (
            "Ja, från den 1 december om det är kallt nog. Spåret är 2,5 kilometer. Beskedet ligger hos växeln när "
            "han ringer igen."
        ),
    ),
    single(
        "Asfaltgrop",
        "SBN",
        "registered",
        REQUEST,
        Ask("Djup grop i körbanan, Sjöviksvägen 40. Stänker på gående.", 0, "J", ("pothole",)),
        "Gropen är lagad med kallasfalt i dag. Den får ny beläggning i maj.",
    ),
    single(
        "Demokratistugan",
        "KS",
        "registered",
        VIEW,
        Ask("Jag såg politikerna svara på frågor på torget i lördags. Gör det varje månad, det var ju bra!"),
        (
            "Det blir så. Första lördagen i månaden klockan 11, från och med februari. På vintern är vi i "
            "bibliotekets entré."
        ),
    ),
)
