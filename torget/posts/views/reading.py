"""What the pages of posts show: the calendar, the lists, one post with all that hangs on it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Q
from django.urls import reverse
from django.utils.translation import gettext as _

from torget.channels.registry import CHANNELS
from torget.conversations.models import Account, Context, Conversation, Message
from torget.core import clock
from torget.core.paging import place, read_place
from torget.journal.models import Entry
from torget.organisations.models import ClosedDay, User
from torget.posts import words
from torget.posts.actions.ready import InAccount, Readiness, look_over
from torget.posts.models import Delivery, Post, PostPicture, PostQuerySet, PostVersion
from torget.posts.rules import fitting, planning, spans
from torget.posts.rules.planning import Stage
from torget.register.rules import find_identity_numbers

PAGE = 30
MOST_IN_CALENDAR = 400
COUNT_LIMIT = 100
COMMENTS = 20


def posts() -> PostQuerySet:
    """Posts with what a row of theirs shows."""
    return Post.objects.all().select_related("current", "author")


def accounts_of(found: Sequence[Post]) -> Mapping[int, Account]:
    """The accounts that the posts go out by, in one question."""
    return Account.objects.in_bulk({key for post in found for key in post.now.accounts})


def row(post: Post, accounts: Mapping[int, Account]) -> dict[str, Any]:
    """A post in the calendar or a list."""
    chosen = [accounts[key] for key in post.now.accounts if key in accounts]
    return {
        "post": post,
        "title": post.now.title or _("Utan text"),
        "channels": list(dict.fromkeys(account.channel for account in chosen)),
        "stage": words.STAGES["deleted" if post.deleted_at else post.stage],
        "at": post.planned_at,
    }


def counts() -> dict[str, str]:
    """How many lie in each list, to the limit: "14" or "99+"; what is out is not counted."""
    found = {}
    for stage in (Stage.DRAFT, Stage.WAITING, Stage.PLANNED, Stage.TROUBLE):
        count = Post.objects.kept().filter(stage=stage.value).values("pk")[:COUNT_LIMIT].count()
        found[stage.value] = str(count) if count < COUNT_LIMIT else f"{COUNT_LIMIT - 1}+"
    return found


# ---- the calendar ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the calendar with its posts."""

    day: date
    rows: list[dict[str, Any]]
    closed: str
    is_today: bool
    outside: bool = False

    def part(self, name: str) -> list[dict[str, Any]]:
        """The posts of one part of the day."""
        return [one for one in self.rows if spans.part_of(one["at"]) == name]


def days(wanted: Sequence[date], month: int | None = None) -> list[Day]:
    """The days with their posts and whether the desk is shut; three questions whatever is in them."""
    start, end = spans.bounds(wanted)
    found = list(posts().between(start, end)[:MOST_IN_CALENDAR])
    accounts = accounts_of(found)
    by_day: dict[date, list[dict[str, Any]]] = {}
    for post in found:
        assert post.planned_at is not None  # nosec B101  # noqa: S101  between() asks for those with a time
        by_day.setdefault(post.planned_at.astimezone(clock.STOCKHOLM).date(), []).append(row(post, accounts))
    closed = dict(ClosedDay.objects.filter(day__range=(wanted[0], wanted[-1])).values_list("day", "reason"))
    today = clock.now().astimezone(clock.STOCKHOLM).date()
    return [
        Day(day, by_day.get(day, []), closed.get(day, ""), day == today, month is not None and day.month != month)
        for day in wanted
    ]


def week_table(week: Sequence[Day]) -> list[dict[str, Any]]:
    """The week as rows: a part of the day each, with a cell for every day; the night only where something is in it."""
    table = []
    for name, _since in spans.PARTS:
        cells = [day.part(name) for day in week]
        if name != "night" or any(cells):
            table.append({"name": words.PARTS[name], "cells": cells})
    return table


# ---- lists ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of a list, and the address of the one after it."""

    name: str
    rows: list[dict[str, Any]]
    older: str


def listed(name: str, after: str = "") -> Listed:
    """One page of a list by keyset: planned by time, the others newest first."""
    stage = Stage(name)
    found = posts().in_stage(stage)
    field, order = ("planned_at", "gt") if stage is Stage.PLANNED else ("changed_at", "lt")
    if start := read_place(after):
        moment, pk = start
        found = found.filter(Q(**{f"{field}__{order}": moment}) | Q(**{field: moment, f"pk__{order}": pk}))
    page = list(found[: PAGE + 1])
    accounts = accounts_of(page)
    last = page[PAGE - 1] if len(page) > PAGE else None
    older = f"?visa={name}&efter={place(getattr(last, field), last.pk)}" if last else ""
    return Listed(name, [row(post, accounts) for post in page[:PAGE]], older)


# ---- one post -------------------------------------------------------------------------------------------------------


def cautions(post: Post | None, accounts: Sequence[Account], at: datetime | None, text: str) -> list[dict[str, Any]]:
    """What to think of before approving, in words."""
    now = clock.now()
    moment = at if at and at > now else now
    near = posts().between(moment - planning.NEAR, moment + planning.NEAR).exclude(stage=Stage.DRAFT.value)
    if post is not None:
        near = near.exclude(pk=post.pk)
    neighbours = [
        planning.Neighbour(other.planned_at, frozenset(other.now.accounts), other.now.title, other.pk)
        for other in near[:20]
        if other.planned_at
    ]
    day = moment.astimezone(clock.STOCKHOLM).date()
    found = planning.cautions(
        at,
        now=now,
        accounts={account.pk for account in accounts},
        neighbours=neighbours,
        closed=dict(ClosedDay.objects.filter(day=day).values_list("day", "reason")),
        storms=_storms(accounts),
    )
    for account in accounts:
        if account.state == Account.NEEDS_LOGIN:
            found.insert(0, planning.Caution("needs_login", detail=str(account)))
    if find_identity_numbers(text):
        found.insert(0, planning.Caution("identity_number"))
    return [{"caution": one, "url": reverse("posts:show", kwargs={"pk": one.key}) if one.key else ""} for one in found]


