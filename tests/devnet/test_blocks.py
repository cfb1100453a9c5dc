"""How blocks are made: exact nonces, dearest first, whole chains at once; what mining does; and reorgs."""

from __future__ import annotations

import pytest

from engine.devnet import mining
from engine.settings import Settings
from engine.stacks.clarity import UInt
from tests.devnet.support import ALICE, AMPLE, BOB, EVE, TESTNET_CONTRACT, Clock, Node, at, pay, reprice


async def test_a_whole_window_goes_into_one_block_in_nonce_order(node: Node) -> None:
    """Posted in any order, 27 transactions of one account are mined one after another in the next block."""
    window = [reprice(content=n + 1, price=n + 1, nonce=n) for n in range(27)]
    await node.take(*reversed(window))
    assert await node.mine() == 27
    mined = await node.mined()
    assert [row["txid"] for row in mined] == [signed.txid for signed in window]
    assert {row["height"] for row in mined} == {2}
    assert [row["tx_index"] for row in mined] == list(range(27))
    assert [await node.price(n + 1) for n in range(27)] == list(range(1, 28))


async def test_the_highest_fee_goes_first_between_accounts(node: Node) -> None:
    """An account's own order is its nonces', whatever they pay."""
    cheap, dear = reprice(nonce=0, fee=300), reprice(nonce=1, fee=9000)
    other = reprice(BOB, content=41, nonce=0, fee=500)
    await node.take(cheap, dear, other)
    await node.mine()
    assert [row["txid"] for row in await node.mined()] == [other.txid, cheap.txid, dear.txid]


async def test_a_hole_holds_back_all_behind_it(node: Node) -> None:
    """Higher nonces wait, unmined, until the missing one comes; then all go at once."""
    await node.take(reprice(nonce=1), reprice(nonce=2))
    assert await node.mine() == 0
    await node.take(reprice(nonce=0))
    assert await node.mine() == 3


async def test_the_unpayable_blocks_the_rest(node: Node) -> None:
    """A chain that was admitted stops at the first that can't be paid any more, and goes on when there is money."""
    await node.control("fund", address=at(ALICE), balance=2500)
    await node.take(*(reprice(nonce=n) for n in range(4)))
    assert await node.mine() == 2
    assert await node.balance(at(ALICE)) == 500
    await node.control("fund", address=at(ALICE), balance=2000)
    assert await node.mine() == 2


async def test_a_transfer_that_its_sender_can_no_longer_pay_waits(node: Node) -> None:
    """Amount and fee count, not the fee alone."""
    await node.control("fund", address=at(ALICE), balance=5000)
    await node.take(pay(ALICE, at(BOB), 3000, nonce=0), pay(ALICE, at(BOB), 3000, nonce=1))
    assert await node.mine() == 1
    assert (await node.balance(at(ALICE)), await node.balance(at(BOB))) == (1000, AMPLE + 3000)


async def test_aborts_cost_the_fee_and_the_nonce(node: Node) -> None:
    """u404 unknown, u401 another's, u507 paused: nothing changes but nonce and balance."""
    await node.take(reprice(content=999, nonce=0), reprice(content=41, nonce=1))
    await node.mine()
    await node.control("contract", paused=True)
    await node.take(reprice(content=1, nonce=2))
    await node.mine()
    told = [await node.get(f"/extended/v1/tx/0x{row['txid']}") for row in await node.mined()]
    assert {tx["tx_status"] for tx in told} == {"abort_by_response"}
    assert [tx["tx_result"]["repr"] for tx in told] == ["(err u404)", "(err u401)", "(err u507)"]
    assert (await node.nonce(), await node.balance(at(ALICE))) == (3, AMPLE - 3000)
    assert (await node.price(1), await node.price(41)) == (100, 100)


async def test_a_removed_content_is_unknown_from_then_on(node: Node) -> None:
    """A second removal, and any price, aborts with u404."""
    remove = {"function": "remove-content", "args": [UInt(1)]}
    await node.take(reprice(nonce=0, **remove), reprice(nonce=1, **remove), reprice(nonce=2))
    await node.mine()
    assert [row["status"] for row in await node.mined()] == ["success", "abort_by_response", "abort_by_response"]
    assert (await node.get("/devnet/contents/1"))["removed"] is True


async def test_only_creator_and_owner_remove(node: Node) -> None:
    """The contract's owner may remove what isn't its own; a stranger may not, and nobody else sets a price."""
    removing = {"function": "remove-content", "args": [UInt(1)]}
    await node.take(reprice(EVE, **removing))
    owner = TESTNET_CONTRACT.partition(".")[0]
    await node.mine()
    assert (await node.mined())[-1]["status"] == "abort_by_response"
    await node.control("register", accounts=[owner])
    await node.control("foreign", address=owner, function="update-content-price", args=[1, 5])
    assert (await node.mined())[-1]["status"] == "abort_by_response"
    await node.control("foreign", address=owner, function="remove-content", args=[1])
    assert (await node.mined())[-1]["status"] == "success"


async def test_a_post_condition_that_does_not_hold_aborts(node: Node) -> None:
    """It demands that 1000 µSTX move, a price update moves none: undone, though the result would have been ok."""
    moved = bytes.fromhex("00010100000000000003e8")
    at_most = bytes.fromhex("00010500000000000003e8")
    await node.take(reprice(nonce=0, post_conditions=[moved]), reprice(nonce=1, price=7, post_conditions=[at_most]))
    await node.mine()
    assert [row["status"] for row in await node.mined()] == ["abort_by_post_condition", "success"]
    first = (await node.mined())[0]["txid"]
    assert (await node.get(f"/v3/transaction/{first}"))["result"] == "(ok true)"
    assert await node.price() == 7


