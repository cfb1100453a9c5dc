"""Nodes for the devnet's tests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.devnet.support import Clock, Node, inside, loopback


@pytest.fixture
def wall() -> Clock:
    return Clock()


@pytest.fixture
async def node(tmp_path: Path, wall: Clock) -> AsyncIterator[Node]:
    async with inside(tmp_path / "chain.devnet", wall=wall) as node:
        yield node


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Node]:
    async with loopback(tmp_path / "chain.devnet") as node:
        yield node
