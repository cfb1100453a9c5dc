"""What the status calls tell: the API's v3, v1 and batch call, the plain node's; behind switches, and late."""

from __future__ import annotations

import pytest

from tests.devnet.support import ALICE, BOB, TESTNET_CONTRACT, Node, at, pay, reprice


async def test_v3_tells_of_a_mined_call(node: Node) -> None:
    """Result and arguments come only when they are asked for, as in the real API."""
    signed = reprice(price=7)
    await node.take(signed)
    await node.mine()
    bare = await node.get(f"/extended/v3/transactions/0x{signed.txid}")
    assert (bare["tx_id"], bare["status"], bare["fee_rate"]) == (f"0x{signed.txid}", "success", "1000")
    assert bare["sender"] == {"address": at(ALICE), "nonce": 0}
    assert (bare["block"]["height"], bare["block"]["tx_index"], bare["vm_error"]) == (2, 0, None)
    call = {"contract_id": TESTNET_CONTRACT, "function_name": "update-content-price"}
    assert (bare["type"], bare["contract_call"]) == ("contract_call", call)
    assert "result" not in bare
    full = await node.get(f"/extended/v3/transactions/0x{signed.txid}", include="result,function_args")
    assert full["result"] == {"hex": "0x0703", "repr": "(ok true)"}
    assert [arg["repr"] for arg in full["contract_call"]["function_args"]] == ["u1", "u7"]


async def test_v3_tells_of_what_waits(node: Node) -> None:
    """Pending has no block; the transfer says to whom."""
    signed = pay(ALICE, at(BOB), 5)
    await node.take(signed)
    told = await node.get(f"/extended/v3/transactions/0x{signed.txid}")
    assert (told["status"], told["type"], "block" in told) == ("pending", "token_transfer", False)
    assert told["token_transfer"]["recipient_address"] == at(BOB)
    assert (told["receipt_time"], told["replaced_by_tx_id"]) == (1_800_000_000, None)


async def test_v1_redirects_to_the_form_with_0x_and_is_deprecated(node: Node) -> None:
    """The old call is still there, marked by a warning."""
    signed = reprice()
    await node.take(signed)
    moved = await node.http.get(f"/extended/v1/tx/{signed.txid}")
    assert (moved.status_code, moved.headers["location"]) == (302, f"/extended/v1/tx/0x{signed.txid}")
    told = await node.http.get(f"/extended/v1/tx/0x{signed.txid}")
    assert told.headers["warning"].startswith("299")
    assert (told.json()["tx_status"], told.json()["receipt_time_iso"]) == ("pending", "2027-01-15T08:00:00.000Z")
    await node.mine()
    mined = await node.get(f"/extended/v1/tx/0x{signed.txid}")
    assert (mined["tx_status"], mined["block_height"], mined["canonical"]) == ("success", 2, True)
    assert (mined["nonce"], mined["sender_address"], mined["fee_rate"]) == (0, at(ALICE), "1000")


async def test_many_are_asked_for_at_once(node: Node) -> None:
    """The batch call tells of each under the name it was asked by, also of those it doesn't know."""
    one, two = reprice(nonce=0), reprice(nonce=1)
    await node.take(one, two)
    unknown = "0x" + "ab" * 32
    told = await node.get("/extended/v1/tx/multiple", tx_id=f"0x{one.txid},0x{two.txid},{unknown}")
    assert [told[f"0x{tx.txid}"]["result"]["tx_status"] for tx in (one, two)] == ["pending", "pending"]
    assert told[unknown] == {"found": False, "result": {"tx_id": unknown}}
    repeated = await node.http.get(f"/extended/v1/tx/multiple?tx_id=0x{one.txid}&tx_id=0x{two.txid}")
    assert len(repeated.json()) == 2


@pytest.mark.parametrize("path", ["/extended/v3/transactions/0x{}", "/extended/v1/tx/0x{}"])
async def test_the_unknown_is_a_404_in_json(node: Node, path: str) -> None:
    """An unknown transaction isn't an unknown route: the API says which."""
    answer = await node.http.get(path.format("ab" * 32))
    assert (answer.status_code, answer.json()["statusCode"]) == (404, 404)
    assert "could not find transaction" in answer.json()["message"]


async def test_a_plain_node_tells_less(node: Node) -> None:
    """Its mempool call keeps saying Mempool after mining; its index knows only what is mined, and may be off."""
    signed = reprice()
    assert (await node.http.get(f"/v2/transactions/unconfirmed/{signed.txid}")).status_code == 404
    await node.take(signed)
    assert (await node.http.get(f"/v3/transaction/{signed.txid}")).status_code == 404
    await node.mine()
    waiting = await node.get(f"/v2/transactions/unconfirmed/{signed.txid}")
    assert waiting == {"tx": signed.raw.hex(), "status": "Mempool"}
    told = await node.get(f"/v3/transaction/{signed.txid}")
    assert (told["tx"], told["result"]) == (signed.raw.hex(), "(ok true)")
    assert (told["block_height"], told["is_canonical"]) == (2, True)
    await node.switch("no-txindex")
    assert (await node.http.get(f"/v3/transaction/{signed.txid}")).status_code == 501


