"""Plays of the line: a real database, a chain that follows a script, and what every item ends with."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from engine.core.events import TxDeferred, TxRefused, TxUnclear
from engine.core.lifecycle import outcome
from engine.core.model import BatchStatus, Draft, Outcome
from engine.core.oversight import Deed
from engine.core.reports import BatchQuery, ItemQuery
from engine.core.summary import counts, status
from engine.errors import Conflict, InvalidDraft, NotFound, Unavailable
from engine.line.signers import OwnSigners
from engine.line.tools import Limits
from tests.engine.rig import CREATOR, OTHER, contents, derive, price, rig
from tests.fakes import FakeClock, ScriptedChain


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deck.sqlite3"


async def test_a_batch_goes_all_the_way(path: Path) -> None:
    """Catalogue first, then the chain, in catalogue order, each item once."""
    async with rig(path, catalogue=contents(5)) as play:
        batch = await play.engine.submit(price("c3", "c1", "c5"))
        assert status(batch) in (BatchStatus.PENDING, BatchStatus.PROCESSING)
        items = await play.settled(batch)
        assert [outcome(item) for item in items.values()] == [Outcome.CONFIRMED] * 3
        assert [item.nonce for item in items.values()] == [0, 1, 2]
        assert play.chain.prices == {3: 2_000_000, 1: 2_000_000, 5: 2_000_000}
        assert len(play.chain.posts) == len(set(play.chain.posts)) == 3
        done = await play.engine.batch(batch.id)
        assert status(done) is BatchStatus.COMPLETED
        assert done.completed_at is not None
        assert counts(done).confirmed == 3


async def test_one_bad_item_never_stops_a_batch(path: Path) -> None:
    """A missing content and another creator's are those items' failures; the rest goes on."""
    catalogue = contents(2) + contents(1, OTHER, first=9)
    async with rig(path, catalogue=catalogue) as play:
        items = await play.settled(await play.engine.submit(price("c1", "nope", "c9", "c2")))
        assert {name: outcome(item) for name, item in items.items()} == {
            "c1": Outcome.CONFIRMED,
            "nope": Outcome.FAILED,
            "c9": Outcome.FAILED,
            "c2": Outcome.CONFIRMED,
        }
        assert items["nope"].error == "Content not found"
        assert items["c9"].error == "Content belongs to another creator"


async def test_a_creator_without_a_key_stays_off_chain_with_that_reason(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each batch is signed by its creator's own key: one whose key isn't in the file is named, and nothing is sent."""
    own = derive("test-devnet", CREATOR)
    keyring = SimpleNamespace(addresses=(CREATOR,), key=lambda address: own if address == CREATOR else None)
    monkeypatch.setattr("engine.line.contact.SimulatedSigners", lambda *_: OwnSigners(keyring))
    async with rig(path, catalogue=contents(1) + contents(1, OTHER, first=9)) as play:
        theirs = await play.settled(await play.engine.submit(price("c9", creator=OTHER)))
        assert outcome(theirs["c9"]) is Outcome.OFF_CHAIN
        assert theirs["c9"].error == f"No key for {OTHER}: add it to the signer keys file, then retry"
        assert play.chain.posts == []


async def test_an_abort_is_off_chain_with_the_contracts_reason(path: Path) -> None:
    """Mined as an abort: the catalogue keeps the new price, the fee is paid, the reason is told."""
    chain = ScriptedChain(abort=lambda call: "Aborted: u507" if call.args[0].value == 2 else None)
    async with rig(path, chain, catalogue=contents(3)) as play:
        items = await play.settled(await play.engine.submit(price("c1", "c2", "c3")))
        assert outcome(items["c2"]) is Outcome.OFF_CHAIN
        assert items["c2"].error == "Aborted: u507"
        assert outcome(items["c3"]) is Outcome.CONFIRMED


