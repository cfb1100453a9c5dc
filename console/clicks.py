"""Clicks that nobody means: on what is gone, by another button than the left one, or on what the first click opened."""

from __future__ import annotations

from typing import TypeVar

from textual.events import Click, Event, MouseDown, MouseMove, MouseUp
from textual.screen import Screen

T = TypeVar("T")
LEFT = 1


def vanished(screen: Screen[object], event: Event) -> bool:
    """Tell whether the mouse is on what was taken away since it was drawn, as a notice in its last moment.

    Textual 8.2.8 asks for the place of its text, and ends the app without one.
    """
    if not isinstance(event, MouseDown | MouseMove):
        return False
    widget, _ = screen.get_widget_and_offset_at(event.x, event.y)
    return widget is not None and not isinstance(widget, Screen) and widget.parent is None


def idle(event: Event) -> bool:
    """Tell whether another button than the left one is meant: a paste by the middle one must press nothing."""
    return isinstance(event, MouseDown | MouseUp) and event.button > LEFT


class OwnClicks(Screen[T]):
    """A screen that takes no second click of a double click whose first one was for another screen."""

    _begun = False

    def _on_screen_suspend(self) -> None:
        self._begun = False

    def _forward_event(self, event: Event) -> None:
        if isinstance(event, Click):
            self._begun = self._begun or event.chain == 1
            if not self._begun:
                return
        super()._forward_event(event)
