"""The morning after the month: channels are connected, and colleagues do together what the desk for twenty is for.

Played through the same actions as people use. What goes wrong is shown too: a gap, an outcome that nobody knows, a bounce.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from types import MappingProxyType

from torget.channels.base import Report
from torget.conversations import actions
from torget.conversations.actions import organising, sending
from torget.conversations.models import Account, Conversation, Message, Outbox
from torget.conversations.rules import Sending, State
from torget.core import clock
from torget.demo import payloads, registrar
from torget.demo.founding import HANDLES, Town
from torget.demo.hours import local
from torget.demo.texts.posts import PICTURES
from torget.experts import actions as experts
from torget.experts.actions.whom import whom
from torget.files import actions as files
from torget.moderation import actions as moderation
from torget.moderation.rules.grounds import Ground, How
from torget.organisations.models import Organisation, Unit, User
from torget.posts import actions as posts
from torget.team import actions as team

UNITS = MappingProxyType(
    {"Kommunikation": ("amina", "sten", "jonas"), "Kontaktcenter": ("elsa",), "Trafik och gata": ("vera",),
     "Bygglov": ("tore",), "Förskola och skola": ("siv",)}
)  # fmt: skip
REPLIES = (
    ("Snöröjning: när", "Hej {förnamn}! Vi plogar bilvägar när det har kommit 7 cm och gångvägar vid 3 cm. "
     "Hela kommunen tar ungefär tio timmar. Har det gått längre tid, skriv gatan till oss."),
    ("Tack för felanmälan", "Hej {förnamn}! Tack för att du säger till. Vi lagar lampor inom fem arbetsdagar. "
     "Ärendet har nummer {diarienummer}."),
    ("Lämnat vidare", "Hej {förnamn}! Jag har lämnat din fråga till den som kan svara. "
     "Du följer den här: {länk}\n\n{handläggare}"),
)  # fmt: skip
ACCOUNTS = (
    ("mail", Account.GOOD, {"quota_left": None}),
    ("mastodon", Account.GOOD, {"quota_left": 259, "quota_limit": 300}),
)
PLOUGHING = (
    "Hej! Skolvägar, busslinjer och backar plogas först, sedan bostadsgator. Hela listan finns på "
    "ekevik.example/plogning. Den som har svårt att skotta undan vallen får hjälp: ring 0000-00 00 00."
)
LATER = "Hej! Tack för att du frågar. Vi har tittat på det och återkommer med ett datum före jul."
BLUESKY = "ekevik.exempel.social"


def together(town: Town) -> None:
    """Play it all at the clock's moment; the month has been played. Errors: Refused."""
    _connect(town.staff["ali"])
    units = _units(town)
    _share(town.staff)
    _handle(town.staff, units)
    _ask(town.staff)
    _send(town.staff)
    _plan(town.staff)
    _moderate(town.staff)
    registrar.play(town)


def _open(channel: str, count: int) -> list[Conversation]:
    """The first so many conversations of a channel that nobody has begun to answer, in the order of the desk."""
    waiting = Conversation.objects.filter(channel=channel, state=State.NEW.value, assigned_to=None)
    return list(waiting.order_by("first_at", "pk")[:count])


def _connect(administrator: User) -> None:
    """As if they had been connected: a demo town reaches nobody, so nobody has logged in anywhere."""
    now, authority = clock.now(), Organisation.current()
    for channel, state, health in ACCOUNTS:
        rows = Account.objects.filter(channel=channel, handle=HANDLES[channel])
        rows.update(state=state, fetched_at=now, tried_at=now, name=f"{authority.short_name}", **health)
    quiet = actions.account_for("bluesky", BLUESKY)
    lost = now - timedelta(minutes=42)
    Account.objects.filter(pk=quiet.pk).update(
        state=Account.FAILING, name="Ekevik", fetched_at=lost, tried_at=now, problem="timeout", problem_since=lost
    )
    quiet.gaps.create(since=lost, reason="timeout", noticed_at=lost + timedelta(minutes=11))
    mastodon = Account.objects.get(channel="mastodon", handle=HANDLES["mastodon"])
    night = now.replace(hour=1, minute=10)
    mastodon.gaps.create(since=night, until=night + timedelta(minutes=26), reason="cursor_too_old", noticed_at=night)
    facebook = Account.objects.get(channel="facebook", handle=HANDLES["facebook"])
    Account.objects.filter(pk=facebook.pk).update(name="Ekevik på Facebook")
    moderation.set_watch(facebook, minutes=120, by=administrator)


