"""What each item ends with against a real node process: outcome, message and error as INTERFACE.md's table says."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from engine import Batch, Content, Draft, Engine, ItemQuery, Settings, open_engine
from engine.core.lifecycle import outcome
from engine.core.model import Item, Operation, Outcome
from engine.core.operations import RULES
from engine.core.reports import SignerInfo
from engine.door import REFUSED
from engine.errors import Unavailable
from tests.core.nouns import CREATOR, OTHER
from tests.served import control, devnet

CATALOGUE = [
    *(Content(f"c{n}", CREATOR, f"Title {n}", 1_000_000, on_chain_id=n) for n in range(1, 6)),
    Content("paper", CREATOR, "Not on the chain", 1_000_000),
    Content("theirs", OTHER, "Another's", 1_000_000, on_chain_id=99),
]


@pytest.fixture
def node(tmp_path: Path) -> Iterator[str]:
    with devnet(tmp_path, "--block-seconds", "0.2") as url:
        yield url


@asynccontextmanager
async def opened(tmp_path: Path, url: str, **given: Any) -> AsyncIterator[Engine]:
    settings = Settings(database_url=f"sqlite:///{tmp_path}/deck.sqlite3", chain_url=url, **given)
    async with open_engine(settings) as engine:
        if not await engine.creators():
            assert await engine.import_contents(CATALOGUE) == []
        yield engine


async def settled(engine: Engine, batch: Batch, seconds: float = 20) -> dict[str, Item]:
    async with asyncio.timeout(seconds):
        while not (await engine.batch(batch.id)).settled_at:
            await asyncio.sleep(0.05)
    return await items(engine, batch)


async def items(engine: Engine, batch: Batch) -> dict[str, Item]:
    return {item.content_id: item for item in (await engine.items(batch.id, ItemQuery())).rows}


async def contact(engine: Engine) -> None:
    async with asyncio.timeout(10):
        while not await signers(engine):
            await asyncio.sleep(0.05)


async def signers(engine: Engine) -> list[SignerInfo]:
    """Return who signs; nobody while the node hasn't answered."""
    with contextlib.suppress(Unavailable):
        return await engine.signers()
    return []


def price(*ids: str, to: int = 2_500_000) -> Draft:
    return Draft("update-price", CREATOR, ids, {"newPrice": to})


def said(item: Item) -> tuple[Outcome | None, str | None, str | None]:
    ended = outcome(item)
    return ended, RULES[Operation(item.operation)].sentence(item.value, ended) if ended else None, item.error


async def test_each_kind_of_item_says_what_happened(tmp_path: Path, node: str) -> None:
    """Missing, another's, not on the chain, unknown to the contract, and good: five endings in one batch."""
    async with opened(tmp_path, node) as engine:
        await contact(engine)
        stray = Content("stray", CREATOR, "Unknown there", 1, on_chain_id=777)
        await engine.import_contents([stray])
        control(node, "register", {"contents": [[778, OTHER, 1]]})
        await engine.import_contents([Content("foreign", CREATOR, "Owned by another there", 1, on_chain_id=778)])
        found = await settled(engine, await engine.submit(price("c1", "missing", "theirs", "paper", "foreign")))
    assert said(found["c1"]) == (Outcome.CONFIRMED, "Price updated to 2.5 STX", None)
    assert said(found["missing"]) == (Outcome.FAILED, None, "Content not found")
    assert said(found["theirs"]) == (Outcome.FAILED, None, "Content belongs to another creator")
    assert said(found["paper"]) == (Outcome.CATALOGUE_ONLY, "Price updated to 2.5 STX (not on the chain)", None)
    ended, message, error = said(found["foreign"])
    assert (ended, message) == (Outcome.OFF_CHAIN, "Price updated (off-chain)")
    assert "u401" in (error or "")
    assert found["foreign"].txid
    assert found["missing"].txid is None


async def test_a_paused_contract_and_the_retry_once_it_goes_on(tmp_path: Path, node: str) -> None:
    """Aborted with u507: off-chain with that reason; exactly these are retried and succeed."""
    async with opened(tmp_path, node) as engine:
        await contact(engine)
        control(node, "contract", {"paused": True})
        batch = await engine.submit(price("c1", "c2"))
        found = await settled(engine, batch)
        assert {outcome(item) for item in found.values()} == {Outcome.OFF_CHAIN}
        assert "u507" in (found["c1"].error or "")
        control(node, "contract", {"paused": False})
        again = await engine.retry(batch.id)
        assert [item.content_id for item in (await engine.items(again.batch.id, ItemQuery())).rows] == ["c1", "c2"]
        found = await settled(engine, again.batch)
        assert {outcome(item) for item in found.values()} == {Outcome.CONFIRMED}
    assert control(node, "contents/1")["price"] == 2_500_000


