"""One promise, every door: what the engine promises in this process it promises over HTTP, the errors included."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from engine import Settings, open_engine
from engine.core.attempts import courses
from engine.core.content_story import OnChain
from engine.core.events import TxAccepted, TxUnclear
from engine.core.lifecycle import outcome
from engine.core.loglines import line_of
from engine.core.logquery import LogQuery
from engine.core.model import BatchStatus, Draft, DraftItem, Hold, ItemState, Operation, Outcome
from engine.core.oversight import Act, AlertQuery, AuditQuery, Quota
from engine.core.reports import BatchQuery, ContentQuery, ItemQuery
from engine.core.slot_state import SlotState
from engine.core.summary import status
from engine.core.vitals import NodeStanding
from engine.errors import (
    BatchdeckError,
    Conflict,
    Gone,
    InvalidDraft,
    NotFound,
    TooManyRequests,
    Unavailable,
)
from engine.remote import open_at
from tests.core.nouns import CREATOR, NOW, OTHER
from tests.engine.doors import DOORS, Door, opened
from tests.engine.rig import contents, price
from tests.fakes import ScriptedChain
from tests.web.support import CREATOR as SERVED
from tests.web.support import served

NOBODYS = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
COUNT = 6
BAD = [
    Draft("update-price", CREATOR, ("c1",), {"newPrice": 0}),
    Draft("update-price", CREATOR, ("c1", "c1"), {"newPrice": 1.5}),
    Draft("update-price", CREATOR, ("c1",), {"newPrice": float("nan")}),
    Draft("update-price", CREATOR, ("c1",), {"newPrice": {1, 2}}),
    Draft("update-price", "SP000", (), {"newPrice": 1, "more": 2}),
    Draft("update-nothing", CREATOR, ("c1",), {}),
    Draft("remove-content", CREATOR, ("c1",), {"removalReason": "x" * 501}),
    Draft("update-metadata", CREATOR, ("c1",), {"updates": {"price": 1, "title": ""}}),
    Draft("update-price", CREATOR, items=(DraftItem("c1", {"newPrice": "1"}), DraftItem("c2", {}))),
]
REFUSED: list[Callable[..., Awaitable[object]]] = [
    lambda engine: engine.batches(BatchQuery(limit=0)),
    lambda engine: engine.batches(BatchQuery(after="not a cursor")),
    lambda engine: engine.contents(ContentQuery(limit=501)),
    lambda engine: engine.contents(ContentQuery(text="\0")),
    lambda engine: engine.contents(ContentQuery(content_ids=frozenset({"\ud800"}))),
    lambda engine: engine.changes("", 1001),
    lambda engine: engine.changes("nothing"),
    lambda engine: engine.audit(AuditQuery(limit=0)),
    lambda engine: engine.batches(BatchQuery(creator="nobody")),
    lambda engine: engine.batches(BatchQuery(creator="")),
    lambda engine: engine.batches(BatchQuery(creator="SP2J6ZY48GV1EZ5V2V5RB9MP66SW86PYKKNRV9EJ7", limit=0)),
    lambda engine: engine.alerts(AlertQuery(limit=0)),
    lambda engine: engine.log_lines(LogQuery("\0", "nothing", 501)),
    lambda engine: engine.acknowledge(999),
    lambda engine: engine.audit(AuditQuery(NOBODYS)),
    lambda engine: engine.batch(NOBODYS),
    lambda engine: engine.batch("health"),
    lambda engine: engine.batch("creator/x?y#z"),
    lambda engine: engine.batch("\ud800"),
    lambda engine: engine.batch(""),
    lambda engine: engine.whole(NOBODYS),
    lambda engine: engine.items(NOBODYS, ItemQuery()),
    lambda engine: engine.item(NOBODYS, "c1"),
    lambda engine: engine.item(NOBODYS, "c1/\0"),
    lambda engine: engine.story(NOBODYS, "c1"),
    lambda engine: engine.retry(NOBODYS),
    lambda engine: engine.retries(NOBODYS),
    lambda engine: engine.retries("\0"),
    lambda engine: engine.select_retry(NOBODYS),
    lambda engine: engine.revert(NOBODYS),
    lambda engine: engine.select_revert(NOBODYS),
    lambda engine: engine.pause(NOBODYS),
    lambda engine: engine.resume(NOBODYS),
    lambda engine: engine.cancel(NOBODYS),
    lambda engine: engine.cancel(NOBODYS, "\0"),
    lambda engine: engine.release_lane("nobody"),
    lambda engine: engine.release_lane("../engine"),
    lambda engine: engine.slots("nobody"),
    lambda engine: engine.pause_lane("nobody"),
    lambda engine: engine.pause_lane("../engine"),
    lambda engine: engine.pause_lane(OTHER, "\0"),
    lambda engine: engine.resume_lane("nobody"),
    lambda engine: engine.resume_lane("../engine"),
    lambda engine: engine.slots("../engine"),
    lambda engine: engine.bump_slot("nobody", 0),
    lambda engine: engine.bump_slot("../engine", 0),
    lambda engine: engine.bump_slot(OTHER, 0),
    lambda engine: engine.bump_slot(OTHER, -1, "xyz", 0, "\0"),
    lambda engine: engine.repost_slot("nobody", 0),
    lambda engine: engine.repost_slot("../engine", 0),
    lambda engine: engine.repost_slot(OTHER, True, "0x"),
    lambda engine: engine.slots("\ud800"),
    lambda engine: engine.content("nothing"),
    lambda engine: engine.content("c1/\0"),
    lambda engine: engine.content("\ud800"),
    lambda engine: engine.content("c1", 0),
    lambda engine: engine.content("c1", 501),
    lambda engine: engine.slots(OTHER),
    lambda engine: engine.select_retry("NOBODY", frozenset()),
    lambda engine: engine.retry("NOBODY", ["nope"], [None], None, 5),
]


@pytest.fixture(params=DOORS)
async def door(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Door]:
    async with opened(request.param, tmp_path / "d.sqlite3", contents(COUNT)) as found:
        yield found


Opener = Callable[..., AbstractAsyncContextManager[Door]]


@pytest.fixture(params=DOORS)
def open_door(request: pytest.FixtureRequest, tmp_path: Path) -> Opener:
    """Open a door of one's own, for plays with another chain or a quota."""

    def opener(**given: object) -> AbstractAsyncContextManager[Door]:
        return opened(request.param, tmp_path / "d.sqlite3", contents(COUNT), **given)

    return opener


