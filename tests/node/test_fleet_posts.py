"""One node gets the bytes; which, and what several answers prove together (promise 4)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from engine.core.events import TxAccepted, TxDeferred, TxEvent, TxRefused, TxUnclear
from engine.node import Fleet, HttpNode
from engine.ports import NodeUnreachable
from engine.stacks import PrivateKey, sign_contract_call
from engine.stacks.clarity import UInt
from tests.node.fleets import DOWN, INFO, MAINNET, POST, Town, account, info, town
from tests.node.loopback import RAW, SENDER, TXID, Reply, loopback, ok, refusal, text
from tests.stacks.support import CONTRACT

NOW = datetime(2026, 1, 2, tzinfo=UTC)
ACCOUNT = f"/v2/accounts/{SENDER}"
TAKEN = ok(TXID)
NEVER = refusal("NoSuchContract")
LOST = Reply(cut=0)
LIMITED = text("Too Many Requests", 429, retry_after="30")


async def post(place: Town) -> TxEvent:
    return await place.fleet.broadcast(RAW, TXID, NOW)


def answers(place: Town, *replies: Reply) -> None:
    for server, reply in zip(place.servers, replies, strict=True):
        server.routes[POST] = reply


async def test_a_post_goes_to_one_node_and_again_to_another() -> None:
    """What one node never shows the next gets, in turn; each turn is one request."""
    async with town(info(), info(), info()) as place:
        await place.fleet.info()
        answers(place, TAKEN, TAKEN, TAKEN)
        place.heard()
        for posted in ([[POST], [], []], [[], [POST], []], [[], [], [POST]], [[POST], [], []]):
            assert await post(place) == TxAccepted(TXID)
            assert place.heard() == posted


async def test_other_bytes_at_the_same_nonce_go_to_another_node_too() -> None:
    """A higher fee is the answer to a transaction that is stuck: perhaps it is the node that it is stuck at."""
    key = PrivateKey.from_hex("11" * 32 + "01")
    first, second = (
        sign_contract_call(
            key, network="testnet", contract=CONTRACT, function="remove-content", args=[UInt(1)], nonce=3, fee=fee
        )
        for fee in (1000, 2000)
    )
    async with town(info(), info()) as place:
        await place.fleet.info()
        place.heard()
        for signed in (first, second):
            answers(place, ok(signed.txid), ok(signed.txid))
            assert await place.fleet.broadcast(signed.raw, signed.txid, NOW) == TxAccepted(signed.txid)
        assert place.heard() == [[POST], [POST]]


@pytest.mark.parametrize("first", [TAKEN, LOST, text("Bad Gateway", 502), refusal("BadNonce")], ids=str)
async def test_no_refusal_counts_once_another_node_may_have_the_bytes(first: Reply) -> None:
    """Accepted or unclear at one node, refused by the next: it can still be mined, so it isn't refused."""
    async with town(info(), info()) as place:
        await place.fleet.info()
        answers(place, first, NEVER)
        assert isinstance(await post(place), TxAccepted | TxUnclear)
        event = await post(place)
        assert place.news(1)[-1] == POST
        assert isinstance(event, TxUnclear)
        assert "another node may have it" in event.reason
        assert isinstance(await post(place), TxAccepted | TxUnclear)


async def test_a_refusal_after_a_refusal_is_one() -> None:
    """Every node that got the bytes has said no, and none was unclear: that is the proof."""
    async with town(info(), info()) as place:
        await place.fleet.info()
        answers(place, NEVER, NEVER)
        for _ in range(2):
            assert isinstance(await post(place), TxRefused)


@pytest.mark.parametrize("refuses", [True, False])
async def test_a_node_that_is_not_there_passes_the_bytes_on(refuses: bool) -> None:
    """No connection means that nothing was sent: the next node gets the bytes at once, and its word counts in full."""
    async with town(info(), info()) as place:
        await place.fleet.info()
        answers(place, text("moved", 404), NEVER if refuses else TAKEN)
        place.heard()
        assert isinstance(await post(place), TxRefused if refuses else TxAccepted)
        assert place.heard() == [[POST], [POST]]


async def test_a_dead_address_passes_the_bytes_on() -> None:
    """The same where nobody listens at all."""
    async with loopback() as (dead, gone):
        del dead
    async with loopback() as (server, url):
        server.routes = {INFO: info(), POST: TAKEN}
        nodes = [HttpNode(one, timeout=2, api_key=None, concurrency=1) for one in (gone, url)]
        fleet = Fleet(nodes, "testnet")
        assert await fleet.broadcast(RAW, TXID, NOW) == TxAccepted(TXID)
        await fleet.close()


