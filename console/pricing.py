"""PURE: values that contents have each of their own: a price told by how it differs, or those of an earlier batch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from console.composing import Intent, Pick
from console.forms import listed
from engine.core.adjusting import Adjustment, adjusted
from engine.core.model import Content

_SHOWN = 3


def fitted(intent: Intent, picks: Iterable[Pick], known: Mapping[str, Content]) -> Intent | str:
    """Return the intent with a value for each pick, if each has its own; else which of them can't have one, and why."""
    ids = [pick.content_id for pick in picks]
    if intent.adjustment is not None:
        found = {one: _price(known.get(one), intent.adjustment) for one in ids}
        bad = [f"{one}: {price}" for one, price in found.items() if isinstance(price, str)]
        values = {one: {"newPrice": price} for one, price in found.items()}
        return _cant(bad, len(ids)) if bad else replace(intent, values=values)
    if intent.values is None:
        return intent
    bad = [f"{one} has none in that batch" for one in ids if one not in intent.values]
    return _cant(bad, len(ids)) + "; leave them out, or type a value for all" if bad else intent


def _price(content: Content | None, adjustment: Adjustment) -> int | str:
    if content is None:
        return "not in the catalogue, so it has no price to change"
    return adjusted(content.price, adjustment)


def _cant(bad: list[str], total: int) -> str:
    return f"{len(bad):,} of {total:,} can't have it: {listed(bad, _SHOWN)}"
