"""A program in a terminal of its own: what it wrote, when, and how much of a core it took."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


class Terminal:
    """A running program and the master side of its terminal; times are of ``time.monotonic``."""

    def __init__(self, process: subprocess.Popen[bytes], master: int) -> None:
        self.process = process
        self.master = master
        self.written = b""

    def until(self, wanted: bytes, seconds: float = 60.0) -> float:
        """Read until something new holds these bytes; return when it came."""
        deadline = time.monotonic() + seconds
        self.written = b""
        while time.monotonic() < deadline:
            self._read(0.1)
            if wanted in self.written:
                return time.monotonic()
        raise AssertionError(f"{wanted!r} never came: {self.written[-2000:]!r}")

    def drain(self, seconds: float) -> None:
        """Read for so long, so that the program never waits for its reader."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            self._read(left)
        self.written = b""

    def quiet(self, seconds: float = 0.3) -> None:
        """Read until nothing comes for a while."""
        while self._read(seconds):
            self.written = b""

    def press(self, keys: bytes) -> float:
        """Write keys; return when."""
        began = time.monotonic()
        os.write(self.master, keys)
        return began

    def busy(self) -> float:
        """Return the seconds of a core that the program has taken so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def _read(self, seconds: float) -> bool:
        if not select.select([self.master], [], [], seconds)[0]:
            return False
        with contextlib.suppress(OSError):
            self.written += os.read(self.master, 1 << 16)
            return True
        raise AssertionError(f"the program ended: {self.written[-2000:]!r}")


@contextlib.contextmanager
def terminal(
    line: Sequence[str], environment: Mapping[str, str], home: Path, size: tuple[int, int] = (120, 40)
) -> Iterator[Terminal]:
    """Run a program in a terminal of ``size`` columns and lines until the block ends."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
    process = subprocess.Popen(
        line,
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env={**environment, "TERM": "xterm-256color", "COLORTERM": "truecolor"},
        cwd=home,
        start_new_session=True,
    )
    os.close(slave)
    try:
        yield Terminal(process, master)
    finally:
        os.close(master)
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
