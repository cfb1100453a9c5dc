"""How a nonce of a lane is: the words that the engine tells and the console draws."""

from __future__ import annotations

from enum import StrEnum


class SlotState(StrEnum):
    """How a nonce is: a confirmed one waits only to be deep enough, a stuck one has waited too long for a block."""

    CONFIRMED = "confirmed"
    POSTED = "posted"
    DOUBT = "in doubt"
    STUCK = "stuck"
    SIGNED = "signed"
    HOLE = "hole"
