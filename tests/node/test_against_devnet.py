"""The client against our simulated node, in this process: what the one says, the other understands."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from engine.core.content_story import OnChain
from engine.core.events import TxAccepted, TxDeferred, TxRefused, TxUnclear
from engine.core.operations import Call
from engine.devnet import Devnet
from engine.devnet.faults import parse
from engine.devnet.keys import creator_key
from engine.node import HttpNode
from engine.stacks import SignedTransaction, sign_contract_call
from engine.stacks.clarity import UInt

NOW = datetime(2026, 1, 2, tzinfo=UTC)


@asynccontextmanager
async def play(path: Path) -> AsyncIterator[tuple[Devnet, HttpNode]]:
    """Open a devnet and a client of it that knows its contract."""
    devnet = Devnet.open(path, network="testnet", block_seconds=60.0)
    transport = httpx.ASGITransport(devnet.app)
    node = HttpNode("http://devnet", timeout=2, api_key=None, concurrency=4, transport=transport)
    await node.info()
    try:
        yield devnet, node
    finally:
        await node.close()
        await devnet.close()


def signed(devnet: Devnet, content: int = 1, nonce: int = 0, who: str = "a", fee: int = 1000) -> SignedTransaction:
    key = creator_key(devnet.id, who)
    return sign_contract_call(
        key,
        network="testnet",
        contract=devnet.contract,
        function="update-content-price",
        args=[UInt(content), UInt(5)],
        nonce=nonce,
        fee=fee,
    )


def address(devnet: Devnet, who: str = "a") -> str:
    return creator_key(devnet.id, who).address("testnet")


async def test_a_transaction_goes_all_the_way(tmp_path: Path) -> None:
    """Registered, accepted, pending, mined; an alien's call aborts with the reason in words."""
    async with play(tmp_path / "chain") as (devnet, node):
        info = await node.info()
        assert (info.devnet_id, info.contract, node.contract) == (devnet.id, devnet.contract, devnet.contract)
        await node.register([(1, address(devnet), 3)], [address(devnet), address(devnet, "b")])
        ours, theirs = signed(devnet), signed(devnet, who="b")
        for transaction in (ours, theirs, ours):
            assert await node.broadcast(transaction.raw, transaction.txid, NOW) == TxAccepted(transaction.txid)
        assert (await node.look_up([ours.txid]))[ours.txid].status == "pending"
        devnet.mine()
        seen = await node.look_up([ours.txid, theirs.txid, "ab" * 32])
        assert [seen[txid].status for txid in (ours.txid, theirs.txid, "ab" * 32)] == ["success", "aborted", "unknown"]
        assert (
            seen[theirs.txid].reason
            == "Aborted by the contract: u401, the signer is not the creator: sign with the creator's key"
        )
        assert (await node.account(address(devnet))).nonce == 1


async def test_a_preflight_says_what_the_chain_would(tmp_path: Path) -> None:
    """The creator's call would write; anybody else's would abort."""
    async with play(tmp_path / "chain") as (devnet, node):
        await node.register([(1, address(devnet), 3)], [])
        call = Call("update-content-price", (UInt(1), UInt(9)))
        assert await node.preflight(call, address(devnet)) is None
        assert "u401" in str(await node.preflight(call, address(devnet, "b")))


async def test_the_contract_tells_what_it_has(tmp_path: Path) -> None:
    """Creator and price of a content, and nothing of one that isn't there."""
    async with play(tmp_path / "chain") as (devnet, node):
        await node.register([(1, address(devnet), 3)], [])
        assert await node.content(1) == OnChain(address(devnet), 3)
        assert await node.content(2) is None


@pytest.mark.parametrize("missing", [[], ["no-v1"], ["no-v3"], ["no-api"], ["no-api", "no-txindex"]])
async def test_each_kind_of_node_is_understood(tmp_path: Path, missing: list[str]) -> None:
    """Whatever routes a node has, pending is pending and mined is success, or unreadable without an index."""
    async with play(tmp_path / "chain") as (devnet, node):
        await node.register([(1, address(devnet), 3)], [address(devnet)])
        for name in missing:
            devnet.faults.set(*parse(name))
        transaction = signed(devnet)
        assert (await node.look_up([transaction.txid]))[transaction.txid].status == "unknown"
        await node.broadcast(transaction.raw, transaction.txid, NOW)
        assert (await node.look_up([transaction.txid]))[transaction.txid].status == "pending"
        devnet.mine()
        mined = "unreadable" if "no-txindex" in missing else "success"
        assert (await node.look_up([transaction.txid]))[transaction.txid].status == mined


@pytest.mark.parametrize(
    ("fault", "event"),
    [
        ("429=seconds", TxDeferred),
        ("429=date", TxDeferred),
        ("429=reset", TxDeferred),
        ("429=none", TxDeferred),
        ("503", TxUnclear),
        ("502-after", TxUnclear),
        ("hang-before", TxUnclear),
        ("hang-after", TxUnclear),
        ("reset-before", TxUnclear),
        ("reset-after", TxUnclear),
        ("conflict-after", TxUnclear),
        ("blacklist", TxDeferred),
        ("estimator", TxDeferred),
        ("server-failure", TxDeferred),
        ("market=5000", TxDeferred),
        ("lost-after", TxAccepted),
    ],
)
async def test_each_trouble_has_its_event(tmp_path: Path, fault: str, event: type) -> None:
    """Every switch of the devnet makes the event that promise 3 needs."""
    async with play(tmp_path / "chain") as (devnet, node):
        await node.register([(1, address(devnet), 3)], [address(devnet)])
        devnet.faults.set(*parse(fault))
        transaction = signed(devnet)
        assert type(await node.broadcast(transaction.raw, transaction.txid, NOW)) is event


async def test_refusals_of_the_devnet(tmp_path: Path) -> None:
    """A window that is full, a purse that is empty, a nonce that is mined, bytes that are none."""
    async with play(tmp_path / "chain") as (devnet, node):
        poor = signed(devnet)
        event = await node.broadcast(poor.raw, poor.txid, NOW)
        assert isinstance(event, TxDeferred)
        assert event.unfunded
        await node.register([(1, address(devnet), 3)], [address(devnet)])
        far = signed(devnet, nonce=27)
        assert isinstance(await node.broadcast(far.raw, far.txid, NOW), TxDeferred)
        await node.broadcast(poor.raw, poor.txid, NOW)
        devnet.mine()
        late = signed(devnet, fee=2000)
        assert isinstance(await node.broadcast(late.raw, late.txid, NOW), TxUnclear)
        assert isinstance(await node.broadcast(b"\x00garbage", "ab" * 32, NOW), TxRefused)
