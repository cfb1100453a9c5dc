"""Attempt: a dialog that stays until what it asks for is done: what is wrong is said there, nothing typed is lost."""

from __future__ import annotations

import logging
from abc import abstractmethod
from collections.abc import Awaitable
from typing import ClassVar, TypeVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Button, Input

from console.notices import Dialog
from console.screens.calling import sentence
from console.widgets.lines import Lines
from console.widgets.paint import paint
from engine.errors import BatchdeckError

T = TypeVar("T")
log = logging.getLogger("batchdeck.console")


class Attempt(Dialog[T | None]):
    """Answers what the work brought, or None for Cancel; a name that was mistyped is mended where it stands.

    Its field is ``#answer``, its buttons are ``#confirm`` and ``#cancel``.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "cancel", show=False)]

    DEFAULT_CSS = """
    Attempt #problem { height: auto; color: $text-muted; display: none; }
    Attempt #problem.-wrong { color: $text-error; }
    """
    _working = False

    def __init__(self) -> None:
        super().__init__()
        self._brought: list[T] = []

    @abstractmethod
    def take(self) -> None:
        """Begin what is asked for, as the fields are now."""

    def on_input_submitted(self) -> None:
        """Enter in the field takes what was written."""
        self.take()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Take it, or leave it."""
        if event.button.id == "confirm":
            self.take()
        else:
            self.action_cancel()

    def action_cancel(self) -> None:
        """Leave it."""
        self.dismiss(None)

    def problem_line(self) -> ComposeResult:
        """Yield the line under the field."""
        yield Lines(id="problem")

    def attempt(self, work: Awaitable[T]) -> None:
        """Do the work beside the screen, one at a time, and answer what it brings."""
        self._working = True
        self.say("One moment ...", wrong=False)
        self.run_worker(self._attempt(work), exit_on_error=False)

    @property
    def working(self) -> bool:
        """Tell whether an answer is awaited: another one would be a second deed."""
        return self._working

    async def _attempt(self, work: Awaitable[T]) -> None:
        try:
            done = await work
        except Exception as error:
            if not isinstance(error, BatchdeckError):
                log.exception("A dialog's work failed")
            self._working = False
            self.say(sentence(error))
            return
        self._working = False
        self._brought.append(done)
        self._give()

    def on_screen_resume(self) -> None:
        """Answer what came while another dialog stood over this one."""
        self._give()

    def _give(self) -> None:
        if self._brought and self.is_active:
            self.dismiss(self._brought.pop())

    def say(self, text: str, *, wrong: bool = True) -> None:
        """Say something under the field; nothing takes the line away."""
        line = self.query_one("#problem", Lines)
        line.display = bool(text)
        line.set_class(wrong, "-wrong")
        line.update(paint(text))

    def on_input_changed(self, _: Input.Changed) -> None:
        """What is typed anew may do."""
        if not self._working:
            self.say("")
