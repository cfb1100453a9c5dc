"""Plays of a backup put back while the chain went on: what was sent since is found there, never sent again."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from engine.core.lifecycle import outcome
from engine.core.model import Batch, ItemState, Outcome
from engine.line.tools import Limits
from engine.store.facts import RESTORED_ITEMS
from engine.upkeep import back_up, put_back
from tests.core.nouns import OTHER
from tests.engine.rig import contents, derive, price, rig
from tests.engine.test_lane_plays import SIGNER, call, held, outcomes, posted, spend
from tests.fakes import FakeClock, ScriptedChain
from tests.faults.test_state_machine import TruthfulChain

DAYS = timedelta(days=3).total_seconds()
BOTH = {"c1": Outcome.CONFIRMED, "c2": Outcome.CONFIRMED}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deck.sqlite3"


async def carried_since(path: Path, chain: ScriptedChain, clock: FakeClock, limits: Limits | None = None) -> Batch:
    """Back up before the lane's first transaction, carry the batch to its end, and put the backup back."""
    saved = path.with_name("saved.db")
    async with rig(path, chain, clock, catalogue=contents(4) + contents(2, OTHER, first=7)) as play:
        await play.engine.pause_all()
        batch = await play.engine.submit(price("c1", "c2"))
        back_up(path, saved, clock.now(), force=False)
    chain.down = False
    clock.pass_(60)
    async with rig(path, chain, clock, limits) as play:
        await play.engine.resume_all()
        assert outcomes(await play.settled(batch)) == BOTH
    assert chain.nonces[SIGNER] == 2
    chain.down = False
    clock.pass_(60)
    put_back(path, saved, clock.now())
    return batch


async def test_a_backup_from_before_the_first_transaction_sends_nothing_twice(path: Path) -> None:
    """Its items find their own transactions on the chain; the lane goes on after them, also in the next process."""
    chain, clock = ScriptedChain(), FakeClock()
    batch = await carried_since(path, chain, clock)
    before = len(chain.posts)
    async with rig(path, chain, clock) as play:
        await play.engine.resume_all()
        items = await play.settled(batch)
        assert outcomes(items) == BOTH
        assert [item.nonce for item in items.values()] == [0, 1]
        assert len(chain.posts) == before
    chain.down, chain.history = False, None
    async with rig(path, chain, clock) as play:
        again = await play.settled(await play.engine.submit(price("c1", to=7)))
        assert (outcome(again["c1"]), again["c1"].nonce, chain.nonces[SIGNER]) == (Outcome.CONFIRMED, 2, 3)


async def test_without_what_a_restore_leaves_behind_it_would_be_sent_twice(path: Path) -> None:
    """The bug planted: the same play mines four transactions for two items."""
    chain, clock = ScriptedChain(), FakeClock()
    batch = await carried_since(path, chain, clock)
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("DELETE FROM fact WHERE name = ?", (RESTORED_ITEMS,))
    async with rig(path, chain, clock) as play:
        await play.engine.resume_all()
        await play.settled(batch)
    assert chain.nonces[SIGNER] == 4


async def test_a_lane_that_cant_be_read_waits_for_an_operator(path: Path) -> None:
    """A plain node keeps no list: held with what to do, after a restart too; released, it isn't held again."""
    chain, clock = ScriptedChain(), FakeClock()
    batch = await carried_since(path, chain, clock)
    history, chain.history = chain.history, None
    for _ in range(2):
        chain.down = False
        async with rig(path, chain, clock) as play:
            await play.engine.resume_all()
            await held(play, f"batchdeck signers --release {SIGNER}")
            await spend(play, 60)
            assert {item.state for item in (await play.items(batch)).values()} == {ItemState.APPLIED}
            alerts = {alert.key: alert.message for alert in (await play.engine.changes("")).alerts}
            assert "A backup was put back" in alerts[f"lane {SIGNER}"]
            assert chain.nonces[SIGNER] == 2
    chain.down = False
    async with rig(path, chain, clock) as play:
        await held(play, "A backup was put back")
        assert "A backup was put back" in await play.engine.release_lane(SIGNER)
        assert outcomes(await play.settled(batch)) == BOTH
    assert (history is not None, chain.nonces[SIGNER]) == (True, 4)


