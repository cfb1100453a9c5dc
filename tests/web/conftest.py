"""One engine for all the plays that leave each other alone: every play has contents of its own."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from tests.web.support import Api, served

_NUMBERS = count(1)
HERE = Path(__file__).parent


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give all plays on the shared engine to one worker: each other one would start an engine of its own."""
    for item in items:
        if item.path.parent == HERE and "api" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("web"))


@pytest.fixture(scope="session")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """An engine on a simulated node with quick blocks; its creator is funded before anybody asks how much it has."""
    with served(tmp_path_factory.mktemp("engine"), "--chain", "devnet") as found:
        found.take(["999"])
        yield found


@pytest.fixture
def ids(api: Api) -> list[str]:
    """Five contents of a play's own, on the chain."""
    first = 1000 * next(_NUMBERS)
    own = [str(first + n) for n in range(5)]
    api.take(own)
    return own
