"""BatchdeckApp: thin. It paints first, then fits itself out, opens one engine, and knows how to leave."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, ClassVar

from rich.console import RenderableType
from textual.app import ComposeResult
from textual.command import Provider
from textual.events import Event, Key, Paste
from textual.screen import ModalScreen
from textual.scrollbar import ScrollBar
from textual.widgets import Input, Static

from console import actions
from console.clicks import idle, vanished
from console.ending import INTERRUPTED
from console.memory import Memory
from console.mended import MendedApp
from console.news import EngineFailed, EngineOpened, Fed
from console.onward import Onward, Ways
from console.outfit import Outfit
from console.pulse import Pulse
from console.text import ASCII, glyphs
from console.theme import DARK, LIGHT, WIDE, outcome_colours
from console.typeahead import Typeahead
from console.widgets.plain_bar import PlainBar

if TYPE_CHECKING:
    from console.banner import Banner
    from console.feed import FeedUpdate
    from console.inside import Inside
    from console.pace import Pace
    from engine.door import Engine

log = logging.getLogger("batchdeck.console")
BREAKPOINTS = [(0, "-narrow"), (WIDE, "-wide")]
SUSPENDS = actions.get("app.suspend").keys
LEAVES = {"ctrl+c": INTERRUPTED, "ctrl+q": 0, "q": 0, "escape": 0}
"""The keys that end a console that is still fitting itself out, and the exit codes of it."""


def utc_now() -> datetime:
    """Return the wall clock's time."""
    return datetime.now(UTC)


def _commands() -> type[Provider]:
    from console.palette import ActionCommands

    return ActionCommands


