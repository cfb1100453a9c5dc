"""The document at /openapi.json, put together from the table of calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.vitals_told import version
from engine.web.openapi.forms import Schema, named
from engine.web.openapi.nouns import NOUNS

JSON = "application/json"
_REASONS = {
    400: "A body or query that can't be accepted; every problem is named, up to a thousand.",
    401: "No token of this engine came with it.",
    403: "A foreign Origin or Host, or a token that may only read.",
    404: "There is no such thing.",
    409: "Not possible as things stand.",
    410: "That revision isn't known: load everything again.",
    413: "The body is over 8 MB.",
    415: "The body isn't application/json.",
    429: "Over the creator's quota for an hour.",
    503: "A part that is needed isn't there.",
}
_HEADERS: dict[int, tuple[str, str]] = {
    401: ("WWW-Authenticate", "Bearer"),
    429: ("Retry-After", "Whole seconds until it may work."),
}
_ID = {"X-Request-Id": {"schema": {"type": "string"}, "description": "The request's id, as in the log."}}
ALWAYS = (400, 401, 403, 503)
POSTED = (*ALWAYS, 413, 415)


def answered(description: str, schema: Schema, example: object, kind: str = JSON) -> Schema:
    """An answer with a body."""
    content: Schema = {"schema": schema} | ({} if example is None else {"example": example})
    return {"description": description, "headers": _ID, "content": {kind: content}}


def refusals(statuses: Sequence[int]) -> dict[str, Schema]:
    """The refusals that a call may answer with."""
    return {str(status): _refusal(status) for status in sorted(statuses)}


def _refusal(status: int) -> Schema:
    if status == 400:
        problem = {"field": "newPrice", "message": "0 is out of range: give an integer of µSTX"}
        example = {"message": "newPrice: 0 is out of range", "code": "invalid", "errors": [problem]}
        return answered(_REASONS[status], named("Problems"), example)
    body = answered(_REASONS[status], named("Refusal"), {"message": _REASONS[status], "code": _CODES[status]})
    if status in _HEADERS:
        name, said = _HEADERS[status]
        body["headers"] = {**_ID, name: {"schema": {"type": "string"}, "description": said}}
    return body


_CODES = {
    401: "unauthorized",
    403: "forbidden",
    404: "not-found",
    409: "conflict",
    410: "gone",
    413: "too-large",
    415: "unsupported-media-type",
    429: "too-many-requests",
    503: "unavailable",
}


def operation(
    name: str,
    summary: str,
    tag: str,
    answers: Mapping[int, Schema],
    refused: Sequence[int],
    parameters: Sequence[Schema] = (),
    body: tuple[Schema, object] | None = None,
    needs_body: bool = True,
) -> Schema:
    """One call, whole: what goes in, what comes out, and everything that may be refused."""
    spec: Schema = {
        "operationId": name,
        "summary": summary,
        "tags": [tag],
        "parameters": list(parameters),
        "responses": {str(status): one for status, one in answers.items()} | refusals(refused),
    }
    if body is not None:
        schema, example = body
        spec["requestBody"] = {"required": needs_body, "content": {JSON: {"schema": schema, "example": example}}}
    return spec


def document(paths: Mapping[str, Mapping[str, Schema]], *, tokens: bool) -> Schema:
    """Return the whole page; ``tokens`` tells that each call needs one."""
    bearer = {"bearer": {"type": "http", "scheme": "bearer"}}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Batchdeck",
            "version": version(),
            "description": "Bulk changes to paid content whose price and existence also live in a contract. JSON in "
            "camelCase; times ISO 8601 in UTC, durations in ms, money in µSTX. Nothing is coerced or clamped.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {"schemas": NOUNS, "securitySchemes": bearer},
        "security": [{"bearer": []}] if tokens else [],
        "tags": [{"name": name} for name in ("batches", "items", "catalogue", "engine", "audit")],
    }
