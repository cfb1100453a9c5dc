"""The second look: what is submitted is what was shown, whoever changed it in between, and it is accepted once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Button

from console.choosing import review_all
from console.composing import Intent, Pick
from console.review_plan import Plan, plan
from console.review_rows import note, review_row
from console.review_views import changed_text, confirm_lines, head_lines
from console.screens.batch import BatchScreen
from console.screens.compose import ComposeScreen
from console.screens.review import ReviewScreen
from console.second_look import renewed, stands
from console.submitting import EARLIER, Submission
from console.widgets.row_table import RowTable
from engine.core.adjusting import read_adjustment
from engine.core.model import Batch, Content, Draft, ItemState
from engine.core.reports import BatchQuery, ContentQuery, Page, Review
from engine.door import Engine
from engine.errors import Conflict, Unavailable
from tests.console.conftest import DEMO, deck_over, run, seen
from tests.console.desk import drawn, fill, open_screen, text_of, until
from tests.console.fake_engine import ALICE, BOB, NOW, Outage
from tests.console.shelf import Shelf, content
from tests.engine.doors import DOORS, Door, opened
from tests.engine.rig import CREATOR, contents

PRICE = Intent("update-price", {"newPrice": 2_200_000})
TWO = 2_000_000


@dataclass
class Busy(Shelf):
    """A shelf that lets nobody look while its gate is closed, and that loses ``lost`` answers after it accepted."""

    gate: asyncio.Event = field(default_factory=asyncio.Event)
    lost: int = 0
    known: dict[str | None, tuple[list[Draft], list[Batch]]] = field(default_factory=dict)

    async def contents(self, query: ContentQuery) -> Page[Content]:
        if query.content_ids:
            await self.gate.wait()
        return await super().contents(query)

    async def submit_all(self, drafts: Sequence[Draft], key: str | None = None) -> list[Batch]:
        """Take a key as the engine does: once, and never for something else."""
        if key in self.known and self.known[key][0] != list(drafts):
            raise Conflict(f"The idempotency key {key!r} was used for something else: use a new key")
        if key not in self.known:
            self.known[key] = list(drafts), await super().submit_all(drafts, key)
        if self.lost:
            self.lost -= 1
            raise Unavailable("the answer was lost")
        return self.known[key][1]

    def carry(self) -> None:
        """Apply what was accepted."""
        for drafts, _ in self.known.values():
            for draft in drafts:
                for one in draft.content_ids:
                    self.stock(replace(self.shelf[str(one)], price=draft.payload["newPrice"]))


def busy(count: int = 3) -> Busy:
    engine = Busy(balance=900_000_000)
    engine.stock(*(content(number, price=TWO) for number in range(1, count + 1)))
    engine.gate.set()
    return engine


def ids(*numbers: int) -> list[Pick]:
    return [Pick(f"content-{number}", ALICE) for number in numbers]


async def shown_by(engine: Engine, picks: Sequence[Pick], intent: Intent = PRICE) -> Plan:
    """Return the plan that Review would show."""
    answer = await review_all(engine, picks, intent)
    assert isinstance(answer, tuple)
    return plan(*answer)


async def test_what_still_stands_is_told_from_what_changed() -> None:
    """An old value, a removal, another owner or a call that is made now: each alone keeps a plan from going."""
    engine = busy()
    there = list(engine.shelf.values())
    shown = await shown_by(engine, ids(1, 2, 3))
    assert stands(shown, there)
    assert stands(shown, [replace(one, title="Renamed", url="elsewhere") for one in there])
    for changed in ({"price": 5_000_000}, {"removed_at": NOW}, {"creator": BOB}, {"on_chain_id": None}):
        assert not stands(shown, [*there[:2], replace(there[2], **changed)]), changed
    assert not stands(shown, there[:2])


async def test_what_is_left_out_is_looked_at_too() -> None:
    """What was unchanged and left out may be a change by now: the plan wouldn't be what it says it is."""
    engine = busy()
    engine.stock(content(3, price=2_200_000))
    shown = (await shown_by(engine, ids(1, 3))).toggle_unchanged()
    assert stands(shown, engine.shelf.values())
    assert not stands(shown, [engine.shelf["content-1"], content(3, price=1)])


async def test_metadata_is_compared_by_what_would_be_set() -> None:
    """A price that moved is no matter of a title; the title is."""
    engine = busy()
    shown = await shown_by(engine, ids(1), Intent("update-metadata", {"updates": {"title": "New"}}))
    assert stands(shown, [content(1, price=7)])
    assert not stands(shown, [content(1, title="Somebody's")])


