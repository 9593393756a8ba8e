"""A document held against the part of JSON Schema that our description uses; says what does not fit."""

from collections.abc import Iterator
from typing import Any

KINDS: dict[str, type | tuple[type, ...]] = {
    "object": dict, "array": list, "string": str, "integer": int, "boolean": bool, "null": type(None),
}  # fmt: skip
KNOWN = {
    "type",
    "properties",
    "required",
    "additionalProperties",
    "items",
    "enum",
    "const",
    "format",
    "description",
    "minimum",
}


def wrong(value: Any, schema: dict[str, Any], schemas: dict[str, Any], where: str = "") -> Iterator[str]:
    """What of the value does not fit the schema. Raises KeyError for a word of JSON Schema that this does not know."""
    if "$ref" in schema:
        yield from wrong(value, schemas[schema["$ref"].rpartition("/")[2]], schemas, where)
        return
    if unknown := schema.keys() - KNOWN:
        raise KeyError(*unknown)
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    if not any(isinstance(value, KINDS[kind]) and (kind != "integer" or value is not True) for kind in kinds):
        yield f"{where} is {type(value).__name__}, not {kinds}"
        return
    if value not in schema.get("enum", [value]) or value != schema.get("const", value):
        yield f"{where} is {value!r}"
    if isinstance(value, dict) and "properties" in schema:
        yield from (f"{where}.{name} is missing" for name in schema["required"] if name not in value)
        yield from (f"{where}.{name} is not described" for name in value if name not in schema["properties"])
        for name in value.keys() & schema["properties"].keys():
            yield from wrong(value[name], schema["properties"][name], schemas, f"{where}.{name}")
    if isinstance(value, list):
        for place, item in enumerate(value):
            yield from wrong(item, schema["items"], schemas, f"{where}[{place}]")
