"""The storm: 36 hours of messages after the news on Tuesday 10 November that bus line 14 is cut."""

from __future__ import annotations

from torget.demo.texts.kinds import VIEW, Ask, Subject

TITLE = "Linje 14 läggs ned"

# Groups of answers: 0 why and what instead, 1 work and timetable, 2 the old and ill, 3 children and school,
# 4 how to complain, 5 who decided, 6 no answer is owed to a cry: closed, 7 a smaller bus, 8 the figures, 9 which day,
# 10 to order without a telephone, 11 sorrow.
STORM = Subject(
    TITLE,
    "SBN",
    "registered",
    VIEW,
    40,
    (
        Ask("Skämtar ni?? Linje 14 är den enda bussen vi har!", 0),
        Ask("Varför lägger ni ner linje 14? Den är ju full varje morgon", 0),
        Ask("Jaha. Då får man väl köpa bil då. Så mycket för miljömålen.", 0),
        Ask("Hur ska jag ta mig till jobbet klockan 6? Nästa buss går 7.40 enligt den nya tabellen.", 1),
        Ask("Min mamma är 84 och åker 14:an till dialysen tre dagar i veckan. Vad tycker ni att hon ska göra?", 2),
        Ask("😡😡😡", 6),
        Ask("Vilka har bestämt det här? Namn tack.", 5),
        Ask("ni bygger resecentrum för 184 miljoner men har inte råd med en buss. logiken!!", 0),
        Ask("Vem frågade oss som åker? Inte jag i alla fall.", 5),
        Ask("Var lämnar man in protester? Vi är många i Sjövik som vill skriva på.", 4),
        Ask("Barnen i Sjövik åker 14:an till träningen. Nu blir det skjutsa varje kväll igen.", 3),
        Ask("skandal", 6),
        Ask("Bor i Sjövik sedan 1971. Vi har alltid haft en buss. Nu känns det som att vi inte räknas.", 0),
        Ask("Går det att överklaga beslutet?", 4),
        Ask("Ser inte av tidtabellen om sista bussen hem från stan försvinner. Gör den det?", 1),
        Ask("Läkartider, apotek, matbutik. Allt ligger i stan och jag har inget körkort. Tack för den.", 2),
        Ask("Typiskt. Alltid landet som drabbas.", 6),
        Ask("Finns det siffror på hur många som åker? Jag vill se dem, inte höra ”för få”.", 8),
        Ask("Hur gör man om man har månadskort som gäller till februari? Får man pengarna tillbaka?", 1),
        Ask("Delar!! Läs det här alla i Sjövik och Norra Ekby", 6),
        Ask("Är det anropsstyrd trafik som gäller nu? Hur ringer man om man är döv?", 10),
        Ask(
            ("Ni hade samråd om en busshållplats i två månader men linjen som stannar där lägger ni ner på en dag."), 5
        ),
        Ask("jag pluggar på kvällarna o kommer hem 21.30. ska jag gå 9 km eller???", 1),
        Ask("Mannen min ser dåligt och hittar bara till 14:an. Förstår ni vad ni gör?", 2),
        Ask("Har suttit i den där bussen varje dag i elva år. Chauffören kan mitt namn. Fy.", 6),
        Ask("Kan inte Sjöviks skola lägga om tiderna så att barnen kan åka linje 9 istället?", 3),
        Ask("Vem ska man rösta på för att få tillbaka bussen", 6),
        Ask("Snälla tänk om. Ungdomarna här ute har ingenting annat.", 4),
        Ask("14:an är alltid tom när jag ser den. Rätt beslut tycker jag.", 6),
        Ask("När är nästa nämndmöte och får man komma dit?", 4),
        Ask("Jag jobbar i hemtjänsten och åker 14 mellan brukarna. Har någon av er tänkt på oss?", 1),
        Ask("Står det 13 eller 14 december? Det är olika på hållplatsen och på nätet.", 9, "F", ("busstop",)),
        Ask("Ni ljuger. I våras lovade ni att linjen skulle vara kvar till 2028.", 5),
        Ask("OTROLIGT DÅLIGT. SKÄMS.", 6),
        Ask("Vi är fyra familjer som redan pratar om att flytta. Bra jobbat med ”levande landsbygd”.", 0),
        Ask("Hur mycket sparar ni på det här? På riktigt, i kronor.", 8),
        Ask("kan man inte köra en mindre buss då?", 7),
        Ask("Får gymnasieeleverna i Sjövik resekort på linje 9 i stället? De slutar 16.10.", 3),
        Ask("Jag vill bara säga att jag gråter. Det är så långt till allt.", 11),
        Ask("Finns det någon lista att skriva på? Har ingen facebook så mejlar.", 4, "WE"),
    ),
    (
        (
            (
                "Länsbussarna slutar köra linje 14 den 13 december. I snitt åker sex personer per tur, och linjen kostar "
                "2,1 miljoner kronor om året. I stället går det att ringa efter en bil som kör samma väg, för samma pris "
                "som bussen. Siffrorna per tur ligger på ekevik.example/linje14."
            ),
            (
                "Vi förstår att du är arg. Så här är det: sex personer i snitt per tur, 2,1 miljoner kronor om året. En "
                "mindre buss sparar nästan inget, eftersom det är föraren som kostar. Från den 13 december ringer du "
                "efter en bil som kör samma väg. Allt står på ekevik.example/linje14."
            ),
            (
                "Linjen sparar 2,1 miljoner kronor om året. Morgonturen 7.05 är full, det stämmer, och den blir kvar som "
                "tur på linje 9. Resten av dagen ersätts av bilar som du ringer efter. Turerna finns på "
                "ekevik.example/linje14."
            ),
        ),
        (
            (
                "Sista dagen är lördag den 12 december. Från den 13 kör en beställd bil samma väg 5.30–22, för samma "
                "pris. Ring senast en timme före: 0000-00 00 06. Månadskortet gäller i bilen."
            ),
            (
                "Du beställer en bil på 0000-00 00 06 senast en timme före. Den kör samma väg som 14:an mellan 5.30 och "
                "22, och månadskortet gäller. Vill du hellre ha pengarna tillbaka får du det för hela månader."
            ),
        ),
        (
            (
                "Sjukresor påverkas inte. Den som har svårt att resa kan söka färdtjänst, och till dess går det att "
                "ringa efter en bil på 0000-00 00 06. Det går också att beställa med sms eller på "
                "ekevik.example/linje14. Skriv inget om hälsa här, ring oss i stället så hjälper vi till."
            ),
            (
                "Det är en stor förändring, och vi hör det. Bilen hämtar vid dörren för den som har fyllt 75 eller har "
                "svårt att gå. Ring 0000-00 00 06, så ordnar vi det före den 13 december."
            ),
        ),
        (
            (
                "Skolskjutsen är kvar som den är, och gymnasieelever får resekort på linje 9 från den 13 december. Till "
                "träningen går det att beställa en bil på 0000-00 00 06, också för flera barn på en gång."
            ),
        ),
        (
            (
                "Skriv till nämnden på ekevik.example/skriv före den 27 november, så finns din text med när nämnden "
                "möter Länsbussarna den 2 december. Mötet är öppet, klockan 18 i Folkets hus. Själva beslutet är "
                "Länsbussarnas och går inte att överklaga till oss."
            ),
        ),
        (
            (
                "Länsbussarnas styrelse har bestämt, och vår samhällsbyggnadsnämnd har svarat nej till förslaget. Ni som "
                "åker blev inte tillfrågade, och det borde vi ha sagt ifrån om. Den 2 december klockan 18 kommer både "
                "styrelsen och nämnden till Folkets hus."
            ),
        ),
        (),
        (
            (
                "En mindre buss sparar nästan inget, eftersom det är föraren som kostar. Därför blir det bilar som bara "
                "kör när någon har ringt. De kör samma väg, för samma pris. Så här beställer du: ekevik.example/linje14."
            ),
        ),
        (
            (
                "2,1 miljoner kronor om året. I snitt åker sex personer per tur. Morgonturen 7.05 har 31, och den blir "
                "kvar som tur på linje 9. Alla siffror, tur för tur, ligger på ekevik.example/linje14."
            ),
        ),
        (
            (
                "Den 13. Sista dagen är lördag den 12 december. Lappen på hållplatsen är fel, och vi byter den i dag. "
                "Tack för att du såg det."
            ),
        ),
        (
            (
                "Ja, men du behöver inte ringa. Beställ med sms till 0000-00 00 06 eller på ekevik.example/linje14, "
                "senast en timme före. Du får svar samma väg."
            ),
        ),
        (
            (
                "Det är en stor förändring, och vi hör det. Från den 13 december kan du beställa en bil som kör samma "
                "väg. Vill du gå igenom hur det blir för dig, ring 0000-00 00 00, så tar vi det i lugn och ro."
            ),
        ),
    ),
    "Linjen ägs av Länsbussarna. Skriv aldrig att kommunen lägger ned den. Nämndens nej: SBN 2026/0588.",
    "vera",
)

CRY = 6  # the group that is closed without an answer
