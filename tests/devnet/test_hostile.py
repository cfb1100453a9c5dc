"""Hostile input: whatever comes in, the node answers with a refusal, never with a 500, and goes on."""

from __future__ import annotations

import pytest

from tests.devnet.support import ALICE, TESTNET_CONTRACT, Node, at, reprice

JSON = {"content-type": "application/json"}
CONTRACT = TESTNET_CONTRACT.replace(".", "/")
POSTS = [
    "/v2/transactions",
    "/v2/fees/transaction",
    f"/v2/contracts/call-read/{CONTRACT}/get-content-price",
    f"/v2/map_entry/{CONTRACT}/contents",
    *(f"/devnet/{name}" for name in ("register", "fund", "contract", "faults", "mine", "foreign", "reorg")),
]
BODIES = [
    b"[" * 100_000, b'{"a":' * 100_000, b"NaN", b"Infinity", b"-1e999", b"9" * 5000, b"\xff\xfe", b"null", b'"x"',
    b"[]", b"", b'{"tx":[]}', b'{"transaction_payload":"00","estimated_len":Infinity}', b'{"transaction_payload":1}',
    b'{"sender":"\\ud800","arguments":["0100000000000000000000000000000001"]}', b'{"arguments":5,"sender":1}',
    b'{"seed":1e400}', b'{"latencies":[NaN]}', b'{"latencies":[-1]}', b'{"latencies":5}', b'{"\\ud800":{}}',
    b'{"drop":{"count":1e400}}', b'{"drop":{"probability":NaN}}', b'{"refuse":{"value":"\\ud800"}}', b'{"429":5}',
    b'{"market":{"value":"1e30"}}', b'{"network-id":{"value":"nan"}}', b'{"contents":[[1,2,3]]}', b'{"contents":5}',
    b'{"accounts":["\\ud800"]}', b'{"blocks":1e400}', b'{"blocks":true}', b'{"paused":1}', b'{"address":[]}',
]  # fmt: skip
PATHS = [
    *(f"/devnet/contents/{name}" for name in ("9" * 5000, "-1", "%EF%BC%91", "x", "%00")),
    "/extended/v1/tx/multiple?tx_id=%00,%ff",
    f"/extended/v1/tx/0x{'a' * 9000}",
    "/extended/v3/transactions/%ff%00",
    f"/extended/v3/principals/{at(ALICE)}/transactions?cursor=-5&limit=-3",
    f"/extended/v3/principals/{at(ALICE)}/transactions?cursor={'9' * 5000}",
    "/extended/v3/principals/%ff/nonces",
    "/extended/v1/address/%00/nonces",
    "/v2/accounts/%ff",
    "/v2/transactions/unconfirmed/%00",
    "/v3/transaction/%ff%00",
    "/v2/contracts/interface/%ff/x",
]


@pytest.mark.parametrize("path", POSTS)
async def test_no_body_breaks_a_route(node: Node, path: str) -> None:
    """Too deep, too large, not a number, no UTF-8, of the wrong type: refused, and the next call is served."""
    for body in BODIES:
        answer = await node.http.post(path, content=body, headers=JSON)
        assert answer.status_code < 500, body[:60]
        assert (await node.http.get("/devnet/faults")).status_code == 200, body[:60]
    await node.take(reprice())
    assert await node.mine() == 1


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path[:50])
async def test_no_address_breaks_a_route(node: Node, path: str) -> None:
    """Names that are no names, and numbers beyond all bounds."""
    assert (await node.http.get(path)).status_code < 500


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("api-lag", ""),
        ("market", "1.5"),
        ("network-id", str(2**32)),
        ("503", "banana"),
        ("latency", "inf"),
        ("hang-after", "-1"),
        ("429", "soon"),
        ("drop", "7"),
        ("refuse", "a b"),
    ],
)
async def test_a_value_that_a_switch_can_not_have_is_refused(node: Node, name: str, value: str) -> None:
    """A switch that does nothing, or breaks the node, must not pass as set."""
    answer = await node.http.post("/devnet/faults", json={name: {"value": value}})
    assert answer.status_code == 400
    assert (await node.get("/devnet/faults"))["on"] == {}


async def test_a_list_of_latencies_is_taken_whole_or_not_at_all(node: Node) -> None:
    """Seconds, finite and not negative."""
    answer = await node.http.post("/devnet/faults", json={"latencies": [0.1, -1]})
    assert answer.status_code == 400
    assert node.devnet is not None
    assert not node.devnet.faults.latencies


async def test_a_body_without_its_length_is_refused(node: Node) -> None:
    """A node takes no chunked requests."""

    async def chunks():
        yield reprice().raw

    answer = await node.http.post("/v2/transactions", content=chunks())
    assert (answer.status_code, answer.headers["content-type"].split(";")[0]) == (400, "text/plain")
