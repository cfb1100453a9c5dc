"""One engine for all the plays that leave each other alone: every play has contents of its own."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import pytest

from tests.web.support import Api, served

_NUMBERS = count(1)


@pytest.fixture(scope="session")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """An engine on a simulated node with quick blocks."""
    with served(tmp_path_factory.mktemp("engine"), "--chain", "devnet") as found:
        yield found


@pytest.fixture
def ids(api: Api) -> list[str]:
    """Five contents of a play's own, on the chain."""
    first = 1000 * next(_NUMBERS)
    own = [str(first + n) for n in range(5)]
    api.take(own)
    return own
