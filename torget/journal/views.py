"""The journal's public pages: its head, keys, tree, proofs, witnesses and time stamps, and the verifier."""

import json
import re
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import get_script_prefix, reverse
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from torget.core.access import public
from torget.core.errors import Refused
from torget.core.kept import kept
from torget.journal import actions, rules
from torget.journal.models import Checkpoint, Day, KeyChange, Witness
from torget.journal.verifier import joined
from torget.journal.words import CAME, PROBLEMS

DAYS_SHOWN = 30
WITNESSES_SHOWN = 50
PLAIN = "text/plain; charset=utf-8"
JSON = "application/json; charset=utf-8"
FOREVER = "public, max-age=31536000, immutable"
MOMENT = "public, max-age=5"
HOUR = "public, max-age=3600"


@public("a log is proof only when everyone can read its head and its key")
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Show the newest checkpoint, the keys, how to check, witnesses and the last days' checkpoints; five queries."""
    latest = actions.latest_checkpoint()
    witnesses = _witnesses()
    watched_by = [_shown(one) for one in witnesses if one.role == Witness.BY]
    # Until a key has been changed, the one that signs is the one that has signed.
    changed = latest is not None and any(_changed())
    language, prefix = get_language(), get_script_prefix()
    context = {
        "latest": latest,
        "key": _parsed(actions.key_in_force() if changed else latest.key) if latest else None,
        "keys": _keys() if changed else [],
        "days": [_day_html(*day, language, prefix) for day in _days()] if latest else [],
        "watched_by": watched_by,
        "watching": [_shown(one) for one in witnesses if one.role == Witness.OF],
        "forked": [one for one in watched_by if one["forked"]],
    }
    return render(request, "journal/index.html", context)


@kept
def _witnesses() -> QuerySet[Witness]:
    return Witness.objects.order_by("role", "place")[:WITNESSES_SHOWN]


@kept
def _changed() -> QuerySet[KeyChange, Any]:
    return KeyChange.objects.values_list("pk", flat=True)[:1]


@kept
def _days() -> QuerySet[Day, Any]:
    columns = ("day", "checkpoint", "checkpoint__root", "checkpoint__stamp__at")
    return Day.objects.order_by("-day").values_list(*columns)[:DAYS_SHOWN]


@lru_cache(maxsize=4)
def _parsed(key: str) -> rules.VerifierKey:
    return rules.parse_key(key)


@lru_cache(maxsize=500)
def _day_html(
    day: date, size: int, root: bytes, stamped: datetime | None, language: str | None, prefix: str
) -> SafeString:
    """A day's row as HTML. It hangs on nothing but its arguments; `prefix`: where the pages lie that it leads to."""
    given = {"day": day, "size": size, "root": rules.groups(root.hex()), "stamped": stamped}
    return render_to_string("journal/_day.html", given)


def _keys() -> list[dict[str, Any]]:
    """The keys, newest first; only the one in force while there has been no other, or while the history does not hold."""
    try:
        history = actions.key_history()
    except rules.Wrong:
        return []
    periods = history.periods if history and len(history.periods) > 1 else ()
    return [
        {"fingerprint": one.key.fingerprint(), "came": CAME[one.came], "size": one.size, "revoked": one.revoked[:10]}
        for one in reversed(periods)
    ]


def _shown(witness: Witness) -> dict[str, Any]:
    # A folder's path is ours to know: the public hears only that it is one.
    is_web = witness.place.startswith(("http://", "https://"))
    return {
        "pk": witness.pk,
        "place": re.sub(r"^https?://|/journal/$", "", witness.place) if is_web else "",
        "origin": witness.origin,
        "address": witness.place if is_web else "",
        "size": witness.size,
        "kept_at": witness.kept_at,
        "problem": PROBLEMS.get(witness.problem, witness.problem),
        "since": witness.problem_since,
        "forked": witness.problem == "forked",
        "statement": rules.origin_id(witness.origin) if witness.note and witness.role == Witness.OF else "",
    }


