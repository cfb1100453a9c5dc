"""News: what the workers of the app tell it: the engine came, or didn't, or has something new."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from console.feed import FeedUpdate
    from engine.door import Engine


class EngineOpened(Message):
    """The engine is there."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        super().__init__()


class EngineFailed(Message):
    """The engine could not be opened; ``why`` is a sentence."""

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__()


class Fed(Message):
    """The feed has something new."""

    def __init__(self, update: FeedUpdate) -> None:
        self.update = update
        super().__init__()
