"""The columns of the public register as data (the API's rows), explained."""

from django.utils.translation import gettext_lazy as _

from torget.core.columns import Column
from torget.register.words import PUBLIC_STATES

ROWS = (
    Column("date", _("Dagen handlingen kom in eller skickades, svensk tid."), "day"),
    Column("number", _("Diarienumret, till exempel KS 2026/0412-98. Tomt för det som hålls ordnat utan nummer."), empty=True),
    Column("case", _("Ärendets diarienummer."), empty=True),
    Column("authority", _("Myndigheten som har handlingen, till exempel kommunstyrelsen.")),
    Column("channel", _("Kanalen den kom genom eller gick ut i, som en kod: web är det egna formuläret, mail är e-post.")),
    Column("direction", _("Om handlingen kom till organisationen eller gick från den."), "code",
           codes={"in": _("Kom in"), "out": _("Skickades")}),
    Column("state", _("Hur handlingen bevaras."), "code", codes=dict(PUBLIC_STATES)),
    Column("subject", _("Vad handlingen rör. Tomt tills någon har bekräftat den, och för det som har sekretess."), empty=True),
    Column("page", _("Ärendets sida i det öppna diariet."), "address", empty=True),
)  # fmt: skip