@public("anyone may keep a checkpoint, and hold it against a later one")
@require_safe
def checkpoint(request: HttpRequest) -> HttpResponse:
    """Give the newest checkpoint as the signed note itself; 404 before there is one."""
    latest = actions.latest_checkpoint()
    return _text(latest.note if latest else None, "sigill.txt", MOMENT)


@public("anyone may keep a checkpoint, and hold it against a later one")
@require_safe
def checkpoint_of(request: HttpRequest, size: int) -> HttpResponse:
    """Give the checkpoint of one size; 404 when none was signed at it."""
    found = Checkpoint.objects.filter(size=min(size, 2**62)).first()
    missing = _("Inget sigill är undertecknat vid det antalet poster.")
    return _text(found.note if found else None, f"sigill-{size}.txt", FOREVER, missing)


@public("the key is what receipts are checked against")
@require_safe
def key(request: HttpRequest) -> HttpResponse:
    """Give the public key in force as one line; 404 before there is one."""
    text = actions.key_in_force()
    return _text(f"{text}\n" if text else None, "nyckel.txt", MOMENT)


@public("whoever checks something old needs the key of its time, and how one key led to the next")
@require_safe
def keys(request: HttpRequest) -> HttpResponse:
    """Give the journal's keys through time ("torget-keys/1"), which verify.py takes as --key; 404 before there is one."""
    document = actions.history_document()
    return _json(document, "nycklar.json", MOMENT)


@public("whoever checks a receipt must not have to trust a program they cannot read")
@require_safe
def verifier(request: HttpRequest) -> HttpResponse:
    """Give the verifier: one Python file."""
    return _text(joined(), "verify.py", HOUR)


@public("the tree holds hashes only, and whoever has it can work out any proof without us")
@require_safe
def tile(request: HttpRequest, name: str) -> HttpResponse:
    """Give a tile of the tree (C2SP tlog-tiles); 404 for a name of another form, or beyond the newest checkpoint."""
    place = rules.parse_tile(name)
    try:
        data = actions.tile(*place) if place else None
    except Refused:
        return HttpResponse(_("Journalens träd är skadat här.") + "\n", status=500, content_type=PLAIN)
    if data is None or place is None:
        return HttpResponse(_("Den rutan finns inte.") + "\n", status=404, content_type=PLAIN)
    full = place[2] == 1 << rules.TILE_HEIGHT
    return HttpResponse(
        data, content_type="application/octet-stream", headers={"Cache-Control": FOREVER if full else HOUR}
    )


# ---- that one head leads to another ---------------------------------------------------------------------------------


@public("anyone who has kept a checkpoint may see that the journal still begins with it")
@require_safe
def consistency(request: HttpRequest) -> HttpResponse:
    """Ask for two checkpoints by their sizes and say how the proof is fetched; 400 with a reason for other input."""
    given = {name: request.GET.get(name, "").strip()[:40] for name in ("fran", "till")}
    old, new, problem = _two(given) if given["fran"] or given["till"] else (None, None, "")
    context: dict[str, Any] = {
        "given": given,
        "problem": problem,
        "old": old,
        "new": new,
        "latest": actions.latest_checkpoint(),
    }
    if old and new:
        context["proof"] = actions.consistency(old.size, new.size)
        context["file"] = f"{reverse('journal:consistency_file')}?fran={old.size}&till={new.size}"
    return render(request, "journal/consistency.html", context, status=400 if problem else 200)


@public("anyone who has kept a checkpoint may see that the journal still begins with it")
@require_safe
def consistency_file(request: HttpRequest) -> HttpResponse:
    """Give the proof ("torget-consistency/1"), which verify.py takes; 400 with a reason for other input."""
    old, new, problem = _two({name: request.GET.get(name, "").strip()[:40] for name in ("fran", "till")})
    if old is None or new is None:
        return HttpResponse(json.dumps({"error": problem}, ensure_ascii=False), status=400, content_type=JSON)
    path = [node.hex() for node in actions.consistency(old.size, new.size)]
    document = {"format": rules.CONSISTENCY_FORMAT, "key": old.key, "old": old.note, "new": new.note, "path": path}
    return _json(document, f"samma-journal-{old.size}-{new.size}.json", FOREVER)


