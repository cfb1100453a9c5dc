"""SafeInput: a field of one line that keeps what was pasted, and draws only what is harmless.

Textual's own Input draws raw control characters, and drops all but the first line of a paste.
"""

from __future__ import annotations

import re

from rich.cells import cell_len
from rich.text import Text
from textual import events
from textual.widgets import Input

from console.text import display_text

MOST = 200_000
"""How many characters a field takes: a longer list of ids comes from a file."""


class SafeInput(Input):
    """An Input without a frame; line breaks in a paste become ``joint``."""

    def __init__(self, value: str = "", *, placeholder: str = "", id: str | None = None, joint: str = " ") -> None:
        super().__init__(value, display_text(placeholder), id=id, compact=True, select_on_focus=False, max_length=MOST)
        self._joint = joint

    @property
    def _value(self) -> Text:
        """What is drawn: `display_text` keeps one character for each, so cursor and selection still fit."""
        return Text(display_text(self.value), no_wrap=True, overflow="ignore", end="")

    def _position_to_cell(self, position: int) -> int:
        return cell_len(display_text(self.value[:position]))

    def _on_paste(self, event: events.Paste) -> None:
        """Take every line of the paste."""
        lines = (line.strip() for line in re.split(r"[\r\n]+", event.text))
        text = self._joint.join(line for line in lines if line)
        if text and self.selection.is_empty:
            self.insert_text_at_cursor(text)
        elif text:
            self.replace(text, *self.selection)
        event.prevent_default()
        event.stop()
