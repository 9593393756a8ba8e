"""The columns of published conversations as data, explained."""

from django.utils.translation import gettext_lazy as _

from torget.core.columns import Column

DIALOGUES = (
    Column("number", _("Samtalets nummer. Det ändras aldrig."), "count"),
    Column("title", _("Rubriken som organisationen har satt.")),
    Column("channel", _("Kanalen frågan kom genom, som en kod: web är det egna formuläret, mail är e-post.")),
    Column("received", _("När frågan kom in."), "moment"),
    Column("answered", _("När det första svaret gavs. Tomt om frågan inte är besvarad."), "moment", empty=True),
    Column("published", _("När samtalet började visas öppet."), "moment", empty=True),
    Column("case", _("Ärendets diarienummer."), empty=True),
    Column("page", _("Samtalets sida."), "address"),
    Column("self", _("Samma samtal i API:et, med alla meddelanden."), "address"),
)
MESSAGES = (
    Column("direction", _("Om meddelandet kom till organisationen eller är dess svar."), "code",
           codes={"in": _("Fråga"), "out": _("Svar")}),
    Column("by", _("Den som svarade, med titel. Alltid tomt för frågor: vem som frågade visas inte."), empty=True),
    Column("text", _("Texten som den publicerades, med personnummer dolda. Tomt om avsändaren har tagit bort den."), empty=True),
    Column("at", _("När det skrevs."), "moment"),
)  # fmt: skip
