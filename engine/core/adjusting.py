"""PURE: a new price told by how it differs from the old one: ``+10%``, ``-0.5stx``, ``~0.1stx``; exact to the µSTX."""

from __future__ import annotations

import re
from dataclasses import dataclass

from engine.core.amounts import read_amount, unit_of
from engine.core.operations.base import stx
from engine.core.operations.price import MAX_PRICE
from engine.core.text import shown

WAYS = "write +10%, -0.5stx, or with rounding +10% ~0.1stx"
_SIGNS = ("+", "-", "~")
_PERCENT = re.compile(r"([0-9]{1,7})(?:\.([0-9]{1,6}))?\s*%")
_EVERYTHING = 100


@dataclass(frozen=True, slots=True)
class Adjustment:
    """``price * factor / per + plus`` µSTX, rounded half up to a multiple of ``step``; ``text`` is as it was typed."""

    text: str
    factor: int = 1
    per: int = 1
    plus: int = 0
    step: int = 1


def is_adjustment(text: str) -> bool:
    """Tell whether a price is told by how it differs."""
    return text.strip().startswith(_SIGNS)


def read_adjustment(text: str) -> Adjustment | str:
    """Read an adjustment; else why it is none, the text named and the remedy said."""
    change, wave, rounding = (part.strip() for part in text.strip().partition("~"))
    step: int | str = read_amount(rounding) if wave else 1
    if isinstance(step, str) or step == 0:
        return f"{shown(text.strip())} rounds to nothing that is known: write a step, like ~0.1stx"
    said = " ".join(filter(None, [change, f"~{rounding}" if wave else ""]))
    if not change and wave:
        return Adjustment(said, step=step)
    sign, amount = change[:1], change[1:].strip()
    if sign not in ("+", "-"):
        return f"{shown(text.strip())} is no change of a price: {WAYS}"
    percent = _PERCENT.fullmatch(amount)
    found = _percent(said, sign, percent, step) if percent else _plus(said, sign, amount, step)
    return f"{shown(text.strip())} {found}" if isinstance(found, str) else found


def adjusted(price: int, adjustment: Adjustment) -> int | str:
    """Return the new price in µSTX; else what it would be, and why that is none."""
    exact = price * adjustment.factor + adjustment.plus * adjustment.per
    step = adjustment.step * adjustment.per
    new = (2 * exact + step) // (2 * step) * adjustment.step
    if 1 <= new <= MAX_PRICE:
        return new
    limit = "the least price is 1 µSTX" if new < 1 else f"the highest price is {MAX_PRICE} µSTX"
    return f"{stx(price)} would become {stx(new)}, and {limit}"


def _percent(said: str, sign: str, found: re.Match[str], step: int) -> Adjustment | str:
    """Turn digits into a fraction without ever being a float."""
    part = found[2] or ""
    per = _EVERYTHING * 10 ** len(part)
    share = int(found[1] + part)
    if sign == "-" and share >= per:
        return "would leave nothing of any price: take less than 100%"
    return Adjustment(said, per + share if sign == "+" else per - share, per, step=step)


def _plus(said: str, sign: str, amount: str, step: int) -> Adjustment | str:
    micro = read_amount(amount)
    if isinstance(micro, str):
        return f"is no change of a price: {WAYS}"
    if not unit_of(amount):  # digits alone are µSTX elsewhere: here they may as well be meant as percent
        return f"says neither % nor a unit: write {sign}{amount}%, {sign}{amount}stx or {sign}{amount}ustx"
    return Adjustment(said, plus=micro if sign == "+" else -micro, step=step)