def _units(town: Town) -> dict[str, Unit]:
    units = {name: Unit.objects.create(name=name) for name in UNITS}
    for name, members in UNITS.items():
        User.objects.filter(pk__in=[town.staff[key].pk for key in members]).update(unit=units[name])
    for key, staff in town.staff.items():
        staff.refresh_from_db()
        town.staff[key] = staff
    return units


def _share(staff: dict[str, User]) -> None:
    """What colleagues keep for each other."""
    for title, text in REPLIES:
        team.save_reply(None, title=title, text=text, shared=True, by=staff["amina"])
    team.save_view(name="Vintern", query="ko=all&tagg=vinter", shared=True, by=staff["amina"])
    for weekday in range(5):
        morning, afternoon = ("amina", "sten") if weekday % 2 == 0 else ("sten", "elsa")
        shifts = ((morning, time(8), time(12)), (afternoon, time(12), time(16, 30)))
        for key, starts, ends in shifts:
            team.add_shift(staff[key], weekday=weekday, day=None, starts=starts, ends=ends, by=staff["jonas"])


def _handle(staff: dict[str, User], units: dict[str, Unit]) -> None:
    """Given to each other, put aside, found again."""
    web = _open("web", 6)
    winter = Conversation.objects.filter(subject__icontains="snö").order_by("-pk")[:8]
    for conversation in winter:
        organising.tag(conversation, names=["vinter"], by=staff["amina"])
    if len(web) < 6:
        return
    organising.assign(web[1], user=None, unit=units["Trafik och gata"], by=staff["amina"])
    organising.assign(web[2], user=staff["sten"], unit=units["Kommunikation"], by=staff["elsa"])
    team.write_note(web[2], text="@Sten du vet väl hur det gick med flaggan förra året?", by=staff["elsa"])
    organising.snooze(web[3], until=clock.now() + timedelta(days=4), by=staff["amina"])
    actions.take(web[4], by=staff["sten"])
    text = "Hej! Vi tittar på det under veckan och svarar dig senast på fredag."
    seen = Conversation.objects.get(pk=web[4].pk).message_count
    team.ask(web[4], text=text, seen=seen, of=staff["jonas"], by=staff["sten"])


def _ask(staff: dict[str, User]) -> None:
    """An expert who has been asked, and one who has answered."""
    asked = [c for c in _open("web", 10) + _open("mail", 10) if c.assigned_to_id is None][:2]
    if len(asked) < 2:
        return
    wanted = clock.now() + timedelta(days=1)
    for conversation, key, text in zip(
        asked,
        ("vera", "siv"),
        (
            "Vad gäller, och när blir det gjort? Två meningar räcker.",
            "Kan du säga hur kön ser ut och vad som händer nu?",
        ),
        strict=True,
    ):
        keys = tuple(conversation.messages.values_list("pk", flat=True)[:3])
        question = experts.Question(text=text, wanted_by=wanted, messages=keys)
        request = experts.ask(conversation, question, to=whom(staff[key].name), by=staff["amina"])
        if key == "siv":
            answer = "Kön är kortare än i fjol. Alla som står i den nu får besked före den 15 januari."
            experts.answer(request, text=answer, seen=0)


