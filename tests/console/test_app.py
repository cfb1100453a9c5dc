"""The app around the screens: it paints first, survives a lost engine, asks before it leaves, and says why not."""

from __future__ import annotations

import asyncio
import os
import signal
from dataclasses import replace

import pytest
from textual.command import CommandPalette
from textual.css.query import NoMatches
from textual.drivers.headless_driver import HeadlessDriver
from textual.events import MouseDown
from textual.geometry import Offset
from textual.widgets import Input, Static

from console import actions
from console.app import BatchdeckApp
from console.clipboard import osc52
from console.forms import many
from console.outfit import Outfit
from console.screens.batches import BatchesScreen
from console.screens.dialogs import Confirm, Sentence
from console.screens.help import HelpScreen
from console.text import glyphs
from console.widgets.key_line import KeyLine
from engine.core.model import BatchStatus, ItemState
from engine.core.reports import Alert
from engine.errors import Unavailable
from tests.console.conftest import DEMO, MAINNET, deck_over, open_batch, picture, run, seen, until
from tests.console.fake_engine import NOW, FakeEngine


async def test_it_paints_before_the_engine_is_open() -> None:
    """An engine that takes its time keeps nobody from seeing the console."""
    gate = asyncio.Event()

    async def slow() -> FakeEngine:
        await gate.wait()
        return FakeEngine()

    app = BatchdeckApp(Outfit(slow, DEMO), now=lambda: NOW)
    async with run(app) as pilot:
        await seen(pilot, "Opening the engine")
        assert "Batches" in picture(app)
        assert "Compose" in picture(app)
        await pilot.press("c")
        await seen(pilot, "The engine isn't open yet")
        gate.set()
        await seen(pilot, "No batch yet.")


async def test_an_engine_that_does_not_open_is_a_sentence_and_a_way_out() -> None:
    """A failure to open says what happened, to what and what to do; the one button leaves with 3."""

    async def locked() -> FakeEngine:
        raise Unavailable("catalogue.db is in use by process 42: end that one first")

    app = BatchdeckApp(Outfit(locked, DEMO))
    async with run(app) as pilot:
        await seen(pilot, "in use by process 42")
        assert "start again" in picture(app)
        await pilot.press("enter")
        await pilot.pause()
    assert app.return_code == 3


async def test_a_lost_engine_is_a_banner_over_the_last_picture(engine: FakeEngine) -> None:
    """When the engine is gone the list stays, the header says lost, and it all comes back by itself."""
    app = deck_over(engine)
    async with run(app) as pilot:
        await seen(pilot, "processing")
        engine.broken = Unavailable("the database is gone")
        await seen(pilot, "Engine lost: the database is gone")
        assert "processing" in picture(app)
        engine.broken = None
        engine.add("01KNEW", [ItemState.QUEUED])
        await until(pilot, lambda: "Engine lost" not in picture(app))
        await until(pilot, lambda: any(row.key == "01KNEW" for row in app.screen.query_one("#batches").rows))  # type: ignore[attr-defined]


async def test_the_console_outlives_any_error_of_a_call(engine: FakeEngine) -> None:
    """An action that fails is a notice with the reason; the console goes on."""
    app = deck_over(engine)
    async with run(app, size=(100, 30)) as pilot:
        await open_batch(pilot)
        engine.broken = ZeroDivisionError("[/x] oops")
        await pilot.press("p")
        await seen(pilot, "Pause: unexpected ZeroDivisionError: [/x] oops")
        assert app.is_running


async def test_leaving_with_work_under_way_asks(engine: FakeEngine) -> None:
    """q says what goes on and what doesn't; Cancel is the default, and the key that opened it doesn't confirm."""
    app = deck_over(engine)
    async with run(app) as pilot:
        await seen(pilot, "Processing")
        await until(pilot, lambda: app.latest.health)
        await pilot.press("q")
        await seen(pilot, "goes on at the next start")
        await pilot.press("q", "q", "enter")
        await until(pilot, lambda: isinstance(app.screen, BatchesScreen))
        assert not engine.closed
        await pilot.press("q")
        await seen(pilot, "Leave with work under way?")
        await pilot.press("tab", "enter")
        await until(pilot, lambda: engine.closed)


