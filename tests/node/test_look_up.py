"""What became of transactions: each format, each fall-back, and nothing concluded that isn't proved."""

from __future__ import annotations

import pytest

from engine.ports import NodeUnreachable, Sighting
from tests.node.loopback import RAW, TXID, Reply, Request, both, ok, text

MULTIPLE = "/extended/v1/tx/multiple"
V3 = f"/extended/v3/transactions/0x{TXID}"
V1 = f"/extended/v1/tx/0x{TXID}"
PLAIN = f"/v3/transaction/{TXID}"
UNCONFIRMED = f"/v2/transactions/unconfirmed/{TXID}"
ABSENT = ok({"statusCode": 404, "error": "Not Found", "message": "could not find transaction"}, 404)
GONE = ok({"error": "Gone"}, 410)


def v1(status: str, **more: object) -> dict[str, object]:
    return {"tx_id": f"0x{TXID}", "tx_status": status, **more}


def mined(status: str, result: str = "(ok true)", **more: object) -> dict[str, object]:
    return v1(status, block_height=77, canonical=True, tx_result={"hex": "0x", "repr": result}, **more)


def dropped(why: str) -> Sighting:
    return Sighting(TXID, "dropped", None, f"Dropped by the node: {why}")


async def seen(entry: object) -> Sighting:
    async with both() as (server, node):
        server.routes[MULTIPLE] = ok({f"0x{TXID}": entry})
        return (await node.look_up([TXID]))[TXID]


@pytest.mark.parametrize(
    ("transaction", "sighting"),
    [
        (mined("success"), Sighting(TXID, "success", 77)),
        (v1("pending"), Sighting(TXID, "pending")),
        (v1("dropped_replace_by_fee"), dropped("replaced by one with a higher fee")),
        (v1("dropped_stale_garbage_collect"), dropped("it waited too long")),
        (v1("dropped_new_kind"), dropped("dropped_new_kind")),
        (
            mined("abort_by_response", "(err u401)"),
            Sighting(
                TXID,
                "aborted",
                77,
                "Aborted by the contract: u401, the signer is not the creator: sign with the creator's key",
            ),
        ),
        (
            mined("abort_by_response", "(err u404)"),
            Sighting(
                TXID,
                "aborted",
                77,
                "Aborted by the contract: u404, the contract doesn't know this content: check its on_chain_id",
            ),
        ),
        (
            mined("abort_by_response", "(err u507)"),
            Sighting(
                TXID, "aborted", 77, "Aborted by the contract: u507, the contract is paused: retry when it runs again"
            ),
        ),
        (mined("abort_by_response", "(err u9)"), Sighting(TXID, "aborted", 77, "Aborted by the contract: u9")),
        (
            mined("abort_by_response", "(err none)", vm_error="Runtime\nerror"),
            Sighting(TXID, "aborted", 77, "Aborted by the contract: Runtime error"),
        ),
        (
            mined("abort_by_response", "(err none)"),
            Sighting(TXID, "aborted", 77, "Aborted by the contract: (err none)"),
        ),
        (mined("abort_by_post_condition"), Sighting(TXID, "aborted", 77, "Aborted by a post-condition")),
        (mined("problematic_skipped"), Sighting(TXID, "aborted", 77, "Skipped by the miner as problematic")),
    ],
    ids=str,
)
async def test_each_status_of_the_api(transaction: dict[str, object], sighting: Sighting) -> None:
    """Each status has one meaning, and an abort says in words what the contract's code means."""
    assert await seen({"found": True, "result": transaction}) == sighting


async def test_a_block_off_the_chain_proves_nothing() -> None:
    """A transaction whose block was orphaned is pending again."""
    entry = {"found": True, "result": {**mined("success"), "canonical": False}}
    assert (await seen(entry)).status == "pending"


@pytest.mark.parametrize("entry", [{"found": False, "result": {"tx_id": f"0x{TXID}"}}, None])
async def test_what_the_api_does_not_have_is_unknown(entry: object) -> None:
    """Not found is an answer of its own."""
    assert await seen(entry) == Sighting(TXID, "unknown")


async def test_a_status_from_the_future_is_shown_and_not_guessed() -> None:
    """An unknown status ends nothing: mined it can't be read, otherwise it is pending."""
    assert await seen({"found": True, "result": v1("queued_by_ai")}) == Sighting(
        TXID, "pending", None, "The node tells a status unknown here: queued_by_ai"
    )
    assert (await seen({"found": True, "result": mined("half_done")})).status == "unreadable"


