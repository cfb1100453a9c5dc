"""A review asks the node how calls would end: for free, not for long, and without a promise that nobody made."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path

import pytest

from engine.core.model import Content
from engine.core.operations import Call
from engine.core.reports import Foreseen, Review
from engine.line.preflight import STRIKES
from engine.line.tools import PREFLIGHTS, Limits
from engine.ports import CantTell, NodeUnreachable
from engine.wire import review_json
from tests.engine.rig import CREATOR, OTHER, Rig, contents, price, rig
from tests.fakes import ScriptedChain

PAUSED = "the contract is paused (u507): retry when it runs again"
P, A, U = Foreseen.PASSES, Foreseen.ABORTS, Foreseen.UNTRIED


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "engine.sqlite3"


def ids(count: int, first: int = 1) -> list[str]:
    return [f"c{n}" for n in range(first, first + count)]


def number(call: Call) -> int:
    return int(call.args[0].value)  # type: ignore[attr-defined]


def verdicts(review: Review) -> list[Foreseen | None]:
    return [row.foreseen for row in review.rows]


async def met(play: Rig) -> ScriptedChain:
    await play.contact()
    return play.chain


async def test_a_warning_is_no_problem(path: Path) -> None:
    """What would abort is said in the row with its reason, and is still a call that would be made."""
    async with rig(path, catalogue=contents(3)) as play:
        chain = await met(play)

        async def foresee(call: Call) -> str | None:
            return PAUSED if number(call) == 2 else None

        chain.foresee = foresee
        review = await play.engine.review(price(*ids(3)))
        assert verdicts(review) == [P, A, P]
        assert [row.warning for row in review.rows] == [None, PAUSED, None]
        assert [row.problem for row in review.rows] == [None] * 3
        assert (review.calls, review.untried, review.refused) == (3, None, None)
        assert {sender for _, sender in chain.tried} == {review.signer}
        told = review_json(review)
        assert told["preflight"] == {
            "asked": 3, "passes": 2, "aborts": 1, "notTried": 0, "why": None, "abortFees": review.fee_each,
            "reasons": [{"reason": PAUSED, "count": 1}],
        }  # fmt: skip
        assert [row["preflight"] for row in told["items"]] == ["passes", "aborts", "passes"]


async def test_only_what_would_change_is_asked_about(path: Path) -> None:
    """What isn't found, isn't on the chain, is another's or is unchanged costs the node no answer."""
    catalogue = [
        *contents(2),
        Content("free", CREATOR, "Free", 1_000_000),
        *contents(1, OTHER, 8),
        Content("same", CREATOR, "Same", 2_000_000, on_chain_id=9),
    ]
    async with rig(path, catalogue=catalogue) as play:
        chain = await met(play)
        review = await play.engine.review(price("c1", "nope", "free", "c8", "same", "c2"))
        assert verdicts(review) == [P, None, None, None, None, P]
        assert sorted(number(call) for call, _ in chain.tried) == [1, 2]
        assert [row.unchanged for row in review.rows] == [False, False, False, False, True, False]


async def test_at_most_eight_at_once_over_all_reviews(path: Path) -> None:
    """Two creators reviewed together ask no more at once than one, and every call once."""
    async with rig(path, catalogue=[*contents(30), *contents(30, OTHER, 31)]) as play:
        chain, under_way, most = await met(play), 0, 0

        async def foresee(call: Call) -> str | None:
            nonlocal under_way, most
            under_way += 1
            most = max(most, under_way)
            await asyncio.sleep(0.001)
            under_way -= 1
            return None

        chain.foresee = foresee
        both = price(*ids(30)), price(*ids(30, 31), creator=OTHER)
        reviews = await asyncio.gather(*(play.engine.review(draft) for draft in both))
        assert most == PREFLIGHTS
        assert [Counter(verdicts(review)) for review in reviews] == [{P: 30}, {P: 30}]
        assert Counter(number(call) for call, _ in chain.tried) == dict.fromkeys(range(1, 61), 1)


async def test_a_rate_limit_ends_it_at_once(path: Path) -> None:
    """The first 429 stops the asking: the rest is counted as not tried, and the line keeps its share of the limit."""
    async with rig(path, catalogue=contents(100)) as play:
        chain = await met(play)

        async def foresee(call: Call) -> str | None:
            if len(chain.tried) > 20:
                raise NodeUnreachable("The node's rate limit is reached (429)", 30)
            return PAUSED

        chain.foresee = foresee
        review = await play.engine.review(price(*ids(100)))
        counts = Counter(verdicts(review))
        assert counts == {A: 20, U: 80}
        assert len(chain.tried) <= 20 + PREFLIGHTS
        assert "429" in (review.untried or "")
        assert review_json(review)["preflight"]["notTried"] == 80
        assert play.line.tools.node.reachable


