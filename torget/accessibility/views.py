"""The statement, the pages that are easy to read, and the administrator's page."""

from django.contrib import messages
from django.forms import model_to_dict
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from torget.accessibility import actions, reading, words
from torget.accessibility.forms import ShortcomingForm, StatementForm
from torget.accessibility.models import Shortcoming, Statement
from torget.accessibility.permissions import can_write_statement
from torget.core import removed
from torget.core.access import StaffRequest, allow, public
from torget.core.errors import Refused

# The pages that have a version that is easy to read, in the order in which they are listed.
EASY = ("skriva", "sen", "diariet", "tillganglighet")
SHOWN = 200


@public("the act on accessible public service (2018:1937), 13 §: the statement is for everyone", stored=True)
def statement(request: HttpRequest) -> HttpResponse:
    """`/tillganglighet/`: Digg's eleven items, filled from the release's results and the organisation's own words."""
    return render(request, "accessibility/statement.html", reading.page())


@public("the same words for who reads slowly", stored=True)
def easy_index(request: HttpRequest) -> HttpResponse:
    """`/lattlast/`: what there is that is easy to read."""
    return render(request, "accessibility/easy/index.html")


@public("the same words for who reads slowly", stored=True)
def easy(request: HttpRequest, name: str) -> HttpResponse:
    """`/lattlast/<name>/`. Errors: 404 for a page that there is not."""
    if name not in EASY:
        raise Http404
    context = reading.page() if name == "tillganglighet" else {}
    return render(request, f"accessibility/easy/{name}.html", context)


def _settings(request: StaffRequest, status: int = 200, **forms: object) -> HttpResponse:
    own = list(Shortcoming.objects.order_by("at", "pk")[:SHOWN])
    context = {
        "form": forms.get("statement") or StatementForm(instance=Statement.current()),
        "shortcoming_form": forms.get("shortcoming") or ShortcomingForm(auto_id="id_brist_%s"),
        "rows": [(one, words.KINDS.get(one.kind, one.kind)) for one in own],
        "removed": removed.offer(request, Shortcoming),
    }
    return render(request, "accessibility/settings.html", {**reading.page(), **context}, status=status)


@allow(can_write_statement)
def settings(request: StaffRequest) -> HttpResponse:
    """`/installningar/tillganglighet/`: what the statement says beyond the tests' results."""
    if request.method != "POST":
        return _settings(request)
    form = StatementForm(request.POST, instance=Statement.current())
    if not form.is_valid():
        return _settings(request, 400, statement=form)
    actions.write_statement(form.save(commit=False), by=request.user)
    messages.success(request, _("Sparat. Det syns i redogörelsen nu."))
    return redirect("accessibility:settings")


@require_POST
@allow(can_write_statement)
def add(request: StaffRequest) -> HttpResponse:
    """Add a shortcoming, or bring one back. What was written stays whenever it cannot be taken."""
    back = removed.given(request, Shortcoming)
    given = model_to_dict(back) if back else request.POST
    form = ShortcomingForm(given, instance=back, auto_id="id_brist_%s")
    if form.is_valid():
        try:
            actions.add_shortcoming(form.save(commit=False), by=request.user)
            messages.success(request, _("Bristen står i redogörelsen nu."))
            return redirect("accessibility:settings")
        except Refused as refused:
            form.add_error(None, str(words.REFUSED.get(refused.code, refused.code)))
    return _settings(request, 400, shortcoming=form)


@require_POST
@allow(can_write_statement, extra=("pk",))
def remove(request: StaffRequest, pk: int) -> HttpResponse:
    """Take away what has been mended, and offer it back; what is gone already is no error."""
    found = Shortcoming.objects.filter(pk=pk).first()
    if found is not None:
        removed.keep(request, found)
        actions.remove_shortcoming(found, by=request.user)
        messages.success(request, _("Borttaget ur redogörelsen."))
    return redirect("accessibility:settings")
