"""Stop before and after every step of an item, eight ways: the second run ends each of them right."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.core.events import TxConfirmed
from engine.core.lifecycle import outcome
from engine.core.model import Outcome
from tests.engine.rig import Rig, contents, price, rig
from tests.fakes import FakeClock, ScriptedChain


class Tripwire:
    """Makes one call hang for ever before or after it is done, as if the process ended there."""

    def __init__(self, target: Any, method: str, after: bool, only: Callable[..., bool]) -> None:
        self.reached = asyncio.Event()
        real = getattr(target, method)

        async def call(*args: Any, **named: Any) -> Any:
            if not only(*args):
                return await real(*args, **named)
            if after:
                await real(*args, **named)
            self.reached.set()
            return await asyncio.Event().wait()

        setattr(target, method, call)


async def kill(play: Rig) -> None:
    """End the engine without letting anything finish."""
    tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    play.line.tools.closing = True
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for _ in range(play.line.tools.limits.concurrency):
        play.line.tools.gate.release()


def confirms(*args: Any) -> bool:
    return isinstance(args[0], TxConfirmed)


def always(*args: Any) -> bool:
    return True


STEPS = {
    "apply": ("store", "apply", always),
    "sign": ("store", "sign", always),
    "broadcast": ("chain", "broadcast", always),
    "watch": ("store", "answer", confirms),
}


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", STEPS)
async def test_the_second_run_ends_it_right(tmp_path: Path, step: str, after: bool) -> None:
    """Whatever the first run left behind, every item is mined once and confirmed, and nothing is posted anew."""
    path, chain, clock = tmp_path / "deck.sqlite3", ScriptedChain(), FakeClock()
    part, method, only = STEPS[step]
    async with rig(path, chain, clock, catalogue=contents(3)) as first:
        real = getattr(chain, "broadcast", None)
        wire = Tripwire(getattr(first, part), method, after, only)
        batch = await first.engine.submit(price("c1", "c2", "c3"))

        async def reached() -> bool:
            return wire.reached.is_set()

        await first.until(reached)
        await kill(first)
        chain.broadcast = real  # type: ignore[method-assign]
    chain.down = False
    async with rig(path, chain, clock) as second:
        items = await second.settled(batch)
    assert {outcome(item) for item in items.values()} == {Outcome.CONFIRMED}
    assert sorted(item.nonce for item in items.values()) == [0, 1, 2]
    assert chain.prices == {1: 2_000_000, 2: 2_000_000, 3: 2_000_000}
    assert sum(chain.nonces.values()) == 3
    assert len(set(chain.posts)) == 3


async def test_who_has_a_signer_does_not_overtake_who_has_none_yet(tmp_path: Path) -> None:
    """First contact in the middle of applying turns no order round: what was applied without a signer goes first."""
    chain = ScriptedChain(down=True)
    async with rig(tmp_path / "deck.sqlite3", chain, catalogue=contents(3)) as play:
        ids = [content.content_id for content in contents(3)]
        first = await play.engine.submit(price(*ids, to=10))

        async def applied() -> bool:
            return len(await play.store.orphans(9)) == 3

        await play.until(applied)
        queued = play.store.queued

        async def just_after_contact(*given: Any) -> Any:
            chain.down = False
            assert play.line.contact
            assert await play.line.contact.attempt()
            return await queued(*given)

        play.store.queued = just_after_contact  # type: ignore[method-assign]
        second = await play.engine.submit(price(*ids, to=20))
        ended = [await play.settled(batch) for batch in (first, second)]
    assert {outcome(item) for items in ended for item in items.values()} == {Outcome.CONFIRMED}
    assert set(chain.prices.values()) == {20}