def _storms(accounts: Sequence[Account]) -> dict[str, int]:
    """How much has come in by each account in the last hours."""
    counted = (
        Message.objects.filter(
            direction=Message.IN,
            captured_at__gte=clock.now() - planning.STORM_SPAN,
            account__in=[account.pk for account in accounts],
        )
        .values("account")
        .annotate(count=Count("pk"))
    )
    names = {account.pk: str(account) for account in accounts}
    return {names[one["account"]]: one["count"] for one in counted}


def fault_words(faults: Sequence[fitting.Fault]) -> list[str]:
    """Faults as sentences."""
    found = []
    for fault in faults:
        if fault.code == "too_long":
            found.append(
                _("%(number)s tecken för mycket. Det som är överstruket får inte plats.") % {"number": fault.number}
            )
        elif fault.code == "too_many_pictures":
            found.append(_("Kanalen visar högst %(number)s bilder.") % {"number": fault.number})
        else:
            found.append(str(words.FAULTS[fault.code]))
    return found


def previews(
    ready: Sequence[InAccount], content: fitting.Content, link_title: str, pictures: Sequence[tuple[PostPicture, str]]
) -> list[dict[str, Any]]:
    """Each account as its channel would show the post. `pictures` are pairs of a stored picture and its words."""
    found = []
    for one in ready:
        channel = CHANNELS.get(one.account.channel)
        address = next((part.text for part in one.fit.shown if part.kind == "link"), "")
        shown = [{"picture": picture, "alt": alt, "post": picture.version.post_id} for picture, alt in pictures]
        found.append(
            {
                "account": one.account,
                "channel": one.account.channel,
                "label": channel.label if channel else one.account.channel.title(),
                "fit": one.fit,
                "shape": one.shape,
                "by_hand": one.by_hand,
                "faults": fault_words(one.fit.faults),
                "warning": content.warning,
                "card": {"domain": fitting.domain(address), "title": link_title} if address and not pictures else None,
                "own": bool((content.variants or {}).get(one.account.pk, "").strip()),
                "pictures": shown[: one.shape.pictures],
            }
        )
    return found


def deliveries(post: Post) -> list[dict[str, Any]]:
    """What has become of the post in each account."""
    found = []
    rows = Delivery.objects.filter(post=post).select_related("account", "record").order_by("pk")
    for delivery in rows:
        problem = words.PROBLEMS.get(delivery.problem, _("Något gick fel i sändningen.") if delivery.problem else "")
        found.append(
            {
                "delivery": delivery,
                "state": words.SENDINGS.get(delivery.state, words.SENDINGS["unknown"]),
                "problem": problem,
                "code": delivery.problem if delivery.problem not in words.PROBLEMS else "",
                "found": words.FOUND.get(delivery.found, ""),
            }
        )
    return found


def comments(post: Post, user: User) -> tuple[list[Conversation], bool]:
    """Conversations that began under the post where it is out, newest first, and whether there are more."""
    where = Q()
    named = Delivery.objects.filter(post=post).exclude(remote_id="", remote_url="")
    for account, remote, url in named.values_list("account", "remote_id", "remote_url"):
        # By its id or its address: a channel may name it otherwise in what is said about it.
        if remote:
            where |= Q(account=account, external_id=remote)
        if url:
            where |= Q(account=account, url=url)
    contexts = list(Context.objects.filter(where).values_list("pk", flat=True)[:50]) if where else []
    if not contexts:
        return [], False
    where = Q(context__in=contexts)
    rows = list(Conversation.objects.visible_to(user).filter(where).order_by("-pk")[: COMMENTS + 1])
    return rows[:COMMENTS], len(rows) > COMMENTS


def history(post: Post) -> list[dict[str, Any]]:
    """The journal about the post, newest first, in words."""
    entries = list(Entry.objects.about(post.ref).order_by("-pk")[:40])
    keys = {int(entry.actor_ref[5:]) for entry in entries if entry.actor_ref.startswith("user:")}
    names = dict(User.objects.filter(pk__in=keys).values_list("pk", "name"))
    return [
        {
            "at": entry.at,
            "who": names.get(int(entry.actor_ref[5:]), "") if entry.actor_ref.startswith("user:") else "",
            "words": words.JOURNAL.get(entry.kind, entry.kind),
        }
        for entry in entries
    ]


def versions(post: Post) -> list[PostVersion]:
    """Earlier versions, newest first."""
    return list(post.versions.select_related("author").exclude(pk=post.now.pk).order_by("-number")[:20])


def whole(pk: int) -> Post:
    """A post with all that its page shows of itself."""
    related = ("current__author", "author", "approved_by", "submitted_by", "wanted_by", "copied_from__current")
    prefetched = ("current__pictures__blob__rendition",)
    return Post.objects.select_related(*related).prefetch_related(*prefetched).get(pk=pk)


def readiness(post: Post) -> Readiness:
    """How the version in force fits its accounts."""
    return look_over(post.now)


def undo_until(post: Post) -> datetime | None:
    """Until when an approved post that leaves at once may be taken back with a word about it."""
    first = Delivery.objects.filter(post=post, state__in=["approved"]).order_by("not_before").first()
    if first is None or post.approved_at is None:
        return None
    return first.not_before if first.not_before - post.approved_at < timedelta(minutes=10) else None