async def test_large_prices_are_compared_as_they_are_written() -> None:
    """Review groups digits: that is no change."""
    engine = busy()
    engine.stock(content(1, price=9_223_372_036_854_775_807))
    assert stands(await shown_by(engine, ids(1)), engine.shelf.values())


async def test_after_a_lost_answer_what_was_to_come_is_no_surprise() -> None:
    """Its own batch may have been applied, removals too; what else became of a content is told."""
    engine = busy()
    for intent, after in ((PRICE, {"price": 2_200_000}), (Intent("remove-content", {}), {"removed_at": NOW})):
        shown = await shown_by(engine, ids(1), intent)
        done = [replace(engine.shelf["content-1"], **after)]  # type: ignore[arg-type]
        assert not stands(shown, done)
        assert stands(shown, done, tried=True)
        assert not stands(shown, [content(1, BOB)], tried=True)


async def test_the_plan_as_it_is_now_names_what_changed() -> None:
    """How many and which, in the facts and in the dialog; each line has a sign and says what stood there."""
    engine = busy()
    before = await shown_by(engine, ids(1, 2, 3))
    engine.stock(content(2, price=5_000_000), content(3, removed_at=NOW))
    now = renewed(before, PRICE, (await shown_by(engine, ids(1, 2, 3))).reviews)
    said = "* 2 items changed since this was shown: content-2, content-3. Nothing was submitted; another Submit goes on"
    assert changed_text(now).plain.startswith(said)
    assert any(line.plain.startswith("Changed   * 2 items changed") for line in head_lines(now, DEMO, 300))
    assert "2 of them changed since they were shown." in map(str, confirm_lines(now, DEMO))
    assert [str(review_row(line).cells[0]) for line in now.lines] == [" ", "*", "*"]
    assert [note(line) for line in now.lines] == [
        "",
        "was 2 STX, changed since",
        "would fail: Content not found, was 2 STX, changed since",
    ]
    assert "your Submit before this" in changed_text(replace(now, tried=True)).plain
    again = renewed(now, PRICE, now.reviews)
    assert (again.since, [note(line) for line in again.lines]) == ({}, ["", "", "would fail: Content not found"])


async def test_the_same_kinds_stay_left_out() -> None:
    """What an operator left out isn't put back by a change elsewhere, and what became unchanged goes with its kind."""
    engine = busy()
    before = (await shown_by(engine, ids(1, 2))).toggle_unchanged()
    engine.stock(content(2, price=2_200_000))
    now = renewed(before, PRICE, (await shown_by(engine, ids(1, 2))).reviews)
    assert [line.row.content_id for line in now.kept] == ["content-1"]
    assert note(now.lines[1]) == "left out, unchanged, was 2 STX, changed since"


async def reviewing(pilot: Pilot[None], named: str, price: str = "2.2stx") -> None:
    """Compose, and go to Review."""
    await open_screen(pilot, "c", "compose")
    await fill(pilot, "newPrice", price)
    await fill(pilot, "contentIds", named)
    await until(pilot, lambda: not pilot.app.screen._ids.unknown)  # type: ignore[attr-defined]
    await pilot.press("ctrl+r")
    await until(pilot, lambda: isinstance(pilot.app.screen, ReviewScreen))


async def submitting(pilot: Pilot[None]) -> None:
    """Submit as somebody who agrees."""
    await until(pilot, lambda: not pilot.app.screen.query_one("#submit", Button).disabled)
    await pilot.press("ctrl+s")
    await until(pilot, lambda: pilot.app.screen.query("#confirm"))
    await pilot.press("tab", "enter")


