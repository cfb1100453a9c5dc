"""Review: the plan it shows is the plan it submits, and nothing destructive is submitted by a slip."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace

import pytest
from textual.pilot import Pilot
from textual.widgets import Button, Input

from console.banner import Banner
from console.composing import Intent
from console.pace import Pace
from console.review_plan import plan
from console.review_rows import note, review_row
from console.review_views import confirm_lines, fee_text, head_lines, headline, network_text, preflight_text
from console.screens.compose import ComposeScreen
from console.screens.dialogs import Confirm
from console.screens.review import ReviewScreen
from console.text import middle
from engine.core.model import Draft, Operation
from engine.core.reports import Foreseen, Review, ReviewRow
from engine.errors import Conflict
from tests.console.conftest import DEMO, MAINNET, deck_over, picture, seen
from tests.console.desk import drawn, fill, open_screen, shown, text_of, until
from tests.console.fake_engine import ALICE, BOB, NOW, STX
from tests.console.shelf import HOSTILE, Shelf, content, stocked

SIZES = [(80, 24), (120, 40)]
PRICE = Intent("update-price", {"newPrice": 1_500_000})
ROWS = (
    ReviewRow("content-1", "One", "1 STX", "1.5 STX", calls=True),
    ReviewRow("content-2", "Two", "1.5 STX", "1.5 STX", unchanged=True, calls=True),
    ReviewRow("content-3", "", "", "1.5 STX", problem="Content not found"),
    ReviewRow("content-4", "Four", "2 STX", "1.5 STX", warning="No key for this creator", calls=True),
)


SHORT = middle(ALICE, 13)
STRANGER = "the signer is not the creator (u401): sign with the creator's key"
PAUSED = "the contract is paused (u507): retry when it runs again"
FORESEEN = (
    ReviewRow("content-5", "Five", "1 STX", "1.5 STX", calls=True, foreseen=Foreseen.PASSES),
    ReviewRow("content-6", "Six", "1 STX", "1.5 STX", calls=True, foreseen=Foreseen.ABORTS, warning=PAUSED),
    ReviewRow("content-7", "Seven", "1 STX", "1.5 STX", calls=True, foreseen=Foreseen.ABORTS, warning=PAUSED),
)


def review(creator: str = ALICE, rows: tuple[ReviewRow, ...] = ROWS, balance: int | None = 900_000_000) -> Review:
    return Review(Operation.UPDATE_PRICE, creator, rows, 1, 3, 2000, 6000, ALICE, balance, "devnet")


def test_only_whole_kinds_are_left_out() -> None:
    """Leaving out the unchanged and the failing changes items, fees and drafts together; putting back restores all."""
    whole = plan(PRICE, [review()])
    ids = [draft.content_ids for draft in whole.drafts]
    assert ids == [("content-1", "content-2", "content-3", "content-4")]
    assert whole.fee_total == 6000
    less = whole.toggle_unchanged().toggle_problems()
    assert [draft.content_ids for draft in less.drafts] == [("content-1", "content-4")]
    assert less.fee_total == 4000
    assert less.toggle_unchanged().toggle_problems() == whole


def test_what_would_abort_is_left_out_by_itself() -> None:
    """What the contract would abort is a kind by itself: left out, its fees go too, and the plan says so."""
    whole = plan(PRICE, [review(rows=(*FORESEEN, ROWS[1]))])
    assert [str(cell.cells[-1]) for cell in map(review_row, whole.lines)][1:] == [f"would abort: {PAUSED}"] * 2 + [
        "unchanged"
    ]
    said = "! 2 of 3 calls would abort, and cost 0.004 STX all the same (b leaves out): 2 x the contract is paused"
    assert preflight_text(whole).plain.startswith(said)
    less = whole.toggle_aborting()
    assert [draft.content_ids for draft in less.drafts] == [("content-5", "content-2")]
    assert less.fee_total == 4000
    assert "left out: b" in preflight_text(less).plain
    assert "would abort" not in "".join(str(one) for one in confirm_lines(less, DEMO))
    assert less.toggle_aborting() == whole
    asked = "\n".join(str(one) for one in confirm_lines(whole, DEMO))
    assert "Preflight: 2 of 3 calls would abort, and cost 0.004 STX all the same." in asked


def test_what_was_not_tried_is_said() -> None:
    """Rows that nobody asked about never read as fine: their number and the reason stand above, and in the dialog."""
    rows = (FORESEEN[0], replace(FORESEEN[0], content_id="content-8", foreseen=Foreseen.UNTRIED))
    partly = plan(PRICE, [replace(review(rows=rows), untried="The rate limit is reached (429)")])
    said = "none of 1 call would abort, as things stand; 1 call not preflighted: The rate limit is reached (429)"
    assert preflight_text(partly).plain == said
    assert "1 call not preflighted: The rate" in "\n".join(str(one) for one in confirm_lines(partly, DEMO))
    nothing = plan(PRICE, [replace(review(rows=rows[1:]), untried="no call-read")])
    assert preflight_text(nothing).plain == "not preflighted: no call-read"
    assert preflight_text(plan(PRICE, [review()])).plain == ""


def test_a_refused_node_is_one_problem() -> None:
    """Where nothing can be submitted, one line says so and why, and no other looks as if it could."""
    refused = plan(PRICE, [replace(review(), refused="The node has network id 0x00000001")])
    assert "nothing can be submitted: The node has network id 0x00000001" in head_lines(refused, DEMO, 120)[-1].plain


def test_without_a_chain_no_fee_is_named() -> None:
    """What is true is said, on the screen and in the dialog: only the catalogue changes; no call, no signer, no STX."""
    nowhere = plan(PRICE, [replace(review(), chain="off", signer=None, balance=None, fee_each=0, fee_total=0)])
    banner = Banner("testnet", "off", "catalogue.db")
    for lines in (head_lines(nowhere, banner, 120), confirm_lines(nowhere, banner)):
        said = "\n".join(str(line) for line in lines)
        assert "none: no chain is configured, so only the catalogue changes and no call is made" in said
        assert "0 STX" not in said.replace("Set the price", "")
        assert "signer" not in said


def test_without_a_signer_no_fee_is_promised() -> None:
    """Nobody knows what a call costs that nobody signs; those of other creators are counted apart."""
    unsigned = replace(review(BOB), signer=None, balance=None, fee_each=0)
    assert fee_text(plan(PRICE, [unsigned])).plain == "unknown for 3 calls: nobody would sign as things stand"
    both = fee_text(plan(PRICE, [review(), unsigned])).plain
    assert both.startswith("about 0.006 STX (6,000 µSTX) for 3 calls; each signer has enough")
    assert both.endswith("; unknown for 3 calls: nobody would sign as things stand")


async def test_a_new_price_is_whole_at_80_columns() -> None:
    """Whoever is about to set a price reads all of it, beside notes too: a digit less would be another price."""
    rows = tuple(replace(row, title="A title that takes its room " * 3, new="9223372036854.775807 STX") for row in ROWS)
    async with deck_over(stocked()).run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: pilot.app.engine is not None)  # type: ignore[attr-defined]
        await pilot.app.push_screen(ReviewScreen(PRICE, [review(rows=rows)], lambda _: None))
        await until(pilot, lambda: "would fail" in picture(pilot.app))  # type: ignore[arg-type]
        lines = picture(pilot.app).splitlines()  # type: ignore[arg-type]
    for row in rows:
        assert any(f" {row.content_id}  " in line and "9,223,372,036,854.775807 STX  " in line for line in lines), lines


def test_a_plan_without_items_has_no_draft() -> None:
    """What is left out altogether makes no empty batch."""
    only = plan(PRICE, [review(rows=(ROWS[1],)), review(BOB, (ROWS[1],))]).toggle_unchanged()
    assert only.drafts == []
    assert only.costs == []


def test_every_kind_of_line_has_a_sign_and_a_word() -> None:
    """Colour is never the only sign."""
    rows = [review_row(line) for line in plan(PRICE, [review()]).lines]
    assert [str(row.cells[0]) for row in rows] == [" ", "=", "✗", "!"]
    assert [str(row.cells[-1]) for row in rows] == [
        "",
        "unchanged",
        "would fail: Content not found",
        "stays off-chain: No key for this creator",
    ]


def test_what_else_is_to_change_it_is_said() -> None:
    """The old value isn't the last word where a batch for later waits; said beside every kind, and in the dialog."""
    later = "0.5 STX, in batch 01LATER by bea, scheduled for 2026-12-24 08:00 UTC"
    rows = tuple(replace(row, waits=later) for row in ROWS[:3])
    whole = plan(PRICE, [review(rows=(*rows, ROWS[3]))])
    assert [line.kind for line in whole.lines] == ["waits", "unchanged", "problem", "warning"]
    assert [str(review_row(line).cells[0]) for line in whole.lines] == ["!", "=", "✗", "!"]
    assert [note(line) for line in whole.lines] == [
        f"another change waits: {later}",
        f"unchanged, another change waits: {later}",
        f"would fail: Content not found, another change waits: {later}",
        "stays off-chain: No key for this creator",
    ]
    said = "3 have other changes waiting in other batches"
    assert said in head_lines(whole, DEMO, 200)[-1].plain
    less = whole.toggle_unchanged().toggle_problems()
    assert "1 has another change waiting in other batches." in [str(one) for one in confirm_lines(less, DEMO)]
    assert "waiting" not in "".join(str(one) for one in confirm_lines(plan(PRICE, [review()]), DEMO))