async def test_leaving_the_demo_says_that_the_demo_goes_on_with_it(engine: FakeEngine) -> None:
    """Its database is its own: an engine without a console would open the user's."""
    app = deck_over(engine, replace(DEMO, demo=True))
    async with run(app) as pilot:
        await seen(pilot, "Processing")
        await until(pilot, lambda: app.latest.health)
        await pilot.press("q")
        await seen(pilot, "at the next start: batchdeck demo")
        assert "batchdeck engine" not in picture(app)


@pytest.mark.plays("app.quit")
async def test_leaving_an_idle_console_asks_nothing() -> None:
    """Without work there is nothing to ask; the engine is closed once."""
    engine = FakeEngine()
    app = deck_over(engine)
    async with run(app) as pilot:
        await seen(pilot, "No batch yet.")
        await pilot.press("q")
        await until(pilot, lambda: engine.closed)
    assert engine.calls.count(("close", None)) == 1


async def test_a_screen_that_opens_while_the_console_closes_is_no_crash() -> None:
    """Its parts are never made, and it finds none; the same in a console that goes on, or any other error, is one."""
    app = deck_over(FakeEngine())
    with pytest.raises(ZeroDivisionError):
        async with run(app) as pilot:
            await seen(pilot, "No batch yet.")
            app.exit()
            app._handle_exception(NoMatches("No nodes match '#gone'"))
            assert app._exception is None
            app._handle_exception(ZeroDivisionError())
    with pytest.raises(NoMatches):
        async with run(deck_over(FakeEngine())) as pilot:
            pilot.app._handle_exception(NoMatches("No nodes match '#gone'"))


async def test_ctrl_q_follows_the_same_rule(engine: FakeEngine) -> None:
    """Textual's own quit key asks too."""
    app = deck_over(engine)
    async with run(app) as pilot:
        await until(pilot, lambda: app.latest.health)
        await pilot.press("ctrl+q")
        await seen(pilot, "Leave with work under way?")


async def test_mainnet_is_said_in_words() -> None:
    """The network stands in the header of every screen, at every width."""
    app = deck_over(FakeEngine(), MAINNET)
    async with run(app, size=(40, 12)) as pilot:
        await seen(pilot, "No batch yet.")
        assert "MAINNET" in picture(app)
        assert "Batches" in picture(app)
        assert "Compose" in picture(app)
        assert "SIMULATED" not in picture(app)


async def test_simulated_is_said_in_words(engine: FakeEngine) -> None:
    """Nobody takes the devnet for a chain."""
    app = deck_over(engine)
    async with run(app) as pilot:
        await open_batch(pilot)
        assert "SIMULATED" in picture(app)
        assert "TESTNET" in picture(app)


async def test_read_only_changes_nothing_and_says_why(engine: FakeEngine) -> None:
    """Every key that would change something is grey, and says why when it is pressed."""
    app = deck_over(engine, replace(DEMO, read_only=True))
    async with run(app) as pilot:
        await open_batch(pilot)
        assert "READ-ONLY" in picture(app)
        await pilot.press("r", "p", "x", "u", "!")
        await seen(pilot, "This console is read-only")
    assert not {name for name, _ in engine.calls} & {"retry", "pause", "cancel", "revert", "pause_all"}


@pytest.mark.plays("app.stop")
async def test_the_emergency_stop_asks_and_shows(engine: FakeEngine) -> None:
    """Stopping everything is asked for, done, shown in the header, and taken back the same way."""
    app = deck_over(engine)
    async with run(app) as pilot:
        await until(pilot, lambda: app.latest.health)
        await pilot.press("!")
        await seen(pilot, "Stop the whole engine?")
        await pilot.press("tab", "enter")
        await until(pilot, lambda: app.state_word == "stopped")
        await pilot.press("!")
        await seen(pilot, "Let the engine go on?")
        await pilot.press("right", "enter")
        await until(pilot, lambda: app.state_word == "running")
    assert [name for name, _ in engine.calls if name.endswith("_all")] == ["pause_all", "resume_all"]


