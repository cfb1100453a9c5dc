"""Whose a call is that the chain mined and no bytes here made: a waiting item's own, a stranger's, or nobody's to say.

The key may be used elsewhere, and an older copy of the database may have been put back. What was mined after an item
was accepted, and is its very call, is the item's own: it is never sent again (promise 3). What was mined before isn't.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from engine.core.chain import MinedTransaction

SKEW = timedelta(hours=2)
"""How far a block's time and the clock here may be apart. Within it a call counts as made after the acceptance: if it
wasn't, the content has this very value from it, unless it was changed since; the other way round it might be sent
twice."""


class Claim(StrEnum):
    """What an equal call proves for a waiting item."""

    OWN = "own"
    NOT = "not its own"
    UNCLEAR = "unclear"


def claim(mined_at: datetime | None, accepted: datetime, overtaken: bool = False, overwritten: bool = False) -> Claim:
    """Judge a mined call that equals the one of an item accepted then.

    ``overtaken``: an earlier change of the same content was mined after it, which promise 5 keeps from being so.
    ``overwritten``: another unknown call changed the content after it, so that it may not have this value.
    Without a block's time nothing is proved; at the nonce that the item itself was signed for, none is needed.
    """
    if mined_at is not None and before(mined_at, accepted):
        return Claim.NOT
    if mined_at is None or overtaken or (overwritten and mined_at < accepted):
        return Claim.UNCLEAR
    return Claim.OWN


def goes_over(later: str, call: str) -> bool:
    """Tell whether a later call gave the content of an earlier one another value; both as `chain.call_name` has them.

    Every call that is made here names its content first.
    """
    (contract, _, *args), (contract_before, _, *args_before) = later.split(" "), call.split(" ")
    return later != call and (contract, args[:1]) == (contract_before, args_before[:1])


def before(mined_at: datetime | None, moment: datetime | None) -> bool:
    """Tell whether a block was certainly made before a moment of the clock here."""
    return mined_at is not None and moment is not None and mined_at < moment - SKEW


def since(
    mined: Mapping[int, MinedTransaction], confirmed: int, taken: datetime | None
) -> list[MinedTransaction] | None:
    """Return by nonce what was mined after a copy was ``taken``; None while the list leaves any nonce out."""
    found: list[MinedTransaction] = []
    for nonce in reversed(range(confirmed)):
        one = mined.get(nonce)
        if one is None:
            return None
        if before(one.mined_at, taken):
            break
        found.append(one)
    return found[::-1]
