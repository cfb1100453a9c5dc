"""Lanes: what each signer has on its way, slot by slot, and how a lane that is held goes on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from textual.pilot import Pilot

from console.app import BatchdeckApp
from console.banner import Banner
from console.lane_views import (
    BALANCE,
    balance,
    foot_text,
    lane_lines,
    lane_row,
    legend_text,
    positions,
    slot_row,
    window_text,
)
from console.screens.batches import BatchesScreen
from console.screens.item import ItemScreen
from console.screens.lanes import LanesScreen
from console.text import ASCII
from engine.core.reports import BatchQuery, SignerInfo
from engine.core.slot_state import SlotState
from engine.core.window import Carried, SlotInfo, Window
from tests.console.conftest import DEMO, MAINNET, deck_over, picture, run, seen, until
from tests.console.fake_engine import ALICE, NOW, txid
from tests.console.hostile import CORPUS, harmful
from tests.console.lanes_desk import BATCH, HELD, IDLE, MINE, LanesEngine, laned, slots

READER = replace(DEMO, read_only=True)


@asynccontextmanager
async def opened(engine: LanesEngine, banner: Banner = DEMO) -> AsyncIterator[tuple[BatchdeckApp, Pilot[None]]]:
    """Open the screen over an engine, and wait for its lanes."""
    app = deck_over(engine, banner)
    async with run(app, (120, 40)) as pilot:
        await until(pilot, lambda: app.engine is not None)
        await pilot.press("l")
        await until(pilot, lambda: isinstance(app.screen, LanesScreen) and app.screen._picture)
        await pilot.pause()
        yield app, pilot


def test_the_window_shows_every_nonce() -> None:
    """Open slots from the lowest on, then what is free up to the window: one glyph each, and words for them."""
    shown = laned().windows[MINE]
    drawn = positions(shown)
    assert [nonce for nonce, _ in drawn] == list(range(38, 65))
    assert window_text(shown, 78).plain.split()[0::28] == ["38", "64"]
    assert (window_text(shown, 29).plain.split()[-1], window_text(shown, 29).cell_len) == ("+4", 29)
    for word in (*SlotState, "free 12"):
        assert word in legend_text(shown, 100).plain
    assert "free" not in legend_text(shown, 60).plain


def test_a_lane_that_nobody_told_of_says_so() -> None:
    """No nonce, no balance: dashes and words, never a nought that looks like one."""
    unknown = Window(MINE, 25, None, None)
    assert window_text(unknown, 80).plain == "No node has told a nonce yet"
    assert "next nonce unknown" in "\n".join(map(str, lane_lines(laned().lanes[0], unknown, NOW, 80)))
    row = lane_row(SignerInfo(MINE, (), False, None, None, 0, 0), None)
    assert [str(cell) for cell in row.cells[2:4]] == ["–", "–"]


def test_each_glyph_is_one_cell_also_in_ascii() -> None:
    """The picture keeps its shape on every terminal."""
    assert set(ASCII.slots) == {*SlotState, None}
    assert all(len(sign) == 1 and sign.isascii() for sign in ASCII.slots.values())


def test_a_raised_fee_and_a_no_op_are_told() -> None:
    """How often a nonce was signed stands beside its fee; what carries nothing says why it is there."""
    rows = {slot.nonce: slot_row(slot, NOW) for slot in slots()}
    assert rows[40].cells[3] == "3,126 (2)"
    assert rows[43].cells[5] == "no-op, fills a hole"
    assert rows[42].cells[5:7] == ("", "–")


@pytest.mark.plays("batches.lanes")
async def test_the_lanes_and_one_window_are_shown() -> None:
    """Every signer with its state, and of the first one each slot; the cursor brings another lane's."""
    engine = laned()
    async with opened(engine) as (app, pilot):
        shown = picture(app)
        for text in (MINE, HELD, "900 STX", "3 signers, 1 held", "! stuck", "? in doubt", "○ hole", "content-77"):
            assert text in shown, text
        await pilot.press("down")
        await seen(pilot, "! Held: The chain is at nonce 12")
        assert engine.named("slots")[-1] == HELD
        assert "content-77" not in picture(app)


@pytest.mark.plays("lanes.open")
async def test_a_slot_opens_its_item() -> None:
    """Enter goes to the slots, and there to the item; Esc comes back the same way."""
    async with opened(laned()) as (app, pilot):
        await pilot.press("enter", "down", "down", "enter")
        await until(pilot, lambda: isinstance(app.screen, ItemScreen))
        assert (app.screen.batch_id, app.screen.content_id) == (BATCH, "content-67")
        await pilot.press("escape", "escape")
        assert isinstance(app.screen, LanesScreen)
        assert app.screen.lanes.has_focus
        await pilot.press("escape")
        assert isinstance(app.screen, BatchesScreen)