async def refusal(work: Awaitable[object]) -> BatchdeckError:
    """Return the error that a call raises."""
    with pytest.raises(BatchdeckError) as caught:
        await work
    return caught.value


async def test_what_is_accepted_is_there(door: Door) -> None:
    """A batch is durable and whole once submit answers: the same noun at either door."""
    due = datetime(2026, 5, 1, 8, 30, 0, 123_456, tzinfo=UTC)
    draft = replace(price("c1", "c2"), scheduled_for=due, why="spring — “sale”")
    batch = await door.engine.submit(draft)
    assert (batch.payload, batch.scheduled_for, batch.why) == ({"newPrice": 2_000_000}, due, "spring — “sale”")
    assert (batch.who, status(batch), batch.hold) == ("tester", BatchStatus.SCHEDULED, Hold.NONE)
    assert batch == await door.rig.engine.batch(batch.id) == await door.engine.batch(batch.id)


async def test_bad_drafts_are_refused_in_the_same_words(door: Door) -> None:
    """Every problem is named, with its field, and nothing is stored."""
    for draft in BAD:
        error, here = await refusal(door.engine.submit(draft)), await refusal(door.rig.engine.submit(draft))
        assert isinstance(error, InvalidDraft)
        assert isinstance(here, InvalidDraft)
        assert (draft, error.problems) == (draft, here.problems)
    assert (await door.engine.batches(BatchQuery())).total == 0


async def test_too_many_are_refused_with_their_number(door: Door) -> None:
    """101 contents are too many for one batch, and the refusal says how many were sent and may be."""
    error = await refusal(door.engine.submit(price(*(f"c{n}" for n in range(101)))))
    assert isinstance(error, InvalidDraft)
    assert error.extra == {"submitted": 101, "allowed": 100}


async def test_a_key_gives_one_batch(door: Door) -> None:
    """The same key and draft give the same batch again; another draft under that key is a conflict."""
    first = await door.engine.submit(price("c1"), "one")
    assert (await door.engine.submit(price("c1"), "one")).id == first.id
    assert isinstance(await refusal(door.engine.submit(price("c2"), "one")), Conflict)
    assert (await door.engine.submit(price("c1"))).id != first.id
    assert (await door.engine.batches(BatchQuery())).total == 2


async def test_all_or_none(door: Door) -> None:
    """Several drafts are accepted in order, or none of them."""
    good = [price("c1"), Draft("remove-content", CREATOR, ("c2",), {"removalReason": "gone"})]
    assert isinstance(await refusal(door.engine.submit_all([*good, price("c3", to=0)])), InvalidDraft)
    assert (await door.engine.batches(BatchQuery())).total == 0
    batches = await door.engine.submit_all(good)
    assert [batch.operation for batch in batches] == [Operation.UPDATE_PRICE, Operation.REMOVE_CONTENT]
    assert await door.engine.submit_all([]) == []


async def test_a_review_says_it_all_and_does_nothing(door: Door) -> None:
    """A draft of more contents than a batch has is reviewed item by item, with fees, and nothing is stored."""
    draft = Draft("update-price", CREATOR, [*(f"c{n}" for n in range(1, 200))], {"newPrice": 1_000_000})
    review = await door.engine.review(draft)
    assert review == await door.rig.engine.review(draft)
    assert (len(review.rows), review.batches, review.rows[0].unchanged) == (199, 2, True)
    other = price("c1", "c2", "nothing")
    assert await door.engine.review(other) == await door.rig.engine.review(other)
    assert isinstance(await refusal(door.engine.review(price("c1", to=0))), InvalidDraft)
    assert (await door.engine.batches(BatchQuery())).total == 0