async def test_fees_and_amounts_leave_the_sender(node: Node) -> None:
    """Balances move as on the chain."""
    await node.take(pay(ALICE, at(BOB), 5_000_000, fee=400))
    await node.mine()
    assert await node.balance(at(ALICE)) == AMPLE - 5_000_400
    assert await node.balance(at(BOB)) == AMPLE + 5_000_000


async def test_empty_blocks_only_deepen_confirmations(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    """The miner makes no block for nothing, but so many after one with transactions."""
    monkeypatch.setattr(mining, "EMPTY_AFTER", 6)
    devnet = node.devnet
    assert devnet is not None
    devnet.mine(always=False)
    assert devnet.ledger.tip == 1
    await node.take(reprice())
    for _ in range(20):
        devnet.mine(always=False)
    assert devnet.ledger.tip == 2 + 6


def test_whatever_depth_may_be_asked_for_is_reached() -> None:
    """With fewer empty blocks nothing would ever be confirmed where CONFIRMATIONS is high."""
    (bounds,) = (rule for rule in Settings.model_fields["confirmations"].metadata if hasattr(rule, "le"))
    assert bounds.le <= mining.EMPTY_AFTER


async def test_the_market_decides_what_is_mined(node: Node) -> None:
    """With the fee market up what pays too little stays, until it is replaced by what pays enough."""
    await node.take(reprice(fee=1000))
    await node.switch("market", 5000)
    assert await node.mine() == 0
    told = await node.refused(reprice(fee=4999))
    assert (told["reason"], told["reason_data"]["expected"]) == ("FeeTooLow", 5000)
    await node.take(reprice(fee=5000))
    assert await node.mine() == 1


async def test_a_fee_can_be_admitted_and_still_not_mined(node: Node) -> None:
    """The usual way to get stuck: the mempool takes it, the miners don't."""
    await node.switch("mining-fee", 5000)
    await node.take(reprice(fee=4999))
    assert await node.mine() == 0
    await node.take(reprice(fee=5001))
    assert await node.mine() == 1


async def test_what_is_too_old_is_let_go(node: Node, wall: Clock) -> None:
    """After 42 h 40 min unmined it is dropped_stale_garbage_collect, and may be posted anew."""
    waiting = reprice(nonce=1)
    await node.take(waiting)
    wall.now += 256 * 600 + 1
    await node.mine()
    assert await node.status(waiting) == "dropped_stale_garbage_collect"
    await node.take(reprice(nonce=0), waiting)
    assert await node.mine() == 2


async def test_a_reorg_takes_everything_back(node: Node) -> None:
    """Nonces, money, prices and removals are as before, the transactions are pending, and are mined again."""
    await node.take(reprice(nonce=0, price=7), pay(ALICE, at(BOB), 500, nonce=1))
    await node.mine()
    await node.take(reprice(nonce=2, price=9), reprice(nonce=3, function="remove-content", args=[UInt(1)]))
    await node.mine()
    assert (await node.control("reorg", blocks=2))["returned"] == 4
    assert (await node.nonce(), await node.price(), await node.mined()) == (0, 100, [])
    assert (await node.balance(at(ALICE)), await node.balance(at(BOB))) == (AMPLE, AMPLE)
    assert not (await node.get("/devnet/contents/1"))["removed"]
    assert await node.mine() == 4
    assert [row["nonce"] for row in await node.mined()] == [0, 1, 2, 3]


async def test_a_reorg_leaves_what_was_funded_since(node: Node) -> None:
    """Differences are undone, not balances; the order of arrival is as it was, so the same block comes again."""
    await node.take(reprice(BOB, content=41, nonce=0), reprice(nonce=0))
    await node.mine()
    before = [row["txid"] for row in await node.mined()]
    await node.control("fund", address=at(ALICE), balance=5_000_000)
    await node.control("reorg", blocks=1)
    assert await node.balance(at(ALICE)) == 5_001_000
    await node.mine()
    assert [row["txid"] for row in await node.mined()] == before


async def test_another_wallet_uses_the_nonce(node: Node) -> None:
    """What waited in that slot is outdone, and what took it can be read: contract, function, arguments."""
    mine = reprice(nonce=0)
    await node.take(mine)
    foreign = (await node.control("foreign", address=at(ALICE), function="update-content-price", args=[2, 9]))["txid"]
    assert await node.status(mine) == "dropped_replace_by_fee"
    assert await node.reason(mine) == "BadNonce"
    told = await node.get(f"/extended/v3/transactions/0x{foreign}", include="function_args")
    assert told["sender"] == {"address": at(ALICE), "nonce": 0}
    assert [arg["repr"] for arg in told["contract_call"]["function_args"]] == ["u2", "u9"]
    assert (await node.price(2), await node.nonce()) == (9, 1)
    plain = (await node.control("foreign", address=at(ALICE)))["txid"]
    assert (await node.get(f"/extended/v1/tx/0x{plain}"))["tx_type"] == "token_transfer"
    assert (await node.get(f"/v2/transactions/unconfirmed/{plain}"))["status"] == "Mempool"


async def test_registering_never_overwrites(node: Node) -> None:
    """What the chain knows is the chain's: only new contents count."""
    await node.take(reprice(price=7))
    await node.mine()
    told = await node.control("register", contents=[[1, at(BOB), 1], [2**128 - 1, at(BOB), 2**128 - 1]])
    assert told == {"registered": 1}
    assert await node.get("/devnet/contents/1") == {"owner": at(ALICE), "price": 7, "removed": False}
    assert await node.price(2**128 - 1) == 2**128 - 1
