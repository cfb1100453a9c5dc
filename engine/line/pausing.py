"""Pausing one lane: nothing new is signed or posted in it, in this and every later process; it is watched on.

It is the emergency stop for one signer: what is applied waits, and the other lanes go on.
"""

from __future__ import annotations

import asyncio
import json

from engine.core.oversight import Deed
from engine.errors import Conflict
from engine.ports import Store

PAUSED = "paused lanes"
"""The fact that keeps them: a JSON object of why, by signer."""


def said(who: str, why: str | None) -> str:
    """Return what to say of a lane that somebody paused."""
    return f"Paused by {who}{f': {why}' if why else ''}"


class Pauses:
    """The lanes that somebody paused: ``why`` says of each who did and for what reason.

    A pause holds at once, also when the database can't keep it; going on must be kept first. What is asked for last is
    kept last, and no going on that is under way undoes a pause asked for since.
    """

    def __init__(self) -> None:
        self.why: dict[str, str] = {}
        self._resuming: set[str] = set()
        self._keeping = asyncio.Lock()

    async def recall(self, store: Store) -> None:
        """Take in what an earlier process kept."""
        kept = await store.fact(PAUSED)
        self.why |= json.loads(kept) if kept else {}

    async def pause(self, store: Store, signer: str, why: str, deed: Deed) -> None:
        """Let a lane rest, and write down who did it; Conflict when it does."""
        if signer in self.why and signer not in self._resuming:
            raise Conflict(f"The lane of {signer} is paused already: {self.why[signer]}")
        self._resuming.discard(signer)
        self.why[signer] = why
        await self._keep(store, deed)

    async def resume(self, store: Store, signer: str, deed: Deed) -> None:
        """Let a paused lane go on, and write down who did it; Conflict when it isn't paused."""
        if signer not in self.why:
            raise Conflict(f"The lane of {signer} isn't paused")
        self._resuming.add(signer)
        try:
            await self._keep(store, deed)
            if signer in self._resuming:
                self.why.pop(signer, None)
        finally:
            self._resuming.discard(signer)

    async def _keep(self, store: Store, deed: Deed) -> None:
        async with self._keeping:
            paused = {signer: why for signer, why in self.why.items() if signer not in self._resuming}
            await store.set_fact(PAUSED, json.dumps(paused), deed)
