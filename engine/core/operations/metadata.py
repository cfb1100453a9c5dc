"""update-metadata: title, description and the like; the catalogue's alone, never a contract call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from engine.core.model import Content, Operation, Outcome, Problem, Scalar, Value
from engine.core.operations.base import Call, unknown_keys
from engine.core.text import shown, storable

ALLOWED = "title, description, contentType, tokenGating, refundable, refundWindowDays"


@dataclass(frozen=True, slots=True)
class Field:
    """One field of metadata: its wire name, its column, and what it must be."""

    wire: str
    column: str
    test: Callable[[object], bool]
    must: str


def _text(least: int, most: int) -> Callable[[object], bool]:
    return lambda given: isinstance(given, str) and least <= len(given) <= most and storable(given)


def _flag(given: object) -> bool:
    return isinstance(given, bool)


def _days(given: object) -> bool:
    return isinstance(given, int) and not isinstance(given, bool) and 0 <= given <= 365


FIELDS = (
    Field("title", "title", _text(1, 255), "must be text of 1 to 255 characters"),
    Field("description", "description", _text(0, 10_000), "must be text of at most 10000 characters"),
    Field("contentType", "content_type", _text(3, 50), "must be text of 3 to 50 characters"),
    Field("tokenGating", "token_gating", _flag, "must be true or false"),
    Field("refundable", "refundable", _flag, "must be true or false"),
    Field("refundWindowDays", "refund_window_days", _days, "must be an integer from 0 to 365"),
)
_BY_WIRE = {field.wire: field for field in FIELDS}
_BY_COLUMN = {field.column: field for field in FIELDS}


class UpdateMetadata:
    """Set some of the descriptive fields of each content."""

    name = Operation.UPDATE_METADATA
    title = "Update metadata"
    wire_keys: tuple[str, ...] = ("updates",)

    def read(self, payload: Mapping[str, object], at: str) -> tuple[Value, list[Problem]]:
        """Accept ``{"updates": {...}}`` with at least one of the known fields, and no other."""
        problems = unknown_keys(payload, self.wire_keys, at)
        updates = payload.get("updates")
        if not isinstance(updates, Mapping) or not updates:
            problems.append(Problem(f"{at}updates", f"Nothing to update: give at least one of {ALLOWED}"))
            return {}, problems
        value: dict[str, Scalar] = {}
        for wire, given in updates.items():
            problem = _problem(str(wire), given, at)
            if problem:
                problems.append(problem)
            else:
                value[_BY_WIRE[str(wire)].column] = given
        return value, problems

    def payload(self, value: Value) -> Mapping[str, object]:
        """Return ``{"updates": {...}}`` in wire names."""
        return {"updates": {_BY_COLUMN[column].wire: given for column, given in value.items()}}

    def fields(self, value: Value) -> frozenset[str]:
        """Return the columns that are set."""
        return frozenset(value)

    def change(self, content: Content, value: Value, now: datetime) -> Content:
        """Return the content with the new metadata."""
        changes: dict[str, Any] = dict(value)
        return replace(content, **changes)

    def replaced(self, content: Content, value: Value) -> Value:
        """Return the old values of the fields that change."""
        return {column: getattr(content, column) for column in value}

    def unchanged(self, content: Content, value: Value) -> bool:
        """Tell whether every field is so already."""
        return self.replaced(content, value) == dict(value)

    def call(self, on_chain_id: int | None, value: Value) -> Call | None:
        """Never a call: the contract keeps no metadata."""
        return None

    def revert(self, replaced: Value) -> Value | None:
        """The old metadata is metadata."""
        return replaced

    def sentence(self, value: Value, outcome: Outcome) -> str | None:
        """Name the fields, as INTERFACE.md's table does."""
        if outcome in (Outcome.FAILED, Outcome.CANCELLED):
            return None
        return f"Metadata updated: {', '.join(sorted(_BY_COLUMN[column].wire for column in value))}"

    def diff(self, value: Value) -> str:
        """Return e.g. ``description = "", refundable = true, title = A new name``."""
        return ", ".join(f"{_BY_COLUMN[column].wire} = {_read_out(given)}" for column, given in sorted(value.items()))

    def old(self, replaced: Value) -> str:
        """Return what stood there before."""
        return self.diff(replaced)


def _read_out(given: Scalar) -> str:
    return str(given).lower() if isinstance(given, bool) else str(given) or '""'


def _problem(wire: str, given: object, at: str) -> Problem | None:
    field = _BY_WIRE.get(wire)
    if field is None:
        return unknown_keys({wire: given}, tuple(_BY_WIRE), f"{at}updates.")[0]
    if field.test(given):
        return None
    return Problem(f"{at}updates.{wire}", f"{shown(given)} can't be used: {wire} {field.must}")
