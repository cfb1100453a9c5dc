"""How people write amounts: ``1.5stx``, ``1500000`` or ``1500000µstx``, read as µSTX without ever being a float."""

from __future__ import annotations

import re

from engine.core.operations.base import MICRO
from engine.core.operations.price import MAX_PRICE

WAYS = "give STX like 1.5stx, or an integer of µSTX like 1500000"
_AMOUNT = re.compile(r"(?P<whole>[0-9]+)(?:\.(?P<part>[0-9]+))?\s*(?P<unit>stx|ustx|\N{GREEK SMALL LETTER MU}stx|)")


def read_amount(text: str, noun: str = "an amount") -> int | str:
    """Return the µSTX that a text means, from 0 to 2^63-1; else why it means none, to be said behind the text."""
    found = _AMOUNT.fullmatch(text.strip().casefold())
    if found is None:
        return f"is not {noun}: {WAYS}"
    whole, part, unit = found["whole"], found["part"], found["unit"]
    if part is not None and unit != "stx":
        return f"is not an integer of µSTX: write {whole[:20]}.{part[:20]}stx if you mean STX"
    if part is not None and len(part) > 6:
        return f"has {len(part)} decimals: STX has 6 at most, as 1 STX = {MICRO} µSTX"
    too_much = f"is out of range: {noun} goes from 1 to {MAX_PRICE} µSTX"
    if len(whole.lstrip("0")) > 19:
        return too_much
    micro = int(whole) if unit != "stx" else int(whole) * MICRO + int((part or "").ljust(6, "0"))
    return micro if micro <= MAX_PRICE else too_much


def unit_of(text: str) -> str:
    """Return ``stx``, ``µstx``, or nothing: whether digits alone were meant as µSTX is for the reader to ask."""
    folded = text.strip().casefold()
    if not folded.endswith("stx"):
        return ""
    return "stx" if folded[:-3].strip()[-1:].isdigit() else "µstx"