async def test_a_fault_now_and_then_costs_only_its_own_call(path: Path) -> None:
    """One answer that didn't come is one call not tried; the others are told."""
    async with rig(path, catalogue=contents(40)) as play:
        chain = await met(play)

        async def foresee(call: Call) -> str | None:
            if number(call) % 20 == 0:
                raise NodeUnreachable("The node answered 503")
            return None

        chain.foresee = foresee
        review = await play.engine.review(price(*ids(40)))
        assert Counter(verdicts(review)) == {P: 38, U: 2}
        assert review.untried == "The node answered 503"


async def test_a_node_without_call_read_is_asked_a_few_times_only(path: Path) -> None:
    """Failures in a row end the asking; the review is whole all the same, and says why in one line."""
    async with rig(path, catalogue=contents(100)) as play:
        chain = await met(play)

        async def foresee(call: Call) -> str | None:
            raise CantTell("The node answered 404")

        chain.foresee = foresee
        review = await play.engine.review(price(*ids(100)))
        assert Counter(verdicts(review)) == {U: 100}
        assert STRIKES <= len(chain.tried) <= STRIKES + PREFLIGHTS
        assert (review.untried, review.fee_total) == ("The node answered 404", 100 * review.fee_each)
        assert review.balance is not None


async def test_a_node_that_hangs_is_not_waited_for(path: Path) -> None:
    """The bound holds for the whole review, and what was told before it is kept."""
    async with rig(path, catalogue=contents(30)) as play:
        chain, hanging = await met(play), asyncio.Event()

        async def foresee(call: Call) -> str | None:
            if number(call) > 10:
                hanging.set()
                await asyncio.Event().wait()
            return None

        chain.foresee = foresee
        began = play.clock.monotonic()
        asked = asyncio.create_task(play.engine.review(price(*ids(30))))
        async with asyncio.timeout(20):
            await hanging.wait()
            while not asked.done():
                play.clock.pass_(1)
                await asyncio.sleep(0.005)
        review = asked.result()
        assert play.clock.monotonic() - began < 30
        assert Counter(verdicts(review)) == {P: 10, U: 20}
        assert review.untried == "the node took too long"
        assert play.line.tools.trying._value == PREFLIGHTS


async def test_an_unreachable_node_gives_a_review_all_the_same(path: Path) -> None:
    """Neither a node that never answered nor one that went away makes an error, or a row that looks fine."""
    async with rig(path, ScriptedChain(down=True), catalogue=contents(2)) as play:
        await play.until(lambda: play.line.tools.node.error, mine=False)
        review = await play.engine.review(price(*ids(2)))
        assert verdicts(review) == [U, U]
        assert review.untried == "Node unreachable: connection refused"
        play.chain.down = False
        await play.contact()
        assert verdicts(await play.engine.review(price(*ids(2)))) == [P, P]
        play.chain.down = True
        review = await play.engine.review(price(*ids(2)))
        assert verdicts(review) == [U, U]
        assert review.untried == "connection refused"
        assert review.fee_total > 0


async def test_a_refused_chain_is_one_problem(path: Path) -> None:
    """On the wrong network nothing could be submitted: it is said once, not in every row, and nobody is asked."""
    async with rig(path, ScriptedChain(network_id=1), catalogue=contents(2)) as play:
        await play.until(lambda: play.line.tools.refused, mine=False)
        review = await play.engine.review(price(*ids(2)))
        assert "0x00000001" in (review.refused or "")
        assert verdicts(review) == [None, None]
        assert [row.warning for row in review.rows] == [None, None]
        assert play.chain.tried == []
        assert review_json(review)["refused"] == review.refused


async def test_what_the_lane_has_under_way_is_not_spent_twice(path: Path) -> None:
    """Fees in flight, and of what waits for its turn, are taken off the balance before it is said to be enough."""
    chain = ScriptedChain(balance=20_000)
    async with rig(path, chain, limits=Limits(window=3, fee_max_batch=10_000), catalogue=contents(12)) as play:
        await met(play)
        await play.engine.submit(price(*ids(4)))
        await play.until(lambda: len(chain.posts) == 3, mine=False)
        review = await play.engine.review(price(*ids(8, 5)))
        assert (review.fee_each, review.balance, review.reserved) == (2000, 20_000, 8000)
        told = review_json(review)["funds"]
        assert (told["needs"], told["payableCalls"], told["enough"]) == (10_000, 5, True)
        assert (told["feeMaxBatch"], told["callsOverFeeMaxBatch"]) == (10_000, 3)
        chain.balance = 13_000
        assert review_json(await play.engine.review(price(*ids(8, 5))))["funds"]["payableCalls"] == 2
