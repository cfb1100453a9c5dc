"""The switches: what can go wrong between us and a node, each with a chance, a count and a value."""

from __future__ import annotations

import math
import random
import re
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

MEANINGS: Mapping[str, str] = {
    "latency": "mean seconds before every answer (log-normal)",
    "post-latency": "mean seconds before the answer to a POST of a transaction (log-normal)",
    "429": "too many requests; value: seconds, date, reset or none, the form of Retry-After",
    "429-reads": "the same for everything but a POST of a transaction",
    "503": "unavailable, nothing taken",
    "502-after": "bad gateway, though the transaction was taken",
    "hang-before": "no answer for value seconds, nothing taken",
    "hang-after": "no answer for value seconds, though the transaction was taken",
    "reset-before": "connection cut, nothing taken",
    "reset-after": "connection cut, though the transaction was taken",
    "lost-after": "answered 200, then forgotten",
    "conflict-after": "answered ConflictingNonceInMempool, though the transaction was taken",
    "drop": "shown as dropped_stale_garbage_collect, and mined all the same",
    "blacklist": "refused as TemporarilyBlacklisted; the same bytes for value seconds",
    "estimator": "refused as EstimatorError",
    "server-failure": "refused as ServerFailure...; value: Database, NoSuchChainTip or Other",
    "refuse": "refused with the reason that is the value, known or not",
    "forgets-mined": "a mined transaction that is posted again is a BadNonce",
    "down": "503 on everything, for value seconds if given",
    "stall": "no blocks are made, for value seconds if given",
    "api-lag": "the status API is value blocks behind the node",
    "node-lag": "the node itself is value blocks behind: its tip, its accounts' nonces and its status API",
    "market": "the least fee, in µSTX, that is admitted and mined",
    "mining-fee": "the least fee, in µSTX, that is mined, though less is admitted",
    "network-id": "the network id that /v2/info tells",
    "no-estimator": "a node that can't estimate fees",
    "no-api": "a plain node: no /extended routes",
    "no-v1": "the v1 routes are gone (410)",
    "no-v3": "the v3 routes are unknown (404)",
    "no-txindex": "/v3/transaction answers 501",
}
SECONDS = ("latency", "post-latency", "hang-before", "hang-after", "blacklist", "down", "stall")
WHOLE = {"api-lag": 2**62, "node-lag": 2**62, "market": 2**62, "mining-fee": 2**62, "network-id": 2**32 - 1}
"""Switches whose value is a whole number, with the largest that the node can work with."""
NEEDS_VALUE = ("latency", "post-latency", "refuse", *WHOLE)
REASON = re.compile(r"[A-Za-z0-9_]{1,64}")
FORMS = ("seconds", "date", "reset", "none")
CHOICES = {"429": FORMS, "429-reads": FORMS, "server-failure": ("Database", "NoSuchChainTip", "Other")}
TIMED = ("down", "stall")
SIGMA = 0.6


@dataclass(slots=True)
class Fault:
    """One switch that is on: how likely, how often still (None: for ever), its value, and its end if it has one."""

    probability: float = 1.0
    count: int | None = None
    value: str = ""
    until: float | None = None


