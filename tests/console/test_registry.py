"""The one registry of actions: each has a handler, a test that plays it by its key, and a meaning of its own."""

from __future__ import annotations

from typing import Any

import pytest

from console import actions
from console.app import BatchdeckApp
from console.screens.base import DeckScreen
from tests.console import plays
from tests.console.conftest import deck_over, run, seen
from tests.console.fake_engine import FakeEngine


def test_every_action_is_played() -> None:
    """A new action without a test that does it by its key fails here: mark one with pytest.mark.plays."""
    played = plays.declared()
    assert sorted(plays.deeds().keys() - played.keys()) == []


def test_what_is_played_exists() -> None:
    """A play of an action that the registry no longer has would test nothing."""
    assert sorted(plays.declared().keys() - plays.deeds().keys()) == []


def test_every_action_can_be_done() -> None:
    """An action without a method would be a key that does nothing."""
    for deed in plays.deeds().values():
        action = actions.get(deed.action)
        owners: list[Any] = [kind for kind in plays.kinds() if deed.screen == kind.NAME] or [BatchdeckApp]
        known = all(hasattr(owner, action.method) or hasattr(BatchdeckApp, action.method) for owner in owners)
        shown = action.group == "Show" and all(owner.perform is not DeckScreen.perform for owner in owners)
        assert known or shown, deed


def test_no_key_of_a_screen_has_two_meanings() -> None:
    """The same key twice on one screen would make one of its actions unreachable."""
    actions.every_screen()
    for kind in plays.kinds():
        keys = [key for action in actions.on_screen(kind.NAME) for key in action.keys.split(",") if key]
        assert len(keys) == len(set(keys)), kind.NAME


def test_every_screen_has_what_help_and_palette_need() -> None:
    """A group and a sentence for every action; an id that says what it does."""
    for action in actions.every_screen().values():
        assert all((action.group, action.help, action.id.count(".") == 1)), action


@pytest.mark.parametrize("emptied", [False, True])
async def test_a_play_that_could_not_fail_is_found(emptied: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """The mechanism itself: the recorder sees a key and its handler, and an emptied handler does nothing."""
    deed = plays.Deed("app.theme")
    if emptied:
        plays.replace(monkeypatch, deed, plays.nothing)
    recorder = plays.Recorder()
    recorder.listen(monkeypatch, [deed, plays.Deed("app.stop")])
    app = deck_over(FakeEngine())
    async with run(app) as pilot:
        await seen(pilot, "No batch yet.")
        before = app.theme
        await pilot.press("f9")
        assert (app.theme == before) is emptied
    assert recorder.missing([deed]) == []
    assert recorder.missing([plays.Deed("app.stop")]) == ["app.stop: its handler never ran"]
    recorder.keys.clear()
    assert recorder.missing([deed]) == ["app.theme: none of f9 was pressed"]