async def test_a_list_that_lags_is_not_believed(path: Path) -> None:
    """The account has two transactions and the list tells of one, or of none: the lane waits for the rest."""
    chain, clock = ScriptedChain(), FakeClock()
    batch = await carried_since(path, chain, clock)
    before, whole = len(chain.posts), chain.history or {}
    for part in (whole[SIGNER][:1], whole[SIGNER][1:], []):
        chain.down, chain.history = False, {SIGNER: list(part)}
        async with rig(path, chain, clock) as play:
            await play.engine.resume_all()
            await held(play, "A backup was put back")
            await spend(play, 20)
            assert {item.state for item in (await play.items(batch)).values()} == {ItemState.APPLIED}
    chain.down, chain.history = False, whole
    async with rig(path, chain, clock) as play:
        assert outcomes(await play.settled(batch)) == BOTH
    assert len(chain.posts) == before


async def test_what_isnt_deep_enough_is_waited_for(path: Path) -> None:
    """With three confirmations nothing is concluded from a block that may still go."""
    chain, clock = ScriptedChain(), FakeClock()
    batch = await carried_since(path, chain, clock)
    before = len(chain.posts)
    async with rig(path, chain, clock, Limits(confirmations=chain.height + 5)) as play:
        await play.engine.resume_all()
        await held(play, "A backup was put back")
        assert outcomes(await play.settled(batch)) == BOTH
    assert len(chain.posts) == before


async def test_an_item_that_was_on_hold_finds_its_own_when_its_turn_comes(path: Path) -> None:
    """Paused in the copy that was put back: what was mined is kept until somebody asks for it."""
    chain, clock = ScriptedChain(), FakeClock()
    batch = await carried_since(path, chain, clock)
    before = len(chain.posts)
    async with rig(path, chain, clock) as play:
        await play.engine.pause(batch.id)
        await play.engine.resume_all()
        other = await play.settled(await play.engine.submit(price("c3", to=5)))
        assert (outcome(other["c3"]), other["c3"].nonce) == (Outcome.CONFIRMED, 2)
        await play.engine.resume(batch.id)
        assert outcomes(await play.settled(batch)) == BOTH
    assert len(chain.posts) == before + 1


async def test_a_signer_that_comes_later_is_held_by_no_old_restore(path: Path) -> None:
    """Nothing of its own was put back, so nothing can have been sent since; its account was in use elsewhere."""
    chain, clock = ScriptedChain(), FakeClock()
    batch = await carried_since(path, chain, clock)
    later = derive("test-devnet", OTHER).address("testnet")
    async with rig(path, chain, clock) as play:
        await play.engine.resume_all()
        await play.settled(batch)
        chain.history, chain.nonces[later] = None, 5
        item = (await play.settled(await play.engine.submit(price("c7", creator=OTHER))))["c7"]
        assert (outcome(item), item.nonce) == (Outcome.CONFIRMED, 5)


async def test_what_was_mined_before_the_backup_is_nobodys_here(path: Path) -> None:
    """A stranger's equal call of days ago: read no further than the backup, and the item is sent."""
    chain, clock = ScriptedChain(), FakeClock()
    chain.clock = clock
    for _ in range(3):
        chain.foreign(SIGNER, call(1, 2_000_000))
    clock.pass_(DAYS)
    saved = path.with_name("saved.db")
    async with rig(path, chain, clock, catalogue=contents(1)) as play:
        await play.engine.pause_all()
        batch = await play.engine.submit(price("c1"))
        back_up(path, saved, clock.now(), force=False)
    put_back(path, saved, clock.now())
    chain.down = False
    async with rig(path, chain, clock) as play:
        await play.engine.resume_all()
        item = (await play.settled(batch))["c1"]
        assert (outcome(item), item.nonce) == (Outcome.CONFIRMED, 3)


async def test_a_copy_of_a_copy_is_read_from_the_first(path: Path) -> None:
    """Backed up again before its lane was read, and put back: the first backup says from when on nobody knows."""
    chain, clock = ScriptedChain(), FakeClock()
    batch = await carried_since(path, chain, clock)
    before, second = len(chain.posts), path.with_name("second.db")
    clock.pass_(DAYS)
    back_up(path, second, clock.now(), force=False)
    clock.pass_(DAYS)
    put_back(path, second, clock.now())
    async with rig(path, chain, clock) as play:
        await play.engine.resume_all()
        assert outcomes(await play.settled(batch)) == BOTH
    assert len(chain.posts) == before