async def test_a_review_tells_what_waits_to_change_the_same(door: Door) -> None:
    """An old value is what the catalogue has, not what it will have: the newest to come is told, and how many more."""
    first, due = price("c1", "c2", to=7), door.rig.clock.now() + timedelta(days=1)
    for draft in (first, replace(first, payload={"newPrice": 8}, content_ids=("c1",))):
        await door.engine.submit(replace(draft, scheduled_for=due))
    long = "so " * 100
    removal = Draft("remove-content", CREATOR, ("c3",), {"removalReason": long}, scheduled_for=due)
    await door.engine.submit(removal)
    review = await door.engine.review(price("c1", "c2", "c3", "c4", to=9))
    assert review == await door.rig.engine.review(price("c1", "c2", "c3", "c4", to=9))
    newest, only, gone, nothing = [row.waits or "" for row in review.rows]
    when = f"scheduled for {due:%Y-%m-%d %H:%M} UTC"
    assert newest.startswith("0.000008 STX, in batch ")
    assert newest.endswith(f"{when}, and 1 more accepted before it")
    assert only.startswith("0.000007 STX, in batch ")
    assert only.endswith(when)
    assert "so so" in gone
    assert len(gone) < 200
    assert nothing == ""
    assert [row.problem for row in review.rows] == [None] * 4


async def test_a_review_of_a_removal_that_is_sent_again(door: Door) -> None:
    """What its own removal took out is no obstacle to a retry: it costs what it costs, and nothing would fail."""
    door.rig.chain.abort = lambda call: "u507"
    removal = Draft("remove-content", CREATOR, ("c1",), {"removalReason": "gone"})
    parent = await door.engine.submit(removal)
    await door.rig.settled(parent)
    door.rig.chain.abort = lambda call: None
    anew = await door.engine.review(removal)
    assert (anew.rows[0].problem, anew.calls) == ("Content not found", 0)
    again = await door.engine.review(removal, again=["c1"])
    assert again == await door.rig.engine.review(removal, again=["c1"])
    (row,) = again.rows
    assert (row.problem, row.unchanged, again.calls) == (None, False, 1)
    assert again.fee_total == again.fee_each > 0
    (found,) = (await door.rig.settled((await door.engine.retry(parent.id)).batch)).values()
    assert outcome(found) is Outcome.CONFIRMED


