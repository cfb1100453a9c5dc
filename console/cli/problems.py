"""How an error of the engine reads on a command line: its exit code, and one sentence in the words of the flags."""

from __future__ import annotations

import structlog

from engine import logs
from engine.core.model import Problem
from engine.errors import BatchdeckError, InvalidDraft, Unavailable
from engine.ports import NodeUnreachable

REFUSED = 2
UNAVAILABLE = 3
_MOST = 10
_FLAGS = {
    "operation": "OPERATION",
    "creator": "--creator",
    "contentIds": "--ids",
    "newPrice": "--price",
    "removalReason": "--reason",
    "updates": "--set",
    "scheduledFor": "--at",
    "Idempotency-Key": "--idempotency-key",
    "why": "--why",
}
log = structlog.get_logger()


def code_and_sentence(error: Exception) -> tuple[int, str]:
    """Return the exit code and the sentence for an error; one that nobody foresaw is whole in the log."""
    if isinstance(error, InvalidDraft):
        return REFUSED, problems_sentence(error.problems)
    if isinstance(error, Unavailable | NodeUnreachable):
        return UNAVAILABLE, str(error)
    if isinstance(error, BatchdeckError):
        return REFUSED, str(error)
    logs.ensure()
    log.error("internal error", exc_info=error)
    return UNAVAILABLE, f"Internal error ({type(error).__name__}): the log has it whole; please report it"


def problems_sentence(problems: tuple[Problem, ...]) -> str:
    """Return every problem with its field and the flag that it came from, ten at most."""
    said = [f"{problem.field}{_flag(problem.field)}: {problem.message}" for problem in problems[:_MOST]]
    more = len(problems) - _MOST
    return "; ".join(said) + (f"; and {more} more" if more > 0 else "")


def _flag(field: str) -> str:
    flag = _FLAGS.get(field.partition(".")[0].partition("[")[0])
    return f" ({flag})" if flag else ""
