"""Crash points: named borders between the steps of the line, at which a test has the process kill itself.

Off unless `BATCHDECK_CRASH_AT=NAME[:N]` is in the environment of the process: then the N-th passing of that point is a
SIGKILL, the nearest thing to a power cut that a test can aim.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping
from dataclasses import dataclass

VARIABLE = "BATCHDECK_CRASH_AT"
POINTS: Mapping[str, str] = {
    "accept-before-commit": "a batch is written, and its transaction isn't committed",
    "accept-after-commit": "a batch is stored, and its caller doesn't know yet",
    "apply-before-commit": "the catalogue is changed, and the transaction isn't committed",
    "apply-after-commit": "the catalogue is changed, and the line doesn't know yet",
    "sign-before-commit": "bytes are signed, and not stored",
    "sign-after-commit": "bytes are stored, and nobody posted them",
    "fill-before-commit": "a hole in a lane is filled, and the transaction isn't committed",
    "post-before": "stored bytes are about to be posted",
    "post-after": "a node has answered, and its answer isn't written",
    "answer-before-commit": "a node's answer is written, and the transaction isn't committed",
    "answer-after-commit": "a node's answer is stored, and the line doesn't know yet",
    "replace-before-commit": "bytes are signed again at their nonce, and not stored",
    "replace-after-commit": "bytes that replace others are stored, and nobody posted them",
    "settle-before-commit": "the chain's verdict is written, and the transaction isn't committed",
    "settle-after-commit": "the chain's verdict is stored, and the line doesn't know yet",
    "doubt-before-commit": "a start counts what was signed as posted, and the transaction isn't committed",
    "doubt-after-commit": "a start has counted what was signed as posted, and nothing else was done",
}


@dataclass(slots=True)
class _Aim:
    """The point at which this process dies, and how many passings are left."""

    name: str
    left: int


_aim: _Aim | None = None


def aim(environment: Mapping[str, str]) -> None:
    """Take the aim from an environment; ValueError for a point that doesn't exist."""
    global _aim
    wanted = environment.get(VARIABLE)
    if not wanted:
        _aim = None
        return
    name, _, passing = wanted.partition(":")
    if name not in POINTS or not (passing or "1").isdecimal():
        raise ValueError(f"{VARIABLE} is {wanted!r}: give NAME or NAME:N, NAME one of {', '.join(POINTS)}")
    _aim = _Aim(name, int(passing or 1))


def aimed() -> bool:
    """Tell whether this process is to die at some point."""
    return _aim is not None


def point(name: str) -> None:
    """Pass a point: nothing happens, unless it is the one aimed at and its turn has come."""
    if _aim is None or _aim.name != name:
        return
    _aim.left -= 1
    if _aim.left <= 0:
        os.kill(os.getpid(), signal.SIGKILL)


aim(os.environ)