async def test_on_mainnet_the_emergency_stop_says_where(engine: FakeEngine) -> None:
    """Stopping and going on name the network, dressed as all that concerns real money."""
    app = deck_over(engine, MAINNET)
    async with run(app) as pilot:
        await until(pilot, lambda: app.latest.health)
        await pilot.press("!")
        await seen(pilot, "Network: MAINNET, api.hiro.so")
        assert app.screen.has_class("-mainnet")
        await pilot.press("tab", "enter")
        await until(pilot, lambda: app.state_word == "stopped")
        await pilot.press("!")
        await seen(pilot, "Let the engine go on?")
        assert "Network: MAINNET, api.hiro.so" in picture(app)
        assert app.screen.has_class("-mainnet")


async def test_on_mainnet_the_engine_goes_on_by_the_number_of_its_batches(engine: FakeEngine) -> None:
    """What was stopped in an emergency spends real money once it goes on: the number of batches is typed first."""
    engine.paused = True
    app = deck_over(engine, MAINNET)
    async with run(app) as pilot:
        await until(pilot, lambda: app.state_word == "stopped")
        assert app.latest.health
        count = sum(app.latest.health.statuses.get(one, 0) for one in (BatchStatus.PENDING, BatchStatus.PROCESSING))
        await pilot.press("!")
        await seen(pilot, many(count, "batch is", "batches are") + " under way")
        await pilot.press("right", "enter", "escape")
        await pilot.press("!")
        await seen(pilot, f"Type {count} to allow it")
        assert not engine.named("resume_all")
        await pilot.press(*str(count), "enter", "enter")
        await until(pilot, lambda: engine.named("resume_all"))


async def test_alerts_of_the_engine_are_seen(engine: FakeEngine) -> None:
    """What wants an eye stands under the list, with how many more there are."""
    engine.alarms = (Alert("node", "Node unreachable: no answer", NOW), Alert("lane", "held", NOW))
    app = deck_over(engine)
    async with run(app) as pilot:
        await seen(pilot, "Node unreachable: no answer (and 1 more)")


async def test_an_alert_that_is_cut_says_so_and_where_all_of_it_is(engine: FakeEngine) -> None:
    """The end of a long alert is what to do: never cut off in silence."""
    engine.alarms = (Alert("lane", "A long story of a held lane, " * 12 + "release it", NOW),)
    app = deck_over(engine)
    async with run(app) as pilot:
        await seen(pilot, "A long story")
        await seen(pilot, "… (e: all of it)")
        assert "release it" not in picture(app)
        await pilot.resize_terminal(200, 40)
        await seen(pilot, "release it")


async def test_notices_come_one_at_a_time_and_cover_no_dialog(engine: FakeEngine) -> None:
    """The latest notice stands alone, and one that stands when a dialog opens goes: its buttons are to be read."""
    app = deck_over(engine)
    async with run(app) as pilot:
        await seen(pilot, "5 batches")
        app.tell("First things first")
        await seen(pilot, "First things first")
        app.tell("Second thoughts, which are longer and go on for quite a while before they end at last")
        await seen(pilot, "Second thoughts")
        assert "First things" not in picture(app)
        assert "at last" in picture(app)
        assert "Compose" in picture(app)
        await pilot.press("q")
        await seen(pilot, "Leave with work under way?")
        await until(pilot, lambda: "Second thoughts" not in picture(app))


async def test_a_notice_hides_neither_keys_nor_what_is_marked(engine: FakeEngine) -> None:
    """It ends above the foot of the table, however many lines there are; over a dialog it stands on top."""
    app = deck_over(engine)
    async with run(app) as pilot:
        await open_batch(pilot)
        await pilot.press("4", "w", "space")
        await seen(pilot, "9 marked")
        app.tell("One line of a notice\nand one more", "error")
        await seen(pilot, "and one more")
        below = picture(app).split("and one more")[1]
        for line in ("9 marked  (esc takes the marks away)", "◌ off-chain  NotEnoughFunds", "r Retry", "q Quit"):
            assert line in below
        await pilot.press("r")
        await seen(pilot, "Retry 9 items?")
        app.tell("It came while a dialog was open", "error")
        await seen(pilot, "It came while")
        above = picture(app).split("It came while")[0]
        assert "TESTNET" in above
        assert "Retry 9 items?" not in above
        await pilot.press("ctrl+q")
        await seen(pilot, "Leave with work under way?")
        await until(pilot, lambda: "It came while" not in picture(app))


