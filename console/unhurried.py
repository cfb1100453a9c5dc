"""Unhurried: what costs a node's answer is asked for once somebody rests on it, and seldom for news of the same."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from textual.message_pump import MessagePump
from textual.timer import Timer

from console.text import display_text
from engine.core.content_story import ContentStory
from engine.door import Engine
from engine.errors import BatchdeckError, NotFound

log = logging.getLogger("batchdeck.console")
REST = 0.3
"""Seconds on one row after which it is asked for."""
SELDOM = 2.0
"""Seconds at least between two questions about the same, however often it changes."""


class Unhurried:
    """Calls ``ask`` some time after it was told that something is looked at, or that it has changed."""

    def __init__(self, home: MessagePump, ask: Callable[[], object]) -> None:
        self._home = home
        self._ask = ask
        self._timer: Timer | None = None
        self._asked = 0.0

    def rest(self) -> None:
        """Something else is looked at: what was about to be asked no longer matters."""
        self.forget()
        self._timer = self._home.set_timer(REST, self._due)

    def news(self) -> None:
        """What is looked at has changed."""
        if self._timer is None:
            wait = max(REST, self._asked + SELDOM - time.monotonic())
            self._timer = self._home.set_timer(wait, self._due)

    def forget(self) -> None:
        """Ask nothing more."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None

    def _due(self) -> None:
        self._timer, self._asked = None, time.monotonic()
        self._ask()


async def found(engine: Engine, content_id: str) -> ContentStory | str:
    """Return a content's story, or the sentence that says that there is none."""
    try:
        return await engine.content(content_id)
    except NotFound as gone:
        return str(gone)


async def told(engine: Engine, content_id: str) -> ContentStory | str:
    """Return a content's story, or why nobody tells it: who only passes by wants no notice of that."""
    try:
        return await engine.content(content_id)
    except BatchdeckError as error:
        return str(error) or type(error).__name__
    except Exception as error:
        log.warning("%s: %s", content_id, display_text(error), exc_info=True)
        return f"unexpected {type(error).__name__}; the log has more"
