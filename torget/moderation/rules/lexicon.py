"""Words and phrases that may be a threat, an insult or agitation: data for `screening`, a hint to staff and no more.

How it was made: by hand, in November 2026, for this project, from general knowledge of Swedish; no list of anyone's was
copied and nothing was counted in any material. An entry is the beginning of a word (a stem): "idiot" finds "idioten" and
"idioter". A word that is as often said in earnest is left out ("bög", "flata", "neger" in a quotation, names of peoples
by themselves), and so are plain swear words ("fan", "jävla"), which insult nobody. `NOT` lists longer words that begin
with a stem and mean something else. Change it freely: `tests/test_screening.py` says what it must find and must not.
"""

from typing import Final

INSULTS: Final = (
    "idiot",
    "imbecill",
    "efterbliv",
    "cp-skad",
    "cpskad",
    "mongo",
    "hora",
    "horunge",
    "horjävel",
    "hynda",
    "fitta",
    "fittor",
    "subba",
    "luder",
    "kuksug",
    "rövhål",
    "svin",
    "fetto",
    "miffo",
    "psykfall",
    "skithög",
    "blådåre",
    "pajas",
    "äckel",
    "avskum",
    "landsförrädare",
    "folkförrädare",
    "pedofiljävel",
    "blattejävel",
    "svartskall",
    "apjävel",
)
"""Said of a person. "Svin" also finds "svinet" and not "svinn" (`NOT`)."""

NOT: Final = (
    "mongol",
    "svinn",
    "svindl",
    "svinga",
    "svingel",
    "svinto",
    "svinesund",
    "svinmålla",
    "horal",
    "pajasm",
    "äckelmag",
    "idiotsäk",
    "idiotstopp",
)
"""Words that only begin like an insult: food waste, the scouring pad, the town, the plant, what is foolproof."""

# A threat is someone who will do something to somebody: three parts in this order, few words between them.
WILL: Final = (
    "ska",
    "skall",
    "kommer",
    "borde",
    "tänker",
    "lovar",
    "vill",
)
HARM: Final = (
    "döda",
    "mörda",
    "skjuta",
    "slå",
    "spöa",
    "klå",
    "krossa",
    "bränna",
    "knivhugga",
    "hugga",
    "strypa",
    "hänga",
    "våldta",
    "spränga",
    "lemlästa",
    "tortera",
    "misshandla",
    "skada",
)
SOMEONE: Final = (
    "dig",
    "er",
    "dej",
    "honom",
    "henne",
    "hen",
    "dem",
    "dom",
    "din",
    "era",
    "ert",
    "ditt",
    "dina",
    "chefen",
    "politiker",
    "handläggare",
    "kommunalråd",
    "familj",
    "barn",
    "allihop",
)
"""After a verb of harm. "Er" alone also begins "ert ärende": see `HARMLESS`."""
HARMLESS: Final = ("upp", "in", "på", "ihop", "igen", "fast", "ifrån", "av", "ut", "samman", "larm", "vakt", "koll")
"""Right after the verb these make it another verb: put off a meeting, turn on a lamp, look something up."""
THREATS: Final = (
    ("vet", "var", "du", "bor"),
    ("vet", "var", "ni", "bor"),
    ("vet", "vart", "du", "bor"),
    ("passa", "dig", "jävligt"),
    ("passa", "dig", "noga"),
    ("du", "är", "död"),
    ("ni", "är", "döda"),
    ("du", "ska", "dö"),
    ("ni", "ska", "dö"),
    ("hoppas", "du", "dör"),
    ("hoppas", "ni", "dör"),
    ("kula", "i", "pannan"),
    ("kula", "i", "huvudet"),
    ("nackskott",),
    ("ta", "livet", "av", "dig"),
    ("kommer", "få", "ångra"),
    ("kommer", "att", "få", "ångra"),
    ("ni", "ska", "få", "betala"),
    ("halshugg",),
)
"""Said whole, word after word; the last word may go on."""

GROUPS: Final = (
    "invandr",
    "muslim",
    "jude",
    "judar",
    "judejäv",
    "romer",
    "zigenar",
    "svart",
    "somali",
    "afrikan",
    "arab",
    "homosexuell",
    "bögar",
    "flator",
    "trans",
    "flykting",
    "samer",
    "lappjäv",
)
AGITATION: Final = (
    "ohyra",
    "skadedjur",
    "utrota",
    "undermänniskor",
    "parasit",
    "kackerlack",
    "gasas",
    "gaskammar",
    "skjutas",
    "brännas",
    "apor",
    "råttor",
)
"""What is said of a group as if its members were no people: with a word of `GROUPS` in the same sentence."""
