"""How long a node wants us to wait: Retry-After and the rate-limit headers, and the pace of reads they ask for."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

LONGEST = 3600.0
SHORTEST = 1.0
UNTOLD = 2.0
_EPOCH = 1e9
TOO_MANY = 429
MONTH = "x-ratelimit-remaining-stacks-month"


def asked_wait(status: int, headers: Mapping[str, str], now: datetime) -> float | None:
    """Return the seconds (1 to 3600) that an answer asks us to wait; None when it names none that can be read.

    Under a second counts as none: whoever waits then grows its own delay, and a server that always says 0 can't
    make us spin. The limit's reset stands on every answer of some hosts, so it counts on a 429 alone.
    """
    if status == TOO_MANY and _month_is_over(headers):
        return LONGEST
    wait = _retry_after(headers, now)
    if wait is None and status == TOO_MANY:
        wait = _reset(headers, now)
    return wait if wait is not None and wait >= SHORTEST else None


def too_many(headers: Mapping[str, str]) -> str:
    """Return the sentence for a 429: what is used up, and what helps."""
    if _month_is_over(headers):
        return "The node's calls for this month are used up (429): use another API key or another node"
    return "The node's rate limit is reached (429): it is asked again when that is over"


def _retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Read Retry-After, which comes as seconds or an HTTP date."""
    said = headers.get("retry-after")
    if said is None:
        return None
    wait = _number(said)
    return _bounded(_until(said, now) if wait is None else wait)


def _reset(headers: Mapping[str, str], now: datetime) -> float | None:
    """Read ratelimit-reset, which comes as seconds, at some hosts as a Unix time."""
    reset = _number(headers.get("ratelimit-reset"))
    if reset is not None and reset > _EPOCH:
        reset -= now.timestamp()
    return _bounded(reset)


def _number(text: str | None) -> float | None:
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _until(text: str, now: datetime) -> float | None:
    try:
        then = parsedate_to_datetime(text)
        return (then if then.tzinfo else then.replace(tzinfo=UTC)).timestamp() - now.timestamp()
    except (ValueError, OverflowError, OSError):
        return None


def _bounded(seconds: float | None) -> float | None:
    return None if seconds is None else min(LONGEST, max(0.0, seconds))


def _month_is_over(headers: Mapping[str, str]) -> bool:
    left = _number(headers.get(MONTH))
    return left is not None and left <= 0


def _used_up(headers: Mapping[str, str]) -> bool:
    left = _number(headers.get("ratelimit-remaining"))
    return left is not None and left <= 1


@dataclass(slots=True)
class Pace:
    """When calls may go on: all rest on a 429, and at one call left reads leave that one for a post.

    Times are monotonic seconds, handed in: no clock is read here.
    """

    rest_until: float = 0.0
    refused_until: float = 0.0

    def observe(self, status: int, headers: Mapping[str, str], now: datetime, at: float) -> None:
        """Learn from an answer of any call; ``now`` is the wall's time, ``at`` the monotonic one."""
        wait: float | None = None
        if status == TOO_MANY:
            wait = asked_wait(status, headers, now)
            wait = UNTOLD if wait is None else wait
            self.refused_until = max(self.refused_until, at + wait)
        elif _used_up(headers):
            wait = _reset(headers, now)
        if wait:
            self.rest_until = max(self.rest_until, at + wait)

    def wait(self, at: float) -> float:
        """Return how many seconds reads have to rest from now."""
        return max(0.0, self.rest_until - at)

    def post_wait(self, at: float) -> float:
        """Return how many seconds posts have to rest from now: a server that said 429 counts those too."""
        return max(0.0, self.refused_until - at)