async def test_who_comes_back_from_a_new_batch_stands_on_it() -> None:
    """The cursor stayed on an older one: its keys would have paused that."""
    engine = busy()
    engine.add("01K0LD", [ItemState.QUEUED])
    async with run(deck_over(engine), (120, 40)) as pilot:
        await until(pilot, lambda: pilot.app.screen.query_one("#batches", RowTable).cursor_key == "01K0LD")
        await reviewing(pilot, "content-1")
        await submitting(pilot)
        await until(pilot, lambda: isinstance(pilot.app.screen, BatchScreen))
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen.query("#batches"))
        table = pilot.app.screen.query_one("#batches", RowTable)
        await until(pilot, lambda: table.cursor_key not in ("01K0LD", None))
        assert [row.key for row in table.rows] != [table.cursor_key]


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_what_changed_while_it_was_read_is_shown_before_it_goes(size: tuple[int, int]) -> None:
    """Somebody set 5 STX meanwhile: 2.2 doesn't silently go over it. Seen and submitted again, it does."""
    engine = busy()
    async with run(deck_over(engine), size) as pilot:
        await reviewing(pilot, "content-1,content-2")
        engine.stock(content(2, price=5_000_000))
        await submitting(pilot)
        await seen(pilot, "Nothing was submitted: 1 item changed since this was shown")
        assert engine.keys == []
        assert isinstance(pilot.app.screen, ReviewScreen)
        assert "1 item changed since this was shown: content-2." in " ".join(text_of(pilot, "#facts").split())
        await pilot.press("n")
        await pilot.pause()
        assert "5 STX → 2.2 STX  was 2 STX, changed since" in text_of(pilot, "#line")
        assert any(line.split()[:2] == ["*", "content-2"] for line in drawn(pilot).splitlines()), drawn(pilot)
        await submitting(pilot)
        await until(pilot, lambda: isinstance(pilot.app.screen, BatchScreen))
        assert engine.submitted == [[Draft("update-price", ALICE, ("content-1", "content-2"), {"newPrice": 2_200_000})]]


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
def test_the_picture_of_a_review_that_changed(size: tuple[int, int], snap_compare: Callable[..., bool]) -> None:
    """What changed since is counted and named above, and has its sign and its old value in the row."""

    async def before(pilot: Pilot[None]) -> None:
        await reviewing(pilot, "content-1,content-2,content-3")
        pilot.app.engine.stock(content(2, price=5_000_000), content(3, removed_at=NOW))  # type: ignore[attr-defined]
        await submitting(pilot)
        await until(pilot, lambda: "2 items changed" in text_of(pilot, "#facts"))
        pilot.app.clear_notifications()
        await pilot.press("n")
        await pilot.pause()

    assert snap_compare(deck_over(busy()), terminal_size=size, run_before=before)


async def test_a_price_that_cant_be_any_more_goes_back_to_its_field() -> None:
    """Half a STX less of what costs that little by now is refused beside the price, as before Review."""
    engine = busy()
    async with run(deck_over(engine)) as pilot:
        await reviewing(pilot, "content-1", "-0.5stx")
        engine.stock(content(1, price=400_000))
        await submitting(pilot)
        await until(pilot, lambda: isinstance(pilot.app.screen, ComposeScreen))
        await seen(pilot, "1 of 1 can't have it")
        assert engine.keys == []


async def test_an_engine_that_is_lost_while_it_is_looked_at_gets_one_batch() -> None:
    """Nothing was sent then, and it is said; Submit looks anew, and the key is that of the Review."""
    engine = busy()
    app = deck_over(engine)
    async with run(app) as pilot:
        await reviewing(pilot, "content-1")
        engine.gate.clear()
        await submitting(pilot)
        await until(pilot, lambda: isinstance(app.screen, ReviewScreen))
        assert app.screen.query_one("#submit", Button).disabled
        await pilot.press("ctrl+s", "escape")
        await seen(pilot, "It is being submitted")
        engine.broken = Outage("the line is cut")
        engine.gate.set()
        await seen(pilot, "Submit: the line is cut")
        assert engine.keys == []
        engine.broken = None
        await submitting(pilot)
        await until(pilot, lambda: isinstance(app.screen, BatchScreen))
    assert len(engine.submitted) == 1


async def test_a_lost_answer_is_asked_for_again_though_all_is_changed_by_then() -> None:
    """The first Submit was accepted and applied: the second one finds its batch, and shows no change of its own."""
    engine = busy()
    engine.lost = 1
    async with run(deck_over(engine)) as pilot:
        await reviewing(pilot, "content-1,content-2")
        await submitting(pilot)
        await seen(pilot, "Submit: the answer was lost")
        engine.carry()
        await submitting(pilot)
        await until(pilot, lambda: isinstance(pilot.app.screen, BatchScreen))
    assert len(engine.submitted) == 1


