"""What an account really did, read from an API's list: matched by contract, function and arguments."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from engine.core.operations import Call
from engine.devnet.faults import parse
from engine.node import HttpNode, history
from engine.ports import CantTell, MinedCall, MinedTransaction, NodeUnreachable, StillReading, Waiting
from engine.stacks import clarity
from engine.stacks.clarity import UInt
from tests.node.loopback import SENDER, Reply, Request, both, ok, text
from tests.node.test_against_devnet import NOW, address, play, signed
from tests.stacks.support import CONTRACT

V3 = f"/extended/v3/principals/{SENDER}/transactions"
V2 = f"/extended/v2/addresses/{SENDER}/transactions"
STRANGER = "ST2CY5V39NHDPWSXMW9QDT3HC3GD6Q6XX4CFRK9AG"


@pytest.mark.parametrize("missing", [[], ["no-v3"], ["no-v1"]])
async def test_what_an_account_did_is_told_with_its_arguments(tmp_path: Path, missing: list[str]) -> None:
    """Over two pages and more, by nonce, whichever form of the API there is; a call compares with an item's."""
    async with play(tmp_path / "chain") as (devnet, node):
        await node.register([(1, address(devnet), 3), (2, address(devnet, "b"), 3)], [address(devnet)])
        devnet.mine_foreign(address(devnet))
        for start in range(1, 60, 20):
            for nonce in range(start, start + 20):
                transaction = signed(devnet, content=1 + nonce % 2, nonce=nonce)
                await node.broadcast(transaction.raw, transaction.txid, NOW)
            devnet.mine()
        for name in missing:
            devnet.faults.set(*parse(name))
        found = await node.mined_from(address(devnet), 5)
        assert found is not None
        assert [one.nonce for one in found] == list(range(5, 61))
        assert {one.succeeded for one in found if one.nonce % 2 == 0} == {True}
        aborted = {(one.succeeded, one.reason.split(",")[0]) for one in found if one.nonce % 2}
        assert aborted == {(False, "Aborted by the contract: u401")}
        call = Call("update-content-price", (UInt(1), UInt(5)))
        first = found[1].call
        assert first is not None
        assert (first.contract, first.function, first.args) == (devnet.contract, call.function, call.args)
        (block,) = devnet.ledger.rows("SELECT time FROM block ORDER BY height DESC LIMIT 1")
        assert found[-1].mined_at == datetime.fromtimestamp(block["time"], UTC)
        assert (found[1].txid, found[1].fee) == (signed(devnet, content=1, nonce=6).txid, 1000)
        everything = await node.mined_from(address(devnet), 0)
        assert everything is not None
        assert (len(everything), everything[0].call) == (61, None)
        assert await node.mined_from(address(devnet), 61) == ()


async def test_what_waits_in_the_mempool_counts_too(tmp_path: Path) -> None:
    """The nonce after all that was mined or waits, and what is missing below, by either form of the API."""
    async with play(tmp_path / "chain") as (devnet, node):
        await node.register([(1, address(devnet), 3)], [address(devnet)])
        assert await node.waiting(address(devnet), 0, 0) == Waiting(0)
        devnet.mine_foreign(address(devnet))
        for nonce in (1, 3):
            transaction = signed(devnet, content=1, nonce=nonce)
            await node.broadcast(transaction.raw, transaction.txid, NOW)
        assert await node.waiting(address(devnet), 1, 0) == Waiting(4, frozenset({2}))
        devnet.faults.set(*parse("no-v3"))
        assert await node.waiting(address(devnet), 1, 0) == Waiting(4, frozenset({2}))
        devnet.faults.set(*parse("no-api"))
        assert await node.waiting(address(devnet), 1, 0) is None


@pytest.mark.parametrize("missing", [[], ["no-v3"]], ids=str)
async def test_a_view_of_what_waits_that_is_older_than_the_account_is_not_believed(
    tmp_path: Path, missing: list[str]
) -> None:
    """An API some blocks behind doesn't show what was mined meanwhile, nor what waits: it can't tell, and is well."""
    async with play(tmp_path / "chain") as (devnet, node):
        await node.register([(1, address(devnet), 3)], [address(devnet)])
        for _ in range(2):
            devnet.mine_foreign(address(devnet))
        for name in [*missing, "api-lag=1"]:
            devnet.faults.set(*parse(name))
        with pytest.raises(CantTell, match="behind"):
            await node.waiting(address(devnet), 2, 0)
        devnet.faults.set(*parse("api-lag=0"))
        assert await node.waiting(address(devnet), 2, 0) == Waiting(2)


async def test_a_node_below_the_tip_cant_tell_what_waits() -> None:
    """Its answer names its height: lower than the one that is known, it proves nothing."""
    async with both() as (served, node):
        told = {"next_nonce": 4, "last_confirmed_nonce": 3}
        served.routes = {f"/extended/v3/principals/{SENDER}/nonces": ok(told, x_canonical_stacks_tip_height="49")}
        with pytest.raises(CantTell, match="behind"):
            await node.waiting(SENDER, 4, 50)
        assert await node.waiting(SENDER, 4, 49) == Waiting(4)


