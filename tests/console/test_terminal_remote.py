"""The console in a real terminal on an engine elsewhere, which ends and begins again under it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.console.command import Batchdeck
from tests.console.terminal import REAL, Terminal
from tests.console.test_terminal import CREATOR, DECK, SAMPLE, compose_a_hundred
from tests.served import control, devnet
from tests.web.support import PATIENCE, UNLIMITED

pytestmark = [*REAL]
TOKEN = "dGVybWluYWw"


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    (tmp_path / "laptop").mkdir()
    window = Terminal(tmp_path / "laptop")
    yield window
    window.close()


@contextmanager
def engine(deck: Batchdeck, *flags: str) -> Iterator[str]:
    """Run an engine until the block ends; gives its address."""
    with (deck.home / "engine.log").open("a") as log:
        line = [sys.executable, "-m", "console", "engine", *flags]
        process = subprocess.Popen(
            line, stdout=subprocess.PIPE, stderr=log, env=deck.environment, cwd=deck.home, text=True
        )
        try:
            assert process.stdout
            ready = process.stdout.readline()
            assert ready.startswith("READY http://"), (ready, (deck.home / "engine.log").read_text())
            yield ready.split()[1]
        finally:
            process.terminate()
            assert process.wait(timeout=PATIENCE) == 0


def test_compose_watch_retry_and_an_engine_that_restarts(tmp_path: Path, terminal: Terminal) -> None:
    """All of it on an engine elsewhere; it ends under the console and begins again: marks and cursor stay."""
    deck = Batchdeck(tmp_path, (), {"PYTHONUNBUFFERED": "1"} | UNLIMITED)
    with devnet(tmp_path, "--block-seconds", "0.5") as node:
        where = ("--chain", node, "--port")
        with engine(deck, *where, "0") as url:
            deck.run("--remote", url, "catalogue", "import", str(SAMPLE))
            terminal.run(*DECK, "--remote", url)
            terminal.wait("Batches", "Compose", "TESTNET", url, "running")
            control(node, "contract", {"paused": True})
            compose_a_hundred(terminal, "1.25stx")
            terminal.wait("100/100 done", "settled")
            terminal.keys("4")
            terminal.wait("[4 Off-chain", "Aborted by the contr")
            control(node, "contract", {"paused": False})
            terminal.keys("Down", "Space", "Space")
            terminal.wait("2 marked")
        before = terminal.wait("lost", "2 marked")
        assert "can't be reached" in before
        with engine(deck, *where, url.rpartition(":")[2]) as again:
            assert again == url
            after = terminal.wait("running", "2 marked", gone="can't be reached")
            assert "[4 Off-chain" in after
            terminal.keys("r")
            terminal.wait("Retry 2 items", "Cancel")
            terminal.keys("Tab", "Enter")
            terminal.wait("2/2 done", "settled", "✓ 2")
            priced = [row for row in control(node, "transactions") if row["status"] == "success"]
            assert {row["args"][1] for row in priced} == {1_250_000}
            assert len(priced) == 2
            terminal.keys("q")
            terminal.wait("ENDED 0")
            batches = deck.json("--remote", url, "batches")
            assert batches["total"] == 2
            assert {batch["creator"] for batch in batches["operations"]} == {CREATOR}


def test_a_token_that_only_reads(tmp_path: Path, terminal: Terminal) -> None:
    """With a token that only reads everything can be seen, and every action says why it does nothing."""
    tokens, token = tmp_path / "tokens", tmp_path / "laptop" / "token"
    tokens.write_text(f"ops:{TOKEN}\nguest:{TOKEN}r:read\n")
    token.write_text(f"{TOKEN}r\n")
    for path in (tokens, token):
        path.chmod(0o600)
    deck = Batchdeck(tmp_path, (), {"PYTHONUNBUFFERED": "1"})
    with engine(deck, "--port", "0", "--tokens-file", str(tokens)) as url:
        terminal.run(*DECK, "--remote", url, "--token-file", str(token))
        terminal.wait("Batches", "READ-ONLY", "running")
        terminal.keys("c")
        terminal.wait("The token guest may only read")
        terminal.keys("!")
        terminal.keys("q")
        terminal.wait("ENDED 0")
        terminal.run(*DECK, "--remote", url)
        terminal.wait("asks for a token: give --token-file", "ENDED 2")