async def test_windows_beyond_a_known_lane_are_found_as_well(path: Path) -> None:
    """The copy knows the lane's first transactions: two windows more were mined, and none of them is sent again."""
    chain, clock, saved = ScriptedChain(), FakeClock(), path.with_name("saved.db")
    limits = Limits(window=2)
    ids = tuple(f"c{n}" for n in range(2, 7))
    async with rig(path, chain, clock, limits, contents(6)) as play:
        await play.settled(await play.engine.submit(price("c1")))
        await play.engine.pause_all()
        batch = await play.engine.submit(price(*ids))
        back_up(path, saved, clock.now(), force=False)
        await play.engine.resume_all()
        await play.settled(batch)
    put_back(path, saved, clock.now())
    before, chain.down = len(chain.posts), False
    async with rig(path, chain, clock, limits) as play:
        await play.engine.resume_all()
        items = await play.settled(batch)
        assert outcomes(items) == dict.fromkeys(ids, Outcome.CONFIRMED)
        assert [item.nonce for item in items.values()] == [1, 2, 3, 4, 5]
    assert (len(chain.posts), chain.nonces[SIGNER]) == (before, 6)


class OneByOne(TruthfulChain):
    """A node that keeps what it has at a nonce, and puts one transaction in a block.

    The next block comes when other bytes were posted, or after so many seconds of ``patience``.
    """

    patience = 20.0
    due = 0.0
    heard = 0

    def mine(self) -> None:
        assert self.clock is not None
        posted = len(set(self.posts))
        if self.clock.seconds < self.due and posted <= self.heard:
            return
        self.patience = 20.0 if posted > self.heard > 0 else self.patience
        self.due, self.heard = self.clock.seconds + self.patience, posted
        waits = dict(self.mempool)
        self.mempool = {place: waits[place] for place in sorted(waits)[:1]}
        super().mine()
        self.mempool |= {place: waits[place] for place in sorted(waits)[1:]}


async def turned_round(path: Path, chain: ScriptedChain, clock: FakeClock) -> tuple[Batch, Batch]:
    """Back up two batches on hold, let the later one be posted before the earlier one, and put the backup back."""
    saved = path.with_name("saved.db")
    chain.least_fee = 10**9
    async with rig(path, chain, clock, catalogue=contents(2)) as play:
        await play.engine.pause_all()
        one, two = [await play.engine.submit(price(name)) for name in ("c1", "c2")]
        for batch in (one, two):
            await play.engine.pause(batch.id)
        back_up(path, saved, clock.now(), force=False)
        await play.engine.resume_all()
        for count, batch in ((1, two), (2, one)):
            await play.engine.resume(batch.id)
            await posted(play, count)
    put_back(path, saved, clock.now())
    chain.down, chain.least_fee = False, 0
    return one, two


@pytest.mark.parametrize("held_back", [True, False], ids=["held", "planted"])
async def test_what_waits_for_a_block_is_waited_for(path: Path, held_back: bool) -> None:
    """Posted in another order before the restore, and mined one by one after it: two items, two transactions.

    Planted, the lane goes on beside the mempool, and a call of ours is mined twice.
    """
    chain, clock = OneByOne(), FakeClock()
    one, two = await turned_round(path, chain, clock)
    if not held_back:
        chain.patience = 10**9
        with closing(sqlite3.connect(path)) as database, database:
            database.execute("DELETE FROM fact WHERE name = ?", (RESTORED_ITEMS,))
    async with rig(path, chain, clock) as play:
        await play.engine.resume_all()
        for count, batch in ((3, one), (4, two)):
            await play.engine.resume(batch.id)
            if not held_back:
                await posted(play, count)
        if held_back:
            await held(play, "unknown here waits in the mempool")
        await play.settled(one)
        await play.settled(two)
        await play.until(lambda: play.line.lanes.held(SIGNER) is None, mine=False)
    calls = [mined.call.name for mined in (chain.history or {})[SIGNER] if mined.call]
    assert (len(set(calls)), len(calls) == 2) == (2, held_back)


