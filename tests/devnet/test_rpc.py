"""The node's reading routes: itself, accounts, fees, and the contract without a transaction."""

from __future__ import annotations

from typing import Any

from engine.stacks import payload_bytes
from engine.stacks.clarity import Bool, UInt, Value, deserialize, serialize, to_repr
from tests.devnet.support import ALICE, AMPLE, BOB, TESTNET_CONTRACT, Node, at, pay, reprice

ADDRESS, NAME = TESTNET_CONTRACT.split(".")


def hex_of(value: Value) -> str:
    return "0x" + serialize(value).hex()


async def call(node: Node, function: str, *args: Value, sender: str = at(ALICE)) -> str:
    """Preflight a call; return its result's repr, or its cause."""
    body = {"sender": sender, "arguments": [hex_of(arg) for arg in args]}
    told = (await node.http.post(f"/v2/contracts/call-read/{ADDRESS}/{NAME}/{function}", json=body)).json()
    return to_repr(deserialize(bytes.fromhex(told["result"][2:]))) if told["okay"] else str(told["cause"])


async def test_it_says_that_it_is_simulated(node: Node) -> None:
    """Nobody may take the devnet for a real chain; the network id can be wrong only by a switch."""
    info = await node.get("/v2/info")
    assert "simulated" in info["server_version"]
    assert (info["network_id"], info["is_fully_synced"]) == (0x80000000, True)
    own = await node.get("/devnet/info")
    assert (own["simulated"], own["network"], own["contract"]) == (True, "testnet", TESTNET_CONTRACT)
    assert len(own["id"]) == 16
    await node.switch("network-id", 1)
    assert (await node.get("/v2/info"))["network_id"] == 1


async def test_accounts_tell_the_confirmed_nonce_alone(node: Node) -> None:
    """The mempool isn't counted; an unknown account is zeros, what is no account is a 400."""
    await node.take(reprice())
    known = await node.get(f"/v2/accounts/{at(ALICE)}", proof=0)
    assert known == {"balance": f"0x{AMPLE:032x}", "locked": f"0x{0:032x}", "unlock_height": 0, "nonce": 0}
    unknown = await node.get("/v2/accounts/ST000000000000000000002AMW42H", proof=0)
    assert (int(unknown["balance"], 16), unknown["nonce"]) == (0, 0)
    wrong = await node.http.get("/v2/accounts/nobody")
    assert (wrong.status_code, wrong.headers["content-type"].partition(";")[0]) == (400, "text/plain")


async def fee(node: Node, payload: bytes, length: int | None = None) -> Any:
    body = {"transaction_payload": payload.hex()} | ({"estimated_len": length} if length else {})
    return await node.http.post("/v2/fees/transaction", json=body)


async def test_a_fee_is_estimated_only_for_what_was_mined(node: Node) -> None:
    """NoEstimateAvailable is normal for a function that the node never saw; the fee is never under the length."""
    price = payload_bytes(TESTNET_CONTRACT, "update-content-price", [UInt(1), UInt(2)])
    removal = payload_bytes(TESTNET_CONTRACT, "remove-content", [UInt(1)])
    none = await fee(node, price, 209)
    assert (none.status_code, none.json()["reason"]) == (400, "NoEstimateAvailable")
    await node.take(reprice(nonce=0))
    await node.mine()
    fees = [one["fee"] for one in (await fee(node, price, 209)).json()["estimations"]]
    assert fees == [209, 418, 836]
    assert (await fee(node, removal, 186)).json()["reason"] == "NoEstimateAvailable"
    await node.switch("market", 5000)
    assert (await fee(node, price, 209)).json()["estimations"][0]["fee"] == 5000
    assert (await node.http.get("/v2/fees/transfer")).json() == 1


async def test_a_fee_may_not_be_estimated_at_all(node: Node) -> None:
    """A node without estimator answers with a bare JSON string, nonsense with plain text."""
    nonsense = await fee(node, b"\x09")
    assert (nonsense.status_code, nonsense.headers["content-type"].partition(";")[0]) == (400, "text/plain")
    await node.switch("no-estimator")
    answer = await fee(node, b"\x09")
    assert (answer.status_code, answer.json()) == (400, "Fee estimation not supported on this node")


async def test_a_preflight_tells_how_a_call_would_end(node: Node) -> None:
    """NotReadOnly means that it would have written; an error code means that it would have aborted."""
    assert "NotReadOnly" in await call(node, "update-content-price", UInt(1), UInt(7))
    assert await call(node, "update-content-price", UInt(1), UInt(7), sender=at(BOB)) == "(err u401)"
    assert await call(node, "update-content-price", UInt(999), UInt(7)) == "(err u404)"
    assert await call(node, "get-content-price", UInt(1)) == "(ok u100)"
    assert await call(node, "get-content-info", UInt(1)) == f"(some (tuple (creator '{at(ALICE)}) (price u100)))"
    assert await call(node, "get-content-info", UInt(999)) == "none"
    await node.control("contract", paused=True)
    assert await call(node, "remove-content", UInt(1)) == "(err u507)"
    assert "TypeValueError" in await call(node, "remove-content", Bool(True))
    assert "UndefinedFunction" in await call(node, "nothing")
    assert await node.price() == 100


async def test_a_bad_preflight_is_plain_text(node: Node) -> None:
    """What can't be decoded is a 400."""
    for body in ({}, {"sender": at(ALICE), "arguments": ["zz"]}, {"sender": at(ALICE), "arguments": [5]}):
        path = f"/v2/contracts/call-read/{ADDRESS}/{NAME}/remove-content"
        assert (await node.http.post(path, json=body)).status_code == 400


async def test_the_map_of_contents_can_be_read(node: Node) -> None:
    """An entry is some tuple of creator and price, an absent one none."""
    path = f"/v2/map_entry/{ADDRESS}/{NAME}/contents"
    found = (await node.http.post(path, json=hex_of(UInt(1)))).json()["data"]
    assert to_repr(deserialize(bytes.fromhex(found[2:]))) == f"(some (tuple (creator '{at(ALICE)}) (price u100)))"
    assert (await node.http.post(path, json=hex_of(UInt(999)))).json() == {"data": "0x09"}
    assert (await node.http.post(path, json="zz")).status_code == 400
    assert (await node.http.post(path, json=5)).status_code == 400
    assert (await node.http.post(path.replace("contents", "other"), json=hex_of(UInt(1)))).status_code == 404


async def test_the_interface_names_the_functions(node: Node) -> None:
    """Public and read-only ones with their arguments; an absent contract is a 404."""
    told = await node.get(f"/v2/contracts/interface/{ADDRESS}/{NAME}")
    access = {function["name"]: function["access"] for function in told["functions"]}
    assert access == {
        "update-content-price": "public",
        "remove-content": "public",
        "get-content-price": "read_only",
        "get-content-info": "read_only",
    }
    assert (await node.http.get(f"/v2/contracts/interface/{ADDRESS}/other")).status_code == 404


async def test_its_health_is_its_tip(node: Node) -> None:
    """It has no peers, so it is never behind them."""
    await node.take(pay(ALICE, at(BOB)))
    await node.mine()
    told = await node.get("/v3/health")
    assert (told["node_stacks_tip_height"], told["difference_from_max_peer"]) == (2, 0)
