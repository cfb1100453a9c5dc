"""Lanes by hand: one slot gets a higher fee or its bytes are posted again, as its dialog said before."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.core.window import SlotState
from tests.console.conftest import MAINNET, seen, until
from tests.console.fake_engine import txid
from tests.console.lanes_desk import BATCH, MINE, laned
from tests.console.test_lanes import opened
from tests.console.test_plays import by_palette


@pytest.mark.plays("lanes.bump")
async def test_a_fee_is_raised_to_what_the_dialog_said() -> None:
    """Nonce, fees, network and item are read before; Cancel is the default, and exactly what was read is asked for."""
    engine = laned()
    async with opened(engine) as (_, pilot):
        await pilot.press("enter", "down", "down", "f")
        for words in ("Nonce: 40 of", "3,126 µSTX now, 3,908 µSTX then (782 more)", f"content-67 (batch {BATCH})"):
            await seen(pilot, words)
        await seen(pilot, "Network: TESTNET (simulated), ")
        await pilot.press("enter")
        assert engine.named("bump_slot") == []
        await pilot.press("f")
        await seen(pilot, "Raise this fee?")
        await pilot.press("f")
        assert engine.named("bump_slot") == [], "the key that opens a dialog never confirms it"
        await pilot.press(*"ees rose", "tab", "tab", "enter")
        await seen(pilot, "Nonce 40 pays 3,908 µSTX now")
        assert engine.named("bump_slot") == [(MINE, 40, txid(40), 3908, "fees rose")]
        await seen(pilot, "3,908 (2)")


@pytest.mark.plays("lanes.repost")
async def test_the_same_bytes_are_posted_again() -> None:
    """The dialog says that nothing is signed and nothing costs more."""
    engine = laned()
    async with opened(engine) as (_, pilot):
        await pilot.press("enter", *["down"] * 3, "s")
        await seen(pilot, "Fee: 2,000 µSTX, as it is; posted 3 times so far")
        await seen(pilot, "Last answer: The node didn't answer within 10 s")
        await pilot.press("enter")
        assert engine.named("repost_slot") == []
        await pilot.press("s")
        await seen(pilot, "Post the same bytes again?")
        await pilot.press("tab", "enter")
        await seen(pilot, "The same bytes at nonce 41 are posted again")
        assert engine.named("repost_slot") == [(MINE, 41, txid(41), None)]


async def test_a_slot_that_can_not_be_touched_says_why() -> None:
    """The keys are greyed with the engine's own reason; among the lanes no slot is chosen yet."""
    engine = laned()
    async with opened(engine) as (app, pilot):
        for key in "fs":
            await pilot.press(key)
            await seen(pilot, "Choose a slot first: enter goes to the slots of the lane")
        await pilot.press("enter")
        for down, bump, repost in (
            (0, "38 is mined", "38 is mined"),
            (4, "42 is a hole", "42 is a hole"),
            (10, "52 wasn't", None),
        ):
            await pilot.press(*["down"] * down)
            assert bump in (app.screen.refusal("lanes.bump") or "")
            assert (repost or "None") in str(app.screen.refusal("lanes.repost"))
        await pilot.press("f")
        await seen(pilot, "Nonce 52 wasn't posted yet")
        await pilot.press("escape", "down")
        await seen(pilot, "! Held")
        assert app.screen.refusal("lanes.bump") == "Nothing of this lane is on its way"
        assert engine.named("bump_slot") == engine.named("repost_slot") == []


async def test_what_was_mined_meanwhile_is_refused_in_full() -> None:
    """The slot that the dialog was about is not raised once the engine says no."""
    engine = laned()
    async with opened(engine) as (_, pilot):
        await pilot.press("enter", "down", "down", "f")
        await seen(pilot, "Raise this fee?")
        shown = engine.windows[MINE]
        mined = tuple(replace(one, state=SlotState.CONFIRMED) for one in shown.slots)
        engine.windows[MINE] = replace(shown, slots=mined)
        await pilot.press("tab", "enter")
        await seen(pilot, "Raise the fee: Nonce 40 is mined already")


async def test_on_mainnet_the_number_of_items_of_the_slot_is_typed() -> None:
    """Real money, also for the same bytes: the button answers only after the number."""
    engine = laned()
    async with opened(engine, MAINNET) as (_, pilot):
        await pilot.press("enter", *["down"] * 5, "f")
        await seen(pilot, "It carries: no item, it fills a hole")
        await seen(pilot, "Type 0 to allow it")
        await pilot.press("escape", "down", "s")
        await seen(pilot, "Type 1 to allow it")
        await pilot.press("tab", "enter")
        assert engine.named("repost_slot") == []
        await pilot.press("1", "enter", "enter")
        await until(pilot, lambda: engine.named("repost_slot"))
        assert engine.named("repost_slot") == [(MINE, 44, txid(44), None)]


async def test_a_slot_is_raised_from_the_palette_too() -> None:
    """The slot that was chosen stays chosen while another screen is in front."""
    engine = laned()
    async with opened(engine) as (_, pilot):
        await pilot.press("enter", "down", "down")
        await by_palette(pilot, "Pay a higher fee")
        await seen(pilot, "Nonce: 40 of")
