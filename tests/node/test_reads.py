"""Reads: right answers become nouns, and every wrong one becomes NodeUnreachable and nothing else."""

from __future__ import annotations

import json
import socket
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import pytest

from engine.core.content_story import OnChain
from engine.core.events import TxDeferred
from engine.node import HttpNode
from engine.node.patience import Pace
from engine.ports import Account, CantTell, NodeInfo, NodeUnreachable
from engine.stacks import clarity, parse_transaction
from engine.stacks.clarity import Ascii, Err, Nothing, Ok, Principal, Some, Tuple, UInt
from tests.node.loopback import CALL, RAW, SENDER, TIMEOUT, TXID, Reply, both, client, ok, text
from tests.stacks.support import CONTRACT

ACCOUNT = f"/v2/accounts/{SENDER}"
FEES = "/v2/fees/transaction"
CALL_READ = "/v2/contracts/call-read/*"
INFO = {"network_id": 2147483648, "stacks_tip_height": 42, "server_version": "stacks-node 3.1"}
GOOD_ACCOUNT = {"balance": f"0x{5_000_000:032x}", "locked": "0x00", "nonce": 7}
ESTIMATIONS = [{"fee_rate": 1.5, "fee": fee} for fee in (300, 1200, 9000)]

Read = Callable[[HttpNode], Awaitable[object]]
READS: dict[str, Read] = {
    "info": lambda node: node.info(),
    "account": lambda node: node.account(SENDER),
    "fee": lambda node: node.fee(CALL, 209),
    "look_up": lambda node: node.look_up([TXID]),
    "preflight": lambda node: node.preflight(CALL, SENDER),
    "content": lambda node: node.content(7),
    "register": lambda node: node.register([(1, SENDER, 5)], [SENDER]),
}


async def test_info_of_a_real_node() -> None:
    """A node says its network, its tip and its version; it is no devnet."""
    async with both() as (server, node):
        server.routes["/v2/info"] = ok(INFO, x_canonical_stacks_tip_height="43")
        assert await node.info() == NodeInfo(2147483648, 42, "stacks-node 3.1")
        assert node.tip_height == 43
        assert server.paths() == ["/v2/info"]


async def test_info_of_a_devnet() -> None:
    """Our simulated node also says which chain it is and which contract stands there."""
    told = {"id": "d1", "network": "testnet", "contract": CONTRACT, "simulated": True, "block_seconds": 2.0}
    async with both(contract=None) as (server, node):
        server.routes["/v2/info"] = ok({**INFO, "server_version": "batchdeck-devnet 1"})
        server.routes["/devnet/info"] = ok(told)
        info = await node.info()
        assert (info.devnet_id, info.contract, node.contract) == ("d1", CONTRACT, CONTRACT)
        server.routes["/devnet/info"] = ok({**told, "contract": "not-a-contract"})
        with pytest.raises(NodeUnreachable):
            await node.info()


async def test_an_account_without_its_proof() -> None:
    """The nonce is the next to be mined, the balance comes as hex."""
    async with both() as (server, node):
        server.routes[ACCOUNT] = ok(GOOD_ACCOUNT)
        assert await node.account(SENDER) == Account(7, 5_000_000)
        assert server.requests[0].target == f"{ACCOUNT}?proof=0"


async def test_the_middle_estimate_of_the_right_call() -> None:
    """The node gets the very payload that will be signed, and the middle of its three estimates counts."""
    async with both() as (server, node):
        server.routes[FEES] = ok({"estimations": ESTIMATIONS, "cost_scalar_change_by_byte": 0.01})
        assert await node.fee(CALL, 209) == 1200
        asked = json.loads(server.requests[0].body)
        assert asked["estimated_len"] == 209
        assert RAW.hex().endswith(asked["transaction_payload"])
        assert parse_transaction(RAW).payload.wire.hex() == asked["transaction_payload"]


@pytest.mark.parametrize(
    "reply",
    [
        ok({"error": "Estimation could not be performed", "reason": "NoEstimateAvailable"}, 400),
        ok("Fee estimation not supported on this node", 400),
        text("Failed to decode: payload", 400),
        text("not found", 404),
    ],
)
async def test_no_estimate_is_no_outage(reply: Reply) -> None:
    """A node that never saw the function has no estimate: the default fee is used then."""
    async with both() as (server, node):
        server.routes[FEES] = reply
        assert await node.fee(CALL, 209) is None


