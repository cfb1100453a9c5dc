"""Short ways to write JSON Schema (2020-12, as OpenAPI 3.1 has it)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

Schema = dict[str, Any]
SAFE_TEXT = r"^[^\x00]*$"


def text(least: int = 0, most: int | None = None, **more: object) -> Schema:
    """Text."""
    bounds: Schema = ({"minLength": least} if least else {}) | ({"maxLength": most} if most is not None else {})
    return {"type": "string", **bounds, **more}


def integer(low: int | None = 0, high: int | None = None, **more: object) -> Schema:
    """An integer."""
    bounds: Schema = ({} if low is None else {"minimum": low}) | ({} if high is None else {"maximum": high})
    return {"type": "integer", **bounds, **more}


def number(**more: object) -> Schema:
    """A number."""
    return {"type": "number", **more}


def flag(**more: object) -> Schema:
    """True or false."""
    return {"type": "boolean", **more}


def moment() -> Schema:
    """A time in UTC."""
    return {"type": "string", "format": "date-time"}


def words(kind: type[StrEnum], *but: StrEnum) -> Schema:
    """One of a few words."""
    return {"type": "string", "enum": [str(word) for word in kind if word not in but]}


def maybe(schema: Schema) -> Schema:
    """That, or null."""
    if "type" in schema and "enum" not in schema:
        return {**schema, "type": [schema["type"], "null"]}
    return {"anyOf": [schema, {"type": "null"}]}


def many(schema: Schema, least: int = 0, most: int | None = None, **more: object) -> Schema:
    """A list."""
    bounds: Schema = ({"minItems": least} if least else {}) | ({"maxItems": most} if most is not None else {})
    return {"type": "array", "items": schema, **bounds, **more}


def noun(fields: Mapping[str, Schema], optional: Mapping[str, Schema] | None = None, **more: object) -> Schema:
    """An object with these fields and no other."""
    optional = optional or {}
    return {
        "type": "object",
        "properties": {**fields, **optional},
        "required": list(fields),
        "additionalProperties": False,
        **more,
    }


def named(name: str) -> Schema:
    """A noun of the page, by its name."""
    return {"$ref": f"#/components/schemas/{name}"}