def _two(given: dict[str, str]) -> tuple[Checkpoint | None, Checkpoint | None, str]:
    """The two checkpoints, the smaller first, or why not. An empty second field means the newest."""
    sizes = []
    for name in ("fran", "till"):
        digits = re.sub(r"\s", "", given[name])
        if not digits and name == "till" and (latest := actions.latest_checkpoint()):
            digits = str(latest.size)
        if not re.fullmatch("[0-9]{1,18}", digits, re.ASCII) or int(digits) == 0:
            return None, None, _("Skriv antalet poster med siffror. Det står i sigillets andra rad.")
        sizes.append(int(digits))
    heads = Checkpoint.objects.in_bulk(sizes)
    for size in sizes:
        if size not in heads:
            return None, None, _("Inget sigill är undertecknat vid %(n)s poster.") % {"n": size}
    return heads[min(sizes)], heads[max(sizes)], ""


# ---- witnesses and time stamps --------------------------------------------------------------------------------------


@public("a witness says openly what it has seen")
@require_safe
def witness_key(request: HttpRequest) -> HttpResponse:
    """Give the key with which we cosign the heads of others; 404 while we watch nobody."""
    watching = Witness.objects.filter(role=Witness.OF).exists()
    text = f"{actions.witness_key().public.text()}\n" if watching else None
    return _text(text, "vittnesnyckel.txt", MOMENT, _("Vi bevakar ingen annans journal."))


@public("a witness says openly what it has seen")
@require_safe
def statement(request: HttpRequest, origin: str) -> HttpResponse:
    """Give the last head that we kept of a journal, with our cosignature (C2SP tlog-cosignature)."""
    for witness in Witness.objects.filter(role=Witness.OF).exclude(note="").order_by("-kept_at")[:WITNESSES_SHOWN]:
        if rules.origin_id(witness.origin) == origin:
            return _text(witness.note, "vittnesmal.txt", MOMENT)
    return _text(None, "", MOMENT, _("Vi har inget sigill från den journalen."))


@public("that a journal has two histories is for everyone to know and to check")
@require_safe
def fork(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the proof that a journal has two histories ("torget-fork/1"), which verify.py takes."""
    found = Witness.objects.filter(pk=min(pk, 2**62)).exclude(evidence="").first()
    if found is None:
        return HttpResponse(_("Det finns inget sådant bevis.") + "\n", status=404, content_type=PLAIN)
    return _file(found.evidence, f"gaffel-{pk}.json", JSON, MOMENT)


@public("that the journal's head existed at a time is shown by somebody who is not us")
@require_safe
def stamp(request: HttpRequest, size: int) -> HttpResponse:
    """Give the time stamp (RFC 3161, DER) of a checkpoint; 404 when it has none."""
    found = Checkpoint.objects.filter(size=min(size, 2**62), stamp__isnull=False).select_related("stamp").first()
    if found is None:
        return HttpResponse(_("Det sigillet har ingen tidsstämpel.") + "\n", status=404, content_type=PLAIN)
    return _file(bytes(found.stamp.response), f"sigill-{size}.tsr", "application/timestamp-reply", FOREVER)


def _text(text: str | None, filename: str, cache: str, missing: str = "") -> HttpResponse:
    if text is None:
        missing = missing or _("Inget är infört i journalen ännu.")
        return HttpResponse(missing + "\n", status=404, content_type=PLAIN)
    return _file(text, filename, PLAIN, cache)


def _json(document: dict[str, Any] | None, filename: str, cache: str) -> HttpResponse:
    if document is None:
        return _text(None, "", cache)
    return _file(json.dumps(document, ensure_ascii=False, indent=1) + "\n", filename, JSON, cache)


def _file(content: str | bytes, filename: str, kind: str, cache: str) -> HttpResponse:
    # As a download: a browser that shows it might also change a line break, and then no signature holds.
    headers = {"Content-Disposition": f'attachment; filename="{filename}"', "Cache-Control": cache}
    return HttpResponse(content, content_type=kind, headers=headers)
