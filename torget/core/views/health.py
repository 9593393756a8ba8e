"""`/halsa/`: whether all is well; `/halsa/redo/`: whether to send people to this process; `/halsa/lever/`: whether it lives."""

from django.http import HttpRequest, JsonResponse

from torget.core import health as parts
from torget.core.access import public


@public("for the operator's monitoring; says nothing about content")
def health(request: HttpRequest) -> JsonResponse:
    """`{"ok": bool, "<part>": bool, …, "figures": {"<part>": {…}}}`; 503 when a part is not well."""
    found = parts.look()
    ok = all(part.ok for part in found)
    body = {"ok": ok, **{part.name: part.ok for part in found}}
    figures = {part.name: part.figures for part in found if part.figures}
    return _answer({**body, "figures": figures}, 200 if ok else 503)


@public("for a proxy; says nothing about content")
def ready(request: HttpRequest) -> JsonResponse:
    """200 while this process takes people, 503 when it is about to stop or does not reach the database."""
    ok = parts.ready()
    return _answer({"ok": ok}, 200 if ok else 503)


@public("for the operator's monitoring; asks nothing of the database")
def alive(request: HttpRequest) -> JsonResponse:
    """200 as long as the process answers at all: where it does not, it is to be started anew."""
    return _answer({"ok": True}, 200)


def _answer(body: dict[str, object], status: int) -> JsonResponse:
    response = JsonResponse(body, status=status)
    response.headers["Cache-Control"] = "no-store"
    return response