@pytest.mark.parametrize(
    ("balance", "words"),
    [
        (900_000_000, f"its signer {SHORT} has 900 STX"),
        (5_999, "NOT ENOUGH: needs 0.006 STX, has 0.005999 STX: only the first 2 calls could"),
        (6_000, f"its signer {SHORT} has"),
        (None, f"the balance of its signer {SHORT} is unknown"),
    ],
)
def test_fees_are_held_against_the_balance(balance: int | None, words: str) -> None:
    """Who can't pay is told before anything is submitted."""
    assert words in fee_text(plan(PRICE, [review(balance=balance)])).plain


@pytest.mark.parametrize(
    ("banner", "words"),
    [
        (DEMO, "testnet, simulated"),
        (MAINNET, "MAINNET: real money"),
        (Banner("testnet", "off", "x.db"), "no chain is configured"),
        (Banner("testnet", "node.example", "x.db"), "testnet, by node.example"),
    ],
)
def test_the_network_is_said_in_words(banner: Banner, words: str) -> None:
    """Nobody has to know what a colour means to know whether money is at stake."""
    assert words in network_text(banner).plain


def test_the_dialog_says_all_that_counts() -> None:
    """Items, creators, batches, time, network, fees, what is left out and what would fail."""
    later = Intent("update-price", {"newPrice": 1_500_000}, NOW)
    said = "\n".join(str(one) for one in confirm_lines(plan(later, [review(), review(BOB)]).toggle_unchanged(), DEMO))
    for words in ("6 items of 2 creators", "2 batches", "at 2026-11-23 08:15:00 UTC", "simulated", "0.008 STX"):
        assert words in said
    assert "2 left out" in said
    assert "2 of them would fail" in said


