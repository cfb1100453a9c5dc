"""Closing: a screen takes itself away, once, and no other; Textual's own `dismiss` takes whichever is in front."""

from __future__ import annotations

from typing import TypeVar

from textual.await_complete import AwaitComplete

from console.clicks import OwnClicks

T = TypeVar("T")


class Closing(OwnClicks[T]):
    """A screen that closes from the front alone: a late answer or a second press would close what it never asked of."""

    def dismiss(self, result: T | None = None) -> AwaitComplete:
        """Answer, if this screen is in front."""
        return super().dismiss(result) if self.is_active else AwaitComplete()
