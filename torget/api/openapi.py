"""The description of the API (OpenAPI 3.1). tests/test_openapi.py holds it against what is answered."""

from typing import Any, Final

from torget.register.looking import DIRECTIONS, STATES

_TEXT: Final = {"type": "string"}
_MAYBE: Final = {"type": ["string", "null"]}
_NEXT: Final = {"type": ["string", "null"], "format": "uri", "description": "Where the next page is; null at the end."}


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    """An object that has all of these properties and no others."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _list(name: str) -> dict[str, Any]:
    return {"type": "array", "items": {"$ref": f"#/components/schemas/{name}"}}


SCHEMAS: Final[dict[str, Any]] = {
    "Index": _object(
        {
            "organisation": _TEXT,
            "version": {"type": "string", "const": "1"},
            "openapi": _TEXT | {"format": "uri"},
            "diarium": _TEXT | {"format": "uri"},
            "authorities": _list("Authority"),
        }
    ),
    "Authority": _object({"prefix": _TEXT, "name": _TEXT}),
    "Row": _object(
        {
            "date": _TEXT | {"format": "date", "description": "The day it came in or left, in Stockholm."},
            "number": _MAYBE | {"description": "`KS 2026/0412-98`; null for what is kept without a number."},
            "case": _MAYBE | {"description": "The number of its case."},
            "authority": _TEXT,
            "channel": _TEXT,
            "direction": {"type": "string", "enum": list(DIRECTIONS), "description": "To us or from us."},
            "state": {"type": "string", "enum": list(STATES)},
            "subject": _MAYBE | {"description": "Null until staff have confirmed it, and where it is secret."},
            "page": _MAYBE | {"format": "uri"},
        }
    ),
    "Register": _object(
        {
            "count": {"type": "integer", "description": "How many rows fit, at most 1000."},
            "count_is_more": {"type": "boolean", "description": "Whether more than `count` fit."},
            "rows": _list("Row"),
            "next": _NEXT,
        }
    ),
    "Numbered": _object({"case": _TEXT, "subject": _MAYBE, "rows": _list("Row"), "next": _NEXT}),
    "Problem": {
        "type": "object",
        "description": "RFC 9457, in Swedish or English by Accept-Language.",
        "properties": {
            "type": _TEXT, "code": _TEXT, "status": {"type": "integer"}, "title": _TEXT, "detail": _TEXT, "about": _TEXT,
        },
        "required": ["type", "code", "status", "title", "detail"],
        "additionalProperties": False,
    },
}  # fmt: skip


def _parameter(name: str, description: str, *, where: str = "query", **schema: Any) -> dict[str, Any]:
    parameter = {"name": name, "in": where, "description": description, "schema": _TEXT | schema}
    return parameter | ({"required": True} if where == "path" else {})


_AFTER = _parameter("after", "The place that the page before gave in `next`.")
FILTERS: Final = [
    _parameter("q", "Words of confirmed subjects in any inflection, \"phrases\", begin*, or a number."),
    _parameter("authority", "The prefix of an authority's numbers, such as KS."),
    _parameter("channel", "The channel's code, such as mail."),
    _parameter("state", "How the record is kept, as the register shows it.", enum=list(STATES)),
    _parameter("direction", "To us or from us.", enum=list(DIRECTIONS)),
    _parameter("from", "The first day.", format="date"),
    _parameter("to", "The last day.", format="date"),
    _parameter("number", "A diary number: KS 2026/0412, 2026/0412 or KS 2026/0412-98."),
    _AFTER,
]  # fmt: skip


def _get(name: str, summary: str, schema: str, parameters: list[Any], problems: tuple[str, ...]) -> dict[str, Any]:
    said = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    answers: dict[str, Any] = {
        "200": {
            "description": summary,
            "headers": {"ETag": {"schema": _TEXT}},
            "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}},
        },
        "304": {"description": "What you have (If-None-Match) is what there is."},
    }
    answers |= {status: {"description": "A problem, in words.", "content": said} for status in problems}
    return {"get": {"operationId": name, "summary": summary, "parameters": parameters, "responses": answers}}


def document(root: str) -> dict[str, Any]:
    """The whole description; `root` is where this installation is."""
    dnr = _parameter("dnr", "KS/2026/0412 for a case, KS/2026/0412-98 for a record.", where="path")
    schemas = SCHEMAS | {"OpenAPI": {"type": "object"}}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Torget",
            "version": "1",
            "description": "The public register: number, date, channel, authority, state, and the subject when staff "
            "have confirmed it. Never who wrote, never the text.",
        },
        "servers": [{"url": f"{root}/api/v1"}],
        "paths": {
            "/": _get("index", "What there is.", "Index", [], ("404", "429")),
            "/openapi.json": _get("openapi", "This description.", "OpenAPI", [], ("404", "429")),
            "/diarium": _get("register", "The register, newest first.", "Register", FILTERS, ("400", "404", "429")),
            "/diarium/{dnr}": _get("number", "A case, or a record.", "Numbered", [dnr, _AFTER], ("400", "404", "429")),
        },
        "components": {"schemas": schemas},
    }