async def test_a_hole_has_no_item_to_open() -> None:
    """The key says why it does nothing."""
    async with opened(laned()) as (app, pilot):
        await pilot.press("enter", *["down"] * 4, "enter")
        await seen(pilot, "This slot carries no item")
        assert isinstance(app.screen, LanesScreen)


@pytest.mark.plays("lanes.batches")
async def test_its_batches_are_found() -> None:
    """b goes to the batches of the creator that the lane signs for."""
    engine = laned()
    engine.put(replace(engine.found[BATCH], id="01KOTHER", creator="ST3SOMEBODY"), [])
    async with opened(engine) as (app, pilot):
        await pilot.press("b")
        await until(pilot, lambda: isinstance(app.screen, BatchesScreen) and len(app.screen.table.rows) == 1)
        queries = [query for query in engine.named("batches") if isinstance(query, BatchQuery)]
        assert queries[-1].text == ALICE
        assert "01KOTHER" not in picture(app)


@pytest.mark.plays("lanes.copy", "lanes.copy-txid")
async def test_address_and_txid_are_copied_whole() -> None:
    """What the screen shortens is copied in full."""
    async with opened(laned()) as (app, pilot):
        await pilot.press("y")
        assert app.clipboard == MINE
        await pilot.press("enter", "t")
        assert app.clipboard == f"0x{txid(38)}"
        await pilot.press(*["down"] * 4, "t")
        await seen(pilot, "There is no transaction under the cursor")
        assert app.clipboard == f"0x{txid(38)}"


@pytest.mark.plays("lanes.pause")
async def test_a_lane_is_paused_and_goes_on() -> None:
    """The dialog says what stops and what doesn't; then the same key resumes, and both take a reason."""
    engine = laned()
    async with opened(engine) as (app, pilot):
        await pilot.press("p")
        await seen(pilot, "Other lanes go on.")
        await pilot.press("enter")
        assert engine.named("pause_lane") == []
        await pilot.press("p")
        await seen(pilot, "Pause this lane?")
        await pilot.press(*"odd fees", "tab", "tab", "enter")
        await seen(pilot, "! Paused by ann: odd fees")
        assert engine.named("pause_lane") == [(MINE, "odd fees")]
        assert "1 held, 1 paused" in picture(app)
        assert "p Resume" in picture(app)
        await pilot.press("r")
        await seen(pilot, "This lane is paused by an operator: p lets it go on")
        await pilot.press("p")
        await seen(pilot, "The 22 items that wait go on to the chain.")
        await pilot.press("tab", "enter")
        await seen(pilot, "p Pause")
        assert engine.named("resume_lane") == [(MINE, None)]
        assert "paused" not in picture(app).splitlines()[-2]


@pytest.mark.plays("lanes.release")
async def test_a_held_lane_is_released_with_the_reason_why() -> None:
    """The dialog says what is decided; Cancel is the default, and the audit gets what was written."""
    engine = laned()
    async with opened(engine) as (app, pilot):
        await pilot.press("r")
        await seen(pilot, "This lane isn't held")
        await pilot.press("down")
        await seen(pilot, "! Held")
        await pilot.press("r")
        await seen(pilot, "they are sent twice")
        await pilot.press("enter")
        assert engine.named("release_lane") == []
        await pilot.press("r")
        await seen(pilot, "Release this lane?")
        await pilot.press(*"4 by Ann", "tab", "tab", "enter")
        await seen(pilot, "3 signers ")
        assert engine.named("release_lane") == [(HELD, "4 by Ann")]
        assert "1 held" not in picture(app)


async def test_on_mainnet_the_number_of_items_is_typed() -> None:
    """Real money: the button answers only after the number of items that would be sent."""
    engine = laned()
    async with opened(engine, MAINNET) as (_, pilot):
        await pilot.press("down")
        await seen(pilot, "! Held")
        await pilot.press("r")
        await seen(pilot, "Type 5 to allow it")
        await pilot.press("tab", "enter")
        assert engine.named("release_lane") == []
        await pilot.press("5", "enter", "enter")
        await until(pilot, lambda: engine.named("release_lane"))
        assert engine.named("release_lane") == [(HELD, None)]


async def test_waiting_removals_go_on_by_the_number_of_items_anywhere() -> None:
    """What can't be taken back asked for no number off mainnet: a lane didn't say what waits in it."""
    engine = laned()
    engine.lanes = [
        replace(engine.lanes[0], held="Paused by ann: odd", paused=True, removing=3),
        replace(engine.lanes[1], removing=1),
    ]
    async with opened(engine) as (_, pilot):
        await pilot.press("p")
        await seen(pilot, "The 22 items that wait go on to the chain.")
        await seen(pilot, "3 of them remove their contents for good.")
        await seen(pilot, "Type 22 to allow it")
        await pilot.press("tab", "tab", "enter", "escape")
        assert engine.named("resume_lane") == []
        await pilot.press("p", "2", "2", "enter", "enter")
        await until(pilot, lambda: engine.named("resume_lane"))
        await pilot.press("down")
        await seen(pilot, "! Held")
        await pilot.press("r")
        await seen(pilot, "1 of them removes its content for good.")
        await seen(pilot, "Type 5 to allow it")
        await pilot.press("5", "enter", "enter")
        await until(pilot, lambda: engine.named("release_lane"))


