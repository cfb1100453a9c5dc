"""Typeahead: keys typed faster than screens open act one after the other, each where the one before it led to.

Textual hands a key to the focus of the moment, and learns only when the key has bubbled up to the app that it opened
a dialog: what was typed behind it went to the screen below.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Any

from textual.app import App
from textual.events import Key, Paste
from textual.message_pump import MessagePump
from textual.screen import Screen
from textual.timer import Timer

LAPS = 2
"""Ways up that a key needs at most: itself, then what it made its widget say (Enter in a field: Submitted)."""
LOOK = 0.01
PATIENCE = 2.0
"""Seconds between two looks at a screen that opens; after so many a key is handed on whatever the screen does."""


class Typeahead:
    """The keys and pastes that wait for the one before them; ``hand_on`` is the app's own handling of one.

    While it is ``held`` all of them wait.
    """

    def __init__(self, app: App[Any], hand_on: Callable[[Key | Paste], Awaitable[None]], *, held: bool = False) -> None:
        self._app = app
        self._hand_on = hand_on
        self._held = held
        self._waiting: deque[Key | Paste] = deque()
        self._under_way: object | None = None
        self._until = 0.0
        self._awaited: Screen[Any] | None = None
        self._patience: Timer | None = None

    @property
    def waits(self) -> bool:
        """Whether anything is to be handed on yet."""
        return bool(self._waiting)

    async def take(self, event: Key | Paste) -> None:
        """Hand an event on, or keep it until those before it have acted."""
        self._waiting.append(event)
        await self._go_on()

    async def let_go(self) -> None:
        """Hand on what was held while there was no screen yet to take it."""
        self._held = False
        await self._go_on()

    async def _go_on(self) -> None:
        if self._held or self._under_way is not None or not self._waiting:
            return
        turn = self._under_way = object()
        self._until = monotonic() + PATIENCE
        if not self._app.screen.is_mounted and self._awaited is not self._app.screen:
            self._awaited = self._app.screen
            self._opened(turn)  # an engine's answer opened it: it has no parts yet, and a key would end the console
            return
        self._awaited = None
        event, target = self._waiting.popleft(), self._app.focused or self._app.screen
        await self._hand_on(event)
        # a target that hangs delays keys, and loses none
        self._patience = self._app.set_timer(PATIENCE, lambda: self._passed(turn))
        self._climb(target, turn, target, LAPS)

    def _climb(self, at: MessagePump, turn: object, start: MessagePump, laps: int) -> None:
        """Follow the key on its way up, behind it in every queue."""
        if not at.call_later(self._reached, at, turn, start, laps) and at is not self._app:
            self._climb(self._app, turn, start, 1)  # closed meanwhile: nothing more comes from there

    def _reached(self, at: MessagePump, turn: object, start: MessagePump, laps: int) -> None:
        if at is not self._app:
            self._climb(getattr(at, "parent", None) or self._app, turn, start, laps)
        elif laps > 1:
            self._climb(start, turn, start, laps - 1)
        else:
            self._opened(turn)

    def _opened(self, turn: object) -> None:
        """Wait until the screen in front has its parts and its focus, and isn't about to close with its answer."""
        front = self._app.screen
        ready = front.is_mounted and not getattr(front, "working", False)
        if ready or monotonic() > self._until:
            self._app.call_later(self._passed, turn)
        else:
            self._app.set_timer(LOOK, lambda: self._opened(turn))

    async def _passed(self, turn: object) -> None:
        if turn is self._under_way:
            self._under_way = None
            if self._patience is not None:
                self._patience.stop()
            await self._go_on()
