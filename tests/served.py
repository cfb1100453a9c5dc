"""A simulated node in a process of its own, for benchmarks and for tests that need a real connection."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx


@contextmanager
def devnet(folder: Path, *flags: str) -> Iterator[str]:
    """Serve a devnet until the block ends; gives its address."""
    command = [sys.executable, "-m", "console", "devnet", "--port", "0", "--file", str(folder / "chain.devnet"), *flags]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        yield process.stdout.readline().split()[1]
    finally:
        process.terminate()
        process.wait(timeout=20)


def control(url: str, path: str, body: dict[str, Any] | None = None) -> Any:
    """Call one of the devnet's own routes."""
    if body is None:
        return httpx.get(f"{url}/devnet/{path}").raise_for_status().json()
    return httpx.post(f"{url}/devnet/{path}", json=body).raise_for_status().json()