async def test_where_nobody_is_there_nothing_was_posted() -> None:
    """All addresses passed it on: a wait that names each, not a doubt."""
    async with town(info(), info()) as place:
        await place.fleet.info()
        answers(place, text("moved", 404), text("moved", 404))
        event = await post(place)
        assert isinstance(event, TxDeferred)
        assert (event.posted, event.unreachable) == (False, True)
        assert all(place.name(number) in event.reason for number in (0, 1))


@pytest.mark.parametrize("met", [True, False])
async def test_bytes_never_go_to_another_network(met: bool) -> None:
    """Also before the first contact: a node says who it is before it gets anything."""
    async with town(info(network_id=MAINNET), info()) as place:
        if met:
            await place.fleet.info()
        answers(place, TAKEN, TAKEN)
        assert await post(place) == TxAccepted(TXID)
        assert await post(place) == TxAccepted(TXID)
        assert POST not in place.news(0)


FORMS = {
    "seconds": {"retry_after": "30"},
    "date": {"retry_after": "Wed, 01 Jan 2098 00:00:00 GMT"},
    "reset": {"ratelimit_remaining": "0", "ratelimit_reset": "30"},
    "none": {},
    "month": {"x_ratelimit_remaining_stacks_month": "0"},
}


@pytest.mark.parametrize("form", FORMS)
async def test_a_limited_node_does_not_stop_the_others(form: str) -> None:
    """In whichever form the limit is told: reads and posts go on elsewhere, and the limited one is left alone."""
    async with town(info(), info()) as place:
        await place.fleet.info()
        place.servers[0].routes |= {ACCOUNT: text("Too Many Requests", 429, **FORMS[form])}
        place.servers[1].routes |= {ACCOUNT: account(7)}
        answers(place, TAKEN, TAKEN)
        place.heard()
        for _ in range(3):
            assert (await place.fleet.account(SENDER)).nonce == 7
            assert await post(place) == TxAccepted(TXID)
        assert place.heard() == [[ACCOUNT], [ACCOUNT, POST] * 3]


async def test_a_post_that_meets_a_limit_is_made_at_the_next_node() -> None:
    """A 429 spends no attempt, but it proves nothing either: a refusal elsewhere is then no refusal."""
    async with town(info(), info()) as place:
        await place.fleet.info()
        answers(place, LIMITED, TAKEN)
        place.heard()
        assert await post(place) == TxAccepted(TXID)
        assert place.heard() == [[POST], [POST]]
    async with town(info(), info()) as place:
        await place.fleet.info()
        answers(place, LIMITED, NEVER)
        assert isinstance(await post(place), TxUnclear)
    async with town(info(), info()) as place:
        await place.fleet.info()
        answers(place, LIMITED, refusal("TooMuchChaining"))
        event = await post(place)
        assert isinstance(event, TxDeferred)
        assert event.posted


async def test_where_all_are_limited_the_shortest_wait_counts() -> None:
    """Nobody is asked before the first limit is over, and the post that was held spent nothing."""
    async with town(info(), info()) as place:
        await place.fleet.info()
        answers(place, LIMITED, text("", 429, retry_after="50"))
        event = await post(place)
        assert isinstance(event, TxDeferred)
        assert event.posted
        assert event.retry_at == NOW + timedelta(seconds=30)
        place.heard()
        held = await post(place)
        assert isinstance(held, TxDeferred)
        assert (held.posted, held.unreachable) == (False, True)
        assert held.retry_at is not None
        assert 25 < (held.retry_at - NOW).total_seconds() <= 30
        with pytest.raises(NodeUnreachable) as caught:
            await place.fleet.account(SENDER)
        assert caught.value.retry_after == pytest.approx(30, abs=3)
        assert place.heard() == [[], []]


async def test_patience_is_asked_for_only_where_all_ask_for_it() -> None:
    """One is limited for an hour and the other just failed: the other is asked again soon."""
    async with town(info(), info()) as place:
        await place.fleet.info()
        place.servers[0].routes[ACCOUNT] = text("", 429, retry_after="3600")
        place.servers[1].routes[ACCOUNT] = DOWN
        with pytest.raises(NodeUnreachable) as caught:
            await place.fleet.account(SENDER)
        assert caught.value.retry_after is None
