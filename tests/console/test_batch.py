"""One batch: its picture, its filters, and what can be done about it, exactly as it was shown."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

import pytest
from textual.widgets import Button, Input, Static

from console.banner import Banner
from console.item_views import filter_counts
from console.pace import STOPPED
from console.screens.batch import BatchScreen
from console.screens.dialogs import Confirm
from console.screens.item import ItemScreen
from console.widgets.key_line import KeyLine
from console.widgets.row_table import RowTable
from engine.core.model import Draft, Hold, Item, Operation, Outcome
from engine.core.model import ItemState as S
from engine.core.reports import ItemQuery, Page, Review
from engine.errors import Conflict
from tests.console.conftest import DEMO, MAINNET, MIXED, deck_over, open_batch, picture, run, seen, until
from tests.console.fake_engine import FakeEngine

BAD = [f"content-{number}" for number in range(77, 89)]


def table(app: object) -> RowTable:
    return app.screen.query_one(RowTable)  # type: ignore[attr-defined,no-any-return]


async def test_the_head_tells_how_it_goes(engine: FakeEngine) -> None:
    """Operation, value, creator in full, progress, pace, time left, measures and counts, at 80 columns."""
    app = deck_over(engine)
    async with run(app) as pilot:
        await open_batch(pilot)
        shown = picture(app)
    for part in ("Update price", "2.5 STX", "ST2CY5V39NHDPWSXMW9QDT3HC3GD6Q6XX4CFRK9AG", "Autumn sale", "88/100 done"):
        assert part in shown
    for part in ("2.1 items/s", "6 s left", "Duration 42 s", "Success 97%", "Failure 3%", "✓ 64", "◷ 12", "◌ 9", "✗ 3"):
        assert part in shown


async def test_a_new_price_is_whole_at_80_columns(engine: FakeEngine) -> None:
    """The dearest price there can be is read to its last digit; what it replaces makes room."""
    app, price = deck_over(engine), {"price": 1_499_999_999_123_456}
    for at in range(1, 101):
        engine.move(MIXED, f"content-{at}", value=price, replaced={"price": 1_234_567_890})
    async with run(app) as pilot:
        await open_batch(pilot)
        shown = picture(app)
    assert shown.count("1,499,999,999.123456 STX ") >= 5
    assert "1,234.56789" not in shown


async def test_what_is_counted_is_what_the_rows_show(engine: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine that goes on between two reads: head, filters and rows are of one and the same moment."""

    async def later(batch_id: str, query: ItemQuery) -> Page[Item]:
        rows = [replace(one, state=S.CONFIRMED) for one in engine.of[batch_id]]
        return Page(tuple(rows), len(rows))

    monkeypatch.setattr(engine, "items", later)
    app = deck_over(engine)
    async with run(app) as pilot:
        await open_batch(pilot)
        assert isinstance(app.screen, BatchScreen)
        assert "✓ 64" in picture(app)
        assert filter_counts(app.screen._items)["confirmed"] == 64


async def test_it_follows_the_engine(engine: FakeEngine) -> None:
    """A result that comes in is seen at once, and moves neither cursor nor marks."""
    app = deck_over(engine)
    async with run(app) as pilot:
        await open_batch(pilot)
        await pilot.press("down", "space", "down")
        engine.move(MIXED, "content-100", state=S.FAILED, error="Content not found")
        await seen(pilot, "89/100 done")
        assert table(app).cursor_key == "content-4"
        assert table(app).marks == {"content-2"}


@pytest.mark.parametrize(("key", "count"), [("1", 100), ("2", 64), ("3", 12), ("4", 9), ("5", 3), ("6", 12)])
async def test_outcomes_by_number(engine: FakeEngine, key: str, count: int) -> None:
    """1 shows all, 2 confirmed, 3 pending, 4 off-chain, 5 failed, 6 the rest."""
    app = deck_over(engine)
    async with run(app) as pilot:
        await open_batch(pilot)
        await pilot.press("5", key)
        await seen(pilot, f"{count} of 100 items shown")


async def test_reasons_are_readable_at_80_columns(engine: FakeEngine) -> None:
    """Among the failed ones each row says why."""
    app = deck_over(engine)
    async with run(app) as pilot:
        await open_batch(pilot)
        await pilot.press("5")
        await seen(pilot, "Content not found")
        await pilot.press("1", "/", *"NotEnough", "enter")
        await seen(pilot, "9 of 100 items shown")