async def test_a_node_that_is_down(tmp_path: Path, node: str) -> None:
    """Off-chain once patience is over, "Node unreachable"; the catalogue has the new price all the same."""
    async with opened(tmp_path, "http://127.0.0.1:9", chain_patience=1) as engine:
        found = await settled(engine, await engine.submit(price("c1")))
        ended, message, error = said(found["c1"])
        assert (ended, message) == (Outcome.OFF_CHAIN, "Price updated (off-chain)")
        assert "Node unreachable" in (error or "")
        assert found["c1"].txid is None
        from engine import ContentQuery

        assert (await engine.contents(ContentQuery(content_ids=frozenset({"c1"})))).rows[0].price == 2_500_000


async def test_a_node_that_stops_answering_after_it_took_the_transaction(tmp_path: Path, node: str) -> None:
    """Pending with the reason while nobody knows, confirmed when it is found mined; one transaction, not two."""
    async with opened(tmp_path, node, chain_timeout=0.5) as engine:
        await contact(engine)
        control(node, "faults", {"stall": {}, "hang-after": {"value": "5", "count": 1}})
        batch = await engine.submit(price("c1"))
        async with asyncio.timeout(10):
            while outcome((await items(engine, batch))["c1"]) is not Outcome.PENDING:
                await asyncio.sleep(0.05)
        ended, message, error = said((await items(engine, batch))["c1"])
        assert (ended, message) == (Outcome.PENDING, "Price updated (on-chain pending)")
        assert error
        control(node, "faults", {"stall": None})
        found = await settled(engine, batch)
    assert said(found["c1"]) == (Outcome.CONFIRMED, "Price updated to 2.5 STX", None)
    assert len(control(node, "transactions")) == 1


async def test_removal_and_metadata(tmp_path: Path, node: str) -> None:
    """A removal goes to the chain, metadata never does."""
    async with opened(tmp_path, node) as engine:
        await contact(engine)
        removal = await engine.submit(Draft("remove-content", CREATOR, ["c1", "paper"], {"removalReason": "rights"}))
        found = await settled(engine, removal)
        assert said(found["c1"]) == (Outcome.CONFIRMED, "Content removed", None)
        assert said(found["paper"]) == (Outcome.CATALOGUE_ONLY, "Content removed (not on the chain)", None)
        renamed = await engine.submit(Draft("update-metadata", CREATOR, ["c2"], {"updates": {"title": "New"}}))
        found = await settled(engine, renamed)
        assert said(found["c2"]) == (Outcome.CATALOGUE_ONLY, "Metadata updated: title", None)
    assert control(node, "contents/1")["removed"] is True


async def test_no_chain_configured_and_a_chain_later(tmp_path: Path, node: str) -> None:
    """Off-chain with that reason, and the retry brings it to the chain once there is one."""
    async with opened(tmp_path, "off") as engine:
        batch = await engine.submit(price("c1", "c2"))
        found = await settled(engine, batch)
        assert said(found["c1"]) == (Outcome.OFF_CHAIN, "Price updated (off-chain)", "No chain configured")
    async with opened(tmp_path, node) as engine:
        await contact(engine)
        again = await engine.retry(batch.id)
        found = await settled(engine, again.batch)
        assert {outcome(item) for item in found.values()} == {Outcome.CONFIRMED}
    assert control(node, "contents/2")["price"] == 2_500_000


async def test_another_chain_is_refused(tmp_path: Path, node: str) -> None:
    """A database belongs to the chain it was first used with: on another one nothing is accepted or carried."""
    async with opened(tmp_path, node) as engine:
        await contact(engine)
    with devnet(tmp_path, "--file", str(tmp_path / "another.devnet")) as other:
        async with opened(tmp_path, other, chain_patience=0.5) as engine:
            async with asyncio.timeout(10):
                while not await refused(engine):
                    await asyncio.sleep(0.05)
            assert not (await engine.health()).ok
            with pytest.raises(Unavailable, match="belongs to"):
                await engine.submit(price("c3"))
            with pytest.raises(Unavailable, match="belongs to"):
                await engine.signers()


async def refused(engine: Engine) -> bool:
    return any(alert.key == REFUSED for alert in (await engine.changes("")).alerts)


async def test_a_hundred_in_few_blocks(tmp_path: Path) -> None:
    """100 calls of one signer with 2-second blocks: all confirmed, in at most 6 blocks."""
    with devnet(tmp_path, "--block-seconds", "2") as url:
        settings = Settings(database_url=f"sqlite:///{tmp_path}/deck.sqlite3", chain_url=url)
        async with open_engine(settings) as engine:
            many = [Content(f"m{n}", CREATOR, f"M {n}", 1, on_chain_id=n) for n in range(1, 101)]
            await engine.import_contents(many)
            await contact(engine)
            found = await settled(engine, await engine.submit(price(*(one.content_id for one in many))), 40)
    assert {outcome(item) for item in found.values()} == {Outcome.CONFIRMED}
    heights = {item.block_height for item in found.values()}
    assert max(heights) - min(heights) + 1 <= 6