class BatchdeckApp(MendedApp[Onward]):
    """The console over the engine of its outfit, which may be a promise: then a frame is painted while it comes.

    It returns the way on when it was left for another console. ``failure`` is why no outfit came.
    """

    TITLE = "Batchdeck"
    CSS_PATH = "console.tcss"
    COMMANDS: ClassVar = {_commands}
    ENABLE_COMMAND_PALETTE = False
    """Textual's own key for it would act beside the registry, and couldn't be bound anew."""
    HORIZONTAL_BREAKPOINTS = BREAKPOINTS
    banner: Banner
    latest: FeedUpdate
    pace: Pace

    def __init__(
        self,
        outfit: Outfit | Callable[[], Awaitable[Outfit]],
        *,
        now: Callable[[], datetime] = utc_now,
        theme: str = "",
    ) -> None:
        super().__init__(ansi_color=True if "NO_COLOR" in os.environ else None)
        self.use_command_palette = True
        self.now = now
        self.engine: Engine | None = None
        self.keymap: dict[str, str] = {}
        self.pulse = Pulse()
        self.failure: Exception | None = None
        self._first = outfit
        self._within: Inside | None = None
        self._leaving = False
        self._typeahead = Typeahead(self, super().on_event, held=True)
        for known in (DARK, LIGHT):
            self.register_theme(known)
        self._choose(theme)

    def get_css_variables(self) -> dict[str, str]:
        """Add the colours of the outcomes to those of the theme in force."""
        variables = super().get_css_variables()
        variables.update(outcome_colours(variables))
        self.theme_variables = variables
        return variables

    def compose(self) -> ComposeResult:
        """The frame: what stands there until the screens come over it."""
        yield Static(" Batchdeck", id="frame", markup=False)
        yield Static("Opening ...", id="opening", markup=False)

    def on_mount(self) -> None:
        """Paint, then take the outfit; one that is there already is taken at once."""
        self.set_class(glyphs() is ASCII, "-ascii")
        ScrollBar.renderer = PlainBar
        self.app_resume_signal.subscribe(self, self._resumed)
        if isinstance(self._first, Outfit):
            self._furnish(self._first)
        else:
            self.call_after_refresh(self.run_worker, partial(self._fit_out, self._first), exit_on_error=False)

    async def _fit_out(self, coming: Callable[[], Awaitable[Outfit]]) -> None:
        try:
            outfit, _ = await asyncio.gather(coming(), asyncio.to_thread(import_module, "console.inside"))
            self._furnish(outfit)
        except Exception as error:
            self.failure = error
            super().exit()  # a screen that brings the console down isn't remembered

    def _furnish(self, outfit: Outfit) -> None:
        from console.inside import Inside

        self.banner, self.keymap = outfit.banner, dict(outfit.keymap)
        self._within = Inside(self, outfit)
        self._choose(self.memory.theme())
        self._inside.furnish()
        self.call_after_refresh(self._typeahead.let_go)
        self.call_after_refresh(self.run_worker, self._inside.open_engine, exit_on_error=False)

    def _choose(self, theme: str) -> None:
        if "TEXTUAL_THEME" not in os.environ:
            self.theme = LIGHT.name if theme == LIGHT.name else DARK.name

    @property
    def _inside(self) -> Inside:
        assert self._within is not None  # screens and keys come with the outfit
        return self._within

    @property
    def memory(self) -> Memory:
        """What is remembered of this place."""
        return self._inside.outfit.memory

    @property
    def ways(self) -> Ways:
        """The ways from here to another console."""
        return self._inside.outfit.ways

    async def on_event(self, event: Event) -> None:
        """Let keys act in their turn; all else as it comes."""
        if isinstance(event, Key | Paste) and not event.is_forwarded:
            if self._within is not None or not isinstance(event, Key) or not self._acts_at_once(event.key):
                await self._typeahead.take(event)
        elif not (idle(event) or (self.screen_stack and vanished(self.screen, event))):
            await super().on_event(event)

    def _acts_at_once(self, key: str) -> bool:
        """Do what a key does in the frame, if anything; a letter behind others that wait may be part of a word."""
        if key == SUSPENDS:
            self.do_suspend()
        elif key in LEAVES and (key.startswith("ctrl+") or not self._typeahead.waits):
            self.exit(return_code=LEAVES[key])
        else:
            return False
        return True

    def on_engine_opened(self, message: EngineOpened) -> None:
        """Own the engine, and begin to poll it."""
        self.engine = message.engine
        self._inside.opened(message.engine)

    def on_engine_failed(self, message: EngineFailed) -> None:
        """Say what happened and what to do."""
        self._inside.not_opened(message.why)

    def on_fed(self, message: Fed) -> None:
        """Keep the latest state, and show it."""
        self._inside.fed(message.update)

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
        self._inside.show_help()

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
        """Remember what is open, and end; told so twice, what was open at first counts."""
        if self._within is not None and not self._exit:
            self._inside.remember()
        super().exit(result, return_code, message)

    def do_stop(self) -> None:
        """Ask whether to stop the whole engine, or to let it go on."""
        self.run_worker(self._inside.ask_stop(), group="stop", exit_on_error=False)

    def action_suspend(self) -> None:
        """Its key, over whatever is open."""
        self.do_suspend()

    def do_suspend(self) -> None:
        """Give the terminal back to the shell; an engine inside this process stands still with it until `fg`."""
        self.action_suspend_process()

    def _resumed(self, _: object) -> None:
        self.screen.refresh(layout=True)  # the frame says nothing new by itself, and so would stay away
        if self._within is not None and self.banner.embedded:
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
        if not await self._inside.may_leave():
            self._leaving = False
            return
        self.tell("Leaving: steps under way get at most 10 s to end")
        await self._close()
        self.exit(onward)

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

    def end_on_signals(self) -> None:
        """End in order on a signal; called before the terminal is taken, so that it is always given back."""
        for number, code in ((signal.SIGTERM, 0), (signal.SIGHUP, 0), (signal.SIGINT, INTERRUPTED)):
            asyncio.get_running_loop().add_signal_handler(number, partial(self.exit, return_code=code))
