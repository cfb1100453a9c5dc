"""Several nodes under one engine: two simulated ones share a chain, and each goes wrong in its own way."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from engine import Content, Draft, Engine
from engine.core.lifecycle import outcome
from engine.core.model import Outcome
from tests.core.nouns import CREATOR
from tests.engine.test_outcomes import contact, items, opened, price, said, settled
from tests.served import control, devnet

PATIENT = 60


@dataclass
class Pair:
    """Two nodes of one chain; the first makes the blocks."""

    first: str
    second: str

    @property
    def addresses(self) -> str:
        return f"{self.first},{self.second}"


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    """Two processes on one chain file: what one has mined the other knows."""
    with devnet(tmp_path, "--block-seconds", "0.3") as first, devnet(tmp_path, "--block-seconds", "3600") as second:
        yield Pair(first, second)


def switch(url: str, **faults: Any) -> None:
    """Set switches of one node; underscores in names stand for hyphens, a None turns one off."""
    given = {
        name.replace("_", "-"): None if value is None else {"value": "" if value is True else str(value)}
        for name, value in faults.items()
    }
    control(url, "faults", given)


def struck(url: str, name: str) -> int:
    return int(control(url, "faults")["struck"].get(name, 0))


def nonces(url: str) -> list[int]:
    return [row["nonce"] for row in control(url, "transactions")]


async def until(done: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENT):
        while not done():
            await asyncio.sleep(0.05)


async def a_batch(engine: Engine, count: int = 30, to: int = 7) -> set[Outcome | None]:
    """Reprice some contents of one creator; return what their items ended with."""
    rows = [Content(f"k{n}", CREATOR, f"K {n}", 1, on_chain_id=100 + n) for n in range(count)]
    assert await engine.import_contents(rows) == []
    batch = await engine.submit(Draft("update-price", CREATOR, [row.content_id for row in rows], {"newPrice": to}))
    return {outcome(item) for item in (await settled(engine, batch, PATIENT)).values()}


@pytest.mark.parametrize("again", [False, True], ids=["in one run", "after a restart"])
async def test_a_refusal_never_counts_after_another_node_took_it(tmp_path: Path, pair: Pair, again: bool) -> None:
    """Accepted by one and lost there, refused by the other: pending, never off-chain, and in the end mined once."""
    switch(pair.first, lost_after=True)
    switch(pair.second, refuse="NoSuchContract")
    async with opened(tmp_path, pair.addresses, unseen_after=1) as engine:
        await contact(engine)
        batch = await engine.submit(price("c1"))
        await until(lambda: struck(pair.first, "lost-after") == 1)
        if not again:
            await until(lambda: struck(pair.second, "refuse") >= 1)
            assert outcome((await items(engine, batch))["c1"]) is Outcome.PENDING
    switch(pair.first, lost_after=None, refuse="NoSuchContract")
    async with opened(tmp_path, pair.addresses, unseen_after=1) as engine:
        async with asyncio.timeout(PATIENT):
            while "NoSuchContract" not in str((item := (await items(engine, batch))["c1"]).error):
                assert outcome(item) is Outcome.PENDING
                await asyncio.sleep(0.05)
        assert outcome(item) is Outcome.PENDING
        for url in (pair.first, pair.second):
            switch(url, refuse=None)
        found = await settled(engine, batch, PATIENT)
        assert said(found["c1"])[0] is Outcome.CONFIRMED
    assert nonces(pair.first) == [0]


async def test_what_one_node_never_shows_the_other_gets(tmp_path: Path, pair: Pair) -> None:
    """A node that says 200 and forgets every time: the batch is confirmed all the same, through the other."""
    switch(pair.first, lost_after=True)
    async with opened(tmp_path, pair.addresses, unseen_after=1) as engine:
        assert await a_batch(engine, 10) == {Outcome.CONFIRMED}
    assert nonces(pair.first) == list(range(10))


async def test_a_node_that_dies_in_the_middle_takes_nothing_with_it(tmp_path: Path, pair: Pair) -> None:
    """Its chain goes on without it: the other node carries the batch to its end."""
    async with opened(tmp_path, pair.addresses) as engine:
        batch = asyncio.create_task(a_batch(engine, 60))
        await until(lambda: bool(nonces(pair.second)))
        switch(pair.first, down=True)
        assert await batch == {Outcome.CONFIRMED}
    assert nonces(pair.first) == list(range(60))


async def test_a_node_that_lags_holes_nothing(tmp_path: Path, pair: Pair) -> None:
    """The first address stands twenty blocks back: no nonce is given twice, and nothing waits for it."""
    control(pair.first, "mine", {"blocks": 30})
    switch(pair.first, node_lag=20)
    async with opened(tmp_path, pair.addresses) as engine:
        assert await a_batch(engine) == {Outcome.CONFIRMED}
        assert await a_batch(engine, to=8) == {Outcome.CONFIRMED}
    assert nonces(pair.first) == list(range(60))


async def test_a_node_of_another_network_is_an_alert_and_no_obstacle(tmp_path: Path, pair: Pair) -> None:
    """The operator reads both ids; the batch goes through the right one, and nothing goes to the wrong one."""
    switch(pair.first, network_id=1)
    switch(pair.first, reset_before=True)
    async with opened(tmp_path, pair.addresses) as engine:
        assert await a_batch(engine, 5) == {Outcome.CONFIRMED}
        alerts = [alert.message for alert in (await engine.changes("", 1)).alerts]
    name = pair.first.removeprefix("http://")
    assert any(f"{name} has network id 0x00000001, but testnet has 0x80000000" in alert for alert in alerts)
    assert struck(pair.first, "reset-before") == 0


async def test_a_limited_node_holds_nothing_up(tmp_path: Path, pair: Pair) -> None:
    """One that answers 429 for ever is left alone for as long as it asks; the other carries the batch."""
    switch(pair.first, **{"429": "seconds", "429_reads": "seconds"})
    async with opened(tmp_path, pair.addresses) as engine:
        assert await a_batch(engine) == {Outcome.CONFIRMED}
    assert struck(pair.first, "429") == 0
    assert struck(pair.first, "429-reads") < 60


async def test_what_a_plain_node_cannot_tell_stays_pending(tmp_path: Path, pair: Pair) -> None:
    """Mined, and nobody can say how it ended: that is the item's reason, word for word. An API beside it can say."""
    switch(pair.first, no_api=True, no_txindex=True)
    async with opened(tmp_path, pair.first) as engine:
        await contact(engine)
        batch = await engine.submit(price("c1", "c2"))
        async with asyncio.timeout(PATIENT):
            while {said(item) for item in (await items(engine, batch)).values()} != {
                (Outcome.PENDING, "Price updated (on-chain pending)", "mined, result unreadable on this node")
            }:
                await asyncio.sleep(0.05)
    async with opened(tmp_path, pair.addresses) as engine:
        assert {said(item)[0] for item in (await settled(engine, batch, PATIENT)).values()} == {Outcome.CONFIRMED}