async def test_ctrl_c_says_how_to_leave(engine: FakeEngine) -> None:
    """It ends nothing, and names the key that does, as it is bound; in a field and in a dialog the one that acts."""
    app = deck_over(engine, keymap={"app.quit": "f10"})
    async with run(app) as pilot:
        await open_batch(pilot)
        await pilot.press("ctrl+c")
        await seen(pilot, "To leave the console press f10")
        await pilot.press("slash", "ctrl+c")
        await seen(pilot, "To leave the console press ^q")
        await pilot.press("escape", "r")
        await seen(pilot, "Retry 12 items?")
        await until(pilot, lambda: "To leave" not in picture(app))
        await pilot.press("ctrl+c")
        await seen(pilot, "To leave the console press ^q")
        await pilot.press("ctrl+q")
        await seen(pilot, "Leave with work under way?")


@pytest.mark.plays("app.suspend")
@pytest.mark.parametrize("embedded", [True, False])
async def test_ctrl_z_goes_to_the_shell_and_back(
    embedded: bool, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process is stopped as the shell expects it; back again, an engine inside it is said to have stood still."""
    sent: list[tuple[int, int]] = []
    monkeypatch.setattr(os, "kill", lambda *given: sent.append(given))
    monkeypatch.setattr(HeadlessDriver, "can_suspend", True)
    app = deck_over(engine, replace(DEMO, embedded=embedded))
    async with run(app) as pilot:
        await pilot.press("ctrl+z")
        await until(pilot, lambda: sent)
        assert sent == [(os.getpid(), signal.SIGTSTP)]
        app.post_message(HeadlessDriver.SignalResume())
        await pilot.pause()
        await until(pilot, lambda: ("the engine stood still" in picture(app)) is embedded)


@pytest.mark.parametrize("over", ["ctrl+p", "question_mark", "r", "slash"])
@pytest.mark.parametrize(("key", "keymap"), [("ctrl+z", {}), ("f7", {"app.suspend": "f7"})])
async def test_the_shell_is_reached_from_over_any_screen(
    over: str, key: str, keymap: dict[str, str], engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The palette, the help, a dialog and a field are left for the shell by the same key, once."""
    sent: list[tuple[int, int]] = []
    monkeypatch.setattr(os, "kill", lambda *given: sent.append(given))
    monkeypatch.setattr(HeadlessDriver, "can_suspend", True)
    app = deck_over(engine, keymap=keymap)
    async with run(app) as pilot:
        await open_batch(pilot)
        before = app.screen
        await pilot.press(over)
        await until(pilot, lambda: app.screen is not before or isinstance(app.focused, Input))
        await pilot.press(key)
        await until(pilot, lambda: sent)
        assert len(sent) == 1


async def test_the_footer_shows_the_keys_that_act_where_one_writes(engine: FakeEngine) -> None:
    """In a field "?" and "q" are letters: the footer names the keys that act there, and greys what has none."""
    app = deck_over(engine)
    async with run(app) as pilot:
        await open_batch(pilot)
        await seen(pilot, "? Help  q Quit")
        await pilot.press("slash")
        await seen(pilot, "f1 Help  ^q Quit")
        assert [one.id for one in app.screen.query_one(KeyLine)._keys if one.applies] == ["app.help", "app.quit"]
        await pilot.press("escape")
        await seen(pilot, "? Help  q Quit")


@pytest.mark.plays("app.help")
async def test_help_lists_every_action_of_the_screen(engine: FakeEngine) -> None:
    """Footer, palette and help come from one registry, so help can't forget a key."""
    app = deck_over(engine)
    async with run(app, size=(100, 80)) as pilot:
        await open_batch(pilot)
        await pilot.press("?")
        await until(pilot, lambda: isinstance(app.screen, HelpScreen))
        shown = picture(app)
        assert [one.help for one in actions.on_screen("batch") if one.help not in shown] == []
        await pilot.press("?")
        await until(pilot, lambda: not isinstance(app.screen, HelpScreen))


@pytest.mark.parametrize(
    ("way", "says", "silent"),
    [
        ("", ("Move by a line", "Open the row"), ("Mark",)),
        ("l", ("Move by a line", "Open the row"), ("Mark",)),
        ("c", ("Move by a line", "Mark the row"), ("Open the row",)),
        ("enter", ("Open the row", "Mark the row"), ()),
        ("enter enter", ("Copy the whole transaction id",), ("Move by a line", "Open the row", "Mark")),
    ],
)
async def test_help_lists_only_what_acts(
    engine: FakeEngine, way: str, says: tuple[str, ...], silent: tuple[str, ...]
) -> None:
    """No key of a table stands where no table has it: none that marks among batches, none that opens in Compose."""
    app = deck_over(engine)
    async with run(app, size=(100, 80)) as pilot:
        await seen(pilot, "5 batches")
        for key in way.split():
            before = app.screen
            await pilot.press(key)
            await until(pilot, lambda before=before: app.screen is not before and app.screen.is_mounted)
            await until(pilot, lambda: "Loading" not in picture(app))
        await pilot.press("f1")
        await until(pilot, lambda: isinstance(app.screen, HelpScreen))
        await seen(pilot, says[0])
        shown = picture(app)
        assert [text for text in says if text not in shown] == []
        assert [text for text in silent if text in shown] == []


@pytest.mark.plays("app.palette")
async def test_the_palette_does_what_the_key_does(engine: FakeEngine) -> None:
    """Every action can be found by its words."""
    app = deck_over(engine)
    async with run(app) as pilot:
        await seen(pilot, "processing")
        await pilot.press("ctrl+p")
        await pilot.pause(0.3)
        await pilot.press(*"every key")
        await seen(pilot, "Show what every key does")
        await pilot.pause(0.3)
        await pilot.press("enter")
        await pilot.pause(0.3)
        if not isinstance(app.screen, HelpScreen):
            await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, HelpScreen))