async def test_other_items_than_those_of_a_lost_answer_make_no_second_batch() -> None:
    """Half of it is left out before it is sent again: the engine knows the key of what it accepted, and says so."""
    engine = busy()
    engine.lost = 1
    shown, submission = await shown_by(engine, ids(1, 2)), Submission()
    with pytest.raises(Unavailable):
        await submission.send(engine, shown)
    engine.stock(content(1, price=2_200_000))
    less = renewed(shown.toggle_unchanged(), PRICE, (await shown_by(engine, ids(1, 2))).reviews)
    assert [line.row.content_id for line in less.kept] == ["content-2"]
    with pytest.raises(Conflict, match="An earlier Submit of this Review was accepted") as told:
        await submission.send(engine, less)
    assert str(told.value) == EARLIER
    assert len(engine.submitted) == 1
    assert await submission.send(engine, shown) == engine.known[submission._key][1]


async def test_a_refusal_leaves_nothing_in_doubt() -> None:
    """After a plain no the catalogue is looked at as strictly as before: nothing of it can be its own doing."""
    engine = busy()
    engine.refusal = Conflict("not now")
    shown, submission = await shown_by(engine, ids(1)), Submission()
    with pytest.raises(Conflict, match="not now"):
        await submission.send(engine, shown)
    engine.refusal = None
    engine.stock(content(1, price=2_200_000))
    assert isinstance(await submission.send(engine, shown), Plan)


async def test_no_node_is_asked_while_all_stands() -> None:
    """Who submits waits for the catalogue alone: a node that is away would hold it up for seconds."""

    class Reviewed(Busy):
        async def review(self, draft: Draft, patience: float = 10) -> Review:
            self.calls.append(("reviewed", None))
            return await super().review(draft, patience)

    engine = Reviewed(balance=1)
    engine.gate.set()
    engine.stock(content(1, price=TWO))
    shown = await shown_by(engine, ids(1))
    assert isinstance(await Submission().send(engine, shown), list)
    assert len(engine.named("reviewed")) == 1


def picks(*named: str) -> list[Pick]:
    return [Pick(one, CREATOR) for one in named]


def ten_percent() -> Intent:
    found = read_adjustment("+10%")
    assert not isinstance(found, str)
    return Intent("update-price", {}, adjustment=found)


async def prices(door: Door) -> dict[str, int]:
    return {one.content_id: one.price for one in (await door.rig.engine.contents(ContentQuery())).rows}


async def batches(door: Door) -> int:
    return (await door.engine.batches(BatchQuery())).total


@pytest.mark.parametrize("kind", DOORS)
async def test_two_operators_raise_the_same_price_knowingly(kind: str, tmp_path: Path) -> None:
    """Both review +10% of the same items; the second is shown what the first made of it, and what 10% more is now."""
    async with opened(kind, tmp_path / "d.sqlite3", contents(3)) as door:
        mine = await shown_by(door.engine, picks("c1", "c2"), ten_percent())
        theirs = await shown_by(door.rig.engine, picks("c1", "c2"), ten_percent())
        done = await Submission().send(door.rig.engine, theirs)
        assert isinstance(done, list)
        await door.rig.settled(done[0])
        submission = Submission()
        now = await submission.send(door.engine, mine)
        assert isinstance(now, Plan)
        assert await batches(door) == 1
        diff = [(line.was, line.row.old, line.row.new) for line in now.lines]
        assert diff == [("1 STX", "1.1 STX", "1.21 STX")] * 2
        accepted = await submission.send(door.engine, now)
        assert isinstance(accepted, list)
        await door.rig.settled(accepted[0])
        assert await prices(door) == {"c1": 1_210_000, "c2": 1_210_000, "c3": 1_000_000}


@pytest.mark.parametrize("kind", DOORS)
async def test_what_another_door_changed_is_seen_over_a_real_engine(kind: str, tmp_path: Path) -> None:
    """A console on one door, an import through the other: Submit shows it, and goes on when it was seen."""
    async with opened(kind, tmp_path / "d.sqlite3", contents(3)) as door:
        app = deck_over(door.engine)
        async with run(app, (120, 40)) as pilot:
            await reviewing(pilot, "c1,c2")
            assert await door.rig.engine.import_contents([replace(contents(1)[0], price=5_000_000)]) == []
            await submitting(pilot)
            await seen(pilot, "Nothing was submitted: 1 item changed since this was shown")
            assert await batches(door) == 0
            assert "c1" in text_of(pilot, "#facts")
            await submitting(pilot)
            await until(pilot, lambda: isinstance(app.screen, BatchScreen))
            assert await batches(door) == 1
