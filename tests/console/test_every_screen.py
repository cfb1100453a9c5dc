"""What holds on every screen: where one is at each size, help, reading order, and a console that may only look."""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import replace

import pytest
from textual.command import CommandPalette
from textual.widgets import Input

from console import actions
from console.app import BatchdeckApp
from console.screens.base import DeckScreen
from console.screens.dialogs import Confirm
from console.text import glyphs
from console.widgets.header import HeaderLine
from console.widgets.key_line import KeyLine
from tests.console.conftest import DEMO, MAINNET, MIXED, deck_over, open_batch, picture, run, seen, until
from tests.console.fake_engine import sample, txid
from tests.console.scenes import SCENES, Scene
from tests.console.test_snapshots import DIALOGS, SCREENS
from tests.console.wire import Wire, colours_anew

SIZES = ((240, 70), (200, 60), (80, 24))
EDGES = " │┃"
LOOKED_AT = [one for one in SCREENS if one.name not in ("compose", "review")]
"""What a console that may only look can open."""
DRAWN_ALIKE = [one for one in DIALOGS if one.name in ("help", "retry-mainnet", "export", "creators")]
"""One dialog of each kind: the others are drawn by the same parts."""
ONLY_LOOKING = {
    "flag": (replace(DEMO, read_only=True), "This console is read-only: start it without --read-only"),
    "token": (replace(DEMO, read_only=True, reader="guest"), "The token guest may only read: start with another"),
}


@pytest.mark.parametrize("scene", SCREENS, ids=lambda scene: scene.name)
async def test_what_every_screen_has(scene: Scene) -> None:
    """Resized at any time: network and place above, the way out below; Tab in the order of reading; F1 for its keys."""
    app = replace(scene, banner=MAINNET).app()
    async with run(app, (120, 40)) as pilot:
        await scene.play(pilot)
        read_in_order(app)
        for width, height in SIZES:
            await pilot.resize_terminal(width, height)
            await pilot.pause()
            first, *_, last = picture(app).splitlines()
            assert (len(first), "MAINNET" in first, app.screen.path[-1] in first) == (width, True, True), first
            assert "q Quit" in last, last
        screen = app.screen
        await pilot.resize_terminal(120, 120)
        await pilot.press("f1")
        await seen(pilot, "Esc closes")
        told = " ".join(picture(app).split())
        assert [one.help for one in actions.on_screen(screen.NAME) if one.help.split(",")[0] not in told] == []
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is screen)


@pytest.mark.parametrize("scene", SCREENS, ids=lambda scene: scene.name)
async def test_the_mouse_alone_finds_the_palette_and_the_way_back(scene: Scene) -> None:
    """On every screen a click on the header's right opens the palette, with every action; one on the path goes back."""
    app = scene.app()
    async with run(app) as pilot:
        await scene.play(pilot)
        screen, depth = app.screen, len(app.screen_stack)
        await pilot.click(HeaderLine, offset=(78, 0))
        await until(pilot, lambda: isinstance(app.screen, CommandPalette))
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is screen)
        if isinstance(app.focused, Input):
            await pilot.click(HeaderLine, offset=(3, 0))  # from a field back to the list
            await until(pilot, lambda: not isinstance(app.focused, Input))
        await pilot.click(HeaderLine, offset=(3, 0))
        if len(screen.path) > 1:  # type: ignore[attr-defined]
            await until(pilot, lambda: len(app.screen_stack) < depth or isinstance(app.screen, Confirm))
        else:
            await until(pilot, lambda: isinstance(app.screen, CommandPalette))


@pytest.mark.parametrize("scene", DIALOGS, ids=lambda scene: scene.name)
async def test_a_dialog_is_read_in_order(scene: Scene) -> None:
    """What it asks stands before its fields, and these before its buttons."""
    app = scene.app()
    async with run(app) as pilot:
        await scene.play(pilot)
        read_in_order(app)


