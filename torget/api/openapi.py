"""The description of the API (OpenAPI 3.1). tests/test_openapi.py and test_schemathesis.py hold it against what is answered."""

from collections.abc import Sequence
from typing import Any, Final

from django.utils import translation

from torget.api.messages import KEY
from torget.api.rules import Event, Scope
from torget.api.schemas import TEXT, schemas
from torget.channels.registry import CHANNELS
from torget.register.looking import DIRECTIONS, STATES

ABOUT: Final = (
    "What the organisation's public pages show, as data; and the way in for other systems, which send messages and take "
    "answers, signed by Standard Webhooks both ways. The public part needs no key. docs: /oppna-data/"
)
TOKEN: Final[list[dict[str, Any]]] = [{"token": []}]
SIGNED: Final[list[dict[str, Any]]] = [{"signature": []}]
PUBLIC: Final = ("400", "404", "429")
PRIVATE: Final = ("400", "401", "403", "404", "429")
IN: Final = ("400", "401", "403", "404", "409", "413", "415", "422", "429", "503")
_SAID: Final = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
_LEFT: Final = {"RateLimit": {"schema": TEXT}, "RateLimit-Policy": {"schema": TEXT}}


def _parameter(
    name: str, description: str, *, where: str = "query", need: bool = False, **schema: Any
) -> dict[str, Any]:
    made = {"name": name, "in": where, "description": description, "schema": TEXT | schema}
    return made | ({"required": True} if where == "path" or need else {})


_AFTER: Final = _parameter("after", "The place that the page before gave in `next`.", pattern="^[0-9a-f]{16}$")
_AFTER_TIME: Final = _parameter(
    "after", "The place that the page before gave in `next`.", pattern="^[0-9]{1,17}-[0-9]{1,18}$"
)
_AFTER_KEY: Final = _parameter("after", "The place that the page before gave in `next`.", pattern="^[0-9]{1,18}$")
_KEY: Final = _parameter(
    "Idempotency-Key",
    "Your own id of the message: the same id twice makes one message. A signed message has it in webhook-id instead.",
    where="header", need=True, pattern=KEY,
)  # fmt: skip


def _filters(authorities: Sequence[str]) -> list[dict[str, Any]]:
    """The filters of the register; `authorities` are the prefixes that there are."""
    return [
        _parameter("q", "Words of confirmed subjects in any inflection, \"phrases\", begin*, or a number."),
        _parameter("authority", "The prefix of an authority's numbers.", enum=list(authorities)),
        _parameter("channel", "The channel's code.", enum=list(CHANNELS)),
        _parameter("state", "How the record is kept, as the register shows it.", enum=list(STATES)),
        _parameter("direction", "To us or from us.", enum=list(DIRECTIONS)),
        _parameter("from", "The first day.", format="date"),
        _parameter("to", "The last day.", format="date"),
        _parameter("number", "A diary number: KS 2026/0412, 2026/0412 or KS 2026/0412-98."),
        _AFTER,
    ]  # fmt: skip


def _problems(codes: Sequence[str]) -> dict[str, Any]:
    return {code: {"description": "A problem, in words.", "content": _SAID, "headers": _LEFT} for code in codes}


def _content(schema: str) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}


def _get(
    name: str, summary: str, schema: str, parameters: Sequence[Any] = (), *, scope: Scope | None = None
) -> dict[str, Any]:
    """An operation that reads; `scope`: it takes a token that opens that."""
    answers: dict[str, Any] = {"200": {"description": summary, "headers": dict(_LEFT), "content": _content(schema)}}
    made: dict[str, Any] = {"operationId": name, "summary": summary, "parameters": list(parameters)}
    if scope is None:
        answers["200"]["headers"]["ETag"] = {"schema": TEXT}
        answers["304"] = {"description": "What you have (If-None-Match) is what there is."}
        made["security"] = []
    else:
        made |= {"security": TOKEN, "description": f"Scope: `{scope.value}`."}
    return made | {"responses": answers | _problems(PUBLIC if scope is None else PRIVATE)}