def test_what_stands_still_is_said_before_anything_is_submitted() -> None:
    """A paused signer or a stopped engine: Review and the dialog say what the batch would wait for, and why."""
    pace, ready = Pace(), plan(PRICE, [review()])
    assert pace.ahead(ready.creators) is None
    pace.note_still([(ALICE, "Paused by ops: [audit]"), (BOB, "Held")])
    waits = pace.ahead(ready.creators)
    facts = [line.plain for line in head_lines(ready, DEMO, 200, waits)]
    assert "Waits     ! its lane stands still: Paused by ops: [audit]" in facts
    assert "! its lane stands still: Paused by ops: [audit]" in [str(one) for one in confirm_lines(ready, DEMO, waits)]
    assert str(pace.ahead([ALICE, BOB])).startswith("2 lanes stand still: ")
    pace.note_still((), stopped=True)
    assert str(pace.ahead([ALICE])).startswith("The engine is stopped")


def test_the_headline_names_the_deed() -> None:
    """A removal never reads like anything else."""
    assert headline(plan(PRICE, [review()])) == "Set the price of 4 items to 1.5 STX"
    removal = plan(Intent("remove-content", {"removalReason": "rights"}), [review()])
    assert headline(removal) == "Remove 4 items for good: rights"
    metadata = plan(Intent("update-metadata", {"updates": {"refundable": True}}), [review()])
    assert headline(metadata) == "Update metadata of 4 items: refundable = true"


