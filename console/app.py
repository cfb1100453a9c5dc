"""BatchdeckApp: thin. It paints first, opens one engine, feeds the screen in front, and knows how to leave."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import ClassVar

from rich.console import RenderableType
from textual.events import Event, Key, Paste
from textual.screen import ModalScreen
from textual.scrollbar import ScrollBar
from textual.widgets import Input

from console import actions
from console.banner import Banner, told
from console.clicks import vanished
from console.feed import Feed, FeedUpdate
from console.memory import Memory
from console.mended import MendedApp
from console.news import EngineFailed, EngineOpened, Fed
from console.onward import Onward, Ways
from console.pace import Pace
from console.palette import ActionCommands
from console.pulse import Pulse
from console.reopening import close_lost, left, reopened
from console.screens.base import OPENING, DeckScreen, sentence
from console.screens.dialogs import Sentence, quit_dialog, start_dialog, stop_dialog
from console.screens.help import HelpScreen
from console.text import ASCII, glyphs
from console.theme import DARK, LIGHT, outcome_colours
from console.typeahead import Typeahead
from console.widgets.plain_bar import PlainBar
from engine.core.model import BatchStatus
from engine.door import Engine

__all__ = ["Banner", "BatchdeckApp"]

log = logging.getLogger("batchdeck.console")
BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]
FRESH_HEALTH = 2.0
UNDER_WAY = (BatchStatus.PENDING, BatchStatus.PROCESSING)
OpenEngine = Callable[[], Awaitable[Engine]]


def utc_now() -> datetime:
    """Return the wall clock's time."""
    return datetime.now(UTC)


