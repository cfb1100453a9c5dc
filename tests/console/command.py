"""`batchdeck` as a process of its own, in a home of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from tests.console.zygote import zygote

ROOT = Path(__file__).parents[2]
CREATOR = "ST1SJ3DTE5DN7X54YDH5D64R3BCB6A2AG2ZQ8YPD5"
OTHER = "ST2CY5V39NHDPWSXMW9QDT3HC3GD6Q6XX4CFRK9AG"
HEADER = "content_id,creator,title,price"


@dataclass
class Batchdeck:
    """Runs commands on a database in ``home``; nothing of the real user is read or written."""

    home: Path
    flags: tuple[str, ...] = ()
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("BATCHDECK_", "XDG_"))}
        own = {
            "HOME": str(self.home),
            "PYTHONPATH": str(ROOT),
            "BATCHDECK_DATABASE_URL": f"sqlite:///{self.home}/test.sqlite3",
            "BATCHDECK_BLOCK_SECONDS": "0.1",
        }
        return kept | own | self.variables

    def line(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "console", *self.flags, *arguments]

    def run(self, *arguments: str, stdin: str | bytes = "", code: int | None = 0) -> subprocess.CompletedProcess[str]:
        """Run a command to its end; ``code`` is how it should end."""
        given = stdin.encode() if isinstance(stdin, str) else stdin
        result = zygote().run([*self.flags, *arguments], self.environment, self.home, given)
        assert code is None or result.returncode == code, (result.returncode, result.stdout, result.stderr)
        return result

    def json(self, *arguments: str, stdin: str = "", code: int = 0) -> dict:
        """Run a command with --json and return what it printed."""
        return json.loads(self.run(*arguments, "--json", stdin=stdin, code=code).stdout)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Begin a command that goes on by itself."""
        return subprocess.Popen(
            self.line(*arguments),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=self.environment,
            cwd=self.home,
            text=True,
        )


def catalogue(count: int, creator: str = CREATOR, first: int = 1) -> str:
    """Return a catalogue of ``count`` contents with numeric ids."""
    lines = [f"{number},{creator},Title {number},1000000" for number in range(first, first + count)]
    return "\n".join((HEADER, *lines)) + "\n"
