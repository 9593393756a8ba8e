"""What the API answers and takes, as JSON Schema. Columns are explained where they belong, once for page and API."""

from typing import Any, Final

from torget.api.messages import CONTENT, HOLDS, KEY, LANGUAGE, LONGEST_FILE, MEDIA_TYPE, MOMENT, MOST_FILES
from torget.conversations.columns import DIALOGUES, MESSAGES
from torget.conversations.rules import State
from torget.core.columns import properties
from torget.register.columns import ROWS
from torget.results.columns import DAYS, WEEK

TEXT: Final = {"type": "string"}
MAYBE: Final = {"type": ["string", "null"]}
URI: Final = {"type": "string", "format": "uri"}
MOMENT_OR_NONE: Final = {"type": ["string", "null"], "format": "date-time"}
COUNT: Final = {"type": "integer", "minimum": 0}
NUMBER_OR_NONE: Final = {"type": ["number", "null"]}
NEXT: Final = {"type": ["string", "null"], "format": "uri", "description": "Where the next page is; null at the end."}


def whole(given: dict[str, Any]) -> dict[str, Any]:
    """An object that has all of these properties and no others."""
    return {"type": "object", "properties": given, "required": list(given), "additionalProperties": False}


def some(given: dict[str, Any], *required: str) -> dict[str, Any]:
    """An object of which only some properties have to be there."""
    return {"type": "object", "properties": given, "required": list(required), "additionalProperties": False}


def listed(name: str) -> dict[str, Any]:
    """A list of a named schema."""
    return {"type": "array", "items": {"$ref": f"#/components/schemas/{name}"}}


def _public() -> dict[str, Any]:
    return {
        "Index": whole(
            {
                "organisation": TEXT,
                "version": {"type": "string", "const": "1"},
                "openapi": URI,
                "diarium": MAYBE | {"format": "uri", "description": "Null while the register is not public."},
                "dialogues": URI,
                "authorities": listed("Authority"),
            }
        ),
        "Authority": whole({"prefix": TEXT, "name": TEXT}),
        "Row": whole(properties(ROWS)),
        "Register": whole(
            {
                "count": COUNT | {"description": "How many rows fit, at most 1000."},
                "count_is_more": {"type": "boolean", "description": "Whether more than `count` fit."},
                "rows": listed("Row"),
                "next": NEXT,
            }
        ),
        "Numbered": whole({"case": TEXT, "subject": MAYBE, "rows": listed("Row"), "next": NEXT}),
        "Dialogue": whole(properties(DIALOGUES)),
        "Dialogues": whole({"dialogues": listed("Dialogue"), "next": NEXT}),
        "Said": whole(properties(MESSAGES)),
        "DialogueWhole": whole(properties(DIALOGUES) | {"messages": listed("Said")}),
        "OpenAPI": {"type": "object"},
    }