async def compose(pilot: Pilot[None], ids: str, **fields: str) -> None:
    await open_screen(pilot, "c", "compose")
    for name, text in fields.items():
        await fill(pilot, name, text)
    await fill(pilot, "contentIds", ids)
    await until(pilot, lambda: not pilot.app.screen._ids.unknown)  # type: ignore[attr-defined]
    await pilot.press("ctrl+r")
    await until(pilot, lambda: isinstance(pilot.app.screen, ReviewScreen))


class Thinning(Shelf):
    """A shelf from which somebody else removes a content while it is being chosen."""

    async def review(self, draft: Draft, patience: float = 10, again: Collection[str] = ()) -> Review:
        self.stock(content(42, removed_at=NOW))
        return await super().review(draft, patience, again)


def mixed() -> Shelf:
    engine = Thinning(balance=900 * STX)
    engine.stock(*stocked(40).shelf.values(), content(41, price=1_500_000), content(42))
    engine.aborting = {"content-3": STRANGER}
    return engine


@pytest.mark.plays("review.unchanged", "review.failing")
@pytest.mark.parametrize("size", SIZES)
async def test_flags_are_left_out_by_one_key(size: tuple[int, int]) -> None:
    """u leaves out the unchanged, f what would fail; exactly the rest is submitted."""
    engine = mixed()
    async with deck_over(engine).run_test(size=size) as pilot:
        await compose(pilot, "content-1,content-41,content-42", newPrice="1.5stx")
        assert "1 would fail" in text_of(pilot, "#facts")
        assert "1 unchanged" in text_of(pilot, "#facts")
        await pilot.press("u", "f")
        await pilot.pause()
        assert str(pilot.app.screen.query_one("#submit", Button).label) == "Submit 1 item ..."
        await pilot.press("ctrl+s")
        await until(pilot, lambda: pilot.app.screen.query("#confirm"))
        await pilot.press("tab", "enter")
        await until(pilot, lambda: engine.submitted)
        assert engine.submitted == [[Draft("update-price", ALICE, ("content-1",), {"newPrice": 1_500_000})]]


@pytest.mark.plays("review.aborting", "review.flagged")
async def test_what_would_abort_is_left_out_by_one_key() -> None:
    """b leaves out what the node foresees to abort, before a fee is spent; exactly the rest is submitted."""
    engine = mixed()
    async with deck_over(engine).run_test(size=(120, 40)) as pilot:
        await compose(pilot, "content-1,content-2,content-3", newPrice="1.5stx")
        assert "1 of 3 calls would abort" in text_of(pilot, "#facts")
        assert "1 x the signer is not the creator (u401)" in " ".join(text_of(pilot, "#facts").split())
        await pilot.press("n")
        await pilot.pause()
        assert f"would abort: {STRANGER}" in text_of(pilot, "#line")
        await pilot.press("b")
        await pilot.pause()
        assert "left out, would abort" in text_of(pilot, "#line")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: pilot.app.screen.query("#confirm"))
        await pilot.press("tab", "enter")
        await until(pilot, lambda: engine.submitted)
        assert engine.submitted == [[Draft("update-price", ALICE, ("content-1", "content-2"), {"newPrice": 1_500_000})]]