async def test_a_time_out_is_pending_and_the_same_bytes_go_again(path: Path) -> None:
    """A time-out proves nothing: no second transaction is ever made for it."""
    chain = ScriptedChain(script={0: lambda txid: TxUnclear(txid, "time-out")}, keeps=lambda post: post != 0)
    async with rig(path, chain, catalogue=contents(1)) as play:
        batch = await play.engine.submit(price("c1"))

        async def pending() -> bool:
            return outcome((await play.items(batch))["c1"]) is Outcome.PENDING

        await play.until(pending, mine=False, step=0.05)
        assert (await play.items(batch))["c1"].error == "time-out"
        items = await play.settled(batch)
        assert outcome(items["c1"]) is Outcome.CONFIRMED
        assert len(set(play.chain.posts)) == 1
        assert len(play.chain.posts) == 2


async def test_a_refusal_leaves_no_hole(path: Path) -> None:
    """The refused item is off-chain, and its nonce is used again before any higher one."""
    chain = ScriptedChain(script={0: lambda txid: TxRefused(txid, "no such contract")}, keeps=lambda post: post != 0)
    async with rig(path, chain, catalogue=contents(3)) as play:
        batch = await play.engine.submit(price("c1", "c2", "c3"))
        items = await play.settled(batch)
        assert [outcome(item) for item in items.values()].count(Outcome.OFF_CHAIN) == 1
        assert [outcome(item) for item in items.values()].count(Outcome.CONFIRMED) == 2
        again = await play.settled(await play.engine.submit(price("c1", "c2", "c3", to=3_000_000)))
        assert {outcome(item) for item in again.values()} == {Outcome.CONFIRMED}
        assert play.chain.prices == {1: 3_000_000, 2: 3_000_000, 3: 3_000_000}


async def test_a_refusal_after_doubt_is_not_off_chain(path: Path) -> None:
    """The first post may have arrived, so the item stays pending, and is found mined (promise 4)."""
    chain = ScriptedChain(
        script={0: lambda txid: TxUnclear(txid, "reset"), 1: lambda txid: TxRefused(txid, "conflict")},
        keeps=lambda post: post > 0,
    )
    async with rig(path, chain, catalogue=contents(1)) as play:
        batch = await play.engine.submit(price("c1"))

        async def posted_twice() -> bool:
            return len(play.chain.posts) >= 2

        await play.until(posted_twice, mine=False)
        await play.turn()
        assert outcome((await play.items(batch))["c1"]) is Outcome.PENDING
        assert outcome((await play.settled(batch))["c1"]) is Outcome.CONFIRMED


async def test_a_429_spends_nothing(path: Path) -> None:
    """The same bytes wait as long as the node asks, and then arrive."""
    async with rig(path, catalogue=contents(1)) as play:
        play.chain.script[0] = lambda txid: TxDeferred(txid, "429", play.clock.now(), posted=True)
        play.chain.keeps = lambda post: post != 0
        items = await play.settled(await play.engine.submit(price("c1")))
        assert outcome(items["c1"]) is Outcome.CONFIRMED
        assert len(set(play.chain.posts)) == 1


async def test_a_lost_transaction_is_posted_again(path: Path) -> None:
    """A 200 is no proof: what is not seen is posted again, the same bytes."""
    chain = ScriptedChain(keeps=lambda post: post > 0)
    async with rig(path, chain, catalogue=contents(1)) as play:
        items = await play.settled(await play.engine.submit(price("c1")))
        assert outcome(items["c1"]) is Outcome.CONFIRMED
        assert len(set(play.chain.posts)) == 1


async def test_a_fee_too_low_is_raised_at_the_same_nonce(path: Path) -> None:
    """Other bytes, the same place: nothing can be mined twice."""
    chain = ScriptedChain(
        script={0: lambda txid: TxDeferred(txid, "fee too low", fee_needed=4000)}, keeps=lambda post: post != 0
    )
    async with rig(path, chain, catalogue=contents(1)) as play:
        items = await play.settled(await play.engine.submit(price("c1")))
        assert outcome(items["c1"]) is Outcome.CONFIRMED
        assert (items["c1"].fee, items["c1"].nonce) == (4000, 0)


