"""Streets in the dark season: snow and ice, street lamps, burning leaves."""

from __future__ import annotations

from torget.demo.texts.kinds import QUESTION, REQUEST, Ask, Subject

SNOW = Subject(
    "Snöröjning",
    "SBN",
    "registered",
    REQUEST,
    26,
    (
        Ask(
            "När plogar ni Björkvägen? Det har inte kommit en enda bil hit sen i natt och jag ska till jobbet "
            "klockan 6."
        ),
        Ask("Ingen plog på kvarngatan på hela dan. Har ni glömt oss??", 0, "MF"),
        Ask(
            (
                "Det ligger säkert 15 cm på gångvägen mellan Norrby och skolan. Barnen går i vägbanan istället. När "
                "kommer ni?"
            ),
            0,
            "",
            ("snowbank",),
        ),
        Ask(
            (
                "Plogbilen la en hel vall framför vår garageinfart på Hamngatan 12. Vem ska skotta bort den, jag är 78 "
                "år och orkar inte"
            ),
            1,
        ),
        Ask(
            (
                "Varje gång det snöar hamnar alltihop i min infart!! Är det verkligen meningen att man ska skotta efter "
                "kommunen?"
            ),
            1,
        ),
        Ask("Vilken gata plogas först och vilken sist? Finns det nån lista man kan titta på", 2),
        Ask("Vi bor längst in på Stigen i Sjövik och har förstått att vi är sist. Men hur länge får det dröja?", 2),
        Ask("Blankis på Ekbacken. Såg två som ramlade på en kvart. Sanda!", 3, "MF"),
        Ask(
            (
                "Det är som en skridskobana vid busshållplatsen Folkets hus. Min mamma bröt nästan lårbenet. Kan ni "
                "sanda i dag?"
            ),
            3,
        ),
        Ask("trottoaren utanför vårdcentralen är inte sandad, går inte att ta sig fram med rullator", 3),
        Ask("Var kan man hämta sand gratis? Grannen sa att det finns lådor", 4),
        Ask("Hej, finns det sandlådor i Norrby? Vi är några pensionärer som kan hjälpas åt på vår gata.", 4),
        Ask(
            (
                "Cykelbanan längs Storgatan var inte plogad i morse men bilvägen var ren som på sommaren. Hur tänker ni "
                "där 🤔"
            ),
            5,
            "MF",
        ),
        Ask(
            (
                "Ringde 07.50. Kvinna, Björkvägen. Säger att plogen inte varit där på två dygn. Vill inte lämna namn. "
                "Vill ha besked om när."
            ),
            0,
            "C",
        ),
    ),
    (
        (
            (
                "Vi plogar när det har kommit 6 centimeter snö. Då börjar vi med de stora vägarna, och din gata ska vara "
                "klar inom tio timmar. Är den inte det, ring 0000-00 00 00, så skickar vi en bil."
            ),
            (
                "Bilen kommer i dag. Vi börjar ploga vid 6 centimeter, och bostadsgatorna tar vi efter de stora vägarna. "
                "Allt ska vara klart inom tio timmar från det att det slutat snöa."
            ),
            (
                "Tack för att du säger till. Vi har skickat det vidare till den som plogar hos er, och det blir gjort i "
                "dag. Ring 0000-00 00 00 om det inte är klart i kväll."
            ),
        ),
        (
            (
                "Vallen vid infarten får du skotta själv. Vi hinner inte lyfta plogen vid varje uppfart, och då skulle "
                "gatorna bli klara ett halvt dygn senare. Är du över 70 eller har svårt att skotta kan du få hjälp av "
                "fixartjänsten: 0000-00 00 00. Det kostar ingenting."
            ),
            (
                "Ja, det är den som bor där som skottar sin infart. Har du svårt att göra det, ring fixartjänsten på "
                "0000-00 00 00. De hjälper dig samma dag och det är gratis för den som har fyllt 70."
            ),
        ),
        (
            (
                "Först tar vi de stora vägarna, busslinjerna och gång- och cykelvägarna till skolorna. Sedan "
                "bostadsgatorna, och sist vändplaner och parkeringar. Alltihop ska vara klart inom tio timmar. Kartan "
                "med ordningen finns på ekevik.example/sno."
            ),
            (
                "Det får dröja högst tio timmar efter det att det slutat snöa. Ordningen står på kartan: "
                "ekevik.example/sno. Den bestäms av hur många som går, cyklar och åker där."
            ),
        ),
        (
            "Vi sandar där inom två timmar. Tack för att du sa till.",
            (
                "Bilen är på väg och sandar inom två timmar. Ser du fler hala platser, skriv gatan och närmaste "
                "husnummer, så hittar vi dit."
            ),
            "Det är sandat nu. Platsen är tillagd på listan över sådana vi tar först när det blir halt.",
        ),
        (
            (
                "Ja. Det står gula sandlådor på 34 platser, och där får du ta en hink åt gången. I Norrby står de vid "
                "Norrbytorg och vid busshållplatsen Kvarngatan. Kartan: ekevik.example/sand."
            ),
        ),
        (
            (
                "Det skulle ha varit tvärtom. Cykelvägar till skolor och arbetsplatser ska vara klara före klockan 7, "
                "före bostadsgatorna. I morse var maskinen trasig. Den är lagad, och i morgon är cykelbanan plogad när "
                "du kommer."
            ),
        ),
    ),
    "Driften: entreprenören hade en bil stående 4–6 november. Svara med tio timmar, inte åtta.",
    "vera",
)

