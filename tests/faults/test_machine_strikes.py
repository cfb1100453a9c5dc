"""A step raises what nobody foresaw: twice running, and its item is set aside and named; the lane goes on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.core.events import TxAccepted, TxRefused
from engine.core.lane import Assignment
from engine.core.lifecycle import outcome
from engine.core.model import Item, ItemState, Outcome
from engine.line.mishaps import Mishaps
from engine.line.signing import Mint
from engine.store import SqliteStore
from engine.store.ledger import signing
from tests.engine.rig import OTHER, Rig, contents, price, rig
from tests.fakes import FakeClock, ScriptedChain

IDS = ("c1", "c2", "c3")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deck.sqlite3"


class Bug(Exception):
    """What nobody foresaw."""


class Flaw:
    """Raises for whatever ``hits`` says, so many times running, or for ever."""

    def __init__(self, hits: Callable[..., bool], times: int | None = None) -> None:
        self.hits = hits
        self.left = times
        self.struck = 0

    def __call__(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*given: Any, **named: Any) -> Any:
            if self.hits(*given) and (self.left is None or self.left > 0):
                self.left = None if self.left is None else self.left - 1
                self.struck += 1
                raise Bug("boom")
            return real(*given, **named)

        return call


def of(content_id: str) -> Callable[..., bool]:
    """Hit the step or the item of one content, wherever it stands among the arguments."""

    def hits(*given: Any) -> bool:
        items = [one.item if isinstance(one, Assignment) else one for one in given]
        return any(isinstance(item, Item) and item.content_id == content_id for item in items)

    return hits


def outcomes(items: dict[str, Item]) -> dict[str, Outcome | None]:
    return {name: outcome(item) for name, item in items.items()}


SIGNING = ["call", "sign", "stored"]


def flaw_in(monkeypatch: pytest.MonkeyPatch, where: str, content_id: str, times: int | None = None) -> Flaw:
    """Break the making of a call, of its bytes, or the storing of them."""
    flaw = Flaw(of(content_id), times)
    if where == "stored":
        monkeypatch.setattr(signing, "move", flaw(signing.move))
    else:
        monkeypatch.setattr(Mint, where, flaw(getattr(Mint, where)))
    return flaw


@pytest.mark.parametrize("where", SIGNING)
async def test_an_item_that_cannot_be_signed_is_set_aside(
    path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    """It was never posted, so it is off-chain, with the error's name; the others are confirmed, without a hole."""
    async with rig(path, catalogue=contents(5)) as play:
        flaw = flaw_in(monkeypatch, where, "c2")
        items = await play.settled(await play.engine.submit(price("c1", "c2", "c3", "c4", "c5")))
        assert outcomes(items) == dict.fromkeys(items, Outcome.CONFIRMED) | {"c2": Outcome.OFF_CHAIN}
        assert items["c2"].error == "Internal error while signing (Bug); the log has the whole story"
        assert (items["c2"].txid, items["c2"].nonce) == (None, None)
        assert sorted(item.nonce for item in items.values() if item.nonce is not None) == [0, 1, 2, 3]
        assert 2 not in play.chain.prices
        assert flaw.struck >= 2
        retried = await play.engine.retry(items["c2"].batch_id)
        monkeypatch.undo()
        assert outcomes(await play.settled(retried.batch)) == {"c2": Outcome.CONFIRMED}


