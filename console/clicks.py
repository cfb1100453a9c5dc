"""Clicks on what is drawn, and gone: Textual 8.2.8 asks for the place of its text, and ends the app without one."""

from __future__ import annotations

from textual.events import Event, MouseDown, MouseMove
from textual.screen import Screen


def vanished(screen: Screen[object], event: Event) -> bool:
    """Tell whether the mouse is on what was taken away since it was drawn, as a notice in its last moment."""
    if not isinstance(event, MouseDown | MouseMove):
        return False
    widget, _ = screen.get_widget_and_offset_at(event.x, event.y)
    return widget is not None and not isinstance(widget, Screen) and widget.parent is None
