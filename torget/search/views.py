"""The search page."""

from django.http import HttpResponse
from django.shortcuts import render

from torget.conversations.models import Account
from torget.conversations.permissions import can_see_desk
from torget.core.access import StaffRequest, allow
from torget.search import reading
from torget.search.forms import SearchForm
from torget.search.rules import MAX_QUERY, Filters

MOST_CHANNELS = 20


@allow(can_see_desk)
def find(request: StaffRequest) -> HttpResponse:
    """`/disk/sok/?q=…`: what fits among all that one may see; the whole question stands in the address."""
    channels = Account.objects.order_by("channel").values_list("channel", flat=True).distinct()[:MOST_CHANNELS]
    form = SearchForm(request.GET, channels=list(channels))
    form.is_valid()
    text = (form.cleaned_data.get("q") or "")[:MAX_QUERY]
    best = form.cleaned_data.get("ordning") == "bast"
    after = request.GET.get("efter", "")
    page = reading.find(request.user, text, after=after, filters=form.filters, best=best)
    context = {
        "form": form,
        "page": page,
        "asked": bool(page.query.clauses or page.query.filters != Filters()),
        "narrowed": form.filters != Filters() or best,
        "older": _with(request, page.after) if page.after else "",
        "newest": _with(request, "") if after else "",
        "bounded": reading.NEWEST if page.bounded else 0,
    }
    return render(request, "search/search.html", context)


def _with(request: StaffRequest, after: str) -> str:
    """The address of the same question from another place; empty fields are left out."""
    given = request.GET.copy()
    given.pop("efter", None)
    for name in [name for name, value in given.items() if not value]:
        del given[name]
    if after:
        given["efter"] = after
    return f"?{given.urlencode()}"
