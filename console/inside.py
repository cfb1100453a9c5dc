"""Inside: what the app does once it knows its engine, its screens and their words; loaded after the first paint.

Apart from the app, so that half of what a console imports no longer delays its first frame.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from functools import partial
from typing import TYPE_CHECKING

from console import actions
from console.again import where
from console.banner import told
from console.feed import Feed, FeedUpdate
from console.news import EngineFailed, EngineOpened, Fed
from console.pace import Pace
from console.reopening import close_lost, left, reopened
from console.screens.base import DeckScreen
from console.screens.calling import OPENING, sentence
from console.screens.dialogs import Sentence, quit_dialog, start_dialog, stop_dialog, unsent_dialog
from console.screens.help import HelpScreen
from engine.core.model import BatchStatus
from engine.core.reports import Health
from engine.door import Engine
from engine.errors import BatchdeckError

if TYPE_CHECKING:
    from console.app import BatchdeckApp
    from console.outfit import Outfit

log = logging.getLogger("batchdeck.console")
FRESH_HEALTH = 2.0
UNDER_WAY = (BatchStatus.PENDING, BatchStatus.PROCESSING)


def under_way(health: Health | None) -> int:
    """Count the batches under way, as an engine told."""
    return sum(health.statuses.get(one, 0) for one in UNDER_WAY) if health else 0


class Inside:
    """The conduct of an app that has its outfit: screens, feed, dialogs, and what is remembered."""

    def __init__(self, app: BatchdeckApp, outfit: Outfit) -> None:
        self.app = app
        self.outfit = outfit

    def furnish(self) -> None:
        """Put up the screens that were open when the console was left, Batches at least."""
        self.app.latest, self.app.pace = FeedUpdate(), Pace()
        suspends = actions.commands(self.app.keymap.get("app.suspend", actions.get("app.suspend").keys))
        for key in suspends:  # above all screens: a dialog and the palette have none of a screen's keys
            self.app._bindings.bind(key, "suspend", show=False, priority=True)
        for screen in reopened(self.app.memory.recall()):
            self.app.push_screen(screen)
        if self.outfit.warnings:
            self.app.push_screen(Sentence("The settings file has keys that can't be used", self.outfit.warnings))
        if self.outfit.notice:
            self.app.tell(self.outfit.notice, "warning")

    async def open_engine(self) -> None:
        """Open the engine, and tell the app how that went."""
        try:
            self.app.post_message(EngineOpened(await self.outfit.open_engine()))
        except Exception as error:
            log.exception("The engine could not be opened")
            self.app.post_message(EngineFailed(sentence(error)))

    def opened(self, engine: Engine) -> None:
        """Begin to poll an engine that is there."""
        feed = Feed(engine, lambda update: self.app.post_message(Fed(update)))
        self.app.call_later(self.app.run_worker, feed.run, name="feed", exit_on_error=False)
        self.app.call_later(self.app.run_worker, partial(close_lost, self.app, engine), exit_on_error=False)

    def not_opened(self, why: str) -> None:
        """Say what happened and what to do; there is nothing to show without an engine."""
        lines = [why, "", "Nothing was changed. Mend the cause and start again; batchdeck doctor tells more."]
        self.app.push_screen(
            Sentence("The engine could not be opened", lines, "Quit"), lambda _: self.app.exit(return_code=3)
        )

    def fed(self, update: FeedUpdate) -> None:
        """Keep the latest state, and hand it to the screen in front; the others load when they come back."""
        self.app.latest = update
        self.app.pace.note_still(update.held, stopped=bool(update.health and update.health.paused))
        if update.health:
            self.app.banner = told(self.app.banner, update.health)
        screens = [one for one in self.app.screen_stack if isinstance(one, DeckScreen)]
        for screen in screens:
            screen.show_state()
        if screens:
            screens[-1].fed(update)

    def show_help(self) -> None:
        """Show what every key does."""
        screen = self.app.screen
        name, keys = (screen.NAME, screen.table_keys) if isinstance(screen, DeckScreen) else ("", ())
        self.app.push_screen(HelpScreen(name, self.app.key_of, self.app.keymap.get("app.help", ""), keys))

    async def ask_stop(self) -> None:
        """Ask whether to stop the whole engine, or to let it go on."""
        engine, health = self.app.engine, self.app.latest.health
        if self.app.banner.read_only or engine is None:
            return self.app.tell(self.app.banner.refusal if self.app.banner.read_only else OPENING, "warning")
        stopped = health is not None and health.paused
        network, mainnet = where(self.app.banner), self.app.banner.mainnet
        waits = under_way(health) if mainnet else 0
        dialog = start_dialog(network, mainnet, waits) if stopped else stop_dialog(network, mainnet)
        if not await self.app.push_screen_wait(dialog):
            return None
        try:
            await (engine.resume_all(dialog.why) if stopped else engine.pause_all(dialog.why))
        except Exception as error:
            if not isinstance(error, BatchdeckError):
                log.exception("The emergency stop failed")
            return self.app.tell(f"{'Restart' if stopped else 'Emergency stop'}: {sentence(error)}", "error")
        on = f"The engine is stopped: {self.app.key('app.stop')} lets it go on"
        return self.app.tell("The engine goes on" if stopped else on, "information")

    async def may_leave(self) -> bool:
        """Ask before leaving work that is under way, or composed and not submitted; True when it may be left."""
        count = await self._under_way()
        unsent = any(screen.unsent for screen in self.app.screen_stack if isinstance(screen, DeckScreen))
        if not count and not unsent:
            return True
        dialog = quit_dialog(count, self.app.banner, unsent) if count else unsent_dialog()
        return await self.app.push_screen_wait(dialog)

    async def _under_way(self) -> int:
        """Count the batches under way now; what the feed said may be two seconds old."""
        health = self.app.latest.health
        if self.app.engine is not None:
            with contextlib.suppress(Exception):  # an engine that is lost doesn't keep anybody from leaving
                health = await asyncio.wait_for(self.app.engine.health(), FRESH_HEALTH)
        return under_way(health)

    def remember(self) -> None:
        """Remember what is open; with work under way the next start begins with the list of it."""
        statuses = self.app.latest.health.statuses if self.app.latest.health and self.app.banner.embedded else {}
        busy = any(statuses.get(one) for one in UNDER_WAY)
        self.app.memory.keep([] if busy else left(self.app.screen_stack))