@pytest.mark.parametrize("where", SIGNING)
async def test_once_is_no_reason(path: Path, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    """What counts is twice running: an item that goes well at the second time is like any other."""
    async with rig(path, catalogue=contents(3)) as play:
        flaw = flaw_in(monkeypatch, where, "c2", times=1)
        items = await play.settled(await play.engine.submit(price(*IDS)))
        assert set(outcomes(items).values()) == {Outcome.CONFIRMED}
        assert flaw.struck == 1
        assert play.line.tools.alarms == {}


async def test_two_changes_of_one_content_keep_their_order(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the first one stumbles, the second one doesn't get ahead of it (promise 5)."""
    async with rig(path, catalogue=contents(3)) as play:
        first_value = Flaw(lambda *given: of("c2")(*given) and any(_value(one) == 5 for one in given), times=1)
        monkeypatch.setattr(Mint, "sign", first_value(Mint.sign))
        batches = [await play.engine.submit(price(*IDS, to=amount)) for amount in (5, 6)]
        for batch in batches:
            items = await play.settled(batch)
            assert {item.error for item in items.values()} == {None}
        assert play.chain.prices == {1: 6, 2: 6, 3: 6}
        assert first_value.struck == 1


def _value(given: Any) -> Any:
    return given.item.value["price"] if isinstance(given, Assignment) and given.item else None


async def test_a_restart_counts_against_nobody(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Strikes live in memory: one before the end of a process and one after it aren't twice running."""
    chain, clock = ScriptedChain(), FakeClock()
    flaw = flaw_in(monkeypatch, "sign", "c1", times=1)
    async with rig(path, chain, clock, catalogue=contents(1)) as play:
        batch = await play.engine.submit(price("c1"))

        async def struck() -> bool:
            return flaw.struck == 1

        real = Mishaps.strike
        monkeypatch.setattr(Mishaps, "strike", lambda *given: (_stop(play), real(*given))[1])
        await play.until(struck)
        monkeypatch.setattr(Mishaps, "strike", real)
    flaw.left, chain.down = 1, False
    async with rig(path, chain, clock) as play:
        play.line.tools.stopped = False
        assert outcomes(await play.settled(batch)) == {"c1": Outcome.CONFIRMED}
    assert flaw.struck == 2


def _stop(play: Rig) -> None:
    """Let the process come to its end right after the first strike."""
    play.line.tools.stopped = True


async def test_a_hole_that_cannot_be_filled_is_an_alarm(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A no-op has no item to set aside: its nonce stays free, somebody is told, and it is tried again."""
    chain = ScriptedChain(script={0: lambda txid: TxRefused(txid, "no such contract")}, keeps=lambda post: post != 0)
    async with rig(path, chain, catalogue=contents(3)) as play:
        flaw = Flaw(lambda *given: any(isinstance(one, Assignment) and one.item is None for one in given))
        monkeypatch.setattr(Mint, "sign", flaw(Mint.sign))
        batch = await play.engine.submit(price(*IDS))
        await play.until(lambda: "can't be filled" in str(play.line.tools.alarms), mine=False)
        assert "The hole at nonce 0" in str(play.line.tools.alarms)
        flaw.left = 0
        items = await play.settled(batch)
        assert sorted(outcomes(items).values()) == [Outcome.CONFIRMED, Outcome.CONFIRMED, Outcome.OFF_CHAIN]
        assert play.line.tools.alarms == {}


async def test_a_post_that_raises_is_in_doubt_and_tried_again(path: Path) -> None:
    """Nobody knows whether the bytes left: pending, named, an alert, a growing pause, never a second transaction."""
    async with rig(path, catalogue=contents(3)) as play:
        real, bad = play.chain.broadcast, True

        async def broadcast(raw: bytes, txid: str, now: Any) -> Any:
            if not bad or (await _content(play, txid)) != "c2":
                return await real(raw, txid, now)
            play.chain.posts.append(txid)
            raise Bug("boom")

        play.chain.broadcast = broadcast  # type: ignore[method-assign]
        batch = await play.engine.submit(price(*IDS))
        await play.until(lambda: "is in doubt" in str(play.line.tools.alarms), mine=False)
        item = (await play.items(batch))["c2"]
        assert outcome(item) is Outcome.PENDING
        assert item.error == "Internal error while posting (Bug); the log has the whole story"
        assert item.txid is not None
        assert item.txid in str((await play.engine.changes("")).alerts)
        before = len(play.chain.posts)
        for _ in range(30):  # half a minute: a pause of 2, 4, 8 and 16 seconds, no hammering
            await play.turn()
            play.clock.pass_(1)
        assert len(play.chain.posts) - before <= 5
        bad = False
        items = await play.settled(batch)
        assert set(outcomes(items).values()) == {Outcome.CONFIRMED}
        assert len(set(play.chain.posts)) == 3
        await play.until(lambda: play.line.tools.alarms == {})


async def test_a_post_that_arrives_and_raises_is_found(path: Path) -> None:
    """The node has it though every try ends in an error: it is seen there, confirmed, and was one transaction."""
    async with rig(path, catalogue=contents(3)) as play:
        real = play.chain.broadcast

        async def broadcast(raw: bytes, txid: str, now: Any) -> Any:
            event = await real(raw, txid, now)
            if (await _content(play, txid)) == "c2":
                raise Bug("boom")
            return event

        play.chain.broadcast = broadcast  # type: ignore[method-assign]
        items = await play.settled(await play.engine.submit(price(*IDS)))
        assert set(outcomes(items).values()) == {Outcome.CONFIRMED}
        assert len(set(play.chain.posts)) == 3
        assert "Internal error while posting" in str(await play.engine.story(items["c2"].batch_id, "c2"))
        await play.until(lambda: play.line.tools.alarms == {})


async def _content(play: Rig, txid: str) -> str:
    record = await play.store.lane((await play.store.lanes())[0], 0)
    return next(next(iter(slot.contents)) for slot in record.slots if slot.current.txid == txid)


async def test_a_refusal_after_a_mishap_is_no_proof(path: Path) -> None:
    """The bytes may have arrived at the first try, so a later no doesn't make the item off-chain (promise 4)."""
    chain = ScriptedChain(script={1: lambda txid: TxRefused(txid, "no such contract")}, keeps=lambda post: post > 1)
    async with rig(path, chain, catalogue=contents(1)) as play:
        real = play.chain.broadcast

        async def broadcast(raw: bytes, txid: str, now: Any) -> Any:
            event = await real(raw, txid, now)
            if len(play.chain.posts) == 1:
                raise Bug("boom")
            return event

        play.chain.broadcast = broadcast  # type: ignore[method-assign]
        batch = await play.engine.submit(price("c1"))
        await play.until(lambda: len(play.chain.posts) >= 2, mine=False)
        await play.turn()
        assert outcomes(await play.items(batch)) == {"c1": Outcome.PENDING}
        assert outcomes(await play.settled(batch)) == {"c1": Outcome.CONFIRMED}


@pytest.mark.parametrize("events", [TxAccepted, object], ids=["one", "any"])
async def test_an_answer_that_cannot_be_stored_hurts_only_its_own(path: Path, events: type) -> None:
    """Also when the writing of it is what raises, every time: no hammering, the lane goes on, and it heals."""
    async with rig(path, catalogue=contents(3)) as play:
        real, bad = play.store.answer, True

        async def answer(event: Any, now: Any) -> bool:
            if bad and isinstance(event, events) and (await _content(play, event.txid)) == "c3":
                raise Bug("boom")
            return await real(event, now)

        play.store.answer = answer  # type: ignore[method-assign]
        batch = await play.engine.submit(price(*IDS))
        await play.until(lambda: "is in doubt" in str(play.line.tools.alarms), mine=False)
        for _ in range(30):
            await play.turn()
            play.clock.pass_(1)
        assert len(play.chain.posts) <= 10
        bad = False
        assert set(outcomes(await play.settled(batch)).values()) == {Outcome.CONFIRMED}
        assert len(set(play.chain.posts)) == 3


async def test_what_cannot_be_watched_leaves_the_others_alone(path: Path) -> None:
    """One transaction's look-up goes wrong again and again: it stays pending and named, the others are confirmed."""
    async with rig(path, ScriptedChain(history=None), catalogue=contents(3)) as play:
        real, bad = play.store.answer, True

        async def answer(event: Any, now: Any) -> bool:
            if bad and type(event).__name__ == "TxConfirmed" and (await _content(play, event.txid)) == "c2":
                raise Bug("boom")
            return await real(event, now)

        play.store.answer = answer  # type: ignore[method-assign]
        play.line.confirmer._mishaps.answer = answer
        batch = await play.engine.submit(price(*IDS))
        await play.until(lambda: "watching" in str(play.line.tools.alarms))
        items = await play.items(batch)
        assert outcomes(items) == {"c1": Outcome.CONFIRMED, "c2": Outcome.PENDING, "c3": Outcome.CONFIRMED}
        story = " ".join(one.detail for one in await play.engine.story(batch.id, "c2"))
        assert "Internal error while watching (Bug); the log has the whole story" in story
        bad = False
        assert set(outcomes(await play.settled(batch)).values()) == {Outcome.CONFIRMED}
        await play.until(lambda: play.line.tools.alarms == {})


async def test_a_lane_that_cannot_be_watched_leaves_the_others_alone(path: Path) -> None:
    """Whichever lane comes first: the other one is looked after."""
    catalogue = contents(2) + contents(2, OTHER, first=8)
    async with rig(path, catalogue=catalogue) as play:
        await play.contact()
        desk = play.line.tools.desk
        assert desk is not None
        poisoned = sorted(address for address in desk.signers.addresses())[0]
        real, bad = play.chain.account, False

        async def account(address: str) -> Any:
            if bad and address == poisoned:
                raise Bug("boom")
            return await real(address)

        play.chain.account = account  # type: ignore[method-assign]
        mine = await play.engine.submit(price("c1", "c2"))
        other = await play.engine.submit(price("c8", "c9", creator=OTHER))
        await play.until(lambda: len(play.chain.posts) == 4, mine=False)
        bad = True

        async def one_is_done() -> bool:
            done = [(await play.engine.batch(batch.id)).settled_at for batch in (mine, other)]
            return sum(at is not None for at in done) == 1

        await play.until(one_is_done)
        await play.until(lambda: f"The lane of {poisoned} can't be watched" in str(play.line.tools.alarms))
        bad = False
        for batch in (mine, other):
            assert set(outcomes(await play.settled(batch)).values()) == {Outcome.CONFIRMED}
        await play.until(lambda: play.line.tools.alarms == {})


async def test_an_item_that_cannot_be_applied_fails_alone(path: Path) -> None:
    """APPLY as well: failed, named, nothing changed; and a batch is never stopped by one of its items."""
    async with rig(path, catalogue=contents(3)) as play:
        real = SqliteStore.apply

        async def apply(item_id: int, signer: str | None, now: Any) -> Any:
            if item_id == 2:
                raise Bug("boom")
            return await real(play.store, item_id, signer, now)

        play.store.apply = apply  # type: ignore[method-assign]
        items = await play.settled(await play.engine.submit(price(*IDS)))
        assert outcomes(items) == {"c1": Outcome.CONFIRMED, "c2": Outcome.FAILED, "c3": Outcome.CONFIRMED}
        assert items["c2"].error == "Internal error while applying (Bug); the log has the whole story"


async def test_an_applied_item_that_finds_no_place_does_not_stop_the_line(path: Path) -> None:
    """Handing it to a signer raises: off-chain after the second time, and whatever comes behind it is applied."""
    chain = ScriptedChain(down=True)
    async with rig(path, chain, catalogue=contents(1) + contents(1, OTHER, first=9)) as play:
        batch = await play.engine.submit(price("c1"))

        async def waits() -> bool:
            return (await play.items(batch))["c1"].state is ItemState.APPLIED

        await play.until(waits, mine=False)
        real = play.store.adopt

        async def adopt(creator: str, signer: str) -> int:
            if creator != OTHER:
                raise Bug("boom")
            return await real(creator, signer)

        play.store.adopt = adopt  # type: ignore[method-assign]
        chain.down = False
        assert outcomes(await play.settled(batch)) == {"c1": Outcome.OFF_CHAIN}
        other = await play.engine.submit(price("c9", creator=OTHER))
        assert outcomes(await play.settled(other)) == {"c9": Outcome.CONFIRMED}


async def test_a_station_that_does_nothing_says_so(path: Path) -> None:
    """A round that goes wrong twice running is an alarm, and it is gone with the first one that goes well."""
    async with rig(path, catalogue=contents(1)) as play:
        real, bad = play.store.claim, True

        async def claim(now: Any) -> int:
            if bad:
                raise Bug("boom")
            return await real(now)

        play.store.claim = claim  # type: ignore[method-assign]
        batch = await play.engine.submit(price("c1"))
        await play.until(lambda: "applier does nothing: Internal error (Bug)" in str(play.line.tools.alarms))
        bad = False
        assert outcomes(await play.settled(batch)) == {"c1": Outcome.CONFIRMED}
        await play.until(lambda: play.line.tools.alarms == {})


async def test_a_node_that_cannot_be_put_to_use_says_so(path: Path) -> None:
    """The node answers and yet nothing is posted: an operator sees why, and no longer once it goes well."""
    chain = ScriptedChain()
    async with rig(path, chain, catalogue=contents(1)) as play:
        real, bad = play.store.creators, True

        async def creators() -> Any:
            if bad:
                raise Bug("boom")
            return await real()

        play.store.creators = creators  # type: ignore[method-assign]
        batch = await play.engine.submit(price("c1"))
        said = "The node can't be put to use, so nothing is posted: Internal error while meeting (Bug)"
        await play.until(lambda: said in str(play.line.tools.alarms))
        bad = False
        assert outcomes(await play.settled(batch)) == {"c1": Outcome.CONFIRMED}
        assert play.line.tools.alarms == {}


async def test_lanes_that_cannot_be_woken_say_so(path: Path) -> None:
    """Nothing is signed by a lane that sleeps: an operator sees why, and no longer once it goes well."""
    async with rig(path, catalogue=contents(1)) as play:
        await play.contact()
        real, bad = play.line.lanes.wake_all, True

        async def wake_all() -> None:
            if bad:
                raise Bug("boom")
            await real()

        play.line.lanes.wake_all = wake_all  # type: ignore[method-assign]

        def told() -> bool:
            play.line.poke()
            return "The lanes can't be woken, so nothing new is signed" in str(play.line.tools.alarms)

        await play.until(told)
        bad = False
        batch = await play.engine.submit(price("c1"))
        assert outcomes(await play.settled(batch)) == {"c1": Outcome.CONFIRMED}
        await play.until(lambda: play.line.tools.alarms == {})