@pytest.mark.parametrize(
    "entry",
    [
        5,
        [],
        {"found": True},
        {"found": True, "result": []},
        {"found": True, "result": {}},
        {"found": True, "result": {"tx_status": 7}},
        {"found": True, "result": v1("success")},
        {"found": True, "result": v1("success", block_height="77")},
        {"found": True, "result": v1("success", block_height=True)},
        {"found": True, "result": v1("success", block_height=-1)},
        {"found": True, "result": v1("success", block_height=2**80)},
        {"found": True, "result": {**mined("success"), "canonical": "no"}},
        {"found": True, "result": {**mined("success"), "canonical": None}},
        {"found": True, "result": {**mined("success"), "tx_id": "0x" + "ab" * 32}},
    ],
    ids=str,
)
async def test_nonsense_is_no_sighting(entry: object) -> None:
    """What has the wrong shape, or is about another transaction, counts as no answer."""
    with pytest.raises(NodeUnreachable):
        await seen(entry)


async def test_many_are_asked_for_in_chunks() -> None:
    """A hundred and twenty ids make three calls, each short enough for a URL, and every one is answered."""
    txids = [f"{number:064x}" for number in range(120)]

    def answer(request: Request) -> Reply:
        asked = [part.partition("=")[2] for part in request.target.partition("?")[2].split("&")]
        assert len(request.target) < 16_000
        return ok({txid: {"found": True, "result": {"tx_id": txid, "tx_status": "pending"}} for txid in asked})

    async with both() as (server, node):
        server.routes[MULTIPLE] = answer
        found = await node.look_up([*txids, *txids])
        assert set(found) == set(txids)
        assert {sighting.status for sighting in found.values()} == {"pending"}
        assert len(server.requests) == 3
        assert await node.look_up([]) == {}


@pytest.mark.parametrize("missing", [text("not found", 404), GONE, text("", 501)])
async def test_without_the_batch_call_the_newer_single_one_is_used(missing: Reply) -> None:
    """A node's abilities are learned once: the missing route isn't asked for again."""
    block = {"height": 5, "hash": "0x1"}
    async with both() as (server, node):
        server.routes[MULTIPLE] = missing
        server.routes[V3] = ok(
            {"tx_id": f"0x{TXID}", "status": "success", "block": block, "result": {"repr": "(ok 1)"}}
        )
        for _ in range(2):
            assert await node.look_up([TXID]) == {TXID: Sighting(TXID, "success", 5)}
        assert server.paths() == [MULTIPLE, V3, V3]


async def test_the_newer_call_tells_aborts_and_waits_too() -> None:
    """The v3 format has its own names for the same facts."""
    failed = {"status": "abort_by_response", "block": {"height": 5}, "result": {"repr": "(err u404)"}}
    async with both() as (server, node):
        server.routes[MULTIPLE] = GONE
        server.routes[V3] = [ok(failed), ok({"status": "pending"}), ABSENT, ok({"status": "success", "block": 7})]
        assert (await node.look_up([TXID]))[TXID].reason.endswith(
            "the contract doesn't know this content: check its on_chain_id"
        )
        assert (await node.look_up([TXID]))[TXID].status == "pending"
        assert (await node.look_up([TXID]))[TXID].status == "unknown"
        with pytest.raises(NodeUnreachable):
            await node.look_up([TXID])


@pytest.mark.parametrize("no_route", [text("", 404), ok({"message": "Route GET:/extended/v3/x not found"}, 404), GONE])
async def test_an_older_api_is_asked_the_old_way(no_route: Reply) -> None:
    """A route that an API lacks is told from a transaction that it lacks."""
    async with both() as (server, node):
        server.routes = {MULTIPLE: GONE, V3: no_route, V1: ABSENT}
        assert await node.look_up([TXID]) == {TXID: Sighting(TXID, "unknown")}
        server.routes[V1] = ok(mined("success"))
        assert await node.look_up([TXID]) == {TXID: Sighting(TXID, "success", 77)}
        assert server.paths() == [MULTIPLE, V3, V1, V1]


