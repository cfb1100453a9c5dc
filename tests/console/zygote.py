"""A process that has loaded the program once, and forks another for each command.

A cold start costs 0.8 s of a core, most of it imports, and the suite runs hundreds of commands. A forked one has its
own environment, folder, streams and end like any other process; `Batchdeck.start` and the terminal plays start cold.
"""

from __future__ import annotations

import atexit
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

PATIENCE = 60.0
"""Seconds that a command may take."""
LOADED = ("console.cli.app", "engine.assemble", "engine.store", "engine.node", "engine.devnet", "engine.headless")


def serve() -> None:
    """Read a command a line, fork it, and answer with its process id and then its exit code."""
    from importlib import import_module

    for name in LOADED:
        import_module(name)
    for line in sys.stdin:
        order = json.loads(line)
        sys.stdout.flush()
        child = os.fork()
        if not child:
            _become(order)
        print(child, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


def _become(order: Mapping[str, Any]) -> None:
    """Be the command, to its end: nothing of the parent's environment, folder or streams is left."""
    os.chdir(order["cwd"])
    os.environ.clear()
    os.environ.update(order["environment"])
    for number, (name, flags) in enumerate(zip(order["streams"], (os.O_RDONLY, os.O_WRONLY, os.O_WRONLY), strict=True)):
        os.dup2(os.open(name, flags), number)
    sys.stdin, sys.stdout, sys.stderr = (os.fdopen(number, mode) for number, mode in ((0, "r"), (1, "w"), (2, "w")))
    sys.argv = ["batchdeck", *order["arguments"]]
    from console.__main__ import main

    main()
    sys.exit(0)  # through the ordinary end of a process: threads are waited for, exits are run


class Zygote:
    """The client's end: one for each process of the test run."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=Path(__file__).parents[2],
            text=True,
            bufsize=1,
        )
        atexit.register(self.close)

    def close(self) -> None:
        """Let it end."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait(timeout=20)

    def run(
        self, arguments: Sequence[str], environment: Mapping[str, str], cwd: Path, stdin: bytes
    ) -> subprocess.CompletedProcess[str]:
        """Run one command to its end."""
        with tempfile.TemporaryDirectory(prefix="command-") as folder:
            streams = [Path(folder) / name for name in ("stdin", "stdout", "stderr")]
            streams[0].write_bytes(stdin)
            for stream in streams[1:]:
                stream.touch()
            order = {
                "arguments": list(arguments),
                "environment": dict(environment),
                "cwd": str(cwd),
                "streams": [str(one) for one in streams],
            }
            code = self._ask(order)
            out, err = (stream.read_bytes().decode() for stream in streams[1:])
        return subprocess.CompletedProcess(["batchdeck", *arguments], code, out, err)

    def _ask(self, order: Mapping[str, Any]) -> int:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        child = int(self._process.stdout.readline())
        late = not select.select([self._process.stdout], [], [], PATIENCE)[0]
        if late:
            os.kill(child, signal.SIGKILL)
        code = int(self._process.stdout.readline())
        if late:
            raise subprocess.TimeoutExpired(list(order["arguments"]), PATIENCE)
        return code


@cache
def zygote() -> Zygote:
    """Return this process's own, started at its first use."""
    return Zygote()


if __name__ == "__main__":
    serve()