@dataclass(slots=True)
class Faults:
    """All switches of a devnet; `strikes` decides and counts, from a seeded source of chance."""

    chance: random.Random = field(default_factory=lambda: random.Random(0))  # noqa: S311 - not for secrets
    on: dict[str, Fault] = field(default_factory=dict)
    struck: dict[str, int] = field(default_factory=dict)
    latencies: deque[float] = field(default_factory=deque)
    clock: Callable[[], float] = time.monotonic

    def set(self, name: str, fault: Fault | None) -> None:
        """Turn a switch on, or off with None; ValueError for an unknown name or a bad value."""
        if name not in MEANINGS:
            raise ValueError(f"{name!r} is not a fault switch: use one of {', '.join(MEANINGS)}")
        if fault is None:
            self.on.pop(name, None)
            return
        _check(name, fault)
        if name in TIMED and fault.value:
            fault.until = self.clock() + float(fault.value)
        self.on[name] = fault

    def strikes(self, name: str) -> str | None:
        """Return the value of a fault if it happens now, else None; a count runs down."""
        fault = self.on.get(name)
        if fault is None or self.chance.random() >= fault.probability:
            return None
        if fault.count is not None:
            fault.count -= 1
            if fault.count <= 0:
                del self.on[name]
        self.struck[name] = self.struck.get(name, 0) + 1
        return fault.value

    def first(self, names: Iterable[str]) -> tuple[str, str] | None:
        """Return the first of these faults that happens now, with its value."""
        for name in names:
            value = self.strikes(name)
            if value is not None:
                return name, value
        return None

    def number(self, name: str, default: float = 0.0) -> float:
        """Return the value of a standing switch as a number; it isn't counted."""
        fault = self.on.get(name)
        return default if fault is None else float(fault.value or default)

    def standing(self, name: str) -> bool:
        """Tell whether a standing switch is on; one whose time is over goes off."""
        fault = self.on.get(name)
        if fault is not None and fault.until is not None and self.clock() >= fault.until:
            del self.on[name]
            return False
        return fault is not None

    def delay(self, post: bool) -> float:
        """Return how many seconds to wait before an answer: from the given list, else log-normal of the mean."""
        if post and self.latencies:
            return self.latencies.popleft()
        mean = self.number("latency") + (self.number("post-latency") if post else 0.0)
        return self.chance.lognormvariate(math.log(mean) - SIGMA**2 / 2, SIGMA) if mean > 0 else 0.0


def _check(name: str, fault: Fault) -> None:
    if not 0 <= fault.probability <= 1:
        raise ValueError(f"{fault.probability} is not a probability: give 0 to 1")
    if fault.count is not None and fault.count < 1:
        raise ValueError(f"{fault.count} is not a count: give at least 1")
    if name in CHOICES and fault.value not in ("", *CHOICES[name]):
        raise ValueError(f"{name} can't be {fault.value!r}: give {', '.join(CHOICES[name])}")
    if fault.value or name in NEEDS_VALUE:
        _check_value(name, fault.value)


def _check_value(name: str, value: str) -> None:
    if name in CHOICES:
        return
    if name == "refuse":
        if not REASON.fullmatch(value):
            raise ValueError("refuse needs a reason as its value, such as Deserialization")
    elif name in WHOLE:
        if not (value.isascii() and value.isdecimal() and len(value) < 20 and int(value) <= WHOLE[name]):
            raise ValueError(f"{name} can't be {value!r}: give a whole number from 0 to {WHOLE[name]}")
    elif name not in SECONDS:
        raise ValueError(f"{name} takes no value, so {value!r} can't be meant")
    elif not 0 <= _number(name, value) < math.inf:
        raise ValueError(f"{name} can't be {value}: give seconds")


def _number(name: str, value: str) -> float:
    try:
        return float(value)
    except ValueError:
        raise ValueError(f"{name} can't be {value!r}: give a number") from None


SYNTAX = re.compile(
    rf"(?P<name>{'|'.join(map(re.escape, MEANINGS))})"
    r"(=(?P<value>[^@]*?))?(@(?P<chance>[0-9]*\.?[0-9]+))?(x(?P<count>[0-9]+))?"
)


def parse(text: str) -> tuple[str, Fault]:
    """Read ``NAME[=VALUE][@PROBABILITY][xCOUNT]``, e.g. ``429=seconds@0.1`` or ``hang-after=60x1``."""
    found = SYNTAX.fullmatch(text)
    if found is None:
        known = ", ".join(MEANINGS)
        raise ValueError(f"{text!r} is not a fault: write NAME[=VALUE][@PROBABILITY][xCOUNT], NAME one of {known}")
    count = int(found["count"]) if found["count"] else None
    return found["name"], Fault(float(found["chance"] or 1), count, found["value"] or "")