async def test_without_a_contract_there_is_nothing_to_ask() -> None:
    """No contract known yet: no estimate, and no preflight that claims a success."""
    async with both(contract=None) as (server, node):
        assert await node.fee(CALL, 209) is None
        with pytest.raises(NodeUnreachable):
            await node.preflight(CALL, SENDER)
        with pytest.raises(NodeUnreachable):
            await node.content(7)
        assert server.requests == []


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        ({"okay": False, "cause": "Unchecked(NotReadOnly)"}, None),
        ({"okay": True, "result": "0x" + clarity.serialize(Ok(UInt(1))).hex()}, None),
        (
            {"okay": True, "result": "0x" + clarity.serialize(Err(UInt(401))).hex()},
            "the signer is not the creator (u401): sign with the creator's key",
        ),
        (
            {"okay": False, "cause": "Unchecked(\x1b[2JNoSuchContract)"},
            "the contract can't run this call (Unchecked( [2JNoSuchContract)): check CONTRACT",
        ),
        ({"okay": False, "cause": ""}, "the contract can't run this call (the node gives no reason): check CONTRACT"),
        (
            {"okay": True, "result": "0x" + clarity.serialize(Err(UInt(7))).hex()},
            "the contract would answer (err u7)",
        ),
    ],
    ids=str,
)
async def test_a_preflight(answer: dict[str, object], verdict: str | None) -> None:
    """A call that came as far as writing would have written; an error is told as what it would be."""
    async with both() as (server, node):
        server.routes[CALL_READ] = ok(answer)
        assert await node.preflight(CALL, SENDER) == verdict
        (request,) = server.requests
        assert request.path.endswith(f"/{CONTRACT.replace('.', '/')}/update-content-price")
        assert json.loads(request.body) == {
            "sender": SENDER,
            "arguments": ["0x" + clarity.serialize(argument).hex() for argument in CALL.args],
        }


@pytest.mark.parametrize(
    "answer",
    [{}, {"okay": 1}, {"okay": True}, {"okay": True, "result": "0x08"}, {"okay": True, "result": 8}, {"okay": False}],
    ids=str,
)
async def test_a_preflight_that_cannot_be_read_promises_nothing(answer: dict[str, object]) -> None:
    """Only a readable verdict is one."""
    async with both() as (server, node):
        server.routes[CALL_READ] = ok(answer)
        with pytest.raises(NodeUnreachable):
            await node.preflight(CALL, SENDER)


@pytest.mark.parametrize(
    "reply",
    [
        text("Execution budget exceeded", 400),
        text("ExecutionTime expired", 408),
        text("not found", 404),
        ok({"okay": False, "cause": "Unchecked(CostBalanceExceeded(ExecutionCost {write_count: 0}, ..))"}),
    ],
    ids=str,
)
async def test_a_node_that_cannot_try_a_call_is_well(reply: Reply) -> None:
    """A call too big to be tried, or a node without the route, is no verdict on the call, and none on the node."""
    async with both() as (server, node):
        server.routes[CALL_READ] = reply
        with pytest.raises(CantTell):
            await node.preflight(CALL, SENDER)


ENTRY = Tuple({"creator": Principal(SENDER), "price": UInt(5)})


def result(value: clarity.Value) -> dict[str, object]:
    return {"okay": True, "result": "0x" + clarity.serialize(value).hex()}


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (result(Some(ENTRY)), OnChain(SENDER, 5)),
        (result(Some(Tuple({**dict(ENTRY.value), "uri": Ascii("ipfs://x")}))), OnChain(SENDER, 5)),
        (result(Nothing()), None),
    ],
    ids=["two fields", "more fields", "none"],
)
async def test_what_a_contract_has(answer: dict[str, object], told: OnChain | None) -> None:
    """Creator and price are read out of whatever the contract keeps beside them."""
    async with both() as (server, node):
        server.routes[CALL_READ] = ok(answer)
        assert await node.content(7) == told
        (request,) = server.requests
        assert request.path.endswith(f"/{CONTRACT.replace('.', '/')}/get-content-info")
        arguments = ["0x" + clarity.serialize(UInt(7)).hex()]
        assert json.loads(request.body) == {"sender": CONTRACT.partition(".")[0], "arguments": arguments}


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        (
            ok({"okay": False, "cause": "Unchecked(UndefinedFunction)"}),
            "get-content-info (Unchecked(UndefinedFunction))",
        ),
        (ok({"okay": False, "cause": "\x1b[2J"}), "by get-content-info"),
        (ok(result(UInt(5))), "tells no creator and price: u5"),
        (ok(result(Some(Tuple({"price": UInt(5)})))), "tells no creator and price"),
        (ok(result(Some(Tuple({"creator": Principal(SENDER), "price": Ascii("5")})))), "tells no creator and price"),
        (text("not found", 404), "not found"),
    ],
    ids=["no such function", "hostile", "no entry", "no creator", "no price", "no route"],
)
async def test_a_contract_that_tells_nothing_is_no_lost_node(reply: Reply, why: str) -> None:
    """Other contracts keep other things: that is said, never guessed, and the node is well."""
    async with both() as (server, node):
        server.routes[CALL_READ] = reply
        with pytest.raises(CantTell) as caught:
            await node.content(7)
        assert why in str(caught.value)
        assert "\x1b" not in str(caught.value)


