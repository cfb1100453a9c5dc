"""How the API answers: JSON, and every refusal as ``{message, code, errors?}``, whatever went wrong.

``code`` is the machine's word for it (`engine.errors`), so that an engine far away can raise the same exception.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping

from starlette.responses import Response

from engine.core.model import Problem
from engine.errors import BatchdeckError, InvalidDraft, TooManyRequests

MOST = 1000
"""Problems that one answer names; a body of 8 MB may have a million of them."""


class JsonResponse(Response):
    """A JSON body; text that UTF-8 can't carry is shown as question marks, never as an error of our own."""

    media_type = "application/json"

    def render(self, content: object) -> bytes:
        """Write the body."""
        text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return text.encode("utf-8", "replace")


def answer(body: Mapping[str, object], status: int = 200) -> Response:
    """Return a JSON answer."""
    return JsonResponse(body, status)


def refusal(status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> Response:
    """Return a refusal that is nobody's field."""
    return JsonResponse({"message": message, "code": code}, status, dict(headers or {}))


def refused(error: BatchdeckError) -> Response:
    """Return the answer for an error of the engine."""
    if isinstance(error, InvalidDraft):
        return JsonResponse({**_problems(error.problems), **error.extra}, error.http_status)
    headers = {"Retry-After": str(max(1, math.ceil(error.retry_after)))} if isinstance(error, TooManyRequests) else None
    return refusal(error.http_status, error.code, str(error), headers)


def _problems(problems: tuple[Problem, ...]) -> dict[str, object]:
    named = [{"field": problem.field, "message": problem.message} for problem in problems[:MOST]]
    first = f"{problems[0].field}: {problems[0].message}" if problems else "The input can't be accepted"
    others = "many" if len(problems) > MOST else max(0, len(problems) - 1)
    more = f" (and {others} more)" if others else ""
    return {"message": first + more, "code": InvalidDraft.code, "errors": named}