def _post(name: str, summary: str, parameters: Sequence[Any], security: list[Any], about: str) -> dict[str, Any]:
    """An operation that takes a message."""
    headers = _LEFT | {"Location": {"schema": TEXT | {"format": "uri"}}}
    taken = {"headers": headers, "content": _content("Receipt")}
    answers = {
        "201": {"description": "Taken. What came in is kept, and read as everything that comes in."} | taken,
        "200": {"description": "It was here already: nothing has changed."} | taken,
    }
    return {
        "operationId": name, "summary": summary, "description": about, "parameters": list(parameters),
        "security": security, "requestBody": {"required": True, "content": _content("MessageIn")},
        "responses": answers | _problems(IN),
    }  # fmt: skip


def _paths(authorities: Sequence[str]) -> dict[str, Any]:
    dnr = _parameter("dnr", "KS/2026/0412 for a case, KS/2026/0412-98 for a record.", where="path")
    number = _parameter("number", "The conversation's number.", where="path")
    key = _parameter("id", "Your own id of the message.", where="path")
    program = _parameter("program", "The short name that the organisation gave your system.", where="path")
    week = _parameter("week", "A week, such as 2026-W46; without it the latest.", pattern="^[0-9]{4}-W[0-9]{2}$")
    span = [
        _parameter("from", "The first day.", need=True, format="date"),
        _parameter("to", "The last day, at most 92 after the first.", need=True, format="date"),
    ]
    told = "Scope: `messages:write`. It may be signed as well, and has to be where the organisation says so."
    return {
        "/": {"get": _get("index", "What there is.", "Index")},
        "/openapi.json": {"get": _get("openapi", "This description.", "OpenAPI")},
        "/diarium": {"get": _get("register", "The register, newest first.", "Register", _filters(authorities))},
        "/diarium/{dnr}": {"get": _get("number", "A case, or a record.", "Numbered", [dnr, _AFTER])},
        "/dialogues": {"get": _get("dialogues", "Published conversations, newest first.", "Dialogues", [_AFTER_TIME])},
        "/dialogues/{number}": {"get": _get("dialogue", "One published conversation.", "DialogueWhole", [number])},
        "/messages": {
            "get": _get("messages", "What you have sent, newest first.", "Receipts", [_AFTER_KEY], scope=Scope.READ),
            "post": _post("send", "Send a message.", [_KEY], TOKEN, told),
        },
        "/messages/{id}": {
            "get": _get("message", "One of your messages, and the answers.", "MessageWhole", [key], scope=Scope.READ)
        },
        "/webhooks/{program}": {
            "post": _post("webhook", "Send a message by signature alone.", [program], SIGNED, "Standard Webhooks.")
        },
        "/results": {"get": _get("results", "A week's results.", "Week", [week], scope=Scope.RESULTS)},
        "/results/days": {"get": _get("days", "Sums by day and channel.", "Days", span, scope=Scope.RESULTS)},
    }


def _webhooks() -> dict[str, Any]:
    """What we send, to the address that a program has registered."""
    heads = [
        _parameter(name, about, where="header", need=True)
        for name, about in (
            ("webhook-id", "The same at every attempt: know it again by this."),
            ("webhook-timestamp", "Seconds since 1970; refuse what is more than five minutes off."),
            ("webhook-signature", "v1,<base64>; two of them, with a space between, while a secret is being changed."),
        )
    ]
    taken = {"2XX": {"description": "Taken."}, "410": {"description": "Never send here again."}}
    made = {
        "summary": "Standard Webhooks. Anything but 2xx is tried again for three days.",
        "parameters": heads,
        "requestBody": {"content": _content("Event")},
        "responses": taken,
    }
    return {event.value: {"post": made} for event in Event}


def document(root: str, authorities: Sequence[str]) -> dict[str, Any]:
    """The whole description, in English; `root` is where this installation is, `authorities` the prefixes it has."""
    token = {"type": "http", "scheme": "bearer", "description": f"Scopes: {', '.join(scope.value for scope in Scope)}."}
    signature = {
        "type": "apiKey", "in": "header", "name": "webhook-signature",
        "description": "Standard Webhooks: webhook-id, webhook-timestamp and webhook-signature (v1, HMAC-SHA256).",
    }  # fmt: skip
    with translation.override("en"):
        components = {"schemas": schemas(), "securitySchemes": {"token": token, "signature": signature}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Torget", "version": "1", "description": ABOUT},
        "servers": [{"url": f"{root}/api/v1"}],
        "paths": _paths(authorities),
        "webhooks": _webhooks(),
        "components": components,
    }
