"""update-price: a new price in the catalogue, and `update-content-price` on the contract."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from engine.core.model import Content, Operation, Outcome, Problem, Value
from engine.core.operations.base import Call, ending, stx, unknown_keys
from engine.core.text import shown
from engine.stacks import clarity

MAX_PRICE = 2**63 - 1
REMEDY = f"give an integer of µSTX from 1 to {MAX_PRICE} (1 STX = 1000000)"


class UpdatePrice:
    """Set the price of each content, in µSTX."""

    name = Operation.UPDATE_PRICE
    title = "Update price"
    wire_keys: tuple[str, ...] = ("newPrice",)

    def read(self, payload: Mapping[str, object], at: str) -> tuple[Value, list[Problem]]:
        """Accept ``{"newPrice": n}`` with n an integer from 1 to 2^63-1 (0 must never be a typo)."""
        problems = unknown_keys(payload, self.wire_keys, at)
        price = payload.get("newPrice")
        if "newPrice" not in payload:
            problems.append(Problem(f"{at}newPrice", f"The new price is missing: {REMEDY}"))
        elif isinstance(price, bool) or not isinstance(price, int):
            problems.append(Problem(f"{at}newPrice", f"{shown(price)} is not an integer: {REMEDY}"))
        elif not 1 <= price <= MAX_PRICE:
            problems.append(Problem(f"{at}newPrice", f"{shown(price)} is out of range: {REMEDY}"))
        return ({"price": price} if not problems and isinstance(price, int) else {}), problems

    def payload(self, value: Value) -> Mapping[str, object]:
        """Return ``{"newPrice": n}``."""
        return {"newPrice": value["price"]}

    def fields(self, value: Value) -> frozenset[str]:
        """Only the price."""
        return frozenset({"price"})

    def change(self, content: Content, value: Value, now: datetime) -> Content:
        """Return the content at its new price."""
        return replace(content, price=_price(value))

    def replaced(self, content: Content, value: Value) -> Value:
        """Return the old price."""
        return {"price": content.price}

    def unchanged(self, content: Content, value: Value) -> bool:
        """Tell whether the catalogue has this price already."""
        return content.price == value["price"]

    def call(self, on_chain_id: int | None, value: Value) -> Call | None:
        """``update-content-price(uint, uint)``, which demands tx-sender == creator (FACTS.md)."""
        if on_chain_id is None:
            return None
        return Call("update-content-price", (clarity.UInt(on_chain_id), clarity.UInt(_price(value))))

    def revert(self, replaced: Value) -> Value | None:
        """The old price is a price."""
        return replaced

    def sentence(self, value: Value, outcome: Outcome) -> str | None:
        """Say it as INTERFACE.md's table does."""
        if outcome in (Outcome.CONFIRMED, Outcome.CATALOGUE_ONLY):
            aside = " (not on the chain)" if outcome is Outcome.CATALOGUE_ONLY else ""
            return f"Price updated to {self.diff(value)}{aside}"
        return f"Price updated{ending(outcome)}" if ending(outcome) else None

    def diff(self, value: Value) -> str:
        """Return e.g. ``2.5 STX``."""
        return stx(_price(value))

    def old(self, replaced: Value) -> str:
        """Return what stood there before."""
        return self.diff(replaced)


def _price(value: Value) -> int:
    price = value["price"]
    assert isinstance(price, int)
    return price