async def test_registering_goes_in_thousands() -> None:
    """A catalogue of any size reaches the devnet whole and once."""
    contents = [(number, SENDER, number) for number in range(2500)]
    async with both() as (server, node):
        server.routes["/devnet/register"] = ok({"registered": 1})
        await node.register(contents, [SENDER])
        bodies = [json.loads(request.body) for request in server.requests]
        assert [len(body["contents"]) for body in bodies] == [1000, 1000, 500]
        assert [tuple(row) for body in bodies for row in body["contents"]] == contents
        assert [address for body in bodies for address in body["accounts"]] == [SENDER]
        await node.register([], [])
        assert len(server.requests) == 3


HOSTILE = [
    Reply(body=b""),
    Reply(body=b"{"),
    Reply(body=b"NaN"),
    Reply(body=b"null"),
    Reply(body=b"[1]"),
    Reply(body=b'"\\ud800\x1b[2J"'),
    Reply(body=b"\xff\xff"),
    Reply(body=b"[" * 200_000),
    Reply(body=b"9" * 9_000),
    Reply(body=b" " * (9 * 2**20)),
    Reply(body=b"{}", headers={"content-encoding": "gzip", "content-type": "application/json"}),
    Reply(status=500, body=b"\x1b]0;evil\x07"),
    Reply(status=503),
    Reply(status=403, body=b"<html>", headers={"content-type": "text/html"}),
    Reply(status=302, headers={"location": "http://127.0.0.1:1/"}),
    Reply(cut=0),
    Reply(cut=30, body=b"{}" * 100),
    Reply(hang=5),
]


def unread(reply: Reply) -> bool:
    """Tell whether only the body is wrong: a registration asks for none."""
    whole = reply.status == 200 and reply.cut is None and not reply.hang and len(reply.body) < 2**20
    return whole and "content-encoding" not in reply.headers


@pytest.mark.parametrize(
    ("name", "reply"),
    [(name, reply) for name in READS for reply in HOSTILE if name != "register" or not unread(reply)],
    ids=str,
)
async def test_whatever_comes_back_a_read_fails_in_one_way(name: str, reply: Reply) -> None:
    """Hostile, broken or missing answers are NodeUnreachable, with a short message that is safe to print."""
    async with both(timeout=0.5 if reply.hang else TIMEOUT) as (server, node):
        server.routes["*"] = reply
        with pytest.raises(NodeUnreachable) as caught:
            await READS[name](node)
        assert str(caught.value).isprintable()
        assert 0 < len(str(caught.value)) < 300


@pytest.mark.parametrize("kind", ["text/html; charset=utf-8", "text/plain", "", "application/octet-stream"])
async def test_what_is_not_called_json_is_not_read(kind: str) -> None:
    """Whatever answers under a wrong name, a login page or a cache: it isn't the node, even if it looks right."""
    async with both() as (server, node):
        server.routes[ACCOUNT] = Reply(body=json.dumps(GOOD_ACCOUNT).encode(), headers={"content-type": kind})
        with pytest.raises(NodeUnreachable, match="not JSON"):
            await node.account(SENDER)


WRONG: list[object] = [None, "", "5", -1, 1.5, True, [], {}, 2**64]


