"""How a content stands before a change: reviews tell it, and whoever submits one may look whether it still holds."""

from __future__ import annotations

from dataclasses import dataclass

from engine.core.applying import obstacle
from engine.core.model import Content, Operation, Value
from engine.core.operations import RULES


@dataclass(frozen=True, slots=True)
class Standing:
    """What a change would replace, in words; why the catalogue would refuse it; whether the contract is called."""

    old: str = ""
    problem: str | None = None
    calls: bool = False


def standing(
    operation: Operation, creator: str, value: Value, content: Content | None, repeated: bool = False
) -> Standing:
    """Return how a content stands before a change to ``value`` for a creator; of what isn't there nothing is old.

    ``repeated`` tells that the change is a removal that took the content out before: that it is gone is no obstacle.
    """
    rule, problem = RULES[operation], obstacle(content, creator, removed=repeated)
    if content is None or (content.removed_at is not None and not repeated):
        return Standing(problem=problem)
    calls = problem is None and rule.call(content.on_chain_id, value) is not None
    old = "" if content.removed_at is not None else rule.old(rule.replaced(content, value))
    return Standing(old, problem, calls)
