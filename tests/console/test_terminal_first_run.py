"""The first minutes in a real terminal: an empty database, and each of its three ways on, by key alone."""

from __future__ import annotations

import shlex
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.console.command import Batchdeck
from tests.console.terminal import REAL, Terminal
from tests.console.test_terminal import DECK, SAMPLE, flags
from tests.console.test_terminal_remote import engine
from tests.web.support import UNLIMITED

pytestmark = [*REAL]
WELCOME = ("Batches", "Compose", "running", "three ways on")


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    (tmp_path / "laptop").mkdir()
    window = Terminal(tmp_path / "laptop", 80, 24)
    yield window
    window.close()


def test_import_then_the_demo(tmp_path: Path, terminal: Terminal) -> None:
    """i imports a file and the greeting makes way; d closes this console and opens the demo in the same window."""
    terminal.run(*DECK, *flags(tmp_path, "off"))
    terminal.wait(*WELCOME, "batchdeck catalogue import FILE", "batchdeck demo", "batchdeck --remote URL")
    terminal.keys("i")
    terminal.type(str(SAMPLE))  # ahead of the dialog
    terminal.keys("Enter")
    terminal.wait("to compose the first one", gone="three ways on")
    terminal.keys("d")
    terminal.wait("Batches", "Compose", "SIMULATED", "running")
    terminal.keys("o")
    terminal.wait("3,200 contents match")
    terminal.keys("Escape")
    terminal.wait("to compose the first one")
    terminal.keys("q")
    terminal.wait("ENDED 0")


def test_connect_to_a_running_engine(tmp_path: Path, terminal: Terminal) -> None:
    """n asks for the address and, as that engine wants one, for the file of a token; then its console is there."""
    tokens, token = tmp_path / "tokens.txt", tmp_path / "laptop" / "token.txt"
    for file, text in ((tokens, "ops:dGVybWluYWw\n"), (token, "dGVybWluYWw\n")):
        file.write_text(text)
        file.chmod(0o600)
    with engine(Batchdeck(tmp_path, (), dict(UNLIMITED)), "--port", "0", "--tokens-file", str(tokens)) as url:
        terminal.run(*DECK, *flags(tmp_path / "laptop", "off"))
        terminal.wait(*WELCOME)
        terminal.keys("n", "C-u")
        terminal.type(url)
        terminal.keys("Enter")
        terminal.wait("It asks for a token")
        terminal.type("~/token.txt")
        terminal.keys("Enter")
        terminal.wait(f"{url}   TESTNET", *WELCOME)  # the header of the other console, not the field of this one
        terminal.keys("q")
        terminal.wait("ENDED 0")


@pytest.mark.skipif(shutil.which("bash") is None, reason="job control needs bash, which isn't installed")
def test_from_the_frame_to_the_shell_and_back(tmp_path: Path, terminal: Terminal) -> None:
    """An engine elsewhere that keeps one waiting keeps nobody from the shell; fg paints the frame again."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        terminal.run("bash", "--norc", "--noprofile", "-i")
        terminal.type(shlex.join([*DECK, "--remote", f"http://127.0.0.1:{silent.getsockname()[1]}"]))
        terminal.keys("Enter")
        terminal.wait("Opening ...")
        terminal.keys("C-z")
        terminal.wait("Stopped", gone="Opening ...")
        terminal.type("fg")
        terminal.keys("Enter")
        terminal.wait("Opening ...", gone="Stopped")
        terminal.keys("q")
        terminal.wait("Stopped", gone="Opening ...")


def test_to_the_shell_and_back(tmp_path: Path, terminal: Terminal) -> None:
    """Ctrl-Z gives the terminal back as it was; fg paints the console again, and its engine goes on."""
    terminal.run("bash", "--norc", "--noprofile", "-i")
    terminal.type(shlex.join([*DECK, *flags(tmp_path, "off")]))
    terminal.keys("Enter")
    terminal.wait(*WELCOME)
    terminal.keys("C-z")
    terminal.wait("Stopped")
    terminal.type("echo $((6 * 7)) is the shell")
    terminal.keys("Enter")
    terminal.wait("42 is the shell")
    terminal.type("fg")
    terminal.keys("Enter")
    terminal.wait(*WELCOME, "the engine stood still", gone="is the shell")
    terminal.keys("q")
    terminal.wait("42 is the shell", gone="three ways on")


@pytest.mark.parametrize("words", [("demo", "--read-only"), ("--read-only", "demo")])
def test_the_demo_is_for_looking_only_too(terminal: Terminal, words: tuple[str, str]) -> None:
    """The flag stands before or behind the word: nothing is opened for changes by somebody who asked for none."""
    terminal.run(*DECK, *words)
    terminal.wait("READ-ONLY", "SIMULATED", "running")
    terminal.keys("!")
    terminal.wait("This console is read-only")