async def test_a_click_on_the_footer_does_what_the_key_does(engine: FakeEngine) -> None:
    """The mouse reaches everything."""
    app = deck_over(engine)
    async with run(app) as pilot:
        await seen(pilot, "processing")
        row, line = next(found for found in enumerate(picture(app).splitlines()) if "? Help" in found[1])
        await pilot.click(offset=(line.index("Help"), row))
        await until(pilot, lambda: isinstance(app.screen, HelpScreen))


async def test_keys_can_be_rebound_by_id(engine: FakeEngine) -> None:
    """A keymap moves a key, and the footer shows the new one."""
    app = deck_over(engine, keymap={"app.help": "z"})
    async with run(app) as pilot:
        await seen(pilot, "z Help")
        await pilot.press("z")
        await until(pilot, lambda: isinstance(app.screen, HelpScreen))


async def test_a_click_on_a_notice_that_is_just_going_harms_nothing(
    engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is drawn a moment longer than it exists may be clicked; elsewhere the mouse goes on working."""
    app = deck_over(engine)
    async with run(app) as pilot:
        await seen(pilot, "5 batches")
        gone = (Static("First things first"), Offset(0, 0))
        with monkeypatch.context() as drawn:
            drawn.setattr(BatchesScreen, "get_widget_and_offset_at", lambda self, x, y: gone)
            app.post_message(MouseDown(None, 60, 20, 0, 0, 1, False, False, False, screen_x=60, screen_y=20))
            await pilot.pause()
        await pilot.click(offset=(picture(app).splitlines()[-1].index("Help"), 23))
        await until(pilot, lambda: isinstance(app.screen, HelpScreen))


def test_copying_is_wrapped_for_tmux() -> None:
    """Inside tmux the terminal outside gets the sequence only when it is passed through."""
    assert osc52("ab") == "\x1b]52;c;YWI=\a"
    assert osc52("ab", wrapped=True) == "\x1bPtmux;\x1b\x1b]52;c;YWI=\a\x1b\\"


@pytest.mark.parametrize("typed", ["", "11", "012"])
async def test_a_typed_dialog_needs_the_number(typed: str) -> None:
    """The button stays shut until the number is right; Enter in the field confirms nothing."""
    app = deck_over(FakeEngine())
    answers: list[bool | None] = []
    async with run(app) as pilot:
        await seen(pilot, "No batch yet.")
        app.push_screen(Confirm("Sure?", ["12 items"], "Send 12", "12"), answers.append)
        await pilot.pause()
        await pilot.press(*typed, "enter")
        await pilot.press("enter")
        await pilot.pause()
        assert answers in ([], [False])


async def test_a_typed_dialog_opens_with_the_number() -> None:
    """Digits go to the field from wherever the focus is; then the button can be reached and pressed."""
    app = deck_over(FakeEngine())
    answers: list[bool | None] = []
    async with run(app) as pilot:
        await seen(pilot, "No batch yet.")
        app.push_screen(Confirm("Sure?", ["12 items"], "Send 12", "12"), answers.append)
        await pilot.pause()
        assert app.focused is not None
        assert app.focused.id == "cancel"
        await pilot.press("1", "2", "enter")
        await pilot.pause()
        assert answers == []
        await pilot.press("enter")
        await pilot.pause()
    assert answers == [True]


async def test_a_sentence_is_read_and_gone() -> None:
    """Esc closes what only has to be read."""
    app = deck_over(FakeEngine())
    async with run(app) as pilot:
        await seen(pilot, "No batch yet.")
        app.push_screen(Sentence("Title [x]", ["line [/x]"]))
        await seen(pilot, "line [/x]")
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, BatchesScreen))


async def test_a_long_notice_is_seen_to_its_end(engine: FakeEngine) -> None:
    """What to do stands at the end: the rack must be as high as the lines that it holds, at every length."""
    app = deck_over(engine)
    async with run(app) as pilot:
        await seen(pilot, "processing")
        why = "(All connection attempts failed): start it there with batchdeck engine, or check"
        app.tell(f"Lanes: The engine at http://127.0.0.1:8427 can't be reached {why} the address")
        await seen(pilot, "address")


async def test_a_load_that_fails_says_nothing_below_the_banner(engine: FakeEngine) -> None:
    """While the banner says it, no notice says it again; what an operator does is answered all the same."""
    app = deck_over(engine)
    async with run(app) as pilot:
        await open_batch(pilot)
        engine.broken = Unavailable("the database is gone")
        await seen(pilot, "reaches it again")
        app.clear_notifications()
        await pilot.press("ctrl+l")
        await pilot.pause(0.1)
        assert "Batch: the database is gone" not in picture(app)
        await pilot.press("p")
        await seen(pilot, "Pause: the database is gone")


async def test_without_unicode_not_one_sign_is_beyond_ascii(
    engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under LANG=C also what the toolkit draws is ASCII: the bar of what scrolls, the edge of a notice, a dialog."""
    monkeypatch.setenv("LC_ALL", "C")
    glyphs.cache_clear()
    try:
        app = deck_over(engine)
        async with run(app) as pilot:
            await open_batch(pilot)
            await pilot.press("pagedown", "y")
            await seen(pilot, "id is copied")
            assert "".join(picture(app).split("\n")).isascii(), picture(app)
            await pilot.press("x")
            await seen(pilot, "will be cancelled")
            assert "".join(picture(app).split("\n")).isascii(), picture(app)
    finally:
        glyphs.cache_clear()


async def test_a_palette_that_has_no_room_yet_takes_keys_all_the_same(engine: FakeEngine) -> None:
    """Textual's own list ended the console when it was paged before it was laid out, as in a window of six lines."""
    app = deck_over(engine)
    async with run(app, size=(24, 6)) as pilot:
        await seen(pilot, "Batches")
        await pilot.press("ctrl+p", "pagedown", "pageup", "down", "up", "end", "home")
        await until(pilot, lambda: isinstance(app.screen, CommandPalette))
        await pilot.resize_terminal(24, 3)
        await pilot.press("pagedown", "pageup", "down", "up")
        await pilot.resize_terminal(80, 24)
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(app.screen, CommandPalette))
        assert app.is_running


async def test_a_screen_that_comes_while_the_palette_is_open_has_a_palette_of_its_own(engine: FakeEngine) -> None:
    """A batch that was submitted opens when the engine says so, also over a palette: two of them ended the console."""
    app = deck_over(engine)
    async with run(app) as pilot:
        await seen(pilot, "processing")
        await pilot.press("ctrl+p")
        await until(pilot, lambda: isinstance(app.screen, CommandPalette))
        await app.push_screen(BatchesScreen())
        await pilot.press("ctrl+p")
        await until(
            pilot, lambda: [isinstance(one, CommandPalette) for one in app.screen_stack[2:]] == [True, False, True]
        )
        await pilot.press("ctrl+p", "escape", "escape", "escape")
        await until(pilot, lambda: len(app.screen_stack) == 2)
