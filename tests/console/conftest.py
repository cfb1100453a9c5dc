"""What the console's tests share: a fake engine, an app over it, a clock that stands still, ways to wait and look."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from console.app import BatchdeckApp
from console.banner import Banner
from console.outfit import Outfit
from engine.door import Engine
from tests.console import plays
from tests.console.fake_engine import NOW, FakeEngine, sample
from tests.console.terminal import Terminal

DEMO = Banner("testnet", "devnet", "demo.db", simulated=True, version="0.1.0")
MAINNET = Banner("mainnet", "api.hiro.so", "catalogue.db")
MIXED = "01KDEMO0000000000000000004"


def deck_over(engine: Engine, banner: Banner = DEMO, **given: Any) -> BatchdeckApp:
    """Make the console over a fake engine, at a time that stands still."""
    if isinstance(engine, FakeEngine):
        engine.simulated = banner.simulated

    async def open_engine() -> Engine:
        return engine

    return BatchdeckApp(Outfit(open_engine, banner, **given), now=lambda: NOW)


def run(app: BatchdeckApp, size: tuple[int, int] = (80, 24)) -> AbstractAsyncContextManager[Pilot[None]]:
    """Run the console without a terminal, notices included."""
    return app.run_test(size=size, notifications=True)


def picture(app: BatchdeckApp) -> str:
    """Return what the terminal shows now, as plain text."""
    lines = app.screen._compositor.render_strips()
    return "\n".join(strip.text for strip in lines)


async def until(pilot: Pilot[None], true: Callable[[], object], seconds: float = plays.PATIENCE) -> None:
    """Wait until something is so; fail with the picture when it never is."""
    for _ in range(int(seconds / 0.02)):
        await pilot.pause()
        if true():
            return
        await pilot.pause(0.02)
    pytest.fail(f"it never came to be:\n{picture(pilot.app)}")  # type: ignore[arg-type]


async def seen(pilot: Pilot[None], text: str) -> None:
    """Wait until the terminal shows a text."""
    await until(pilot, lambda: text in picture(pilot.app))  # type: ignore[arg-type]


async def open_batch(pilot: Pilot[None], batch_id: str = MIXED) -> None:
    """Go from the list into a batch, and wait for its items."""
    from console.screens.batches import BatchesScreen
    from console.widgets.row_table import RowTable

    await until(
        pilot, lambda: isinstance(pilot.app.screen, BatchesScreen) and pilot.app.screen.query_one(RowTable).rows
    )
    pilot.app.screen.query_one(RowTable).move_to(batch_id)
    await pilot.press("enter")
    await seen(pilot, "items shown")


@pytest.fixture
def engine() -> FakeEngine:
    return sample()


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    window = Terminal(tmp_path)
    yield window
    window.close()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """To show that plays can fail, each runs once for every action it plays, with that one's handler emptied."""
    played = plays.played_by(metafunc.definition) if plays.emptying() else []
    if played:
        metafunc.fixturenames.append("emptied")
        metafunc.parametrize("emptied", played, ids=str)


@pytest.fixture(autouse=True)
def _played(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What a test says that it plays is done by the key, or the test fails."""
    if plays.emptying() and hasattr(request.node, "callspec"):
        plays.replace(monkeypatch, request.node.callspec.params["emptied"], plays.nothing)
    wanted = [] if plays.emptying() else plays.played_by(request.node)
    recorder = plays.Recorder()
    recorder.listen(monkeypatch, wanted) if wanted else None
    yield
    assert recorder.missing(wanted) == []
