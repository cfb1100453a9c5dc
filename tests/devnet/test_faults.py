"""Every switch as a client meets it: over a real connection, and inside the process."""

from __future__ import annotations

import asyncio
import time
from email.utils import parsedate_to_datetime
from pathlib import Path

import httpx
import pytest

from engine.devnet.faults import MEANINGS, Fault, Faults, parse
from engine.errors import Unavailable
from tests.devnet.support import ALICE, Clock, Node, at, inside, loopback, reprice


@pytest.fixture(params=["loopback", "in process"])
async def either(request: pytest.FixtureRequest, tmp_path: Path):
    opened = loopback if request.param == "loopback" else inside
    async with opened(tmp_path / "chain.devnet") as node:
        yield node


async def taken(node: Node, signed: object) -> bool:
    """Tell whether the node has it, by the mempool's own route."""
    return (await node.http.get(f"/v2/transactions/unconfirmed/{signed.txid}")).status_code == 200  # type: ignore[attr-defined]


@pytest.mark.parametrize(("name", "kept"), [("503", False), ("502-after", True)])
async def test_a_5xx_proves_nothing(either: Node, name: str, kept: bool) -> None:
    """A proxy can fail before the node took it or after: the status looks alike."""
    signed = reprice()
    await either.switch(name, count=1)
    answer = await either.post(signed)
    assert (answer.status_code, await taken(either, signed)) == (int(name[:3]), kept)
    await either.take(signed)


@pytest.mark.parametrize(("name", "kept"), [("reset-before", False), ("reset-after", True)])
async def test_a_cut_connection_is_a_transport_error(either: Node, name: str, kept: bool) -> None:
    """No answer at all, not even half of one; whether it was taken only a look-up tells."""
    signed = reprice()
    await either.switch(name, count=1)
    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        await either.post(signed)
    assert await taken(either, signed) is kept
    await either.take(signed)


@pytest.mark.parametrize(("name", "kept"), [("hang-before", False), ("hang-after", True)])
async def test_a_node_that_hangs_is_a_time_out(either: Node, name: str, kept: bool) -> None:
    """It stops answering before or after it took the transaction; the other routes go on."""
    signed = reprice()
    either.http.timeout = httpx.Timeout(0.3)
    await either.switch(name, 60, count=1)
    with pytest.raises(httpx.ReadTimeout):
        await either.post(signed)
    either.http.timeout = httpx.Timeout(5)
    assert await taken(either, signed) is kept
    await either.take(signed)


async def test_a_hang_ends_by_itself(served: Node) -> None:
    """After its seconds the connection is cut, so a patient client isn't kept for ever."""
    await served.switch("hang-after", 0.1, count=1)
    with pytest.raises(httpx.RemoteProtocolError):
        await served.post(reprice())


async def test_a_served_node_ends_in_time_though_somebody_hangs(tmp_path: Path) -> None:
    """Shutting down lets go of hanging answers: it doesn't wait an hour for them."""
    async with loopback(tmp_path / "chain.devnet") as node:
        await node.switch("hang-before", count=1)
        hanging = asyncio.create_task(node.post(reprice()))
        await asyncio.sleep(0.1)
        started = time.monotonic()
    assert time.monotonic() - started < 3
    with pytest.raises(httpx.TransportError):
        await hanging


async def test_too_many_requests_in_every_form(either: Node) -> None:
    """Seconds, a date, only ratelimit-reset, or no hint: nothing was taken in any of them."""
    signed = reprice()
    seen = {}
    for form in ("seconds", "date", "reset", "none"):
        await either.switch("429", form, count=1)
        answer = await either.post(signed)
        assert answer.status_code == 429
        seen[form] = answer.headers
    assert seen["seconds"]["retry-after"] == "1"
    assert parsedate_to_datetime(seen["date"]["retry-after"]).timestamp() >= time.time() - 1
    assert ("retry-after" in seen["reset"], seen["reset"]["ratelimit-reset"]) == (False, "1")
    assert not {"retry-after", "ratelimit-reset"} & set(seen["none"])
    assert not await taken(either, signed)