LAMP = Subject(
    "Trasig gatlykta",
    "SBN",
    "registered",
    REQUEST,
    14,
    (
        Ask("Gatlyktan utanför Kvarngatan 8 har varit släckt i två veckor nu. Det är kolsvart.", 0, "", ("lamp",)),
        Ask(
            ("lyktan vid lekparken på Björkvägen blinkar hela nätterna rakt in i sovrummet. går den att stänga av?"), 1
        ),
        Ask("Tre lampor i rad är trasiga på gångvägen bakom affären. Min dotter vågar inte gå hem från träningen.", 0),
        Ask("Mörkt på hela Hamngatan i kväll, är det strömavbrott eller är det ni?", 2, "MF"),
        Ask("Hur anmäler man en trasig lampa? Hittar inget på hemsidan.", 3),
        Ask("Belysningsstolpe lutar, Norrbytorg, stolpe nr 4471. Sladd syns.", 4, "J", ("pole",)),
        Ask("Släckt lampa. Gångtunneln vid stationen, norra sidan.", 0, "J", ("tunnel",)),
        Ask("Jag anmälde lyktan på Stigen 3 för en månad sen och inget har hänt. Ska det ta så här lång tid?", 5),
    ),
    (
        (
            "Den blir lagad inom fem arbetsdagar. Vi har lagt in den på elektrikerns lista i dag.",
            (
                "Tack, nu är den anmäld. Elektrikern lagar alla lampor på sträckan på samma gång, senast på fredag nästa "
                "vecka. Gångvägar till skola och träning går först."
            ),
        ),
        ("Vi stänger av den i dag och byter armatur inom fem arbetsdagar. Tack för att du sa till.",),
        (
            (
                "Det är vi. Ett fel i ett skåp släckte hela gatan. Elektrikern är på plats och ljuset är tillbaka före "
                "klockan 20."
            ),
        ),
        (
            (
                "Skriv gatan och närmaste husnummer här, så anmäler vi åt dig. Numret som sitter på stolpen hjälper oss "
                "att hitta. Du kan också ringa 0000-00 00 00 dygnet runt."
            ),
        ),
        ("En elektriker åker dit nu. Rör inte stolpen. Vi spärrar av tills den är lagad.",),
        (
            (
                "Nej, det ska ta fem arbetsdagar. Din anmälan blev liggande hos oss. Lampan lagas på torsdag, och du får "
                "ett meddelande när det är gjort."
            ),
        ),
    ),
)

LEAVES = Subject(
    "Elda löv",
    "SBN",
    "ordered",
    QUESTION,
    10,
    (
        Ask("Får man elda löv i november?"),
        Ask("Får jag elda trädgårdsavfall på tomten? Bor i Norrby, villaområde."),
        Ask("grannen eldar löv varje kväll och vi kan inte ha fönstren öppna. är det ens tillåtet??", 1),
        Ask("Var lämnar man löv om man inte får elda? Har åtta säckar 🍂", 2, "MF"),
        Ask("Röken från kolonilotterna ligger som ett täcke över Ekparken. Min son har astma. Vem kontrollerar?", 1),
        Ask("Är det eldningsförbud just nu? Tänkte bränna lite kvistar på lördag.", 3),
    ),
    (
        (
            (
                "Nej, inte inom detaljplanelagt område, alltså inte i Norrby, centrum eller Sjövik. Där får du elda bara "
                "den sista april. Utanför planlagt område får du elda torra kvistar om det inte stör grannarna."
            ),
            (
                "Det beror på var du bor. Inom detaljplan: nej. På landet: ja, om det är torrt och röken inte stör. "
                "Skriv in adressen på ekevik.example/elda, så ser du vad som gäller hos dig."
            ),
        ),
        (
            (
                "Nej, det är inte tillåtet där. Skriv till oss på ekevik.example/skriv med adress och ungefärlig tid, så "
                "pratar vår miljöinspektör med den som eldar. Du kan vara anonym."
            ),
        ),
        (
            (
                "Lämna dem gratis på återvinningscentralen i Norrby. Den har öppet alla dagar 10–18. Till och med 29 "
                "november står det också en container vid Folkets hus."
            ),
        ),
        (
            (
                "Nej, det är inget eldningsförbud just nu. Men inom detaljplan får du ändå inte elda kvistar i november. "
                "Bor du utanför går det bra, om det inte stör grannarna."
            ),
        ),
    ),
)

SUBJECTS = (SNOW, LAMP, LEAVES)