async def test_a_node_that_is_away_for_too_long(path: Path) -> None:
    """Unsigned items go off-chain after CHAIN_PATIENCE, with the reason; the batch completes."""
    async with rig(path, catalogue=contents(2), limits=Limits(chain_patience=60)) as play:
        await play.contact()
        play.chain.down = True
        play.clock.pass_(31)  # so that what is known of the account is out of date
        items = await play.settled(await play.engine.submit(price("c1", "c2")))
        assert {outcome(item) for item in items.values()} == {Outcome.OFF_CHAIN}
        assert "Node unreachable" in (items["c1"].error or "")
        assert play.chain.posts == []


async def test_a_node_that_comes_back_in_time(path: Path) -> None:
    """Nothing is given up before its time."""
    async with rig(path, catalogue=contents(1), limits=Limits(chain_patience=60)) as play:
        await play.contact()
        play.chain.down = True
        play.clock.pass_(31)  # so that what is known of the account is out of date
        batch = await play.engine.submit(price("c1"))
        for _ in range(20):
            await play.turn()
            play.clock.pass_(1)
        assert outcome((await play.items(batch))["c1"]) is None
        play.chain.down = False
        assert outcome((await play.settled(batch))["c1"]) is Outcome.CONFIRMED


async def test_the_window_is_kept(path: Path) -> None:
    """25 in flight and never more; a hundred calls need four blocks."""
    async with rig(path, catalogue=contents(100)) as play:
        batch = await play.engine.submit(price(*(f"c{n}" for n in range(1, 101))))
        for block in range(4):

            async def full(block: int = block) -> bool:
                assert len(play.chain.mempool) <= 25
                return len(play.chain.posts) == 25 * (block + 1)

            await play.until(full, mine=False, step=0.2)
            play.chain.mine()

        async def done() -> bool:
            return counts(await play.engine.batch(batch.id)).confirmed == 100

        await play.until(done, mine=False)


async def test_two_changes_of_one_content_arrive_in_order(path: Path) -> None:
    """Catalogue order is chain order, over batches too."""
    async with rig(path, catalogue=contents(3)) as play:
        for amount in (5, 6, 7, 8):
            last = await play.engine.submit(price("c1", "c2", to=amount))
        await play.settled(last)
        assert play.chain.prices == {1: 8, 2: 8}


async def test_exactly_what_failed_is_retried(path: Path) -> None:
    """The retry is a batch of its own that names its parent; two at once are one batch and one refusal."""
    chain = ScriptedChain(abort=lambda call: "Aborted: u507")
    async with rig(path, chain, catalogue=contents(3)) as play:
        batch = await play.engine.submit(price("c1", "nope", "c2"))
        await play.settled(batch)
        chain.abort = lambda call: None
        started = await play.engine.retry(batch.id, content_ids=["c1", "c2"])
        assert started.batch.retry_of == batch.id
        with pytest.raises(Conflict, match=started.batch.id):
            await play.engine.retry(batch.id, content_ids=["c1"])
        items = await play.settled(started.batch)
        assert {name: outcome(item) for name, item in items.items()} == {
            "c1": Outcome.CONFIRMED,
            "c2": Outcome.CONFIRMED,
        }
        rest = await play.engine.select_retry(batch.id)
        assert [item.content_id for item in rest.items] == ["nope"]


async def test_an_older_value_never_goes_over_a_newer_one(path: Path) -> None:
    """The retry of a content that a newer batch changed is refused as superseded."""
    chain = ScriptedChain(abort=lambda call: "Aborted: u507")
    async with rig(path, chain, catalogue=contents(1)) as play:
        old = await play.engine.submit(price("c1", to=5))
        await play.settled(old)
        chain.abort = lambda call: None
        new = await play.engine.submit(price("c1", to=6))
        await play.settled(new)
        with pytest.raises(Conflict, match=f"Superseded by batch {new.id}"):
            await play.engine.retry(old.id)
        assert play.chain.prices == {1: 6}


