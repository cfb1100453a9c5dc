"""Several addresses are one chain: whoever answers is asked, whoever lies, lags or is another chain is not believed."""

from __future__ import annotations

import asyncio
import socket

import pytest

from engine.core.vitals import NodeStanding
from engine.node import Fleet, HttpNode, history
from engine.ports import Account, CantTell, NodeUnreachable, Sighting, StillReading, Waiting
from tests.node.fleets import DOWN, INFO, MAINNET, MULTIPLE, Town, account, info, status, town
from tests.node.loopback import CALL, RAW, SENDER, TXID, Reply, ok, text

ACCOUNT = f"/v2/accounts/{SENDER}"
NONCES = f"/extended/v3/principals/{SENDER}/nonces"


async def looked_after(place: Town) -> None:
    """Let a poll look after the nodes that aren't in use, and wait for what it heard."""
    place.clock.now += 10
    await place.fleet.info()
    async with asyncio.timeout(10):
        while place.fleet._muster._looks:
            await asyncio.sleep(0.01)


async def test_reads_go_on_with_the_next_node_and_stay_there() -> None:
    """One outage is no outage of the chain; and no read after it waits for the node that is away."""
    async with town(info(), info()) as place:
        for server in place.servers:
            server.routes[ACCOUNT] = account(7)
        assert (await place.fleet.info()).tip_height == 50
        assert place.fleet.name == f"{place.name(0)} (1 of 2)"
        place.servers[0].routes = {"*": DOWN}
        assert await place.fleet.account(SENDER) == Account(7, 16)
        assert place.fleet.name == f"{place.name(1)} (2 of 2)"
        place.heard()
        await place.fleet.account(SENDER)
        assert place.heard() == [[], [ACCOUNT]]


async def test_a_node_that_has_recovered_is_come_back_to() -> None:
    """The first address is the one that the operator wants; but only once it has been well for a while."""
    async with town(info(), info()) as place:
        for server in place.servers:
            server.routes[ACCOUNT] = account(7)
        await place.fleet.info()
        place.servers[0].routes[ACCOUNT] = DOWN
        place.servers[0].routes[INFO] = DOWN
        await place.fleet.account(SENDER)
        place.servers[0].routes |= {INFO: info(), ACCOUNT: account(8)}
        await looked_after(place)
        assert await place.fleet.account(SENDER) == Account(7, 16)
        for _ in range(3):
            await looked_after(place)
        assert await place.fleet.account(SENDER) == Account(8, 16)


async def test_the_only_node_left_is_asked_though_it_failed_just_now() -> None:
    """A rest is advice, not a sentence: when nobody else answers, whoever may is asked."""
    async with town(info(), info()) as place:
        await place.fleet.info()
        place.servers[0].routes[ACCOUNT] = [DOWN, account(7)]
        place.servers[1].routes[ACCOUNT] = DOWN
        with pytest.raises(NodeUnreachable) as caught:
            await place.fleet.account(SENDER)
        assert all(place.name(number) in str(caught.value) for number in (0, 1))
        assert await place.fleet.account(SENDER) == Account(7, 16)


async def test_a_node_of_another_network_is_named_and_never_used() -> None:
    """Both ids stand in the message; nothing but who it is was ever asked of it, even when all others are down."""
    async with town(info(network_id=MAINNET), info()) as place:
        place.servers[1].routes[ACCOUNT] = account(7)
        assert (await place.fleet.info()).network_id == 0x80000000
        (why,) = place.fleet.refused()
        assert why == (
            f"The node {place.name(0)} has network id 0x00000001, but testnet has 0x80000000: set NETWORK or "
            "CHAIN_URL right"
        )
        assert why in place.fleet.routes()
        assert await place.fleet.account(SENDER) == Account(7, 16)
        place.servers[1].routes = {"*": DOWN}
        with pytest.raises(NodeUnreachable, match="0x00000001"):
            await place.fleet.account(SENDER)
        assert set(place.news(0)) == {INFO}


async def test_where_all_are_of_another_network_the_first_is_refused() -> None:
    """First contact then refuses it by name, as it does with one address alone."""
    async with town(info(network_id=MAINNET), info(network_id=MAINNET)) as place:
        told = await place.fleet.info()
        assert (told.network_id, told.node) == (MAINNET, place.name(0))
        assert place.fleet.refused() == ()