def read_in_order(app: BatchdeckApp) -> None:
    """Tab goes from the top, left to right; each field has its words before it: on its line, or on the one above."""
    lines = picture(app).splitlines()
    chain = [(one.region.y, one.region.x) for one in app.screen.focus_chain if one.region]
    assert chain == sorted(chain)
    for field in app.screen.query(Input):
        if field.region:
            x, y = field.region.offset
            above = next(line[x:] for line in reversed(lines[:y]) if line[x : x + 60].strip(EDGES))
            assert lines[y][:x].strip(EDGES) or above.strip(EDGES), (field, lines[y])


@pytest.mark.parametrize(("scene", "how"), [*((one, "flag") for one in LOOKED_AT), (LOOKED_AT[1], "token")])
async def test_who_may_only_look_changes_nothing_anywhere(scene: Scene, how: str) -> None:
    """Every key that would change something is grey, and says why; the flag and a token that only reads alike."""
    banner, why = ONLY_LOOKING[how]
    engine = scene.engine()
    app = deck_over(engine, banner)
    async with run(app, (120, 40)) as pilot:
        await scene.play(pilot)
        screen = app.screen
        assert isinstance(screen, DeckScreen)
        assert "READ-ONLY" in picture(app)
        shown = {key.id: key.applies for line in screen.query(KeyLine) for key in line._keys}
        changing = [actions.get(one) for one in {*screen.CHANGES, "app.stop"}]
        assert [one.id for one in changing if shown.get(one.id)] == []
        assert {screen.refusal(one.id) for one in changing} == {banner.refusal}, "the palette says why, too"
        before = len(engine.calls)
        for action in changing:
            if action.keys:
                app.clear_notifications()
                await pilot.press(action.keys.split(",")[0])
                await seen(pilot, why)
                assert app.screen is screen
        asked = {name for name, _ in engine.calls[before:]}
        assert asked <= {"health", "batch", "items", "signers", "slots", "vitals", "content"}


@pytest.mark.parametrize("scene", [*SCREENS, *DRAWN_ALIKE], ids=lambda scene: scene.name)
async def test_no_unicode_is_needed(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Under LANG=C not one sign of any screen or dialog is beyond ASCII."""
    monkeypatch.setenv("LC_ALL", "C")
    glyphs.cache_clear()
    try:
        app = scene.app()
        async with run(app) as pilot:
            await scene.play(pilot)
            assert [line for line in picture(app).splitlines() if not line.isascii()] == []
    finally:
        glyphs.cache_clear()


@pytest.mark.parametrize("inside", [False, True], ids=["alone", "tmux"])
async def test_the_whole_txid_goes_to_the_terminals_clipboard(inside: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """By OSC 52, which works over SSH; inside tmux wrapped, so that it reaches the terminal outside."""
    monkeypatch.setenv("TMUX", "/tmp/tmux") if inside else monkeypatch.delenv("TMUX", raising=False)
    wire = Wire(monkeypatch)
    (scene,) = (one for one in SCENES if one.name == "item")
    app = scene.app()
    async with run(app) as pilot:
        await scene.play(pilot)
        await pilot.press("y")
        await seen(pilot, "The transaction id is copied")
    plain = f"\x1b]52;c;{b64encode(f'0x{txid(1)}'.encode()).decode()}\x07"
    wrapped = f"\x1bPtmux;\x1b{plain}\x1b\\"
    assert (wrapped in wire.written) is inside
    assert plain in wire.written


@pytest.mark.parametrize("scene", [*SCREENS, *DRAWN_ALIKE], ids=lambda scene: scene.name)
async def test_sixteen_colours_are_enough(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal that has no more gets no others, on any screen or dialog, whatever another console here had."""
    monkeypatch.setattr("textual.constants.COLOR_SYSTEM", "truecolor")
    Wire(monkeypatch)
    async with run(deck_over(sample())) as pilot:
        await open_batch(pilot, MIXED)
    monkeypatch.setattr("textual.constants.COLOR_SYSTEM", "standard")
    wire = Wire(monkeypatch)
    with colours_anew(monkeypatch):
        async with run(scene.app()) as pilot:
            await scene.play(pilot)
            await pilot.pause()
    assert not re.search(r"\x1b\[[0-9;]*[34]8;[25];", wire.written)
    assert re.search(r"\x1b\[[0-9;]*\b(3[0-7]|9[0-7])\b", wire.written)