@pytest.mark.parametrize(
    ("answer", "sighting"),
    [
        ({"result": "(ok true)", "block_height": 9, "is_canonical": True}, Sighting(TXID, "success", 9)),
        (
            {"result": "(err u401)", "block_height": 9, "is_canonical": True},
            Sighting(
                TXID,
                "aborted",
                9,
                "Aborted by the contract: u401, the signer is not the creator: sign with the creator's key",
            ),
        ),
        ({"result": "(ok true)", "block_height": None, "is_canonical": True}, Sighting(TXID, "pending")),
        ({"result": "(ok true)", "block_height": 9, "is_canonical": False}, Sighting(TXID, "pending")),
    ],
    ids=str,
)
async def test_a_plain_node_with_an_index(answer: dict[str, object], sighting: Sighting) -> None:
    """A node alone, without any API, can prove a result when it keeps an index."""
    async with both() as (server, node):
        server.routes[PLAIN] = ok(answer)
        assert await node.look_up([TXID]) == {TXID: sighting}


async def test_a_plain_node_without_an_index() -> None:
    """Its mempool rows stay after mining, so they prove presence only: pending until the nonce is used."""
    async with both() as (server, node):
        server.routes = {
            PLAIN: text("Not Implemented", 501),
            UNCONFIRMED: ok({"tx": RAW.hex(), "status": "Mempool"}),
            "/v2/accounts/*": [ok({"nonce": 0, "balance": "0x0"}), ok({"nonce": 1, "balance": "0x0"})],
        }
        assert await node.look_up([TXID]) == {TXID: Sighting(TXID, "pending")}
        assert (await node.look_up([TXID]))[TXID].status == "unreadable"
        assert server.paths().count(PLAIN) == 1
        server.routes[UNCONFIRMED] = text("not found", 404)
        assert await node.look_up([TXID]) == {TXID: Sighting(TXID, "unknown")}


async def test_a_node_says_what_kind_it_is() -> None:
    """Doctor reads in a sentence what can be told here, once something was looked up."""
    unknown = ok({"message": "could not find transaction by ID x"}, 404)
    kinds = {
        MULTIPLE: (ok({}), "API, batch look-ups"),
        "/extended/v3/transactions/*": (unknown, "API v3, one look-up for each transaction"),
        "/extended/v1/tx/*": (unknown, "API v1, one look-up for each transaction"),
        UNCONFIRMED: (text("not found", 404), "plain node with txindex, one look-up for each transaction"),
        PLAIN: (text("Not Implemented", 501), "plain node without txindex: results can stay unreadable"),
    }
    for path, (reply, said) in kinds.items():
        async with both() as (server, node):
            server.routes[path] = reply
            assert node.routes() == "not known before a transaction is looked up"
            await node.look_up([TXID])
            assert node.routes() == said


async def test_without_an_index_an_account_is_asked_once_for_many() -> None:
    """A window of 25 at a plain node costs one question about the account, not 25."""
    async with both() as (server, node):
        server.routes = {
            PLAIN: text("Not Implemented", 501),
            "/v2/transactions/unconfirmed/*": ok({"tx": RAW.hex(), "status": "Mempool"}),
            "/v2/accounts/*": ok({"nonce": 9, "balance": "0x0"}),
        }
        await node.look_up([TXID])
        server.requests.clear()
        seen = await node.look_up([f"{number:064x}" for number in range(25)])
        assert {one.status for one in seen.values()} == {"unreadable"}
        assert len([path for path in server.paths() if path.startswith("/v2/accounts/")]) <= 4


async def test_a_plain_node_that_has_not_mined_it_yet() -> None:
    """Not in the index but in the mempool is pending; in neither is unknown."""
    async with both() as (server, node):
        server.routes = {UNCONFIRMED: ok({"tx": RAW.hex(), "status": "Mempool"})}
        assert (await node.look_up([TXID]))[TXID].status == "pending"
        server.routes = {}
        assert (await node.look_up([TXID]))[TXID].status == "unknown"


async def test_an_outage_teaches_nothing() -> None:
    """A route that fails for a moment is not taken for a missing one."""
    async with both() as (server, node):
        server.routes[MULTIPLE] = [
            text("Bad Gateway", 502),
            ok({f"0x{TXID}": {"found": True, "result": v1("pending")}}),
        ]
        with pytest.raises(NodeUnreachable):
            await node.look_up([TXID])
        assert (await node.look_up([TXID]))[TXID].status == "pending"
        assert server.paths() == [MULTIPLE, MULTIPLE]
