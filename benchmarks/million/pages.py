"""Every page of the town by name, with its numbers and secrets looked up in the database."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

ROLES = {
    "Kommunikatör": "communicator", "Expert": "expert", "Godkännare": "approver", "Registrator": "registrar",
    "Chef": "manager", "Administratör": "administrator",
}  # fmt: skip
AMINA, RUT, ALI = "Kommunikatör", "Registrator", "Administratör"
MORE: tuple[tuple[str, str, str], ...] = (
    ("torget, nästa sida", "{square_next}", ""),
    ("diariet, nästa sida", "{register_next}", ""),
    ("diariet, långt in", "/diarium/?efter={register_far}", ""),
    ("diariet, ett vanligt ord", "/diarium/?q=buss", ""),
    ("diariet, kanal och läge", "/diarium/?kanal=mail&lage=registered", ""),
    ("diariet, en månad", "/diarium/?period=2026-03", ""),
    ("diariet som Atom", "/diarium/flode.atom", ""),
    ("API: diariet", "/api/v1/diarium", ""),
    ("journalens sigill", "/journal/checkpoint", ""),
    ("journalens träd", "/journal/tile/0/000", ""),
    ("kö, nästa sida", "{queue_next}", AMINA),
    ("besvarade, nästa sida", "{answered_next}", AMINA),
    ("kö, en tagg", "/disk/?ko=answered&tagg=trafik", AMINA),
    ("kö, kanal", "/disk/?ko=answered&kanal=mastodon", AMINA),
    ("kö, skräp", "/disk/?ko=spam", AMINA),
    ("ett gammalt samtal", "{old}", AMINA),
    ("sök, vanligt ord", "/disk/sok/?q=buss", AMINA),
    ("sök, fras", "/disk/sok/?q=%22det+märks+mest%22", AMINA),
    ("sök, fras av vanliga ord som inte finns", "/disk/sok/?q=%22det+jag+är%22", AMINA),
    ("sök, ord som inte finns", "/disk/sok/?q=zyxomatik", AMINA),
    ("sök, två vanliga ord som aldrig möts", "/disk/sok/?q=simhallen+orosanmälan", AMINA),
    ("sök, bäst", "/disk/sok/?q=buss+skola&ordning=bast", AMINA),
    ("arkiv", "/disk/arkiv/", RUT),
    ("arkiv, sök", "/disk/arkiv/?q=zyxomatik", RUT),
    ("arkiv, ärende", "/disk/arkiv/arende/{case}/", RUT),
    ("ärenden, sök", "/disk/registrator/arenden/?q=zyxomatik", RUT),
    ("ärenden, öppna", "/disk/registrator/arenden/?lage=oppna", RUT),
    ("ärenden, ett år", "/disk/registrator/arenden/?ar=2025", RUT),
    ("ärenden, ett år utan", "/disk/registrator/arenden/?ar=2020", RUT),
    ("registratorn, ett skäl", "/disk/registrator/?skal=adds_to_case", RUT),
    ("registratorn, kanal", "/disk/registrator/?kanal=phone", RUT),
    ("logg, en händelse", "/disk/logg/?handelse=conversation.published", ALI),
    ("logg, en händelse som inte finns", "/disk/logg/?handelse=account.connected_again", ALI),
    ("logg, en person", "/disk/logg/?person={person}", ALI),
    ("logg, en dag", "/disk/logg/?dag=2026-03-03", ALI),
    ("logg, en dag och händelse", "/disk/logg/?dag=2026-03-03&handelse=record.received", ALI),
    ("resultat, siffror", "/resultat/siffror.csv?vecka=2026-W44", AMINA),
    ("resultat, en vecka av förr", "/resultat/?vecka=2026-W20", AMINA),
    ("drift", "/installningar/drift/", ALI),
    ("gallring", "/installningar/gallring/", ALI),
    ("hälsa", "/installningar/halsa/", ALI),
    ("kön på engelska", "/en/disk/", AMINA),
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A page: its name, its address, the role that opens it ("" for anyone) and the status it answers with."""

    name: str
    path: str
    role: str
    status: int = 200

    @property
    def kind(self) -> str:
        """Which bar it is held to."""
        if "/resultat/" in self.path:
            return "results"
        return "desk" if self.role or "/konto/" in self.path else "public"


def pages() -> Iterator[Asked]:
    """All of them: those that the journeys open, and those that only a large town has."""
    from tests.journeys.pages import PAGES

    known = _addresses()
    for shown in PAGES:
        yield Asked(shown.name, shown.path.format(**known).partition("#")[0], shown.role, shown.status)
    for name, path, role in MORE:
        yield Asked(name, path.format(**known), role)


def _addresses() -> dict[str, Any]:
    from torget.conversations.actions.receipts import _secret
    from torget.conversations.models import Conversation, Message
    from torget.core.paging import place
    from torget.organisations.models import User
    from torget.register.models import Case, Shown

    form = Message.objects.filter(external_id__startswith="form:", conversation__state="answered").order_by("-pk")[0]
    receipt = f"/kvitto/{_secret(form.external_id.removeprefix('form:'))}/"
    square = Conversation.objects.filter(published_at__isnull=False).order_by("-published_at", "-pk")
    published, middle = square[0], square[min(10, square.count() - 1)]
    assert middle.published_at is not None
    places = Shown.objects.order_by("-place").values_list("place", flat=True)
    total = places.count()
    waiting = list(Conversation.objects.filter(state="new", snoozed_until=None).order_by("first_at", "pk")[:25])
    done = list(Conversation.objects.filter(state="answered").order_by("-last_message_at", "-pk")[:25])
    return {
        "receipt": receipt, "answered": receipt, "published": f"/samtal/{published.number}/",
        "open": f"/disk/{waiting[0].number}/", "number": f"/{waiting[0].number}/", "done": f"/disk/{done[0].number}/",
        "old": f"/disk/{Conversation.objects.filter(state='answered').order_by('pk')[0].number}/",
        "square_next": f"/?fore={place(middle.published_at, middle.pk)}",
        "register_next": f"/diarium/?efter={places[50]}", "register_far": places[total * 9 // 10],
        "queue_next": f"/disk/?ko=now&efter={place(waiting[-1].first_at, waiting[-1].pk)}",
        "answered_next": f"/disk/?ko=answered&efter={place(done[-1].last_message_at, done[-1].pk)}",
        "case": Case.objects.filter(closed_at__isnull=False).order_by("pk")[0].pk,
        "person": User.objects.filter(role="communicator").order_by("pk")[0].pk,
    }  # fmt: skip
