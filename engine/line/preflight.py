"""What a node and a lane tell of calls before a fee is spent: fee, balance, and which calls would abort.

All of it is advice: it is asked for at most so long, and what nobody told in time is never taken for a success.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable, Sequence
from dataclasses import dataclass, field

from engine.core import lane
from engine.core.operations import Call
from engine.line.signing import Desk
from engine.line.tools import PREFLIGHTS, Tools
from engine.ports import Clock, NodeUnreachable

STRIKES = 3
"""Failures in a row after which a node isn't asked any more."""
WAITING = 1000
"""Items that wait in the lane and are counted: what they cost is only guessed anyway."""
READS_ONLY = "this engine only reads the database, and asks no node"


@dataclass(slots=True)
class Told:
    """What is known by now: fee of a call, balance and what is reserved of it in µSTX, and a verdict for each call.

    A verdict is None for a call that passes, else why it would abort; ``why`` says why one is missing.
    """

    signer: str | None = None
    fee: int = 0
    balance: int | None = None
    reserved: int = 0
    verdicts: dict[Call, str | None] = field(default_factory=dict)
    why: str | None = None
    strikes: int = 0
    stopped: bool = False

    def failed(self, away: NodeUnreachable) -> None:
        """Take note of a call that nobody could try; a node that asks for patience is left alone at once."""
        self.why = str(away)
        self.strikes += 1
        self.stopped = self.stopped or bool(away.retry_after) or self.strikes >= STRIKES


async def ask(tools: Tools | None, creator: str, calls: Sequence[Call], doubtful: Sequence[Call], bound: float) -> Told:
    """Ask what ``calls`` of a creator cost, and how ``doubtful`` ones would end, within ``bound`` seconds."""
    told = Told()
    if tools is None:
        told.why = READS_ONLY
    elif tools.desk is not None and not tools.refused:
        told.signer = tools.desk.signers.address_for(creator)
        if told.signer is not None and calls:
            told.fee = tools.desk.fees.usual(calls[0])
            if not await within(tools.clock, bound, _ask(tools, tools.desk, told.signer, calls[0], doubtful, told)):
                told.why = told.why or "the node took too long"
    elif not tools.refused:
        told.why = f"Node unreachable: {tools.node.error or 'no answer yet'}"
    return told


async def _ask(tools: Tools, desk: Desk, signer: str, first: Call, doubtful: Sequence[Call], told: Told) -> None:
    told.fee = await desk.fees.of(first)
    account = await tools.node.account(signer, fresh=True)
    told.balance = account.balance if account else None
    record = await tools.store.lane(signer, WAITING)
    told.reserved = lane.committed(record, account.nonce if account else 0) + len(record.waiting) * told.fee
    if told.balance is None:
        told.why = tools.node.error
    else:
        await _try_all(tools, signer, doubtful, told)


async def _try_all(tools: Tools, sender: str, calls: Iterable[Call], told: Told) -> None:
    """Try every different call once, some at a time, until all are told or the node has had enough."""
    waiting = iter(dict.fromkeys(calls))

    async def carry() -> None:
        for call in waiting:
            await asyncio.sleep(0)  # a node in this process answers at once, and the line wants its turns
            async with tools.trying:
                if told.stopped:
                    return
                try:
                    told.verdicts[call] = await tools.chain.preflight(call, sender)
                    told.strikes = 0
                except NodeUnreachable as away:
                    told.failed(away)

    await asyncio.gather(*(carry() for _ in range(PREFLIGHTS)))


async def within(clock: Clock, seconds: float, work: Coroutine[None, None, None]) -> bool:
    """Let work go on for so long and no longer; tell whether it came to its end."""
    task, bell = asyncio.ensure_future(work), asyncio.ensure_future(clock.sleep(seconds))
    try:
        await asyncio.wait({task, bell}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            task.result()
        return task.done()
    finally:
        task.cancel()
        bell.cancel()
        await asyncio.gather(task, bell, return_exceptions=True)
