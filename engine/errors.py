"""The few errors of the engine, each with its code and HTTP status; the docstring is the message's first half.

An exception is for a caller's mistake or a dead machine; what the catalogue or the chain says about one item
is an event (DESIGN.md section 8).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from engine.core.model import Problem


class BatchdeckError(Exception):
    """Something went wrong."""

    code = "internal"
    http_status = 500


class InvalidDraft(BatchdeckError):
    """The input can't be accepted."""

    code = "invalid"
    http_status = 400

    def __init__(self, problems: Iterable[Problem], extra: Mapping[str, int] | None = None) -> None:
        self.problems = tuple(problems)
        self.extra = dict(extra or {})
        super().__init__("; ".join(f"{problem.field}: {problem.message}" for problem in self.problems))


def refuse(problems: Iterable[Problem]) -> None:
    """Raise InvalidDraft with all problems, if there is one."""
    found = tuple(problems)
    if found:
        raise InvalidDraft(found)


class Unauthorized(BatchdeckError):
    """No token of the engine came with it."""

    code = "unauthorized"
    http_status = 401


class Forbidden(BatchdeckError):
    """Whoever asks may not do that."""

    code = "forbidden"
    http_status = 403


class NotFound(BatchdeckError):
    """There is no such thing."""

    code = "not-found"
    http_status = 404


class Conflict(BatchdeckError):
    """That isn't possible as things stand."""

    code = "conflict"
    http_status = 409


class Gone(BatchdeckError):
    """That revision isn't known: load everything again."""

    code = "gone"
    http_status = 410


class TooManyRequests(BatchdeckError):
    """Too much at once."""

    code = "too-many-requests"
    http_status = 429

    def __init__(self, message: str, retry_after: float) -> None:
        self.retry_after = retry_after
        super().__init__(message)


class Unavailable(BatchdeckError):
    """A part that is needed isn't there."""

    code = "unavailable"
    http_status = 503


class Owned(Unavailable):
    """Another process has the database; ``pid`` is its own, 0 when it can't be told, ``url`` where its API is."""

    def __init__(self, message: str, pid: int, url: str | None = None) -> None:
        self.pid = pid
        self.url = url
        super().__init__(message)


class TakenOver(Unavailable):
    """Another engine has the database now: this one can do nothing more with it."""


class BadSettings(BatchdeckError):
    """A setting can't be used."""

    code = "settings"
    http_status = 400