async def test_a_nonce_left_open_long_before_the_backup_starves_nobody(path: Path) -> None:
    """Used by a stranger days before the copy was made, far down a long list: read as far as that, in many turns."""
    chain, clock, saved = ScriptedChain(least_fee=10**9), FakeClock(), path.with_name("saved.db")
    async with rig(path, chain, clock, catalogue=contents(3)) as play:
        first = await play.engine.submit(price("c1"))
        await posted(play, 1)
        await play.engine.pause_all()
        second, third = [await play.engine.submit(price(name)) for name in ("c2", "c3")]
        await play.engine.pause(third.id)
    chain.foreign(SIGNER)
    clock.pass_(DAYS)
    chain.down, chain.least_fee = False, 0
    back_up(path, saved, clock.now(), force=False)
    async with rig(path, chain, clock) as play:
        await play.engine.resume_all()
        await play.settled(first)
        await play.settled(second)
    put_back(path, saved, clock.now())
    before, chain.down, chain.pages = len(chain.posts), False, 30
    async with rig(path, chain, clock) as play:
        await play.engine.resume_all()
        await play.engine.resume(third.id)
        found = [(await play.settled(batch)).popitem()[1] for batch in (first, second, third)]
        assert {outcome(item) for item in found} == {Outcome.CONFIRMED}
        assert (sorted(item.nonce or 0 for item in found), found[2].nonce) == ([1, 2, 3], 3)
    assert (len(chain.posts), chain.pages) == (before + 1, 0)


async def test_what_strangers_did_long_before_the_backup_is_read_as_well(path: Path) -> None:
    """The lane's own nonces say how far down the list matters, not the day of the backup."""
    chain, clock, saved = ScriptedChain(), FakeClock(), path.with_name("saved.db")
    async with rig(path, chain, clock, catalogue=contents(2)) as play:
        await play.settled(await play.engine.submit(price("c1")))
        await play.engine.pause_all()
        batch = await play.engine.submit(price("c2"))
    for _ in range(3):
        chain.foreign(SIGNER)
    clock.pass_(DAYS)
    back_up(path, saved, clock.now(), force=False)
    put_back(path, saved, clock.now())
    chain.down = False
    async with rig(path, chain, clock) as play:
        await play.engine.resume_all()
        item = (await play.settled(batch))["c2"]
        assert (outcome(item), item.nonce) == (Outcome.CONFIRMED, 4)


async def test_a_list_that_is_still_being_read_is_no_node_that_is_away(path: Path) -> None:
    """Turn after turn it is read on: nobody loses patience with the node meanwhile, and it isn't called unreachable."""
    chain, clock = ScriptedChain(), FakeClock()
    batch = await carried_since(path, chain, clock)
    chain.pages = 10**6
    async with rig(path, chain, clock) as play:
        await play.engine.resume_all()
        await held(play, "A backup was put back")
        late = clock.monotonic() + 30

        def read_on() -> bool:
            assert play.line.tools.node.reachable
            return chain.pages < 10**6 - 10 and clock.monotonic() >= late

        await play.until(read_on, mine=False, step=1)
        chain.pages = 0
        assert outcomes(await play.settled(batch)) == BOTH


async def test_anothers_bytes_at_a_nonce_of_the_copy_are_waited_for(path: Path) -> None:
    """Since the copy, its nonce was given to another item, which waits for a block there: that one isn't sent twice."""
    chain, clock, saved = TruthfulChain(mood="later"), FakeClock(), path.with_name("saved.db")
    async with rig(path, chain, clock, catalogue=contents(2)) as play:
        first = await play.engine.submit(price("c1"))
        await play.until(lambda: chain.posts, mine=False)
        second = await play.engine.submit(price("c2"))
        await play.engine.pause(second.id)
        back_up(path, saved, clock.now(), force=False)
        chain.mood = "refuses"
        assert outcomes(await play.settled(first)) == {"c1": Outcome.OFF_CHAIN}
        chain.mood = "good"
        await play.engine.resume(second.id)
        await posted(play, 2)
    put_back(path, saved, clock.now())
    chain.down = False
    async with rig(path, chain, clock) as play:
        await play.engine.resume(second.id)
        await held(play, "unknown here waits in the mempool")
        await spend(play, 20)
        items = {**await play.settled(first), **await play.settled(second)}
        assert outcomes(items) == BOTH
        assert {name: item.nonce for name, item in items.items()} == {"c1": 1, "c2": 0}
    calls = [mined.call.name for mined in (chain.history or {})[SIGNER] if mined.call]
    assert len(calls) == len(set(calls)) == 2