async def test_a_plain_node_has_no_list(tmp_path: Path) -> None:
    """None isn't the empty list: nothing is known, so nothing may be concluded."""
    async with play(tmp_path / "chain") as (devnet, node):
        assert await node.mined_from(address(devnet), 0) == ()
        devnet.faults.set(*parse("no-api"))
        assert await node.mined_from(address(devnet), 0) is None


async def test_a_list_that_fails_is_no_list_that_is_missing(tmp_path: Path) -> None:
    """An outage raises: it must not look like a node without a list."""
    async with play(tmp_path / "chain") as (devnet, node):
        devnet.faults.set(*parse("down"))
        with pytest.raises(NodeUnreachable):
            await node.mined_from(address(devnet), 0)


def row(nonce: int, sender: str = SENDER, **other: object) -> dict[str, object]:
    """A row as a real API tells it: wrapped, with what it meant to the account beside it."""
    transaction = {
        "tx_id": f"0x{nonce:064x}",
        "status": "success",
        "fee_rate": "300",
        "type": "contract_call",
        "sender": {"address": sender, "nonce": nonce},
        "sponsor": None,
        "block": {"height": 7},
        "contract_call": {"contract_id": CONTRACT, "function_name": "remove-content"},
        **other,
    }
    return {"transaction": transaction, "involvement": "sender"}


def detail(request: Request) -> Reply:
    """The batch call's answer for whatever is asked about."""
    asked = request.target.partition("?")[2].split("&")
    args = [{"hex": "0x" + clarity.serialize(UInt(1)).hex(), "repr": "u1"}]
    entries = {}
    for name in (one.removeprefix("tx_id=") for one in asked):
        nonce = int(name, 16)
        called = {"contract_id": CONTRACT, "function_name": "remove-content", "function_args": args}
        told = {"tx_id": name, "tx_status": "success", "tx_type": "contract_call", "block_height": 7, "nonce": nonce}
        told |= {"sender_address": SENDER, "fee_rate": "300", "contract_call": called, "canonical": True}
        entries[name] = {"found": True, "result": told}
    return ok(entries)


def pages(*results: list[object]) -> list[Reply]:
    marks = [*(f"{n}:0:0" for n in range(1, len(results))), None]
    return [
        ok({"limit": 50, "cursor": {"next": mark}, "results": found})
        for mark, found in zip(marks, results, strict=True)
    ]


async def test_what_was_only_received_is_left_out() -> None:
    """A real list also names what others sent to the account; their nonces are none of ours."""
    async with both() as (served, node):
        served.routes = {V3: pages([row(90, STRANGER), row(6)], [row(3, STRANGER), row(5)], [row(4)])}
        served.routes["/extended/v1/tx/multiple"] = detail
        call = MinedCall(CONTRACT, "remove-content", (UInt(1),))
        wanted = tuple(MinedTransaction(f"{nonce:064x}", nonce, True, 7, 300, call) for nonce in (5, 6))
        assert await node.mined_from(SENDER, 5) == wanted
        queries = [request.target.partition("?")[2] for request in served.requests if request.path == V3]
        assert queries == ["limit=50", "limit=50&cursor=1%3A0%3A0", "limit=50&cursor=2%3A0%3A0"]


async def test_what_was_mined_before_is_read_no_further() -> None:
    """A list of years ends at the first block before the moment asked for; a row without a time ends nothing."""
    async with both() as (served, node):
        served.routes = {
            V3: pages(
                [row(9, block={"height": 7, "time": 1_000_000_300}), row(8)],
                [row(7, block={"height": 6, "time": 1_000_000_100})],
                [row(6)],
            )
        }
        served.routes["/extended/v1/tx/multiple"] = detail
        found = await node.mined_from(SENDER, 0, datetime.fromtimestamp(1_000_000_200, UTC))
        assert found is not None
        assert [one.nonce for one in found] == [7, 8, 9]
        assert [one.mined_at and one.mined_at.timestamp() for one in found] == [1_000_000_100, None, 1_000_000_300]
        assert len([request for request in served.requests if request.path == V3]) == 2


@pytest.mark.parametrize("time", ["1000", -1, 1.5, 10**12, [1]], ids=str)
async def test_a_block_time_that_is_none_is_refused(time: object) -> None:
    """Who can't tell the time isn't believed: nothing is concluded from such a row."""
    async with both() as (served, node):
        served.routes = {V3: pages([row(5, block={"height": 7, "time": time})])}
        with pytest.raises(NodeUnreachable, match="block time"):
            await node.mined_from(SENDER, 0)


async def test_an_account_that_paid_for_another_used_its_nonce_too() -> None:
    """A sponsored transaction takes the sponsor's nonce, and is no call of the sponsor's."""
    async with both() as (served, node):
        paid = row(90, STRANGER, sponsor={"address": SENDER, "nonce": 5})
        served.routes = {V3: pages([paid])}
        assert await node.mined_from(SENDER, 5) == (MinedTransaction(f"{90:064x}", 5, True, 7, 300, None),)