async def test_a_wrong_node_beside_one_that_is_away_is_no_reason_to_give_up() -> None:
    """The right one may come back: the message names both, and the next attempt finds it."""
    async with town(info(network_id=MAINNET), DOWN) as place:
        with pytest.raises(NodeUnreachable, match="0x00000001") as caught:
            await place.fleet.info()
        assert f"{place.name(1)}: The node answered 503" in str(caught.value)
        place.servers[1].routes[INFO] = info()
        assert (await place.fleet.info()).network_id == 0x80000000


async def test_a_node_that_changes_its_network_is_dropped_at_once() -> None:
    """An address may lead elsewhere tomorrow: every look asks again who is there."""
    async with town(info(), info()) as place:
        for number, server in enumerate(place.servers):
            server.routes[ACCOUNT] = account(number)
        await place.fleet.info()
        place.servers[0].routes[INFO] = info(network_id=MAINNET)
        assert (await place.fleet.info()).node == place.name(1)
        assert await place.fleet.account(SENDER) == Account(1, 16)
        assert len(place.fleet.refused()) == 1
        place.servers[0].routes[INFO] = info()
        await looked_after(place)
        assert place.fleet.refused() == ()


async def test_one_address_alone_that_changes_its_network_is_not_used_either() -> None:
    """After first contact a wrong id is an outage that names both ids, and ends when the id is right again."""
    async with town(info()) as place:
        place.servers[0].routes[ACCOUNT] = account(7)
        await place.fleet.info()
        assert place.fleet.name == place.name(0)
        place.servers[0].routes[INFO] = info(network_id=MAINNET)
        with pytest.raises(NodeUnreachable, match="0x00000001"):
            await place.fleet.info()
        with pytest.raises(NodeUnreachable, match="0x80000000"):
            await place.fleet.account(SENDER)
        place.servers[0].routes[INFO] = info()
        await place.fleet.info()
        assert await place.fleet.account(SENDER) == Account(7, 16)


async def test_two_simulated_chains_are_never_mixed() -> None:
    """The same network id doesn't make it the same chain: a devnet has an id of its own."""
    devnet = ok({"network_id": 0x80000000, "stacks_tip_height": 5, "server_version": "batchdeck-devnet 1"})
    async with town(devnet, devnet) as place:
        contract = "ST1PQHQKV0RJXZFY1DGX8MNSNYVE3VGZJSRTPGZGM.pay-per-view"
        for number, server in enumerate(place.servers):
            server.routes["/devnet/info"] = ok({"id": f"d{number}", "contract": contract})
        assert (await place.fleet.info()).devnet_id == "d0"
        (why,) = place.fleet.refused()
        assert "devnet d1" in why
        assert "devnet d0" in why


async def test_a_lagging_node_is_not_believed_about_an_account() -> None:
    """Its nonce is of yesterday: the better one is asked, and kept to."""
    async with town(info(50), info(50)) as place:
        await place.fleet.info()
        place.servers[0].routes |= {ACCOUNT: account(3, tip=46), INFO: info(46)}
        place.servers[1].routes |= {ACCOUNT: account(9, tip=50)}
        assert await place.fleet.account(SENDER) == Account(9, 16)
        place.heard()
        assert await place.fleet.account(SENDER) == Account(9, 16)
        assert place.heard() == [[], [ACCOUNT]]


async def test_a_node_a_few_blocks_behind_is_no_laggard() -> None:
    """Nodes differ by a block or two all the time; that is no reason to change."""
    async with town(info(50), info(53)) as place:
        await place.fleet.info()
        for number, server in enumerate(place.servers):
            server.routes[ACCOUNT] = account(number, tip=50 + 3 * number)
        assert await place.fleet.account(SENDER) == Account(0, 16)


async def test_a_lagging_node_is_better_than_none() -> None:
    """When the better one doesn't answer, the last that is known is what the laggard says."""
    async with town(info(50), info(50)) as place:
        await place.fleet.info()
        place.servers[0].routes[ACCOUNT] = account(3, tip=40)
        place.servers[1].routes = {"*": DOWN}
        assert await place.fleet.account(SENDER) == Account(3, 16)


