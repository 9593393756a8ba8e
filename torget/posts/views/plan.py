"""The plan as files: a calendar to read or subscribe to, and a table."""

import csv
from collections.abc import Iterator, Sequence
from datetime import timedelta

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from torget.core import clock
from torget.core.access import StaffRequest, allow, public
from torget.core.sheet import cell
from torget.organisations.models import Organisation
from torget.posts import actions, permissions, words
from torget.posts.models import CalendarLink, Delivery, Post
from torget.posts.rules import calendar
from torget.posts.rules.planning import Stage
from torget.posts.views import reading

BACK, AHEAD, MOST = timedelta(days=60), timedelta(days=400), 500
MOST_ROWS = 2000
STATUS = {Stage.DRAFT: "TENTATIVE", Stage.WAITING: "TENTATIVE"}


def _events() -> Iterator[calendar.Event]:
    """Posts with a time, two months back and a year ahead. Titles only: a calendar may be read by others than its owner."""
    now = clock.now()
    found = list(reading.posts().between(now - BACK, now + AHEAD)[:MOST])
    accounts = reading.accounts_of(found)
    for post in found:
        row = reading.row(post, accounts)
        names = ", ".join(str(accounts[key]) for key in post.now.accounts if key in accounts)
        yield calendar.Event(
            uid=f"inlagg-{post.pk}@{settings.TORGET_ORIGIN.split('/')[0]}",
            at=row["at"],
            changed=post.changed_at,
            summary=f"{row['title']} ({row['stage'][2]})",
            description=names,
            url=settings.TORGET_URL + reverse("posts:show", kwargs={"pk": post.pk}),
            status=STATUS.get(Stage(post.stage), "CONFIRMED"),
            sequence=post.now.number,
        )


def _calendar_file() -> HttpResponse:
    organisation = Organisation.current()
    body = calendar.write(list(_events()), _("Inlägg hos %(name)s") % {"name": organisation.name})
    answer = HttpResponse(body.encode(), content_type="text/calendar; charset=utf-8")
    answer.headers["Content-Disposition"] = 'attachment; filename="inlagg.ics"'
    return answer


@require_safe
@allow(permissions.can_see_plan)
def download(request: StaffRequest) -> HttpResponse:
    """The plan as a calendar file, once."""
    return _calendar_file()


@require_safe
@public("a calendar cannot log in: the secret in the address says who reads, and only reading goes by it")
def subscribed(request: HttpRequest, secret: str) -> HttpResponse:
    """The plan for the calendar of one member of staff; 404 when the address was taken away or its owner has left."""
    if len(secret) > 100 or CalendarLink.of(secret) is None:
        raise Http404
    answer = _calendar_file()
    # The address is a secret, so nothing between here and the calendar keeps or tells it.
    answer.headers["Cache-Control"], answer.headers["Referrer-Policy"] = "private, no-store", "no-referrer"
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer


@require_safe
@allow(permissions.can_see_plan)
def links(request: StaffRequest) -> HttpResponse:
    """One's own calendar link: whether there is one, and the files."""
    return _links(request)


def _links(request: StaffRequest, new: str = "") -> HttpResponse:
    link = CalendarLink.objects.filter(user=request.user).first()
    return render(request, "posts/links.html", {"link": link, "new_address": new})


@require_POST
@allow(permissions.can_see_plan)
def change_link(request: StaffRequest) -> HttpResponse:
    """Make a new link, shown once, here; or take it away."""
    if request.POST.get("ta_bort"):
        actions.revoke_link(by=request.user)
        return _links(request)
    secret = actions.make_link(by=request.user)
    return _links(request, request.build_absolute_uri(reverse("posts:subscribed", kwargs={"secret": secret})))


def _rows(found: Sequence[Post]) -> Iterator[tuple[str, ...]]:
    """Head first, then a row for each post."""
    accounts = reading.accounts_of(found)
    addresses: dict[int, list[str]] = {}
    for key, url in Delivery.objects.filter(post__in=[post.pk for post in found]).values_list("post", "remote_url"):
        addresses.setdefault(key, []).append(url)
    yield (
        _("Dag"), _("Tid"), _("Läge"), _("Rubrik"), _("Konton"), _("Text"), _("Länk"), _("Bilder"), _("Skriven av"),
        _("Godkänd av"), _("Adresser"),
    )  # fmt: skip
    for post in found:
        local = post.planned_at.astimezone(clock.STOCKHOLM) if post.planned_at else None
        yield (
            f"{local:%Y-%m-%d}" if local else "",
            f"{local:%H:%M}" if local else "",
            str(words.STAGES[post.stage][2]),
            post.now.title,
            ", ".join(str(accounts[key]) for key in post.now.accounts if key in accounts),
            post.now.text,
            post.now.link,
            "; ".join(picture.alt for picture in post.now.pictures_in_order()),
            post.author.name,
            post.approved_by.name if post.approved_by else "",
            " ".join(url for url in addresses.get(post.pk, []) if url),
        )


@require_safe
@allow(permissions.can_see_plan)
def table(request: StaffRequest) -> HttpResponse:
    """The plan as CSV, newest time first: semicolons in Swedish, and no cell that a spreadsheet reckons with."""
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = 'attachment; filename="inlagg.csv"'
    answer.write("\ufeff")  # Without the mark, spreadsheets read å, ä and ö as something else.
    writer = csv.writer(answer, delimiter=";" if (get_language() or "sv").startswith("sv") else ",")
    found = Post.objects.kept().select_related("current", "author", "approved_by")
    found = found.prefetch_related("current__pictures").order_by("-planned_at", "-pk")
    for row in _rows(list(found[:MOST_ROWS])):
        writer.writerow([cell(value) for value in row])
    return answer