@pytest.mark.plays("batch.retry")
async def test_retry_sends_exactly_what_was_shown(engine: FakeEngine) -> None:
    """r previews what failed or stayed off-chain; confirming sends these ids and opens the new batch."""
    app = deck_over(engine)
    async with run(app) as pilot:
        await open_batch(pilot)
        await pilot.press("r")
        await seen(pilot, "Retry 12 items?")
        assert "0.024 STX" in picture(app)
        assert "TESTNET (simulated)" in picture(app)
        await pilot.press("tab", "enter")
        await seen(pilot, f"{MIXED}-R")
    [(batch_id, outcomes, ids)] = engine.named("retry")  # type: ignore[misc]
    assert (batch_id, list(ids)) == (MIXED, BAD)
    assert outcomes == {Outcome.FAILED, Outcome.OFF_CHAIN}


async def test_a_retry_that_would_abort_again_says_so(engine: FakeEngine) -> None:
    """Whoever retries what aborted is told that it would abort again, and at what fees."""
    engine.aborts = "the contract is paused (u507): retry when it runs again"
    app = deck_over(engine)
    async with run(app, (120, 40)) as pilot:
        await open_batch(pilot)
        await pilot.press("r")
        await seen(pilot, "Retry 12 items?")
        said = picture(app)
        assert "Preflight: 12 of 12 calls would abort" in said
        assert "12 x the contract" in said


async def test_the_key_that_opens_never_confirms(engine: FakeEngine) -> None:
    """r r r Enter sends nothing: Cancel is the default."""
    app = deck_over(engine)
    async with run(app) as pilot:
        await open_batch(pilot)
        await pilot.press("r")
        await until(pilot, lambda: isinstance(app.screen, Confirm))
        await pilot.press("r", "r", "enter")
        await until(pilot, lambda: isinstance(app.screen, BatchScreen))
        assert app.screen.batch_id == MIXED  # type: ignore[attr-defined]
    assert engine.named("retry") == []


async def test_marked_items_are_the_set_and_the_rest_is_named(engine: FakeEngine) -> None:
    """What is marked is asked for as it is; what can't be sent is left out with its reason."""
    app = deck_over(engine)
    async with run(app) as pilot:
        await open_batch(pilot)
        table(app).mark(["content-1", "content-86", "content-87"])
        await pilot.press("r")
        await seen(pilot, "Retry 2 items?")
        assert "1 left out: Its outcome is confirmed (content-1)" in picture(app)
        await pilot.press("tab", "enter")
        await until(pilot, lambda: engine.named("retry"))
    assert list(engine.named("retry")[0][2]) == ["content-86", "content-87"]  # type: ignore[index]


async def test_what_succeeds_meanwhile_leaves_the_set_and_is_told(engine: FakeEngine) -> None:
    """Between preview and confirmation the world moves on; the notice says what is no longer in."""
    app = deck_over(engine)
    async with run(app, size=(120, 40)) as pilot:
        await open_batch(pilot)
        await pilot.press("5", "r")
        await seen(pilot, "Retry 3 items?")
        engine.move(MIXED, "content-86", state=S.CONFIRMED)
        await pilot.press("tab", "enter")
        await seen(pilot, "1 left the set meanwhile")
        await seen(pilot, "Its outcome is confirmed (content-86)")