async def test_a_console_that_may_only_read_releases_nothing() -> None:
    """The key is greyed, and says why."""
    engine = laned()
    async with opened(engine, READER) as (app, pilot):
        await pilot.press("down")
        await seen(pilot, "! Held")
        for action in ("release", "pause", "bump", "repost"):
            assert app.screen.refusal(f"lanes.{action}") == READER.refusal
        await pilot.press("r")
        await seen(pilot, "read-only: start it without")
        assert engine.named("release_lane") == []


async def test_a_refused_release_is_told_in_full() -> None:
    """What the engine says against it stands on the screen, and the lane stays held."""
    engine = laned()
    async with opened(engine) as (_, pilot):
        await pilot.press("down")
        await seen(pilot, "! Held")
        await pilot.press("r")
        engine.lanes[1] = replace(engine.lanes[1], held=None)
        await pilot.press("tab", "enter")
        await seen(pilot, f"Release: The lane of {HELD} isn't held")


async def test_lanes_that_no_node_tells_of_are_shown_as_last_heard() -> None:
    """Without a node the feed's own picture stays, with the reason."""
    engine = laned()
    engine.away = "Node unreachable: connection refused"
    async with opened(engine) as (app, _):
        shown = picture(app)
        assert "! Node unreachable: connection refused" in shown
        assert MINE in shown
        assert IDLE not in shown


async def test_a_long_reason_for_no_lanes_is_read_whole_at_80() -> None:
    """The table is as high as what it says: of two lines the second was cut off."""
    engine = laned()
    engine.lanes, engine.away = [], "This database is open for reading only: no engine runs here that could be asked"
    app = deck_over(engine)
    async with run(app, (80, 24)) as pilot:
        await until(pilot, lambda: app.engine is not None)
        await pilot.press("l")
        await until(pilot, lambda: isinstance(app.screen, LanesScreen) and app.screen._picture)
        await until(pilot, lambda: picture(app).count("asked") == 2)


@pytest.mark.parametrize(("simulated", "words"), [(True, "catalogue import FILE"), (False, "--signer-keys-file")])
async def test_without_signers_it_says_what_to_do(simulated: bool, words: str) -> None:
    """Nobody signs yet: why, and what brings somebody."""
    engine = laned()
    engine.lanes = []
    async with opened(engine, replace(DEMO, simulated=simulated)) as (_, pilot):
        await seen(pilot, words)
        await pilot.press("y")
        await seen(pilot, "There is no lane under the cursor")


@pytest.mark.parametrize("place", [0, 10, 12], ids=lambda place: ascii(CORPUS[place][:20]))
async def test_hostile_text_in_a_lane_is_only_read(place: int) -> None:
    """Reasons, answers and ids from outside never act and never reach the terminal raw."""
    text = CORPUS[place]
    engine = laned()
    engine.lanes = [replace(engine.lanes[0], creators=(text,), held=text)]
    bad = SlotInfo(40, SlotState.POSTED, txid(1), 2000, NOW, NOW, 1, 1, text, (Carried(BATCH, text),))
    engine.windows = {MINE: replace(engine.windows[MINE], slots=(bad,), held=text)}
    drawn = []
    async with opened(engine) as (app, pilot):
        drawn.append(picture(app))
        await pilot.press("r")
        await seen(pilot, "Release this lane?")
        drawn.append(picture(app))
        await pilot.press("tab", "enter")
        await until(pilot, lambda: app._notifications)
        drawn.append(picture(app))
        assert app.is_running
    assert harmful("\n".join(drawn)) == []


def test_the_sum_never_hides_what_is_held() -> None:
    """The foot counts the held ones."""
    assert foot_text(laned().lanes, None).plain == "3 signers, 1 held"


@pytest.mark.parametrize(
    ("held", "shown"),
    [
        (900_000_000, "900 STX"),
        (5_999, "0.005999 STX"),
        (999_999_933_997, "999,999.93 STX"),
        (999_999_999_999, "999,999.99 STX"),
        (1_000_000_000_000, "1,000,000 STX"),
    ],
)
def test_a_balance_fits_its_column_and_never_promises_more(held: int, shown: str) -> None:
    """What is cut at the end of a number reads as another number; what is rounded is rounded down."""
    assert balance(held) == shown
    assert len(shown) <= BALANCE
