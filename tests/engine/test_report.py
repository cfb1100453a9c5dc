"""What the engine says of itself: its lanes, and since when each alert stands."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

from engine import Content, Draft, Settings, open_engine
from engine.core.events import TxAccepted, TxRefused
from engine.core.reports import Alert, SignerInfo
from engine.core.vitals import NodeStanding
from engine.ports import Account
from tests.core.nouns import CREATOR, OTHER
from tests.engine.rig import Rig, contents, price, rig
from tests.engine.test_outcomes import settled
from tests.fakes import BALANCE, ScriptedChain


def files_with(text: bytes, folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if text in path.read_bytes()]


async def lanes(play: Rig) -> tuple[SignerInfo, ...]:
    return (await play.engine.changes("")).lanes


async def alerts(play: Rig) -> dict[str, Alert]:
    return {alert.key: alert for alert in (await play.engine.changes("")).alerts}


async def test_changes_tell_how_the_lanes_are(tmp_path: Path) -> None:
    """Who signs for whom, what is in flight, what waits: as `signers` says it, and no node is asked."""
    catalogue = [*contents(30), *contents(2, creator=OTHER, first=31)]
    async with rig(tmp_path / "d.sqlite3", catalogue=catalogue) as play:
        await play.contact()
        assert await lanes(play) == ()
        batch = await play.engine.submit(price(*(f"c{n}" for n in range(1, 31))))

        async def full() -> bool:
            return [lane.waiting for lane in await lanes(play)] == [5]

        await play.until(full, mine=False)
        (lane,) = await lanes(play)
        assert (lane.creators, lane.in_flight, lane.waiting, lane.balance) == ((CREATOR,), 25, 5, BALANCE)
        assert lane.address == play.line.tools.desk.signers.address_for(CREATOR)
        assert lane in await play.engine.signers()
        play.chain.down = True
        assert await lanes(play) == (lane,)
        play.chain.down = False
        await play.settled(batch)
        (lane,) = await lanes(play)
        assert (lane.in_flight, lane.waiting) == (0, 0)


class Forbidden(ScriptedChain):
    """A chain that counts who asks for an account."""

    asked = 0

    async def account(self, address: str) -> Account:
        self.asked += 1
        return await super().account(address)


async def test_asking_what_changed_asks_no_node(tmp_path: Path) -> None:
    """The feed asks four times a second, for every window that is open."""
    chain = Forbidden()
    async with rig(tmp_path / "d.sqlite3", chain, catalogue=contents(1)) as play:
        await play.settled(await play.engine.submit(price("c1")))
        asked = chain.asked
        for _ in range(20):
            assert len(await lanes(play)) == 1
        assert chain.asked == asked


async def test_a_refused_nonce_is_not_in_flight(tmp_path: Path) -> None:
    """It is a hole: nothing of it can be mined."""
    chain = ScriptedChain(script={0: lambda txid: TxRefused(txid, "no"), 1: TxAccepted}, keeps=lambda post: post > 0)
    async with rig(tmp_path / "d.sqlite3", chain, catalogue=contents(1)) as play:
        await play.settled(await play.engine.submit(price("c1")))
        assert [(lane.in_flight, lane.waiting) for lane in await lanes(play)] == [(0, 0)]


async def test_an_alert_knows_since_when_it_stands(tmp_path: Path) -> None:
    """It is the time at which it began, also when nobody looked; one that comes back begins anew."""
    async with rig(tmp_path / "d.sqlite3", catalogue=contents(1)) as play:
        await play.contact()
        await play.engine.pause_all()
        play.engine._tick()
        began = play.clock.now()
        play.clock.pass_(30)
        assert (await alerts(play))["stopped"].since == began
        play.line.tools.alarms["fee"] = "The cap is reached"
        assert await since(play) == {"stopped": began, "fee": play.clock.now()}
        await play.engine.resume_all()
        assert "stopped" not in await alerts(play)
        play.clock.pass_(30)
        await play.engine.pause_all()
        assert (await alerts(play))["stopped"].since == play.clock.now()


async def since(play: Rig) -> dict[str, datetime]:
    return {key: alert.since for key, alert in (await alerts(play)).items()}


async def test_a_deep_confirmation_comes_on_the_devnet_too(tmp_path: Path) -> None:
    """Empty blocks follow until whatever depth is asked for is reached."""
    settings = Settings(
        database_url=f"sqlite:///{tmp_path}/d.sqlite3", chain_url="devnet", block_seconds=0.05, confirmations=9
    )
    async with open_engine(settings) as engine:
        assert await engine.import_contents([Content("a", CREATOR, "T", 1, on_chain_id=1)]) == []
        found = await settled(engine, await engine.submit(Draft("update-price", CREATOR, ["a"], {"newPrice": 5})))
        assert found["a"].block_height is not None


async def test_settings_are_told_without_secrets(tmp_path: Path) -> None:
    """Whoever may look sees what is in force and where it came from; a node's path, which may be a key, is masked."""
    settings = Settings(
        database_url=f"sqlite:///{tmp_path}/d.sqlite3",
        chain_url="http://127.0.0.1:9/key-hunter2,http://127.0.0.1:10/x/hunter2,http://127.0.0.1:11",
        contract=f"{CREATOR}.pay-per-view",
        window=7,
    )
    async with open_engine(settings) as engine:
        told, health = await engine.vitals(), await engine.health()
    assert "hunter2" not in repr((told, health))
    assert files_with(b"hunter2", tmp_path) == []
    assert health.chain == "http://127.0.0.1:9,http://127.0.0.1:10,http://127.0.0.1:11"
    values = {one.name: (one.value, one.origin) for one in told.settings}
    assert values["window"] == ("7", "window")
    assert values["chain_url"][0] == "http://127.0.0.1:9/...,http://127.0.0.1:10/...,http://127.0.0.1:11"
    assert (values["fee_max"], told.contract) == (("50000", "default"), settings.contract)
    assert len(told.nodes) == 3
    assert NodeStanding.USED not in [node.standing for node in told.nodes]


async def test_who_only_looks_tells_of_no_tick(tmp_path: Path) -> None:
    """Nothing ticks where nothing is carried: it says so, and which process carries, if any does."""
    settings = Settings(database_url=f"sqlite:///{tmp_path}/d.sqlite3")

    async def scheduler() -> str:
        async with open_engine(settings, read_only=True) as reader:
            return next(part.detail for part in (await reader.health()).parts if part.name == "scheduler")

    async with open_engine(settings) as engine:
        assert "last tick" in {part.name: part.detail for part in (await engine.health()).parts}["scheduler"]
        carries = f"the engine with process id {os.getpid()} carries what is accepted"
        assert await scheduler() == f"this one only looks on: {carries}"
    idle = "no engine works on the database, so nothing is carried"
    assert await scheduler() == f"this one only looks on: {idle}"