@pytest.mark.parametrize(
    ("field", "value"),
    [(key, value) for key in ("balance", "nonce") for value in WRONG]
    + [
        ("balance", "0x"),
        ("balance", "0xzz"),
        ("balance", "0x-5"),
        ("balance", "0x1_0"),
        ("balance", "0x5 "),
        ("balance", "0x\u0665"),
        ("balance", "0x1" + "0" * 32),
    ],
)
async def test_an_account_of_the_wrong_types_is_no_account(field: str, value: object) -> None:
    """A nonce or balance that isn't one is never taken for zero."""
    async with both() as (server, node):
        server.routes[ACCOUNT] = ok({**GOOD_ACCOUNT, field: value})
        with pytest.raises(NodeUnreachable, match="can't be read"):
            await node.account(SENDER)


@pytest.mark.parametrize("estimations", [None, {}, [], ESTIMATIONS[:2], [1, 2, 3], [{"fee": 1}, {"fee": 1.5}, {}]])
async def test_estimates_of_the_wrong_types_are_none(estimations: object) -> None:
    """A fee is a whole number or it is nothing."""
    async with both() as (server, node):
        server.routes[FEES] = ok({"estimations": estimations})
        with pytest.raises(NodeUnreachable):
            await node.fee(CALL, 209)


@pytest.mark.parametrize("name", READS)
async def test_nobody_at_home(name: str) -> None:
    """No connection is told as such."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    async with client(f"http://127.0.0.1:{port}") as node:
        with pytest.raises(NodeUnreachable, match="No connection"):
            await READS[name](node)


async def test_the_node_is_left_alone_as_long_as_it_asks() -> None:
    """After a 429 nothing is read until its time is over: the next read fails without a request."""
    async with both() as (server, node):
        server.routes["/v2/info"] = text("Too Many Requests", 429, retry_after="30")
        for _ in range(2):
            with pytest.raises(NodeUnreachable) as caught:
                await node.info()
            assert caught.value.retry_after == pytest.approx(30, abs=2)
        assert len(server.requests) == 1


async def test_the_last_call_is_left_for_a_post() -> None:
    """When one call is left in the window, reads rest and a post still goes out."""
    async with both() as (server, node):
        server.routes["/v2/info"] = ok(INFO, ratelimit_remaining="1", ratelimit_reset="9")
        server.routes["/v2/transactions"] = ok(TXID)
        await node.info()
        with pytest.raises(NodeUnreachable) as caught:
            await node.info()
        assert caught.value.retry_after == pytest.approx(9, abs=2)
        await node.broadcast(RAW, TXID, datetime.now(UTC))
        assert server.paths() == ["/v2/info", "/v2/transactions"]


async def test_a_post_waits_too_when_the_node_has_said_429() -> None:
    """The limit counts posts as well: until it is over nothing goes out, and the bytes are in no doubt."""
    async with both() as (server, node):
        server.routes["/v2/info"] = text("Too Many Requests", 429, retry_after="30")
        server.routes["/v2/transactions"] = ok(TXID)
        with pytest.raises(NodeUnreachable):
            await node.info()
        now = datetime.now(UTC)
        event = await node.broadcast(RAW, TXID, now)
        assert isinstance(event, TxDeferred)
        assert (event.posted, event.unreachable) == (False, True)
        assert event.retry_at is not None
        assert 25 < (event.retry_at - now).total_seconds() <= 30
        assert server.paths() == ["/v2/info"]


async def test_a_reset_time_alone_is_no_outage_advice() -> None:
    """Some hosts put the reset on every answer: it says nothing about a 503."""
    async with both() as (server, node):
        server.routes["/v2/info"] = text("", 503, ratelimit_remaining="400", ratelimit_reset="55")
        with pytest.raises(NodeUnreachable) as caught:
            await node.info()
        assert caught.value.retry_after is None


def test_the_pace_in_figures() -> None:
    """Rest grows to the longest that was asked for, and ends by itself."""
    pace, now = Pace(), datetime(2026, 1, 1, tzinfo=UTC)
    pace.observe(200, {"ratelimit-remaining": "5", "ratelimit-reset": "60"}, now, 100)
    assert pace.wait(100) == 0
    pace.observe(200, {"ratelimit-remaining": "0"}, now, 100)
    assert pace.wait(100) == 0
    pace.observe(200, {"ratelimit-remaining": "1", "ratelimit-reset": "60"}, now, 100)
    assert pace.post_wait(100) == 0
    pace.observe(429, {"retry-after": "10"}, now, 100)
    assert (pace.wait(100), pace.post_wait(100)) == (60, 10)
    assert pace.wait(161) == 0
    pace.observe(429, {}, now, 200)
    assert pace.wait(200) > 0
