"""Five bugs that other engines have had, planted in this one to see whether the audit finds them.

`python -m tests.faults.planted NAME COMMAND ...` runs a command of Batchdeck with one of them in it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any


def post_before_store() -> None:
    """POST before store: a crash between the two forgets what is on its way."""
    import httpx

    from engine.store import SqliteStore

    stored = SqliteStore.sign

    async def sign(self: SqliteStore, signed: Sequence[Any], now: datetime) -> list[bool]:
        kind = {"content-type": "application/octet-stream"}
        async with httpx.AsyncClient(base_url=os.environ["BATCHDECK_CHAIN_URL"], headers=kind) as node:
            for one in signed:
                await node.post("/v2/transactions", content=one.transaction.raw)
        return await stored(self, signed, now)

    SqliteStore.sign = sign  # type: ignore[method-assign]


def new_nonce_after_time_out() -> None:
    """A new nonce after a time-out: the first bytes may still be mined, and then it is sent twice."""
    from engine.core.events import SlotLost

    _answer_unclear_with(lambda unclear: SlotLost(unclear.txid, "timed out: sent again"))


def time_out_called_off_chain() -> None:
    """A time-out called off-chain: it may still be mined."""
    from engine.core.events import TxRefused

    _answer_unclear_with(lambda unclear: TxRefused(unclear.txid, "timed out: given up"))


def _answer_unclear_with(other: Callable[[Any], Any]) -> None:
    from engine.core.events import TxUnclear
    from engine.store import SqliteStore

    written = SqliteStore.answer

    async def answer(self: SqliteStore, event: Any, now: datetime) -> bool:
        return await written(self, other(event) if isinstance(event, TxUnclear) else event, now)

    SqliteStore.answer = answer  # type: ignore[method-assign]


def hole_left() -> None:
    """A hole left: what was refused in the middle of a lane strands all that comes after it."""
    from engine.core import lane

    lane.holes = lambda record, confirmed: []


def order_turned_round() -> None:
    """Order turned round: the newest change of a content goes first, and the oldest has the last word."""
    from engine.core import lane
    from engine.store.ledger import signing

    rightly = lane.assign

    def assign(record: Any, *given: Any) -> Any:
        return rightly(replace(record, waiting=tuple(reversed(record.waiting))), *given)

    lane.assign = assign
    signing._outdated = lambda *given: False


PLANTS: Mapping[str, Callable[[], None]] = {
    "post-before-store": post_before_store,
    "new-nonce-after-time-out": new_nonce_after_time_out,
    "time-out-called-off-chain": time_out_called_off_chain,
    "hole-left": hole_left,
    "order-turned-round": order_turned_round,
}


def main() -> None:
    """Plant a bug, then run the command."""
    from console.cli import app

    PLANTS[sys.argv[1]]()
    sys.argv = ["batchdeck", *sys.argv[2:]]
    app.main()


if __name__ == "__main__":
    main()