async def test_unknown_here_may_be_known_there() -> None:
    """A mempool is one node's own: before a transaction counts as unseen every node is asked, the laggard too."""
    async with town(info(), info(40), info()) as place:
        await place.fleet.info()
        place.servers[0].routes[MULTIPLE] = status(None)
        place.servers[1].routes[MULTIPLE] = status("pending")
        place.servers[2].routes[MULTIPLE] = status("success", block_height=50)
        assert await place.fleet.look_up([TXID]) == {TXID: Sighting(TXID, "success", 50)}
        place.servers[2].routes[MULTIPLE] = status(None)
        assert (await place.fleet.look_up([TXID]))[TXID].status == "pending"
        place.servers[1].routes[MULTIPLE] = DOWN
        assert (await place.fleet.look_up([TXID]))[TXID].status == "unknown"


async def test_a_lagging_node_is_not_believed_that_it_never_saw_it() -> None:
    """What a laggard doesn't know proves nothing while a better one answers."""
    async with town(info(40), info(50)) as place:
        await place.fleet.info()
        place.servers[0].routes[MULTIPLE] = status(None)
        place.servers[1].routes[MULTIPLE] = status("success", block_height=49)
        assert (await place.fleet.look_up([TXID]))[TXID].status == "success"
        assert MULTIPLE not in place.news(0)


async def test_what_is_found_is_not_asked_for_again() -> None:
    """One batch call of one node is the rule, whatever the number of nodes."""
    async with town(info(), info()) as place:
        await place.fleet.info()
        place.servers[0].routes[MULTIPLE] = status("pending")
        place.heard()
        await place.fleet.look_up([TXID])
        assert place.heard() == [[MULTIPLE], []]


async def test_what_one_node_cannot_read_another_can() -> None:
    """A plain node without an index beside an API: the API says how it ended."""
    async with town(info(), info()) as place:
        await place.fleet.info()
        raw = ok({"tx": RAW.hex(), "status": "Mempool"})
        place.servers[0].routes |= {
            f"/v3/transaction/{TXID}": text("Not Implemented", 501),
            f"/v2/transactions/unconfirmed/{TXID}": raw,
            "/v2/accounts/*": account(1),
        }
        place.servers[1].routes[MULTIPLE] = status("success", block_height=44)
        assert (await place.fleet.look_up([TXID]))[TXID] == Sighting(TXID, "success", 44)
        assert "plain node without txindex: results can stay unreadable" in place.fleet.routes()
        assert "API, batch look-ups" in place.fleet.routes()


@pytest.mark.parametrize("other", [DOWN, text("not found", 404)], ids=str)
async def test_no_list_is_concluded_only_from_every_node(other: Reply) -> None:
    """One without a list and one that is away is no answer yet; two without one is none."""
    async with town(info(), info()) as place:
        await place.fleet.info()
        place.servers[1].routes["*"] = other
        if other is DOWN:
            with pytest.raises(NodeUnreachable):
                await place.fleet.mined_from(SENDER, 0)
        else:
            assert await place.fleet.mined_from(SENDER, 0) is None
        place.servers[1].routes = {"/extended/v3/principals/*": ok({"results": [], "cursor": {"next": None}})}
        assert await place.fleet.mined_from(SENDER, 0) == ()


async def test_a_node_with_a_long_list_is_read_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Too long for one turn is no failure: the same node is asked again, and no other's list is begun."""
    monkeypatch.setattr(history, "AT_ONCE", 1)
    async with town(info(), info()) as place:
        await place.fleet.info()
        route = f"/extended/v3/principals/{SENDER}/transactions"
        ends = [ok({"results": [], "cursor": {"next": mark}}) for mark in ("1", None)]
        place.servers[0].routes[route] = ends
        with pytest.raises(StillReading):
            await place.fleet.mined_from(SENDER, 0)
        monkeypatch.setattr(history, "AT_ONCE", 2)
        assert await place.fleet.mined_from(SENDER, 0) == ()
        assert route not in place.servers[1].paths()
        assert place.fleet.name == f"{place.name(0)} (1 of 2)"


async def test_nobody_at_home_anywhere() -> None:
    """Each address is named with its reason; nothing is hidden behind the first."""
    urls = []
    for _ in range(2):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            urls.append(f"http://127.0.0.1:{free.getsockname()[1]}")
    fleet = Fleet([HttpNode(url, timeout=1, api_key=None, concurrency=1) for url in urls], "testnet")
    with pytest.raises(NodeUnreachable) as caught:
        await fleet.info()
    await fleet.close()
    for url in urls:
        assert f"{url.removeprefix('http://')}: No connection to the node" in str(caught.value)


