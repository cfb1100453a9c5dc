"""The npm packages of these tests: installed once into this folder, by whoever comes first.

Without Node.js, or without a registry to be reached, the tests are skipped with a sentence; any other trouble fails.
"""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

HERE = Path(__file__).parent
LOCKED = HERE / "package-lock.json"
MODULES = HERE / "node_modules"
MARK = MODULES / ".installed"
OLDEST_NODE = 20
INSTALL = ("ci", "--fetch-retries=1", "--fetch-retry-mintimeout=1000", "--fetch-timeout=20000")
PATIENCE = 120.0
AWAY = (
    "EAI_AGAIN", "ECONNREFUSED", "ECONNRESET", "EHOSTUNREACH", "ENETUNREACH", "ENOTFOUND", "ERR_SOCKET_TIMEOUT",
    "ETIMEDOUT", "FETCH_ERROR", "E429", "E500", "E502", "E503", "E504",
)  # fmt: skip
"""npm's codes for a registry that isn't there or doesn't answer."""


def node() -> str:
    """Return the path of a Node.js whose packages are installed."""
    found, npm = shutil.which("node"), shutil.which("npm")
    if not found or not npm:
        pytest.skip("Node.js and npm aren't here: install Node.js 20 or later to hold our bytes against the real VM")
    version = subprocess.run([found, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    if int(version.removeprefix("v").partition(".")[0]) < OLDEST_NODE:
        pytest.skip(f"Node.js here is {version}: the Clarity VM's package needs 20 or later")
    with _alone():
        _install(npm)
    return found


def _install(npm: str) -> None:
    wanted = hashlib.sha256(LOCKED.read_bytes()).hexdigest()
    if MARK.is_file() and MARK.read_text() == wanted:
        return
    command = [npm, *INSTALL]
    try:
        ran = subprocess.run(command, cwd=HERE, capture_output=True, text=True, timeout=PATIENCE, check=False)
    except subprocess.TimeoutExpired:
        pytest.skip(f"npm didn't get its packages within {PATIENCE:.0f} seconds: is its registry out of reach?")
    if ran.returncode and any(f"code {code}" in ran.stderr for code in AWAY):
        pytest.skip(f"npm can't reach its registry: {ran.stderr.strip().splitlines()[0]}")
    assert ran.returncode == 0, ran.stderr
    MARK.write_text(wanted)


@contextmanager
def _alone() -> Iterator[None]:
    """Keep the workers of a parallel run from installing over each other."""
    with (HERE / ".install.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
