"""The real parts of a run: a devnet in its own process, a database in a folder, and commands that work on it."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import httpx

from engine import crash
from engine.devnet import creator_key
from tests.faults import child
from tests.faults.scenario import HURRIED, Scenario

COMMAND_SECONDS = 60.0
TICK = 0.02


@dataclass
class Deck:
    """One folder with its database, and the node that its engines speak to."""

    folder: Path
    node: Node
    settings: Mapping[str, str] = field(default_factory=dict)
    plant: str | None = None

    @property
    def database(self) -> Path:
        return self.folder / "deck.sqlite3"

    def start(self, *arguments: str, point: str = "") -> BaseProcess:
        """Start a command, which dies at a crash point if one is named."""
        settings = {**HURRIED, **self.settings, "DATABASE_URL": f"sqlite:///{self.database}"}
        own = {f"BATCHDECK_{name}": value for name, value in settings.items()}
        own |= {"BATCHDECK_CHAIN_URL": self.node.url, **({crash.VARIABLE: point} if point else {})}
        return child.start(arguments, home(self.folder) | own, self.folder / "log", self.plant)

    def run(self, *arguments: str, point: str = "") -> int:
        """Run a command to its end; return its exit code, -9 if it was killed."""
        return ended(self.start(*arguments, point=point), COMMAND_SECONDS)


@dataclass
class Node:
    """A devnet by its own routes and by its file, which is what truly happened."""

    url: str
    file: Path
    http: httpx.Client
    id: str = ""

    def control(self, path: str, body: Mapping[str, object] | None = None) -> Any:
        """Call one of the devnet's own routes."""
        url = f"{self.url}/devnet/{path}"
        answer = self.http.get(url) if body is None else self.http.post(url, json=dict(body))
        if answer.status_code != 200:
            raise RuntimeError(f"the devnet refused {path} {body}: {answer.text}")
        return answer.json()

    def signer(self, creator: str) -> str:
        """Return the address of the key that plays a creator."""
        return creator_key(self.id, creator).address("testnet")

    def post(self, raw: bytes) -> int:
        """Post a transaction's bytes as anybody could; return the status."""
        kind = {"content-type": "application/octet-stream"}
        return self.http.post(f"{self.url}/v2/transactions", content=raw, headers=kind).status_code


def home(folder: Path) -> dict[str, str]:
    """Return an environment in which nothing of the real user is read or written."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("BATCHDECK_", "XDG_"))}
    return kept | {"HOME": str(folder)}


def ended(process: BaseProcess, seconds: float) -> int:
    """Wait for a process; one that doesn't end in time is killed, and that is an error."""
    process.join(seconds)
    if process.exitcode is None:
        process.kill()
        process.join()
        raise TimeoutError(f"a command didn't end within {seconds:g} s")
    return process.exitcode


@contextmanager
def devnet(folder: Path, scenario: Scenario) -> Iterator[Node]:
    """Serve a devnet until the block ends; its chance is seeded, and its faults are off."""
    file, output = folder / "chain.devnet", folder / "devnet.log"
    arguments = ["devnet", "--port", "0", "--file", str(file), "--block-seconds", str(scenario.block_seconds)]
    process = child.start(arguments, home(folder), output)
    try:
        with httpx.Client(timeout=30, trust_env=False) as http:
            node = Node(_address(output, process), file, http)
            node.id = node.control("info")["id"]
            node.control("faults", {"seed": scenario.seed})
            yield node
    finally:
        process.terminate()
        process.join(20)
        if process.is_alive():
            process.kill()


def _address(output: Path, process: BaseProcess) -> str:
    for _ in range(int(COMMAND_SECONDS / TICK)):
        words = output.read_text().split() if output.exists() else []
        if len(words) > 1 and words[0] == "READY":
            return words[1]
        if not process.is_alive():
            raise RuntimeError(f"the devnet ended: {output.read_text()}")
        time.sleep(TICK)
    raise TimeoutError("the devnet isn't ready")
