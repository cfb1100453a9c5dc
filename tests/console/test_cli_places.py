"""Places that can't be had: one sentence says what, where and what to do, and nothing half-made stays.

A file stands where a folder should be: that stops root too, whom no permission does.
"""

from __future__ import annotations

import os
import pty
import socket
import subprocess
from pathlib import Path

import pytest

from tests.console.command import Batchdeck, catalogue


@pytest.fixture
def deck(tmp_path: Path) -> Batchdeck:
    """A home with a file in it that is called ``taken``."""
    (tmp_path / "taken").write_text("a file, and no folder")
    return Batchdeck(tmp_path)


def refused(done: subprocess.CompletedProcess[str], *words: str) -> None:
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert all(word in done.stderr for word in words), done.stderr


def left(deck: Batchdeck) -> set[str]:
    """Return what lies in the home, the default log aside."""
    return {path.name for path in deck.home.iterdir()} - {".local"}


def test_a_devnet_where_no_file_can_be(deck: Batchdeck) -> None:
    """Below a file, and where a folder is."""
    refused(deck.run("devnet", "--file", "taken/chain", code=3), f"{deck.home}/taken", "name another file")
    (deck.home / "folder").mkdir()
    refused(deck.run("devnet", "--file", "folder", code=3), f"simulated chain {deck.home}/folder", "name another file")
    assert left(deck) == {"taken", "folder"}
    assert not list((deck.home / "folder").iterdir())


def test_the_devnet_inside_where_no_file_can_be(deck: Batchdeck) -> None:
    """An engine whose simulated chain can't be opened ends with 3, and the next one has the database."""
    deck.variables["BATCHDECK_CHAIN_URL"] = "devnet"
    deck.run("resume", "--all", "--chain", "off")
    (deck.home / "test.sqlite3.devnet").mkdir()
    for running in (["engine", "--no-api", "--drain"], ["signers"], ["catalogue", "import", "-", "--format", "csv"]):
        refused(deck.run(*running, stdin=catalogue(1), code=3), f"{deck.home}/test.sqlite3.devnet", "name another")
    (deck.home / "test.sqlite3.devnet").rmdir()
    (deck.home / "test.sqlite3.devnet").write_text("a diary " * 100)
    refused(deck.run("signers", code=3), "test.sqlite3.devnet", "name another")
    deck.run("resume", "--all", "--chain", "off")


@pytest.mark.parametrize("command", [["engine", "--no-api", "--drain"], ["devnet"], ["batches"]])
@pytest.mark.parametrize("flag", [True, False])
def test_a_log_that_goes_nowhere_is_refused(deck: Batchdeck, command: list[str], flag: bool) -> None:
    """Whoever names a log file would miss it only when it is needed; it is refused by the name they wrote."""
    file = str(deck.home / "taken" / "l.log")
    if not flag:
        deck.variables["BATCHDECK_LOG_FILE"] = file
    named = "--log-file" if flag else "BATCHDECK_LOG_FILE"
    done = deck.run(*command, *(["--log-file", file] if flag else []), code=2)
    refused(done, f"{named} is {file}", "name another file")
    assert left(deck) == {"taken"}


def test_a_default_log_that_cannot_be_kept_stops_nobody(deck: Batchdeck) -> None:
    """Nobody asked for it."""
    deck.variables["XDG_STATE_HOME"] = str(deck.home / "taken")
    deck.run("resume", "--all")


def test_a_taken_port_is_named(deck: Batchdeck) -> None:
    """Which port, of which address, and what to do; no chain file is made for a node that never served."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = deck.run("devnet", "--port", port, "--file", "chain", code=3)
    refused(done, f"Port {port} of 127.0.0.1", "in use", "--port")
    assert left(deck) == {"taken"}


def on_a_terminal(deck: Batchdeck, *arguments: str) -> tuple[int, str]:
    """Run a command that needs a terminal; return how it ended, and what it said on stderr."""
    leader, follower = pty.openpty()
    with subprocess.Popen(
        deck.line(*arguments),
        env=deck.environment | {"TERM": "xterm"},
        cwd=deck.home,
        stdin=follower,
        stdout=follower,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        _, said = process.communicate(timeout=60)
    os.close(follower)
    os.close(leader)
    return process.returncode, said


def test_a_home_that_cannot_be_written(deck: Batchdeck) -> None:
    """The demo and the first command of all name the folder that they need; who needs none isn't kept from work."""
    home = str(deck.home / "taken")
    deck.variables |= {"HOME": home, "BATCHDECK_DATABASE_URL": ""}
    code, said = on_a_terminal(deck, "demo")
    assert code == 3
    assert len(said.splitlines()) == 1
    assert f"The folder {home}/" in said
    assert "can't be made" in said
    refused(deck.run("batches", code=3), f"The folder {home}/", "--database")
    process = deck.start("devnet", "--file", "chain")
    try:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("READY http://")
    finally:
        process.terminate()
        process.communicate(timeout=20)
    (deck.home / "chain").unlink()
    assert left(deck) == {"taken"}