async def test_a_revert_puts_back_both_sides(path: Path) -> None:
    """Every old price, on the catalogue and on the chain; what was changed since is skipped by name."""
    async with rig(path, catalogue=contents(3)) as play:
        batch = await play.engine.submit(price("c1", "c2", "c3"))
        await play.settled(batch)
        newer = await play.engine.submit(price("c2", to=7))
        await play.settled(newer)
        started = await play.engine.revert(batch.id)
        assert [(skip.content_id, skip.reason) for skip in started.skipped] == [
            ("c2", f"Changed since by batch {newer.id}")
        ]
        await play.settled(started.batch)
        assert play.chain.prices == {1: 1_000_000, 2: 7, 3: 1_000_000}


async def test_metadata_stays_in_the_catalogue(path: Path) -> None:
    """No transaction, and a message that names the fields."""
    async with rig(path, catalogue=contents(1)) as play:
        draft = Draft("update-metadata", CREATOR, ["c1"], {"updates": {"title": "New", "refundable": True}})
        items = await play.settled(await play.engine.submit(draft))
        assert outcome(items["c1"]) is Outcome.CATALOGUE_ONLY
        assert play.chain.posts == []


async def test_a_removed_content_is_not_found_by_later_batches(path: Path) -> None:
    """The row stays, marked; nothing else applies to it."""
    async with rig(path, catalogue=contents(1)) as play:
        removal = await play.engine.submit(Draft("remove-content", CREATOR, ["c1"], {"removalReason": "old"}))
        assert outcome((await play.settled(removal))["c1"]) is Outcome.CONFIRMED
        items = await play.settled(await play.engine.submit(price("c1")))
        assert items["c1"].error == "Content not found"
        with pytest.raises(Conflict):
            await play.engine.revert(removal.id)


async def test_a_stop_is_never_undone_by_a_resume_under_way(path: Path) -> None:
    """Asked for while going on is being kept: it holds from then on without a gap, and is what is kept last."""
    async with rig(path, catalogue=contents(1)) as play:
        await play.engine.pause_all()
        kept, gates = play.store.set_fact, {value: asyncio.Event() for value in "01"}

        async def slowly(name: str, value: str, deed: Deed) -> None:
            await kept(name, value, deed)
            await gates[value].wait()

        play.store.set_fact = slowly
        going_on = asyncio.create_task(play.engine.resume_all())
        await asyncio.sleep(0)
        stopping = asyncio.create_task(play.engine.pause_all())
        await asyncio.sleep(0)
        gates["0"].set()
        await going_on
        assert play.line.tools.stopped
        gates["1"].set()
        await stopping
        assert (play.line.tools.stopped, await play.store.fact("stopped")) == (True, "1")
        play.store.set_fact = kept
        await play.engine.resume_all()
        assert not play.line.tools.stopped


async def test_pause_and_cancel_stop_what_is_not_applied(path: Path) -> None:
    """Applied items go on to the chain; the rest is cancelled and may be retried when asked for."""
    async with rig(path, catalogue=contents(2)) as play:
        await play.engine.pause_all()
        batch = await play.engine.submit(price("c1", "c2"))
        await play.turn()
        assert status(await play.engine.pause(batch.id)) is BatchStatus.PAUSED
        assert status(await play.engine.resume(batch.id)) is BatchStatus.PENDING
        assert status(await play.engine.cancel(batch.id)) is BatchStatus.CANCELLED
        await play.engine.resume_all()
        items = await play.settled(batch)
        assert {outcome(item) for item in items.values()} == {Outcome.CANCELLED}
        assert {item.error for item in items.values()} == {"Cancelled"}
        with pytest.raises(Conflict):
            await play.engine.cancel(batch.id)
        again = await play.engine.retry(batch.id, outcomes=frozenset({Outcome.CANCELLED}))
        assert {outcome(item) for item in (await play.settled(again.batch)).values()} == {Outcome.CONFIRMED}


async def test_a_refused_draft_stores_nothing(path: Path) -> None:
    """Nothing half-done stays behind, and of several drafts all or none are taken."""
    async with rig(path, catalogue=contents(2)) as play:
        with pytest.raises(InvalidDraft) as refused:
            await play.engine.submit_all([price("c1"), price("c2", to=0)])
        assert refused.value.problems[0].field == "newPrice"
        assert (await play.engine.batches(BatchQuery())).total == 0
        with pytest.raises(NotFound):
            await play.engine.items("nope", ItemQuery())