async def test_nothing_is_submitted_to_a_refused_node() -> None:
    """Submit is grey and says why, before the engine has to."""
    async with deck_over(stocked()).run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: pilot.app.engine is not None)  # type: ignore[attr-defined]
        refused = replace(review(), refused="The node has network id 0x00000001")
        await pilot.app.push_screen(ReviewScreen(PRICE, [refused], lambda _: None))
        await pilot.pause()
        assert pilot.app.screen.query_one("#submit", Button).disabled
        assert "0x00000001" in str(pilot.app.screen.why_not("review.submit"))  # type: ignore[attr-defined]


async def test_enter_and_the_opening_key_submit_nothing() -> None:
    """The focus is on the diff, Cancel is the default of the dialog, and the key that opened it doesn't confirm."""
    engine = stocked()
    async with deck_over(engine).run_test(size=(80, 24)) as pilot:
        await compose(pilot, "content-1", newPrice="1.5stx")
        await pilot.press("enter", "ctrl+s")
        await until(pilot, lambda: pilot.app.screen.query("#confirm"))
        await pilot.press("ctrl+s", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, ReviewScreen))
        assert engine.submitted == []


async def test_a_removal_asks_for_the_number() -> None:
    """The button waits for the right number, a wrong one can be mended; what was shown is what is removed."""
    engine = stocked()
    async with deck_over(engine).run_test(size=(80, 24)) as pilot:
        await open_screen(pilot, "c", "compose")
        await pilot.press("f6")
        await fill(pilot, "removalReason", "rights ended")
        await fill(pilot, "contentIds", "content-1,content-2")
        await until(pilot, lambda: "2 items" in text_of(pilot, "#sum"))
        await pilot.press("ctrl+r")
        await until(pilot, lambda: isinstance(pilot.app.screen, ReviewScreen))
        await pilot.press("ctrl+s")
        await until(pilot, lambda: pilot.app.screen.query("#typed"))
        await pilot.press("3")
        await pilot.pause()
        assert pilot.app.screen.query_one("#confirm", Button).disabled
        await pilot.press("enter", "enter")
        await seen(pilot, "Type 2 to allow it: 3 isn't it")
        await pilot.press("backspace", "2")
        await until(pilot, lambda: "isn't it" not in picture(pilot.app))
        await pilot.press("enter", "enter")
        await until(pilot, lambda: engine.submitted)
        payload = {"removalReason": "rights ended"}
        assert engine.submitted == [[Draft("remove-content", ALICE, ("content-1", "content-2"), payload)]]


async def test_a_page_pasted_for_the_number_leaves_the_buttons_where_they_are() -> None:
    """What isn't the number is named as far as there is room, and as text."""
    async with deck_over(stocked()).run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: pilot.app.engine is not None)  # type: ignore[attr-defined]
        pilot.app.push_screen(Confirm("Sure?", ["Once more."], "Yes", "3"))
        await until(pilot, lambda: pilot.app.screen.query("#typed"))
        before = pilot.app.screen.query_one("#confirm").region
        field = pilot.app.screen.query_one("#typed", Input)
        field.value = "\x1b[31m" + "9" * 3000
        field.focus()
        await pilot.pause()
        await pilot.press("enter")
        await until(pilot, lambda: "99… isn't it" in text_of(pilot, "#number"))
        assert "\x1b" not in text_of(pilot, "#number")
        assert pilot.app.screen.query_one("#confirm").region == before


@pytest.mark.plays("review.submit")
async def test_mainnet_asks_for_the_number_and_says_so() -> None:
    """On mainnet a price change asks too, and the screen says MAINNET in words."""
    engine = Shelf()
    engine.stock(replace(content(1), creator="SP2J6ZY48GV1EZ5V2V5RB9MP66SW86PYKKNRV9EJ7"))
    async with deck_over(engine, MAINNET).run_test(size=(80, 24)) as pilot:
        rows = (ReviewRow("content-1", "One", "1 STX", "1.5 STX", calls=True),)
        await until(pilot, lambda: pilot.app.engine is not None)  # type: ignore[attr-defined]
        await pilot.app.push_screen(ReviewScreen(PRICE, [review(rows=rows)], lambda _: None))
        await pilot.pause()
        assert "MAINNET: real money" in drawn(pilot)
        await pilot.press("ctrl+s")
        await until(pilot, lambda: pilot.app.screen.query("#typed"))
        assert engine.submitted == []


