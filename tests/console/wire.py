"""The wire: what a console without a terminal would have written to one, byte for byte, and what of it could act."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import pytest
from rich.color import ColorSystem
from rich.style import Style
from textual.drivers.headless_driver import HeadlessDriver
from textual.strip import Strip

from tests.console.hostile import harmful

OWN = re.compile(r"\x1b\[(?:[0-9;]*m|\d+;\d+H|\?(?:25|2026)[hl])|\x1b\]22;[a-z-]*\x07")
"""What Textual itself writes: colours, a place for the cursor, its showing, the frame of an update, the pointer."""
ACTS = re.compile(r"[\x00-\x1f\x7f-\x9f].{0,6}", re.DOTALL)


@contextmanager
def colours_anew(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let styles be written for the colours of the console at hand: Textual keeps those of the first in the process."""
    real = Strip.render_style

    def anew(style: Style, text: str, color_system: ColorSystem) -> str:
        kept, style._ansi = style._ansi, None
        try:
            return real(style, text, color_system)
        finally:
            style._ansi = kept

    with monkeypatch.context() as patched:
        patched.setattr(Strip, "render_style", staticmethod(anew))
        Strip.blank.cache_clear()
        yield
        Strip.blank.cache_clear()


class Wire:
    """Keeps all that is written."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._written: list[str] = []
        monkeypatch.setattr(HeadlessDriver, "write", lambda driver, data: self._written.append(data))
        monkeypatch.setattr(HeadlessDriver, "is_headless", False)

    @property
    def written(self) -> str:
        """All of it."""
        return "".join(self._written)

    def harm(self, texts: Iterable[str]) -> list[str]:
        """Return the characters that Textual has no use for, and whatever of these texts came through raw."""
        written = self.written
        parts = {part for text in texts for part in ACTS.findall(text) if len(OWN.sub("", part)) > 1}
        return [*harmful(OWN.sub("", written)), *(ascii(part) for part in sorted(parts) if part in written)]