@pytest.mark.parametrize(
    "answer",
    [
        ok([]),
        ok({"results": {}}),
        ok({"results": [1], "cursor": {"next": None}}),
        ok({"results": [row(5, tx_id="0x12")], "cursor": {"next": None}}),
        ok({"results": [row(5, sender={"address": SENDER, "nonce": -1})], "cursor": {"next": None}}),
        ok({"results": [row(5, fee_rate="-3")], "cursor": {"next": None}}),
        ok({"results": [row(5, status="melted", type="coinbase")], "cursor": {"next": None}}),
        ok({"results": [row(5, contract_call={"contract_id": "x", "function_name": "f"})], "cursor": {"next": None}}),
        ok({"results": [row(5), row(5, tx_id="0x" + "9" * 64, type="coinbase")], "cursor": {"next": None}}),
        ok({"results": [row(5)], "cursor": {"next": "1:0:0"}}),
        Reply(200, b"<html>busy</html>", {"content-type": "text/html"}),
        text("Bad Gateway", 502),
    ],
    ids=str,
)
async def test_a_list_that_makes_no_sense_is_not_believed(answer: Reply) -> None:
    """Garbage, a circle, two transactions at one nonce: NodeUnreachable, and the question is asked again later."""
    async with both() as (served, node):
        served.routes = {V3: answer, "/extended/v1/tx/multiple": detail}
        with pytest.raises(NodeUnreachable):
            await node.mined_from(SENDER, 5)


async def test_the_older_list_is_read_where_the_newer_is_unknown() -> None:
    """A v2 row wraps a v1 transaction; pages go by offset until one is empty."""

    def older(request: Request) -> Reply:
        start = int(request.target.partition("offset=")[2])
        rows = [{"tx": _v1(nonce)} for nonce in range(7 - start, 4, -1)][:2]
        return ok({"limit": 50, "offset": start, "total": 3, "results": rows})

    async with both() as (served, node):
        served.routes = {V3: ok({"message": "Route GET:/x not found"}, 404), V2: older}
        found = await node.mined_from(SENDER, 0)
        assert found is not None
        assert [(one.nonce, one.call) for one in found] == [(5, None), (6, None), (7, None)]


def _v1(nonce: int) -> dict[str, object]:
    told = {"tx_id": f"0x{nonce:064x}", "tx_status": "success", "tx_type": "token_transfer", "block_height": 7}
    return {**told, "nonce": nonce, "sender_address": SENDER, "fee_rate": "300", "sponsored": False}


class LongList:
    """An account's list, three rows a page, each page named by its first nonce; ``busy`` answers 429 so often."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.busy = 0
        self.asked = 0
        self.others: dict[int, str] = {}

    def __call__(self, request: Request) -> Reply:
        if self.busy:
            self.busy -= 1
            return text("slow down", 429)
        self.asked += 1
        _, _, mark = request.target.partition("cursor=")
        first = int(mark or self.count - 1)
        rows = [row(nonce, **self._other(nonce)) for nonce in range(first, max(-1, first - 3), -1)]
        return ok({"cursor": {"next": str(first - 3) if first > 2 else None}, "results": rows})

    def _other(self, nonce: int) -> dict[str, object]:
        return {"tx_id": self.others[nonce], "type": "coinbase"} if nonce in self.others else {}


async def read_on(node: HttpNode, nonce: int) -> list[int]:
    """Ask until the list is read to its end; return its nonces."""
    for _ in range(20):
        try:
            found = await node.mined_from(SENDER, nonce)
        except NodeUnreachable:
            continue
        assert found is not None
        return [one.nonce for one in found]
    raise AssertionError("it never came to its end")


async def test_a_long_list_is_read_on_from_where_it_was_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """So many pages a call, none twice but the first; a 429 in between loses nothing, and what is new is found."""
    monkeypatch.setattr(history, "AT_ONCE", 4)
    listed = LongList(60)
    async with both() as (served, node):
        served.routes = {V3: listed, "/extended/v1/tx/multiple": detail}
        for read in (12, 21):
            with pytest.raises(StillReading, match=f"{read} transactions so far"):
                await node.mined_from(SENDER, 1)
        listed.busy, listed.count = 1, 62
        with pytest.raises(NodeUnreachable):
            await node.mined_from(SENDER, 1)
        monkeypatch.setattr("engine.node.patience.UNTOLD", 0.0)
        node._wire._pace.rest_until = 0.0
        assert await read_on(node, 1) == list(range(1, 62))
        pages, heads = 4 + 3 + 13, 1 + 5
        assert listed.asked == pages + heads


async def test_a_list_that_a_reorg_changed_under_way_is_read_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another transaction took a nonce that was read already: never both, never the old one."""
    monkeypatch.setattr(history, "AT_ONCE", 4)
    listed = LongList(30)
    async with both() as (served, node):
        served.routes = {V3: listed, "/extended/v1/tx/multiple": detail}
        with pytest.raises(StillReading):
            await node.mined_from(SENDER, 0)
        listed.others[29] = "0x" + "9" * 64
        assert await read_on(node, 0) == list(range(30))
        found = await node.mined_from(SENDER, 28)
        assert found is not None
        assert found[-1].txid == "9" * 64