async def test_reads_can_be_limited_too(either: Node) -> None:
    """A rate limit stands before all routes; the controls alone are spared."""
    await either.switch("429-reads", count=1)
    assert (await either.http.get("/v2/info")).status_code == 429
    assert (await either.http.get("/v2/info")).status_code == 200


async def test_an_accepted_transaction_can_be_lost(either: Node) -> None:
    """200 means that one mempool took it, nothing more."""
    signed = reprice()
    await either.switch("lost-after", count=1)
    answer = await either.post(signed)
    assert (answer.status_code, answer.json()) == (200, signed.txid)
    assert not await taken(either, signed)
    assert await either.mine() == 0
    await either.take(signed)
    assert await either.mine() == 1


async def test_a_conflict_can_be_with_oneself(either: Node) -> None:
    """ConflictingNonceInMempool though the very same transaction was taken (stacks-core issue 5229)."""
    signed = reprice()
    await either.switch("conflict-after", count=1)
    assert await either.reason(signed) == "ConflictingNonceInMempool"
    await either.mine()
    assert await either.status(signed) == "success"


async def test_what_is_told_as_dropped_is_mined_all_the_same(either: Node) -> None:
    """A dropped status proves nothing: another node may keep it."""
    signed = reprice()
    await either.switch("drop", count=1)
    await either.take(signed)
    assert await either.status(signed) == "dropped_stale_garbage_collect"
    assert (await either.get(f"/extended/v3/principals/{at(ALICE)}/mempool/transactions"))["total"] == 0
    await either.mine()
    assert await either.status(signed) == "success"


async def test_a_node_can_forget_what_is_mined(either: Node) -> None:
    """Then the same bytes posted again are a BadNonce, though they are on the chain."""
    signed = reprice()
    await either.take(signed)
    await either.mine()
    await either.switch("forgets-mined")
    assert await either.reason(signed) == "BadNonce"
    assert len(await either.mined()) == 1


async def test_known_bytes_are_never_refused_by_a_switch(either: Node) -> None:
    """The node looks into its mempool before it judges."""
    signed = reprice()
    await either.take(signed)
    for name in ("blacklist", "estimator", "server-failure"):
        await either.switch(name)
    await either.take(signed)


async def test_the_whole_node_can_be_down_for_a_time(tmp_path: Path) -> None:
    """503 on everything but the controls; after its seconds it is up again by itself."""
    time_ = Clock(100.0)
    async with inside(tmp_path / "chain.devnet", faults=Faults(clock=time_)) as node:
        await node.switch("down", 30)
        for path in ("/v2/info", f"/v2/accounts/{at(ALICE)}", "/extended/v1/tx/multiple"):
            assert (await node.http.get(path)).status_code == 503
        assert (await node.post(reprice())).status_code == 503
        assert (await node.http.get("/devnet/info")).status_code == 200
        time_.now += 30
        assert (await node.http.get("/v2/info")).status_code == 200
        assert (await node.get("/devnet/faults"))["on"] == {}


async def test_the_node_is_down_over_a_real_connection(served: Node) -> None:
    """Off means off: the switch is turned by hand too."""
    await served.switch("down")
    assert (await served.http.get("/v2/info")).status_code == 503
    await served.off("down")
    assert (await served.http.get("/v2/info")).status_code == 200