async def test_a_review_beyond_one_call(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    """What one call can't carry is reviewed in several, and reads as it does in one process, refusals included."""
    monkeypatch.setattr("engine.remote.parts.MAX_AT_ONCE", 70)
    names = ["nothing", *(f"c{n}" for n in range(1, COUNT + 1)), *(f"x{n}" for n in range(150))]
    plain = Draft("update-price", CREATOR, names, {"newPrice": 5})
    own = Draft("update-price", CREATOR, (), {}, items=[DraftItem(one, {"newPrice": 5}) for one in names])
    for draft in (plain, own):
        review = await door.engine.review(draft)
        assert review == await door.rig.engine.review(draft)
        assert (len(review.rows), review.batches, review.calls) == (len(names), 2, COUNT)
    twice = replace(plain, content_ids=[*names, "nothing"])
    error, here = await refusal(door.engine.review(twice)), await refusal(door.rig.engine.review(twice))
    assert isinstance(error, InvalidDraft)
    assert isinstance(here, InvalidDraft)
    assert error.problems == here.problems
    monkeypatch.setattr("engine.remote.parts.MAX_BODY", 12_000)
    long = replace(plain, content_ids=[f"{n}" + "é" * 100 for n in range(120)])
    assert await door.engine.review(long) == await door.rig.engine.review(long)


async def test_every_list_reads_the_same(door: Door) -> None:
    """Batches, items, contents, creators, stories and the audit are the nouns that they are in this process."""
    engine, own = door.engine, door.rig.engine
    draft = Draft("update-metadata", CREATOR, ("c3",), {"updates": {"title": "Ünïcode", "refundWindowDays": 3}})
    first, second = await engine.submit(price("c1", "c2", "missing")), await engine.submit(draft)
    await door.rig.settled(first)
    await door.rig.settled(second)
    assert await engine.batches(BatchQuery()) == await own.batches(BatchQuery())
    for batch in (first, second):
        found = await engine.items(batch.id, ItemQuery())
        assert found == await own.items(batch.id, ItemQuery())
        assert await engine.whole(batch.id) == (await own.batch(batch.id), found.rows)
        for item in found.rows:
            assert await engine.item(batch.id, item.content_id) == item
            assert await engine.story(batch.id, item.content_id) == await own.story(batch.id, item.content_id)
    both = [first.id, second.id]
    assert await engine.content_ids([*both, NOBODYS]) == await own.content_ids(both)
    assert await engine.contents(ContentQuery()) == await own.contents(ContentQuery())
    assert await engine.creators() == await own.creators()
    assert await engine.signers() == await own.signers()
    assert await engine.audit(AuditQuery()) == await own.audit(AuditQuery())


async def test_lists_are_filtered_and_paged(door: Door) -> None:
    """A page ends where it should, and its cursor goes on without a gap."""
    engine = door.engine
    batches = [await engine.submit(price(f"c{n}")) for n in (1, 2, 3)]
    await door.rig.settled(batches[-1])
    page = await engine.batches(BatchQuery(limit=2))
    rest = await engine.batches(BatchQuery(limit=2, after=page.next))
    assert [one.id for one in (*page.rows, *rest.rows)] == [one.id for one in reversed(batches)]
    assert (page.total, rest.next) == (3, None)
    assert (await engine.batches(BatchQuery(text=batches[0].id.lower()))).total == 1
    assert (await engine.batches(BatchQuery(creator=OTHER))).total == 0
    assert (await engine.batches(BatchQuery(status=BatchStatus.CANCELLED))).rows == ()
    assert (await engine.batches(BatchQuery(skip=2))).rows == rest.rows
    some = ItemQuery(outcomes=frozenset({Outcome.CONFIRMED}), content_ids=frozenset({"c3"}), text="TITLE")
    assert (await engine.items(batches[2].id, some)).total == 1
    assert (await engine.items(batches[2].id, replace(some, text="nothing"))).total == 0
    found = await engine.contents(ContentQuery(creator=CREATOR, text="title", limit=4))
    more = await engine.contents(ContentQuery(creator=CREATOR, text="title", limit=4, after=found.next))
    assert [one.content_id for one in (*found.rows, *more.rows)] == [f"c{n}" for n in range(1, COUNT + 1)]
    together = await engine.submit_all([price("c1"), price("c2")])
    page = await engine.batches(BatchQuery(group=together[0].id))
    assert [one.group for one in page.rows] == [together[1].group, together[0].group]
    changed = await engine.contents(ContentQuery(search="changed:<1h !c2"))
    assert [one.content_id for one in changed.rows] == ["c1", "c3"]
    with pytest.raises(InvalidDraft, match="colour"):
        await engine.contents(ContentQuery(search="colour:red"))


async def test_a_content_is_told_on_both_sides(open_door: Opener) -> None:
    """What changed it, by which batch and what came of it; what the contract has of it, and why nobody can tell."""
    told: dict[int, OnChain] = {}

    async def tell(on_chain_id: int) -> OnChain | None:
        return told.get(on_chain_id)

    chain = ScriptedChain(abort=lambda call: "u507", tell_content=tell)
    async with open_door(chain=chain) as door:
        engine, own = door.engine, door.rig.engine
        batch = await engine.submit(replace(price("c1"), why="sale"))
        await door.rig.settled(batch)
        signer = (await engine.item(batch.id, "c1")).signer
        assert signer is not None
        story = await engine.content("c1")
        assert story == await own.content("c1")
        change, begun = story.changes
        assert change.item == await engine.item(batch.id, "c1")
        assert (change.who, begun.item, story.total, story.on_chain, story.unknown) == (batch.who, None, 2, None, None)
        assert (change.why, begun.why) == ("sale", None)
        assert story.content.price == change.new["price"] != change.old["price"]
        told[1] = OnChain(signer, 5)
        assert (await engine.content("c1")).on_chain == OnChain(signer, 5)
        told[1] = OnChain(OTHER, 5)
        assert (await engine.content("c1")).on_chain == OnChain(OTHER, 5, foreign=True)
        part = await engine.content("c1", 1)
        assert (part.changes, part.total) == ((change,), 2)
        chain.down = True
        story = await engine.content("c1")
        assert (story.on_chain, story.unknown, story.changes) == (None, "connection refused", (change, begun))


async def test_refusals_are_the_same(door: Door) -> None:
    """What can't be answered is refused with the same error, in the same words."""
    for number, ask in enumerate(REFUSED):
        error, here = await refusal(ask(door.engine)), await refusal(ask(door.rig.engine))
        assert (number, type(error), str(error)) == (number, type(here), str(here))
        assert getattr(error, "problems", ()) == getattr(here, "problems", ())


async def test_an_empty_choice_is_refused_and_never_means_all(door: Door) -> None:
    """Whoever names no content of a batch that stands there is told so, and is shown none of it."""
    batch = await door.engine.submit(price("c1", "missing"))
    await door.rig.settled(batch)
    for ask in (
        door.engine.select_retry(batch.id, content_ids=()),
        door.engine.select_revert(batch.id, ()),
        door.engine.retry(batch.id, content_ids=[]),
        door.engine.revert(batch.id, []),
    ):
        assert str(await refusal(ask)) == "contentIds: No content is named: name some, or leave the field out for all"
    assert (await door.engine.batches(BatchQuery())).total == 1


async def test_retry_and_revert(open_door: Opener) -> None:
    """Exactly what stayed off-chain goes again, what is left out is named, and a revert puts the old values back."""
    chain = ScriptedChain(abort=lambda call: "u507")
    async with open_door(chain=chain) as door:
        engine, own = door.engine, door.rig.engine
        batch = await engine.submit(price("c1", "c2", "missing"))
        await door.rig.settled(batch)
        chain.abort = lambda call: None
        chosen = await engine.select_retry(batch.id)
        assert chosen == await own.select_retry(batch.id)
        assert [item.content_id for item in chosen.items] == ["c1", "c2", "missing"]
        started = await engine.retry(batch.id, frozenset({Outcome.OFF_CHAIN}), ["c1"], "again", "the contract is back")
        assert (started.batch.retry_of, started.batch.why) == (batch.id, "the contract is back")
        assert started.batch.tally.total == 1
        again = await engine.retry(batch.id, frozenset({Outcome.OFF_CHAIN}), ["c1"], "again", "the contract is back")
        assert (again.batch.id, again.skipped) == (started.batch.id, started.skipped)
        await door.rig.settled(started.batch)
        assert isinstance(await refusal(engine.retry(batch.id, content_ids=["c1"])), Conflict)
        rest = await engine.retry(batch.id)
        assert [(one.content_id, bool(one.reason)) for one in rest.skipped] == [("c1", True)]
        await door.rig.settled(rest.batch)
        assert await engine.select_revert(started.batch.id) == await own.select_revert(started.batch.id)
        back = await engine.revert(started.batch.id, why="a mistake")
        assert (back.batch.revert_of, back.batch.payload) == (started.batch.id, {"newPrice": 1_000_000})
        removal = await engine.submit(Draft("remove-content", CREATOR, ("c6",), {}))
        await door.rig.settled(removal)
        assert isinstance(await refusal(engine.revert(removal.id)), Conflict)


async def test_a_chain_of_retries_is_told_from_its_first_batch(open_door: Opener) -> None:
    """A retry, a retry of a part of it, another part of the first: what each content came to, wherever one asks."""
    chain = ScriptedChain(abort=lambda call: "u507")
    stayed = frozenset({Outcome.OFF_CHAIN})
    async with open_door(chain=chain) as door:
        engine, own = door.engine, door.rig.engine
        first = await engine.submit(price("c1", "c2", "c3", "missing"))
        await door.rig.settled(first)
        alone = await engine.retries(first.id)
        assert (alone.total, [batch.id for batch in alone.batches], alone.attempts) == (0, [first.id], alone.last)
        second = (await engine.retry(first.id, stayed, ["c1", "c2"])).batch
        await door.rig.settled(second)
        chain.abort = lambda call: None
        third = (await engine.retry(second.id, stayed, ["c2"])).batch
        await door.rig.settled(third)
        held = (await engine.retry(first.id, frozenset({Outcome.FAILED}))).batch
        await door.rig.settled(held)
        found = await own.retries(third.id)
        for asked in (first, second, third, held):
            assert await engine.retries(asked.id) == found
        assert [batch.id for batch in found.batches] == [first.id, second.id, third.id, held.id]
        assert (found.total, found.hidden) == (3, 0)
        told = {one.last.content_id: one for one in courses(found)}
        outcomes = {name: [one and one.outcome for one in course.attempts] for name, course in told.items()}
        off, failed = Outcome.OFF_CHAIN, Outcome.FAILED
        assert outcomes == {
            "c1": [off, off, None, None],
            "c2": [off, off, Outcome.CONFIRMED, None],
            "c3": [off, None, None, None],
            "missing": [failed, None, None, failed],
        }
        assert {name: course.last.batch_id for name, course in told.items()} == {
            "c1": second.id, "c2": third.id, "c3": first.id, "missing": held.id,
        }  # fmt: skip
        assert [name for name, course in told.items() if course.retried] == ["c1", "c2", "missing"]
        assert [name for name, course in told.items() if course.ended_well] == ["c2"]
        assert (told["c1"].last.error, told["c2"].last.error) == (told["c1"].attempts[0].error, None)


async def test_a_batch_is_held_and_goes_on(door: Door) -> None:
    """Pause, resume and cancel answer with the batch as it is then, and refuse what can't be."""
    engine = door.engine
    batch = await engine.submit(replace(price("c1", "c2"), scheduled_for=door.rig.clock.now() + timedelta(days=1)))
    assert status(await engine.pause(batch.id, "prices are wrong")) is BatchStatus.PAUSED
    assert isinstance(await refusal(engine.pause(batch.id)), Conflict)
    assert (await engine.resume(batch.id)).hold is Hold.NONE
    cancelled = await engine.cancel(batch.id, "for good")
    assert cancelled == await door.rig.engine.batch(batch.id)
    assert cancelled.tally.of(ItemState.CANCELLED) == 2
    assert isinstance(await refusal(engine.resume(batch.id)), Conflict)
    deeds = (await engine.audit(AuditQuery(batch.id))).rows
    assert [(deed.act, deed.why) for deed in deeds] == [
        (Act.CANCEL, "for good"), (Act.RESUME, None), (Act.PAUSE, "prices are wrong"), (Act.SUBMIT, None),
    ]  # fmt: skip


async def test_the_emergency_stop(door: Door) -> None:
    """The whole engine stops and goes on, and both are told."""
    await door.engine.pause_all("fire")
    assert (await door.engine.health()).paused
    await door.engine.resume_all()
    assert not (await door.engine.health()).paused
    acts = [deed.act for deed in (await door.engine.audit(AuditQuery(limit=2))).rows]
    assert acts == [Act.RESUME_ALL, Act.PAUSE_ALL]


async def test_one_lane_is_paused_and_goes_on(open_door: Opener) -> None:
    """Nothing new is signed there until it is resumed; who did it and why is told, and twice is refused."""
    async with open_door() as door:
        engine, address = door.engine, door.rig.line.tools.desk.signers.address_for(CREATOR)
        await engine.pause_lane(address, "fees look wrong")
        assert isinstance(await refusal(engine.pause_lane(address)), Conflict)
        batch = await engine.submit(price("c1", "c2"))

        async def applied() -> bool:
            return (await engine.batch(batch.id)).tally.of(ItemState.APPLIED) == 2

        await door.rig.until(applied)
        for _ in range(5):
            await door.rig.turn()
            door.rig.clock.pass_(5)
        (lane,) = await engine.signers()
        assert (lane.paused, lane.held) == (True, "Paused by tester: fees look wrong")
        assert ((await engine.slots(address)).held, door.rig.chain.posts) == (lane.held, [])
        assert [one.message for one in (await engine.changes("")).alerts] == [f"Lane {address}: {lane.held}"]
        await engine.resume_lane(address)
        items = await door.rig.settled(batch)
        assert {outcome(item) for item in items.values()} == {Outcome.CONFIRMED}
        assert isinstance(await refusal(engine.resume_lane(address)), Conflict)
        acts = [(deed.act, deed.why) for deed in (await engine.audit(AuditQuery())).rows if deed.detail == address]
        assert acts == [(Act.RESUME_LANE, None), (Act.PAUSE_LANE, "fees look wrong")]


async def test_a_lane_is_released_only_when_it_is_held(door: Door) -> None:
    """A lane that nothing holds can't be released, and the refusal is the same."""
    address = door.rig.line.tools.desk.signers.address_for(CREATOR)
    error, here = await refusal(door.engine.release_lane(address)), await refusal(door.rig.engine.release_lane(address))
    assert (type(error), str(error)) == (type(here), str(here))
    assert isinstance(error, Conflict)


async def test_an_import_is_all_or_none(door: Door) -> None:
    """Contents come in as they are given; one that can't be is named by its place, and then none is stored."""
    new = replace(contents(1, first=50)[0], title="Tïtle, “quoted”", on_chain_id=None, refundable=True, url="https://x")
    assert await door.engine.import_contents([new]) == []
    assert (await door.engine.contents(ContentQuery(content_ids=frozenset({"c50"})))).rows == (new,)
    bad = [
        replace(new, title="changed"),
        replace(new, content_id="c51", price=-1),
        replace(new, content_id="c52", creator="nobody"),
    ]
    strange = [new, replace(new, content_id="c53", title="half \ud800")]
    assert [index for index, _ in await door.engine.import_contents(strange)] == [1]
    refused = await door.engine.import_contents(bad)
    assert refused == await door.rig.engine.import_contents(bad)
    assert [index for index, _ in refused] == [1, 2]
    removal = await door.engine.submit(Draft("remove-content", CREATOR, ("c1",), {}))
    await door.rig.settled(removal)
    gone = [replace(contents(1)[0], title="back")]
    assert await door.engine.import_contents(gone) == await door.rig.engine.import_contents(gone) != []
    assert (await door.engine.contents(ContentQuery(content_ids=frozenset({"c50"})))).rows == (new,)
    (kept,) = (await door.engine.contents(ContentQuery(content_ids=frozenset({"c1"}), removed=True))).rows
    assert kept.removed_at is not None


async def test_changes_tell_everything_once(door: Door) -> None:
    """What changed after a revision is told whole, page by page, and an unknown revision says: load all again."""
    engine, own = door.engine, door.rig.engine
    since = (await engine.changes("")).revision
    batch = await engine.submit(price("c1", "c2", "c3"))
    await door.rig.settled(batch)
    told = await engine.changes(since)
    assert told == await own.changes(since)
    assert [one.id for one in told.batches] == [batch.id]
    assert {outcome(item) for item in told.items} == {Outcome.CONFIRMED}
    pages, revision, more = 0, since, True
    seen = set[str]()
    while more:
        page = await engine.changes(revision, 1)
        pages, revision, more = pages + 1, page.revision, page.more
        seen |= {item.content_id for item in page.items}
    assert seen == {"c1", "c2", "c3"}
    assert pages > 1
    assert isinstance(await refusal(engine.changes("0-0-nothing")), Gone)


async def test_health_is_told_also_when_it_is_bad(door: Door) -> None:
    """An engine whose node is away says so in its health, part by part; it isn't an error to ask."""
    batch = await door.engine.submit(price("c1"))
    await door.rig.settled(batch)

    async def well() -> bool:
        return (await door.engine.health()).ok

    await door.rig.until(well, mine=False, step=0)  # ticks come by a real clock: by the play's, the last is long ago
    health = await door.engine.health()
    own = await door.rig.engine.health()
    assert health.statuses == own.statuses
    assert health.ok, health.parts
    assert (health.network, health.chain, health.simulated) == ("testnet", "scripted", True)
    assert (health.average_duration, health.success_rate) == (own.average_duration, own.success_rate)
    door.rig.chain.down = True

    async def unwell() -> bool:
        return not {part.name: part for part in (await door.engine.health()).parts}["node"].ok

    await door.rig.until(unwell, mine=False, step=5)
    assert not await well()
    parts = {part.name: part for part in (await door.engine.health()).parts}
    assert "unreachable" in parts["node"].detail
    alerts = (await door.engine.changes("")).alerts
    assert alerts == (await door.rig.engine.changes("")).alerts
    assert [alert.key for alert in alerts] == ["node"]
    kept = await door.engine.alerts(AlertQuery(open=True))
    assert kept == await door.rig.engine.alerts(AlertQuery(open=True))
    seen = [await door.engine.acknowledge(one.id, "on it") for one in kept.rows]
    assert [(one.acknowledged_by, one.why) for one in seen] == [("tester", "on it")] * len(seen)
    assert (await door.engine.alerts(AlertQuery(open=True))).total == 0


async def test_nothing_is_accepted_for_a_refused_node(open_door: Opener) -> None:
    """A node of another chain is refused, and so is every batch, with the reason."""
    async with open_door() as door:
        door.rig.line.tools.refused = "The node is of mainnet: give another"
        for work in (door.engine.submit(price("c1")), door.engine.submit_all([price("c1")])):
            error = await refusal(work)
            assert (type(error), str(error)) == (Unavailable, "The node is of mainnet: give another")


async def test_a_creator_has_a_quota(open_door: Opener) -> None:
    """Whoever had enough for this hour is told how long to wait."""
    async with open_door(quota=Quota(1, 0)) as door:
        await door.engine.submit(price("c1"))
        error = await refusal(door.engine.submit(price("c2")))
        assert isinstance(error, TooManyRequests)
        assert 0 < error.retry_after <= 3600


async def test_a_lane_is_shown_slot_by_slot(open_door: Opener) -> None:
    """The window tells for each nonce what holds it, for which items, and for how long: the same at either door."""
    chain = ScriptedChain(script={1: lambda txid: TxUnclear(txid, "No answer within 10 s")})
    async with open_door(chain=chain) as door:
        address = door.rig.line.tools.desk.signers.address_for(CREATOR)
        quiet = await door.engine.slots(address)
        assert (quiet.confirmed, quiet.next, quiet.slots, quiet.waiting, quiet.size) == (0, 0, (), 0, 25)
        batch = await door.engine.submit(price("c1", "c2", "c3"))

        async def posted() -> bool:
            return all(item.submitted for item in (await door.rig.items(batch)).values())

        await door.rig.until(posted, mine=False, step=0)
        shown = await door.engine.slots(address)
        assert shown == await door.rig.engine.slots(address)
        assert sorted(slot.state for slot in shown.slots) == [SlotState.DOUBT, SlotState.POSTED, SlotState.POSTED]
        assert [(one.batch_id, one.content_id) for slot in shown.slots for one in slot.carries] == [
            (batch.id, name) for name in ("c1", "c2", "c3")
        ]
        first = await door.engine.item(batch.id, "c1")
        assert (shown.slots[0].txid, shown.slots[0].fee, shown.next) == (first.txid, first.fee, 3)
        assert (shown.fees_open, shown.fees_paid) == (6000, 0)
        await door.rig.settled(batch)
        paid = await door.engine.slots(address)
        assert (paid.fees_open, paid.fees_paid, paid.confirmed) == (0, 6000, 3)
        assert paid == await door.rig.engine.slots(address)


async def test_one_slot_is_raised_and_posted_again_by_hand(open_door: Opener) -> None:
    """What the picture offers is done and told, exactly and once; what it refuses is refused in the same words."""
    async with open_door(chain=ScriptedChain(least_fee=10**9)) as door:
        engine, address = door.engine, door.rig.line.tools.desk.signers.address_for(CREATOR)
        batch = await engine.submit(price("c1"))

        async def waits() -> bool:
            posting = door.rig.line.lanes.by_hand(address)._poster.under_way
            return [one.state for one in (await engine.slots(address)).slots] == [SlotState.POSTED] and not posting

        await door.rig.until(waits, mine=False, step=0)
        (seen,) = (await engine.slots(address)).slots
        assert (seen.next_fee, seen.no_bump, seen.no_repost) == (2501, None, None)
        made = await engine.bump_slot(address, 0, seen.txid, seen.next_fee, "the market went up")
        assert (made.nonce, made.fee, made.txid != seen.txid) == (0, 2501, True)
        await door.rig.until(waits, mine=False, step=0)
        assert await engine.repost_slot(address, 0, made.txid) == made
        for work in (engine.bump_slot(address, 0, seen.txid), engine.repost_slot(address, 0, seen.txid)):
            error = await refusal(work)
            assert (type(error), "Other bytes stand at nonce 0" in str(error)) == (Conflict, True)
        assert "no more" not in str(await refusal(engine.bump_slot(address, 0, fee=2501)))
        assert isinstance(await refusal(engine.bump_slot(address, 0, fee=50_001)), Conflict)
        assert isinstance(await refusal(engine.bump_slot(address, 7)), NotFound)
        await engine.pause_lane(address, "odd fees")
        (rests,) = (await engine.slots(address)).slots
        assert rests.no_bump == rests.no_repost == str(await refusal(engine.repost_slot(address, 0)))
        acts = [(deed.act, deed.why) for deed in (await engine.audit(AuditQuery(limit=3))).rows]
        assert acts[1:] == [(Act.REPOST_SLOT, None), (Act.BUMP_SLOT, "the market went up")]
        await engine.resume_lane(address)
        door.rig.chain.least_fee = 0
        assert (await door.rig.settled(batch))["c1"].txid == made.txid


async def test_the_engine_tells_its_own_state(door: Door) -> None:
    """Which one it is, how its node is, what is done and what waits: the same at either door."""
    batch = await door.engine.submit(price("c1", "missing"))
    await door.rig.settled(batch)
    told, own = await door.engine.vitals(), await door.rig.engine.vitals()
    assert told == replace(own, commits=told.commits, writing=told.writing)
    assert (told.who, told.network, told.chain) == ("tester", "testnet", "scripted")
    assert (told.outcomes[Outcome.CONFIRMED], told.outcomes[Outcome.FAILED], told.done) == (1, 1, 2)
    assert told.commits.count > 5
    (node,) = told.nodes
    assert (node.name, node.standing, node.tip) == ("scripted", NodeStanding.USED, door.rig.line.tools.node.tip)
    door.rig.chain.down = True
    await door.rig.until(lambda: not door.rig.line.tools.node.reachable, mine=False, step=5)
    (node,) = (await door.engine.vitals()).nodes
    assert (node.standing, node.trouble) == (NodeStanding.AWAY, "connection refused")


async def test_the_latest_log_lines_are_told(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    """Newest first, filtered by a text, page by page: the same at either door."""
    kept = [line_of(no, {"event": f"stép {no}", "level": "error", "nonce": no}, NOW) for no in range(1, 8)]
    monkeypatch.setattr("engine.logs.latest", lambda: tuple(kept))
    told = await door.engine.log_lines(LogQuery(limit=3))
    assert (told.rows, told.total, told.next) == (tuple(reversed(kept[4:])), 7, "5")
    assert (await door.engine.log_lines(LogQuery(limit=3, after=told.next))).rows == tuple(reversed(kept[1:4]))
    found = await door.engine.log_lines(LogQuery("STÉP 2"))
    assert (found.rows, found.total, found.next) == ((kept[1],), 1, None)


async def test_an_item_that_waits_looks_the_same(open_door: Opener) -> None:
    """Also what is still under way reads the same at either door, nonce, txid and fee included."""
    async with open_door(chain=ScriptedChain(script={0: TxAccepted})) as door:
        batch = await door.engine.submit(price("c1"))

        async def posted() -> bool:
            return (await door.rig.items(batch))["c1"].submitted

        await door.rig.until(posted, mine=False)
        item = await door.engine.item(batch.id, "c1")
        assert item == (await door.rig.items(batch))["c1"]
        assert (item.txid in door.rig.chain.posts, item.nonce, item.fee) == (True, 0, 2000)
        assert isinstance(await refusal(door.engine.item(batch.id, "c2")), NotFound)


async def test_a_process_elsewhere_and_a_reader_of_its_file_agree(tmp_path: Path) -> None:
    """A real engine over HTTP and its database read here tell the same nouns, to the microsecond."""
    with served(tmp_path, "--chain", "devnet") as api:
        api.take(["1", "2"], creator=SERVED)
        async with open_at(api.url) as far:
            draft = Draft("update-price", SERVED, ("1", "2", "3"), {"newPrice": 7})
            batch = await far.submit(replace(draft, scheduled_for=datetime(2026, 1, 1, 0, 0, 0, 5, UTC)))
            async with asyncio.timeout(60):
                while (batch := await far.batch(batch.id)).settled_at is None:
                    await asyncio.sleep(0.05)
            settings = Settings(database_url=f"sqlite:///{tmp_path}/test.sqlite3")
            async with open_engine(settings, read_only=True) as near:
                assert await near.batch(batch.id) == batch
                assert await far.whole(batch.id) == await near.whole(batch.id)
                assert await far.contents(ContentQuery()) == await near.contents(ContentQuery())
                assert await far.audit(AuditQuery()) == await near.audit(AuditQuery())
                for content_id in ("1", "3"):
                    assert await far.story(batch.id, content_id) == await near.story(batch.id, content_id)
                since = (await near.changes("")).revision
                assert (await far.changes("")).revision == since