class BatchdeckApp(MendedApp[Onward]):
    """The console over whatever engine ``open_engine`` opens; ``banner`` is what the header says meanwhile.

    It returns the way on when it was left for another console.
    """

    TITLE = "Batchdeck"
    CSS_PATH = "console.tcss"
    COMMANDS: ClassVar = {ActionCommands}
    ENABLE_COMMAND_PALETTE = False
    """Textual's own key for it would act beside the registry, and couldn't be bound anew."""
    HORIZONTAL_BREAKPOINTS = BREAKPOINTS

    def __init__(
        self,
        open_engine: OpenEngine,
        banner: Banner,
        *,
        now: Callable[[], datetime] = utc_now,
        keymap: Mapping[str, str] | None = None,
        warnings: Sequence[str] = (),
        ways: Ways = Ways(),  # noqa: B008 (frozen)
        memory: Memory | None = None,
    ) -> None:
        super().__init__(ansi_color=True if "NO_COLOR" in os.environ else None)
        self.use_command_palette = True
        self._open = open_engine
        self.banner = banner
        self.now = now
        self.ways = ways
        self.memory = memory or Memory()
        self.engine: Engine | None = None
        self.latest = FeedUpdate()
        self.pace = Pace()
        self.pulse = Pulse()
        self.keymap = dict(keymap or {})
        self._warnings = tuple(warnings)
        self._leaving = False
        self._typeahead = Typeahead(self, super().on_event)
        for theme in (DARK, LIGHT):
            self.register_theme(theme)

    def get_css_variables(self) -> dict[str, str]:
        """Add the colours of the outcomes to those of the theme in force."""
        variables = super().get_css_variables()
        variables.update(outcome_colours(variables))
        self.theme_variables = variables
        return variables

    def on_mount(self) -> None:
        """Paint the first screen, then open the engine."""
        if "TEXTUAL_THEME" not in os.environ:
            self.theme = LIGHT.name if self.memory.theme() == LIGHT.name else DARK.name
        self.set_class(glyphs() is ASCII, "-ascii")
        ScrollBar.renderer = PlainBar
        for screen in reopened(self.memory.recall()):
            self.push_screen(screen)
        if self._warnings:
            self.push_screen(Sentence("The settings file has keys that can't be used", self._warnings))
        self._listen_to_signals()
        self.app_resume_signal.subscribe(self, self._resumed)
        self.call_after_refresh(lambda: self.run_worker(self._open_engine(), exit_on_error=False))

    async def on_event(self, event: Event) -> None:
        """Let keys act in their turn; all else as it comes."""
        if isinstance(event, Key | Paste) and not event.is_forwarded:
            await self._typeahead.take(event)
        elif not (self.screen_stack and vanished(self.screen, event)):
            await super().on_event(event)

    async def _open_engine(self) -> None:
        try:
            self.post_message(EngineOpened(await self._open()))
        except Exception as error:
            log.exception("The engine could not be opened")
            self.post_message(EngineFailed(sentence(error)))

    def on_engine_opened(self, message: EngineOpened) -> None:
        """Own the engine, and begin to poll it."""
        self.engine = message.engine
        feed = Feed(self.engine, lambda update: self.post_message(Fed(update)))
        self.run_worker(feed.run(), name="feed", exit_on_error=False)
        self.run_worker(close_lost(self, self.engine), exit_on_error=False)

    def on_engine_failed(self, message: EngineFailed) -> None:
        """Say what happened and what to do; there is nothing to show without an engine."""
        lines = [message.why, "", "Nothing was changed. Mend the cause and start again; batchdeck doctor tells more."]
        self.push_screen(Sentence("The engine could not be opened", lines, "Quit"), lambda _: self.exit(return_code=3))

    def on_fed(self, message: Fed) -> None:
        """Keep the latest state, and hand it to the screen in front; the others load when they come back."""
        self.latest = message.update
        self.pace.note_still(message.update.held, stopped=bool(self.latest.health and self.latest.health.paused))
        if self.latest.health:
            self.banner = told(self.banner, self.latest.health)
        for screen in self.screen_stack:
            if isinstance(screen, DeckScreen):
                screen.show_state()
        front = next((one for one in reversed(self.screen_stack) if isinstance(one, DeckScreen)), None)
        if front is not None:
            front.fed(message.update)

    @property
    def state_word(self) -> str:
        """How the engine is, in a word for the header; each begins with the name of its looks."""
        health = self.latest.health
        if self.latest.lost is not None:
            return "lost"
        if self.engine is None or health is None:
            return "opening" if self.engine is None else "running"
        if health.paused:
            return "stopped"
        return "running" if health.ok else "unwell"

    def key_of(self, action: actions.Action) -> str:
        """Return the key of an action as it is bound now."""
        return actions.key_name(self.keymap.get(action.id, action.keys))

    def key(self, action_id: str) -> str:
        """Return the key of an action by its id, for a sentence."""
        return self.key_of(actions.get(action_id))

    def action_help_quit(self) -> None:
        """Ctrl+C ends nothing here: say which key does; a field and a dialog take letters for themselves."""
        writing = isinstance(self.focused, Input) or isinstance(self.screen, ModalScreen)
        self.tell(f"To leave the console press {'^q' if writing else self.key('app.quit')}")

    def do_back(self) -> None:
        """Leave this screen; from the first one there is no way back but out."""
        if len(self.screen_stack) > 2:
            self.pop_screen()
        else:
            self.tell(f"This is the first screen: {self.key('app.quit')} leaves the console")

    def do_help(self) -> None:
        """Show what every key does."""
        screen = self.screen.NAME if isinstance(self.screen, DeckScreen) else ""
        self.push_screen(HelpScreen(screen, self.key_of, self.keymap.get("app.help", "")))

    def do_palette(self) -> None:
        """Find any action by name."""
        self.action_command_palette()

    def do_theme(self) -> None:
        """Change between dark and light."""
        self.theme = LIGHT.name if self.current_theme.dark else DARK.name
        known = self.memory.problem
        self.memory.keep_theme(self.theme)
        if self.memory.problem != known:
            self.tell(f"{self.memory.problem}", "warning")

    def exit(self, result: Onward | None = None, return_code: int = 0, message: RenderableType | None = None) -> None:
        """Remember what is open, and end; with work under way the next start begins with the list of it."""
        statuses = self.latest.health.statuses if self.latest.health and self.banner.embedded else {}
        busy = any(statuses.get(one) for one in UNDER_WAY)
        self.memory.keep([] if busy else left(self.screen_stack))
        super().exit(result, return_code, message)

    def do_stop(self) -> None:
        """Ask whether to stop the whole engine, or to let it go on."""
        self.run_worker(self._stop(), group="stop", exit_on_error=False)

    async def _stop(self) -> None:
        engine, health = self.engine, self.latest.health
        if self.banner.read_only or engine is None:
            return self.tell(self.banner.refusal if self.banner.read_only else OPENING, "warning")
        stopped = health is not None and health.paused
        dialog = start_dialog() if stopped else stop_dialog()
        if not await self.push_screen_wait(dialog):
            return None
        try:
            await (engine.resume_all(dialog.why) if stopped else engine.pause_all(dialog.why))
        except Exception as error:
            return self.tell(f"{'Restart' if stopped else 'Emergency stop'}: {sentence(error)}", "error")
        return self.tell("The engine goes on" if stopped else "The engine is stopped", "information")

    def do_suspend(self) -> None:
        """Give the terminal back to the shell; an engine inside this process stands still with it until `fg`."""
        self.action_suspend_process()

    def _resumed(self, _: object) -> None:
        if self.banner.embedded:
            self.tell("Back from the shell: the engine stood still meanwhile, and goes on")

    def do_quit(self) -> None:
        """Leave; with work under way ask first."""
        self.leave()

    def leave(self, onward: Onward | None = None) -> None:
        """Leave, for another console or for good; with work under way ask first."""
        self.run_worker(self._quit(onward), group="quit", exit_on_error=False)

    async def action_quit(self) -> None:
        """Textual's own quit keys follow the same rule."""
        self.do_quit()

    async def _quit(self, onward: Onward | None) -> None:
        if self._leaving:
            return
        self._leaving = True
        count = await self._under_way()
        if count and not await self.push_screen_wait(quit_dialog(count, self.banner.embedded)):
            self._leaving = False
            return
        self.tell("Leaving: steps under way get at most 10 s to end")
        await self._close()
        self.exit(onward)

    async def _under_way(self) -> int:
        """Count the batches under way now; what the feed said may be two seconds old."""
        health = self.latest.health
        if self.engine is not None:
            with contextlib.suppress(Exception):  # an engine that is lost doesn't keep anybody from leaving
                health = await asyncio.wait_for(self.engine.health(), FRESH_HEALTH)
        return sum(health.statuses.get(one, 0) for one in UNDER_WAY) if health else 0

    async def _close(self) -> None:
        engine, self.engine = self.engine, None
        if engine is None:
            return
        try:
            await engine.close()
        except Exception:
            log.exception("The engine could not be closed cleanly")

    async def on_unmount(self) -> None:
        """However the console ends, the engine is let go of in order."""
        await self._close()

    def _listen_to_signals(self) -> None:
        """End in order on SIGTERM and SIGHUP, so that the terminal is given back as it was."""
        if self.is_headless:
            return
        for number in (signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, self.exit)