def _messages() -> dict[str, Any]:
    attachment = some(
        {
            "filename": TEXT | {"minLength": 1, "maxLength": 200, "pattern": HOLDS},
            "media_type": TEXT | {"maxLength": 121, "pattern": MEDIA_TYPE, "description": "What you say that it is."},
            "content": TEXT
            | {
                "minLength": 4,
                "maxLength": LONGEST_FILE * 4 // 3 + 4,
                "pattern": CONTENT,
                "contentEncoding": "base64",
                "description": "The file in base64.",
            },
        },
        "filename",
        "content",
    )
    sender = some(
        {
            "name": TEXT | {"maxLength": 200},
            "address": TEXT | {"maxLength": 320, "description": "E-mail or your own id of the person."},
        }
    )
    message = some(
        {
            "text": TEXT | {"minLength": 1, "maxLength": 100_000, "pattern": HOLDS, "description": "What the person wrote."},
            "subject": TEXT | {"maxLength": 300},
            "sender": sender | {"description": "Who wrote. May be left out: nobody has to say who they are."},
            "sent_at": TEXT | {"format": "date-time", "pattern": MOMENT, "description": "When it was written (RFC 3339)."},
            "in_reply_to": TEXT | {"pattern": KEY, "description": "The id of a message of yours or an answer of ours."},
            "language": TEXT | {"maxLength": 20, "pattern": LANGUAGE},
            "url": TEXT | {"maxLength": 2000, "pattern": "^https?://", "description": "Where it stands in your system."},
            "attachments": {"type": "array", "maxItems": MOST_FILES, "items": attachment},
        },
        "text",
    )  # fmt: skip
    receipt = {
        "id": TEXT | {"description": "Your own id: Idempotency-Key or webhook-id."},
        "state": {
            "type": "string",
            "enum": ["kept", *(state.value for state in State)],
            "description": "`kept`: received, and read in a moment; else the state of its conversation.",
        },
        "conversation": {"type": ["integer", "null"], "description": "The conversation's number."},
        "number": MAYBE | {"description": "The record's number in the register."},
        "received": MOMENT_OR_NONE,
        "self": URI,
    }
    answer = {"id": TEXT, "number": MAYBE, "text": TEXT, "sent": MOMENT_OR_NONE}
    return {
        "MessageIn": message,
        "Receipt": whole(receipt),
        "Receipts": whole({"messages": listed("Receipt"), "next": NEXT}),
        "Answer": whole(answer),
        "MessageWhole": whole(receipt | {"answers": listed("Answer")}),
    }


def _results() -> dict[str, Any]:
    figure: dict[str, Any] = whole(
        {"value": {"type": "number"}, "low": {"type": "number"}, "high": {"type": "number"}, "reckoning": TEXT}
    )
    figure = figure | {
        "type": ["object", "null"],
        "description": "With its interval; null where an assumption is missing.",
    }
    source = {
        "key": TEXT, "value": NUMBER_OR_NONE, "low": NUMBER_OR_NONE, "high": NUMBER_OR_NONE, "unit": TEXT,
        "source": TEXT, "source_date": MAYBE | {"format": "date"}, "is_default": {"type": "boolean"},
    }  # fmt: skip
    week = properties(WEEK) | {
        "reception_days": figure, "officer_weeks": figure, "hours": figure, "kronor": figure,
        "missing_assumptions": {"type": "array", "items": TEXT},
        "sources": {"type": "array", "items": whole(source), "description": "What the figures rest on."},
        "answer_time": whole(
            {
                "median_hours": NUMBER_OR_NONE | {"description": "Working hours to the first answer."},
                "p90_hours": NUMBER_OR_NONE, "error_percent": {"type": "number"}, "answers": COUNT,
            }
        ),
        "helped": whole({"yes": COUNT, "partly": COUNT, "no": COUNT}),
        "channels": {"type": "array", "items": whole({"channel": TEXT, "received": COUNT, "answered": COUNT})},
        "counted_at": MOMENT_OR_NONE,
    }  # fmt: skip
    day = {"type": "string", "format": "date"}
    return {
        "Week": whole(week),
        "Day": whole(properties(DAYS)),
        "Days": whole({"from": day, "to": day, "days": listed("Day")}),
    }


def _webhooks() -> dict[str, Any]:
    told = some(
        {
            "conversation": {"type": "integer"},
            "id": TEXT | {"description": "Your own id of the message, or ours of the answer."},
            "in_reply_to": TEXT,
            "text": TEXT | {"description": "The answer's words; only in answer.sent to your own message."},
        }
    )
    return {"Event": whole({"type": TEXT, "timestamp": {"type": "string", "format": "date-time"}, "data": told})}


def schemas() -> dict[str, Any]:
    """All schemas by name, in the language that is active."""
    problem = some(
        {"type": TEXT, "code": TEXT, "status": {"type": "integer"}, "title": TEXT, "detail": TEXT, "about": TEXT},
        "type", "code", "status", "title", "detail",
    )  # fmt: skip
    described = {"description": "RFC 9457, in Swedish or English by Accept-Language."}
    return _public() | _messages() | _results() | _webhooks() | {"Problem": problem | described}
