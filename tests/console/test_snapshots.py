"""How the screens look, at both sizes, dark and without colour: a change of looks is a change that somebody means."""

from __future__ import annotations

from typing import Any

import pytest

from tests.console.scenes import SCENES, SIZES, Scene

MONO = ("batches", "batch", "retry", "lanes", "engine")


@pytest.fixture(autouse=True)
def _still(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing blinks, nothing moves, and the environment of whoever runs the tests doesn't count."""
    monkeypatch.setattr("textual.constants.TEXTUAL_ANIMATIONS", "none", raising=False)
    for name in ("NO_COLOR", "TEXTUAL_THEME", "TMUX"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
def test_the_screen_looks_as_it_did(scene: Scene, size: tuple[int, int], snap_compare: Any) -> None:
    """Each scene at 80x24 and 120x40."""
    assert snap_compare(scene.app(), terminal_size=size, run_before=scene.play)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("scene", [one for one in SCENES if one.name in MONO], ids=lambda scene: scene.name)
def test_it_reads_without_colour(
    scene: Scene, size: tuple[int, int], snap_compare: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """NO_COLOR leaves words and glyphs that say the same."""
    monkeypatch.setenv("NO_COLOR", "1")
    assert snap_compare(scene.app(), terminal_size=size, run_before=scene.play)