async def test_the_same_key_gives_the_same_batch(path: Path) -> None:
    """A caller that doesn't know whether it was heard may ask again."""
    async with rig(path, catalogue=contents(2)) as play:
        first = await play.engine.submit(price("c1"), key="k")
        assert (await play.engine.submit(price("c1"), key="k")).id == first.id
        with pytest.raises(Conflict):
            await play.engine.submit(price("c2"), key="k")


async def test_the_wrong_network_is_refused_with_both_ids(path: Path) -> None:
    """Nothing is accepted or carried for a chain that nobody meant; with the right node it all goes on."""
    chain, clock = ScriptedChain(network_id=1), FakeClock()
    async with rig(path, chain, clock, catalogue=contents(2), limits=Limits(chain_patience=5)) as play:
        await play.until(lambda: play.line.tools.refused, mine=False)
        assert "0x00000001" in (play.line.tools.refused or "")
        assert "0x80000000" in (play.line.tools.refused or "")
        with pytest.raises(Unavailable, match="0x00000001"):
            await play.engine.submit(price("c1"))
        assert [alert.key for alert in (await play.engine.changes("")).alerts] == ["refused"]
        assert (await play.engine.batches(BatchQuery())).total == 0


async def test_what_waits_for_the_right_chain_is_not_given_up(path: Path) -> None:
    """A batch accepted before, and a node of another network now: it stays as it is until the settings are right."""
    chain, clock = ScriptedChain(), FakeClock()
    async with rig(path, chain, clock, catalogue=contents(1)) as play:
        await play.contact()
        await play.engine.pause_all()
        batch = await play.engine.submit(price("c1"))
    chain.network_id, chain.down = 1, False
    async with rig(path, chain, clock, limits=Limits(chain_patience=5)) as play:
        await play.until(lambda: play.line.tools.refused, mine=False)
        await play.engine.resume_all()
        for _ in range(30):
            await play.turn()
            clock.pass_(1)
        assert outcome((await play.items(batch))["c1"]) is None
    chain.network_id, chain.down = 0x80000000, False
    async with rig(path, chain, clock) as play:
        assert outcome((await play.settled(batch))["c1"]) is Outcome.CONFIRMED


async def test_the_story_of_an_item(path: Path) -> None:
    """Every step has a line, in order, from its acceptance on."""
    async with rig(path, catalogue=contents(1)) as play:
        batch = await play.engine.submit(price("c1"))
        await play.settled(batch)
        story = await play.engine.story(batch.id, "c1")
        assert [line.event for line in story] == [
            "Accepted",
            "CatalogueChanged",
            "TxSigned",
            "TxAccepted",
            "TxConfirmed",
        ]
        assert [line.at for line in story] == sorted(line.at for line in story)


async def test_whoever_came_first_finds_its_signer_first(path: Path) -> None:
    """The node answers for the first time between two changes of one content: the older one isn't overtaken."""
    async with rig(path, catalogue=contents(1), limits=Limits(concurrency=1)) as play:
        desk, real = None, play.store.apply

        async def apply(*given: Any) -> Any:
            """Let the desk be there from the second change on, and not for the first."""
            nonlocal desk
            applied = await real(*given)
            play.line.tools.desk = desk
            return applied

        await play.contact()
        desk, play.line.tools.desk = play.line.tools.desk, None
        play.store.apply = apply  # type: ignore[method-assign]
        adopt, gate = play.store.adopt, asyncio.Event()

        async def late(creator: str, signer: str) -> int:
            """Let the newer change have all the time in the world to get ahead."""
            await gate.wait()
            return await adopt(creator, signer)

        play.store.adopt = late  # type: ignore[method-assign]
        batches = await play.engine.submit_all([price("c1", to=5), price("c1", to=6)])
        for _ in range(20):
            await play.turn()
        gate.set()
        for batch in batches:
            assert outcome((await play.settled(batch))["c1"]) is Outcome.CONFIRMED
        assert play.chain.prices == {1: 6}
