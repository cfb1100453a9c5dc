"""What is typed in one burst does what the same keys do one by one."""

from __future__ import annotations

from textual.app import App, ComposeResult
from textual.events import Event, Key, Paste
from textual.screen import Screen
from textual.widgets import Input

from console.screens.asking import Ask
from console.typeahead import Typeahead


class Below(Screen[None]):
    """A list whose letters are keys: none of what follows `e` is meant for it."""

    BINDINGS = [("e", "ask", "Ask"), ("x", "harm", "Harm")]

    def compose(self) -> ComposeResult:
        yield Input(id="other", disabled=True)

    def action_ask(self) -> None:
        self.app.push_screen(Ask("Where to?", [], "x" * 30, "Write", self.same), self.app.answers.append)

    async def same(self, text: str) -> str:
        return text

    def action_harm(self) -> None:
        self.app.harm += 1


class Deck(App[None]):
    def __init__(self) -> None:
        super().__init__()
        self.answers: list[str | None] = []
        self.harm = 0
        self._typeahead = Typeahead(self, super().on_event)

    async def on_event(self, event: Event) -> None:
        if isinstance(event, Key | Paste) and not event.is_forwarded:
            await self._typeahead.take(event)
        else:
            await super().on_event(event)

    def on_mount(self) -> None:
        self.push_screen(Below())


def burst(app: App, *keys: str) -> None:
    for key in keys:
        app.post_message(Key(key, key if len(key) == 1 else None))


async def until(pilot, answers: int) -> None:
    for _ in range(200):
        if len(pilot.app.answers) >= answers:
            return
        await pilot.pause(0.02)


async def test_keys_behind_one_that_opens_a_dialog_are_the_dialogs() -> None:
    """Open, clear, type, confirm, ten times in one burst: each answer is whole and the list below felt nothing."""
    async with Deck().run_test() as pilot:
        for turn in range(10):
            burst(pilot.app, "e", "ctrl+u", *f"x/{turn}", "enter")
        await until(pilot, 10)
        assert pilot.app.answers == [f"x/{turn}" for turn in range(10)]
        assert pilot.app.harm == 0


async def test_what_follows_a_closed_dialog_is_the_screens_below() -> None:
    """Escape leaves the dialog, so the letter behind it acts on the list."""
    async with Deck().run_test() as pilot:
        burst(pilot.app, "e", "x", "escape", "x", "x")
        await until(pilot, 1)
        await pilot.pause(0.1)
        assert pilot.app.harm == 2


async def test_a_paste_waits_its_turn_too() -> None:
    """A paste behind the key that opens the dialog goes into its field."""
    async with Deck().run_test() as pilot:
        burst(pilot.app, "e", "ctrl+u")
        pilot.app.post_message(Paste("from afar"))
        burst(pilot.app, "enter")
        await until(pilot, 1)
        assert pilot.app.answers == ["from afar"]


async def test_handed_on_at_once_the_same_burst_is_lost() -> None:
    """The plays above can fail: without turns the dialog opens behind the back of what was typed, luck apart."""

    class Hasty(Deck):
        async def on_event(self, event: Event) -> None:
            await App.on_event(self, event)

    for _ in range(20):
        async with Hasty().run_test() as pilot:
            burst(pilot.app, "e", "ctrl+u", *"new", "enter")
            await pilot.pause(0.3)
            if pilot.app.answers != ["new"]:
                return
    raise AssertionError("what was typed was never lost")