async def test_each_family_of_the_api_can_be_missing(node: Node) -> None:
    """v1 gone is 410, v3 unknown is the API's own 404, no API at all is the node's; the batch call outlives v1."""
    txid = f"0x{reprice().txid}"
    v3, v1, batch = (
        f"/extended/v3/transactions/{txid}",
        f"/extended/v1/tx/{txid}",
        f"/extended/v1/tx/multiple?tx_id={txid}",
    )
    await node.switch("no-v1")
    gone = await node.http.get(v1)
    assert (gone.status_code, gone.json()) == (410, {"error": "Gone"})
    assert (await node.http.get(batch)).status_code == 200
    await node.switch("no-v3")
    unknown = await node.http.get(v3)
    assert (unknown.status_code, unknown.json()["message"]) == (404, f"Route GET:{v3} not found")
    await node.switch("no-api")
    for path in (v3, v1, batch, f"/extended/v3/principals/{at(ALICE)}/nonces"):
        answer = await node.http.get(path)
        assert (answer.status_code, answer.text) == (404, "Not Found")


async def test_the_api_lags_behind_its_node(node: Node) -> None:
    """The node's nonce moves at once, the API's status and nonces some blocks later."""
    signed = reprice()
    await node.take(signed)
    await node.switch("api-lag", 2)
    await node.mine()
    assert (await node.nonce(), await node.status(signed)) == (1, "pending")
    nonces = await node.get(f"/extended/v3/principals/{at(ALICE)}/nonces")
    assert (nonces["last_confirmed_nonce"], nonces["mempool"]["last_nonce"]) == (None, 0)
    assert (await node.get(f"/extended/v3/principals/{at(ALICE)}/mempool/transactions"))["total"] == 1
    await node.mine(2)
    assert await node.status(signed) == "success"
    assert (await node.get(f"/extended/v3/principals/{at(ALICE)}/transactions"))["total"] == 1


async def test_a_node_that_lags_lags_in_all_it_says(node: Node) -> None:
    """Tip, header, account, API and index stand some blocks back; by the header a client notices."""
    signed = reprice()
    await node.take(signed)
    await node.mine(3)
    await node.switch("node-lag", 3)
    answer = await node.http.get("/v2/info")
    assert (answer.json()["stacks_tip_height"], answer.headers["x-canonical-stacks-tip-height"]) == (1, "1")
    assert (await node.nonce(), await node.status(signed)) == (0, "pending")
    assert (await node.http.get(f"/v3/transaction/{signed.txid}")).status_code == 404
    assert (await node.get("/v3/health"))["difference_from_max_peer"] == 3
    await node.switch("node-lag", 1)
    assert (await node.nonce(), await node.status(signed)) == (1, "success")


async def test_nonces_as_both_versions_tell_them(node: Node) -> None:
    """Missing ones are named only for an account that executed something; pending never holds the highest."""
    paths = [f"/extended/v1/address/{at(ALICE)}/nonces", f"/extended/v3/principals/{at(ALICE)}/nonces"]
    await node.take(reprice(nonce=2), reprice(nonce=4))
    v1, v3 = [await node.get(path) for path in paths]
    assert v3 == {
        "next_nonce": 5,
        "last_confirmed_nonce": None,
        "mempool": {"last_nonce": 4, "pending_nonces": [], "missing_nonces": []},
    }
    await node.take(reprice(nonce=0))
    await node.mine()
    v1, v3 = [await node.get(path) for path in paths]
    assert v1 == {
        "last_mempool_tx_nonce": 4,
        "last_executed_tx_nonce": 0,
        "possible_next_nonce": 5,
        "detected_missing_nonces": [3, 1],
        "detected_mempool_nonces": [2],
    }
    assert v3["mempool"] == {"last_nonce": 4, "pending_nonces": [2], "missing_nonces": [3, 1]}
    await node.take(reprice(nonce=1), reprice(nonce=3))
    await node.mine()
    assert (await node.get(paths[0]))["last_mempool_tx_nonce"] is None


async def test_what_an_account_did_comes_in_pages_newest_first(node: Node) -> None:
    """Follow the cursor to the end, and nothing is missing or told twice; arguments are not in the list."""
    await node.take(*(reprice(content=n + 1, nonce=n) for n in range(25)))
    await node.mine()
    path, nonces, cursor = f"/extended/v3/principals/{at(ALICE)}/transactions", [], "0"
    while cursor is not None:
        page = await node.get(path, limit=10, cursor=cursor)
        assert page["total"] == 25
        nonces += [row["sender"]["nonce"] for row in page["results"]]
        assert all("function_args" not in row["contract_call"] for row in page["results"])
        cursor = page["cursor"]["next"]
    assert nonces == list(range(24, -1, -1))
    assert (await node.http.get(path, params={"limit": "many"})).status_code == 400


async def test_every_good_answer_names_the_tip(node: Node) -> None:
    """By this header a client finds a node that lags; refusals don't carry it."""
    await node.mine(3)
    answer = await node.http.get("/v2/info")
    assert answer.headers["x-canonical-stacks-tip-height"] == "4"
    assert answer.json()["stacks_tip_height"] == 4
    assert "x-canonical-stacks-tip-height" not in (await node.http.get("/v2/nothing")).headers