def _send(staff: dict[str, User]) -> None:
    """Answers by connected channels: one for later, one that nobody knows about, one that came back."""
    now, by = clock.now(), staff["amina"]
    asked = [*_open("mastodon", 1), *_open("mail", 3)][:3]
    for conversation, fate in zip(asked, ("later", "unknown", "bounced"), strict=False):
        text = PLOUGHING if conversation.subject == "Snöröjning" else LATER
        later = now + timedelta(days=3) if fate == "later" else None
        message = actions.reply(conversation, text=text, seen=conversation.message_count, by=by, send_at=later)
        if fate == "unknown":
            # The worker died with it in hand, which is what a power cut does.
            dead = {"state": Sending.SENDING.value, "lease_owner": "x", "lease_until": now - timedelta(minutes=3)}
            Outbox.objects.filter(message=message).update(**dead)
        sending.send_waiting()
        if fate == "bounced":
            sending.note_report(conversation.account, Report((message.outbox.mail_id,), "bounced", "smtp_550"))


def _plan(staff: dict[str, User]) -> None:
    """A post that waits for a yes, one that is planned, a draft."""
    accounts = tuple(
        Account.objects.filter(channel__in=["mastodon", "bluesky"]).order_by("-channel").values_list("pk", flat=True)
    )
    by = staff["amina"]
    picture = next(iter(PICTURES))
    body = payloads.SHOWN[picture.key]
    blob = files.keep(_drawn(body), filename=f"{picture.key}.png", media_type=picture.media_type)
    chosen = posts.Chosen(blob, f"{picture.key}.png", alt="Nya resecentrumet från luften, med busstorg och perronger.")
    first = posts.write(
        posts.Written(
            text="Nu går det att åka skridskor på Ekeviken. Isen mäts varje morgon klockan 7. Håll dig mellan flaggorna.",
            accounts=accounts[:1], planned_at=_day(1, "07.30"),
        ),
        by=by,
    )  # fmt: skip
    posts.approve(posts.submit(first, seen=1, by=by), seen=1, by=staff["jonas"])
    second = posts.write(
        posts.Written(
            text="Så här kan nya resecentrumet se ut. Tyck till på mötet den 2 december i Folkets hus, eller här.",
            title="Resecentrum", link="https://ekevik.example/resecentrum", link_title="Samråd om resecentrum Ekevik",
            accounts=accounts, pictures=(chosen,), planned_at=_day(4, "10.00"),
        ),
        by=by,
    )  # fmt: skip
    posts.submit(second, seen=1, by=by)
    posts.write(
        posts.Written(text="Julgransplundring i Ekparken, tjugondag Knut.", accounts=accounts[:1]), by=staff["sten"]
    )


def _drawn(picture: object) -> bytes:
    from torget.demo import pictures

    return pictures.draw(picture)  # type: ignore[arg-type]


def _day(days: int, clock_time: str) -> datetime:
    day = clock.now().astimezone(clock.STOCKHOLM).date() + timedelta(days=days)
    return local(f"{day} {clock_time}")


def _moderate(staff: dict[str, User]) -> None:
    """A comment that was taken away with its reason, and a notice that waits."""
    comment = (
        Message.objects.filter(
            direction=Message.IN, conversation__channel="facebook", deleted_at=None, visibility="public"
        )
        .order_by("-pk")
        .first()
    )
    if comment is not None:
        moderation.remove(
            comment, ground=Ground.OFF_TOPIC, how=How.HIDE, by=staff["jonas"],
            statement="Kommentaren handlar om något annat än inlägget. Skriv gärna till oss på vår egen sida.",
        )  # fmt: skip
    moderation.post_notice(
        moderation.Noticed(
            target="https://facebook.example/ekevik/posts/1", ground=Ground.INSULTS.value, good_faith=True,
            why="Någon kallar en namngiven granne för saker i kommentarerna under inlägget om plogningen.",
            name="Kim Testberg", email="kim@exempel.se", nonce="ekevik-anmalan",
        )
    )  # fmt: skip
