"""SIGTERM before there is anything to end: noted from the first moment, for whoever ends in order.

A supervisor that changes its mind at once must read the same exit code as later. Imports next to nothing, since it
stands before everything that is slow.
"""

from __future__ import annotations

import os
import signal

INTERRUPTED = 130
"""The exit code of what Ctrl-C ended."""
_came: list[int] = []


def listen() -> None:
    """From now on only note a SIGTERM."""
    signal.signal(signal.SIGTERM, _note)


def _note(number: int, frame: object) -> None:
    _came.append(number)


def came() -> bool:
    """Tell whether a SIGTERM came that was only noted."""
    return bool(_came)


def leave_to_system() -> None:
    """Let SIGTERM end this process as it ends any other, also one that came already."""
    if signal.getsignal(signal.SIGTERM) is _note:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        if _came:
            os.kill(os.getpid(), signal.SIGTERM)
