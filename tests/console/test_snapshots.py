"""How the screens look, at each size, dark, light and without colour: a change of looks is one that somebody means."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from _pytest.mark import ParameterSet
from textual.pilot import Pilot

from console.screens.dialogs import Confirm
from console.screens.review import ReviewScreen
from console.theme import LIGHT
from console.widgets.field import Field
from tests.console import plays, screenshots
from tests.console.desk import open_screen, still, text_of, until
from tests.console.scenes import SCENES, SIZES, Scene
from tests.console.screenshots import searching
from tests.console.shelf import stocked
from tests.console.stories import storied
from tests.console.test_review import mixed

IDS = "content-1,content-2,content-3,content-4,content-41,content-42"


async def composing(pilot: Pilot[None]) -> None:
    """A price and some ids, as if they were typed; typing itself is played elsewhere."""
    await open_screen(pilot, "c", "compose")
    for field in pilot.app.screen.query(Field):
        if field.name in ("newPrice", "contentIds"):
            field.write("1.5stx" if field.name == "newPrice" else IDS)
    await until(pilot, lambda: "6 items" in text_of(pilot, "#sum"))
    still(pilot)


async def reviewing(pilot: Pilot[None]) -> None:
    await composing(pilot)
    await pilot.press("ctrl+r")
    await until(pilot, lambda: isinstance(pilot.app.screen, ReviewScreen))
    await pilot.press("n")


async def submitting(pilot: Pilot[None]) -> None:
    await reviewing(pilot)
    await pilot.press("ctrl+s")
    await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))


FORMS = (
    Scene("compose", composing, stocked),
    Scene("review", reviewing, mixed),
    Scene("catalogue", searching, storied),
)
"""Their dark pictures stand with their own tests."""
LARGE = (200, 60)
NAMED = ("batches", "batch", "retries", "item", "content", "lanes", "engine")
SCREENS = [*(one for one in SCENES if one.name in NAMED), *FORMS]
SUBMIT = Scene("submit", submitting, mixed)
ASKED = (
    "empty",
    "help",
    "leaving",
    "export",
    "retry",
    "retry-mainnet",
    "stopping",
    "creators",
    "problems",
    "importing",
)
DIALOGS = [*(one for one in SCENES if one.name in ASKED), SUBMIT]
"""What is asked and greeted: dark at both sizes, in the other looks where there is the least room."""
IN_LIGHT = [one for one in SCREENS if f"{one.name}-light" not in {scene.name for scene in SCENES}]
"""A scene of that name shows the others."""


def looks(screens: list[Scene], dialogs: list[Scene]) -> list[ParameterSet]:
    """Return each screen at both sizes, each dialog at the smaller one, and Batch where there is most room."""
    pairs = [*product(screens, SIZES), *((one, SIZES[0]) for one in dialogs)]
    large = [(one, LARGE) for one in SCREENS if one.name == "batch"]
    return [pytest.param(scene, size, id=f"{scene.name}-{size[0]}x{size[1]}") for scene, size in [*pairs, *large]]


def test_no_screen_is_left_out() -> None:
    """A new screen fails here until it has its pictures, dark, light and without colour."""
    assert {kind.NAME for kind in plays.kinds()} == {scene.name for scene in SCREENS}


def test_the_readme_shows_every_screen() -> None:
    """Each of the seven, and Review, has a picture of its own there, drawn from these scenes."""
    readme = (screenshots.FOLDER.parent / "README.md").read_text()
    for name in {one.name for one in SCREENS} - {"retries", "content"}:
        assert f"(screenshots/{name}.svg)" in readme
        assert (screenshots.FOLDER / f"{name}.svg").exists()


@pytest.fixture(autouse=True)
def _still(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing blinks, nothing moves, and the environment of whoever runs the tests doesn't count."""
    monkeypatch.setattr("textual.constants.TEXTUAL_ANIMATIONS", "none", raising=False)
    for name in ("NO_COLOR", "TEXTUAL_THEME", "TMUX"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("scene", [*SCENES, SUBMIT], ids=lambda scene: scene.name)
def test_the_screen_looks_as_it_did(scene: Scene, size: tuple[int, int], snap_compare: Any) -> None:
    """Each scene at 80x24 and 120x40."""
    assert snap_compare(scene.app(), terminal_size=size, run_before=scene.play)


@pytest.mark.parametrize(("scene", "size"), looks(SCREENS, DIALOGS))
def test_it_reads_without_colour(
    scene: Scene, size: tuple[int, int], snap_compare: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """NO_COLOR leaves words and glyphs that say the same."""
    monkeypatch.setenv("NO_COLOR", "1")
    assert snap_compare(scene.app(), terminal_size=size, run_before=scene.play)


@pytest.mark.parametrize(("scene", "size"), looks(IN_LIGHT, DIALOGS))
def test_it_reads_in_light(scene: Scene, size: tuple[int, int], snap_compare: Any) -> None:
    """Every screen in the light theme."""

    async def in_light(pilot: Pilot[None]) -> None:
        await scene.play(pilot)
        pilot.app.theme = LIGHT.name
        await pilot.pause()

    assert snap_compare(scene.app(), terminal_size=size, run_before=in_light)


def test_a_batch_has_use_for_a_large_screen(snap_compare: Any) -> None:
    """At 200x60 columns and lines are filled with what was cut before."""
    (scene,) = (one for one in SCENES if one.name == "batch")
    assert snap_compare(scene.app(), terminal_size=LARGE, run_before=scene.play)