async def test_latency_strikes_posts_alone_when_told_so(served: Node) -> None:
    """post-latency waits before a POST of a transaction, latency before everything."""

    async def seconds(request: object) -> float:
        started = time.monotonic()
        await request  # type: ignore[misc]
        return time.monotonic() - started

    await served.control("faults", latencies=[1.0])
    assert await seconds(served.http.get("/v2/info")) < 0.9
    assert await seconds(served.post(reprice(nonce=0))) >= 1.0
    assert await seconds(served.post(reprice(nonce=1))) < 0.9
    await served.switch("latency", 0.2)
    assert sum([await seconds(served.http.get("/v2/info")) for _ in range(5)]) > 0.25
    await served.switch("latency", 60)
    assert await seconds(served.http.get("/devnet/info")) < 2


def test_latency_is_log_normal_of_the_given_mean() -> None:
    """Seeded, so that a run can be repeated; over many answers the mean is the one given."""
    first, again = Faults(), Faults()
    for faults in (first, again):
        faults.set("post-latency", Fault(value="1"))
    drawn = [first.delay(True) for _ in range(20_000)]
    assert drawn[:50] == [again.delay(True) for _ in range(50)]
    assert sum(drawn) / len(drawn) == pytest.approx(1, rel=0.03)
    assert first.delay(False) == 0


def test_a_known_sequence_of_latencies_is_followed() -> None:
    """A benchmark can feed what its reference knows; when the list is at its end the switch decides again."""
    faults = Faults()
    faults.latencies.extend([3.0, 1.0])
    assert [faults.delay(True), faults.delay(False), faults.delay(True), faults.delay(True)] == [3.0, 0, 1.0, 0]


def test_chance_and_count_are_kept() -> None:
    """A count runs down to off; a chance strikes its share, the same in each run with the same seed."""
    faults, again = Faults(), Faults()
    faults.set("503", Fault(count=2))
    assert [faults.strikes("503") for _ in range(3)] == ["", "", None]
    for one in (faults, again):
        one.chance.seed(7)
        one.set("429", Fault(0.25))
    struck = [faults.strikes("429") is not None for _ in range(2000)]
    assert struck == [again.strikes("429") is not None for _ in range(2000)]
    assert 400 < sum(struck) < 600
    assert faults.struck == {"503": 2, "429": sum(struck)}


@pytest.mark.parametrize("name", MEANINGS)
def test_every_switch_can_be_written_on_the_command_line(name: str) -> None:
    """NAME[=VALUE][@PROBABILITY][xCOUNT], names with digits and with one another's beginnings included."""
    value = {"refuse": "Other", "server-failure": "Other", "429": "date", "429-reads": "date"}.get(name, "5")
    assert parse(f"{name}={value}@0.5x3") == (name, Fault(0.5, 3, value))
    assert parse(f"{name}x3") == (name, Fault(count=3))
    assert parse(name) == (name, Fault())


@pytest.mark.parametrize("text", ["", "nothing", "503@", "503xx", "503@2x", "=5", "latency=", "503 "])
def test_what_is_no_switch_is_refused(text: str) -> None:
    """A typing error must not pass as a quiet day."""
    if text == "latency=":
        assert parse(text) == ("latency", Fault())
        return
    with pytest.raises(ValueError, match="is not a fault"):
        parse(text)


async def test_a_served_node_takes_its_switches_at_the_start(tmp_path: Path) -> None:
    """As the command gives them; a bad one is refused before anything is served."""
    async with loopback(tmp_path / "chain.devnet", faults=("503x1",), seed=5) as node:
        assert (await node.post(reprice())).status_code == 503
        await node.take(reprice())
        assert (await node.get("/devnet/faults"))["struck"] == {"503": 1}
    with pytest.raises(ValueError, match="nonsense"):
        async with loopback(tmp_path / "chain.devnet", faults=("nonsense",)):
            pass


async def test_a_taken_address_is_refused(tmp_path: Path, served: Node) -> None:
    """A sentence with the port and what to do, not a node that nobody reaches."""
    port = served.http.base_url.port
    with pytest.raises(Unavailable, match=rf"Port {port} of 127\.0\.0\.1 .*in use.*another --port"):
        async with loopback(tmp_path / "other.devnet", port=port):
            pass
