"""KeyLine: the footer. It wraps into a second line when it must, greys what doesn't apply, and takes clicks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from rich.cells import cell_len
from textual import events
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from console.text import display_text

MOST_LINES = 2


@dataclass(frozen=True, slots=True)
class Key:
    """One entry: the action's id, its key, its label, whether it applies just now."""

    id: str
    key: str
    label: str
    applies: bool = True

    @property
    def width(self) -> int:
        """How many cells the entry takes, with the gap after it."""
        return cell_len(self.key) + cell_len(self.label) + 3


def wrap(keys: Sequence[Key], width: int) -> list[list[Key]]:
    """Put entries into lines of ``width`` cells, `MOST_LINES` at most; the last one (Quit) is always there."""
    lines: list[list[Key]] = [[]]
    for key in keys:
        if lines[-1] and sum(one.width for one in lines[-1]) + key.width > width:
            if len(lines) == MOST_LINES:
                break
            lines.append([])
        lines[-1].append(key)
    if keys and keys[-1] not in lines[-1]:
        while lines[-1] and sum(one.width for one in lines[-1]) + keys[-1].width > width:
            lines[-1].pop()
        lines[-1].append(keys[-1])
    return lines


class KeyLine(Widget):
    """Shows the keys of a screen; a click does what the key does."""

    DEFAULT_CSS = "KeyLine { height: auto; max-height: 2; width: 1fr; dock: bottom; background: $panel; }"

    class Clicked(Message):
        """An entry was clicked."""

        def __init__(self, action_id: str) -> None:
            self.action_id = action_id
            super().__init__()

    def __init__(self) -> None:
        super().__init__()
        self._keys: tuple[Key, ...] = ()
        self._drawn: list[Key] = []

    def show(self, keys: Sequence[Key]) -> None:
        """Show these entries."""
        if tuple(keys) != self._keys:
            self._keys = tuple(keys)
            self._drawn = [replace(one, key=display_text(one.key), label=display_text(one.label)) for one in keys]
            self.refresh(layout=True)

    def render(self) -> Content:
        """Draw the lines at the width there is."""
        lines = [Content.assemble(*map(_entry, line)) for line in wrap(self._drawn, self.size.width - 1)]
        return Content("\n").join(lines)

    def get_content_height(self, container: object, viewport: object, width: int) -> int:
        """Return how many lines the entries need."""
        return len(wrap(self._drawn, width - 1))

    def on_click(self, event: events.Click) -> None:
        """Find the entry under the pointer."""
        lines = wrap(self._drawn, self.size.width - 1)
        at = 0
        for key in lines[event.y] if event.y < len(lines) else ():
            if at <= event.x < at + key.width:
                self.post_message(self.Clicked(key.id))
            at += key.width


def _entry(key: Key) -> Content:
    if not key.applies:
        return Content.styled(f" {key.key} {key.label} ", "$quiet")
    return Content.assemble((f" {key.key}", "bold $footer-key-foreground"), f" {key.label} ")
