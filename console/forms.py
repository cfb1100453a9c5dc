"""PURE: how ages, durations, shares, amounts and sums are written; the same on every screen."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime

from engine.core.operations import stx
from engine.core.text import many

__all__ = ["age", "amount", "brief", "clock", "duration", "grouped", "listed", "many", "micro", "share"]
_DAY = 86_400
_AMOUNT = re.compile(r"(?<![\d.])\d{4,}(?=(?:\.\d+)? STX\b)")


def duration(seconds: float | None) -> str:
    """Write a duration in at most two units: ``850 ms``, ``12 s``, ``3 min 04 s``, ``2 h 05 min``, ``4 d 3 h``."""
    if seconds is None:
        return ""
    if 0 < seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    if whole < _DAY:
        return f"{whole // 3600} h {whole % 3600 // 60:02d} min"
    return f"{whole // _DAY} d {whole % _DAY // 3600} h"


def brief(seconds: float | None) -> str:
    """Write a duration in one unit, for a narrow column: ``12s``, ``3m``, ``2h``, ``4d``."""
    if seconds is None:
        return ""
    whole = max(0, round(seconds))
    for size, unit in ((_DAY, "d"), (3600, "h"), (60, "m")):
        if whole >= size:
            return f"{whole // size}{unit}"
    return f"{whole}s"


def age(at: datetime, now: datetime) -> str:
    """Write how long ago something was, in one unit."""
    return brief((now - at).total_seconds())


def clock(at: datetime | None) -> str:
    """Write a time to the second, in UTC, so that two operators read the same."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC") if at else ""


def share(part: float | None) -> str:
    """Write a share as percent; never 100 % or 0 % when it is not quite that."""
    if part is None:
        return ""
    percent = round(part * 100)
    if percent == 100 and part < 1:
        return "99%"
    return "1%" if percent == 0 and part > 0 else f"{percent}%"


def listed(words: Iterable[str], most: int) -> str:
    """Write some words by comma, and how many more there are."""
    known = list(words)
    rest = len(known) - most
    return ", ".join(known[:most]) + (f" and {rest} more" if rest > 0 else "")


def micro(amount: int | None) -> str:
    """Write µSTX with thousands separated: fees are small and compared."""
    return "" if amount is None else f"{amount:,}"


def amount(micro_stx: int) -> str:
    """Write µSTX as STX with thousands separated: ``1,250,000.5 STX``."""
    return grouped(stx(micro_stx))


def grouped(sentence: str) -> str:
    """Separate the thousands of each amount of STX in what the engine says; scripts and the wire have it plain."""
    return _AMOUNT.sub(lambda found: f"{int(found[0]):,}", sentence)