async def test_going_back_keeps_everything() -> None:
    """Back in Compose stand the same texts, marks and sum."""
    engine = stocked()
    async with deck_over(engine).run_test(size=(80, 24)) as pilot:
        await open_screen(pilot, "c", "compose")
        shown(pilot).table.focus()
        await pilot.press("space", "space")
        await fill(pilot, "newPrice", "1.5stx")
        await fill(pilot, "contentIds", "content-9")
        await until(pilot, lambda: "3 items" in text_of(pilot, "#sum"))
        before = pilot.app.screen.form.texts  # type: ignore[attr-defined]
        await pilot.press("ctrl+r")
        await until(pilot, lambda: isinstance(pilot.app.screen, ReviewScreen))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, ComposeScreen))
        assert pilot.app.screen.form.texts == before  # type: ignore[attr-defined]
        assert list(shown(pilot).picks) == ["content-1", "content-2"]
        assert "3 items" in text_of(pilot, "#sum")


async def test_a_failure_to_submit_leaves_the_review() -> None:
    """When the engine can't, the reason is said, the plan stays, and it can be submitted again."""
    engine = stocked()
    engine.refusal = Conflict("The engine is held")
    async with deck_over(engine).run_test(size=(80, 24)) as pilot:
        await compose(pilot, "content-1", newPrice="1.5stx")
        for refusal in (engine.refusal, None):
            engine.refusal = refusal
            await until(pilot, lambda: not pilot.app.screen.query_one("#submit", Button).disabled)
            await pilot.press("ctrl+s")
            await until(pilot, lambda: pilot.app.screen.query("#confirm"))
            await pilot.press("tab", "enter")
            await until(pilot, lambda: not pilot.app.screen.query("#confirm"))
            await pilot.pause(0.1)
        await until(pilot, lambda: engine.submitted)


async def test_a_read_only_console_reviews_but_never_submits() -> None:
    """Submit is grey, and says why."""
    engine = stocked()
    async with deck_over(engine, replace(DEMO, read_only=True)).run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: pilot.app.engine is not None)  # type: ignore[attr-defined]
        await pilot.app.push_screen(ReviewScreen(PRICE, [review()], lambda _: None))
        await pilot.pause()
        assert pilot.app.screen.query_one("#submit", Button).disabled
        await pilot.press("ctrl+s")
        await pilot.pause()
        assert isinstance(pilot.app.screen, ReviewScreen)


async def test_hostile_answers_stay_text() -> None:
    """Titles, old values and reasons come from outside: control bytes become signs, markup stays as it is."""
    rows = tuple(
        ReviewRow(f"content-{at}", text, text, text, problem=text if at % 2 else None, warning=text)
        for at, text in enumerate(HOSTILE)
    )
    async with deck_over(stocked()).run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: pilot.app.engine is not None)  # type: ignore[attr-defined]
        await pilot.app.push_screen(ReviewScreen(PRICE, [review(rows=rows)], lambda _: None))
        for _ in rows:
            await pilot.press("n")
            assert drawn(pilot).replace("\n", "").isprintable()


@pytest.mark.parametrize("size", SIZES)
def test_the_picture_of_review(size: tuple[int, int], snap_compare: Callable[..., bool]) -> None:
    """Facts, diff, flags and the two ways on, at both sizes."""

    async def before(pilot: Pilot[None]) -> None:
        await compose(pilot, "content-1,content-2,content-3,content-4,content-41,content-42", newPrice="1.5stx")
        await pilot.press("n")
        await pilot.pause()

    assert snap_compare(deck_over(mixed()), terminal_size=size, run_before=before)
