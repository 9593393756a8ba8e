"""Thanks and small cries that ask for nothing; most are closed without an answer, as of little importance."""

from __future__ import annotations

from torget.demo.texts.kinds import TRIVIAL, Ask, Subject

PRAISE = Subject(
    "Tack",
    "KS",
    "trivial",
    TRIVIAL,
    16,
    (
        Ask("❤️", 0, "MF"),
        Ask("Tack för att ni klippte häcken på Norrbyvägen, nu ser man när man svänger ut!", 0, "MF"),
        Ask("Bra jobbat", 0, "MF"),
        Ask("👏👏👏", 0, "MF"),
        Ask("Ville bara säga att damen i receptionen i tisdags var helt underbar. Hon hjälpte mig i en halvtimme."),
        Ask("fint med ljusen i Ekparken ✨", 0, "MF"),
        Ask("Äntligen svar på vanlig svenska. Tack!"),
        Ask("Vilken skillnad mot förra året, tummen upp för nya cykelbanan 👍", 0, "MF"),
        Ask("tack", 0, "MF"),
        Ask("Biblioteket är stans bästa ställe. Punkt.", 0, "MF"),
        Ask("Tack till er som lagade lyktan på Kvarngatan, det tog två dagar och jag hade räknat med två månader."),
        Ask("Hälsa badvakten som hittade min vigselring!!! 😭🙏"),
        Ask("Såg att ni svarar även på kvällen. Imponerad, men gå hem nu 😄", 0, "MF"),
        Ask("Så fint att ni frågar oss innan ni bygger.", 0, "MF"),
    ),
)

# What people write on the receipt after "Hjälpte svaret?". Most leave it empty.
THANKS = {
    "yes": (
        "",
        "",
        "",
        "",
        "Tack!",
        "Äntligen ett rakt svar.",
        "Det var precis det jag ville veta.",
        "Snabbt svarat, tack.",
        "Tack så mycket, nu förstår jag.",
        "Bra",
        "Toppen 😊",
        "Tack, nu kan jag sova.",
        "Snabbare än min tandläkare i alla fall",
    ),
    "partly": (
        "",
        "",
        "Svar på halva frågan, men ok.",
        "Tack. Länken var svår att hitta i mobilen.",
        "Jaha. Inte vad jag hoppades men tydligt.",
    ),
    "no": ("", "Det här visste jag redan.", "Ingen har kommit än.", "Jag frågade om helgen, inte vardagar."),
}
