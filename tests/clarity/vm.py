"""The chain's own library and the real Clarity VM, in a Node.js process: scenarios in, what they came to out."""

from __future__ import annotations

import json
import select
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from engine.stacks import clarity
from tests.clarity.install import HERE, node
from tests.devnet.support import TESTNET_CONTRACT

PATIENCE = 60.0
"""Seconds for one answer; the first one loads the VM, on a busy machine."""

Step = dict[str, Any]


def signed(raw: bytes, *, run: bool = True) -> Step:
    """A step: bytes to be read and verified, and their call to be run as the signer that was recovered."""
    return {"transaction": raw.hex(), "run": run}


def call(sender: str, function: str, *args: clarity.Value) -> Step:
    """A step: a call without a transaction, to set the scene."""
    return {"call": function, "args": [clarity.serialize(arg).hex() for arg in args], "sender": sender}


class Vm:
    """Asks one process; every scenario has a fresh chain with nothing on it but the contract."""

    def __init__(self, process: subprocess.Popen[str], complaints: Any) -> None:
        self._process = process
        self._complaints = complaints

    def ask(
        self,
        steps: Sequence[Step],
        *,
        look: Iterable[int] = (),
        network: str = "testnet",
        contract: str = TESTNET_CONTRACT,
    ) -> dict[str, Any]:
        """Run steps in order; ``look`` names the contents whose entries are wanted afterwards."""
        asked = {"network": network, "contract": contract, "steps": list(steps), "look": [str(one) for one in look]}
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        ready, _, _ = select.select([self._process.stdout], [], [], PATIENCE)
        line = self._process.stdout.readline() if ready else ""
        assert line, f"the VM gave no answer: {self._said()}"
        told: dict[str, Any] = json.loads(line)
        assert "error" not in told, told["error"]
        return told

    def _said(self) -> str:
        self._complaints.seek(0)
        return str(self._complaints.read())


@contextmanager
def started() -> Iterator[Vm]:
    """A VM that ends with the block."""
    command = [node(), "verify.mjs"]
    with (
        tempfile.TemporaryFile("w+") as complaints,
        subprocess.Popen(
            command, cwd=HERE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=complaints, text=True
        ) as process,
    ):
        try:
            yield Vm(process, complaints)
        finally:
            process.kill()
