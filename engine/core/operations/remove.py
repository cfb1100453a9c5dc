"""remove-content: the row stays in the catalogue, marked; the contract forgets it by `remove-content`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from engine.core.model import Content, Operation, Outcome, Problem, Value
from engine.core.operations.base import Call, ending, unknown_keys
from engine.core.text import shown, storable
from engine.stacks import clarity

MAX_REASON = 500


class RemoveContent:
    """Take each content out of the catalogue, for good."""

    name = Operation.REMOVE_CONTENT
    title = "Remove content"
    wire_keys: tuple[str, ...] = ("removalReason",)

    def read(self, payload: Mapping[str, object], at: str) -> tuple[Value, list[Problem]]:
        """Accept an optional ``{"removalReason": text}`` of at most 500 characters."""
        problems = unknown_keys(payload, self.wire_keys, at)
        reason = payload.get("removalReason")
        if reason is not None and not (isinstance(reason, str) and storable(reason)):
            problems.append(
                Problem(f"{at}removalReason", f"{shown(reason)} is not usable text: give text or leave it out")
            )
        elif reason is not None and len(reason) > MAX_REASON:
            message = f"{len(reason)} characters are too many: give at most {MAX_REASON}"
            problems.append(Problem(f"{at}removalReason", message))
        return {"reason": reason if isinstance(reason, str) else None}, problems

    def payload(self, value: Value) -> Mapping[str, object]:
        """Return ``{"removalReason": text}``, or nothing without one."""
        return {} if value.get("reason") is None else {"removalReason": value["reason"]}

    def fields(self, value: Value) -> frozenset[str]:
        """A removal touches every field: it supersedes and is superseded by anything."""
        return frozenset({"removed"})

    def change(self, content: Content, value: Value, now: datetime) -> Content:
        """Mark the content removed, with the reason."""
        reason = value.get("reason")
        return replace(content, removed_at=now, removal_reason=None if reason is None else str(reason))

    def replaced(self, content: Content, value: Value) -> Value:
        """Nothing that could be put back."""
        return {"removed": False}

    def unchanged(self, content: Content, value: Value) -> bool:
        """Tell whether it is gone already."""
        return content.removed_at is not None

    def call(self, on_chain_id: int | None, value: Value) -> Call | None:
        """``remove-content(uint)``, for the creator or the contract's owner (FACTS.md)."""
        return None if on_chain_id is None else Call("remove-content", (clarity.UInt(on_chain_id),))

    def revert(self, replaced: Value) -> Value | None:
        """A removal can't be taken back: the contract has no call for it."""
        return None

    def sentence(self, value: Value, outcome: Outcome) -> str | None:
        """Say it as INTERFACE.md's table does."""
        if outcome is Outcome.CONFIRMED:
            return "Content removed"
        if outcome is Outcome.CATALOGUE_ONLY:
            return "Content removed (not on the chain)"
        return f"Content removed{ending(outcome)}" if ending(outcome) else None

    def diff(self, value: Value) -> str:
        """Return ``removed``, with the reason."""
        return f"removed: {value['reason']}" if value.get("reason") else "removed"

    def old(self, replaced: Value) -> str:
        """Return what stood there before."""
        return "in the catalogue"
