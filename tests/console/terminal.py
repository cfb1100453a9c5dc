"""A real terminal for tests: tmux on a socket of its own, typed into and read from."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import time
import uuid
from pathlib import Path

import pytest

PATIENCE = 30.0
"""Seconds to wait for a screen: CI machines are slow, and a right screen ends the wait at once."""


REAL = (
    pytest.mark.terminal,
    pytest.mark.xdist_group("terminal"),
    pytest.mark.skipif(shutil.which("tmux") is None, reason="a real terminal needs tmux, which isn't installed"),
)
"""The marks of every test in a real terminal."""


class Terminal:
    """One tmux session; `wait` is the only way to look, so that no test sleeps and hopes."""

    def __init__(self, home: Path, width: int = 120, height: int = 40) -> None:
        self._socket = ""
        self._home = home
        self._size = (width, height)

    def run(self, *command: str) -> None:
        """Start a command in a fresh window; the window stays when it ends, so that its last words can be read."""
        width, height = self._size
        quoted = shlex.join(command)
        environment = {"HOME": str(self._home), "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "TERM": "xterm-256color"}
        assigned = shlex.join(f"{name}={value}" for name, value in environment.items())
        line = f"env -i {assigned} {quoted}; echo ENDED $?; exec sleep 1000"
        self.close()
        self._socket = f"deck-{uuid.uuid4().hex[:8]}"
        self._tmux("-f", "/dev/null", "new-session", "-d", "-x", str(width), "-y", str(height), line)
        self._tmux("set-option", "-g", "escape-time", "0")
        self._tmux("set-option", "-g", "set-clipboard", "on")

    def keys(self, *keys: str, times: int = 1) -> None:
        """Press keys by tmux's names."""
        self._tmux("send-keys", "-N", str(times), *keys)

    def type(self, text: str) -> None:
        """Type text as it is."""
        self._tmux("send-keys", "-l", "--", text)

    def screen(self) -> str:
        """Return what stands on the screen."""
        return self._tmux("capture-pane", "-p")

    def wait(self, *texts: str, gone: str | None = None, seconds: float = PATIENCE) -> str:
        """Return the screen once it shows all of these texts (and no longer ``gone``); fail with the last one."""
        deadline = time.monotonic() + seconds
        while True:
            shown = self.screen()
            if all(text in shown for text in texts) and (gone is None or gone not in shown):
                return shown
            if time.monotonic() > deadline:
                raise AssertionError(f"waited for {texts} (gone: {gone}), and the screen is\n{shown}")
            time.sleep(0.1)

    def resize(self, width: int, height: int) -> None:
        """Make the window another size."""
        self._tmux("resize-window", "-x", str(width), "-y", str(height))

    def pid(self, name: str = "python") -> int:
        """Return the process id of the program in the window."""
        shell = int(self._tmux("display-message", "-p", "#{pane_pid}"))
        listing = subprocess.run(["pgrep", "-P", str(shell)], capture_output=True, text=True, check=True)
        return int(listing.stdout.split()[0])

    def copied(self) -> str:
        """Return what the program put into the terminal's clipboard by OSC 52."""
        return self._tmux("show-buffer")

    def modes(self) -> dict[str, bool]:
        """Tell whether the other screen, the mouse and the cursor are on."""
        names = ("alternate_on", "mouse_any_flag", "cursor_flag")
        told = self._tmux("display-message", "-p", " ".join(f"#{{{name}}}" for name in names))
        return {name: flag == "1" for name, flag in zip(names, told.split(), strict=True)}

    def close(self) -> None:
        """End the session and all that runs in it."""
        if self._socket:
            self._tmux("kill-server", check=False)

    def _tmux(self, *args: str, check: bool = True) -> str:
        done = subprocess.run(["tmux", "-L", self._socket, *args], capture_output=True, text=True, check=check)
        return done.stdout