async def test_a_node_is_not_left_because_it_tries_no_calls() -> None:
    """Preflights are advice: a node without them carries transactions as well as before; one that is away is left."""
    async with town(info(), info()) as place:
        for server in place.servers:
            server.routes[ACCOUNT] = account(7)
        await place.fleet.info()
        with pytest.raises(CantTell, match="404"):
            await place.fleet.preflight(CALL, SENDER)
        with pytest.raises(CantTell, match="404"):
            await place.fleet.content(7)
        assert place.fleet.name == f"{place.name(0)} (1 of 2)"
        place.servers[0].routes = {"*": DOWN}
        place.servers[1].routes["/v2/contracts/call-read/*"] = ok({"okay": False, "cause": "NotReadOnly"})
        assert await place.fleet.preflight(CALL, SENDER) is None
        assert place.fleet.name == f"{place.name(1)} (2 of 2)"
        place.servers[1].routes["/v2/contracts/call-read/*"] = ok({"okay": True, "result": "0x09"})
        assert await place.fleet.content(7) is None


async def test_what_waits_anywhere_waits() -> None:
    """Each node has a mempool of its own: what is missing, all must lack; who is away tells nothing."""
    async with town(info(), info()) as place:
        await place.fleet.info()
        assert await place.fleet.waiting(SENDER, 3, 50) is None
        for server, following, missing in zip(place.servers, (5, 8), ([3], [3, 4, 6]), strict=True):
            told = {"next_nonce": following, "last_confirmed_nonce": 2, "mempool": {"missing_nonces": missing}}
            server.routes[NONCES] = ok(told)
        assert await place.fleet.waiting(SENDER, 3, 50) == Waiting(8, frozenset({3, 6}))
        place.servers[1].routes = {"*": DOWN}
        assert await place.fleet.waiting(SENDER, 3, 50) == Waiting(5, frozenset({3}))
        place.servers[0].routes = {"*": DOWN}
        with pytest.raises(NodeUnreachable):
            await place.fleet.waiting(SENDER, 3, 50)


async def test_a_mempool_of_long_ago_counts_for_nothing() -> None:
    """A node that doesn't know the account's last nonce yet knows nothing of what waits: another must tell."""
    async with town(info(), info()) as place:
        await place.fleet.info()
        place.servers[0].routes[NONCES] = ok({"next_nonce": 3, "last_confirmed_nonce": 2})
        with pytest.raises(CantTell, match="behind"):
            await place.fleet.waiting(SENDER, 5, 50)
        place.servers[1].routes[NONCES] = ok({"next_nonce": 6, "last_confirmed_nonce": 4})
        assert await place.fleet.waiting(SENDER, 5, 50) == Waiting(6)
        place.heard()
        place.servers[0].routes[ACCOUNT] = account(7)
        await place.fleet.account(SENDER)
        assert place.heard() == [[ACCOUNT], []]


async def test_what_waits_on_a_node_below_the_best_is_asked_elsewhere() -> None:
    """It shows as waiting what the others have mined already: whoever stands higher says more."""
    async with town(info(tip=49), info(tip=50)) as place:
        await place.fleet.info()
        place.servers[0].routes[MULTIPLE] = status("pending")
        place.servers[1].routes[MULTIPLE] = status("success", block_height=50)
        await looked_after(place)
        assert (await place.fleet.look_up([TXID]))[TXID] == Sighting(TXID, "success", 50)


async def test_each_node_is_told_of_as_it_is() -> None:
    """One is in use, one stands by, one is refused, one is away: with its tip, its trouble, and how long it took."""
    async with town(info(), info(), info(network_id=MAINNET), DOWN) as place:
        assert [one.standing for one in place.fleet.nodes()] == [NodeStanding.UNASKED] * 4
        await place.fleet.info()
        await looked_after(place)
        used, ready, refused, away = place.fleet.nodes()
        assert [one.name for one in (used, ready)] == [place.name(0), place.name(1)]
        assert (used.standing, used.tip, used.trouble) == (NodeStanding.USED, 50, None)
        assert (ready.standing, ready.tip) == (NodeStanding.READY, 50)
        assert refused.standing is NodeStanding.REFUSED
        assert "0x00000001" in (refused.trouble or "")
        assert (away.standing, away.tip) == (NodeStanding.AWAY, None)
        assert "503" in (away.trouble or "")
        assert all(one.took is not None for one in (used, ready))
        place.servers[1].routes[INFO] = info(10)
        await looked_after(place)
        assert place.fleet.nodes()[1].standing is NodeStanding.BEHIND