async def test_a_refused_retry_is_a_sentence(engine: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the engine refuses is told in its own words, and nothing breaks."""

    async def refuse(*_: object) -> None:
        raise Conflict("Everything was already retried by batch 01KOTHER")

    app = deck_over(engine)
    async with run(app, size=(100, 30)) as pilot:
        await open_batch(pilot)
        await pilot.press("r")
        await seen(pilot, "Retry 12 items?")
        monkeypatch.setattr(engine, "retry", refuse)
        await pilot.press("tab", "enter")
        await seen(pilot, "already retried by batch 01KOTHER")


async def test_nothing_to_retry_says_why(engine: FakeEngine) -> None:
    """A key that doesn't apply says why; nothing is asked of the engine."""
    app = deck_over(engine)
    async with run(app) as pilot:
        await open_batch(pilot, "01KDEMO0000000000000000001")
        await pilot.press("r")
        await seen(pilot, "Nothing to retry")
    assert engine.named("select_retry") == []


async def test_on_mainnet_the_number_is_typed(engine: FakeEngine) -> None:
    """Real money asks for the number of items; only then is the button open."""
    app = deck_over(engine, MAINNET)
    async with run(app) as pilot:
        await open_batch(pilot)
        await pilot.press("r")
        await seen(pilot, "Type 12 to allow it")
        await pilot.press("tab", "tab", "tab", "enter")
        await until(pilot, lambda: isinstance(app.screen, BatchScreen))
        assert engine.named("retry") == []
        await pilot.press("r")
        await seen(pilot, "Type 12 to allow it")
        await pilot.press("1", "2", "enter", "enter")
        await until(pilot, lambda: engine.named("retry"))


@pytest.mark.parametrize("key", ["r", "u"])
async def test_a_retry_or_revert_says_that_it_will_wait(engine: FakeEngine, key: str) -> None:
    """While the engine is stopped nothing of it goes on: the dialog says so, as Review does."""
    engine.paused = True
    app = deck_over(engine)
    async with run(app, (120, 40)) as pilot:
        await open_batch(pilot)
        await until(pilot, lambda: app.state_word == "stopped")
        await pilot.press(key)
        await seen(pilot, "will be sent in a new batch")
        assert f"! {STOPPED}" in picture(app)


async def test_a_retry_that_would_fail_again_says_so(engine: FakeEngine) -> None:
    """Whoever retries what the catalogue refuses is told how many would fail again, why, and which."""
    missing = {f"content-{number}" for number in (86, 87, 88)}
    reviewed = engine.review

    async def review(draft: Draft, patience: float = 10, again: Collection[str] = ()) -> Review:
        told = await reviewed(draft, patience, again)
        rows = [replace(row, problem="Content not found", foreseen=None) for row in told.rows]
        return replace(
            told,
            rows=tuple(new if new.content_id in missing else old for new, old in zip(rows, told.rows, strict=True)),
        )

    engine.review = review  # type: ignore[method-assign]
    app = deck_over(engine)
    async with run(app, (120, 40)) as pilot:
        await open_batch(pilot)
        await pilot.press("r")
        await seen(pilot, "Retry 12 items?")
        assert "3 would fail again: Content not found (content-86, content-87," in picture(app)


@pytest.mark.parametrize(("key", "title"), [("r", "Retry"), ("u", "Revert")])
async def test_a_preview_tells_what_else_waits(engine: FakeEngine, key: str, title: str) -> None:
    """What another batch is still to make of it may undo what is sent now: Review tells it, and so does this."""
    reviewed = engine.review

    async def review(draft: Draft, patience: float = 10, again: Collection[str] = ()) -> Review:
        told = await reviewed(draft, patience, again)
        first, *rest = told.rows
        return replace(told, rows=(replace(first, waits="2 STX, in batch 01LATER by bea, scheduled"), *rest))

    engine.review = review  # type: ignore[method-assign]
    app = deck_over(engine)
    async with run(app) as pilot:
        await open_batch(pilot)
        await pilot.press(key)
        await until(pilot, lambda: isinstance(app.screen, Confirm))
        assert re.search(rf"{title} \d+ items\?", picture(app))
        assert "1 has another change waiting in other batches." in picture(app)


async def test_the_preview_of_a_removal_knows_that_it_is_gone_by_its_own_hand(engine: FakeEngine) -> None:
    """A removal that stayed off-chain is sent again: the preview told that it would fail, and cost nothing."""
    items = engine.of[MIXED]
    engine.of[MIXED] = [replace(one, operation=Operation.REMOVE_CONTENT, value={"reason": "x"}) for one in items]
    engine.found[MIXED] = replace(engine.found[MIXED], operation=Operation.REMOVE_CONTENT, payload={})
    reviewed = engine.review
    own = {one.content_id for one in items if one.content_id in BAD and one.replaced is not None}
    assert own < set(BAD)

    async def review(draft: Draft, patience: float = 10, again: Collection[str] = ()) -> Review:
        told = await reviewed(draft, patience)
        gone = [row if row.content_id in again else replace(row, problem="Content not found") for row in told.rows]
        return replace(told, rows=tuple(gone))

    engine.review = review  # type: ignore[method-assign]
    app = deck_over(engine)
    async with run(app, (120, 40)) as pilot:
        await open_batch(pilot)
        await pilot.press("r")
        await seen(pilot, "Retry 12 items?")
        assert f"{len(BAD) - len(own)} would fail again: Content not found" in picture(app)


@pytest.mark.plays("batch.pause", "batch.cancel")
async def test_pause_resume_cancel(engine: FakeEngine) -> None:
    """p pauses at once, and asks before going on; x asks too and says that what is applied goes on to the chain."""
    app = deck_over(engine)
    async with run(app) as pilot:
        await open_batch(pilot)
        await pilot.press("p")
        await seen(pilot, "p Resume")
        await pilot.press("p")
        await seen(pilot, "12 items will be applied")
        await pilot.press("p", "tab", "enter")
        await seen(pilot, "p Pause")
        await pilot.press("x")
        await seen(pilot, "12 items will be cancelled")
        assert app.screen.query_one("#cancel", Button).label.plain == "Don't cancel", "'Cancel' would say both"
        await pilot.press("x", "enter")
        await until(pilot, lambda: isinstance(app.screen, BatchScreen))
        await pilot.press("x")
        await seen(pilot, "What is applied already goes on to the chain")
        await pilot.press("tab", "enter")
        await seen(pilot, "⊘ cancelled")
        await pilot.press("x")
        await seen(pilot, "can't be cancelled")
    done = [name for name, _ in engine.calls if name in ("pause", "resume", "cancel")]
    assert done == ["pause", "resume", "cancel"]


@pytest.mark.parametrize(("banner", "operation"), [(MAINNET, Operation.UPDATE_PRICE), (DEMO, Operation.REMOVE_CONTENT)])
async def test_what_cannot_be_taken_back_goes_on_by_the_number_of_its_items(
    engine: FakeEngine, banner: Banner, operation: Operation
) -> None:
    """Real money, and a removal anywhere, are let go on as they were submitted: by typing how many items will be."""
    engine.put(replace(engine.found[MIXED], hold=Hold.PAUSED, operation=operation), engine.of[MIXED])
    app = deck_over(engine, banner)
    async with run(app) as pilot:
        await open_batch(pilot)
        await seen(pilot, "p Resume")
        for refused in (["enter"], ["tab", "tab", "enter", "escape"]):
            await pilot.press("p")
            await seen(pilot, "12 items will be applied")
            await pilot.press(*refused)
            await until(pilot, lambda: isinstance(app.screen, BatchScreen))
            assert not engine.named("resume")
        await pilot.press("p")
        await seen(pilot, "Type 12 to allow it")
        await pilot.press("1", "2", "enter", "enter")
        await seen(pilot, "p Pause")
    assert engine.named("resume") == [MIXED]


async def test_what_is_applied_whole_goes_on_without_a_number(engine: FakeEngine) -> None:
    """A batch that was paused when its last item was applied has nothing to count: its dialog says so."""
    items = [replace(one, state=S.APPLIED) if one.state is S.QUEUED else one for one in engine.of[MIXED]]
    engine.put(replace(engine.found[MIXED], hold=Hold.PAUSED), items)
    app = deck_over(engine, MAINNET)
    async with run(app) as pilot:
        await open_batch(pilot)
        await pilot.press("p")
        await seen(pilot, "Every item is applied already and goes on to the chain.")
        await pilot.press("tab", "enter")
        await seen(pilot, "p Pause")
    assert engine.named("resume") == [MIXED]


async def test_the_key_that_lets_a_batch_go_on_is_named_as_it_is_bound(engine: FakeEngine) -> None:
    """Whoever has moved the key reads of that one in the head too."""
    app = deck_over(engine, keymap={"batch.pause": "z"})
    async with run(app, size=(120, 40)) as pilot:
        await open_batch(pilot)
        await pilot.press("z")
        await seen(pilot, "until it is resumed (z)")


@pytest.mark.plays("batch.revert")
async def test_revert_previews_too(engine: FakeEngine) -> None:
    """u shows what would be put back and what not, and sends exactly that."""
    app = deck_over(engine)
    async with run(app) as pilot:
        await open_batch(pilot)
        table(app).mark(["content-3", "content-86"])
        await pilot.press("u")
        await seen(pilot, "Revert 1 item?")
        assert "2.5 → 1.1 STX" in picture(app)
        assert "It was never applied (content-86)" in picture(app)
        await pilot.press("tab", "enter")
        await seen(pilot, f"{MIXED}-U")
    assert list(engine.named("revert")[0][1]) == ["content-3"]  # type: ignore[index]


async def test_what_is_not_shown_is_not_reverted(engine: FakeEngine) -> None:
    """Where a text lets nothing through, u says so: an empty choice never becomes the whole batch."""
    app = deck_over(engine)
    async with run(app) as pilot:
        await open_batch(pilot)
        await pilot.press("slash", *"nothing-like-it", "enter")
        await seen(pilot, "0 of 100 items shown")
        await pilot.press("u")
        await seen(pilot, "Nothing to revert: no item is shown")
    assert not engine.named("select_revert")


@pytest.mark.parametrize("banner", [DEMO, MAINNET], ids=["testnet", "mainnet"])
@pytest.mark.parametrize("key", ["r", "u", "x", "p"])
async def test_why_is_asked_and_kept(engine: FakeEngine, key: str, banner: Banner) -> None:
    """Retry, revert, cancel and going on take a reason along; who gives none goes on as quickly as ever."""
    if key == "p":
        engine.put(replace(engine.found[MIXED], hold=Hold.PAUSED), engine.of[MIXED])
    app = deck_over(engine, banner)
    async with run(app) as pilot:
        await open_batch(pilot)
        for said in ("the node was away", None):
            if key == "u":
                table(app).mark(["content-3"])
            await pilot.press(key)
            await seen(pilot, "Why? Up goes there")
            assert app.screen.query_one("#confirm").region.bottom <= app.size.height
            if banner.mainnet:
                asked = next(line for line in picture(app).splitlines() if "to allow it" in line)
                await pilot.press(*re.findall(r"\d", asked), "tab")
            if said:
                app.screen.query_one("#cancel", Button).focus()
                await pilot.press(*["up"] * (2 if banner.mainnet else 1), *(said.replace(" ", "_")), "enter")
                assert app.screen.query_one("#confirm", Button).has_focus
                await pilot.press("enter")
            else:
                app.screen.query_one("#confirm", Button).focus()
                await pilot.press("enter")
            await until(pilot, lambda: isinstance(app.screen, BatchScreen))
            if key in ("x", "p"):
                break
            await until(pilot, lambda: app.screen.batch_id != MIXED)  # type: ignore[attr-defined]
            await pilot.press("escape")
            await until(pilot, lambda: app.screen.batch_id == MIXED)  # type: ignore[attr-defined]
        await until(pilot, lambda: engine.reasons)
    assert engine.reasons == (["the_node_was_away"] if key in ("x", "p") else ["the_node_was_away", None])


async def test_without_a_chain_no_fee_is_named(engine: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    """A retry that makes no call says so, and names neither STX nor a balance."""
    review = engine.review

    async def nowhere(draft: Draft, patience: float = 10, again: Collection[str] = ()) -> Review:
        return replace(await review(draft), chain="off", signer=None, balance=None, fee_total=0)

    monkeypatch.setattr(engine, "review", nowhere)
    app = deck_over(engine)
    async with run(app, (120, 40)) as pilot:
        await open_batch(pilot)
        await pilot.press("4", "r")
        await seen(pilot, "Fees: none: no chain is configured")
        assert "balance unknown" not in picture(app)


async def test_the_keys_of_a_batch_that_is_over_take_one_line_at_80_columns(engine: FakeEngine) -> None:
    """Pause and cancel can't apply again and leave it; pressed or looked up in the help they still say so."""
    app = deck_over(engine)
    async with run(app) as pilot:
        await open_batch(pilot, "01KDEMO0000000000000000001")
        assert app.screen.query_one(KeyLine).size.height == 1
        line = picture(app).splitlines()[-1]
        for word in ("Retry", "Why", "Export", "Revert", "Retries", "Filter", "Help", "Quit"):
            assert word in line, word
        await pilot.press("x")
        await seen(pilot, "completed")
        await pilot.press("question_mark")
        await seen(pilot, "Cancel the items that aren't applied yet")


async def test_a_removal_can_not_be_reverted(engine: FakeEngine) -> None:
    """The key says why there is no way back."""
    gone = [
        replace(one, operation=Operation.REMOVE_CONTENT, value={"reason": None}, replaced={"removed": False})
        for one in engine.of["01KDEMO0000000000000000001"]
    ]
    batch = replace(engine.found["01KDEMO0000000000000000001"], operation=Operation.REMOVE_CONTENT, payload={})
    engine.put(batch, gone)
    app = deck_over(engine)
    async with run(app) as pilot:
        await open_batch(pilot, batch.id)
        await seen(pilot, "Remove content")
        await pilot.press("u")
        await seen(pilot, "A removal can't be taken back")


@pytest.mark.plays("batch.export")
async def test_export_writes_what_is_shown(engine: FakeEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """e writes the rows that match, in the format that the name asks for, and never over another file."""
    monkeypatch.chdir(tmp_path)
    app = deck_over(engine)
    async with run(app) as pilot:
        await open_batch(pilot)
        await pilot.press("5", "e")
        await seen(pilot, "3 items, shown")
        await pilot.press("enter")
        await seen(pilot, "3 results written")
        await pilot.press("e")
        await seen(pilot, "Export results")
        await pilot.press("enter")
        await seen(pilot, "is there already")
        await pilot.press(*["backspace"] * 3, *"json", "enter")
        await until(pilot, lambda: (tmp_path / f"batch-{MIXED}.json").exists())
    with (tmp_path / f"batch-{MIXED}.csv").open(newline="") as file:
        found = list(csv.DictReader(file))
    assert [row["contentId"] for row in found] == ["content-86", "content-87", "content-88"]
    assert {(row["success"], row["outcome"], row["error"]) for row in found} == {
        ("false", "failed", "Content not found")
    }
    assert len(json.loads((tmp_path / f"batch-{MIXED}.json").read_text())) == 3


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("x.xls", "The name of the file must end in .csv, .json, .jsonl"),
        ("none/x.csv", "none/x.csv can't be written: No such file or directory; give another place"),
        ("", "Give the file a name"),
    ],
)
async def test_a_name_that_cant_be_is_told_where_it_is_typed(
    engine: FakeEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, said: str
) -> None:
    """The dialog stays with all that was chosen; the problem goes with the next letter, and the next name does."""
    monkeypatch.chdir(tmp_path)
    app = deck_over(engine)
    async with run(app) as pilot:
        await open_batch(pilot)
        await pilot.press("5", "e")
        await seen(pilot, "Export results")
        field = app.screen.query_one("#answer", Input)
        field.value = name
        await pilot.press("up", "space", "down", "enter")
        beside = app.screen.query_one("#problem", Static)
        await until(pilot, lambda: str(beside.render()) == said and beside.display)
        assert (field.value, field.has_focus) == (name, True)
        field.value = "right.csv"
        await until(pilot, lambda: not beside.display)
        await pilot.press("enter")
        await seen(pilot, "3 results written")
    assert (tmp_path / "right.csv").read_text().startswith("# batchId")


async def test_export_of_all_under_a_head(engine: FakeEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The switches of the dialog: every item whatever is shown or marked, and lines that say what they are of."""
    monkeypatch.chdir(tmp_path)
    app = deck_over(engine)
    async with run(app) as pilot:
        await open_batch(pilot)
        await pilot.press("4", "space", "e")
        await seen(pilot, "1 item, marked")
        await pilot.press("up", "space", "up", "right", "down", "down", "enter")
        await seen(pilot, "100 results written")
    lines = (tmp_path / f"batch-{MIXED}.csv").read_text().splitlines()
    assert {f"# batchId,{MIXED}", "# writtenItems,100", "# onChain offChain,9"} <= set(lines)
    assert not any(line.startswith("# filter") for line in lines)
    assert len(list(csv.DictReader(line for line in lines if not line.startswith("#")))) == 100


async def test_an_export_says_which_reason_it_is_of(
    engine: FakeEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The filter in force is in the head: outcome, reason and text."""
    monkeypatch.chdir(tmp_path)
    app = deck_over(engine)
    async with run(app) as pilot:
        await open_batch(pilot)
        await pilot.press("w", "enter", "e")
        await seen(pilot, "9 items, shown")
        await pilot.press("up", "space", "down", *["backspace"] * 3, *"json", "enter")
        await seen(pilot, "9 results written")
    head = json.loads((tmp_path / f"batch-{MIXED}.json").read_text())["summary"]
    assert head["filter"] == {
        "outcomes": ["off-chain"], "text": None, "reason": "NotEnoughFunds: balance 0, fee 2000", "marked": False,
    }  # fmt: skip
    assert (head["who"], head["why"], head["chain"]) == ("console", "Autumn sale", "TESTNET (simulated), devnet")


@pytest.mark.plays("batch.open", "item.next")
async def test_an_item_opens_and_its_neighbours_are_a_key_away(engine: FakeEngine) -> None:
    """Enter opens the item under the cursor; n and p walk the same filtered list."""
    app = deck_over(engine)
    async with run(app) as pilot:
        await open_batch(pilot)
        await pilot.press("5", "enter")
        await until(pilot, lambda: isinstance(app.screen, ItemScreen))
        await seen(pilot, "Content not found")
        await pilot.press("n")
        await until(pilot, lambda: app.screen.content_id == "content-87")  # type: ignore[attr-defined]
        await pilot.press("n", "n")
        await seen(pilot, "This is the last item of the list")
