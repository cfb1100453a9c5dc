"""`make screenshots`: draws screenshots/ anew, from the same scenes that the snapshot tests compare."""

from __future__ import annotations

import asyncio
import os
import re
from pathlib import Path

from textual.pilot import Pilot

from tests.console.desk import fill, open_screen, search, still, text_of, until
from tests.console.scenes import SCENES, Scene
from tests.console.shelf import stocked
from tests.console.stories import storied
from tests.console.test_review import compose, mixed

FOLDER = Path(__file__).parents[2] / "screenshots"
SIZE = (120, 34)


async def composing(pilot: Pilot[None]) -> None:
    await open_screen(pilot, "c", "compose")
    await fill(pilot, "newPrice", "1.5stx")
    await search(pilot, "bread")
    await pilot.press("space", "space", "space")
    still(pilot)


async def reviewing(pilot: Pilot[None]) -> None:
    await compose(pilot, "content-1,content-2,content-3,content-4,content-41,content-42", newPrice="1.5stx")
    await pilot.press("n")


async def searching(pilot: Pilot[None]) -> None:
    await open_screen(pilot, "o", "catalogue")
    await pilot.press("space", "down", "space", "up", "up")
    await until(pilot, lambda: "off-chain" in text_of(pilot, "#beside"))
    still(pilot)


SHOWN = ("batches", "batch", "batch-light", "batch-marked", "retry", "item", "lanes", "engine")
PICTURES = (
    *(one for one in SCENES if one.name in SHOWN),
    Scene("compose", composing, stocked),
    Scene("review", reviewing, mixed),
    Scene("catalogue", searching, storied),
)


async def draw(scene: Scene) -> str:
    """Play a scene, and return its picture as SVG without the ids that change from run to run."""
    app = scene.app()
    async with app.run_test(size=SIZE) as pilot:
        await scene.play(pilot)
        await pilot.pause(0.2)
        svg = app.export_screenshot(title="Batchdeck")
    return re.sub(r"terminal-\d+", f"terminal-{scene.name}", svg)


async def main() -> None:
    """Write every picture, and say where."""
    FOLDER.mkdir(exist_ok=True)
    for scene in PICTURES:
        (FOLDER / f"{scene.name}.svg").write_text(await draw(scene), encoding="utf-8")
        print(f"screenshots/{scene.name}.svg")


if __name__ == "__main__":
    for name in ("NO_COLOR", "TEXTUAL_THEME"):
        os.environ.pop(name, None)
    os.environ.setdefault("TEXTUAL_ANIMATIONS", "none")
    asyncio.run(main())
