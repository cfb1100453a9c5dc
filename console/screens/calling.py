"""Calling: how a screen calls the engine. It never awaits it: a call runs in a worker, and its result is a message."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar, cast

from textual.message import Message
from textual.timer import Timer
from textual.widget import Widget

from console.closing import Closing
from console.text import display_text
from console.unloaded import Unloaded, passes
from engine.door import Engine
from engine.errors import BatchdeckError

if TYPE_CHECKING:
    from console.app import BatchdeckApp

T = TypeVar("T")
log = logging.getLogger("batchdeck.console")
OPENING = "The engine isn't open yet"
BY_HAND = ": try again"
"""What an engine that gave no answer advises; the console does that by itself with what it loads."""


class Answer(Message):
    """The result of an engine call, on its way to the screen that asked; ``done`` takes it."""

    def __init__(self, done: Callable[[Any], object], value: object) -> None:
        self.done = done
        self.value = value
        super().__init__()


class Calling(Closing[None]):
    """A screen that calls the engine and tells what went wrong."""

    def __init__(self) -> None:
        super().__init__()
        self._asked: dict[str, bool] = {}
        self._unloaded = Unloaded()
        self._retry: Timer | None = None

    @property
    def deck(self) -> BatchdeckApp:
        """The app, as what it is."""
        return cast("BatchdeckApp", self.app)

    @property
    def engine(self) -> Engine | None:
        """The engine; None until it is open."""
        return self.deck.engine

    def reload(self) -> None:
        """Load what the screen shows; does nothing by itself."""

    def ask(
        self,
        what: str,
        call: Callable[[Engine], Awaitable[T]],
        done: Callable[[T], object],
        *,
        failed: Callable[[], object] | None = None,
        outlives: bool = False,
        loads: bool = False,
    ) -> None:
        """Call the engine in a worker, and hand its result to ``done`` later; an error becomes a notice.

        ``what`` names the work for the notice. A call that changes something ``outlives`` its screen. One that only
        ``loads`` needn't say what stands above it, that the engine is lost, and is tried again by itself.
        """
        engine = self.engine
        if engine is None:
            self.tell(OPENING, "warning")
            return
        home: Widget | BatchdeckApp = self.deck if outlives else self
        answer = partial(self._answer, what, call, engine, done, failed, outlives=outlives, loads=loads)
        work: Callable[[], Awaitable[None]] = answer  # begun by the worker: of one that never runs nothing is left
        cast(Widget, home).run_worker(work, group=what, exit_on_error=False)

    def ask_latest(self, what: str, call: Callable[[Engine], Awaitable[T]], done: Callable[[T], object]) -> None:
        """Like `ask` for loading: while one load runs, further ones become a single one after it.

        Before the engine is open nothing is asked: its first news lets everything be loaded.
        """
        if self.engine is None:
            return
        if what in self._asked:
            self._asked[what] = True
            return
        self._asked[what] = False

        def again() -> None:
            if self._asked.pop(what):
                self.reload()

        def loaded(value: T) -> None:
            done(value)
            again()

        self.ask(what, call, loaded, failed=again, loads=True)

    def ask_once(self, what: str, call: Callable[[Engine], Awaitable[T]], done: Callable[[T], object]) -> None:
        """Like `ask` for what opens a screen: a key that is pressed again while the engine answers opens no second."""
        if what in self._asked:
            return
        if self.engine is not None:
            self._asked[what] = False

        def opened(value: T) -> None:
            del self._asked[what]
            done(value)

        self.ask(what, call, opened, failed=lambda: self._asked.pop(what))

    async def _answer(
        self,
        what: str,
        call: Callable[[Engine], Awaitable[T]],
        engine: Engine,
        done: Callable[[T], object],
        failed: Callable[[], object] | None,
        *,
        outlives: bool,
        loads: bool,
    ) -> None:
        try:
            value = await call(engine)
        except Exception as error:
            log.warning("%s: %s", what, display_text(error), exc_info=not isinstance(error, BatchdeckError))
            if failed is not None:
                self.post_message(Answer(lambda _: failed(), None))
            if loads and passes(error):
                self._not_loaded(what, error)
            elif not loads or self.deck.latest.lost is None:
                self.tell(f"{what}: {sentence(error)}", "error")
        else:
            if loads:
                self._unloaded.remove(what)
            if not self.post_message(Answer(done, value)) and outlives:  # nobody is there to say more
                self.tell(f"{what}: done")

    def _not_loaded(self, what: str, error: Exception) -> None:
        """Tell of it once, and try again. Of an engine that is lost the feed tells, and lets all be loaded after."""
        if self.deck.latest.lost is not None:
            return
        if self._unloaded.add(what):
            self.tell(f"{what}: {sentence(error).removesuffix(BY_HAND)}", "error")
        if self._retry is None:
            self._retry = self.set_timer(self._unloaded.pause(), self._load_again)

    def _load_again(self) -> None:
        """Load what failed; what isn't in front is loaded when it comes there."""
        self._retry = None
        if self._unloaded and self.is_active and self.deck.latest.lost is None:
            self.reload()

    def tell_anew(self) -> None:
        """Somebody asks to load: what goes on failing is news to them."""
        self._unloaded.clear()

    def on_answer(self, message: Answer) -> None:
        """Take a result in turn, as any other message."""
        message.done(message.value)

    def tell(self, text: str, severity: str = "information") -> None:
        """Say something for a few seconds; never as markup."""
        self.deck.tell(text, severity)


def sentence(error: Exception) -> str:
    """Return what an error says to a person; the unforeseen names its type, and the log has the rest."""
    text = str(error)
    if isinstance(error, BatchdeckError) and text:
        return text
    return f"unexpected {type(error).__name__}{': ' if text else ''}{text}; the log has more"
