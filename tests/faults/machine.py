"""A machine that fails: engines as processes of their own, a thief of the database's lock, a small disk."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine import Content, Draft, Settings, open_engine
from tests.console.command import Batchdeck
from tests.core.nouns import CREATOR
from tests.served import control

PRICE = 77
DEADLINE = 60.0


@dataclass
class Machine:
    """A database in ``home`` and the processes that work on it."""

    home: Path
    chain: str = "off"
    patience: float = 120

    @property
    def database(self) -> Path:
        return self.home / "test.sqlite3"

    @property
    def deck(self) -> Batchdeck:
        """The command line on this database."""
        variables = {"BATCHDECK_DATABASE_PATIENCE": str(self.patience)}
        return Batchdeck(self.home, ("--chain", self.chain), variables)

    def settings(self, **more: Any) -> Settings:
        """The same for an engine in this process."""
        return Settings(
            database_url=f"sqlite:///{self.database}", chain_url=self.chain, database_patience=self.patience, **more
        )

    async def prepare(self, items: int, batches: int = 1) -> list[str]:
        """Import contents and accept batches over all of them, without an engine that carries them."""
        names = [f"k{number}" for number in range(items)]
        async with open_engine(self.settings(), run=False) as engine:
            await engine.import_contents(
                [Content(name, CREATOR, name, 1, on_chain_id=number) for number, name in enumerate(names)]
            )
            drafts = [Draft("update-price", CREATOR, names, {"newPrice": PRICE + n}) for n in range(batches)]
            return [batch.id for batch in await engine.submit_all(drafts)]

    @contextmanager
    def engine(self, *more: str, database: str | None = None, **variables: str) -> Iterator[subprocess.Popen[bytes]]:
        """Run an engine until the block ends, from READY on; its log is ``engine.log``."""
        deck = self.deck
        deck.variables |= {f"BATCHDECK_{name}": value for name, value in variables.items()}
        flags = ("--database", database) if database else ()
        with (self.home / "engine.log").open("ab") as log:
            process = subprocess.Popen(
                deck.line("engine", "--no-api", *flags, *more),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                env=deck.environment,
                cwd=self.home,
            )
        try:
            assert process.stdout
            assert process.stdout.readline() == b"READY\n", self.log
            yield process
        finally:
            end(process)

    @property
    def log(self) -> str:
        return (self.home / "engine.log").read_text()

    def states(self) -> Counter[str]:
        """Count the items by state, from the file itself."""
        return Counter(row[0] for row in self.rows("SELECT state FROM item"))

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with contextlib.closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as raw:
            return raw.execute(query).fetchall()

    def wait(self, done: Callable[[], object], seconds: float = DEADLINE) -> None:
        """Wait until something is so; a file that nobody can read yet isn't."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            with contextlib.suppress(sqlite3.Error):
                if done():
                    return
            time.sleep(0.02)
        raise AssertionError(f"it never came about: {self.states()}")

    def wait_for(self, state: str, least: int = 1) -> None:
        """Wait until so many items are in a state."""
        self.wait(lambda: self.states()[state] >= least)

    def drain(self, *more: str) -> None:
        """Let an engine finish what is left."""
        self.deck.run("engine", "--no-api", "--drain", *more)

    def audit(self, count: int, price: int = PRICE) -> None:
        """Each item once on the chain, nonce after nonce, with the right price; the database undamaged."""
        mined = control(self.chain, "transactions")
        assert [row["nonce"] for row in mined] == list(range(count))
        assert {row["status"] for row in mined} == {"success"}
        assert {control(self.chain, f"contents/{n}")["price"] for n in range(count)} == {price}
        assert self.states() == Counter({"confirmed": count})
        assert self.rows("PRAGMA integrity_check") == [("ok",)]
        assert self.rows("PRAGMA foreign_key_check") == []


def end(process: subprocess.Popen[bytes]) -> None:
    """Kill a process that is still there, also a stopped one."""
    if process.poll() is None:
        process.kill()
    process.wait(timeout=20)
    for pipe in (process.stdin, process.stdout):
        if pipe:
            pipe.close()


def halt(process: subprocess.Popen[bytes]) -> None:
    """Stop a process with SIGSTOP; return when none of its threads runs any more, which a busy machine may delay."""
    process.send_signal(signal.SIGSTOP)
    _, status = os.waitpid(process.pid, os.WUNTRACED)
    assert os.WIFSTOPPED(status), status


def told(process: subprocess.Popen[bytes], number: signal.Signals) -> tuple[int, float]:
    """Send a signal; return the exit code and how long the process took to end."""
    began = time.monotonic()
    process.send_signal(number)
    return process.wait(timeout=30), time.monotonic() - began


# It asks again and again by itself: SQLite's own waiting sleeps longer and longer, and a busy writer starves it.
THIEF = """
import sqlite3, sys, time
raw = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=0)
print("HERE", flush=True)
while True:
    try:
        if raw.execute(sys.argv[3]).fetchone():
            raw.execute(f"BEGIN {sys.argv[2]}")
            break
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
            raise
    time.sleep(0.0002)
print("LOCKED", flush=True)
sys.stdin.readline()
raw.execute("ROLLBACK")
"""


class Thief:
    """Another program that takes the database's write lock as soon as a query finds something, and keeps it."""

    def __init__(self, database: Path, mode: str, when: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", THIEF, str(database), mode, when], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self._read(b"HERE\n")

    def has_it(self) -> None:
        """Wait until it has the lock."""
        self._read(b"LOCKED\n")

    def _read(self, line: bytes) -> None:
        assert self._process.stdout
        assert self._process.stdout.readline() == line

    def let_go(self) -> None:
        assert self._process.stdin
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(b"\n")
            self._process.stdin.flush()
        self._process.wait(timeout=20)
        end(self._process)

    def kill(self) -> None:
        end(self._process)


@contextmanager
def thief(database: Path, mode: str = "IMMEDIATE", when: str | None = None) -> Iterator[Thief]:
    """Hold the lock until the block ends, or earlier; with ``when`` from the moment that the query finds something."""
    held = Thief(database, mode, when or "SELECT 1")
    try:
        if when is None:
            held.has_it()
        yield held
    finally:
        held.kill()


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path | None]:
    """Mount a file system of a few megabytes; None where this user may not."""
    folder.mkdir()
    tool = shutil.which("mount")
    made = tool and sys.platform == "linux" and os.geteuid() == 0
    command = [str(tool), "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)]
    if not made or subprocess.run(command, capture_output=True, check=False).returncode != 0:
        yield None
        return
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


class Filler:
    """Takes all the room that is left on a disk, byte by byte, until it is told to give it back."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "filler"
        with self._path.open("wb", buffering=0) as file:
            for size in (1 << 20, 4096, 1):
                with contextlib.suppress(OSError):
                    while True:
                        file.write(b"x" * size)

    def give_back(self) -> None:
        self._path.unlink(missing_ok=True)


async def until(done: Callable[[], Any], seconds: float = DEADLINE) -> None:
    """Wait, in an event loop, until a coroutine function or a plain one says so."""
    async with asyncio.timeout(seconds):
        while True:
            result = done()
            if await result if asyncio.iscoroutine(result) else result:
                return
            await asyncio.sleep(0.02)
