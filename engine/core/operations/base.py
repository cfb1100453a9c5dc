"""What every operation is: one object that knows its payload, its rules, its two changes and its sentences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from engine.core.model import Content, Operation, Outcome, Problem, Value
from engine.stacks import clarity

MICRO = 1_000_000


@dataclass(frozen=True, slots=True)
class Call:
    """A call of the pay-per-view contract: the function's name and its Clarity arguments."""

    function: str
    args: tuple[clarity.Value, ...]


class Rule(Protocol):
    """One operation, whole. Add another by writing one of these and naming it in ``RULES``."""

    name: Operation
    title: str
    wire_keys: tuple[str, ...]

    def read(self, payload: Mapping[str, object], at: str) -> tuple[Value, list[Problem]]:
        """Turn a wire payload into a value; ``at`` prefixes the field named in a problem."""

    def payload(self, value: Value) -> Mapping[str, object]:
        """Turn a value back into the wire's payload."""

    def fields(self, value: Value) -> frozenset[str]:
        """Return the catalogue fields that the value sets."""

    def change(self, content: Content, value: Value, now: datetime) -> Content:
        """Return the content as it is after the change."""

    def replaced(self, content: Content, value: Value) -> Value:
        """Return the value that the change replaces."""

    def unchanged(self, content: Content, value: Value) -> bool:
        """Tell whether the catalogue already has the value."""

    def call(self, on_chain_id: int | None, value: Value) -> Call | None:
        """Return the contract call that brings the change to the chain; None when there is none."""

    def revert(self, replaced: Value) -> Value | None:
        """Return the value that puts the replaced one back; None when this can't be undone."""

    def sentence(self, value: Value, outcome: Outcome) -> str | None:
        """Return the message of INTERFACE.md for an item that ended so; None where the error says it."""

    def diff(self, value: Value) -> str:
        """Return the new value as a person reads it."""

    def old(self, replaced: Value) -> str:
        """Return the replaced value as a person reads it."""


def stx(micro: int) -> str:
    """Write µSTX as STX without trailing zeros: 2500000 -> ``2.5 STX``."""
    whole, rest = divmod(abs(micro), MICRO)
    text = f"{whole}.{rest:06d}".rstrip("0").rstrip(".")
    return f"{'-' if micro < 0 else ''}{text} STX"


def ending(outcome: Outcome) -> str:
    """Return what INTERFACE.md puts behind a message for outcomes in which the chain didn't follow (yet)."""
    return {Outcome.PENDING: " (on-chain pending)", Outcome.OFF_CHAIN: " (off-chain)"}.get(outcome, "")


def unknown_keys(payload: Mapping[str, object], known: tuple[str, ...], at: str) -> list[Problem]:
    """Name each key of a payload that the operation doesn't have."""
    allowed = ", ".join(known)
    return [Problem(f"{at}{key}", f"Unknown field {key!r}: use {allowed}") for key in payload if key not in known]
