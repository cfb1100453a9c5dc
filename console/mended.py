"""MendedApp: Textual 8.2.8 where it does otherwise than a console that is open for days needs."""

from __future__ import annotations

import logging
import os
from typing import TypeVar

from textual.await_complete import AwaitComplete
from textual.command import CommandList, CommandPalette
from textual.css.query import NoMatches

from console.clicks import OwnClicks
from console.clipboard import osc52
from console.notices import NoticingApp

log = logging.getLogger("batchdeck.console")
R = TypeVar("R")


class MendedPalette(CommandPalette, OwnClicks[None]):
    """A palette whose list may be asked for another page before it has been given any room."""

    def _action_command_list(self, action: str) -> None:
        if self.query_one(CommandList).scrollable_content_region.height:
            super()._action_command_list(action)


class MendedApp(NoticingApp[R]):
    """An app that copies through tmux, leaves nothing behind of a notice or a hasty palette, and closes in peace."""

    def action_command_palette(self) -> None:
        """Open the palette, if it isn't in front; without Textual's id, by which it couldn't be open twice.

        A screen that an engine's answer opens may come over an open one.
        """
        if self.use_command_palette and not isinstance(self.screen, CommandPalette):
            self.push_screen(MendedPalette())

    def pop_screen(self) -> AwaitComplete:
        """Close what is in front; whoever waits for its answer gets none, in the place of waiting for ever."""
        for asked in self.screen._result_callbacks[-1:]:
            if asked.future is not None and not asked.future.done():
                asked.future.set_result(None)
        return super().pop_screen()

    def copy_to_clipboard(self, text: str) -> None:
        """Copy by OSC 52, which works over SSH; inside tmux it is wrapped so that it reaches the terminal."""
        if "TMUX" not in os.environ or self._driver is None:
            super().copy_to_clipboard(text)
            return
        self._clipboard = text
        self._driver.write(osc52(text, wrapped=True))

    def clear_notifications(self) -> None:
        """Take every notice away, with the holder that Textual would leave behind of each."""
        super().clear_notifications()
        for screen in self.screen_stack:
            screen.query("ToastHolder").remove()

    def _handle_exception(self, error: Exception) -> None:
        """A screen that opens while the console closes finds its parts gone: nobody has to read of that any more."""
        if self._exit and isinstance(error, NoMatches):
            log.info("While leaving: %s", error)
        else:
            super()._handle_exception(error)
